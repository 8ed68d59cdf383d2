import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { OUTCOME_LABELS, VISIT_OUTCOMES, type VisitOutcome } from '../../src/visits/visit-outcome.ts';
import { type Answer, Api, PUBLIC_HOST } from '../api/api.ts';
import { type EngineUnderTest, POSTGRES, runs, SQLITE } from '../support/engines.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { type Exposition, parseExposition } from './exposition.ts';
import { ServerProcess } from './server-process.ts';

const TOKEN = 'a-token-for-the-metrics';
const STRANGER_ADDRESS = '203.0.113.9';
/** What proxies send, one or the other, for somebody else. */
const PROXY_HEADERS = [
  'x-real-ip',
  'forwarded',
  'via',
  'x-forwarded',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-server',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-original-forwarded-for',
  'true-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
];
const CRAWLER = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';
const UNFURLER = 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)';

describe('GET /metrics', () => {
  let api: Api;

  beforeAll(async () => {
    api = await Api.open(SQLITE, { env: { METRICS_TOKEN: TOKEN, ALLOW_PRIVATE_TARGETS: 'true' } });
  });

  afterAll(async () => {
    await api.close();
  });

  const scrapeWith = (headers: OutgoingHttpHeaders): Promise<Answer> =>
    api.send('GET', '/metrics', undefined, headers);

  async function scrape(): Promise<Exposition> {
    const { status, text } = await scrapeWith({});
    expect(status, text).toBe(200);
    return parseExposition(text);
  }

  test('is in the text format, is kept by no cache, and says what docs/observability.md says', async () => {
    await api.link({ code: 'listed' });
    await api.visit('/listed');
    await until(
      async () => (await scrape()).samples('switchyard_clicks_ingested_total')[0]?.value === 1,
      'it is ingested',
    );
    const { headers, text } = await scrapeWith({});
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store');
    const families = [...parseExposition(text).families.keys()];
    const document = readFileSync(new URL('../../docs/observability.md', import.meta.url), 'utf8');
    const documented = [...document.matchAll(/^\| `(switchyard_\w+)/gm)].map(([, name]) => name);
    expect(families.filter((name) => name.startsWith('switchyard_')).sort()).toEqual(documented.sort());
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_p99_seconds',
    ])
      expect(families).toContain(name);
  });

  test('tells nobody whom a link leads to, nor who came', async () => {
    await api.link({ code: 'discreet', destination: 'https://secret.example/' });
    await api.visit('/discreet', {
      'x-forwarded-for': STRANGER_ADDRESS,
      referer: 'https://referrer.example/',
    });
    const { text } = await scrapeWith({});
    for (const secret of ['secret.example', STRANGER_ADDRESS, 'referrer.example', 'discreet', TOKEN])
      expect(text).not.toContain(secret);
  });

  const answers: Record<Exclude<VisitOutcome, 'unavailable'>, () => Promise<Answer>> = {
    async redirect() {
      await api.link({ code: 'plain' });
      return await api.visit('/plain');
    },
    async forwardPage() {
      await api.link({ code: 'page', title: 'A page', settings: { redirectType: 200 } });
      return await api.visit('/page');
    },
    async openApp() {
      const ios = { identifier: 'com.example.app', appStoreId: '123456789', customScheme: 'exampleapp' };
      await api.link({ code: 'opens', apps: { ios } });
      return await api.visit('/opens', { 'user-agent': IPHONE });
    },
    async pushInvitation() {
      await api.link({ code: 'push', settings: { pushSubscription: true } });
      return await api.visit('/push');
    },
    async previewCard() {
      await api.link({ code: 'card', title: 'A card' });
      return await api.visit('/card', { 'user-agent': UNFURLER });
    },
    async flowPage() {
      await api.link({ code: 'looked-at' });
      return await api.visit('/looked-at?d=1');
    },
    unknown: () => api.visit('/there-is-none'),
    notFound: () => api.visit('/no/link/has/this/path'),
    async paused() {
      await api.link({ code: 'paused', settings: { paused: true } });
      return await api.visit('/paused');
    },
    async notStarted() {
      await api.link({ code: 'early', settings: { startsAt: '2999-01-01T00:00:00Z' } });
      return await api.visit('/early');
    },
    async ended() {
      const settings = { endsAt: '2020-01-01T00:00:00Z', expiredUrl: 'https://example.com/over' };
      await api.link({ code: 'over', settings });
      return await api.visit('/over');
    },
    async limitReached() {
      await api.link({ code: 'few', settings: { maxClicks: 1 } });
      await expectToCount('redirect', () => api.visit('/few'));
      return await api.visit('/few');
    },
    async passwordRequired() {
      await api.link({ code: 'locked', settings: { password: 'crocus' } });
      return await api.visit('/locked');
    },
    async wrongPassword() {
      await api.link({ code: 'guessed', settings: { password: 'crocus' } });
      return await enter('/guessed', 'tulip');
    },
    async tooManyGuesses() {
      await api.link({ code: 'besieged', settings: { password: 'crocus' } });
      let last = await enter('/besieged', 'guess');
      for (let guess = 0; guess < 50 && last.status !== 429; guess += 1)
        last = await enter('/besieged', 'guess');
      return last;
    },
    async protected() {
      await api.link({ code: 'guarded', settings: { password: 'crocus' } });
      return await api.visit('/guarded', { 'user-agent': CRAWLER });
    },
    async prefetch() {
      await api.link({ code: 'ahead' });
      return await api.visit('/ahead', { 'sec-purpose': 'prefetch' });
    },
    badLongLink: () => api.visit('/?link=https%3A%2F%2Felsewhere.example%2F'),
    home: () => api.visit('/'),
    refused: () => api.visit('/whatever', {}, 'PUT'),
  };

  function enter(path: string, password: string): Promise<Answer> {
    return api.send('POST', path, new URLSearchParams({ password }).toString(), {
      host: PUBLIC_HOST,
      'content-type': 'application/x-www-form-urlencoded',
    });
  }

  async function counts(): Promise<Record<string, number>> {
    const samples = (await scrape()).samples('switchyard_visits_total');
    return Object.fromEntries(samples.map(({ labels, value }) => [labels.outcome, value]));
  }

  /** Of all counters that one moves, by one, and a duration is noted. */
  async function expectToCount(outcome: VisitOutcome, visit: () => Promise<unknown>): Promise<void> {
    const before = await scrape();
    const countsBefore = await counts();
    await visit();
    const label = OUTCOME_LABELS[outcome];
    expect(await counts()).toEqual({ ...countsBefore, [label]: (countsBefore[label] as number) + 1 });
    const durations = 'switchyard_visit_duration_seconds_count';
    expect((await scrape()).value(durations)).toBe(before.value(durations) + 1);
  }

  const EXPECTED_STATUS: Partial<Record<VisitOutcome, number>> = {
    redirect: 302,
    forwardPage: 200,
    unknown: 404,
    limitReached: 403,
    tooManyGuesses: 429,
    prefetch: 503,
    refused: 405,
  };

  test.each(Object.keys(answers) as (keyof typeof answers)[])(
    'counts a visit that is answered: %s',
    async (outcome) => {
      const before = await counts();
      const { status } = await answers[outcome]();
      if (EXPECTED_STATUS[outcome]) expect(status).toBe(EXPECTED_STATUS[outcome]);
      const after = await counts();
      const label = OUTCOME_LABELS[outcome];
      const moved = Object.keys(after).filter((name) => after[name] !== before[name]);
      if (outcome === 'limitReached') expect(moved.sort()).toEqual(['limit_reached', 'redirect']);
      else if (outcome === 'tooManyGuesses')
        expect(moved.sort()).toEqual(['too_many_guesses', 'wrong_password']);
      else expect(moved).toEqual([label]);
      expect((after[label] as number) - (before[label] as number)).toBe(1);
    },
  );

  test('has a line for every outcome from the first scrape on', async () => {
    expect(Object.keys(await counts()).sort()).toEqual(
      VISIT_OUTCOMES.map((one) => OUTCOME_LABELS[one]).sort(),
    );
  });

  test('counts the right password and the way on as one visit', async () => {
    await api.link({ code: 'opened', settings: { password: 'crocus' } });
    await expectToCount('redirect', () => enter('/opened', 'crocus'));
  });

  test('counts what is in memory and what was looked up', async () => {
    await api.link({ code: 'looked-up' });
    const before = await scrape();
    for (let visit = 0; visit < 5; visit += 1) await api.visit('/looked-up');
    const after = await scrape();
    const grown = (name: string) => after.value(name) - before.value(name);
    expect(grown('switchyard_link_index_misses_total')).toBe(1);
    expect(grown('switchyard_link_index_hits_total')).toBe(4);
    expect(after.value('switchyard_link_index_entries', { kind: 'link' })).toBeGreaterThan(0);
    expect(grown('switchyard_clicks_journalled_total')).toBe(5);
    expect(after.value('switchyard_clicks_lost_total')).toBe(0);
  });

  test('counts requests of the API by surface and class of status, and no visit among them', async () => {
    const before = await scrape();
    await api.call('GET', '/links');
    await api.call('GET', '/links/lnk_0000000000000000');
    await api.send('GET', '/1.0/links/none', undefined, {});
    await api.send('GET', '/api/link/v2/none', undefined, {});
    await api.visit('/there-is-none');
    const after = await scrape();
    const grown = (surface: string, status: string): number => {
      const name = 'switchyard_api_request_duration_seconds_count';
      const of = (one: Exposition) =>
        one.samples(name).find(({ labels }) => labels.surface === surface && labels.status === status)
          ?.value ?? 0;
      return of(after) - of(before);
    };
    expect(grown('native', '2xx')).toBe(1);
    expect(grown('native', '4xx')).toBe(1);
    expect(grown('bit2connect', '4xx')).toBe(1);
    expect(grown('vivoldi', '2xx') + grown('vivoldi', '4xx')).toBe(1);
    expect(grown('other', '4xx')).toBe(0);
  });

  test('counts deliveries by channel and outcome, and tells what waits', async () => {
    const receiver = createServer((_request, response) => response.writeHead(204).end());
    await once(receiver.listen(0, '127.0.0.1'), 'listening');
    const { port } = receiver.address() as AddressInfo;
    const deliveries = 'switchyard_deliveries_total';
    const count = (one: Exposition, channel: string, outcome: string) =>
      one.value(deliveries, { channel, outcome });
    const hooked = async (code: string, webhookUrl: string) => {
      const { id: groupId } = await api.group(
        { webhookEnabled: true, webhookUrl, webhookFrequency: 1 },
        code,
      );
      await api.link({ code, groupId });
    };
    try {
      const before = await scrape();
      expect(before.samples(deliveries).map(({ value }) => value)).toEqual(Array(12).fill(0));
      for (const name of ['switchyard_deliveries_waiting', 'switchyard_deliveries_dropped'])
        expect(before.samples(name).map(({ value }) => value)).toEqual([0, 0, 0]);

      await hooked('taken', `http://127.0.0.1:${port}/`);
      await api.visit('/taken');
      await until(async () => count(await scrape(), 'webhook', 'delivered') === 1, 'it is delivered');
      const attempts = 'switchyard_delivery_attempt_duration_seconds_count';
      expect((await scrape()).value(attempts, { channel: 'webhook' })).toBe(1);

      // Nobody listens at the port for things that are to be thrown away.
      await hooked('refused', 'http://127.0.0.1:9/');
      await api.visit('/refused');
      await until(async () => count(await scrape(), 'webhook', 'retry') === 1, 'it has failed once');
      const after = await scrape();
      expect(after.value('switchyard_deliveries_waiting', { channel: 'webhook' })).toBe(1);
      expect(after.value('switchyard_delivery_lanes_failing')).toBe(1);
      expect(after.value('switchyard_delivery_lanes_held')).toBe(0);
      expect(after.value('switchyard_delivery_overdue_seconds'), 'it is due in ten seconds').toBe(0);
      expect(after.value(attempts, { channel: 'webhook' })).toBe(2);

      await api.ok('PATCH', '/project', { body: { webhookEnabled: false } });
      await api.visit('/refused');
      const held = async () => (await scrape()).value('switchyard_delivery_lanes_held') === 1;
      await until(held, 'what waits is held when it is due', 60_000);

      await api.ok('PATCH', '/project', { body: { webhookEnabled: true, notifyEvery: 1 } });
      await api.link({ code: 'mailed', settings: { notifyByMail: true } });
      await api.visit('/mailed');
      await until(async () => count(await scrape(), 'mail', 'not_sent') === 1, 'there is no mail server');
    } finally {
      receiver.closeAllConnections();
      receiver.close();
    }
  });

  describe('is for', () => {
    test.each<[who: string, headers: OutgoingHttpHeaders, status: number]>([
      ['this machine', {}, 200],
      ['this machine, by its name', { host: 'localhost:8080' }, 200],
      [
        'whoever knows the token',
        { authorization: `Bearer ${TOKEN}`, 'x-forwarded-for': STRANGER_ADDRESS },
        200,
      ],
      ['nobody whom a proxy on this machine speaks for', { 'x-forwarded-for': STRANGER_ADDRESS }, 403],
      ['nobody who says to be this machine', { 'x-forwarded-for': `127.0.0.1, ${STRANGER_ADDRESS}` }, 403],
      ['nobody behind two proxies', { 'x-forwarded-for': `${STRANGER_ADDRESS}, 127.0.0.1` }, 403],
      ['nobody behind a proxy that passes on what its client wrote', { 'x-forwarded-for': '127.0.0.1' }, 403],
      ...PROXY_HEADERS.map<[who: string, headers: OutgoingHttpHeaders, status: number]>((name) => [
        `nobody of whom ${name} speaks, whatever X-Forwarded-For says`,
        { 'x-forwarded-for': '127.0.0.1', [name]: STRANGER_ADDRESS },
        403,
      ]),
      ...PROXY_HEADERS.map<[who: string, headers: OutgoingHttpHeaders, status: number]>((name) => [
        `nobody with ${name} alone, whatever it says`,
        { [name]: '127.0.0.1' },
        403,
      ]),
      ['nobody behind a proxy that passes Host alone', { host: PUBLIC_HOST }, 403],
      [
        'nobody with another token',
        { authorization: `Bearer ${TOKEN}x`, 'x-forwarded-for': STRANGER_ADDRESS },
        403,
      ],
      [
        'no API key',
        { authorization: 'Bearer sy_ownerownerownerownerowner', 'x-forwarded-for': STRANGER_ADDRESS },
        403,
      ],
    ])('%s', async (_, headers, status) => {
      const answer = await scrapeWith(headers);
      expect(answer.status).toBe(status);
      expect(answer.headers['cache-control']).toBe('no-store');
      if (status === 200) return;
      expect(answer.text).not.toContain('switchyard_');
      expect(answer.json).toMatchObject({
        code: 'forbidden',
        detail: expect.stringContaining('METRICS_TOKEN'),
      });
    });
  });

  test('is no link', async () => {
    await api.refused(422, 'POST', '/links', {
      body: { destination: 'https://example.com/', code: 'metrics' },
    });
    const answer = await api.visit('/metrics');
    expect([answer.status, answer.headers.location]).toEqual([403, undefined]);
  });

  test('the report of its health is for the command line alone', async () => {
    for (const authorization of [undefined, `Bearer ${TOKEN}`, 'Bearer sy_ownerownerownerownerowner']) {
      const headers = authorization === undefined ? {} : { authorization };
      expect((await api.send('GET', '/readyz/report', undefined, headers)).status).toBe(403);
    }
    const headers = { authorization: `Bearer ${api.app.controlToken}` };
    const { status, json } = await api.send('GET', '/readyz/report', undefined, headers);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      lostClicks: 0,
      checks: { store: { ok: true } },
      proxies: { looked: expect.any(Number) },
    });
  });
});

