import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { mmdbFile } from '../../src/clicks/testing/mmdb-file.ts';
import type { StoreLocation } from '../../src/db/store-location.ts';
import { ENGINES, type EngineUnderTest, POSTGRES, runs, SQLITE } from '../support/engines.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { runCommand, type Variables, variablesOf } from './command.ts';
import { ServerProcess } from './server-process.ts';

const DAY_MS = 86_400_000;
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

/** What this machine is like (its disk, its time server, how busy it is) is not what is tested here. */
const OF_THE_MACHINE = ['disk', 'time-server', 'event-loop'];

let under: EngineUnderTest;
let server: ServerProcess | undefined;

afterEach(async () => {
  await server?.kill();
  server = undefined;
  await under?.close();
});

async function start(env: Variables = {}, location: StoreLocation = under.location): Promise<ServerProcess> {
  server = await ServerProcess.start(location, env);
  return server;
}

/** The command as an operator runs it. */
async function runDoctor(
  args: readonly string[] = [],
  env: Variables = {},
  location: StoreLocation = under.location,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const named = { PUBLIC_URL: 'http://switchyard.test', ...variablesOf(location), ...env };
  const { code, out, err } = await runCommand(['doctor', ...args], named);
  expect(err).toBe('');
  return { code, output: out };
}

interface Diagnosis {
  readonly code: number | null;
  readonly healthy: boolean;
  readonly findings: readonly Finding[];
  /** Of one check: `level text`. */
  of(check: string): string[];
  /** All that is not well, the machine left out. */
  readonly complaints: readonly Finding[];
}

async function diagnose(env: Variables = {}, location: StoreLocation = under.location): Promise<Diagnosis> {
  const { code, output } = await runDoctor(['--json'], env, location);
  const { healthy, findings } = JSON.parse(output) as { healthy: boolean; findings: Finding[] };
  return {
    code,
    healthy,
    findings,
    of: (check) => findings.filter((one) => one.check === check).map(({ level, text }) => `${level} ${text}`),
    complaints: findings.filter(({ check, level }) => level !== 'ok' && !OF_THE_MACHINE.includes(check)),
  };
}

describe.each(ENGINES)('on $name', (engine) => {
  beforeEach(async () => {
    under = await engine.open();
  });

  test('all is well with a server that runs, and with one that has stopped', async () => {
    const first = await start();
    await first.createLink({ code: 'seen' });
    for (let visit = 0; visit < 3; visit += 1) await first.visit('seen');
    await first.untilDrained();
    const running = await diagnose();
    expect(running.complaints).toEqual([]);
    expect(running.of('server')[0]).toContain(`ok a server answers at http://127.0.0.1:${first.port}`);
    expect(running.of('database')).toEqual(['ok the database answers']);
    expect(running.of('lag')).toEqual(['ok every click of the journal is in the tables']);
    expect(running.of('losses')).toEqual(['ok no click was lost since it started']);
    expect(running.of('proxy')).toEqual(['ok visits come without a proxy (3 looked at)']);
    expect(running.of('clock')).toEqual(["ok the clock agrees with the database's and the newest click"]);
    expect(running.of('geo')[0]).toContain('countries come from');

    await first.stop();
    const stopped = await diagnose();
    expect(stopped.complaints).toEqual([]);
    expect(stopped.of('server')).toEqual(['ok no server is running on this data folder']);
    expect(stopped.of('database')).toEqual(['ok the database can be reached and its tables are up to date']);
    expect(stopped.of('lag')).toEqual(['ok every click of the journal is in the tables']);
    expect(stopped.of('clock')).toEqual(["ok the clock agrees with the database's and the newest click"]);

    const { output } = await runDoctor();
    for (const line of output.trimEnd().split('\n').slice(0, -1))
      expect(line).toMatch(/^(ok {3}|WARN |BAD {2})\S/);
  });
});

