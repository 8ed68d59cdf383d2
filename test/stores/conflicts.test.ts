import { setTimeout } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BatchTransaction } from '../../src/db/batch-writer.ts';
import type { Change } from '../../src/db/change.ts';
import type { Tx } from '../../src/db/database.ts';
import { openBatchWriter } from '../../src/db/open.ts';
import { PreviewStore } from '../../src/deeplinks/previews/preview-store.ts';
import { ReservedSegments } from '../../src/links/code.ts';
import type { PageQueue } from '../../src/links/described-pages.ts';
import { LinkService } from '../../src/links/link-service.ts';
import { ENGINES, POSTGRES, runs } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

const NESTED = /opened inside another one/;

describe.each(ENGINES)('a transaction inside a transaction, on $name', (engine) => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
  });
  afterAll(() => bench.close());

  test('is refused at once, undoes the outer one, and leaves the database usable', async () => {
    const outer = bench.transact(async (tx) => {
      await tx.db.insertInto('instance_value').values({ name: 'outer', value: 'x' }).execute();
      await bench.transact(async () => {});
    });
    await expect(outer).rejects.toThrow(NESTED);
    await expect(bench.transact(() => bench.database.raiseIds('link', 1))).rejects.toThrow(NESTED);
    const kept = await bench.database.read
      .selectFrom('instance_value')
      .selectAll()
      .where('name', '=', 'outer')
      .execute();
    expect(kept).toEqual([]);
    await bench.createGroup('after');
  });

  test('is refused to whoever writes events, too', async () => {
    const writer = openBatchWriter(bench.location);
    try {
      await expect(writer.transact(() => writer.transact(async () => {}))).rejects.toThrow(NESTED);
      expect(await writer.transact((tx) => tx.all('select 1 as one', []))).toEqual([{ one: 1 }]);
    } finally {
      await writer.close();
    }
  });

  test('is none when it is another’s, at the same time or of another database', async () => {
    const other = await bench.another();
    const made = await Promise.all(['a', 'b', 'c'].map((name) => bench.createGroup(name)));
    expect(new Set(made.map(({ id }) => id)).size).toBe(3);
    await bench.transact(() => other.database.ping());
    await other.close();
  });

  test('is none when it was only begun inside, and goes on after the end', async () => {
    const ended = Promise.withResolvers<void>();
    let later: Promise<unknown> | undefined;
    await bench.transact(async () => {
      later = ended.promise.then(() => bench.createGroup('later'));
    });
    ended.resolve();
    expect(await later).toMatchObject({ name: 'later' });
  });

  test('is none for those who hear of a commit', async () => {
    let heard = 0;
    const own = await bench.another();
    own.database.onCommit(async () => {
      if (heard++ === 0) await own.createGroup('made by a listener');
    });
    await own.createGroup('told of');
    expect(heard).toBe(2);
    await own.close();
  });
});