test('a proxy that TRUST_PROXY does not name opens nothing', async () => {
  const api = await Api.open(SQLITE, { env: { TRUST_PROXY: 'none' } });
  try {
    const ask = (headers: OutgoingHttpHeaders) => api.send('GET', '/metrics', undefined, headers);
    expect((await ask({ 'x-forwarded-for': STRANGER_ADDRESS })).status).toBe(403);
    expect(
      (await ask({ authorization: 'Bearer undefined', 'x-forwarded-for': STRANGER_ADDRESS })).status,
    ).toBe(403);
    expect((await ask({})).status).toBe(200);
  } finally {
    await api.close();
  }
});

describe.runIf(runs(POSTGRES))('while the database is away', () => {
  let under: EngineUnderTest;
  let proxy: TcpProxy;
  let server: ServerProcess;

  beforeEach(async () => {
    under = await POSTGRES.open();
    const { database } = under.location;
    if (database.engine !== 'postgres') throw new Error('this suite is about PostgreSQL');
    proxy = await TcpProxy.open(database.url);
    const location = { ...under.location, database: { ...database, url: proxy.through(database.url) } };
    server = await ServerProcess.start(location);
    await server.createLinks([{ code: 'known' }, { code: 'cold' }]);
    // Nothing that was made before is forgotten again when the feed repeats it.
    await server.kill();
    server = await ServerProcess.start(location);
  });

  afterEach(async () => {
    await server?.kill();
    await proxy?.close();
    await under?.close();
  });

  async function scrape(): Promise<Exposition> {
    return parseExposition((await server.get('/metrics')).text);
  }

  test.each([
    ['gone', () => proxy.drop()],
    ['silent', () => proxy.stall()],
  ] as const)('%s: the lag counts what waits, and is nothing again afterwards', async (_, leave) => {
    await server.visit('known');
    await server.untilDrained();
    const before = await scrape();
    expect(before.value('switchyard_journal_lag_records')).toBe(0);
    expect(before.value('switchyard_journal_lag_seconds')).toBe(0);
    expect(before.value('switchyard_journal_lag_bytes')).toBe(0);

    await leave();
    for (let visit = 0; visit < 30; visit += 1) expect((await server.visit('known')).status).toBe(302);
    const away = await scrape();
    expect(away.value('switchyard_journal_lag_records')).toBe(30);
    expect(away.value('switchyard_journal_lag_bytes')).toBeGreaterThan(1_000);
    const ageThen = away.value('switchyard_journal_lag_seconds');
    expect(ageThen).toBeGreaterThan(0);
    const later = async () => (await scrape()).value('switchyard_journal_lag_seconds') > ageThen + 0.5;
    await until(later, 'what waits grows older');
    await server.visit('known');
    expect((await scrape()).value('switchyard_journal_lag_records')).toBe(31);
    const unavailable = (one: Exposition) => one.value('switchyard_visits_total', { outcome: 'unavailable' });
    expect((await server.visit('cold')).status).toBe(503);
    expect(unavailable(await scrape())).toBe(unavailable(before) + 1);

    await proxy.pass();
    const nothing = async () => (await scrape()).value('switchyard_journal_lag_records') === 0;
    await until(nothing, 'nothing waits any more', 40_000);
    const after = await scrape();
    expect(after.value('switchyard_journal_lag_seconds')).toBe(0);
    expect(after.value('switchyard_journal_lag_bytes')).toBe(0);
    expect(after.value('switchyard_clicks_ingested_total')).toBe(32);
    expect(after.value('switchyard_clicks_journalled_total')).toBe(32);
    expect(after.value('switchyard_clicks_lost_total')).toBe(0);
    expect(after.value('switchyard_ingest_step_duration_seconds_count', { step: 'commit' })).toBeGreaterThan(
      0,
    );
  });
});
