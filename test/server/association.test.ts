import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type EngineUnderTest, POSTGRES, runs } from '../support/engines.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { type Answer, ServerProcess } from './server-process.ts';

const APPLE = '/.well-known/apple-app-site-association';
const IOS = { platform: 'ios', name: 'Shop', identifier: 'com.example.shop', teamId: 'ABCDE12345' };
/** Without the seconds that a store which does not answer is waited for. */
const AWAY_ANSWER_MS = 6_000;

describe.runIf(runs(POSTGRES))('association files on several processes', { timeout: 120_000 }, () => {
  let under: EngineUnderTest;
  let otherDataDir: string;
  let proxy: TcpProxy;
  const servers: ServerProcess[] = [];

  beforeEach(async () => {
    under = await POSTGRES.open();
    otherDataDir = await mkdtemp(join(tmpdir(), 'switchyard-store-'));
    proxy = await TcpProxy.open(url());
  });

  afterEach(async () => {
    for (const server of servers.splice(0)) await server.kill();
    await proxy.close();
    await under.close();
    await rm(otherDataDir, { recursive: true, force: true });
  });

  function url(): string {
    const { database } = under.location;
    if (database.engine !== 'postgres') throw new Error('this suite is about PostgreSQL');
    return database.url;
  }

  async function start(dataDir: string, through: string): Promise<ServerProcess> {
    const database = { engine: 'postgres', url: through, poolSize: 8 } as const;
    const server = await ServerProcess.start({ dataDir, database });
    servers.push(server);
    return server;
  }

  test('an edit is followed elsewhere, and no app is dropped while the database is away', async () => {
    const here = await start(under.location.dataDir, url());
    const there = await start(otherDataDir, proxy.through(url()));
    const ask = (server: ServerProcess, host = 'switchyard.test'): Promise<Answer> =>
      server.get(APPLE, { host });
    const saved = await here.call('POST', '/apps', IOS);
    const { id } = JSON.parse(saved.text) as { id: string };
    expect((await ask(here)).text).toContain('com.example.shop');
    await until(
      async () => (await ask(there)).status === 200,
      'the other process has heard of the app',
      2_000,
    );

    await here.call('PATCH', `/apps/${id}`, { identifier: 'com.example.renamed' });
    expect((await ask(here)).text).toContain('com.example.renamed');
    await until(
      async () => (await ask(there)).text.includes('com.example.renamed'),
      'the other process has heard of the new name',
      2_000,
    );

    await here.call('POST', '/domains', { host: 'never-asked.test' });
    await until(
      async () => (await ask(there, 'never-asked.test')).status === 200,
      'the other process has heard of the domain',
      2_000,
    );
    const file = (await ask(there)).text;
    for (const leave of [() => proxy.drop(), () => proxy.stall()]) {
      await leave();
      await until(
        async () => (await there.readiness()).checks.changes?.ok === false,
        'the other process knows that it hears nothing',
      );
      for (let again = 0; again < 3; again++) {
        const answer = await ask(there);
        expect(answer).toMatchObject({ status: 200, text: file });
        expect(answer.tookMs).toBeLessThan(AWAY_ANSWER_MS);
      }
      await proxy.pass();
      await until(
        async () => (await there.readiness()).checks.changes?.ok === true,
        'the other process hears again',
        20_000,
      );
    }
    await here.call('DELETE', `/apps/${id}`);
    await until(async () => (await ask(there)).status === 404, 'the app is gone everywhere', 5_000);
  });

  test('what was never known is called unavailable, not empty', async () => {
    const there = await start(under.location.dataDir, proxy.through(url()));
    await there.call('POST', '/apps', IOS);
    await proxy.drop();
    const { status, text, headers } = await there.get(APPLE, { host: 'switchyard.test' });
    expect(status).toBe(503);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'retry-after': expect.any(String) });
    expect(JSON.parse(text).detail).toContain('try again in a moment');
  });
});
