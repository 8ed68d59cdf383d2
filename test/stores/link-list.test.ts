import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LinkQuery } from '../../src/links/link-filter.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

describe.each(ENGINES)('listing links on $name', (engine) => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
  });
  afterAll(() => bench.close());

  async function codes(query: Partial<LinkQuery>): Promise<string[]> {
    const links = await bench.links.list({ projectId: bench.project.id, limit: 1_000, ...query });
    return links.map(({ code }) => code);
  }

  test.each([
    '%',
    '_',
    '\\',
    "'",
    '%_',
    "\\'",
    '"',
    '\\%',
    '[a]',
    '*',
    '?',
    '--',
    ';',
    '$1',
    '\u{1f3d6}',
    '한글',
  ])('a search takes %s literally', async (needle) => {
    const { code } = await bench.createLink({ title: `before${needle}after` });
    await bench.createLink({ title: 'before-x-after' });
    expect(await codes({ search: `before${needle}AFTER` })).toEqual([code]);
  });

  test('a search finds part of a code, a title or a destination, ignoring case', async () => {
    const byCode = await bench.createLink({ code: 'Needle-Code' });
    const byTitle = await bench.createLink({ title: 'the NEEDLE title' });
    const byDestination = await bench.createLink({ destination: 'https://example.com/nEEdle' });
    await bench.createLink({ memo: 'needle' });
    expect(await codes({ search: 'needle' })).toEqual(
      [byDestination, byTitle, byCode].map(({ code }) => code),
    );
    expect(await codes({ search: 'needle no more' })).toEqual([]);
  });

  test.each([
    ['Ärger', 'äRGER'],
    ['Скидка', 'сКИДКА'],
    ['100%_ Öl', '100%_ öL'],
    ['이름 Été', '이름 éTÉ'],
  ])('a search for %s ignores the case of every alphabet', async (title, search) => {
    const { code } = await bench.createLink({ title: `before ${title} after` });
    await bench.createLink({ title: 'before and after' });
    expect(await codes({ search })).toEqual([code]);
  });

  test('a search for a character no link can have finds nothing', async () => {
    expect(await codes({ search: '\u0000' })).toEqual([]);
  });

  test('every filter alone and together finds what it says', async () => {
    const other = await bench.transact((tx) =>
      bench.domains.create(tx, { projectId: bench.project.id, host: 'filter.example.com', pathPrefix: 'x' }),
    );
    const group = await bench.createGroup();
    const destination = 'https://example.com/filtered';
    await bench.createLinks([
      { code: 'f-domain', domainId: other.id },
      { code: 'f-group', groupId: group.publicId, tags: ['f'] },
      { code: 'f-tag', tags: ['f', 'ü b'], externalId: 'f-1' },
      { code: 'f-destination', destination, tags: ['f'] },
      { code: 'f-destination-longer', destination: `${destination}/more` },
    ]);
    expect(await codes({ domainId: other.id })).toEqual(['f-domain']);
    expect(await codes({ groupId: group.id })).toEqual(['f-group']);
    expect(await codes({ tag: 'f' })).toEqual(['f-destination', 'f-tag', 'f-group']);
    expect(await codes({ tag: 'ü b' })).toEqual(['f-tag']);
    expect(await codes({ tag: 'F' })).toEqual([]);
    expect(await codes({ externalId: 'f-1' })).toEqual(['f-tag']);
    expect(await codes({ destination })).toEqual(['f-destination']);
    expect(await codes({ code: 'f-group' })).toEqual(['f-group']);
    expect(await codes({ tag: 'f', groupId: null })).toEqual(['f-destination', 'f-tag']);
    expect(await codes({ tag: 'f', search: 'F-TAG' })).toEqual(['f-tag']);
    await bench.deleteGroup(group);
    expect(await codes({ tag: 'f', groupId: null })).toEqual(['f-destination', 'f-tag', 'f-group']);
    expect(await codes({ projectId: await bench.createProject('Filtering') })).toEqual([]);
  });

  test('pages cover every link once, newest first, while others are created', async () => {
    const projectId = await bench.createProject('Paging');
    const there = await bench.createLinks(
      Array.from({ length: 95 }, () => ({})),
      projectId,
    );
    const seen: number[] = [];
    for (let before: number | undefined; ; ) {
      const page = await bench.links.list({
        projectId,
        limit: 10,
        ...(before === undefined ? {} : { before }),
      });
      if (page.length === 0) break;
      seen.push(...page.map(({ id }) => id));
      before = page.at(-1)?.id;
      await bench.createLinks([{}, {}], projectId);
    }
    expect(seen).toEqual(there.map(({ id }) => id).toReversed());
  });

  test('a list knows the tags and the clicks of each link, an opening balance included', async () => {
    const link = await bench.createLink({ code: 'counted', tags: ['y', 'x'] });
    await bench.transact((tx) =>
      tx.db.updateTable('link').set({ imported_clicks: 40 }).where('id', '=', link.id).execute(),
    );
    const [listed] = await bench.links.list({ projectId: bench.project.id, code: 'counted', limit: 1 });
    expect(listed).toMatchObject({ tags: ['x', 'y'], clicks: 40, lastClickAt: null });
    expect(await bench.loadLink(link)).toMatchObject({ clicks: 40 });
  });

  test('groups are listed newest first, found by any part of their name, and page likewise', async () => {
    const projectId = bench.project.id;
    const [a, b, c] = [
      await bench.createGroup('100% Wool'),
      await bench.createGroup('100 wool'),
      await bench.createGroup('cotton_x'),
    ] as const;
    const names = async (query: object) =>
      (await bench.groups.list({ projectId, limit: 10, ...query })).map(({ id }) => id);
    expect(await names({ search: '% wOOL' })).toEqual([a.id]);
    expect(await names({ search: 'WOOL' })).toEqual([b.id, a.id]);
    expect(await names({ search: 'n_X' })).toEqual([c.id]);
    expect(await names({ before: c.id, search: '100' })).toEqual([b.id, a.id]);
    expect(await names({ before: c.id, search: '100', limit: 1 })).toEqual([b.id]);
  });
});
