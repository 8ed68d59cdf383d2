import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Group } from '../../src/links/group.ts';
import type { Link } from '../../src/links/link.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

/** Enough for two transactions to meet. */
const ROUNDS = 12;

interface Filled {
  readonly group: Group;
  readonly links: readonly Link[];
}

describe.each(ENGINES)('moving links between groups on $name', (engine) => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
  });
  afterAll(() => bench.close());

  const counts = async (...groups: Group[]) =>
    (await Promise.all(groups.map((group) => bench.loadGroup(group)))).map(({ linkCount }) => linkCount);

  /** Later groups get the earlier links, so that the order of links is not by accident the order of groups. */
  async function groupsWithLinks(...sizes: number[]): Promise<Filled[]> {
    const groups: Group[] = [];
    for (const index of sizes.keys()) groups.push(await bench.createGroup(`Group ${index}`));
    const inputs = sizes.flatMap((size, index) =>
      Array.from({ length: size }, () => ({ groupId: groups[index]?.publicId })),
    );
    const links = await bench.createLinks(inputs.toReversed());
    return groups.map((group) => ({ group, links: links.filter((link) => link.group?.id === group.id) }));
  }

  test('links move into a group, on to another and out again, and the counts follow', async () => {
    const [a, b] = [await bench.createGroup('A'), await bench.createGroup('B')];
    const links = await bench.createLinks([{}, {}, {}]);
    expect(await bench.moveLinks(links, a)).toBe(3);
    expect(await counts(a, b)).toEqual([3, 0]);
    expect(await bench.moveLinks(links.slice(1), b)).toBe(2);
    expect(await counts(a, b)).toEqual([1, 2]);
    expect(await bench.moveLinks(links, null)).toBe(3);
    expect(await counts(a, b)).toEqual([0, 0]);
  });

  test('a link that is there already is not moved, not counted and not changed', async () => {
    const group = await bench.createGroup();
    const inside = await bench.createLink({ groupId: group.publicId });
    const outside = await bench.createLink();
    expect(await bench.moveLinks([inside, outside, outside], group)).toBe(1);
    expect(await counts(group)).toEqual([2]);
    expect((await bench.loadLink(inside)).version).toBe(1);
    expect(await bench.loadLink(outside)).toMatchObject({ version: 2, group: { id: group.id } });
  });

  test('one unknown link among many moves none, and each unknown one is named', async () => {
    const group = await bench.createGroup();
    const link = await bench.createLink();
    const unknown = { publicId: 'lnk_unknown' } as Link;
    await expect(bench.moveLinks([link, unknown, link, unknown], group)).rejects.toMatchObject({
      fields: [{ field: 'linkIds.1' }, { field: 'linkIds.3' }],
    });
    expect(await counts(group)).toEqual([0]);
  });

  test('an update moves a link too', async () => {
    const [a, b] = [await bench.createGroup('A'), await bench.createGroup('B')];
    const link = await bench.createLink({ groupId: a.publicId });
    expect((await bench.updateLink(link, { groupId: b.publicId })).group?.publicId).toBe(b.publicId);
    expect(await counts(a, b)).toEqual([0, 1]);
    await bench.updateLink(link, { title: 'stays in its group' });
    expect(await counts(a, b)).toEqual([0, 1]);
    await bench.updateLink(link, { groupId: null });
    expect(await counts(a, b)).toEqual([0, 0]);
  });

  test('many moves of one link at the same time leave it in one group, counted there', async () => {
    const groups = await Promise.all(['A', 'B', 'C', 'D'].map((name) => bench.createGroup(name)));
    const link = await bench.createLink();
    await Promise.all([...groups, ...groups, ...groups].map((group) => bench.moveLinks([link], group)));
    const { group } = await bench.loadLink(link);
    expect(await counts(...groups)).toEqual(groups.map(({ id }) => (id === group?.id ? 1 : 0)));
  });

  test('moves in opposite directions do not block each other', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const [a, b] = (await groupsWithLinks(4, 4)) as [Filled, Filled];
      await Promise.all([
        bench.moveLinks(a.links, b.group),
        bench.moveLinks(b.links, a.group),
        ...a.links.map((link) => bench.updateLink(link, { title: 'meanwhile' })),
      ]);
      expect(await counts(a.group, b.group)).toEqual([4, 4]);
    }
  });

  test('moves out of several groups at once do not block each other', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const made = await groupsWithLinks(6, 6, 6, 6);
      const moves = made.map(({ group }, target) => {
        // One link from each other group, in another order for each move.
        const taken = made.flatMap(({ links }, from) => (from === target ? [] : [links[target] as Link]));
        return bench.moveLinks(target % 2 === 0 ? taken : taken.toReversed(), group);
      });
      await Promise.all(moves);
      expect(await counts(...made.map(({ group }) => group))).toEqual([6, 6, 6, 6]);
    }
  });

  test('moves of the same thousand links in opposite orders do not block each other', async () => {
    const [a, b] = [await bench.createGroup('A'), await bench.createGroup('B')];
    const links = await bench.createLinks(Array.from({ length: 1_000 }, () => ({})));
    await Promise.all([
      bench.moveLinks(links, a),
      bench.moveLinks(links.toReversed(), b),
      bench.moveLinks(links.toReversed(), a),
      bench.moveLinks(links, b),
    ]);
    const [inA, inB] = await counts(a, b);
    expect([inA, inB]).toContain(1_000);
    expect((inA ?? 0) + (inB ?? 0)).toBe(1_000);
  });

  test('links that delete themselves while they are moved block nobody', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const made = await groupsWithLinks(5, 5, 5);
      const links = made.flatMap((one) => one.links);
      await bench.transact((tx) => tx.db.updateTable('link').set({ delete_at: 1 }).execute());
      const deleteDue = () => bench.transact((tx) => bench.links.deleteDue(tx, 2, 100));
      const moves = made.map(async ({ group }, index) => {
        try {
          await bench.moveLinks(index === 0 ? links : links.toReversed(), group);
        } catch (error) {
          // Some are gone by then, which a move has to say.
          expect(error).toMatchObject({ code: 'invalid' });
        }
      });
      await Promise.all([deleteDue(), ...moves, deleteDue()]);
      while ((await deleteDue()) > 0);
      expect(await counts(...made.map(({ group }) => group))).toEqual([0, 0, 0]);
    }
  });
});
