import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBatchWriter } from '../../src/db/open.ts';
import { DeliveryState, eventIdOf } from '../../src/reactions/delivery/delivery.ts';
import { ENGINES } from '../support/engines.ts';
import { Api, fieldsOf, type Json, STRANGER } from './api.ts';

const DELIVERY_COLUMNS = {
  event_id: 'text',
  lane: 'text',
  channel: 'text',
  kind: 'text',
  project_id: 'bigint',
  endpoint_id: 'bigint',
  link_id: 'bigint',
  group_id: 'bigint',
  body: 'text',
  state: 'integer',
  reason: 'text',
  attempts: 'integer',
  created_at: 'bigint',
  due_at: 'bigint',
  finished_at: 'bigint',
} as const;

const ATTEMPT_COLUMNS = {
  delivery_id: 'bigint',
  number: 'integer',
  at: 'bigint',
  duration_ms: 'integer',
  status: 'integer',
  error: 'text',
  answer: 'text',
} as const;

const DAY_MS = 86_400_000;

interface Finished {
  readonly name: string;
  readonly channel?: 'webhook' | 'mail' | 'push';
  readonly kind?: string;
  readonly endpointId?: number | null;
  readonly linkId?: number | null;
  readonly groupId?: number | null;
  readonly state?: number;
  readonly reason?: string | null;
  readonly at?: number;
  readonly body?: string;
}

