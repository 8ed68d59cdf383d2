import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore, type Store } from '../../src/db/open.ts';
import { ENGINES, type Engine, type EngineUnderTest, POSTGRES, runs, SQLITE } from '../support/engines.ts';
import { makeOlderStore } from '../support/older-store.ts';

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

describe.each(ENGINES)('what is found of a store from before on $name', (chosen) => {
  openedBy(chosen);

  test('secrets of groups stay what they were; a project gets one where it has a receiver', async () => {
    await makeOlderStore(engine.location, '0002', async ({ config }) => {
      const project = (id: number, url: string | null) => sql`
        insert into project (id, public_id, name, time_zone, home_country, language, webhook_url, created_at, updated_at)
        values (${id}, ${`prj_${id}`}, 'x', 'UTC', 'KR', 'en', ${url}, 1, 1)`;
      const group = (id: number, projectId: number, secret: string | null) => sql`
        insert into link_group (id, public_id, project_id, name, webhook_secret, created_at, updated_at)
        values (${id}, ${`grp_${id}`}, ${projectId}, 'x', ${secret}, 1, 1)`;
      for (const statement of [
        project(1, null),
        project(2, 'https://hook.example/'),
        group(5, 1, 'whsec_ZmlmdGg='),
        group(6, 1, null),
        group(7, 2, 'whsec_c2V2ZW50aA=='),
      ]) {
        await statement.execute(config);
      }
    });
    const { database } = await open();
    const endpoints = await database.read
      .selectFrom('webhook_endpoint')
      .selectAll()
      .orderBy('project_id')
      .orderBy('group_id')
      .execute();
    const byGroup = new Map(endpoints.map((endpoint) => [endpoint.group_id, endpoint]));
    expect([...byGroup.keys()].sort()).toEqual([5, 7, null]);
    expect(byGroup.get(5)).toMatchObject({
      project_id: 1,
      secret: 'whsec_ZmlmdGg=',
      disabled_at: null,
      paused: 0,
    });
    expect(byGroup.get(7)).toMatchObject({ project_id: 2, secret: 'whsec_c2V2ZW50aA==' });
    expect(byGroup.get(null)).toMatchObject({ project_id: 2, version: 1 });
    expect(byGroup.get(null)?.secret).toMatch(/^whsec_[\w+/]{43}=$/);
    expect(new Set(endpoints.map(({ public_id }) => public_id)).size).toBe(3);
    await expect(sql`select webhook_secret from link_group`.execute(database.read)).rejects.toThrow();
  });

  test('threshold counters begin with what has been counted, repeats left out', async () => {
    await makeOlderStore(engine.location, '0002', async ({ events }) => {
      for (const statement of [
        sql`insert into link_counter (link_id, clicks, slots_taken, clicks_unslotted)
          values (1, 12, 0, 12), (2, 3, 0, 3)`,
        sql`insert into link_tally (link_id, country, clicks, repeats, visitors)
          values (1, 'KR', 7, 2, 4), (1, '', 5, 1, 3)`,
      ]) {
        await statement.execute(events);
      }
    });
    const { database } = await open();
    const counters = await database.read
      .selectFrom('link_counter')
      .select(['link_id', 'clicks', 'threshold_clicks', 'threshold_visitors'])
      .orderBy('link_id')
      .execute();
    expect(counters).toEqual([
      { link_id: 1, clicks: 12, threshold_clicks: 9, threshold_visitors: 7 },
      // Its clicks are older than statistics.
      { link_id: 2, clicks: 3, threshold_clicks: 0, threshold_visitors: 0 },
    ]);
  });

  test('a saved app keeps its lowest version, and names no system', async () => {
    await makeOlderStore(engine.location, '0005', async ({ config }) => {
      await sql`insert into project (id, public_id, name, time_zone, home_country, language, created_at, updated_at)
        values (1, 'prj_1', 'x', 'UTC', 'KR', 'en', 1, 1)`.execute(config);
      await sql`insert into app (public_id, project_id, platform, name, identifier, min_version, created_at, updated_at)
        values ('app', 1, 'ios', 'Shop', 'com.example.shop', '2.0.0', 1, 1)`.execute(config);
    });
    const { database } = await open();
    const apps = await database.read.selectFrom('app').select(['min_version', 'min_os_version']).execute();
    expect(apps).toEqual([{ min_version: '2.0.0', min_os_version: null }]);
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

describe.each(ENGINES)('routes and tags of an older version on $name', (chosen) => {
  openedBy(chosen);

  test('learn their project, and those of living links their host', async () => {
    const destinations = [
      'https://A.example:8443/path',
      'https://gone.example/',
      'https://한글.example/?q=1',
    ];
    await makeOlderStore(engine.location, '0003', async ({ config }) => {
      for (const id of [1, 2]) {
        await sql`insert into project (id, public_id, name, time_zone, home_country, language, created_at, updated_at)
          values (${id}, ${`prj_${id}`}, 'P', 'UTC', 'KR', 'en', 1, 1)`.execute(config);
      }
      await sql`insert into domain (id, public_id, host, created_at, updated_at)
        values (1, 'dom_1', 'go.example', 1, 1)`.execute(config);
      for (const [index, destination] of destinations.entries()) {
        await sql`insert into link (id, public_id, project_id, domain_id, source, created_at, updated_at, deleted_at)
          values (${index + 1}, ${`lnk_${index}`}, ${index === 2 ? 2 : 1}, 1, 'api', 1, 1, ${index === 1 ? 5 : null})`.execute(
          config,
        );
        await sql`insert into link_route (link_id, position, destination, destination_hash)
          values (${index + 1}, 0, ${destination}, 'hash')`.execute(config);
        await sql`insert into link_tag (link_id, tag) values (${index + 1}, 'old')`.execute(config);
      }
    });
    const { database } = await open();
    const routes = database.read.selectFrom('link_route').select(['project_id', 'destination_host']);
    expect(await routes.orderBy('link_id').execute()).toEqual([
      { project_id: 1, destination_host: 'a.example:8443' },
      { project_id: 1, destination_host: null },
      { project_id: 2, destination_host: 'xn--bj0bj06e.example' },
    ]);
    const tags = database.read.selectFrom('link_tag').select('project_id');
    expect(await tags.orderBy('link_id').execute()).toEqual([
      { project_id: 1 },
      { project_id: 1 },
      { project_id: 2 },
    ]);
  });
});

describe.runIf(runs(SQLITE))('the copy before a migration on SQLite', () => {
  openedBy(SQLITE);

  const file = (name: string) => join(engine.location.dataDir, name);

  test('a fresh store makes no copy', async () => {
    await open();
    expect(readdirSync(engine.location.dataDir).filter((name) => name.includes('before'))).toEqual([]);
  });

  test('an existing file is copied, with all that is in it, before a migration changes it', async () => {
    await makeOlderStore(engine.location, '0002', async ({ events }) => {
      await sql`create table of_the_old_version (id integer)`.execute(events);
    });
    const said: string[] = [];
    await open((message) => said.push(message));

    const copies = [
      ['switchyard.db', 'switchyard.db.before-0003_webhook_endpoints'],
      ['clicks.db', 'clicks.db.before-0003_reactions'],
    ] as const;
    expect(said).toEqual(
      copies.map(([name, copy]) => `Copied ${file(name)} to ${file(copy)} before migrating it`),
    );
    for (const [, copy] of copies) expect(existsSync(file(copy))).toBe(true);
    const copied = new Sqlite(file('clicks.db.before-0003_reactions'), { readonly: true });
    const tables = copied
      .prepare("select name from sqlite_master where name in ('of_the_old_version', 'delivery')")
      .all();
    copied.close();
    expect(tables).toEqual([{ name: 'of_the_old_version' }]);
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
