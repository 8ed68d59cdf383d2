import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type EngineUnderTest, SQLITE } from '../support/engines.ts';
import { runCommand, variablesOf } from './command.ts';
import { ServerProcess } from './server-process.ts';

const PUBLISHABLE = /^sy_pub_[A-Za-z0-9_-]+\n$/;

describe('switchyard keys create --publishable', { timeout: 120_000 }, () => {
  let under: EngineUnderTest;
  beforeEach(async () => {
    under = await SQLITE.open();
  });
  afterEach(() => under.close());

  const run = (...args: string[]) =>
    runCommand(['keys', ...args], { ...variablesOf(under.location), PUBLIC_URL: 'http://switchyard.test' });

  test('makes a key that opens links of its apps and does nothing else, with a server or without', async () => {
    const apps = ['ios:com.example.app', 'android:com.example.app'];
    const alone = await run('create', 'in the app', '--publishable', ...apps);
    expect(alone).toMatchObject({ code: 0, out: expect.stringMatching(PUBLISHABLE) });
    await using server = await ServerProcess.start(under.location);
    const beside = await run(
      'create',
      'that shares',
      '--publishable',
      'ios:com.example.app',
      '--scope',
      'deeplinks:open',
      'deeplinks:create',
    );
    expect(beside).toMatchObject({ code: 0, out: expect.stringMatching(PUBLISHABLE) });

    const call = (key: string, path: string) =>
      fetch(`http://127.0.0.1:${server.port}${path}`, { headers: { authorization: `Bearer ${key.trim()}` } });
    for (const { out } of [alone, beside]) {
      const opened = await call(out, '/api/v1/deferred-link?platform=ios');
      expect([opened.status, await opened.text()]).toEqual([200, 'null']);
      expect((await call(out, '/api/v1/deferred-link?platform=ios&app_id=com.other')).status).toBe(422);
      expect((await call(out, '/api/v1/links')).status).toBe(403);
    }
    expect((await call(alone.out, '/api/v1/deferred-link?platform=android')).status).toBe(200);
    expect((await call(beside.out, '/api/v1/deferred-link?platform=android')).status).toBe(422);

    const listed = await run('list');
    expect(listed.out).toMatch(/in the app.*deeplinks:open/);
    expect(listed.out).toMatch(/that shares.*deeplinks:open.*deeplinks:create/);
    expect(listed.out).not.toContain(alone.out.trim());
  });

  test.each([
    [['com.example.app'], /"com\.example\.app" names no app\. Write ios:<bundle id>/],
    [['web:com.example.app'], /names no app/],
    [['ios:not an id'], /"not an id" /],
    [['ios:com.example.app', '--scope', 'links:read'], /scope/],
    [['ios:com.example.app', '--scope', '*'], /scope/],
  ])('refuses %j with a sentence, and makes none', async (args, sentence) => {
    const refused = await run('create', 'in the app', '--publishable', ...args);
    expect(refused).toMatchObject({ out: '', err: expect.stringMatching(sentence) });
    expect(refused.code).toBeGreaterThan(0);
    expect(refused.err).not.toMatch(/\n {4}at /);
    expect((await run('list')).out).not.toContain('in the app');
  });
});
