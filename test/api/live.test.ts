import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { ENGINES, SQLITE } from '../support/engines.ts';
import { AMERICA, KOREA, NOWHERE } from '../support/past-clicks.ts';
import { until } from '../support/until.ts';
import { Api, type Json, KEY, PERSON, STRANGER } from './api.ts';
import { EventClient } from './event-client.ts';

const CRAWLER = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';

describe.each(ENGINES)('clicks as they come in, on $name', (engine) => {
  let api: Api;
  const clients: EventClient[] = [];
  beforeAll(async () => {
    api = await Api.open(engine, { env: { TRUST_PROXY: '127.0.0.1' } });
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await api.close();
  });

  async function follow(query = '', options = {}): Promise<EventClient> {
    const client = await EventClient.open(api, query, options);
    clients.push(client);
    expect(client.response.status).toBe(200);
    await client.event('hello');
    return client;
  }

  async function click(
    { code }: Json,
    address: string = KOREA[0],
    userAgent = PERSON,
    query = '',
  ): Promise<void> {
    const answer = await api.visit(`/${code}${query}`, {
      'x-forwarded-for': address,
      'user-agent': userAgent,
    });
    expect(answer.status).toBeLessThan(400);
  }

  /** Clicks come in order: when this one is told, all before it have been. */
  async function toldUpTo(client: EventClient, link: Json): Promise<void> {
    const before = client.count;
    await click(link);
    await until(() => client.count > before, 'the last click is told');
  }

  const minutesOf = (client: EventClient): number[] =>
    client.events[0]?.data.minutes.map(({ clicks }: Json) => clicks);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

  test('a client is greeted with the last half hour, and told of a click within seconds', async () => {
    const link = await api.link();
    await click(link);
    const earlier = await follow(`?linkId=${link.id}`);
    await until(async () => {
      const client = await follow(`?linkId=${link.id}`);
      client.close();
      return sum(minutesOf(client)) === 1;
    }, 'the first click is among those of the last half hour');
    const { headers } = earlier.response;
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-accel-buffering')).toBe('no');
    const hello = (await earlier.event('hello')).data;
    expect(hello).toMatchObject({ timeZone: 'Asia/Seoul', resumed: false });
    expect(hello.minutes).toHaveLength(30);
    expect(hello.minutes.at(-1).at).toBe(`${hello.at.slice(0, 16)}:00.000Z`);

    const before = performance.now();
    await api.visit(`/${link.code}?qr=1`, {
      'x-forwarded-for': KOREA[1],
      referer: 'https://News.Example/a?secret=1',
    });
    const client = await follow(`?linkId=${link.id}`);
    const events = () => earlier.clicks.flatMap(({ data }) => data.clicks);
    await until(() => events().some(({ qr }) => qr), 'the click is told');
    expect(performance.now() - before).toBeLessThan(5_000);
    expect(events().find(({ qr }) => qr)).toEqual({
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      linkId: link.id,
      code: link.code,
      country: 'KR',
      city: '',
      device: 'desktop',
      browser: 'Chrome',
      referrer: 'news.example',
      qr: true,
    });
    expect(JSON.stringify(earlier.events)).not.toContain(KOREA[1]);
    client.close();
  });

  test('each client gets what it asked for: a link, a group, a project', async () => {
    const group = await api.group();
    const inside = await api.link({ groupId: group.id });
    const outside = await api.link();
    const ofLink = await follow(`?linkId=${outside.id}`);
    const ofGroup = await follow(`?groupId=${group.id}`);
    const ofProject = await follow();
    const ofStranger = await follow('', { key: STRANGER });
    for (let index = 0; index < 3; index++) await click(inside);
    await click(outside);
    await until(() => ofProject.count >= 4, 'all clicks are told');
    await until(() => ofLink.count > 0 && ofGroup.count > 2, 'the others have heard');
    expect([ofLink.count, ofGroup.count, ofStranger.count]).toEqual([1, 3, 0]);
    expect(ofLink.clicks[0]?.data.clicks.map(({ linkId }: Json) => linkId)).toEqual([outside.id]);
    const newestFirst = ofProject.clicks.flatMap(({ data }) => data.clicks.map(({ at }: Json) => at));
    if (ofProject.clicks.length === 1) expect(newestFirst).toEqual([...newestFirst].sort().reverse());
  });

  test('a client that comes back is told of what it missed, once', async () => {
    const link = await api.link();
    const first = await follow(`?linkId=${link.id}`);
    await click(link);
    await until(() => first.count === 1, 'the first click is told');
    first.close();
    await click(link);
    await click(link);
    const meanwhile = await follow(`?linkId=${link.id}`);
    await until(() => meanwhile.count + sum(minutesOf(meanwhile)) === 3, 'three are counted');

    const again = await follow(`?linkId=${link.id}`, { lastId: first.lastId });
    expect(again.events[0]).toMatchObject({ event: 'hello', id: first.lastId, data: { resumed: true } });
    // What follows `hello` comes on top of it.
    expect(sum(minutesOf(again))).toBe(1);
    await until(() => again.count === 2, 'what was missed is told');
    await click(link);
    await until(() => again.count === 3, 'what comes in is told');
    // The same place serves the raw clicks.
    const rest = await fetch(
      `http://127.0.0.1:${api.port}/api/v1/clicks?linkId=${link.id}&cursor=${first.lastId}`,
      { headers: { authorization: `Bearer ${KEY}` } },
    );
    expect((await rest.text()).trimEnd().split('\n')).toHaveLength(3);
    const nothingNew = await follow(`?linkId=${link.id}`, { lastId: again.lastId });
    await toldUpTo(nothingNew, link);
    expect(nothingNew.count).toBe(1);
    const future = Buffer.from('click:999999999').toString('base64url');
    expect((await follow('', { lastId: future })).events[0]?.data.resumed).toBe(false);
  });

  test('crawlers are not shown, nor foreign clicks where they are left out', async () => {
    const group = await api.group({ excludeForeign: true });
    const link = await api.link({ groupId: group.id });
    const open = await api.link();
    const client = await follow();
    await click(link, AMERICA);
    await click(link, KOREA[2], CRAWLER);
    await click(open, AMERICA);
    await click(link, NOWHERE);
    await toldUpTo(client, link);
    const told = () => client.clicks.flatMap(({ data }) => data.clicks);
    expect(
      told()
        .map(({ linkId, country }: Json) => `${linkId} ${country}`)
        .sort(),
    ).toEqual([`${link.id} `, `${link.id} KR`, `${open.id} US`].sort());
    expect(sum(minutesOf(await follow(`?linkId=${link.id}`)))).toBe(2);

    // The link's own value speaks where the group has none; past clicks follow.
    await api.ok('PATCH', `/groups/${group.id}`, { body: { settings: { excludeForeign: null } } });
    expect(sum(minutesOf(await follow(`?linkId=${link.id}`)))).toBe(3);
    await api.ok('PATCH', `/links/${link.id}`, { body: { settings: { excludeForeign: true } } });
    expect(sum(minutesOf(await follow(`?linkId=${link.id}`)))).toBe(2);
    await api.ok('PATCH', `/groups/${group.id}`, { body: { settings: { excludeForeign: false } } });
    await click(link, AMERICA);
    await until(
      () => told().filter(({ linkId, country }: Json) => linkId === link.id && country === 'US').length === 1,
      'the foreign click is told',
    );
  });

  test('a key that is revoked, or expires, hears no more', async () => {
    const link = await api.link();
    const revoked = await api.ok('POST', '/keys', { body: { name: 'a', scopes: ['stats:read'] } });
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const expiring = await api.ok('POST', '/keys', {
      body: { name: 'b', scopes: ['stats:read'], expiresAt },
    });
    const clientOfRevoked = await follow('', { key: revoked.key });
    const clientOfExpiring = await follow('', { key: expiring.key });
    const witness = await follow();
    await api.ok('DELETE', `/keys/${revoked.id}`);
    await click(link);
    await until(
      () => clientOfRevoked.ended && witness.count > 0 && clientOfExpiring.count > 0,
      'the stream has ended, and no other',
    );
    expect(clientOfRevoked).toMatchObject({ count: 0, broken: false });
    expect(clientOfExpiring.ended).toBe(false);
    const heard = clientOfExpiring.count;
    onTestFinished(() => void vi.useRealTimers());
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(expiresAt) });
    await click(link);
    await until(() => clientOfExpiring.ended, 'that stream has ended, too');
    expect(clientOfExpiring.count).toBe(heard);
  });

  test('what cannot be followed is refused in words', async () => {
    const { id } = await api.link();
    const { id: groupId } = await api.group();
    const path = '/stats/live';
    await api.refused(404, 'GET', `${path}?linkId=lnk_none`);
    await api.refused(404, 'GET', `${path}?linkId=${id}`, { key: STRANGER });
    await api.refused(404, 'GET', `${path}?groupId=${groupId}`, { key: STRANGER });
    await api.refused(422, 'GET', `${path}?linkId=${id}&groupId=${groupId}`, {}, ['querystring.groupId']);
    await api.refused(422, 'GET', path, { headers: { 'last-event-id': 'seven' } }, ['headers.last-event-id']);
    await api.refused(422, 'GET', `${path}?linkId[]=${id}&link=${id}`, {}, [
      'querystring.linkId[]',
      'querystring.link',
    ]);
    await api.refused(401, 'GET', path, { key: null });
    await api.refused(401, 'GET', `${path}?key=${KEY}&api_key=${KEY}&access_token=${KEY}`, { key: null });
    const poor = await api.ok('POST', '/keys', { body: { name: 'c', scopes: ['links:read'] } });
    await api.refused(403, 'GET', path, { key: poor.key });
    expect(
      (await api.send('HEAD', `/api/v1${path}`, undefined, { authorization: `Bearer ${KEY}` })).status,
    ).toBe(404);
  });
});