describe.each(ENGINES)('the log of deliveries on $name', (engine) => {
  let api: Api;
  let numbers: { project: number; link: number; group: number; endpoint: number };
  let link: Json;
  let group: Json;
  let endpoint: Json;
  const now = Date.now();

  beforeAll(async () => {
    api = await Api.open(engine);
    group = await api.group({ webhookEnabled: true, webhookUrl: 'https://hook.test/' });
    link = await api.link({ groupId: group.id });
    [endpoint] = (await api.ok('GET', '/webhook-endpoints')).endpoints;
    numbers = await numbersOf();
    await insert(
      [
        { name: 'oldest', at: now - 10 * DAY_MS },
        { name: 'mail', channel: 'mail', endpointId: null, state: DeliveryState.notSent, reason: 'no-smtp' },
        { name: 'push', channel: 'push', endpointId: null, kind: 'message', groupId: null },
        { name: 'given up', state: DeliveryState.failed, reason: 'gave-up' },
        { name: 'of no link', linkId: null, kind: 'test' },
        { name: 'newest' },
      ],
      { 'given up': 3 },
    );
  });
  afterAll(() => api.close());

  async function numberOf(linkId: string): Promise<number> {
    const writer = openBatchWriter(api.location);
    try {
      const [row] = await writer.config.all<{ id: number }>('select id from link where public_id = $1', [
        linkId,
      ]);
      return row?.id ?? 0;
    } finally {
      await writer.close();
    }
  }

  async function numbersOf() {
    const writer = openBatchWriter(api.location);
    try {
      const [row] = await writer.config.all<{
        project: number;
        link: number;
        group: number;
        endpoint: number;
      }>(
        `select link.project_id as project, link.id as link, link.group_id as "group", webhook_endpoint.id as endpoint
           from link join webhook_endpoint on webhook_endpoint.group_id = link.group_id where link.public_id = $1`,
        [link.id],
      );
      if (!row) throw new Error('the link is not there');
      return row;
    } finally {
      await writer.close();
    }
  }

  /** Deliveries that have come to their end, as the delivery thread leaves them. */
  async function insert(finished: readonly Finished[], attempts: Readonly<Record<string, number>> = {}) {
    const writer = openBatchWriter(api.location);
    try {
      await writer.transact(async (tx) => {
        await tx.insertMany({
          table: 'delivery',
          columns: DELIVERY_COLUMNS,
          rows: finished.map((one) => [
            eventIdOf(one.name),
            'webhook:0',
            one.channel ?? 'webhook',
            one.kind ?? 'clicks',
            numbers.project,
            one.endpointId === undefined ? numbers.endpoint : one.endpointId,
            one.linkId === undefined ? numbers.link : one.linkId,
            one.groupId === undefined ? numbers.group : one.groupId,
            one.body ?? '{"clicks":1}',
            one.state ?? DeliveryState.delivered,
            one.reason ?? null,
            attempts[one.name] ?? 0,
            one.at ?? now,
            one.at ?? now,
            now,
          ]),
        });
        for (const [name, count] of Object.entries(attempts)) {
          const [row] = await tx.all<{ id: number }>('select id from delivery where event_id = $1', [
            eventIdOf(name),
          ]);
          await tx.insertMany({
            table: 'delivery_attempt',
            columns: ATTEMPT_COLUMNS,
            rows: Array.from({ length: count }, (_, index) => [
              row?.id ?? 0,
              index + 1,
              now + index,
              10 * index,
              index === 0 ? null : 500 + index,
              index === 0 ? 'The receiver did not answer.' : null,
              `answer ${index}`,
            ]),
          });
        }
      });
    } finally {
      await writer.close();
    }
  }

  const named = (...names: string[]) => names.map((name) => eventIdOf(name));
  const listed = async (query = '', path = '/deliveries'): Promise<string[]> =>
    (await api.ok('GET', `${path}?limit=100${query}`)).deliveries.map(({ eventId }: Json) => eventId);

  test('lists every channel, newest first', async () => {
    expect(await listed()).toEqual(named('newest', 'of no link', 'given up', 'push', 'mail', 'oldest'));
    const [first] = (await api.ok('GET', '/deliveries')).deliveries;
    expect(first).toEqual({
      eventId: eventIdOf('newest'),
      channel: 'webhook',
      kind: 'clicks',
      state: 'delivered',
      reason: null,
      endpointId: endpoint.id,
      linkId: link.id,
      groupId: group.id,
      messageId: null,
      attempts: 0,
      lastAttempt: null,
      createdAt: new Date(now).toISOString(),
      dueAt: null,
      finishedAt: new Date(now).toISOString(),
    });
  });

  test.each([
    ['&state=failed', ['given up']],
    ['&state=notSent', ['mail']],
    ['&state=waiting', []],
    ['&channel=mail', ['mail']],
    ['&channel=push&kind=message', ['push']],
    ['&kind=test', ['of no link']],
    ['&kind=message&channel=mail', []],
  ])('%s finds %j', async (query, names) => {
    expect(await listed(query)).toEqual(named(...names));
  });

  test('finds those of a link, of an endpoint, and since an instant', async () => {
    const ofLink = named('newest', 'given up', 'push', 'mail', 'oldest');
    expect(await listed(`&linkId=${link.id}`)).toEqual(ofLink);
    const other = await api.link();
    expect(await listed(`&linkId=${other.id}`)).toEqual([]);
    const path = `/webhook-endpoints/${endpoint.id}/deliveries`;
    expect(await listed('', path)).toEqual(named('newest', 'of no link', 'given up', 'oldest'));
    expect(await listed('&state=failed', path)).toEqual(named('given up'));
    const yesterday = new Date(now - DAY_MS).toISOString();
    expect(await listed(`&since=${yesterday}`)).not.toContain(eventIdOf('oldest'));
    expect(await listed(`&since=${new Date(now - 10 * DAY_MS).toISOString()}`)).toContain(
      eventIdOf('oldest'),
    );
    expect(await listed(`&since=${new Date(now + DAY_MS).toISOString()}`)).toEqual([]);
  });

  test('a deleted link keeps its deliveries', async () => {
    const { id } = await api.link();
    const linkId = await numberOf(id);
    await insert([{ name: 'of a deleted link', linkId, at: now - 20 * DAY_MS, endpointId: null }]);
    await api.ok('DELETE', `/links/${id}`);
    expect(await listed(`&linkId=${id}`)).toEqual(named('of a deleted link'));
  });

  test('shows a delivery with its body and every attempt', async () => {
    const found = await api.ok('GET', `/deliveries/${eventIdOf('given up')}`);
    expect(found).toMatchObject({
      state: 'failed',
      reason: 'gave-up',
      attempts: 3,
      body: '{"clicks":1}',
      lastAttempt: { status: 502, durationMs: 20, error: null },
      log: [
        { number: 1, status: null, error: 'The receiver did not answer.', durationMs: 0, answer: 'answer 0' },
        { number: 2, status: 501, error: null, durationMs: 10 },
        { number: 3, status: 502, at: new Date(now + 2).toISOString() },
      ],
    });
    const [inList] = (await api.ok('GET', '/deliveries?state=failed')).deliveries;
    const { body: _body, log: _log, ...rest } = found;
    expect(inList).toEqual(rest);
  });

  test('pages hold each once, whatever the page size', async () => {
    const all = await listed();
    for (const limit of [1, 2, 5, 6, 7]) {
      const found: string[] = [];
      for (let cursor = ''; ; ) {
        const page = await api.ok('GET', `/deliveries?limit=${limit}${cursor && `&cursor=${cursor}`}`);
        expect(page.deliveries.length).toBeLessThanOrEqual(limit);
        found.push(...page.deliveries.map(({ eventId }: Json) => eventId));
        if (page.nextCursor === null) break;
        cursor = page.nextCursor;
      }
      expect(found).toEqual(all);
    }
  });

  test('one that failed is found among very many that did not, a piece at a time', async () => {
    for (let from = 0; from < 41_000; from += 10_250) {
      await insert(Array.from({ length: 10_250 }, (_, index) => ({ name: `many ${from + index}` })));
    }
    const found: string[] = [];
    let pages = 0;
    for (let cursor = ''; ; pages++) {
      const page = await api.ok('GET', `/deliveries?state=failed${cursor && `&cursor=${cursor}`}`);
      found.push(...page.deliveries.map(({ eventId }: Json) => eventId));
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    expect(found).toEqual(named('given up'));
    expect(pages).toBe(2);
    const tomorrow = new Date(now + 2 * DAY_MS).toISOString();
    const { deliveries, nextCursor } = await api.ok('GET', `/deliveries?since=${tomorrow}`);
    expect({ deliveries, nextCursor }, 'it does not look at all of them').toEqual({
      deliveries: [],
      nextCursor: null,
    });
  });

  test.each([
    ['state=lost', ['querystring.state']],
    ['channel=pigeon', ['querystring.channel']],
    ['since=yesterday', ['querystring.since']],
    ['cursor=nonsense', ['querystring.cursor']],
    [`cursor=${Buffer.from('v1:-1').toString('base64url')}`, ['querystring.cursor']],
    ['limit=0', ['querystring.limit']],
    ['linkId=%27%20or%201=1', ['querystring.linkId']],
  ])('%s is refused', async (query, fields) => {
    for (const path of ['/deliveries', `/webhook-endpoints/${endpoint.id}/deliveries`])
      await api.refused(422, 'GET', `${path}?${query}`, {}, fields);
  });

  test('what is not there, or is no id, is refused', async () => {
    await api.refused(404, 'GET', '/deliveries?linkId=lnk_none');
    await api.refused(404, 'GET', '/webhook-endpoints/whk_none/deliveries');
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/replay'],
    ] as const) {
      await api.refused(404, method, `/deliveries/${'0'.repeat(32)}${path}`);
      const hostile = await api.refused(
        422,
        method,
        `/deliveries/${encodeURIComponent("' or 1=1 --")}${path}`,
      );
      expect(fieldsOf(hostile)).toEqual(['params.id']);
    }
  });

  test('another project sees none of it', async () => {
    expect((await api.ok('GET', '/deliveries', { key: STRANGER })).deliveries).toEqual([]);
    for (const [method, path] of [
      ['GET', `/deliveries/${eventIdOf('newest')}`],
      ['POST', `/deliveries/${eventIdOf('newest')}/replay`],
      ['GET', `/webhook-endpoints/${endpoint.id}/deliveries`],
      ['GET', `/deliveries?linkId=${link.id}`],
    ] as const) {
      await api.refused(404, method, path, { key: STRANGER });
    }
  });
});
