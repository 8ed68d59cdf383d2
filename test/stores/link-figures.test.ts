import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClickFlag, ClickKind, type ClickRecord } from '../../src/clicks/click-record.ts';
import { clickRecord } from '../../src/clicks/testing/click-records.ts';
import type { CountedLink, Link } from '../../src/links/link.ts';
import { loadFigures } from '../../src/links/link-figures.ts';
import { prepareSettings } from '../../src/links/settings-change.ts';
import { ENGINES } from '../support/engines.ts';
import { AMERICA, ingestPast, JAPAN, KOREA, NOWHERE } from '../support/past-clicks.ts';
import { Workbench } from '../support/workbench.ts';

describe.each(ENGINES)('what links show of their clicks on $name', (engine) => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
  });
  afterAll(() => bench.close());

  const ingest = (records: readonly ClickRecord[]) => ingestPast(bench.location, records);
  const click = ({ id }: Link, address: string, changes: Partial<ClickRecord> = {}) =>
    clickRecord({ linkId: id, address, ...changes });
  const figures = async (link: Link) => {
    const { clicks, visitors } = (await bench.loadLink(link)) as CountedLink;
    return [clicks, visitors];
  };

  test('clicks, and those behind them each once, with what an import brought along', async () => {
    const [a, b, c] = await bench.createLinks([{}, {}, {}]);
    if (!a || !b || !c) throw new Error('three links were asked for');
    await ingest([
      click(a, NOWHERE),
      click(a, NOWHERE, { flags: ClickFlag.qr }),
      click(a, '192.0.2.2', { flags: ClickFlag.automated }),
      click(a, '192.0.2.3', { flags: ClickFlag.slot }),
      click(a, '192.0.2.4', { flags: ClickFlag.crawler }),
      click(a, '192.0.2.5', { flags: ClickFlag.uncounted | ClickFlag.slot }),
      click(a, '192.0.2.6', { kind: ClickKind.appOpen }),
      click(b, NOWHERE),
    ]);
    const imported = { imported_clicks: 70, imported_visitors: 40 };
    await bench.transact((tx) =>
      tx.db.updateTable('link').set(imported).where('id', 'in', [b.id, c.id]).execute(),
    );
    expect(await figures(a)).toEqual([4, 3]);
    expect(await figures(b)).toEqual([71, 41]);
    expect(await figures(c)).toEqual([70, 40]);
    expect(await loadFigures(bench.database.read, [])).toEqual(new Map());
  });

  test('foreign clicks come and go with what applies: the link’s own, the group’s, the link’s again', async () => {
    const group = await bench.createGroup();
    const link = await bench.createLink({ groupId: group.publicId });
    await ingest([
      click(link, KOREA[0]),
      click(link, KOREA[1]),
      click(link, KOREA[1]),
      click(link, JAPAN),
      click(link, JAPAN),
      click(link, AMERICA),
      click(link, NOWHERE),
    ]);
    const [all, domestic] = [
      [7, 5],
      [4, 3],
    ];
    const setGroup = async (excludeForeign: boolean | null) => {
      const settings = await prepareSettings({ excludeForeign }, 'group');
      await bench.transact((tx) =>
        bench.groups.update(tx, bench.project.id, group.publicId, { settings }, undefined),
      );
    };
    expect(await figures(link)).toEqual(all);
    await bench.updateLink(link, { settings: { excludeForeign: true } });
    expect(await figures(link)).toEqual(domestic);
    await setGroup(false);
    expect(await figures(link)).toEqual(all);
    await bench.updateLink(link, { settings: { excludeForeign: null } });
    await setGroup(true);
    expect(await figures(link)).toEqual(domestic);
    await bench.updateLink(link, { settings: { excludeForeign: false } });
    expect(await figures(link)).toEqual(domestic);
    await bench.deleteGroup(group);
    expect(await figures(link)).toEqual(all);
  });

  test('home is the project’s, as it is now', async () => {
    const link = await bench.createLink({ settings: { excludeForeign: true } });
    await ingest([click(link, KOREA[0]), click(link, JAPAN), click(link, JAPAN), click(link, NOWHERE)]);
    expect(await figures(link)).toEqual([2, 2]);
    const setHome = (homeCountry: string) =>
      bench.transact((tx) => bench.projects.update(tx, bench.project.id, { homeCountry }, undefined));
    await setHome('JP');
    expect(await figures(link)).toEqual([3, 2]);
    await setHome('KR');
    expect(await figures(link)).toEqual([2, 2]);
  });

  test('a list says of every link what the link says of itself', async () => {
    const links = await bench.createLinks([
      { tags: ['figures'] },
      { tags: ['figures'], settings: { excludeForeign: true } },
      { tags: ['figures'] },
    ]);
    await ingest(
      links.flatMap((link, index) => [
        click(link, AMERICA),
        ...Array.from({ length: index }, () => click(link, KOREA[0])),
      ]),
    );
    const listed = await bench.links.list({ projectId: bench.project.id, tag: 'figures', limit: 10 });
    expect(listed.map(({ clicks, visitors }) => [clicks, visitors]).reverse()).toEqual([
      [1, 1],
      [1, 1],
      [3, 2],
    ]);
    for (const one of listed) {
      expect(await bench.loadLink(one)).toEqual(one);
      expect(await bench.links.count(one)).toEqual(one);
    }
  });
});
