import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DatabaseSlotStore, prepareSlotCount } from '../../src/clicks/slot-store.ts';
import { openBatchWriter } from '../../src/db/open.ts';
import { ENGINES, POSTGRES, runs } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { Workbench } from '../support/workbench.ts';

/** As ingest leaves it. */
async function count(bench: Workbench, linkId: number, slotsTaken: number, unslotted: number): Promise<void> {
  const writer = openBatchWriter(bench.location);
  await writer.transact((tx) =>
    tx.run(
      `insert into link_counter (link_id, clicks, slots_taken, clicks_unslotted) values ($1, $2, $3, $4)
       on conflict (link_id) do update set slots_taken = $3, clicks_unslotted = $4`,
      [linkId, slotsTaken + unslotted, slotsTaken, unslotted],
    ),
  );
  await writer.close();
}

describe.runIf(runs(POSTGRES))('slots of limited links on PostgreSQL', () => {
  let bench: Workbench;
  let other: Workbench;
  let stores: DatabaseSlotStore[];
  let lastLink = 0;

  beforeAll(async () => {
    bench = await Workbench.open(POSTGRES);
    other = await bench.another();
    stores = [new DatabaseSlotStore(bench.database), new DatabaseSlotStore(other.database)];
  });
  afterAll(async () => {
    await other.close();
    await bench.close();
  });

  const slots = () => stores[0] as DatabaseSlotStore;
  const newLink = () => ++lastLink;

  async function takeAtOnce(linkId: number, attempts: number, limit: number): Promise<number> {
    const taken = await Promise.all(
      Array.from({ length: attempts }, (_, index) => stores[index % 2]?.take(linkId, limit)),
    );
    return taken.filter(Boolean).length;
  }

  test('of two hundred that ask two processes at once, exactly as many as there are slots get one', async () => {
    const link = newLink();
    expect(await takeAtOnce(link, 200, 37)).toBe(37);
    expect(await slots().taken(link)).toBe(37);
    expect(await slots().take(link, 37)).toBe(false);
  });

  test('clicks from before there was a limit count against it', async () => {
    const link = newLink();
    await count(bench, link, 0, 30);
    expect(await slots().taken(link)).toBe(30);
    expect(await takeAtOnce(link, 50, 37)).toBe(7);
    expect(await slots().taken(link)).toBe(37);
  });

  test('a limit below what has been clicked lets nobody through', async () => {
    const link = newLink();
    await count(bench, link, 0, 30);
    expect(await takeAtOnce(link, 5, 30)).toBe(0);
    expect(await slots().taken(link)).toBe(30);
  });

  test('a limit that is raised lets as many more through', async () => {
    const link = newLink();
    expect(await takeAtOnce(link, 10, 4)).toBe(4);
    expect(await takeAtOnce(link, 10, 6)).toBe(2);
    expect(await takeAtOnce(link, 10, 5)).toBe(0);
  });

  test('a slot that is given back is there for the next', async () => {
    const link = newLink();
    expect(await takeAtOnce(link, 3, 2)).toBe(2);
    slots().giveBack(link);
    await until(async () => (await slots().taken(link)) === 1, 'the slot was back');
    expect(await takeAtOnce(link, 5, 2)).toBe(1);
  });

  test('links do not share their slots', async () => {
    const [a, b] = [newLink(), newLink()];
    expect(await takeAtOnce(a, 5, 1)).toBe(1);
    expect(await takeAtOnce(b, 5, 1)).toBe(1);
    expect(await slots().taken(newLink())).toBe(0);
  });
});

describe.each(ENGINES)('what ingest counted against a limit on $name', (engine) => {
  test('is slots and clicks without one, together', async () => {
    const bench = await Workbench.open(engine);
    const counted = prepareSlotCount(bench.database);
    expect(await counted(1)).toBe(0);
    await count(bench, 1, 3, 4);
    expect(await counted(1)).toBe(7);
    await bench.close();
  });
});
