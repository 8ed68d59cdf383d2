import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES, POSTGRES, runs } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

describe.each(ENGINES)('turns in a queue on $name', (engine) => {
  let bench: Workbench;
  let other: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
    // Another process, where the engine allows for one.
    other = engine === POSTGRES ? await bench.another() : bench;
  });
  afterAll(async () => {
    if (other !== bench) await other.close();
    await bench.close();
  });

  test('let "make it if it is not there" make one', async () => {
    const makeOnce = ({ database, groups, project }: Workbench, name: string) =>
      database.transact('system', async (tx) => {
        await database.takeTurnIn(tx, `making:${name}`);
        const there = await tx.db.selectFrom('link_group').select('id').where('name', '=', name).execute();
        if (there.length === 0) await groups.create(tx, project.id, { name, settings: { entries: [] } });
      });
    const names = ['one', 'two', 'three'];
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        makeOnce(index % 2 === 0 ? bench : other, names[index % 3] as string),
      ),
    );
    const made = await bench.groups.list({ projectId: bench.project.id, limit: 100 });
    expect(made.map(({ name }) => name).sort()).toEqual([...names].sort());
  });
});

describe.runIf(runs(POSTGRES))('turns in a queue where many write', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(POSTGRES);
  });
  afterAll(() => bench.close());

  test('hold up nobody who stands in another, or in none', async () => {
    const { database } = bench;
    const isHere = Promise.withResolvers<void>();
    const mayLeave = Promise.withResolvers<void>();
    const here = bench.transact(async (tx) => {
      await database.takeTurnIn(tx, 'here');
      isHere.resolve();
      await mayLeave.promise;
    });
    await isHere.promise;
    await bench.createGroup('by somebody in no queue');
    await bench.transact((elsewhere) => database.takeTurnIn(elsewhere, 'there'));
    mayLeave.resolve();
    await here;
    const [group] = await bench.groups.list({ projectId: bench.project.id, limit: 1 });
    expect(group?.name).toBe('by somebody in no queue');
  });
});
