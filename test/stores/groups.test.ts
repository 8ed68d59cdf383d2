import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareSettings } from '../../src/links/settings-change.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

describe.each(ENGINES)('groups on $name', (engine) => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
  });
  afterAll(() => bench.close());

  const release = (limit: number) => bench.transact((tx) => bench.groups.releaseLinks(tx, limit));
  const storedLinks = () => bench.database.read.selectFrom('link').selectAll().orderBy('id').execute();

  async function update(publicId: string, settings: object, expectedVersion?: number) {
    const prepared = await prepareSettings(settings, 'group');
    const { group } = await bench.transact((tx) =>
      bench.groups.update(tx, bench.project.id, publicId, { settings: prepared }, expectedVersion),
    );
    return group;
  }

  test('changing a group writes its own row and one change, and none of its links', async () => {
    const group = await bench.createGroup();
    await bench.createLinks(Array.from({ length: 300 }, () => ({ groupId: group.publicId })));
    const before = await storedLinks();
    const updated = await update(group.publicId, { paused: true, maxClicks: 10 });
    expect(updated).toMatchObject({ settings: { paused: true, maxClicks: 10 }, version: 2, linkCount: 300 });
    expect(await bench.loadGroup(group)).toEqual(updated);
    expect(await storedLinks()).toEqual(before);
    expect((await bench.historyOf(group.publicId)).map(({ action }) => action)).toEqual([
      'created',
      'updated',
    ]);
  });

  test('of twenty changes that expect the same version, exactly one succeeds', async () => {
    const { publicId } = await bench.createGroup();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => update(publicId, { maxClicks: index + 1 }, 1)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome).toMatchObject({ reason: { code: 'stale' } });
    }
  });

  test('a group belongs to its project alone', async () => {
    const stranger = await bench.createProject();
    const group = await bench.createGroup();
    await expect(bench.groups.load(stranger, group.publicId)).rejects.toMatchObject({ code: 'not-found' });
    const stolen = bench.transact((tx) => bench.groups.delete(tx, stranger, group.publicId, undefined));
    await expect(stolen).rejects.toMatchObject({ code: 'not-found' });
  });

  test('deleting a group writes one row, and its links read as ungrouped at once', async () => {
    const group = await bench.createGroup();
    const links = await bench.createLinks([{ groupId: group.publicId }, { groupId: group.publicId }]);
    const before = await storedLinks();
    await bench.deleteGroup(group);
    expect(await storedLinks()).toEqual(before);
    for (const link of links) {
      expect(await bench.loadLink(link)).toMatchObject({ group: null, version: 1 });
    }
    await expect(bench.loadGroup(group)).rejects.toMatchObject({ code: 'not-found' });
    await expect(bench.deleteGroup(group)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('the links of a deleted group are let go in pieces, until none is left', async () => {
    while ((await release(1_000)) > 0);
    const group = await bench.createGroup();
    const kept = await bench.createGroup('Kept');
    await bench.createLinks(Array.from({ length: 5 }, () => ({ groupId: group.publicId })));
    const inKept = await bench.createLink({ groupId: kept.publicId });
    await bench.deleteGroup(group);
    const pieces: number[] = [];
    while (pieces.at(-1) !== 0) pieces.push(await release(2));
    expect(pieces).toEqual([2, 2, 1, 0]);
    expect((await storedLinks()).filter(({ group_id }) => group_id === group.id)).toEqual([]);
    expect((await bench.loadLink(inKept)).group?.id).toBe(kept.id);
  });

  test('a link that moves on while it is let go stays in its new group', async () => {
    for (let round = 0; round < 20; round++) {
      const [old, next] = [await bench.createGroup('Old'), await bench.createGroup('Next')];
      const links = await bench.createLinks(Array.from({ length: 20 }, () => ({ groupId: old.publicId })));
      await bench.deleteGroup(old);
      await Promise.all([
        bench.moveLinks(links.slice(0, 10), next),
        release(1_000),
        bench.moveLinks(links.slice(10), next),
      ]);
      const there = (await storedLinks()).filter(({ group_id }) => group_id === next.id);
      expect(there).toHaveLength(20);
      expect((await bench.loadGroup(next)).linkCount).toBe(20);
    }
  });

  test('a link that is put into a group while that is deleted is a link without a group', async () => {
    for (let round = 0; round < 10; round++) {
      const group = await bench.createGroup();
      const link = await bench.createLink();
      const [moved] = await Promise.allSettled([
        bench.updateLink(link, { groupId: group.publicId }),
        bench.deleteGroup(group),
      ]);
      if (moved.status === 'rejected') expect(moved.reason).toMatchObject({ code: 'invalid' });
      expect((await bench.loadLink(link)).group).toBeNull();
    }
  });
});
