import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Kysely, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endLine } from '../../src/backup/backup-format.ts';
import { BackupProblem } from '../../src/backup/backup-problem.ts';
import { readingsOf } from '../../src/backup/table-list.ts';
import { DatabaseSlotStore, prepareSlotCount } from '../../src/clicks/slot-store.ts';
import { shapeOfLevel } from '../../src/db/known-levels.ts';
import { openBatchWriter, openStore, storeIsThere } from '../../src/db/open.ts';
import { openWholeLoader } from '../../src/db/open-whole.ts';
import { StoreError } from '../../src/db/store-error.ts';
import type { StoreLocation } from '../../src/db/store-location.ts';
import type { Cell, StoreShape, TableShape } from '../../src/db/table-shape.ts';
import { ENGINES, type EngineUnderTest, runs, SQLITE } from '../support/engines.ts';
import { makeOlderStore, type OlderStore } from '../support/older-store.ts';
import { anyRows, insertRows, latestShape } from './any-rows.ts';
import { backupOf, restoreInto, rowsIn, WAYS } from './moving.ts';

const LATEST = '9999';

type Rows = readonly (readonly [TableShape, Cell[][]])[];

const places: EngineUnderTest[] = [];
async function place({ open }: { open(): Promise<EngineUnderTest> }): Promise<StoreLocation> {
  const under = await open();
  places.push(under);
  return under.location;
}
afterEach(async () => {
  await Promise.all(places.splice(0).map((under) => under.close()));
});

/** Three rows in every table there is. */
function fullStore(shape: StoreShape): fc.Arbitrary<Rows> {
  const tables = readingsOf(shape).map(({ table }) => table);
  return fc.tuple(...tables.map((table) => anyRows(table, 3).map((rows) => [table, rows] as const)));
}

function filling(shape: StoreShape, rows: Rows) {
  return async ({ config, events }: OlderStore) => {
    const into = (db: Kysely<unknown>, tables: readonly TableShape[]) =>
      db.transaction().execute(async (tx) => {
        for (const [table, ofTable] of rows.filter(([table]) => tables.includes(table))) {
          // A domain names a link, which names a domain.
          const at = table.columns.findIndex(({ name }) => name === 'long_link_id');
          await insertRows(tx, table, at < 0 ? ofTable : ofTable.map((row) => row.with(at, null)));
          if (table.name === 'link' && shape.level.config >= '0004')
            await sql`update domain set long_link_id = 2 where id = 1`.execute(tx);
        }
      });
    await into(config, shape.config);
    await into(events, shape.events);
  };
}

async function full(location: StoreLocation): Promise<string> {
  const shape = await latestShape();
  const [rows] = fc.sample(fullStore(shape), 1);
  await makeOlderStore(location, LATEST, filling(shape, rows as Rows));
  return await backupOf(location);
}

/** The first row of a table so many times more, under a last line that is right. */
function withRowTwice(backup: string, table: string, times: number): string {
  const lines = backup.split('\n').slice(0, -1);
  const end = JSON.parse(lines.pop() ?? '');
  const at = lines.findIndex((line) => line.startsWith(`{"type":"table","name":"${table}"`)) + 1;
  lines.splice(at, 0, ...Array.from({ length: times }, () => lines[at] as string));
  const before = `${lines.join('\n')}\n`;
  const counts = new Map(
    Object.entries({ ...end.rows, [table]: end.rows[table] + times }) as [string, number][],
  );
  return before + endLine(counts, createHash('sha256').update(before).digest('hex'));
}

const KINDS: Readonly<Record<string, string>> = { text: 'text', bytea: 'bytes', blob: 'bytes' };

describe.each(ENGINES)('the tables of a backup on $name', (engine) => {
  test('are all there are, with all their columns', async () => {
    const shape = await latestShape();
    const known = readingsOf(shape).map(({ table }) => table);
    const found: string[] = [];
    await makeOlderStore(await place(engine), LATEST, async ({ config, events }) => {
      for (const db of new Set([config, events])) {
        for (const { name, columns } of await db.introspection.getTables()) {
          if (/^((config|event)_)?migration(_lock)?$/.test(name)) continue;
          const table = known.find((one) => one.name === name);
          expect(table, `no backup has the table ${name}`).toBeDefined();
          if (!table) continue;
          found.push(name);
          expect(
            table.columns.map((column) => [column.name, column.kind, column.nullable]),
            name,
          ).toEqual(
            columns.map((column) => [
              column.name,
              KINDS[column.dataType.toLowerCase()] ?? 'integer',
              column.isNullable && !table.key.includes(column.name),
            ]),
          );
          for (const { name: column, dataType } of columns.filter(({ dataType }) =>
            /^int[48]$/.test(dataType),
          ))
            expect(table.columns.find((one) => one.name === column)?.isShort, `${name}.${column}`).toBe(
              dataType === 'int4',
            );
        }
      }
    });
    expect(found.sort()).toEqual(known.map(({ name }) => name).sort());
  });
});

