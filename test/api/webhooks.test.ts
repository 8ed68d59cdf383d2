import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES, SQLITE } from '../support/engines.ts';
import { answer, ScriptedReceiver } from '../support/scripted-receiver.ts';
import { until } from '../support/until.ts';
import { Api, type Call, fieldsOf, type Json, STRANGER } from './api.ts';

const HOUR_MS = 3_600_000;

describe.each(ENGINES)('webhook endpoints over HTTP on $name', (engine) => {
  let api: Api;
  let receiver: ScriptedReceiver;
  beforeAll(async () => {
    api = await Api.open(engine, { env: { ALLOW_PRIVATE_TARGETS: 'true' } });
    receiver = await ScriptedReceiver.open();
  });
  afterAll(async () => {
    await api.close();
    await receiver.close();
  });

  /** A group with a webhook, and the endpoint that it has got. */
  async function endpointAt(path: string, settings: object = {}): Promise<{ group: Json; endpoint: Json }> {
    const group = await api.group(
      { webhookEnabled: true, webhookUrl: receiver.url(path), ...settings },
      path,
    );
    const [endpoint] = (await api.ok('GET', '/webhook-endpoints?limit=1')).endpoints;
    expect(endpoint.group).toEqual({ id: group.id, name: path });
    return { group, endpoint };
  }
  const of = (endpoint: Json, rest = '') => `/webhook-endpoints/${endpoint.id}${rest}`;
  const load = (endpoint: Json) => api.ok('GET', of(endpoint));
  const post = (endpoint: Json, rest: string, call: Call = {}) => api.ok('POST', of(endpoint, rest), call);
  const ended = async (eventId: string): Promise<Json> => {
    let found: Json;
    await until(async () => {
      found = await api.ok('GET', `/deliveries/${eventId}`);
      return found.state !== 'waiting';
    }, `the delivery ${eventId} had come to its end`);
    return found;
  };
  /** What has reached its end with this state, of an endpoint. */
  const count = async (endpoint: Json, state: string): Promise<number> =>
    (await api.ok('GET', of(endpoint, `/deliveries?limit=100&state=${state}`))).deliveries.length;

  test('shows whose it is, where it listens, and how it does', async () => {
    const { group, endpoint } = await endpointAt('/shown', {
      webhookMetric: 'visitors',
      webhookFrequency: 50,
    });
    expect(endpoint).toEqual({
      id: expect.stringMatching(/^whk_/),
      group: { id: group.id, name: '/shown' },
      url: receiver.url('/shown'),
      metric: 'visitors',
      frequency: 50,
      status: 'active',
      paused: false,
      disabledAt: null,
      disabledReason: null,
      waiting: 0,
      dropped: 0,
      failingSince: null,
      previousSecretUntil: null,
      version: 1,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(await load(endpoint)).toEqual(endpoint);
  });

  test("the project's is made with its first URL, whose answer alone shows the secret", async () => {
    const body = { webhookUrl: receiver.url('/project'), webhookFrequency: 1000 };
    const { webhookSecret, ...project } = await api.ok('PATCH', '/project', { body });
    expect(webhookSecret).toMatch(/^whsec_/);
    expect(project).toMatchObject(body);
    api.secrets.add(webhookSecret);
    const again = await api.ok('PATCH', '/project', { body: { webhookUrl: receiver.url('/elsewhere') } });
    expect(again).not.toHaveProperty('webhookSecret');
    expect(await api.ok('GET', '/project')).not.toHaveProperty('webhookSecret');
    const [endpoint] = (await api.ok('GET', '/webhook-endpoints?limit=1')).endpoints;
    expect(endpoint).toMatchObject({ group: null, url: receiver.url('/elsewhere'), frequency: 1000 });
    expect((await api.ok('GET', `/changes?id=${endpoint.id}`)).changes).toMatchObject([
      { entity: 'webhook-endpoint', action: 'created', changes: {} },
    ]);
  });

  test('pauses and goes on, unless somebody has changed it meanwhile', async () => {
    const { endpoint } = await endpointAt('/paused');
    const patch = (body: object, version: number) => ({ body, headers: { 'if-match': `"${version}"` } });
    const paused = await api.call('PATCH', of(endpoint), patch({ paused: true }, 1));
    expect(paused.headers.etag).toBe('"2"');
    expect(paused.json).toMatchObject({ paused: true, status: 'paused', version: 2 });
    await api.refused(412, 'PATCH', of(endpoint), patch({ paused: false }, 1));
    const [change] = (await api.ok('GET', `/changes?id=${endpoint.id}`)).changes;
    expect(change).toMatchObject({ action: 'updated', changes: { paused: { from: false, to: true } } });
    expect(change.actor).toMatch(/^key:/);
    await api.ok('PATCH', of(endpoint), patch({ paused: false }, 2));
    expect(await load(endpoint)).toMatchObject({ status: 'active' });
  });

  test('what is due to a paused one waits, and goes out when it goes on', async () => {
    const { group, endpoint } = await endpointAt('/held');
    await api.ok('PATCH', of(endpoint), { body: { paused: true } });
    const link = await api.link({ groupId: group.id });
    await api.visit(`/${link.code}`);
    await until(async () => (await load(endpoint)).waiting === 1, 'the event waited');
    expect(receiver.at('/held')).toHaveLength(0);
    await api.ok('PATCH', of(endpoint), { body: { paused: false } });
    await until(() => receiver.at('/held').length === 1, 'it was sent');
    const [received] = receiver.at('/held');
    const delivery = await ended(String(received?.headers['webhook-id']));
    expect(delivery).toMatchObject({
      channel: 'webhook',
      kind: 'clicks',
      state: 'delivered',
      endpointId: endpoint.id,
      linkId: link.id,
      groupId: group.id,
      body: received?.body.toString(),
      log: [{ number: 1, status: 200, error: null, answer: expect.any(String) }],
    });
    expect(await load(endpoint)).toMatchObject({ waiting: 0 });
  });

  test('a test goes out at once, signed like every event, and its answer is kept', async () => {
    const { group, endpoint } = await endpointAt('/tried', { webhookFrequency: 300 });
    receiver.script('/tried', { kind: 'answer', status: 200, body: 'thank you \u0000\u001b[2J' });
    const tried = await api.call('POST', of(endpoint, '/test'));
    expect(tried.status).toBe(202);
    expect(tried.json).toMatchObject({ kind: 'test', channel: 'webhook', groupId: group.id, linkId: null });
    const delivery = await ended(tried.json.eventId);
    expect(delivery).toMatchObject({ state: 'delivered', log: [{ status: 200 }] });
    expect(delivery.log[0].answer).toContain('thank you');
    expect(delivery.log[0].answer).not.toContain('\u0000');
    const [received] = receiver.at('/tried');
    expect(received?.headers).toMatchObject({
      'webhook-id': delivery.eventId,
      'x-vivoldi-event-id': delivery.eventId,
      'x-vivoldi-webhook-type': 'GROUP',
      'x-content-sha256': createHash('sha256').update(delivery.body).digest('hex'),
    });
    expect(received?.body.toString()).toBe(delivery.body);
    expect(JSON.parse(delivery.body)).toMatchObject({
      event: 'test',
      webhookFrequency: 300,
      grpNm: '/tried',
    });
  });

  test('the same test, asked for again, is sent once', async () => {
    const { endpoint } = await endpointAt('/once');
    const call = { headers: { 'idempotency-key': 'my-test' } };
    const first = await api.call('POST', of(endpoint, '/test'), call);
    const second = await api.call('POST', of(endpoint, '/test'), call);
    expect(second).toMatchObject({ status: 202, json: { eventId: first.json.eventId } });
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    expect(second.headers['idempotency-replayed']).toBe('true');
    const { eventId } = await post(endpoint, '/test');
    expect(eventId).not.toBe(first.json.eventId);
    await ended(eventId);
    await ended(first.json.eventId);
    expect(receiver.at('/once')).toHaveLength(2);
  });

  test('a paused one, and one whose group is off, can be tried; nothing while the project is off', async () => {
    const { group, endpoint } = await endpointAt('/off');
    await api.ok('PATCH', of(endpoint), { body: { paused: true } });
    expect(await ended((await post(endpoint, '/test')).eventId)).toMatchObject({ state: 'delivered' });
    await api.ok('PATCH', `/groups/${group.id}`, { body: { settings: { webhookEnabled: false } } });
    expect(await ended((await post(endpoint, '/test')).eventId)).toMatchObject({ state: 'delivered' });

    await api.ok('PATCH', '/project', { body: { webhookEnabled: false } });
    try {
      expect(await load(endpoint)).toMatchObject({ status: 'webhooks-off' });
      const problem = await api.refused(409, 'POST', of(endpoint, '/test'));
      expect(problem).toMatchObject({
        code: 'webhooks-off',
        detail: expect.stringContaining('switch them on'),
      });
      const switched = { body: { settings: { webhookEnabled: true } } };
      const refused = await api.refused(409, 'PATCH', `/groups/${group.id}`, switched);
      expect(refused).toMatchObject({ code: 'webhooks-off' });
    } finally {
      await api.ok('PATCH', '/project', { body: { webhookEnabled: true } });
    }
    expect(receiver.at('/off')).toHaveLength(2);
  });

  test('one without a URL cannot be tried', async () => {
    const { group, endpoint } = await endpointAt('/nowhere');
    const settings = { webhookEnabled: false, webhookUrl: null };
    await api.ok('PATCH', `/groups/${group.id}`, { body: { settings } });
    expect(await load(endpoint)).toMatchObject({ status: 'no-receiver', url: null });
    expect(await api.refused(409, 'POST', of(endpoint, '/test'))).toMatchObject({ code: 'conflict' });
  });

  test('a new secret is shown once, in no list and no history, also when the request is repeated', async () => {
    const { endpoint } = await endpointAt('/rotated');
    const call = { body: { overlapHours: 2 }, headers: { 'idempotency-key': 'rotate' } };
    const before = Date.now();
    const rotated = await post(endpoint, '/rotate-secret', call);
    expect(rotated.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const until = Date.parse(rotated.previousSecretUntil);
    expect(until).toBeGreaterThanOrEqual(before + 2 * HOUR_MS);
    expect(until).toBeLessThanOrEqual(Date.now() + 2 * HOUR_MS);
    api.secrets.add(rotated.secret);
    expect(await post(endpoint, '/rotate-secret', call)).toEqual({ ...rotated, secret: null });
    expect(await load(endpoint)).toMatchObject({
      previousSecretUntil: rotated.previousSecretUntil,
      version: 2,
    });
    await api.state();
    const [change] = (await api.ok('GET', `/changes?id=${endpoint.id}`)).changes;
    expect(change.changes).toEqual({ secret: { from: '(set)', to: '(set)' } });

    const next = await post(endpoint, '/rotate-secret', { body: {} });
    expect(Date.parse(next.previousSecretUntil)).toBeGreaterThan(before + 23 * HOUR_MS);
    const last = await post(endpoint, '/rotate-secret', { body: { overlapHours: 0 } });
    expect(last.previousSecretUntil).toBeNull();
    expect(new Set([rotated.secret, next.secret, last.secret]).size).toBe(3);
  });

  test('what a receiver has refused is sent again when somebody asks for it', async () => {
    const { endpoint } = await endpointAt('/mended');
    receiver.script('/mended', answer(500));
    const { eventId } = await post(endpoint, '/test');
    expect(await ended(eventId)).toMatchObject({ state: 'failed' });
    expect(await load(endpoint), 'tests have no consequences').toMatchObject({ status: 'active' });

    receiver.script('/mended', answer(204));
    const replayed = await api.call('POST', `/deliveries/${eventId}/replay`);
    expect(replayed).toMatchObject({ status: 202, json: { eventId } });
    expect(await ended(eventId)).toMatchObject({
      state: 'delivered',
      log: [{ status: 500 }, { status: 204 }],
    });
    const [first, second, ...more] = receiver.at('/mended');
    expect(more).toEqual([]);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.body).toEqual(first?.body);
  });

  test('all that has failed since an instant is sent again, but not what was only tried', async () => {
    const { group, endpoint } = await endpointAt('/missed');
    const since = new Date(Date.now() - 1_000).toISOString();
    receiver.script('/missed', answer(410));
    await ended((await post(endpoint, '/test')).eventId);
    await api.ok('PATCH', of(endpoint), { body: { paused: true } });
    const link = await api.link({ groupId: group.id });
    for (const client of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) {
      await api.visit(`/${link.code}`, { 'x-forwarded-for': client });
    }
    await until(async () => (await load(endpoint)).waiting === 3, 'the events waited');
    await api.ok('PATCH', of(endpoint), { body: { paused: false } });
    await until(async () => (await count(endpoint, 'failed')) === 4, 'nothing was taken');

    receiver.script('/missed', answer(204));
    await until(async () => (await load(endpoint)).status === 'disabled', 'it was disabled');
    await api.ok('PATCH', of(endpoint), { body: { disabled: false } });
    const later = new Date(Date.now() + HOUR_MS).toISOString();
    expect(await post(endpoint, '/replay', { body: { failedSince: later } })).toEqual({
      replayed: 0,
      noRoom: 0,
    });
    expect(await post(endpoint, '/replay', { body: { failedSince: since } })).toEqual({
      replayed: 3,
      noRoom: 0,
    });
    await until(async () => (await count(endpoint, 'delivered')) === 3, 'all were delivered');
    expect(await post(endpoint, '/replay', { body: { failedSince: since } })).toEqual({
      replayed: 0,
      noRoom: 0,
    });
  });

  test('one that waits for its next try is brought forward', async () => {
    const { group, endpoint } = await endpointAt('/hurried');
    receiver.script('/hurried', answer(500), answer(500), answer(204));
    const link = await api.link({ groupId: group.id });
    await api.visit(`/${link.code}`);
    const waiting = async () =>
      (await api.ok('GET', of(endpoint, '/deliveries'))).deliveries.find(
        ({ attempts }: Json) => attempts > 0,
      );
    await until(async () => (await waiting()) !== undefined, 'it was tried');
    const { eventId } = await waiting();
    const brought = await api.call('POST', `/deliveries/${eventId}/replay`);
    expect(brought).toMatchObject({ status: 202, json: { eventId } });
    await until(async () => (await waiting()) !== undefined && receiver.at('/hurried').length === 2, 'again');
    const failedSince = new Date(Date.now() + HOUR_MS).toISOString();
    expect(await post(endpoint, '/replay', { body: { failedSince } })).toEqual({ replayed: 1, noRoom: 0 });
    expect(await ended(eventId)).toMatchObject({
      state: 'delivered',
      log: [{ status: 500 }, { status: 500 }, { status: 204 }],
    });
  });

  test('nothing is replayed to one that is disabled or has no receiver', async () => {
    const { group, endpoint } = await endpointAt('/unheard');
    receiver.script('/unheard', answer(410));
    const link = await api.link({ groupId: group.id });
    await api.visit(`/${link.code}`);
    await until(async () => (await load(endpoint)).status === 'disabled', 'it was disabled');
    const [{ eventId }] = (await api.ok('GET', of(endpoint, '/deliveries?state=failed'))).deliveries;
    const body = { failedSince: '2026-01-01T00:00:00Z' };
    const refusals = async () => [
      await api.refused(409, 'POST', `/deliveries/${eventId}/replay`),
      await api.refused(409, 'POST', of(endpoint, '/replay'), { body }),
    ];
    for (const refusal of await refusals())
      expect(refusal).toMatchObject({ code: 'conflict', detail: expect.stringContaining('enable it first') });
    await api.ok('PATCH', of(endpoint), { body: { disabled: false } });
    await api.ok('PATCH', `/groups/${group.id}`, {
      body: { settings: { webhookEnabled: false, webhookUrl: null } },
    });
    for (const refusal of await refusals())
      expect(refusal).toMatchObject({ code: 'conflict', detail: expect.stringContaining('no receiver') });
    expect(receiver.at('/unheard')).toHaveLength(1);
  });

  test('what is no frequency and no metric is answered with those that are', async () => {
    const messages = async (body: object) =>
      (await api.refused(422, 'PATCH', '/project', { body })).errors.map(({ message }: Json) => message);
    expect(await messages({ webhookFrequency: 2 })).toEqual(['must be one of 1, 50, 100, 300, 500, 1000']);
    expect(await messages({ webhookMetric: 'likes' })).toEqual(['must be one of clicks, visitors']);
  });

  test('an edit that changes nothing has no version', async () => {
    const { endpoint } = await endpointAt('/same');
    const same = await api.call('PATCH', of(endpoint), { body: { paused: false, disabled: false } });
    expect(same).toMatchObject({ status: 200, json: endpoint, headers: { etag: '"1"' } });
    expect((await api.ok('GET', `/changes?id=${endpoint.id}`)).changes).toHaveLength(1);
  });

  test('one that still waits is not replayed', async () => {
    const { group, endpoint } = await endpointAt('/waits');
    await api.ok('PATCH', of(endpoint), { body: { paused: true } });
    const link = await api.link({ groupId: group.id });
    await api.visit(`/${link.code}`);
    await until(async () => (await load(endpoint)).waiting === 1, 'the event waited');
    const [delivery] = (await api.ok('GET', of(endpoint, '/deliveries'))).deliveries;
    expect(delivery).toMatchObject({ state: 'waiting', dueAt: expect.any(String), finishedAt: null });
    const problem = await api.refused(409, 'POST', `/deliveries/${delivery.eventId}/replay`);
    expect(problem).toMatchObject({ code: 'conflict', detail: expect.stringContaining('still waits') });
  });

  test('one that answers 410 is disabled, and called again when somebody says so', async () => {
    const { group, endpoint } = await endpointAt('/gone');
    receiver.script('/gone', answer(410));
    const link = await api.link({ groupId: group.id });
    await api.visit(`/${link.code}`);
    await until(async () => (await load(endpoint)).status === 'disabled', 'it was disabled');
    expect(await load(endpoint)).toMatchObject({ disabledReason: 'gone', disabledAt: expect.any(String) });
    const [change] = (await api.ok('GET', `/changes?id=${endpoint.id}`)).changes;
    expect(change).toMatchObject({ actor: 'system', changes: { disabled: { from: null, to: 'gone' } } });
    await api.refused(422, 'PATCH', of(endpoint), { body: { disabled: true } }, ['disabled']);
    receiver.script('/gone', answer(200));
    const enabled = await api.ok('PATCH', of(endpoint), { body: { disabled: false } });
    expect(enabled).toMatchObject({ status: 'active', disabledAt: null, disabledReason: null });
    const [delivery] = (await api.ok('GET', of(endpoint, '/deliveries?state=failed'))).deliveries;
    expect(delivery).toMatchObject({ reason: 'gone', lastAttempt: { status: 410 } });
    await api.ok('POST', `/deliveries/${delivery.eventId}/replay`);
    expect(await ended(delivery.eventId)).toMatchObject({ state: 'delivered' });
  });

  test('credentials in a URL are refused wherever it is named', async () => {
    const webhookUrl = receiver.url('/x').replace('http://', 'http://user:word@');
    const group = await api.group();
    await api.refused(422, 'PATCH', '/project', { body: { webhookUrl } }, ['webhookUrl']);
    const settings = { settings: { webhookUrl } };
    await api.refused(422, 'PATCH', `/groups/${group.id}`, { body: settings }, ['settings.webhookUrl']);
    const bulk = { body: { groups: [{ name: 'a' }, { name: 'b', ...settings }] } };
    await api.refused(422, 'POST', '/groups/bulk', bulk, ['groups.1.settings.webhookUrl']);
  });

  test.each<[string, string, object, string[]]>([
    ['PATCH', '', { body: { paused: 'yes' } }, ['paused']],
    ['PATCH', '', { body: { secret: 'whsec_mine' } }, ['secret']],
    ['PATCH', '', { body: { paused: true }, headers: { 'if-match': 'x' } }, ['headers.if-match']],
    ['POST', '/rotate-secret', { body: { overlapHours: 169 } }, ['overlapHours']],
    ['POST', '/rotate-secret', { body: { overlapHours: -1 } }, ['overlapHours']],
    ['POST', '/rotate-secret', { body: { overlapHours: 1.5 } }, ['overlapHours']],
    ['POST', '/rotate-secret', { body: { overlapHours: 1_000_000 } }, ['overlapHours']],
    ['POST', '/replay', { body: {} }, ['failedSince']],
    ['POST', '/replay', { body: { failedSince: 'ever' } }, ['failedSince']],
    ['POST', '/test', { headers: { 'idempotency-key': 'two words' } }, ['headers.idempotency-key']],
  ])('%s %s with %j is refused', async (method, rest, call, fields) => {
    const [endpoint] = (await api.ok('GET', '/webhook-endpoints?limit=1')).endpoints;
    const before = await load(endpoint);
    const problem = await api.refused(422, method, of(endpoint, rest), call);
    expect(fieldsOf(problem)).toEqual(fields);
    expect(await load(endpoint)).toEqual(before);
  });

  test('ids that are none, and cursors that are none, are refused', async () => {
    await api.refused(422, 'GET', '/webhook-endpoints?cursor=nonsense', {}, ['querystring.cursor']);
    await api.refused(422, 'GET', '/webhook-endpoints?limit=101', {}, ['querystring.limit']);
    await api.refused(404, 'GET', '/webhook-endpoints/whk_none');
    for (const id of ['%00', '..%2f..', "'%20or%201=1", 'x'.repeat(65)])
      await api.refused(422, 'GET', `/webhook-endpoints/${id}`, {}, ['params.id']);
  });

  test("another project's is not there", async () => {
    const { endpoint } = await endpointAt('/private');
    expect(await api.ok('GET', '/webhook-endpoints', { key: STRANGER })).toEqual({
      endpoints: [],
      nextCursor: null,
    });
    for (const [method, rest, body] of [
      ['GET', ''],
      ['PATCH', '', { paused: true }],
      ['POST', '/rotate-secret', {}],
      ['POST', '/test'],
      ['POST', '/replay', { failedSince: '2026-01-01T00:00:00Z' }],
      ['GET', '/deliveries'],
    ] as const) {
      await api.refused(404, method, of(endpoint, rest), { key: STRANGER, ...(body ? { body } : {}) });
    }
    expect(await load(endpoint)).toEqual(endpoint);
  });

  test('are listed page by page', async () => {
    const all = (await api.ok('GET', '/webhook-endpoints?limit=100')).endpoints;
    const found: Json[] = [];
    for (let cursor = ''; ; ) {
      const page = await api.ok('GET', `/webhook-endpoints?limit=3${cursor && `&cursor=${cursor}`}`);
      found.push(...page.endpoints);
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    expect(found).toEqual(all);
  });
});

test('where private targets are not allowed, http and this machine are no receivers', async () => {
  const api = await Api.open(SQLITE, { env: { ALLOW_PRIVATE_TARGETS: 'false' } });
  try {
    const group = await api.group();
    for (const webhookUrl of ['http://hook.example/', 'https://127.0.0.1/', 'https://localhost:9000/']) {
      const problem = await api.refused(422, 'PATCH', '/project', { body: { webhookUrl } }, ['webhookUrl']);
      expect(problem.errors[0].message).toMatch(/^The URL (must begin with https|leads to)/);
      const settings = { webhookEnabled: true, webhookUrl };
      await api.refused(422, 'PATCH', `/groups/${group.id}`, { body: { settings } }, ['settings.webhookUrl']);
    }
    expect((await api.ok('GET', '/webhook-endpoints')).endpoints).toEqual([]);
  } finally {
    await api.close();
  }
});
