import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Link } from '../../src/links/link.ts';
import type { LinkFilter, LinkQuery } from '../../src/links/link-filter.ts';
import { hasEnded } from '../../src/links/link-status.ts';
import { effective } from '../../src/links/overlay.ts';
import type { Settings } from '../../src/links/setting.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

const NOW = Date.UTC(2026, 5, 1);

describe.each(ENGINES)('filtering and counting links on $name', (engine) => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
  });
  afterAll(() => bench.close());

  const list = (query: Partial<LinkQuery>) =>
    bench.links.list({ projectId: bench.project.id, limit: 1_000, ...query });
  async function found(filter: Partial<LinkFilter>): Promise<string[]> {
    const links = await list(filter);
    expect(await bench.links.total({ projectId: bench.project.id, ...filter })).toBe(links.length);
    return links.map(({ code }) => code);
  }

  test('title and memo by a part of them, and what a link is called by code or title', async () => {
    const { code } = await bench.createLink({ title: 'Zebra crossing', memo: 'for Yak', code: 'wildlife' });
    await bench.createLink({ title: 'Other', memo: 'zebra', destination: 'https://wildlife.example/yak' });
    expect(await found({ title: 'ZEBRA' })).toEqual([code]);
    expect(await found({ memo: 'yak' })).toEqual([code]);
    expect(await found({ named: 'wildlife' })).toEqual([code]);
    expect(await found({ named: 'crossing' })).toEqual([code]);
    expect(await found({ named: '\0' })).toEqual([]);
  });

  test('what another project’s links have in common with ours finds ours alone', async () => {
    const theirs = await bench.createProject();
    const shared = { tags: ['common'], destination: 'https://common.example/', title: 'Common ground' };
    await bench.createLinks([shared, { ...shared, code: 'theirs-common' }], theirs);
    const { code } = await bench.createLink({ ...shared, externalId: 'common' });
    await bench.createLinks([shared, shared], theirs);
    expect(await found({ tag: 'common' })).toEqual([code]);
    expect(await found({ destination: 'https://common.example/' })).toEqual([code]);
    expect(await found({ search: 'common' })).toEqual([code]);
    expect(await found({ named: 'common', hasCustomCode: false })).toEqual([code]);
    expect(await found({ tag: 'common', hasCustomCode: true })).toEqual([]);
    const reused = (projectId: number) =>
      bench.transact((tx) =>
        bench.links.findReusable(tx, projectId, bench.domain.id, 'https://common.example/', NOW),
      );
    expect((await reused(bench.project.id))?.code).toBe(code);
    expect((await reused(theirs))?.code).not.toBe(code);
  });

  test('codes chosen by hand, and sources', async () => {
    const prepared = await bench.links.prepareNew({
      destination: 'https://example.com/',
      domainId: bench.domain.id,
      memo: 'by hand',
      code: 'by-hand',
    });
    await bench.transact((tx) => bench.links.create(tx, bench.project.id, 'vivoldi', [prepared]));
    const generated = await bench.createLink({ memo: 'by hand' });
    expect(await found({ memo: 'by hand', hasCustomCode: true })).toEqual(['by-hand']);
    expect(await found({ memo: 'by hand', hasCustomCode: false })).toEqual([generated.code]);
    expect(await found({ memo: 'by hand', sources: ['vivoldi', 'bulk'] })).toEqual(['by-hand']);
    expect(await found({ memo: 'by hand', sources: ['api'] })).toEqual([generated.code]);
  });

  test('flags of the link’s own settings: off and unset are both not on', async () => {
    const memo = 'flags';
    const on = await bench.createLink({ memo, settings: { qrBypass: true } });
    const off = await bench.createLink({
      memo,
      settings: { qrBypass: false, expiredUrl: 'https://a.example/?"qrBypass":true'.replaceAll('"', '%22') },
    });
    const unset = await bench.createLink({ memo });
    expect(await found({ memo, flags: { qrBypass: true } })).toEqual([on.code]);
    expect(await found({ memo, flags: { qrBypass: false } })).toEqual([unset.code, off.code]);
  });

  test('spans of creation and of planned deletion, their end excluded', async () => {
    const memo = 'spans';
    const link = await bench.createLink({ memo, deleteAt: NOW });
    const at = link.createdAt;
    expect(await found({ memo, created: { from: at, until: at + 1 } })).toEqual([link.code]);
    expect(await found({ memo, created: { from: at + 1 } })).toEqual([]);
    expect(await found({ memo, created: { until: at } })).toEqual([]);
    expect(await found({ memo, deleting: { from: NOW, until: NOW + 1 } })).toEqual([link.code]);
    expect(await found({ memo, deleting: { until: NOW } })).toEqual([]);
  });

  test('pages by offset, either way round', async () => {
    const memo = 'pages';
    const codes = (await bench.createLinks([{ memo }, { memo }, { memo }])).map(({ code }) => code);
    const page = async (query: Partial<LinkQuery>) =>
      (await list({ memo, ...query })).map(({ code }) => code);
    expect(await page({ limit: 2 })).toEqual([codes[2], codes[1]]);
    expect(await page({ limit: 2, offset: 2 })).toEqual([codes[0]]);
    expect(await page({ limit: 2, offset: 4 })).toEqual([]);
    expect(await page({ oldestFirst: true, offset: 1 })).toEqual([codes[1], codes[2]]);
  });

  test('a link is found by its code on one domain, or on any', async () => {
    const other = await bench.transact((tx) =>
      bench.domains.create(tx, { projectId: bench.project.id, host: 'brand.test', pathPrefix: '' }),
    );
    const first = await bench.createLink({ code: 'twice' });
    const second = await bench.createLink({ code: 'twice', domainId: other.id });
    const { id } = bench.project;
    expect(await bench.links.findByCode(id, other.id, 'twice')).toMatchObject({ id: second.id, clicks: 0 });
    expect(await bench.links.findByCode(id, undefined, 'twice')).toMatchObject({ id: first.id });
    for (const code of ['TWICE', '', '\0', 'twice\0'])
      expect(await bench.links.findByCode(id, undefined, code)).toBeUndefined();
    await bench.deleteLink(first);
    expect(await bench.links.findByCode(id, undefined, 'twice')).toMatchObject({ id: second.id });
  });

  test('free is what could be claimed: a brand id of a deleted link by its project alone', async () => {
    const { id } = bench.project;
    const isFree = (code: string, projectId = id) => bench.links.isFree(projectId, bench.domain.id, code);
    const brand = await bench.createLink({ code: 'brand-id' });
    const random = await bench.createLink();
    expect(await isFree('never-seen')).toBe(true);
    expect(await isFree('brand-id')).toBe(false);
    await bench.deleteLink(brand);
    await bench.deleteLink(random);
    expect(await isFree('brand-id')).toBe(true);
    expect(await isFree('brand-id', id + 1)).toBe(false);
    expect(await isFree(random.code)).toBe(false);
    expect(await isFree('\0')).toBe(true);
  });

  test('the oldest active link to a destination can be used again', async () => {
    const destination = 'https://example.com/again?a=1';
    const reusable = () =>
      bench.transact((tx) =>
        bench.links.findReusable(tx, bench.project.id, bench.domain.id, destination, NOW),
      );
    expect(await reusable()).toBeUndefined();
    const endsAt = NOW - 1;
    const ended = await bench.createGroup('ended', { endsAt });
    await bench.createLinks([
      { destination, settings: { paused: true } },
      { destination, groupId: ended.publicId },
      { destination, deleteAt: NOW },
      { destination: `${destination}&b` },
    ]);
    expect(await reusable()).toBeUndefined();
    const [oldest] = await bench.createLinks([{ destination }, { destination }]);
    expect((await reusable())?.id).toBe(oldest?.id);
  });

  test('a status filter finds what the rule says, whatever link and group have set', async () => {
    const settings = fc.record(
      {
        paused: fc.boolean(),
        endsAt: fc.constantFrom<number | false>(false, 0, NOW - 1, NOW, NOW + 1),
      },
      { requiredKeys: [] },
    ) as fc.Arbitrary<Settings>;
    const cases = fc.sample(fc.record({ own: settings, over: fc.option(settings) }), 60);
    const memo = 'status';
    const links: Link[] = [];
    for (const { own, over } of cases) {
      const group = over ? await bench.createGroup('g', over) : undefined;
      links.push(await bench.createLink({ memo, settings: own, groupId: group?.publicId }));
    }
    const statusOf = ({ settings: own, group }: Link) => {
      if (hasEnded(own, group?.settings, NOW)) return 'ended';
      return effective('paused', own, group?.settings) ? 'paused' : 'active';
    };
    for (const is of ['active', 'paused', 'ended'] as const) {
      const expected = links.filter((link) => statusOf(link) === is).map(({ code }) => code);
      expect((await found({ memo, status: { is, at: NOW } })).toSorted()).toEqual(expected.toSorted());
    }
  });
});