describe.each(WAYS)('a backup from $name', ({ from, to }) => {
  test('brings every row of every table, and a backup of that is the same', async () => {
    const [old, fresh] = [await place(from), await place(to)];
    const backup = await full(old);
    expect(Math.min(...Object.values(rowsIn(backup)))).toBeGreaterThanOrEqual(3);
    const contents = await restoreInto(fresh, backup);
    expect(contents.tables).toBe(Object.keys(rowsIn(backup)).length);
    expect(await backupOf(fresh)).toBe(backup);
    // As a start does: the tables are up to date, and nothing is in the way of reading them.
    const { database } = await openStore(fresh);
    const links = await database.read.selectFrom('link').select('id').execute();
    await database.close();
    expect(links).toHaveLength(3);
  });

  test('gives no number twice, not even of rows that are gone', async () => {
    const [old, fresh] = [await place(from), await place(to)];
    await full(old);
    const before = await openStore(old);
    await before.database.raiseIds('project', 700);
    await before.database.raiseIds('app', 900);
    await before.database.close();
    await restoreInto(fresh, await backupOf(old));
    const { database } = await openStore(fresh);
    const made = await database.transact('system', async (tx) => {
      const row = {
        name: 'x',
        time_zone: 'UTC',
        home_country: 'KR',
        language: 'en',
        created_at: 1,
        updated_at: 1,
      };
      return await tx.db
        .insertInto('project')
        .values({
          ...row,
          public_id: 'new',
          webhook_url: null,
          webhook_metric: null,
          webhook_frequency: null,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
    });
    expect(made.id).toBe(701);
    await database.close();
    expect(await backupOf(fresh)).toContain('"name":"app"');
    expect((await backupOf(fresh)).split('\n').find((line) => line.includes('"name":"app"'))).toContain(
      '"lastId":900',
    );
  });

  test('keeps the slots of limited links taken, whoever has counted them', async () => {
    const [old, fresh] = [await place(from), await place(to)];
    await makeOlderStore(old, LATEST, async ({ events }) => {
      // One was counted where one process serves; one was taken where many do, and its click never came.
      await sql`insert into link_counter (link_id, clicks, slots_taken, clicks_unslotted) values (1, 5, 5, 0), (2, 1, 1, 0)`.execute(
        events,
      );
      await sql`insert into link_slot (link_id, taken) values (2, 3), (3, 1)`.execute(events);
    });
    await restoreInto(fresh, await backupOf(old));
    const { database, servesAlone } = await openStore(fresh);
    const [many, one] = [new DatabaseSlotStore(database), prepareSlotCount(database)];
    expect(await Promise.all([1, 2, 3].map((id) => many.taken(id)))).toEqual([5, 3, 1]);
    expect(await Promise.all([1, 2, 3].map((id) => one(id)))).toEqual([5, 3, 1]);
    // Whoever serves there goes on from that: the next click takes the next slot.
    if (!servesAlone) for (const id of [1, 2, 3]) expect(await many.take(id, 9)).toBe(true);
    const writer = openBatchWriter(fresh);
    await writer.transact((tx) =>
      tx.run('update link_counter set slots_taken = slots_taken + 1, clicks = clicks + 1', []),
    );
    await writer.close();
    const counted = servesAlone ? one : (id: number) => many.taken(id);
    expect(await Promise.all([1, 2, 3].map((id) => counted(id)))).toEqual([6, 4, 2]);
    await database.close();
    expect(rowsIn(await backupOf(fresh))).toMatchObject({ link_slot: 3, link_counter: 3 });
  });

  test('takes a link along whose host no index has room for', async () => {
    const [old, fresh] = [await place(from), await place(to)];
    const shape = await latestShape();
    const [rows] = fc.sample(fullStore(shape), 1);
    // PostgreSQL makes the other small enough.
    const host = from === SQLITE ? randomBytes(1_500).toString('hex') : 'h'.repeat(3_000);
    await makeOlderStore(old, LATEST, async (store) => {
      await filling(shape, rows as Rows)(store);
      await sql`update link_route set destination_host = ${host} where id = 1`.execute(store.config);
    });
    await restoreInto(fresh, await backupOf(old));
    const { database } = await openStore(fresh);
    const routes = await database.read.selectFrom('link_route').select(['id', 'destination_host']).execute();
    expect(routes).toContainEqual({ id: 1, destination_host: null });
    expect(routes).toHaveLength(3);
    await database.close();
  });

  test('frees the lanes of who was at work', async () => {
    const [old, fresh] = [await place(from), await place(to)];
    await makeOlderStore(old, LATEST, async ({ events }) => {
      await sql`insert into delivery_lane (lane, channel, project_id, due_at, lease_owner, lease_until)
        values ('webhook:1', 'webhook', 1, 1, 'gone', 9000000000000)`.execute(events);
    });
    await restoreInto(fresh, await backupOf(old));
    const writer = openBatchWriter(fresh);
    expect(await writer.events.all('select lease_owner, lease_until from delivery_lane', [])).toEqual([
      { lease_owner: null, lease_until: 0 },
    ]);
    await writer.close();
  });

  test('of an older version is brought up to date', async () => {
    const [old, fresh] = [await place(from), await place(to)];
    const shape = await shapeOfLevel({ config: '0003_webhook_endpoints', events: '0003_reactions' });
    if (!shape) throw new Error('the level is unknown');
    const [rows] = fc.sample(fullStore(shape), 1);
    await makeOlderStore(old, '0003', filling(shape, rows as Rows));
    await restoreInto(fresh, await backupOf(old));
    const restored = await backupOf(fresh);
    const migrated = await openStore(old);
    await migrated.database.close();
    expect(restored).toBe(await backupOf(old));
    expect(rowsIn(restored).click).toBe(3);
  });

  test('whose rows contradict each other changes nothing', async () => {
    const [old, fresh] = [await place(from), await place(to)];
    const shape = await latestShape();
    const [rows] = fc.sample(fullStore(shape), 1);
    await makeOlderStore(old, LATEST, async (store) => {
      await filling(shape, rows as Rows)(store);
      await unbound(store);
      await sql`update link set domain_id = 77 where id = 3`.execute(store.config);
    });
    await expect(restoreInto(fresh, await backupOf(old))).rejects.toThrow(StoreError);
    expect(await storeIsThere(fresh)).toBe(false);
    await restoreInto(fresh, await full(await place(from)));
  });
});

/** Lets links name domains that are not there, by whichever of the two statements the engine knows. */
async function unbound({ config, events }: OlderStore): Promise<void> {
  if (config === events) await sql`alter table link drop constraint link_domain_id_fkey`.execute(config);
  else await sql`pragma foreign_keys = off`.execute(config);
}

describe.each(ENGINES)('a restore on $name', (engine) => {
  test('is refused where there is anything, and leaves it as it is', async () => {
    const location = await place(engine);
    const backup = await full(location);
    const loader = await openWholeLoader(location);
    expect(await loader.inTheWay()).toMatch(/^(there is a switchyard\.db|the table api_key has rows)$/);
    await loader.close();
    expect(await backupOf(location)).toBe(backup);
  });

  test('takes a place where an import or a start was given up before anything was written', async () => {
    if (engine === SQLITE) return;
    const location = await place(engine);
    const { database } = await openStore(location);
    await database.close();
    const backup = await full(await place(engine));
    const loader = await openWholeLoader(location);
    expect(await loader.inTheWay()).toBeUndefined();
    await loader.close();
    await restoreInto(location, backup);
    expect(await backupOf(location)).toBe(backup);
  });

  test('of a forged file whose rows come twice changes nothing, however many come before', async () => {
    const backup = await full(await place(engine));
    const location = await place(engine);
    for (const [table, times] of [
      ['instance_value', 1],
      ['click', 40_000],
    ] as const) {
      await expect(restoreInto(location, withRowTwice(backup, table, times))).rejects.toThrow(
        /^The rows of the backup contradict each other/,
      );
      expect(await storeIsThere(location)).toBe(false);
    }
    await restoreInto(location, backup);
    expect(await backupOf(location)).toBe(backup);
  });

  test('of a damaged file changes nothing', async () => {
    const backup = await full(await place(engine));
    const location = await place(engine);
    for (const damaged of [
      backup.slice(0, -1),
      backup.slice(0, backup.length / 2),
      backup.replace('click', 'clock'),
    ])
      await expect(restoreInto(location, damaged)).rejects.toThrow(BackupProblem);
    expect(await storeIsThere(location)).toBe(false);
  });

  test('of a file that was damaged while it was read changes nothing, wherever it was', async () => {
    const backup = await full(await place(engine));
    const location = await place(engine);
    const lines = backup.split('\n').slice(0, -1);
    const tables = lines.flatMap((line, at) => (line.startsWith('{"type":"table"') ? [at] : []));
    const some = tables.filter((_, n) => n % 12 === 0);
    const damaged = [0, ...some, ...some.map((at) => at + 2), lines.length - 1].map((at) => ({
      text: `${lines.with(at, '{').join('\n')}\n`,
      says:
        at === 0
          ? /is no backup/
          : at === lines.length - 1
            ? /before its own last line/
            : `Line ${at + 1} is no JSON`,
    }));
    const cut = some.map((at) => ({
      text: `${lines.slice(0, at + 2).join('\n')}\n`,
      says: /it was cut short/,
    }));
    for (const { text, says } of [...damaged, ...cut]) {
      await expect(restoreInto(location, backup, text)).rejects.toThrow(says);
      expect(await storeIsThere(location)).toBe(false);
    }
    const another = await full(await place(engine));
    await expect(restoreInto(location, backup, another)).rejects.toThrow(/was changed while it was being/);
    await restoreInto(location, backup);
    expect(await backupOf(location)).toBe(backup);
  });
});

describe.runIf(runs(SQLITE))('a restore that was cut short', () => {
  let backup: string;
  let location: StoreLocation;
  const file = (name: string) => join(location.dataDir, name);
  beforeEach(async () => {
    backup = await full(await place(SQLITE));
    location = await place(SQLITE);
    await restoreInto(location, backup);
  });

  /** Its files as they were before they were moved into place. */
  function back(names: readonly string[]): void {
    mkdirSync(file('restored'));
    writeFileSync(file('restored/mark'), 'the mark');
    for (const name of names) renameSync(file(name), file(`restored/${name}`));
  }

  test.each([
    ['before the first file was moved', ['clicks.db', 'switchyard.db']],
    ['between the two files', ['switchyard.db']],
    ['after the last file', []],
  ])('%s: a start finishes it', async (_when, names) => {
    back(names);
    expect(await storeIsThere(location)).toBe(true);
    const { database } = await openStore(location);
    await database.close();
    expect(existsSync(file('restored'))).toBe(false);
    expect(await backupOf(location)).toBe(backup);
  });

  test.each([[['clicks.db', 'switchyard.db']], [['switchyard.db']], [[]]])(
    'with %j still to move: the next restore finishes it and knows of what',
    async (names) => {
      back(names);
      const loader = await openWholeLoader(location);
      expect(await loader.finishCutShort()).toBe('the mark');
      expect(await loader.finishCutShort()).toBeUndefined();
      expect(await backupOf(location)).toBe(backup);
    },
  );

  test('while it was filling files: no start, until somebody decides', async () => {
    const other = await place(SQLITE);
    mkdirSync(join(other.dataDir, 'restoring'));
    writeFileSync(join(other.dataDir, 'restoring', 'clicks.db'), 'half');
    await expect(openStore(other)).rejects.toThrow(/was cut short. Run the same "switchyard restore" again/);
    expect(existsSync(join(other.dataDir, 'switchyard.db'))).toBe(false);
    await restoreInto(other, backup);
    expect(existsSync(join(other.dataDir, 'restoring'))).toBe(false);
    expect(await backupOf(other)).toBe(backup);
  });

  test('never over what somebody has put in its place', async () => {
    back(['switchyard.db']);
    writeFileSync(file('switchyard.db'), 'another');
    await expect(openStore(location)).rejects.toThrow(/Set one of them aside/);
  });
});
