import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Tx } from '../../src/db/database.ts';
import { Failure } from '../../src/errors.ts';
import { ENGINES, POSTGRES, runs, SQLITE } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => {
      throw new Error('it was expected to fail');
    },
    (error: unknown) => error,
  );
}

describe.each(ENGINES)('an error that is not "unavailable" on $name', (engine) => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
    await bench.transact((tx) => insert(tx, 'timeout: the connection ended'));
  });
  afterAll(() => bench.close());

  const insert = (tx: Tx, name: string) =>
    tx.db.insertInto('instance_value').values({ name, value: 'x' }).execute();

  const mistakes: Record<string, () => Promise<unknown>> = {
    'a value that is there already': () =>
      bench.transact((tx) => insert(tx, 'timeout: the connection ended')),
    'a missing value': () =>
      bench.transact((tx) => sql`insert into instance_value values ('ended', null)`.execute(tx.db)),
    'a broken reference': () =>
      bench.transact((tx) =>
        tx.db.insertInto('link_tag').values({ link_id: -1, project_id: 1, tag: 'timeout' }).execute(),
      ),
    'a statement nobody understands': () => sql`selec timeout`.execute(bench.database.read),
    'a table that is not there': () => sql`select 1 from suspended_table`.execute(bench.database.read),
    'a failure whose words are a caller’s': () =>
      Promise.reject(new Failure('code-taken', 'The code "suspended-timeout" is already in use')),
  };
  test.each(Object.entries(mistakes))('is %s', async (_, mistake) => {
    const error = await errorOf(mistake());
    expect(bench.database.isUnavailable(error), String(error)).toBe(false);
    await bench.database.ping();
  });
});

describe.runIf(runs(POSTGRES))('errors of PostgreSQL', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(POSTGRES);
  });
  afterAll(() => bench.close());

  test('a value that cannot be read is the caller’s mistake, whatever it says', async () => {
    const error = await errorOf(sql`select ${'ended by a timeout'}::bigint`.execute(bench.database.read));
    expect(bench.database.isUnavailable(error), String(error)).toBe(false);
  });

  test('a session that the server ended is "unavailable", and the next statement gets another', async () => {
    const ending = bench.transact((tx) => sql`select pg_terminate_backend(pg_backend_pid())`.execute(tx.db));
    const error = await errorOf(ending);
    expect(bench.database.isUnavailable(error), String(error)).toBe(true);
    await bench.database.ping();
  });

  test('a database that takes no more connections is "unavailable"', async () => {
    const { location } = bench;
    if (location.database.engine !== 'postgres') throw new Error('this suite is about PostgreSQL');
    const name = new URL(location.database.url).pathname.slice(1);
    await sql`alter database ${sql.id(name)} connection limit 0`.execute(bench.database.read);
    await sql`create role switchyard_guest_${sql.raw(name)} login password 'x'`.execute(bench.database.read);
    try {
      const url = new URL(location.database.url);
      url.username = `switchyard_guest_${name}`;
      url.password = 'x';
      const error = await errorOf(
        bench.another({ ...location, database: { ...location.database, url: url.href } }),
      );
      expect(bench.database.isUnavailable(error), String(error)).toBe(true);
    } finally {
      await sql`drop role switchyard_guest_${sql.raw(name)}`.execute(bench.database.read);
    }
  });
});

describe.runIf(runs(SQLITE))('errors of SQLite', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(SQLITE);
  });
  afterAll(() => bench.close());

  const file = () => join(bench.location.dataDir, 'switchyard.db');

  test('a file that somebody else is writing to is "unavailable"', async () => {
    const [one, two] = [new Sqlite(file()), new Sqlite(file(), { timeout: 0 })];
    one.exec('begin immediate');
    const error = await errorOf((async () => two.exec('begin immediate'))());
    expect(bench.database.isUnavailable(error), String(error)).toBe(true);
    one.close();
    two.close();
  });

  test('a write waits for somebody else’s lock without stopping this thread, and reads do not wait', async () => {
    const other = new Sqlite(file());
    other.exec('begin immediate');
    let written = false;
    const writing = bench.createGroup('Patient').then(() => {
      written = true;
    });
    for (let read = 0; read < 20; read++) {
      expect(await bench.groups.list({ projectId: bench.project.id, limit: 10 })).toEqual([]);
    }
    expect(written).toBe(false);
    other.exec('rollback');
    await writing;
    expect(await bench.groups.list({ projectId: bench.project.id, limit: 10 })).toHaveLength(1);
    other.close();
  });
});