describe.each(ENGINES)('deliveries, on $name', (engine) => {
  let gone: Server;

  beforeEach(async () => {
    under = await engine.open();
    gone = createServer((_request, response) => response.writeHead(410).end()).listen(0, '127.0.0.1');
    await once(gone, 'listening');
  });

  afterEach(async () => {
    gone.closeAllConnections();
    gone.close();
  });

  test('a webhook that is disabled, one that fails, and mails without a server for them', async () => {
    const trusting = { ALLOW_PRIVATE_TARGETS: 'true' };
    const first = await start(trusting);
    const well = await diagnose();
    expect(well.complaints).toEqual([]);
    expect(well.of('deliveries')).toEqual(['ok nothing waits to be delivered']);
    expect(well.of('webhooks')).toEqual(['ok no webhook fails']);
    expect(well.of('mail')).toEqual([
      'ok there is no server for mails (SMTP_URL), and no mail was to be sent',
    ]);

    const addressed = { notificationAddresses: ['team@example.com'], notifyEvery: 1 };
    expect((await first.call('PATCH', '/project', addressed)).status).toBe(200);
    const { port } = gone.address() as AddressInfo;
    const hooked = async (code: string, url: string) => {
      const settings = { webhookEnabled: true, webhookUrl: url, webhookFrequency: 1 };
      const { id: groupId } = await first.createGroup({ name: code, settings });
      await first.createLink({ code, groupId });
    };
    await hooked('gone', `http://127.0.0.1:${port}/`);
    // Nobody listens at the port for things that are to be thrown away.
    await hooked('refused', 'http://127.0.0.1:9/');
    await first.createLink({ code: 'mailed', settings: { notifyByMail: true } });
    for (const code of ['gone', 'refused', 'mailed']) expect((await first.visit(code)).status).toBe(302);
    await first.untilDrained();

    // The project does not hear of its disabled webhook either.
    const notSent =
      'warn 2 mails of the last day not sent: set SMTP_URL, or take the notification addresses away';
    let during = await diagnose();
    const judged = async () => {
      during = await diagnose();
      return during.of('mail')[0] === notSent && during.of('webhooks')[0]?.includes('failing') === true;
    };
    await until(judged, 'each delivery was tried', 30_000);
    expect(during.of('deliveries')).toEqual(['ok 1 delivery waiting']);
    expect(during.of('webhooks')).toEqual([
      expect.stringMatching(
        /^warn 1 webhook disabled after 410 or days of failure, 1 webhook failing, the longest for .*: see "switchyard webhooks list"$/,
      ),
    ]);
    expect(during.complaints.map(({ check }) => check)).toEqual(['webhooks', 'mail']);

    await first.stop();
    const stopped = await diagnose();
    expect(stopped.of('deliveries')).toEqual(['ok 1 delivery waiting; the next start goes on with them']);
    expect(stopped.of('mail')).toEqual([notSent]);
    expect(stopped.of('webhooks')).toEqual([expect.stringMatching(/^warn 1 webhook disabled/)]);
  });
});

