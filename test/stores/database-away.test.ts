import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Database } from '../../src/db/database.ts';
import {
  kyselyOver,
  openPostgresPool,
  PostgresBatchWriter,
  PostgresLookups,
  type PostgresOptions,
  postgresDialect,
} from '../../src/db/dialects/postgres.ts';
import type { ConfigTables } from '../../src/db/tables/config-tables.ts';
import type { EventTables } from '../../src/db/tables/event-tables.ts';
import { POSTGRES, runs } from '../support/engines.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { Workbench } from '../support/workbench.ts';

/** As the store does, with less patience. */
function openImpatient(options: PostgresOptions): Database {
  const pool = openPostgresPool(options);
  const db = kyselyOver<ConfigTables & EventTables>(pool);
  const lookups = new PostgresLookups(pool);
  return new Database({
    read: db,
    write: db as unknown as ConstructorParameters<typeof Database>[0]['write'],
    dialect: postgresDialect,
    prepareLookup: (text) => lookups.prepare(text),
    close: () => db.destroy(),
  });
}

describe.runIf(runs(POSTGRES))('a PostgreSQL that is away', () => {
  let bench: Workbench;
  let proxy: TcpProxy;
  let options: PostgresOptions;
  let database: Database;

  beforeAll(async () => {
    bench = await Workbench.open(POSTGRES);
  });
  afterAll(() => bench.close());
  beforeEach(async () => {
    const config = bench.location.database;
    if (config.engine !== 'postgres') throw new Error('this suite is about PostgreSQL');
    proxy = await TcpProxy.open(config.url);
    options = { url: proxy.through(config.url), poolSize: 3, connectTimeoutMs: 1_500, queryTimeoutMs: 1_500 };
    database = openImpatient(options);
  });
  afterEach(async () => {
    await proxy.close();
    await database.close();
  });

  const keep = (name: string) =>
    database.transact('system', async (tx) => {
      await tx.db.insertInto('instance_value').values({ name, value: 'kept' }).execute();
    });
  const kept = async () => {
    const rows = await bench.database.read
      .selectFrom('instance_value')
      .select('name')
      .where('value', '=', 'kept')
      .execute();
    return rows.map(({ name }) => name);
  };

  const ways: Record<string, () => Promise<unknown>> = {
    reads: () => database.ping(),
    writes: () => keep('while away'),
    'looks up': async () => await database.prepareLookup<{ id: number }>('select 1 as id')(),
    counts: async () => {
      const writer = new PostgresBatchWriter(options);
      try {
        await writer.transact((tx) => tx.all('select 1', []));
      } finally {
        await writer.close();
      }
    },
  };

  describe.each([
    ['refuses', (at: TcpProxy) => at.drop()],
    ['says nothing', (at: TcpProxy) => at.stall()],
  ] as const)('and %s', (_, begin) => {
    test.each(Object.entries(ways))('whoever %s is told that it is unavailable, soon', async (_, ask) => {
      await Promise.all([database.ping(), database.ping()]);
      await begin(proxy);
      const askedAt = performance.now();
      const error = await ask().then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(error).toBeInstanceOf(Error);
      expect(database.isUnavailable(error), String(error)).toBe(true);
      expect(performance.now() - askedAt).toBeLessThan(8_000);
      expect(await kept()).not.toContain('while away');
    });
  });

  test('when it comes back, so does everybody, without a restart', async () => {
    await database.ping();
    await proxy.drop();
    await expect(database.ping()).rejects.toThrow();
    await proxy.pass();
    await keep('after the outage');
    expect(await kept()).toContain('after the outage');
  });

  test('what a transaction wrote before the silence is not committed by the next one', async () => {
    const entered = Promise.withResolvers<void>();
    const broken = database.transact('system', async (tx) => {
      await tx.db.insertInto('instance_value').values({ name: 'half', value: 'kept' }).execute();
      await proxy.stall();
      entered.resolve();
      await tx.db.insertInto('instance_value').values({ name: 'other half', value: 'kept' }).execute();
    });
    await expect(broken).rejects.toThrow();
    await entered.promise;
    await proxy.pass();
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => keep(`whole ${name}`)));
    const names = await kept();
    expect(names).toContain('whole a');
    expect(names).not.toContain('half');
    expect(names).not.toContain('other half');
  });

  test('a commit whose answer is lost is not told as done', async () => {
    const listened: unknown[] = [];
    database.onCommit((changes) => void listened.push(changes));
    const lost = database.transact('system', async (tx) => {
      tx.record({
        entity: 'link',
        entityId: 1,
        publicId: 'lnk_lost',
        projectId: null,
        action: 'updated',
        version: 1,
        data: {},
        codes: [],
      });
      await tx.db.insertInto('instance_value').values({ name: 'lost', value: 'kept' }).execute();
      await proxy.drop();
    });
    await expect(lost).rejects.toThrow();
    expect(listened).toEqual([]);
    expect(await kept()).not.toContain('lost');
  });

  test('when it has moved, with the old connections silent for good, everybody reaches it after one timeout', async () => {
    await Promise.all(Array.from({ length: 6 }, () => database.ping()));
    await proxy.abandon();
    await Promise.allSettled(Array.from({ length: 3 }, () => database.ping()));
    for (let round = 0; round < 5; round++) await database.ping();
    await keep('moved');
    expect(await kept()).toContain('moved');
  });

  test('a store closes soon, also while its database says nothing', async () => {
    const config = bench.location.database;
    if (config.engine !== 'postgres') throw new Error('this suite is about PostgreSQL');
    const other = await bench.another({ ...bench.location, database: { ...config, url: options.url } });
    await other.store.feed.start(() => {});
    await until(async () => {
      const { rows } = await sql`
        select 1 from pg_stat_activity
         where datname = current_database() and application_name = 'switchyard feed' and query like 'listen%'
           and state = 'idle'`.execute(bench.database.read);
      return rows.length > 0;
    }, 'the feed listens');
    await proxy.stall();
    const closing = other.close().then(() => 'closed');
    let outcome: string | undefined;
    void closing.then((value) => {
      outcome = value;
    });
    try {
      await until(() => outcome === 'closed', 'the store was closed', 5_000);
    } finally {
      await proxy.drop();
      await closing;
    }
  });
});
