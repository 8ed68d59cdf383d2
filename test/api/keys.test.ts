import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { SCOPES } from '../../src/accounts/scope.ts';
import { ENGINES } from '../support/engines.ts';
import { Api, type Json, KEY, PUBLIC_HOST, STRANGER } from './api.ts';
import { OPERATIONS, type Operation, pathOf } from './operations.ts';
import { subscribeThrough } from './push-visitor.ts';

describe.each(ENGINES)('keys over HTTP on $name', (engine) => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.open(engine, { env: { PUSH_SERVICES: 'push.example' } });
  });
  afterAll(() => api.close());

  const keyWith = async (scopes: readonly string[]): Promise<Json> =>
    await api.ok('POST', '/keys', { body: { name: scopes.join(' ').slice(0, 100), scopes } });

  test('a new key is shown once, works at once, and lists without itself', async () => {
    const answer = await api.call('POST', '/keys', { body: { name: 'importer' } });
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^key_[0-9A-Za-z]{16}$/),
      name: 'importer',
      hint: `${answer.json.key.slice(0, 7)}…`,
      scopes: ['*'],
      apps: null,
      expiresAt: null,
      createdAt: expect.any(String),
      key: expect.stringMatching(/^sy_[0-9A-Za-z]{40}$/),
    });
    await api.ok('GET', '/project', { key: answer.json.key });
    const { key, ...kept } = answer.json;
    api.secrets.add(key);
    const { keys } = await api.ok('GET', '/keys');
    expect(keys).toContainEqual(kept);
    await api.ok('GET', '/changes');
  });

  test('a repeated request never repeats the key', async () => {
    const call = { body: { name: 'once' }, headers: { 'idempotency-key': 'key-once' } };
    const answers = await Promise.all(Array.from({ length: 20 }, () => api.call('POST', '/keys', call)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201));
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
    expect(answers.filter(({ json }) => json.key !== null)).toHaveLength(1);
    expect((await api.call('POST', '/keys', call)).json.key).toBeNull();
    await api.refused(409, 'POST', '/keys', { ...call, body: { name: 'twice' } });
  });

  test.each([
    ['name', {}],
    ['name', { name: '' }],
    ['name', { name: 'x'.repeat(101) }],
    ['name', { name: 'nul\u0000' }],
    ['scopes', { name: 'x', scopes: [] }],
    ['scopes', { name: 'x', scopes: 'links:read' }],
    ['scopes.1', { name: 'x', scopes: ['links:read', 'root'] }],
    ['expiresAt', { name: 'x', expiresAt: 'soon' }],
  ])('a key whose %s is wrong is refused by that name: %j', async (field, body) => {
    await api.refused(422, 'POST', '/keys', { body }, [field]);
  });

  test('nobody gives away more than they have', async () => {
    const { key } = await keyWith(['keys:write', 'links:read']);
    const before = await api.state();
    for (const scopes of [undefined, ['*'], ['links:write'], ['links:read', 'groups:read']]) {
      const problem = await api.refused(403, 'POST', '/keys', { key, body: { name: 'more', scopes } });
      expect(problem.code).toBe('forbidden');
    }
    expect(await api.state()).toEqual(before);
    await api.ok('POST', '/keys', { key, body: { name: 'less', scopes: ['links:read'] } });
  });

  test('a key that ends cannot make one that outlives it', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const { key } = await api.ok('POST', '/keys', {
      body: { name: 'short', scopes: ['keys:write'], expiresAt },
    });
    await api.refused(403, 'POST', '/keys', { key, body: { name: 'for ever', scopes: ['keys:write'] } });
  });

  test('a revoked key ends at once, and can be revoked once', async () => {
    const { id, key } = await keyWith(['*']);
    await api.ok('GET', '/project', { key });
    expect((await api.call('DELETE', `/keys/${id}`)).status).toBe(204);
    const problem = await api.refused(401, 'GET', '/project', { key });
    expect(problem.code).toBe('unauthenticated');
    await api.refused(404, 'DELETE', `/keys/${id}`);
    expect((await api.ok('GET', '/keys')).keys.map((one: Json) => one.id)).not.toContain(id);
  });

  test('a key can revoke itself', async () => {
    const { id, key } = await keyWith(['keys:write']);
    expect((await api.call('DELETE', `/keys/${id}`, { key })).status).toBe(204);
    await api.refused(401, 'DELETE', `/keys/${id}`, { key });
  });

  test('an expired key ends at that instant, remembered or not', async () => {
    const past = { name: 'past', expiresAt: new Date(Date.now() - 1).toISOString() };
    await api.refused(401, 'GET', '/project', { key: (await api.ok('POST', '/keys', { body: past })).key });
    const expiresAt = Date.now() + 3_600_000;
    const soon = { name: 'soon', expiresAt: new Date(expiresAt).toISOString() };
    const { key } = await api.ok('POST', '/keys', { body: soon });
    await api.ok('GET', '/project', { key });
    onTestFinished(() => void vi.useRealTimers());
    vi.useFakeTimers({ toFake: ['Date'], now: expiresAt - 1 });
    await api.ok('GET', '/project', { key });
    vi.setSystemTime(expiresAt);
    await api.refused(401, 'GET', '/project', { key });
  });

  test('every form of the header carries a key', async () => {
    for (const headers of [
      { authorization: `Bearer ${KEY}` },
      { authorization: `bearer  ${KEY} ` },
      { authorization: `APIKey ${KEY}` },
      { authorization: `apikey ${KEY}` },
      { 'x-api-key': KEY },
      { authorization: 'Basic dXNlcjpwYXNz', 'x-api-key': KEY },
    ]) {
      const answer = await api.call('GET', '/project', { key: null, headers });
      expect(answer.status, JSON.stringify(headers)).toBe(200);
    }
  });

  test.each([
    ['none', {}],
    ['an empty one', { 'x-api-key': '' }],
    ['an unknown one', { authorization: 'Bearer sy_unknownunknownunknown' }],
    ['another scheme', { authorization: `Basic ${KEY}` }],
    ['no scheme', { authorization: KEY }],
    ['two', { authorization: `Bearer ${KEY} ${KEY}` }],
    ['a cut one', { authorization: `Bearer ${KEY.slice(0, -1)}` }],
    ['a longer one', { 'x-api-key': `${KEY}x` }],
    ['one in other letters', { 'x-api-key': KEY.toUpperCase() }],
    ['sql', { 'x-api-key': "' or 1=1 --" }],
    ['not ASCII', { 'x-api-key': 'schl\u00fcssel' }],
    ['a good one behind an unknown one', { authorization: 'Bearer unknown', 'x-api-key': KEY }],
  ])('%s is refused on every operation', async (_, headers) => {
    for (const operation of OPERATIONS) {
      const answer = await api.call(operation.method, pathOf(operation, 'x'), {
        key: null,
        headers,
        ...(operation.body ? { body: operation.body } : {}),
      });
      expect(answer, operation.id).toMatchObject({ status: 401, json: { code: 'unauthenticated' } });
      expect(answer.headers['www-authenticate'], operation.id).toMatch(/^Bearer/);
    }
  });

  test('a key in the query string is no key', async () => {
    await api.refused(401, 'GET', `/project?key=${KEY}&api_key=${KEY}`, { key: null });
  });

  test('each operation needs exactly its own scope', async () => {
    const all = SCOPES.filter((scope) => scope !== '*');
    const call = (operation: Operation, key: string) =>
      api.call(operation.method, pathOf(operation, 'none_such'), {
        key,
        ...(operation.body ? { body: operation.body } : {}),
      });
    for (const scope of new Set(OPERATIONS.map((operation) => operation.scope))) {
      const lacking = (await keyWith(all.filter((other) => other !== scope))).key;
      const having = (await keyWith([scope])).key;
      for (const operation of OPERATIONS.filter((one) => one.scope === scope)) {
        const before = await api.state();
        const refused = await call(operation, lacking);
        expect(refused, operation.id).toMatchObject({ status: 403, json: { code: 'forbidden' } });
        expect(refused.json.detail).toContain(scope);
        expect(await api.state()).toEqual(before);
        expect([401, 403], operation.id).not.toContain((await call(operation, having)).status);
      }
    }
  });

  describe('a key of another project', () => {
    test('sees nothing and changes nothing', async () => {
      const group = await api.group({ paused: true });
      const link = await api.link({ groupId: group.id, code: 'private', externalId: 'crm', tags: ['t'] });
      const domain = await api.ok('POST', '/domains', { body: { host: 'private.test' } });
      const key = await keyWith(['links:read']);
      const app = await api.ok('POST', '/apps', {
        body: { platform: 'ios', name: 'Private', identifier: 'com.example.private' },
      });
      const browser = OPERATIONS.find(({ id }) => id === 'createNotificationSubscription')?.body;
      const subscription = await api.ok('POST', '/notification-subscriptions', { body: browser });
      const webhook = { webhookEnabled: true, webhookUrl: 'https://hook.test/' };
      await api.ok('PATCH', `/groups/${group.id}`, { body: { settings: webhook } });
      const [endpoint] = (await api.ok('GET', '/webhook-endpoints')).endpoints;
      const delivery = await api.ok('POST', `/webhook-endpoints/${endpoint.id}/test`);
      const asking = await api.link({ settings: { pushSubscription: true } });
      await subscribeThrough(api, asking);
      const [subscriber] = (await api.ok('GET', '/push-subscribers')).subscribers;
      const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
      const message = await api.ok('POST', '/push-messages', {
        body: { title: 'x', url: 'https://a.test/', to: { all: true }, sendAt: tomorrow },
      });
      const ids = {
        pushSubscriber: subscriber.id,
        pushMessage: message.id,
        link: link.id,
        group: group.id,
        app: app.id,
        domain: domain.id,
        key: key.id,
        notificationSubscription: subscription.id,
        webhookEndpoint: endpoint.id,
        delivery: delivery.eventId,
      };
      const before = await api.state();
      for (const operation of OPERATIONS) {
        if (!operation.idOf) continue;
        const own = operation.id === 'addGroupLinks' ? { linkIds: [link.id] } : operation.body;
        const path = pathOf(operation, ids[operation.idOf]);
        await api.refused(404, operation.method, path, { key: STRANGER, ...(own ? { body: own } : {}) });
      }
      const theirs = await api.state();
      expect(theirs).toEqual(before);
      const lists = [
        '/links',
        '/links?code=private',
        '/links?search=private',
        '/links?externalId=crm',
        '/links?tag=t',
        '/links?domain=private.test',
        `/links?domain=${PUBLIC_HOST}`,
        '/links?groupId=none',
        '/groups',
        '/groups?search=Summer',
        '/apps',
        '/domains',
        '/keys',
        '/push-subscribers',
        '/push-messages',
        '/webhook-endpoints',
        '/deliveries',
        '/changes',
        `/changes?id=${link.id}`,
        '/changes?entity=link',
        '/project',
      ];
      for (const path of lists) {
        const { text } = await api.call('GET', path, { key: STRANGER });
        for (const id of Object.values(ids)) expect(text, path).not.toContain(id);
        expect(text, path).not.toContain('private.test');
      }
      const body = { destination: 'https://a.test/' };
      const refused = (method: string, path: string, body: object, fields: string[]) =>
        api.refused(422, method, path, { key: STRANGER, body }, fields);
      await refused('POST', '/links', { ...body, groupId: group.id }, ['groupId']);
      await refused('POST', '/links', { ...body, domain: 'private.test' }, ['domain']);
      await refused('POST', '/links/move', { linkIds: [link.id], groupId: null }, ['linkIds.0']);
      const own = await api.ok('POST', '/links', { key: STRANGER, body });
      await refused('PATCH', `/links/${own.id}`, { groupId: group.id }, ['groupId']);
      await refused('POST', '/links/move', { linkIds: [own.id], groupId: group.id }, ['groupId']);
      await api.refused(409, 'POST', '/links', { key: STRANGER, body: { ...body, code: 'private' } }, [
        'code',
      ]);
      expect(await api.state()).toEqual(before);
    });

    test('cannot take over the code of a deleted link', async () => {
      const { id } = await api.link({ code: 'mine-for-ever' });
      await api.ok('DELETE', `/links/${id}`);
      const body = { destination: 'https://evil.example/', code: 'mine-for-ever' };
      await api.refused(409, 'POST', '/links', { key: STRANGER, body }, ['code']);
    });

    test('does not learn of a link by its cursor', async () => {
      await api.link();
      await api.link();
      const { nextCursor } = await api.ok('GET', '/links?limit=1');
      expect((await api.ok('GET', `/groups?cursor=${nextCursor}`, { key: STRANGER })).groups).toEqual([]);
    });
  });

  test('instants at the edges of the calendar are refused or read back', async () => {
    for (const expiresAt of ['0000-01-01T00:00:00+10:00', '9999-12-31T23:59:59-10:00']) {
      const { status } = await api.call('POST', '/keys', {
        key: STRANGER,
        body: { name: 'edge', expiresAt },
      });
      expect([201, 422]).toContain(status);
    }
    await api.ok('GET', '/keys', { key: STRANGER });
  });
});
