import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ENGINES, type EngineUnderTest, SQLITE } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { readClickTables } from './click-tables.ts';
import { LinkAccount, Load } from './load.ts';
import { type ApiLink, ServerProcess } from './server-process.ts';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

let under: EngineUnderTest;
let server: ServerProcess | undefined;

async function start(): Promise<ServerProcess> {
  server = await ServerProcess.start(under.location);
  return server;
}

afterEach(async () => {
  await server?.kill();
  server = undefined;
});

describe('the journal loses its disk', () => {
  let journal: string;

  beforeEach(async () => {
    under = await SQLITE.open();
    journal = join(under.location.dataDir, 'journal');
    mkdirSync(journal, { mode: 0o700 });
  });

  afterEach(async () => {
    await under.close();
  });

  const name = isRoot
    ? 'a full disk'
    : 'a full disk [optional] (needs root on Linux, to mount a small file system)';
  test.skipIf(!isRoot)(
    `${name}: people still arrive, limits still hold, and recording resumes by itself`,
    async () => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', journal]);
      try {
        const server = await start();
        const [free, limited] = (await server.createLinks([
          { code: 'free' },
          { code: 'limited', settings: { maxClicks: 5 } },
        ])) as [ApiLink, ApiLink];
        const account = new LinkAccount(free);
        const visitFree = async () => account.note(await server.visit('free'));
        for (let visit = 0; visit < 10; visit += 1) await visitFree();
        expect((await server.visit('limited')).status).toBe(302);
        await server.untilDrained();

        const ballast = join(journal, 'ballast');
        fill(ballast);
        const full = async () => {
          await visitFree();
          return (await server.isReady()) === false;
        };
        await until(full, 'the disk is full');
        for (let visit = 0; visit < 20; visit += 1) await visitFree();
        for (let visit = 0; visit < 20; visit += 1) {
          const answer = await server.visit('limited');
          expect(answer.status).toBe(503);
          expect(answer.headers['retry-after']).toMatch(/^\d+$/);
          expect(answer.headers.location).toBeUndefined();
        }
        const whileFull = await server.readiness();
        expect(whileFull.checks.journal).toMatchObject({ ok: false, detail: /ENOSPC/ });
        expect(whileFull.lostClicks).toBeGreaterThanOrEqual(20);
        expect((await server.get('/healthz')).status).toBe(200);

        rmSync(ballast);
        await until(async () => (await server.isReady()) === true, 'recording resumes');
        const { lostClicks } = await server.readiness();
        for (let visit = 0; visit < 10; visit += 1) await visitFree();
        const late = [];
        for (let visit = 0; visit < 6; visit += 1) late.push((await server.visit('limited')).status);
        expect(late, 'what was refused has cost no slot').toEqual([302, 302, 302, 302, 403, 403]);

        expect(account.statuses, 'nobody was turned away').toEqual([302]);
        await server.untilDrained();
        expect((await server.readiness()).lostClicks).toBe(lostClicks);
        expect((await server.link(limited.id)).clicks).toBe(5);
        expect((await server.link(free.id)).clicks, 'each is counted or known as lost').toBe(
          account.redirected - lostClicks,
        );
        expect(await server.stop()).toEqual({ code: 0, signal: null });
      } finally {
        await server?.kill();
        execFileSync('umount', [journal]);
      }
    },
  );

  test('its folder is removed while it runs: every click under load is counted', async () => {
    const server = await start();
    const account = new LinkAccount(await server.createLink({ code: 'kept' }));
    const limited = new LinkAccount(
      await server.createLink({ code: 'limited', settings: { maxClicks: 500 } }),
    );
    let turn = 0;
    const load = new Load({
      port: server.port,
      connections: 8,
      next: () => (++turn % 4 === 0 ? limited : account).visit(),
    });
    for (let removal = 0; removal < 4; removal += 1) {
      const before = account.redirected;
      await until(() => account.redirected > before + 200, 'there is load');
      rmSync(journal, { recursive: true, force: true });
    }
    const before = account.redirected;
    await until(() => account.redirected > before + 200, 'the load goes on');
    await load.stop();
    await until(async () => (await server.isReady()) === true, 'it records again');
    await server.untilDrained();
    const { lostClicks } = await server.readiness();
    expect(lostClicks, 'a folder can be made again').toBe(0);
    expect((await server.link(account.linkId)).clicks).toBe(account.redirected);
    expect((await server.link(limited.linkId)).clicks).toBe(limited.redirected);
    expect(limited.redirected).toBeLessThanOrEqual(500);
  });
});

