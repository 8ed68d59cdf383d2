import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { DeliveryHealth, HealthReport } from '../../observability/health-report.ts';
import { judgeClocks } from './clock-check.ts';
import { judgeDeliveries } from './delivery-check.ts';
import { judgeDisk } from './disk-check.ts';
import { DAY_MS, type Finding, isHealthy, lasting, printed } from './finding.ts';
import { judgeGeoDatabase } from './geo-check.ts';
import { judgeProxies } from './proxy-check.ts';
import { judgeSavedApps } from './saved-apps-check.ts';
import { judgeServer } from './server-check.ts';

const NOW = 1_800_000_000_000;
const GB = 1024 ** 3;

const WELL: HealthReport = {
  publicUrl: 'https://go.example',
  startedAt: NOW - 3 * 3_600_000,
  checks: {
    store: { ok: true },
    migrations: { ok: true },
    changes: { ok: true },
    journal: { ok: true },
    ingest: { ok: true, detail: '0 bytes in 0 segments to go' },
  },
  lostClicks: 0,
  backlog: { records: 0, bytes: 0, oldestMs: 0 },
  loopDelays: { p50Ms: 0.1, p90Ms: 0.5, p99Ms: 2, maxMs: 9 },
  linkIndex: { hits: 90_000, misses: 10_000, links: 500, groups: 3 },
  proxies: {
    looked: 64,
    direct: 0,
    directFromLoopback: 0,
    unreadable: 0,
    http: 0,
    https: 64,
    forwarders: [{ address: '127.0.0.1', trusted: true, visits: 64 }],
  },
  clock: { databaseAheadMs: 3, uncertainMs: 2, newestClickAt: NOW - 100 },
  deliveries: {
    waiting: 0,
    held: 0,
    dropped: 0,
    overdueMs: 0,
    webhooks: { disabled: 0, paused: 0, failing: 0, failingForMs: 0 },
    mailsWithoutServer: 0,
  },
  sendsMail: true,
  geo: { source: 'packaged', builtAt: NOW - 30 * DAY_MS },
};
const NOTHING_WAITS = WELL.deliveries as DeliveryHealth;

const judge = (changes: Partial<HealthReport>) =>
  judgeServer({ ...WELL, ...changes }, 'http://127.0.0.1:8080', NOW);
const notOk = (findings: readonly Finding[]) => findings.filter(({ level }) => level !== 'ok');
const proxies = (changes: Partial<HealthReport['proxies']>) => ({ proxies: { ...WELL.proxies, ...changes } });
const deliveries = (changes: Partial<DeliveryHealth>) => ({ deliveries: { ...NOTHING_WAITS, ...changes } });
const webhooks = (changes: Partial<DeliveryHealth['webhooks']>) =>
  deliveries({ webhooks: { ...NOTHING_WAITS.webhooks, ...changes } });
const failing = (check: string, detail: string) => ({
  checks: { ...WELL.checks, [check]: { ok: false, detail } },
});

