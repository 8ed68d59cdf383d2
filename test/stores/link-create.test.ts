import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LinkLookup } from '../../src/links/link-lookup.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

describe.each(ENGINES)('creating links on $name', (engine) => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
  });
  afterAll(() => bench.close());

  const countLinks = async () => {
    const { n } = await bench.database.read
      .selectFrom('link')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow();
    return n;
  };

  test('a link keeps everything that was said about it', async () => {
    const group = await bench.createGroup();
    const created = await bench.createLink({
      code: 'summer-sale',
      destination: 'https://example.com/a?b=c#d',
      groupId: group.publicId,
      title: 'Sömmer \u{1f3d6} sale',
      description: 'line one\nline two',
      imageUrl: 'https://example.com/i.png',
      memo: "it's \\ 100% _free_",
      tags: ['b', 'a', 'b'],
      settings: { maxClicks: 5, paused: false, redirectType: 301 },
      campaign: { source: 'mail', medium: null },
      metadata: { order: '42' },
      externalId: 'ext-1',
      deleteAt: 4_000_000_000_000,
    });
    const loaded = await bench.links.load(bench.project.id, created.publicId);
    expect(loaded).toEqual({ ...created, clicks: 0, visitors: 0, lastClickAt: null });
    expect(loaded).toMatchObject({
      code: 'summer-sale',
      route: { destination: 'https://example.com/a?b=c#d' },
      group: { publicId: group.publicId },
      title: 'Sömmer \u{1f3d6} sale',
      description: 'line one\nline two',
      memo: "it's \\ 100% _free_",
      tags: ['a', 'b'],
      settings: { maxClicks: 5, paused: false, redirectType: 301 },
      campaign: { source: 'mail' },
      metadata: { order: '42' },
      externalId: 'ext-1',
      deleteAt: 4_000_000_000_000,
      source: 'api',
      version: 1,
    });
  });

  test('what a visit looks up is the link that was created', async () => {
    const lookup = new LinkLookup(bench.database);
    const group = await bench.createGroup('Looked up', { maxClicks: 3 });
    const link = await bench.createLink({ code: 'looked-up', groupId: group.publicId });
    expect(await lookup.findLink(bench.domain.id, 'looked-up')).toMatchObject({
      id: link.id,
      projectId: bench.project.id,
      groupId: group.id,
      routeId: link.route.id,
      destination: link.route.destination,
      timeZone: 'Asia/Seoul',
    });
    expect(await lookup.findGroup(group.id)).toEqual({ id: group.id, settings: { maxClicks: 3 } });
    expect(await lookup.findLink(bench.domain.id, 'Looked-up')).toBeUndefined();
    expect(await lookup.findLink(bench.domain.id + 1, 'looked-up')).toBeUndefined();
    await bench.deleteGroup(group);
    await bench.deleteLink(link);
    expect(await lookup.findLink(bench.domain.id, 'looked-up')).toBeUndefined();
    expect(await lookup.findGroup(group.id)).toBeUndefined();
  });

  test('a thousand links are created in one go, in the order they were given', async () => {
    const group = await bench.createGroup();
    const inputs = Array.from({ length: 1_000 }, (_, index) => ({
      destination: `https://example.com/${index}`,
      groupId: index % 2 === 0 ? group.publicId : null,
      tags: [`tag-${index % 3}`],
      ...(index % 10 === 0 ? { code: `bulk-${index}` } : {}),
    }));
    const links = await bench.createLinks(inputs);
    expect(links.map(({ route }) => route.destination)).toEqual(inputs.map(({ destination }) => destination));
    expect(links[30]).toMatchObject({ code: 'bulk-30', tags: ['tag-0'], group: { id: group.id } });
    expect(new Set(links.map(({ code }) => code)).size).toBe(1_000);
    expect((await bench.loadGroup(group)).linkCount).toBe(500);
  });

  test('when one of a thousand cannot be created, none is', async () => {
    await bench.createLink({ code: 'in-the-way' });
    const group = await bench.createGroup();
    const before = await countLinks();
    const inputs = Array.from({ length: 1_000 }, (_, index) => ({
      groupId: group.publicId,
      code: index === 777 ? 'in-the-way' : `all-or-none-${index}`,
    }));
    await expect(bench.createLinks(inputs)).rejects.toMatchObject({
      code: 'code-taken',
      fields: [{ field: 'links.777.code' }],
    });
    expect(await countLinks()).toBe(before);
    expect((await bench.loadGroup(group)).linkCount).toBe(0);
    await bench.createLink({ code: 'all-or-none-0' });
  });

  test('a group of another project, a deleted one and none at all are refused alike', async () => {
    const deleted = await bench.createGroup();
    await bench.deleteGroup(deleted);
    const stranger = await bench.createProject();
    const group = await bench.createGroup();
    const refusal = { code: 'invalid', fields: [{ field: 'links.0.groupId' }] };
    await expect(bench.createLink({ groupId: deleted.publicId })).rejects.toMatchObject(refusal);
    await expect(bench.createLink({ groupId: 'grp_none' })).rejects.toMatchObject(refusal);
    await expect(bench.createLink({ groupId: group.publicId }, stranger)).rejects.toMatchObject(refusal);
  });

  test('a link of another project is not found', async () => {
    const stranger = await bench.createProject('Stranger');
    const link = await bench.createLink();
    await expect(bench.links.load(stranger, link.publicId)).rejects.toMatchObject({ code: 'not-found' });
    await expect(bench.deleteLink({ ...link, projectId: stranger })).rejects.toMatchObject({
      code: 'not-found',
    });
    expect((await bench.loadLink(link)).version).toBe(1);
  });
});