describe.each(ENGINES)('one data folder, on $name', (engine) => {
  beforeEach(async () => {
    under = await engine.open();
  });

  afterEach(async () => {
    await server?.kill();
    await under.close();
  });

  test('a second server on it is refused with a sentence, and the first goes on', async () => {
    const first = await start();
    await first.createLink({ code: 'first' });
    await using second = await ServerProcess.launch(under.location);
    expect(await second.ended).toEqual({ code: 1, signal: null });
    expect(second.log).toContain(
      `Another Switchyard server is already using ${under.location.dataDir}. Stop it first, or give this one a DATA_DIR of its own.`,
    );
    expect((await first.visit('first')).status).toBe(302);
  });

  test('SIGTERM under load: every answered click is in the tables, and the end is clean', async () => {
    const server = await start();
    const accounts = (await server.createLinks([{ code: 'a' }, { code: 'b' }, { code: 'c' }])).map(
      (link) => new LinkAccount(link),
    );
    let turn = 0;
    const load = new Load({
      port: server.port,
      connections: 32,
      next: () => (accounts[++turn % 3] as LinkAccount).visit(),
    });
    const answered = () => accounts.reduce((sum, { redirected }) => sum + redirected, 0);
    await until(() => answered() > 500, 'there is load');
    const stoppedAt = performance.now();
    expect(await server.stop(), server.log).toEqual({ code: 0, signal: null });
    const tookMs = performance.now() - stoppedAt;
    await load.finished;
    const tables = await readClickTables(under.location);
    expect(tables.distinctIds).toBe(tables.rows);
    for (const { code, linkId, statuses, redirected, unanswered } of accounts) {
      expect(statuses).toEqual([302]);
      const { counter = -1, rows } = tables.links.get(linkId) ?? {};
      expect(rows).toBe(counter);
      expect(counter, code).toBeGreaterThanOrEqual(redirected);
      expect(counter, code).toBeLessThanOrEqual(redirected + unanswered);
    }
    // A connection counts as idle while its next request is still in the kernel, and then that one is cut off.
    const cutOff = accounts.reduce((sum, { unanswered }) => sum + unanswered, 0);
    expect(cutOff, 'at most one on each connection').toBe(0);
    // Container runtimes kill after ten seconds.
    expect(tookMs).toBeLessThan(8_000);
  });

  test('a second SIGTERM ends it at once, and the next start counts what was answered', async () => {
    const first = await start();
    const account = new LinkAccount(await first.createLink({ code: 'kept' }));
    const load = new Load({ port: first.port, connections: 16, next: () => account.visit() });
    await until(() => account.redirected > 300, 'there is load');
    first.signal('SIGTERM');
    first.signal('SIGINT');
    const askedAt = performance.now();
    expect(await first.ended).toEqual({ code: 130, signal: null });
    expect(performance.now() - askedAt).toBeLessThan(5_000);
    await load.finished;

    const second = await start();
    await second.untilDrained();
    const { clicks } = await second.link(account.linkId);
    expect(clicks).toBeGreaterThanOrEqual(account.redirected);
    expect(clicks).toBeLessThanOrEqual(account.redirected + account.unanswered);
  });
});

/** To the last page. */
function fill(path: string): void {
  const { bavail, bsize } = statfsSync(join(path, '..'));
  writeFileSync(path, Buffer.alloc(bavail * bsize));
}