describe('what a running server reports', () => {
  it('is well when it is well, in sentences', () => {
    expect(judge({}).map(({ level, text }) => `${level} ${text}`)).toEqual([
      'ok a server answers at http://127.0.0.1:8080, since 3 hours',
      'ok the database answers',
      'ok clicks can be recorded',
      'ok every click of the journal is in the tables',
      'ok no click was lost since it started',
      'ok visits wait 2 ms for the event loop at worst in 99 of 100 cases, 9 ms in the worst',
      'ok 500 links in memory; 90 of 100 visits found theirs there',
      'ok nothing waits to be delivered',
      'ok no webhook fails',
      'ok mails go out through SMTP_URL',
      'ok visits are forwarded by 127.0.0.1, which TRUST_PROXY names (64 visits looked at)',
      "ok the clock agrees with the database's and the newest click",
    ]);
  });

  it.each<[what: string, changes: Partial<HealthReport>, level: string, check: string, says: RegExp]>([
    [
      'the database is away',
      failing('store', 'ECONNREFUSED'),
      'bad',
      'database',
      /does not answer \(ECONNREFUSED\).*503/,
    ],
    ['edits are not heard', failing('changes', 'edits … not heard'), 'bad', 'changes', /503/],
    ['the disk is full', failing('journal', 'ENOSPC'), 'bad', 'journal', /ENOSPC.*uncounted/],
    [
      'ingest is slow',
      { backlog: { records: 1_200, bytes: 9, oldestMs: 11_000 } },
      'warn',
      'lag',
      /^1,200 clicks .* 11 seconds old/,
    ],
    [
      'ingest stands',
      { backlog: { records: 1, bytes: 9, oldestMs: 3_600_000 } },
      'bad',
      'lag',
      /^1 click .* nothing is lost/,
    ],
    ['ingest says nothing', { backlog: null }, 'warn', 'lag', /cannot be told/],
    ['clicks were lost', { lostClicks: 2 }, 'bad', 'losses', /^2 clicks could not be recorded/],
    [
      'the processor is busy',
      { loopDelays: { p50Ms: 1, p90Ms: 90, p99Ms: 140, maxMs: 900 } },
      'warn',
      'event-loop',
      /140 ms/,
    ],
    [
      'the index is too small',
      { linkIndex: { hits: 4_000, misses: 9_000, links: 9, groups: 0 } },
      'warn',
      'index',
      /LINK_INDEX_SIZE/,
    ],
    [
      'what is due does not go out',
      deliveries({ waiting: 1_200, held: 30, overdueMs: 120_000 }),
      'warn',
      'deliveries',
      /^1,200 deliveries waiting, 30 of them held, the oldest due for 2 minutes and not taken up/,
    ],
    [
      'events found no room',
      deliveries({ waiting: 10_000, dropped: 7 }),
      'warn',
      'dropped',
      /^7 events not kept.*switchyard webhooks list/,
    ],
    ['a webhook is disabled', webhooks({ disabled: 1 }), 'warn', 'webhooks', /^1 webhook disabled after 410/],
    [
      'webhooks fail for long',
      webhooks({ failing: 2, failingForMs: 3_600_000 }),
      'warn',
      'webhooks',
      /^2 webhooks failing, the longest for 60 minutes: see "switchyard webhooks list"$/,
    ],
    [
      'mails have no server',
      { ...deliveries({ mailsWithoutServer: 3 }), sendsMail: false },
      'warn',
      'mail',
      /^3 mails of the last day not sent: set SMTP_URL/,
    ],
    [
      'the clock is behind',
      { clock: { databaseAheadMs: 5_000, uncertainMs: 9, newestClickAt: null } },
      'warn',
      'clock',
      /5 seconds behind the database's/,
    ],
    [
      'the clock is far ahead',
      { clock: { databaseAheadMs: -600_000, uncertainMs: 9, newestClickAt: null } },
      'bad',
      'clock',
      /10 minutes ahead of the database's/,
    ],
    [
      'the clock was set back',
      { clock: { databaseAheadMs: 0, uncertainMs: 9, newestClickAt: NOW + 3_600_000 } },
      'warn',
      'clock',
      /60 minutes in the future/,
    ],
    [
      'a proxy is not named',
      proxies({ forwarders: [{ address: '10.0.0.5', trusted: false, visits: 64 }] }),
      'warn',
      'proxy',
      /^X-Forwarded-For came from 10\.0\.0\.5, which TRUST_PROXY does not name: every visitor behind it counts as one/,
    ],
    ['the header cannot be read', proxies({ unreadable: 3 }), 'warn', 'proxy', /3 of 64 visits/],
    [
      'the header is missing',
      proxies({ direct: 64, directFromLoopback: 64, https: 0, forwarders: [] }),
      'warn',
      'proxy',
      /without X-Forwarded-For/,
    ],
    [
      'the scheme is another',
      proxies({ http: 64, https: 0 }),
      'warn',
      'proxy',
      /^X-Forwarded-Proto says http, but PUBLIC_URL is https:\/\/go\.example/,
    ],
  ])('says when %s', (_, changes, level, check, says) => {
    expect(notOk(judge(changes))).toEqual([{ check, level, text: expect.stringMatching(says) }]);
  });

  it.each<[what: string, changes: Partial<HealthReport>]>([
    [
      'a start that took its time',
      { startedAt: NOW - 5_000, loopDelays: { p50Ms: 1, p90Ms: 2, p99Ms: 400, maxMs: 400 } },
    ],
    ['a moment of lag', { backlog: { records: 5_000, bytes: 9, oldestMs: 900 } }],
    ['many misses of few visits', { linkIndex: { hits: 1, misses: 99, links: 99, groups: 0 } }],
    [
      'a clock that cannot be compared exactly',
      { clock: { databaseAheadMs: -2_400, uncertainMs: 501, newestClickAt: null } },
    ],
    ['no comparison at all', { clock: null }],
    ['deliveries that cannot be told', { deliveries: null }],
    ['a receiver that is being restarted', webhooks({ failing: 1, failingForMs: 30_000 })],
    ['a pause', deliveries({ waiting: 5, held: 5, webhooks: { ...NOTHING_WAITS.webhooks, paused: 2 } })],
    ['no server for mails, and no mails', { sendsMail: false }],
    ['mails from before there was a server', deliveries({ mailsWithoutServer: 3 })],
    [
      'visitors who play proxies',
      proxies({
        forwarders: [...WELL.proxies.forwarders, { address: '198.51.100.7', trusted: false, visits: 2 }],
      }),
    ],
    ['no visits', proxies({ looked: 0, https: 0, forwarders: [] })],
    [
      'visits from everywhere without a proxy',
      proxies({ direct: 64, directFromLoopback: 1, https: 0, forwarders: [] }),
    ],
  ])('has nothing to say against %s', (_, changes) => {
    expect(notOk(judge(changes))).toEqual([]);
  });

  it('goes on with what waits when it is started', () => {
    const waiting = { ...NOTHING_WAITS, waiting: 1, overdueMs: 3_600_000 };
    const [outbox] = judgeDeliveries(waiting, true, false);
    expect(outbox).toEqual({
      check: 'deliveries',
      level: 'ok',
      text: '1 delivery waiting; the next start goes on with them',
    });
  });

  it('finds nothing wrong with a local trial', () => {
    const seen = { ...WELL.proxies, direct: 64, directFromLoopback: 64, https: 0, forwarders: [] };
    expect(notOk(judgeProxies(seen, 'http://localhost:8080'))).toEqual([]);
  });
});

