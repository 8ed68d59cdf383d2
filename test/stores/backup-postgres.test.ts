import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { openWholeLoader, openWholeReader } from '../../src/db/open-whole.ts';
import { StoreError } from '../../src/db/store-error.ts';
import type { StoreLocation } from '../../src/db/store-location.ts';
import { type EngineUnderTest, POSTGRES, runs } from '../support/engines.ts';
import { makeOlderStore } from '../support/older-store.ts';
import { latestShape } from './any-rows.ts';
import { backupOf, restoreInto } from './moving.ts';

describe.runIf(runs(POSTGRES))('a restore on PostgreSQL', () => {
  let under: EngineUnderTest;
  let client: pg.Client;
  let backup: string;

  beforeEach(async () => {
    const old = await POSTGRES.open();
    await makeOlderStore(old.location, '9999');
    backup = await backupOf(old.location);
    await old.close();
    under = await POSTGRES.open();
    client = new pg.Client({ connectionString: urlOf(under.location) });
    client.on('error', () => {});
    await client.connect();
  });
  afterEach(async () => {
    await client.end();
    await under.close();
  });

  function urlOf({ database }: StoreLocation): string {
    if (database.engine !== 'postgres') throw new Error('not PostgreSQL');
    return database.url;
  }

  /** The same database by a URL that was changed. */
  function by(change: (url: URL) => void): StoreLocation {
    const url = new URL(urlOf(under.location));
    change(url);
    return { ...under.location, database: { engine: 'postgres', url: url.href, poolSize: 4 } };
  }

  const searching = (path: string) => by((url) => url.searchParams.set('options', `-c search_path=${path}`));

  async function inTheWay(location: StoreLocation): Promise<string | undefined> {
    const loader = await openWholeLoader(location);
    try {
      return await loader.inTheWay();
    } finally {
      await loader.close();
    }
  }

  /** Relations by schema and name, and what was made when. */
  async function relations(): Promise<unknown[]> {
    const { rows } = await client.query(
      `select relnamespace::regnamespace::text as schema, relname as name, oid from pg_class
        where relnamespace in (select oid from pg_namespace where nspname in ('public', 'sw')) order by 1, 2`,
    );
    return rows;
  }

  test.each([
    [
      'empty tables',
      'create table project (id integer); create table app (id integer); create table link (id integer)',
    ],
    ['a view', 'create view project as select 1 as id'],
    ['a sequence', 'create sequence link'],
    [
      'a table another refers to',
      'create table project (id integer primary key); create table task (project integer references project)',
    ],
  ])('leaves %s of another program alone', async (_what, statement) => {
    await client.query(statement);
    const before = await relations();
    expect(await inTheWay(under.location)).toMatch(
      /^there is a \w+ (app|link|project) that is not Switchyard's$/,
    );
    await expect(restoreInto(under.location, backup)).rejects.toThrow(/that is not Switchyard's/);
    expect(await relations()).toEqual(before);
  });

  test('leaves a table alone that a start of an older version did not make', async () => {
    await makeOlderStore(under.location, '0003');
    await client.query('create table qr_logo (id integer)');
    await expect(restoreInto(under.location, backup)).rejects.toThrow(
      /a table qr_logo that is not Switchyard's/,
    );
    await client.query('drop table qr_logo');
    await restoreInto(under.location, backup);
    expect(await backupOf(under.location)).toBe(backup);
  });

  test('takes a place where a start was cut short between its two halves', async () => {
    await (await openStore(under.location)).database.close();
    for (const { name } of (await latestShape()).events) await client.query(`drop table "${name}"`);
    await client.query('drop table event_migration, event_migration_lock');
    expect(await inTheWay(under.location)).toBeUndefined();
    await client.query('create table click (id integer)');
    expect(await inTheWay(under.location)).toBe("there is a table click that is not Switchyard's");
    await client.query('drop table click');
    await restoreInto(under.location, backup);
    expect(await backupOf(under.location)).toBe(backup);
  });

  test('touches nothing in other schemas of its search path', async () => {
    await client.query(
      'create schema sw; create table public.link (id integer); create table public.click (id integer)',
    );
    const before = await relations();
    await restoreInto(searching('sw,public'), backup);
    expect(await backupOf(searching('sw'))).toBe(backup);
    expect(await relations()).toEqual(expect.arrayContaining(before));
  });

  test('is refused where its search path leads to an installation further on', async () => {
    await (await openStore(under.location)).database.close();
    await client.query('create schema sw');
    const before = await relations();
    await expect(restoreInto(searching('sw,public'), backup)).rejects.toThrow(
      /an installation in the schema public/,
    );
    expect(await relations()).toEqual(before);
  });

  test('has room beside an installation in another schema, whatever that is called', async () => {
    await (await openStore(under.location)).database.close();
    await client.query('create schema "My sw"');
    const beside = searching('"My\\ sw"');
    await restoreInto(beside, backup);
    expect(await backupOf(beside)).toBe(backup);
    await (await openStore(beside)).database.close();
    expect(await backupOf(beside)).toBe(backup);
  });

  test('says what depends on an empty table of ours, and drops neither', async () => {
    await (await openStore(under.location)).database.close();
    await client.query('create view busy as select id from link');
    const before = await relations();
    await expect(restoreInto(under.location, backup)).rejects.toThrow(/view busy depends on table link/);
    expect(await relations()).toEqual(before);
  });

  test('says that the search path leads nowhere', async () => {
    await expect(openWholeLoader(searching('nowhere'))).rejects.toThrow(
      new StoreError(
        'The search_path of DATABASE_URL names no schema that is there. Make the schema, or name another.',
      ),
    );
  });

  test('says which encoding a database must have', async () => {
    const name = `latin_${randomBytes(4).toString('hex')}`;
    await client.query(
      `create database ${name} encoding 'LATIN1' locale_provider libc locale 'C' template template0`,
    );
    try {
      const latin = by((url) => {
        url.pathname = `/${name}`;
      });
      await expect(openWholeLoader(latin)).rejects.toThrow(/has the encoding LATIN1.*encoding 'UTF8'/);
    } finally {
      await client.query(`drop database ${name} with (force)`);
    }
  });

  test('says what a user may not do, or in whose way a table is', async () => {
    const role = `guest_${randomBytes(4).toString('hex')}`;
    await client.query(
      `create role ${role} login password 'guest'; revoke create on schema public from public`,
    );
    try {
      const guest = by((url) => {
        url.username = role;
        url.password = 'guest';
      });
      await expect(openWholeLoader(guest)).rejects.toThrow(
        `The user ${role} may not make tables in the schema public. Allow it with: grant create on schema "public" to "${role}"`,
      );
      await client.query(`grant create on schema public to ${role}`);
      await (await openStore(under.location)).database.close();
      expect(await inTheWay(guest)).toMatch(/^the table \w+ belongs to another user of the database, \w+$/);
      const wrong = by((url) => {
        url.username = role;
        url.password = 'wrong';
      });
      for (const open of [openWholeLoader, openWholeReader])
        await expect(open(wrong)).rejects.toThrow(/^The database refuses \(password authentication failed/);
    } finally {
      await client.query(`drop owned by ${role}; drop role ${role}`);
    }
  });

  test('says that the database is away, or not there', async () => {
    const nowhere = by((url) => {
      url.port = '1';
    });
    const unknown = by((url) => {
      url.pathname = '/nothing_of_that_name';
    });
    for (const open of [openWholeLoader, openWholeReader]) {
      await expect(open(nowhere)).rejects.toThrow(/^The database cannot be reached \(.*ECONNREFUSED.*\)/);
      await expect(open(unknown)).rejects.toThrow(/^The database refuses \(.*does not exist\)/);
    }
  });

  test('sees a server, whatever its URL has it called', async () => {
    const { database } = await openStore(by((url) => url.searchParams.set('application_name', 'links')));
    await database.read.selectFrom('link').select('id').execute();
    expect(await inTheWay(under.location)).toMatch(/^another Switchyard is connected/);
    await database.close();
    expect(await inTheWay(under.location)).toBeUndefined();
  });

  test('that loses the database on its way says so', async () => {
    const loader = await openWholeLoader(under.location);
    const shape = { level: { config: '0001_core', events: '0001_clicks' }, config: [], events: [] };
    const { rows } = await client.query<{ pid: number }>(
      'select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    const loading = loader.load(shape, 'mark', async (open) => {
      for (const { pid } of rows) await client.query('select pg_terminate_backend($1)', [pid]);
      await open({ name: 'link', columns: [], key: [], countsIds: false, ownRows: 0 }, 0);
    });
    await expect(loading).rejects.toThrow(/^The database went away/);
    await loader.close();
  });
});