describe('with SQLite', () => {
  beforeEach(async () => {
    under = await SQLITE.open();
  });

  test('before the first start there is nothing to complain of, and nothing is made', async () => {
    const { complaints, of } = await diagnose();
    expect(complaints).toEqual([]);
    expect(of('database')).toEqual(['ok there is no database yet; the first start makes one']);
    expect(of('lag')).toEqual(['ok nothing waits in the journal']);
    expect(existsSync(join(under.location.dataDir, 'switchyard.db'))).toBe(false);
    expect(existsSync(join(under.location.dataDir, 'clicks.db'))).toBe(false);
  });

  test('a data folder that is not there is named, and not made', async () => {
    const dataDir = join(under.location.dataDir, 'not', 'there');
    const { code, healthy, complaints, of } = await diagnose({}, { ...under.location, dataDir });
    expect([code, healthy]).toEqual([0, true]);
    expect(complaints).toEqual([]);
    expect(of('disk')).toEqual([expect.stringContaining(`warn ${dataDir} does not exist yet; `)]);
    expect(of('server')).toEqual([]);
    expect(of('database')).toEqual(['ok there is no database yet; the first start makes one']);
    const { output } = await runDoctor([], {}, { ...under.location, dataDir });
    expect(output).toMatch(/^Nothing is broken; \d warnings?\.$/m);
    expect(readdirSync(under.location.dataDir)).toEqual([]);
  });

  test('clicks that cannot be recorded, and those that were lost', async () => {
    const server = await start();
    await server.createLink({ code: 'free' });
    await server.visit('free');
    await server.untilDrained();
    const journal = join(under.location.dataDir, 'journal');
    // Whoever runs this, root included, can make no file in what is no folder.
    renameSync(journal, `${journal}.away`);
    writeFileSync(journal, '');
    await until(async () => (await server.isReady()) === false, 'it is noticed');
    for (let visit = 0; visit < 4; visit += 1) expect((await server.visit('free')).status).toBe(302);

    const during = await diagnose();
    expect([during.code, during.healthy]).toEqual([1, false]);
    expect(during.of('journal')).toEqual([
      expect.stringMatching(/^bad clicks cannot be recorded \(.*\): visitors are led on uncounted/),
    ]);
    expect(during.of('losses')).toEqual([
      expect.stringMatching(/^bad 4 clicks could not be recorded since it started/),
    ]);
    const { code, output } = await runDoctor();
    expect(code).toBe(1);
    expect(output).toMatch(/^BAD {2}clicks cannot be recorded/m);
    expect(output).toMatch(/checks failed\.\n$/);

    rmSync(journal);
    renameSync(`${journal}.away`, journal);
    await until(async () => (await server.isReady()) === true, 'recording resumes');
    const after = await diagnose();
    expect(after.of('journal')).toEqual(['ok clicks can be recorded']);
    expect(
      after.complaints.map(({ check }) => check),
      'what was lost stays lost',
    ).toEqual(['losses']);
  });

  test('proxies: unnamed, named, and of another scheme', async () => {
    const forwarded = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'http' };
    const untrusting = await start({ TRUST_PROXY: 'none' });
    await untrusting.createLink({ code: 'seen' });
    await untrusting.visit('seen', forwarded);
    const unnamed = await diagnose();
    expect(unnamed.of('proxy')).toEqual([
      'warn X-Forwarded-For came from 127.0.0.1, which TRUST_PROXY does not name: every visitor behind it counts as one. If it is your proxy, add 127.0.0.1 to TRUST_PROXY',
    ]);
    expect(unnamed.code, 'a warning is no failure').toBe(0);
    await untrusting.stop();

    const trusting = await start({ PUBLIC_URL: 'https://switchyard.test' });
    await trusting.visit('seen', { ...forwarded, 'x-forwarded-proto': 'https' });
    expect((await diagnose()).of('proxy')).toEqual([
      'ok visits are forwarded by 127.0.0.1, which TRUST_PROXY names (1 visit looked at)',
    ]);
    for (let visit = 0; visit < 3; visit += 1) await trusting.visit('seen', forwarded);
    expect((await diagnose()).of('proxy')).toEqual([
      expect.stringMatching(
        /^warn X-Forwarded-Proto says http, but PUBLIC_URL is https:\/\/switchyard\.test/,
      ),
    ]);
  });

  test('an old database of countries', async () => {
    const path = join(under.location.dataDir, 'old.mmdb');
    const builtAt = Math.floor((Date.now() - 800 * DAY_MS) / 1000);
    writeFileSync(path, mmdbFile([['1.1.1.0/24', { country: { iso_code: 'AU' } }]], { builtAt }));
    const old = `warn countries come from ${path}, which is 800 days old: put a newer file in its place and restart`;
    expect((await diagnose({ GEO_DATABASE: path })).of('geo'), 'without a server').toEqual([old]);
    await start({ GEO_DATABASE: path });
    expect((await diagnose({ GEO_DATABASE: path })).of('geo'), 'from the server').toEqual([old]);
  });

  test('a clock that was set back, by what the journal has from the future', async () => {
    const server = await start();
    await server.createLink({ code: 'seen' });
    await server.visit('seen');
    const journal = join(under.location.dataDir, 'journal');
    const [segment = ''] = readdirSync(journal);
    const tomorrow = new Date(Date.now() + DAY_MS);
    utimesSync(join(journal, segment), tomorrow, tomorrow);
    expect((await diagnose()).of('clock')).toContainEqual(
      expect.stringMatching(
        /^warn the journal was written .* in the future: the clock of this machine was set back$/,
      ),
    );
  });

  test('clicks that a killed server left in the journal', async () => {
    const server = await start();
    await server.createLink({ code: 'seen' });
    for (let visit = 0; visit < 20; visit += 1) await server.visit('seen');
    // Stopped and not asleep: what it has answered last is in the journal, and ingest may or may not have been there.
    await server.kill();
    const { of, complaints } = await diagnose();
    expect(complaints).toEqual([]);
    expect(of('lag')).toEqual([
      expect.stringMatching(
        /^ok (every click of the journal is in the tables|\d+ clicks? of the journal not yet in the tables, .*; the next start brings them there)$/,
      ),
    ]);
  });

  test('a server that holds the folder and does not answer', async () => {
    const server = await start();
    server.signal('SIGSTOP');
    const { of, code } = await diagnose();
    expect(code).toBe(1);
    expect(of('server')).toEqual([
      `bad the server at http://127.0.0.1:${server.port} does not answer within 10 s; look at its log or restart it`,
    ]);
  });

  const disk = isRoot
    ? 'a full disk'
    : 'a full disk [optional] (needs root on Linux, to mount a small file system)';
  test.skipIf(!isRoot)(disk, async () => {
    const journal = join(under.location.dataDir, 'journal');
    mkdirSync(journal, { mode: 0o700 });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', journal]);
    try {
      await start();
      const { of, code } = await diagnose();
      expect(code).toBe(1);
      expect(of('disk').at(-1)).toMatch(new RegExp(`^bad ${journal} has 0 MB free: .*make room`));
    } finally {
      await server?.kill();
      execFileSync('umount', [journal]);
    }
  });
});