test.each([
  [{ freeBytes: 100 * GB, files: 1_000_000, freeFiles: 900_000 }, 'ok'],
  [{ freeBytes: 100 * GB, files: 0, freeFiles: 0 }, 'ok'],
  [{ freeBytes: GB, files: 0, freeFiles: 0 }, 'warn'],
  [{ freeBytes: GB / 4, files: 0, freeFiles: 0 }, 'bad'],
  [{ freeBytes: 0, files: 0, freeFiles: 0 }, 'bad'],
  [{ freeBytes: 100 * GB, files: 1_000_000, freeFiles: 3 }, 'bad'],
])('a disk with %j is %s', (space, level) => {
  expect(judgeDisk('/data', space)).toMatchObject({ check: 'disk', level });
});

test.each([
  [{ source: 'x', builtAt: NOW - 300 * DAY_MS }, 'packaged', 'ok', /300 days old/],
  [{ source: 'x', builtAt: NOW - 400 * DAY_MS }, 'packaged', 'warn', /400 days old: update Switchyard/],
  [{ source: '/x.mmdb', builtAt: NOW - 400 * DAY_MS }, { path: '/x.mmdb' }, 'warn', /newer file/],
  [{ source: 'x', builtAt: null }, { path: '/x.mmdb' }, 'ok', /no age/],
  [null, 'packaged', 'warn', /install/],
  [null, 'none', 'ok', /GEO_DATABASE/],
] as const)('a database of countries %j, with GEO_DATABASE %j, is %s', (info, setting, level, says) => {
  const { text, ...rest } = judgeGeoDatabase(info, setting, NOW);
  expect(rest).toEqual({ check: 'geo', level });
  expect(text).toMatch(says);
});

test('saved apps are compared with what was read, and those without room are named', () => {
  const ios = {
    projectId: 1,
    platform: 'ios',
    identifier: 'a',
    teamId: 'T',
    sha256CertFingerprints: [],
  } as const;
  const android = { ...ios, platform: 'android', identifier: 'b', sha256CertFingerprints: ['AA'] } as const;
  const read = { appIds: ['T.a'], certificates: new Map([['b', ['AA']]]) };
  const judge = (...rest: Parameters<typeof judgeSavedApps>) =>
    judgeSavedApps(...rest).map(({ level, text }) => `${level} ${text}`);
  expect(judge([ios, android], read)).toEqual(['ok the files name every app that is saved here']);
  expect(judge([ios, android], { appIds: undefined, certificates: undefined })).toEqual([
    'bad T.a is saved here, and there is no file for iOS that names it',
    'bad b is saved here, and there is no file for Android that names it',
  ]);
  expect(judge([android], { ...read, appIds: undefined })).toEqual([
    'ok the files name every app that is saved here',
  ]);
  expect(judge([ios, android], read, { ios: ['T.a'], android: ['b'] })).toEqual([
    expect.stringMatching(/^bad T\.a finds no room in the file for iOS: devices read 128 kB of it/),
    expect.stringMatching(/^bad b finds no room in the file for Android/),
  ]);
});

test('clocks that agree are said to agree, whatever the uncertainty', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -2_000, max: 2_000 }),
      fc.integer({ min: 0, max: 5_000 }),
      (ahead, uncertain) => {
        const readings = { databaseAheadMs: ahead, uncertainMs: uncertain, newestClickAt: NOW };
        expect(notOk(judgeClocks(readings, NOW))).toEqual([]);
      },
    ),
  );
});

test('the last line sums up', () => {
  const finding = (level: Finding['level']): Finding => ({ check: 'x', level, text: 'y' });
  expect(printed([finding('ok')])).toBe('ok   y\nAll is well.');
  expect(printed([finding('ok'), finding('warn')])).toBe('ok   y\nWARN y\nNothing is broken; 1 warning.');
  expect(printed([finding('bad'), finding('warn')])).toBe('BAD  y\nWARN y\n1 of 2 checks failed.');
  expect(isHealthy([finding('ok'), finding('warn')])).toBe(true);
  expect(isHealthy([finding('ok'), finding('bad')])).toBe(false);
});

test.each([
  [0, '0 ms'],
  [999.4, '999 ms'],
  [1_000, '1 second'],
  [119_000, '119 seconds'],
  [120_000, '2 minutes'],
  [7_200_000, '2 hours'],
  [400 * DAY_MS, '400 days'],
])('%s ms are %s', (ms, text) => {
  expect(lasting(ms)).toBe(text);
});