describe('many who listen', () => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.open(SQLITE);
  });
  afterAll(() => api.close());

  test('a hundred fit; who leaves makes room', async () => {
    const clients = await Promise.all(Array.from({ length: 100 }, () => EventClient.open(api)));
    for (const { response } of clients) expect(response.status).toBe(200);
    const problem = await api.refused(429, 'GET', '/stats/live');
    expect(problem.code).toBe('too-many-listeners');
    const { code } = await api.link();
    await api.visit(`/${code}`);
    await until(() => clients.every(({ count }) => count === 1), 'all of them are told');
    clients[0]?.close();
    await until(async () => {
      const client = await EventClient.open(api);
      client.close();
      return client.response.status === 200;
    }, 'there is room again');
    for (const client of clients) client.close();
  });
});

describe('a server that stops', () => {
  test('ends the streams and does not wait for who listens, or does not', async () => {
    const api = await Api.open(SQLITE);
    const clients = await Promise.all(Array.from({ length: 5 }, () => EventClient.open(api)));
    for (const client of clients) await client.event('hello');
    const deaf = connect(api.port, '127.0.0.1');
    deaf.on('error', () => {});
    deaf.write(`GET /api/v1/stats/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${KEY}\r\n\r\n`);
    await once(deaf, 'readable');
    const before = performance.now();
    await api.close();
    expect(performance.now() - before).toBeLessThan(5_000);
    await until(() => clients.every(({ ended }) => ended), 'every stream has ended');
    expect(clients.map(({ broken }) => broken)).toEqual([false, false, false, false, false]);
    deaf.destroy();
  });
});
