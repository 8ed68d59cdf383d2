import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EngineUnderTest, SQLITE } from '../support/engines.ts';
import { ServerProcess } from './server-process.ts';

let under: EngineUnderTest;
let server: ServerProcess;

beforeAll(async () => {
  under = await SQLITE.open();
  server = await ServerProcess.start(under.location, { LOG_LEVEL: 'trace' });
});
afterAll(async () => {
  await server?.kill();
  await under?.close();
});

test('a key in a URL is in no log and no file, whatever becomes of the call', async () => {
  const key = 'sy_Zq7inTheUrlAndNowhereElse';
  const paths = ['shortLinks', 'nothing', 'installAttribution', '%ff/linkStats', 'x/linkStats'];
  for (const path of paths) {
    for (const body of ['{}', '{', '{"longDynamicLink":"x"}']) {
      const url = `http://127.0.0.1:${server.port}/v1/${path}?key=${key}`;
      const headers = { 'content-type': 'application/json' };
      await fetch(url, path.endsWith('Stats') ? {} : { method: 'POST', body, headers });
    }
  }
  expect(server.log).toContain('"level":');
  expect(server.log).not.toContain(key);
  for (const entry of readdirSync(under.location.dataDir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    expect(readFileSync(join(entry.parentPath, entry.name), 'latin1'), entry.name).not.toContain(key);
  }
});