describe.runIf(runs(POSTGRES))('transactions that stand in each other’s way, on PostgreSQL', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(POSTGRES);
    await bench.transact((tx) =>
      tx.db
        .insertInto('instance_value')
        .values(['left', 'right'].map((name) => ({ name, value: '0' })))
        .execute(),
    );
  });
  afterAll(() => bench.close());

  const add = ({ db }: Tx, name: string) =>
    db
      .updateTable('instance_value')
      .set({ value: sql`(value::int + 1)::text` })
      .where('name', '=', name)
      .execute();
  const values = async () => {
    const rows = await bench.database.read
      .selectFrom('instance_value')
      .selectAll()
      .where('name', 'in', ['left', 'right'])
      .orderBy('name')
      .execute();
    return rows.map(({ value }) => Number(value));
  };
  const change = (publicId: string): Change => ({
    entity: 'link',
    entityId: 1,
    publicId,
    projectId: null,
    action: 'updated',
    version: 1,
    data: {},
    codes: [],
  });

  /** Two that wait for each other the first time: each has its first row before either goes for its second. */
  function crossing() {
    const holding = { left: Promise.withResolvers<void>(), right: Promise.withResolvers<void>() };
    const runs = { left: 0, right: 0 };
    const cross = (on: Workbench, first: 'left' | 'right', second: 'left' | 'right') =>
      on.transact(async (tx) => {
        runs[first]++;
        await add(tx, first);
        holding[first].resolve();
        await holding[second].promise;
        await add(tx, second);
        tx.record(change(`from-${first}`));
        return first;
      });
    return { cross, runs };
  }

  test('both are done, once each, and told once each', async () => {
    const other = await bench.another();
    const [before, retries] = [await values(), bench.database.retries + other.database.retries];
    const told: string[] = [];
    for (const { database } of [bench, other]) {
      database.onCommit((changes) => void told.push(...changes.map(({ publicId }) => publicId)));
    }
    const reasons: unknown[] = [];
    for (const { database } of [bench, other]) database.onRetry((error) => reasons.push(error));
    const { cross, runs } = crossing();
    const done = await Promise.all([cross(bench, 'left', 'right'), cross(other, 'right', 'left')]);
    expect(done).toEqual(['left', 'right']);
    expect(runs.left + runs.right, 'one of them twice').toBe(3);
    expect(bench.database.retries + other.database.retries).toBe(retries + 1);
    expect(reasons.map(String)).toEqual([expect.stringContaining('deadlock')]);
    expect(await values()).toEqual(before.map((value) => value + 2));
    expect(told.sort()).toEqual(['from-left', 'from-right']);
    const logged = await bench.database.read
      .selectFrom('change')
      .select('public_id')
      .where('public_id', 'like', 'from-%')
      .orderBy('public_id')
      .execute();
    expect(logged.map(({ public_id }) => public_id)).toEqual(['from-left', 'from-right']);
    await other.close();
  });

  test.each(['40P01', '40001'])('one that loses with %s again and again ends, as "later"', async (code) => {
    let tries = 0;
    const before = await values();
    const losing = bench.transact(async (tx) => {
      tries++;
      await add(tx, 'left');
      await sql.raw(`do $$ begin raise exception 'lost' using errcode = '${code}'; end $$`).execute(tx.db);
    });
    const error = await losing.then(
      () => expect.fail('it was expected to fail'),
      (error: unknown) => error,
    );
    expect(tries).toBe(5);
    expect(bench.database.isUnavailable(error), String(error)).toBe(true);
    expect(await values()).toEqual(before);
  });

  test('one that loses twice is done the third time; another error is not tried again', async () => {
    let tries = 0;
    const lose = (tx: Tx) =>
      sql.raw(`do $$ begin raise exception 'lost' using errcode = '40001'; end $$`).execute(tx.db);
    await bench.transact(async (tx) => {
      if (++tries < 3) await lose(tx);
      await add(tx, 'right');
    });
    expect(tries).toBe(3);
    tries = 0;
    const failing = bench.transact(async (tx) => {
      tries++;
      await tx.db.insertInto('instance_value').values({ name: 'left', value: 'twice' }).execute();
    });
    await expect(failing).rejects.toThrow('duplicate key');
    expect(tries).toBe(1);
  });

  test('writers of events that wait for each other are both done', async () => {
    const writers = [openBatchWriter(bench.location), openBatchWriter(bench.location)] as const;
    const holding = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    const take = (tx: BatchTransaction, queue: 0 | 1) => tx.takeTurnIn(`crossing-${queue}`);
    let runs = 0;
    const cross = (first: 0 | 1, second: 0 | 1) =>
      writers[first].transact(async (tx) => {
        runs++;
        await take(tx, first);
        holding[first].resolve();
        await holding[second].promise;
        await take(tx, second);
        return first;
      });
    try {
      expect(await Promise.all([cross(0, 1), cross(1, 0)])).toEqual([0, 1]);
      expect(runs).toBe(3);
    } finally {
      await Promise.all(writers.map((writer) => writer.close()));
    }
  });

  test('whoever makes a link takes pages and groups in the order of whoever edits one', async () => {
    const pages = new PreviewStore(bench.database);
    const linksWith = (queue: PageQueue['queue']) =>
      new LinkService(bench.database, bench.domains, bench.groups, bench.apps, new ReservedSegments(), {
        queue,
      } as PageQueue);
    const queue = (tx: Tx, urls: readonly string[]) => pages.queue(tx, urls, Date.now());
    const [noted, wanted] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const editing = linksWith(async (tx, urls) => {
      await queue(tx, urls);
      noted.resolve();
      await wanted.promise;
    });
    const making = linksWith(async (tx, urls) => {
      wanted.resolve();
      await queue(tx, urls);
    });
    const [group, link] = [await bench.createGroup(), await bench.createLink()];
    const destination = 'https://nobody-has-led-here.example/';
    const change = await editing.prepare({ destination, groupId: group.publicId });
    const made = await making.prepareNew({
      destination,
      domainId: bench.domain.id,
      groupId: group.publicId,
    });
    const retries = bench.database.retries;
    await Promise.all([
      bench.transact((tx) => editing.update(tx, bench.project.id, link.publicId, change)),
      noted.promise.then(() => bench.transact((tx) => making.create(tx, bench.project.id, 'api', [made]))),
    ]);
    expect((await bench.loadGroup(group)).linkCount).toBe(2);
    expect(bench.database.retries).toBe(retries);
  });

  test('links made and edited crosswise, with their groups and pages, are all done', async () => {
    const other = await bench.another();
    const groups = await Promise.all(['one', 'two'].map((name) => bench.createGroup(name)));
    const links = await bench.createLinks(Array.from({ length: 40 }, () => ({})));
    const benches = [bench, other];
    await Promise.all(
      Array.from({ length: 24 }, async (_, index) => {
        const on = benches[index % 2] as Workbench;
        const group = groups[index % 3] ?? null;
        await setTimeout(Math.random() * 20);
        if (index % 4 === 3) {
          const groupId = groups[index % 2]?.publicId;
          await on.createLinks(links.slice(0, 10).map(() => ({ ...(groupId ? { groupId } : {}) })));
        } else await on.moveLinks(index % 2 === 0 ? links : links.toReversed(), group);
      }),
    );
    for (const group of groups) {
      const { n } = await bench.database.read
        .selectFrom('link')
        .select((eb) => eb.fn.countAll<number>().as('n'))
        .where('group_id', '=', group.id)
        .executeTakeFirstOrThrow();
      expect((await bench.loadGroup(group)).linkCount).toBe(n);
    }
    await other.close();
  });
});
