import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StoreLocation } from '../../src/db/store-location.ts';
import { ENGINES, type EngineUnderTest } from '../support/engines.ts';
import { ServerProcess } from './server-process.ts';

/** ASCII, so that it reads the same in every encoding a trace could have. */
const RIGHT = 'Zq7-right-password-vK';
const WRONG = 'Zq7-wrong-password-vK';

/** All bytes below a folder, as text in which ASCII can be found. */
function bytesBelow(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

/** Every row of every table, as text. */
async function rowsOf({ database }: StoreLocation): Promise<string> {
  if (database.engine !== 'postgres') return '';
  const client = new pg.Client(database.url);
  await client.connect();
  try {
    const { rows: tables } = await client.query(
      "select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public'",
    );
    const texts = [];
    for (const { name } of tables) {
      const { rows } = await client.query(`select t::text as row from ${name} as t`);
      texts.push(...rows.map(({ row }) => row));
    }
    return texts.join('\n');
  } finally {
    await client.end();
  }
}

describe.each(ENGINES)('a password that was entered, on $name', (engine) => {
  let under: EngineUnderTest;
  let server: ServerProcess;

  beforeAll(async () => {
    under = await engine.open();
    server = await ServerProcess.start(under.location, { LOG_LEVEL: 'trace' });
  });
  afterAll(async () => {
    await server?.kill();
    await under?.close();
  });

  test('is in no log, no file, no table, no header and no URL', async () => {
    const settings = { password: RIGHT };
    const { id, code } = await server.createLink({ code: 'locked', settings });
    const answers = [
      await server.visit(code),
      await server.enter(code, WRONG),
      await server.enter(code, RIGHT),
      await server.enter(`${code}?a=1`, WRONG),
      await server.enter('nothing-here', RIGHT),
      await server.call('GET', `/links/${id}`),
      await server.call('GET', `/links/${id}/explain`),
      await server.call('GET', '/changes'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 403, 303, 403, 404, 200, 200, 200]);
    for (let index = 0; index < 12; index++) answers.push(await server.enter(code, WRONG));
    expect(answers.at(-1)?.status).toBe(429);
    await server.untilDrained();

    const traces = {
      answers: JSON.stringify(answers),
      log: server.log,
      files: bytesBelow(under.location.dataDir),
      rows: await rowsOf(under.location),
    };
    expect(server.log, 'the log tells of calls').toContain('"level":');
    expect(traces.files + traces.rows, 'the password is where it belongs, hashed').toContain('$argon2id$');
    for (const [where, trace] of Object.entries(traces)) {
      for (const password of [RIGHT, WRONG]) expect(trace.includes(password), where).toBe(false);
    }
  });
});
