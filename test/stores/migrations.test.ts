import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore, type Store } from '../../src/db/open.ts';
import { ENGINES, type Engine, type EngineUnderTest, POSTGRES, runs, SQLITE } from '../support/engines.ts';

const stores: Store[] = [];
let engine: EngineUnderTest;

function openedBy(chosen: Engine): void {
  beforeEach(async () => {
    engine = await chosen.open();
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map(({ database }) => database.close()));
    await engine.close();
  });
}

async function open(say?: (message: string) => void): Promise<Store> {
  const store = await openStore(engine.location, say);
  stores.push(store);
  return store;
}

async function keepValue(store: Store, name: string): Promise<void> {
  await store.database.transact('system', async (tx) => {
    await tx.db.insertInto('instance_value').values({ name, value: 'kept' }).execute();
  });
}

async function keptValues(store: Store): Promise<string[]> {
  const rows = await store.database.read
    .selectFrom('instance_value')
    .select('name')
    .orderBy('name')
    .execute();
  return rows.map(({ name }) => name);
}

describe.each(ENGINES)('migrations on $name', (chosen) => {
  openedBy(chosen);

  test('an empty place becomes a store that can be asked', async () => {
    const { database } = await open();
    await database.ping();
    const { rows } = await sql`select count(*) as n from link_counter`.execute(database.read);
    expect(rows).toEqual([{ n: 0 }]);
  });

  test('opening a store again changes nothing, says nothing and keeps what is in it', async () => {
    const said: string[] = [];
    const first = await open();
    await keepValue(first, 'before');
    const second = await open((message) => said.push(message));
    expect(await keptValues(second)).toEqual(['before']);
    expect(said).toEqual([]);
  });

  test('an id is never given twice, not even after its row is gone', async () => {
    const { database } = await open();
    const insert = () =>
      database.transact('system', (tx) =>
        tx.db
          .insertInto('change')
          .values({
            at: 0,
            project_id: null,
            actor: 'system',
            entity: 'link',
            entity_id: 1,
            public_id: 'lnk_1',
            action: 'created',
            version: 1,
            data: '{}',
            codes: '[]',
          })
          .returning('id')
          .executeTakeFirstOrThrow(),
      );
    const first = await insert();
    await database.transact('system', (tx) => tx.db.deleteFrom('change').execute());
    expect((await insert()).id).toBeGreaterThan(first.id);
  });
});

describe.runIf(runs(POSTGRES))('migrations of several processes on PostgreSQL', () => {
  openedBy(POSTGRES);

  test('many that open one empty database at once all succeed', async () => {
    const opened = await Promise.all(Array.from({ length: 6 }, () => open()));
    await keepValue(opened[0] as Store, 'shared');
    for (const store of opened) expect(await keptValues(store)).toEqual(['shared']);
  });
});

describe.runIf(runs(SQLITE))('the copy before a migration on SQLite', () => {
  openedBy(SQLITE);

  const file = (name: string) => join(engine.location.dataDir, name);

  /** As if the file came from the version before the last migration. */
  async function becomeOlder(name: string): Promise<void> {
    await Promise.all(stores.splice(0).map(({ database }) => database.close()));
    const db = new Sqlite(file(name));
    db.exec('delete from migration where name = (select max(name) from migration)');
    for (const table of [
      'click_block',
      'click_block_column',
      'dimension_value',
      'link_tally',
      'statistics_state',
    ])
      db.exec(`drop table ${table}`);
    db.exec('drop index click_visitor');
    for (const column of [
      'country',
      'region',
      'city',
      'device',
      'os',
      'browser',
      'language_tag',
      'project_id',
    ])
      db.exec(`alter table click drop column ${column}`);
    db.exec('create index click_link on click (link_id, at)');
    db.close();
  }

  test('a fresh store makes no copy', async () => {
    await open();
    expect(readdirSync(engine.location.dataDir).filter((name) => name.includes('before'))).toEqual([]);
  });

  test('an existing file is copied, with all that is in it, before a migration changes it', async () => {
    await open();
    const db = new Sqlite(file('clicks.db'));
    db.exec("insert into journal_segment values ('the-old-one', 1, 2, 3, null)");
    db.exec('create table of_the_old_version (id integer)');
    db.close();
    await becomeOlder('clicks.db');
    const said: string[] = [];
    await open((message) => said.push(message));

    const copy = file('clicks.db.before-0002_statistics');
    expect(existsSync(copy)).toBe(true);
    const copied = new Sqlite(copy, { readonly: true });
    const tables = copied.prepare("select name from sqlite_master where name = 'of_the_old_version'").all();
    copied.close();
    expect(tables).toHaveLength(1);
    expect(said).toEqual([`Copied ${file('clicks.db')} to ${copy} before migrating it`]);
  });

  test('a migration that fails leaves the file as it was', async () => {
    await open();
    await Promise.all(stores.splice(0).map(({ database }) => database.close()));
    const db = new Sqlite(file('clicks.db'));
    db.exec('delete from migration');
    db.exec('drop table link_slot; drop table click');
    db.close();
    // `link_counter` is still there, so the migration breaks half-way, after it has made `click`.
    await expect(open()).rejects.toThrow('link_counter already exists');
    const after = new Sqlite(file('clicks.db'), { readonly: true });
    const made = after.prepare("select name from sqlite_master where name in ('click', 'link_slot')").all();
    after.close();
    expect(made).toEqual([]);
  });
});
