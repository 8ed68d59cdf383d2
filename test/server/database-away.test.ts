import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type EngineUnderTest, POSTGRES, runs } from '../support/engines.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { readClickTables } from './click-tables.ts';
import { LinkAccount, Load, type LoadVisit } from './load.ts';
import { type Answer, type ApiLink, ServerProcess } from './server-process.ts';

const FAST_MS = 2_000;
const NOTICED_WITHIN_MS = 6_000;
/** A visitor waits for a stalled lookup this long at most. */
const REFUSED_WITHIN_MS = 3_500;
/** A stalled statement is given up after 10 s, and its transaction may need as long to be. */
const MANAGED_WITHIN_MS = 25_000;
const RECOVERED_WITHIN_MS = 20_000;
const LIMIT = 20;

describe.runIf(runs(POSTGRES))('while PostgreSQL is away', () => {
  let under: EngineUnderTest;
  let proxy: TcpProxy;
  let server: ServerProcess;

  beforeEach(async () => {
    under = await POSTGRES.open();
    proxy = await TcpProxy.open(databaseUrl());
    await startBehindProxy();
  });

  afterEach(async () => {
    await server?.kill();
    await proxy?.close();
    await under?.close();
  });

  function databaseUrl(): string {
    const { database } = under.location;
    if (database.engine !== 'postgres') throw new Error('this suite is about PostgreSQL');
    return database.url;
  }

  async function startBehindProxy(): Promise<void> {
    const database = { engine: 'postgres', url: proxy.through(databaseUrl()), poolSize: 8 } as const;
    server = await ServerProcess.start({ ...under.location, database });
  }

  /** Nothing that was made before is forgotten again when the feed repeats it. */
  async function restart(): Promise<void> {
    await server.kill();
    await startBehindProxy();
  }

  async function visit(account: LinkAccount): Promise<Answer> {
    const answer = await server.visit(account.code);
    account.note(answer);
    return answer;
  }

  test.each([
    ['gone', () => proxy.drop()],
    ['silent', () => proxy.stall()],
  ] as const)(
    '%s: what is known goes on, the rest says "later", and every click arrives',
    { timeout: 120_000 },
    async (_, leave) => {
      const group = await server.createGroup({ name: 'group', settings: { paused: true } });
      const paused = await server.createLink({ code: 'paused', groupId: group.id });
      const cold = await server.createLink({ code: 'cold' });
      const known = (
        await server.createLinks(Array.from({ length: 5 }, (_, index) => ({ code: `known-${index}` })))
      ).map((link: ApiLink) => new LinkAccount(link));
      const limited = new LinkAccount(
        await server.createLink({
          code: 'limited',
          destination: 'https://secret.example/',
          settings: { maxClicks: LIMIT },
        }),
      );
      await restart();
      for (const account of [...known, limited]) expect((await visit(account)).status).toBe(302);
      expect((await server.visit(paused.code)).status).toBe(404);
      expect((await server.visit('missed')).status).toBe(404);
      const slow: number[] = [];
      const load = new Load({
        port: server.port,
        connections: 4,
        next: () => timed(oneOf(known).visit(), slow),
        // What nobody can ingest meanwhile has to be ingested in the end.
        pauseMs: 5,
      });

      await leave();
      // From the first moment on: what exists is never called unknown.
      const early = Promise.all([server.visit(cold.code), visit(limited)]);
      early.catch(() => {});
      const noticed = async () => (await server.readiness()).checks.changes?.ok === false;
      await until(noticed, 'it is noticed', NOTICED_WITHIN_MS);
      for (const answer of await early) expectLater(answer);

      const { status, text } = await server.get('/readyz');
      expect(status).toBe(503);
      expect(JSON.parse(text).checks).toMatchObject({ store: { ok: false }, journal: { ok: true } });
      expect((await server.get('/healthz')).status).toBe(200);
      for (const account of known) {
        const answer = await visit(account);
        expect(answer.status).toBe(302);
        expect(answer.tookMs).toBeLessThan(FAST_MS);
      }
      expect((await server.visit(paused.code)).status, 'what is known keeps its behaviour').toBe(404);
      for (const code of ['missed', 'never-seen', cold.code]) expectLater(await server.visit(code));
      const refused = await visit(limited);
      expectLater(refused);
      expect(JSON.stringify(refused)).not.toContain('secret.example');

      const calls: readonly (readonly [string, string, object?])[] = [
        ['GET', '/links'],
        ['GET', `/links/${cold.id}`],
        ['POST', '/links', { destination: 'https://example.com/' }],
        ['PATCH', `/links/${cold.id}`, { title: 'new' }],
        ['PATCH', `/groups/${group.id}`, { settings: { paused: false } }],
        ['DELETE', `/links/${cold.id}`],
      ];
      for (const answer of await Promise.all(calls.map((call) => server.call(...call)))) {
        expect(answer.status, answer.text).toBe(503);
        expect(answer.headers['content-type']).toMatch('application/problem+json');
        expect(answer.headers['retry-after']).toMatch(/^\d+$/);
        expect(JSON.parse(answer.text)).toMatchObject({ status: 503, code: 'unavailable' });
        expect(answer.tookMs).toBeLessThan(MANAGED_WITHIN_MS);
      }

      await proxy.pass();
      await until(async () => (await server.isReady()) === true, 'it recovers', RECOVERED_WITHIN_MS);
      expect((await server.visit('missed')).status).toBe(404);
      // Unless the call above was carried out after all: nobody was told that it was not.
      expect([302, 404]).toContain((await server.visit(cold.code)).status);
      await server.updateGroup(group.id, { settings: { paused: false } });
      expect((await server.visit(paused.code)).status).toBe(302);
      for (let turn = 0; turn <= LIMIT; turn += 1) await visit(limited);
      await load.stop();

      expect(slow, 'milliseconds of visits to known links that were slow').toEqual([]);
      for (const { code, statuses } of known) expect(statuses, code).toEqual([302]);
      expect(limited.redirected, 'a slot may be lost').toBeGreaterThanOrEqual(LIMIT - 2);
      expect(limited.redirected, 'none is given twice').toBeLessThanOrEqual(LIMIT);

      await server.untilDrained(60_000);
      const tables = await readClickTables(under.location);
      expect(tables.distinctIds).toBe(tables.rows);
      for (const { code, linkId, redirected, unanswered } of [...known, limited]) {
        expect(unanswered, code).toBe(0);
        expect(tables.links.get(linkId), code).toMatchObject({ rows: redirected, counter: redirected });
        expect((await server.link(linkId)).clicks, code).toBe(redirected);
      }
      expect(await server.stop(), server.log).toEqual({ code: 0, signal: null });
    },
  );

  test.each([
    ['gone', () => proxy.drop()],
    ['silent', () => proxy.stall()],
  ] as const)('%s: no password is looked at, cookies go on opening', async (_, leave) => {
    const { code } = await server.createLink({
      code: 'locked',
      destination: 'https://secret.example/',
      settings: { password: 'the-right-one' },
    });
    await restart();
    const entered = await server.enter(code, 'the-right-one');
    expect(entered.status).toBe(303);
    const cookie = String(entered.headers['set-cookie']).split(';', 1)[0] as string;
    await leave();
    for (const password of ['the-right-one', 'another']) {
      const refused = await server.enter(code, password);
      expectLater(refused);
      expect(JSON.stringify(refused)).not.toContain('secret.example');
    }
    expect((await server.visit(code, { cookie })).status).toBe(302);
    expect((await server.visit(code)).status).toBe(200);
    await proxy.pass();
    const open = async () => (await server.enter(code, 'the-right-one')).status === 303;
    await until(open, 'passwords are taken again', RECOVERED_WITHIN_MS);
  });

  test('stopped while it is gone: it ends in time, and the next start brings the clicks', async () => {
    const account = new LinkAccount(await server.createLink({ code: 'kept' }));
    await restart();
    await visit(account);
    await proxy.drop();
    for (let turn = 0; turn < 50; turn += 1) await visit(account);
    expect(account.redirected).toBe(51);
    expect(await server.stop(), server.log).toEqual({ code: 0, signal: null });
    await proxy.pass();
    await startBehindProxy();
    await server.untilDrained();
    expect((await server.link(account.linkId)).clicks).toBe(51);
  });

  test('it moved, and its old connections are silent for good: they are replaced, and every click arrives', async () => {
    const account = new LinkAccount(await server.createLink({ code: 'known' }));
    const load = new Load({ port: server.port, connections: 4, next: () => account.visit() });
    // Long enough under load that ingest is somewhere in a transaction, whose locks the old server then keeps.
    await until(() => account.redirected > 1_000, 'there is load');
    await proxy.abandon();
    const works = async () =>
      (await server.isReady()) === true && (await server.call('GET', '/links')).status === 200;
    await until(works, 'the server works on new connections', 30_000);
    await server.createLink({ code: 'made-after' });
    expect((await server.visit('made-after')).status).toBe(302);
    await load.stop();
    await server.untilDrained(45_000);
    expect(account.statuses).toEqual([302]);
    expect((await server.link(account.linkId)).clicks).toBe(account.redirected);
  });
});

function expectLater({ status, headers, tookMs }: Answer): void {
  expect(status).toBe(503);
  expect(headers['retry-after']).toMatch(/^\d+$/);
  expect(headers['cache-control']).toBe('no-store');
  expect(tookMs).toBeLessThan(REFUSED_WITHIN_MS);
}

function timed(visit: LoadVisit, slow: number[]): LoadVisit {
  const startedAt = performance.now();
  return {
    code: visit.code,
    settle(answer) {
      const tookMs = performance.now() - startedAt;
      if (tookMs > FAST_MS) slow.push(Math.round(tookMs));
      visit.settle(answer);
    },
  };
}

function oneOf<T>(items: readonly T[]): T {
  return items[Math.floor(Math.random() * items.length)] as T;
}