describe.runIf(runs(POSTGRES))('while PostgreSQL is away', () => {
  test('database and lag are named, and both are well again afterwards', { timeout: 120_000 }, async () => {
    under = await POSTGRES.open();
    const { database } = under.location;
    if (database.engine !== 'postgres') throw new Error('this suite is about PostgreSQL');
    const proxy = await TcpProxy.open(database.url);
    try {
      const location = { ...under.location, database: { ...database, url: proxy.through(database.url) } };
      const first = await start({}, location);
      await first.createLink({ code: 'known' });
      // Nothing that was made before is forgotten again when the feed repeats it.
      await first.kill();
      const server = await start({}, location);
      await server.visit('known');
      await server.untilDrained();
      await proxy.drop();
      for (let visit = 0; visit < 7; visit += 1) expect((await server.visit('known')).status).toBe(302);

      const noticed = async () => (await diagnose({}, location)).of('lag')[0]?.startsWith('warn') === true;
      await until(noticed, 'the clicks have waited for ten seconds', 30_000);
      const away = await diagnose({}, location);
      expect(away.code).toBe(1);
      expect(away.of('database')).toEqual([
        expect.stringMatching(/^bad the database does not answer \(.+\): links in memory go on/),
      ]);
      expect(away.of('lag')).toEqual([
        expect.stringMatching(
          /^warn 7 clicks of the journal not yet in the tables, the oldest \d+ seconds old: nothing is lost/,
        ),
      ]);
      expect(away.of('journal')).toEqual(['ok clicks can be recorded']);

      await server.kill();
      const stopped = await diagnose({}, location);
      expect(stopped.code).toBe(1);
      expect(stopped.of('database')).toEqual([expect.stringMatching(/^bad the database cannot be used: /)]);

      await proxy.pass();
      const waiting = await diagnose({}, location);
      expect(waiting.complaints).toEqual([]);
      expect(waiting.of('lag'), 'exact, also without a server').toEqual([
        expect.stringMatching(
          /^ok 7 clicks of the journal not yet in the tables, .*; the next start brings them there$/,
        ),
      ]);
      await (await start({}, location)).untilDrained();
      expect((await diagnose({}, location)).complaints).toEqual([]);
    } finally {
      await proxy.close();
    }
  });
});
