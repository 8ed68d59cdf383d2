import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

describe.each(ENGINES)('changing and deleting links on $name', (engine) => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
  });
  afterAll(() => bench.close());

  test('what an update says is changed, and what it does not say stays', async () => {
    const link = await bench.createLink({
      title: 'Before',
      memo: 'stays',
      settings: { maxClicks: 5, startsAt: 1_000 },
      campaign: { source: 'mail', term: 'a' },
    });
    const updated = await bench.updateLink(link, {
      destination: 'https://example.com/after',
      title: 'After',
      settings: { maxClicks: null, paused: true },
      campaign: { term: null, content: 'b' },
    });
    expect(updated).toMatchObject({
      route: { id: link.route.id, destination: 'https://example.com/after' },
      title: 'After',
      memo: 'stays',
      settings: { startsAt: 1_000, paused: true },
      campaign: { source: 'mail', content: 'b' },
      version: 2,
    });
    expect(await bench.loadLink(link)).toMatchObject(updated);
  });

  test('what an update answers is what is read afterwards, whatever the tags', async () => {
    const tags = ['b', 'B', 'a', 'A', 'ä', 'z', '_', '\u{1f600}', '\uff5e', '한', 'a b'];
    const link = await bench.createLink();
    const updated = await bench.updateLink(link, { tags });
    expect((await bench.loadLink(link)).tags).toEqual(updated.tags);
    expect([...updated.tags].sort()).toEqual([...tags].sort());
    const again = await bench.updateLink(link, { tags });
    const [, , change] = await bench.historyOf(link.publicId);
    expect(again.tags).toEqual(updated.tags);
    expect(JSON.parse(change?.data ?? '')).toEqual({});
  });

  test('a link that leads to itself since before that was refused can be changed in everything else', async () => {
    const link = await bench.createLink({ code: 'circle' });
    const itself = 'http://localhost:8080/circle';
    await bench.transact(async ({ db }) => {
      await db
        .updateTable('link_route')
        .set({ destination: itself })
        .where('id', '=', link.route.id)
        .execute();
      await db
        .updateTable('link')
        .set({ desktop_url: itself })
        .where('public_id', '=', link.publicId)
        .execute();
    });
    for (const change of [
      { title: 'Round and round' },
      { settings: { paused: true } },
      { apps: { ios: { identifier: 'com.example.app' } } },
      { desktopUrl: null },
    ])
      await bench.updateLink(link, change);
    const refused = { code: 'invalid', fields: [{ field: 'destination' }] };
    await expect(bench.updateLink(link, { destination: itself })).rejects.toMatchObject(refused);
    expect(await bench.loadLink(link)).toMatchObject({
      title: 'Round and round',
      desktopUrl: null,
      version: 5,
    });
  });

  test('an update with the version of yesterday is refused and changes nothing', async () => {
    const link = await bench.createLink({ title: 'One' });
    await bench.updateLink(link, { title: 'Two' }, 1);
    await expect(bench.updateLink(link, { title: 'Three' }, 1)).rejects.toMatchObject({ code: 'stale' });
    expect(await bench.loadLink(link)).toMatchObject({ title: 'Two', version: 2 });
  });

  test('of twenty updates that expect the same version, exactly one succeeds', async () => {
    const link = await bench.createLink();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => bench.updateLink(link, { title: `By ${index}` }, 1)),
    );
    const won = outcomes.filter(({ status }) => status === 'fulfilled');
    const lost = outcomes.filter(({ status }) => status === 'rejected');
    expect(won).toHaveLength(1);
    for (const refusal of lost) expect(refusal).toMatchObject({ reason: { code: 'stale' } });
    expect((await bench.loadLink(link)).version).toBe(2);
  });

  test('updates without a version lose nothing: each counts', async () => {
    const link = await bench.createLink();
    const fields = ['title', 'memo', 'description', 'externalId'] as const;
    await Promise.all(fields.map((field) => bench.updateLink(link, { [field]: 'said' })));
    expect(await bench.loadLink(link)).toMatchObject({
      title: 'said',
      memo: 'said',
      description: 'said',
      externalId: 'said',
      version: 5,
    });
  });

  test('an update that breaks a rule leaves no trace', async () => {
    const link = await bench.createLink({ settings: { startsAt: 2_000 } });
    const broken = bench.updateLink(link, { title: 'No', tags: ['no'], settings: { endsAt: 1_000 } });
    await expect(broken).rejects.toMatchObject({ code: 'invalid' });
    expect(await bench.loadLink(link)).toMatchObject({ title: '', tags: [], version: 1 });
  });

  test('a deleted link is gone for everyone, once', async () => {
    const link = await bench.createLink();
    await expect(bench.deleteLink(link, 7)).rejects.toMatchObject({ code: 'stale' });
    await bench.deleteLink(link, 1);
    const gone = { code: 'not-found' };
    await expect(bench.loadLink(link)).rejects.toMatchObject(gone);
    await expect(bench.updateLink(link, { title: 'x' })).rejects.toMatchObject(gone);
    await expect(bench.deleteLink(link)).rejects.toMatchObject(gone);
    await expect(bench.moveLinks([link], null)).rejects.toMatchObject({
      code: 'invalid',
      fields: [{ field: 'linkIds.0' }],
    });
  });

  test('links whose time has come delete themselves, in pieces, and no others do', async () => {
    const group = await bench.createGroup();
    const due = await bench.createLinks(
      Array.from({ length: 5 }, (_, index) => ({ deleteAt: 1_000 + index, groupId: group.publicId })),
    );
    const later = await bench.createLink({ deleteAt: 1_005, groupId: group.publicId });
    const never = await bench.createLink({ groupId: group.publicId });
    const pieces: number[] = [];
    while (pieces.at(-1) !== 0) {
      pieces.push(await bench.database.transact('system', (tx) => bench.links.deleteDue(tx, 1_004, 2)));
    }
    expect(pieces).toEqual([2, 2, 1, 0]);
    for (const link of due) await expect(bench.loadLink(link)).rejects.toMatchObject({ code: 'not-found' });
    await bench.loadLink(later);
    await bench.loadLink(never);
    expect((await bench.loadGroup(group)).linkCount).toBe(2);
    const history = await bench.historyOf((due[0] as { publicId: string }).publicId);
    expect(history.map(({ action, actor }) => [action, actor])).toEqual([
      ['created', 'key:test'],
      ['deleted', 'system'],
    ]);
  });
});
