import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { ClickFlag, type ClickRecord } from '../../src/clicks/click-record.ts';
import { clickRecord } from '../../src/clicks/testing/click-records.ts';
import { ENGINES } from '../support/engines.ts';
import { ingestPast, JAPAN, KOREA, NOWHERE, numberOfLink } from '../support/past-clicks.ts';
import { until } from '../support/until.ts';
import { type Json, STRANGER } from './api.ts';
import { IN_KOREAN, inQuery, Vivoldi } from './vivoldi-client.ts';

const NONE = { acesCnt: 0, pernCnt: 0 };
const DOMAIN = 'https://vvd.bz';
const MARCH = { startYmd: '2026-03-01', endYmd: '2026-03-31' };

describe.each(ENGINES)('statistics of the Vivoldi API on $name', (engine) => {
  let vivoldi: Vivoldi;
  let summer: number;
  let winter: number;
  let empty: number;
  beforeAll(async () => {
    vivoldi = await Vivoldi.open(engine);
    summer = await vivoldi.group({ nm: 'Summer' });
    winter = await vivoldi.group({ nm: 'Winter', blockOverseasSticsYn: 'Y' });
    empty = await vivoldi.group({ nm: 'Empty' });
    await vivoldi.link({ brandLinkId: 'a', grpIdx: summer });
    await vivoldi.link({ brandLinkId: 'b', grpIdx: winter });
    await vivoldi.link({ brandLinkId: 'c' });
    const { location } = vivoldi.api;
    const [a, b, c] = [
      await numberOfLink(location, 'a'),
      await numberOfLink(location, 'b'),
      await numberOfLink(location, 'c'),
    ];
    const click = (linkId: number, groupId: number | null, when: string, changes: Partial<ClickRecord>) =>
      clickRecord({ linkId, groupId, at: Date.parse(when), ...changes });
    await ingestPast(location, [
      click(a, summer, '2026-03-01T00:00:00+09:00', { address: KOREA[0] }),
      click(a, summer, '2026-03-01T00:30:00+09:00', { address: KOREA[0] }),
      click(a, summer, '2026-03-01T23:59:59+09:00', { address: KOREA[0] }),
      click(a, summer, '2026-03-01T23:00:00+09:00', { address: KOREA[1], flags: ClickFlag.crawler }),
      click(a, summer, '2026-03-02T00:00:00+09:00', { address: KOREA[0] }),
      click(b, winter, '2026-03-01T12:00:00+09:00', { address: KOREA[0] }),
      click(b, winter, '2026-03-01T12:00:30+09:00', { address: JAPAN }),
      click(b, winter, '2026-03-01T12:01:00+09:00', { address: NOWHERE }),
      click(c, null, '2026-03-31T13:00:00+09:00', { address: JAPAN }),
      click(c, null, '2026-04-01T00:00:00+09:00', { address: JAPAN }),
    ]);
  });
  afterAll(() => vivoldi.close());

  type Query = Readonly<Record<string, string | number>>;
  const get = (path: string, query: Query) => vivoldi.ok('GET', `${path}?${inQuery(query)}`);
  const byDate = (query: Query) => get('statistics/v2/clicks-by-date', query);
  const byHour = (query: Query) => get('statistics/v2/clicks-by-hour', query);
  const byGroup = (query: Query) => get('link/v1/clicks-by-group', query);

  describe('by date', () => {
    test('of everything: each day is listed, people counted once a link and day', async () => {
      const days = await byDate(MARCH);
      expect(days).toHaveLength(31);
      expect(days[0]).toEqual({ ymd: '2026-03-01', acesCnt: 5, pernCnt: 3 });
      expect(days[1]).toEqual({ ymd: '2026-03-02', acesCnt: 1, pernCnt: 1 });
      expect(days[30]).toEqual({ ymd: '2026-03-31', acesCnt: 1, pernCnt: 1 });
      for (const day of days.slice(2, 30)) expect(day).toEqual({ ymd: day.ymd, ...NONE });
      expect(days.map(({ ymd }: Json) => ymd)).toEqual(
        Array.from({ length: 31 }, (_, index) => `2026-03-${String(index + 1).padStart(2, '0')}`),
      );
    });

    test.each([
      ['a link', () => ({ linkId: 'a', domain: DOMAIN }), 3, 1],
      ['a link without its domain', () => ({ linkId: 'a' }), 3, 1],
      ['a link, whatever the group', () => ({ linkId: 'a', domain: DOMAIN, grpIdx: winter }), 3, 1],
      ['a group', () => ({ grpIdx: summer }), 3, 1],
      ['a group by its other name', () => ({ groupIdx: summer }), 3, 1],
      ['a group without foreign clicks', () => ({ grpIdx: winter }), 2, 2],
      ['a group nothing is in', () => ({ grpIdx: empty }), 0, 0],
      ['no group', () => ({ grpIdx: 0 }), 5, 3],
      ['nothing named', () => ({ linkId: '', domain: '', grpIdx: '' }), 5, 3],
    ])('of %s', async (_, query, acesCnt, pernCnt) => {
      expect(await byDate({ ...query(), startYmd: '2026-03-01', endYmd: '2026-03-01' })).toEqual([
        { ymd: '2026-03-01', acesCnt, pernCnt },
      ]);
    });

    test('as it was in the first version: of one link, which it names', async () => {
      const days = await get('statistics/v1/clicks-by-date', { linkId: 'a', domain: DOMAIN, ...MARCH });
      expect(days).toHaveLength(31);
      expect(Object.keys(days[0])).toEqual(['ymd', 'linkId', 'domain', 'acesCnt', 'pernCnt']);
      expect(days[0]).toEqual({
        ymd: '2026-03-01',
        linkId: 'a',
        domain: 'http://go.test',
        acesCnt: 3,
        pernCnt: 1,
      });
      expect(days[5]).toMatchObject({ ymd: '2026-03-06', linkId: 'a', ...NONE });
      for (const missing of ['linkId', 'domain', 'startYmd', 'endYmd']) {
        const { [missing]: __, ...rest } = { linkId: 'a', domain: DOMAIN, ...MARCH } as Record<
          string,
          string
        >;
        const path = `statistics/v1/clicks-by-date?${inQuery(rest)}`;
        expect(await vivoldi.refused(400, 'GET', path)).toMatch(new RegExp(`^${missing}: `));
      }
    });

    test('of a month, from a day to the same day of the next', async () => {
      expect(await byDate({ startYmd: '2026-01-15', endYmd: '2026-02-15' })).toHaveLength(32);
      expect(await byDate({ startYmd: '2024-02-29', endYmd: '2024-03-29' })).toHaveLength(30);
    });

    test('in the project’s zone as it is now', async () => {
      await vivoldi.api.ok('PATCH', '/project', { body: { timeZone: 'UTC' } });
      expect(await byDate({ linkId: 'a', startYmd: '2026-02-28', endYmd: '2026-03-02' })).toEqual([
        { ymd: '2026-02-28', acesCnt: 2, pernCnt: 1 },
        { ymd: '2026-03-01', acesCnt: 2, pernCnt: expect.any(Number) },
        { ymd: '2026-03-02', ...NONE },
      ]);
      await vivoldi.api.ok('PATCH', '/project', { body: { timeZone: 'Asia/Seoul' } });
    });
  });

  describe('by hour', () => {
    test('all twenty-four, people counted once a link and hour', async () => {
      const hours = await byHour({ ymd: '2026-03-01' });
      expect(hours.map(({ hour }: Json) => hour)).toEqual(Array.from({ length: 24 }, (_, hour) => hour));
      expect(hours[0]).toEqual({ ymd: '2026-03-01', hour: 0, acesCnt: 2, pernCnt: 1 });
      expect(hours[12]).toEqual({ ymd: '2026-03-01', hour: 12, acesCnt: 2, pernCnt: 2 });
      expect(hours[23]).toEqual({ ymd: '2026-03-01', hour: 23, acesCnt: 1, pernCnt: 1 });
      expect(hours[1]).toEqual({ ymd: '2026-03-01', hour: 1, ...NONE });
    });

    test('of a link, of a group, under either version', async () => {
      for (const query of [{ linkId: 'a', domain: DOMAIN }, { grpIdx: summer }, { groupIdx: summer }]) {
        const hours = await byHour({ ymd: '2026-03-01', ...query });
        expect(hours.filter(({ acesCnt }: Json) => acesCnt > 0)).toHaveLength(2);
        expect(await get('statistics/v1/clicks-by-hour', { ymd: '2026-03-01', ...query })).toEqual(hours);
      }
    });

    test('of days on which clocks change', async () => {
      await vivoldi.api.ok('PATCH', '/project', { body: { timeZone: 'America/New_York' } });
      await vivoldi.link({ brandLinkId: 'clocks' });
      const linkId = await numberOfLink(vivoldi.api.location, 'clocks');
      const click = (when: string) => clickRecord({ linkId, at: Date.parse(when), address: KOREA[0] });
      await ingestPast(vivoldi.api.location, [
        click('2025-03-09T06:59:00Z'),
        click('2025-03-09T07:00:00Z'),
        click('2025-11-02T05:30:00Z'),
        click('2025-11-02T06:30:00Z'),
      ]);
      const spring = await byHour({ ymd: '2025-03-09', linkId: 'clocks' });
      expect(spring.map(({ acesCnt }: Json) => acesCnt).slice(0, 4)).toEqual([0, 1, 0, 1]);
      const autumn = await byHour({ ymd: '2025-11-02', linkId: 'clocks' });
      expect(autumn).toHaveLength(24);
      expect(autumn[1]).toEqual({ ymd: '2025-11-02', hour: 1, acesCnt: 2, pernCnt: 2 });
      await vivoldi.api.ok('PATCH', '/project', { body: { timeZone: 'Asia/Seoul' } });
    });
  });

  describe('by group', () => {
    test('all of them, newest first, also without clicks', async () => {
      const all = await byGroup({ ymd: '2026-03-01' });
      expect(all).toEqual({
        extra: { pages: 1, nextPages: 1, nextYn: 'N', count: 3, totalCount: 3 },
        list: [
          { grpIdx: empty, grpNm: 'Empty', ...NONE },
          { grpIdx: winter, grpNm: 'Winter', acesCnt: 2, pernCnt: 2 },
          { grpIdx: summer, grpNm: 'Summer', acesCnt: 3, pernCnt: 1 },
        ],
      });
      for (const path of [
        'link/v2/clicks-by-group',
        'statistics/v1/clicks-by-group',
        'statistics/v2/clicks-by-group',
      ]) {
        expect(await get(path, { ymd: '2026-03-01' }), path).toEqual(all);
      }
      expect(await byGroup({ ymd: '2026-03-01', grpIdx: 0 })).toEqual(all);
      expect(await byGroup({ ymd: '2026-03-01', grpIdx: '' })).toEqual(all);
    });

    test.each(['grpIdx', 'grpIdxList', 'groupIdx'])('those that %s names, in its order', async (field) => {
      const { list } = await byGroup({ ymd: '2026-03-01', [field]: `${summer}, ${empty},${summer}` });
      expect(list.map(({ grpIdx }: Json) => grpIdx)).toEqual([summer, empty]);
      expect((await byGroup({ ymd: '2026-03-02', [field]: summer })).list).toEqual([
        { grpIdx: summer, grpNm: 'Summer', acesCnt: 1, pernCnt: 1 },
      ]);
    });

    test('thirty on a page', async () => {
      const many = await Promise.all(
        Array.from({ length: 31 }, (_, index) => vivoldi.group({ nm: `Many ${index}` })),
      );
      const query = { ymd: '2026-03-01', grpIdxList: [...many, summer].join() };
      const first = await byGroup(query);
      expect(first.extra).toEqual({ pages: 1, nextPages: 2, nextYn: 'Y', count: 30, totalCount: 32 });
      const second = await byGroup({ ...query, pages: 2 });
      expect(second.extra).toEqual({ pages: 2, nextPages: 2, nextYn: 'N', count: 2, totalCount: 32 });
      expect(second.list[1]).toMatchObject({ grpIdx: summer, acesCnt: 3 });
      const all = await byGroup({ ymd: '2026-03-01', pages: 2 });
      expect(all.extra).toMatchObject({ count: 4, totalCount: 34 });
      expect(all.list.at(-1)).toMatchObject({ grpIdx: summer, acesCnt: 3 });
      await Promise.all(many.map((grpIdx) => vivoldi.ok('DELETE', `link-group/v1/delete?grpIdx=${grpIdx}`)));
    });
  });

  test('a visit is there within seconds, and in the lists', async () => {
    // Its day does not end meanwhile.
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    await vivoldi.link({ brandLinkId: 'now' });
    await vivoldi.api.visit('/now', { 'x-forwarded-for': KOREA[0] });
    await vivoldi.api.visit('/now', { 'x-forwarded-for': JAPAN });
    await until(async () => (await vivoldi.get('now')).acesCnt === 2, 'both are counted');
    expect(await vivoldi.get('now')).toMatchObject({ acesCnt: 2, pernCnt: 2 });
    const today = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);
    const day = async () => (await byDate({ linkId: 'now', startYmd: today, endYmd: today }))[0];
    expect(await day()).toEqual({ ymd: today, acesCnt: 2, pernCnt: 2 });
    await vivoldi.update('now', { blockOverseasSticsYn: 'Y' });
    expect(await day()).toEqual({ ymd: today, acesCnt: 1, pernCnt: 1 });
    expect(await vivoldi.get('now')).toMatchObject({ acesCnt: 1, pernCnt: 1 });
    await vivoldi.update('now', { blockOverseasSticsYn: 'N' });
    expect(await day()).toEqual({ ymd: today, acesCnt: 2, pernCnt: 2 });
  });

  const DAY = 'ymd=2026-03-01';
  const DAYS = 'startYmd=2026-03-01&endYmd=2026-03-02';
  test.each<[code: number, path: string, said: RegExp]>([
    [400, 'statistics/v2/clicks-by-date', /^startYmd: .* endYmd: /],
    [400, 'statistics/v2/clicks-by-date?startYmd=2026-03-01', /^endYmd: /],
    [400, 'statistics/v2/clicks-by-date?startYmd=20260301&endYmd=2026-03-01', /^startYmd: Send a date/],
    [400, 'statistics/v2/clicks-by-date?startYmd=2026-02-29&endYmd=2026-03-01', /^startYmd: /],
    [400, 'statistics/v2/clicks-by-date?startYmd=2026-03-02&endYmd=2026-03-01', /^endYmd: The end/],
    [400, 'statistics/v2/clicks-by-date?startYmd=2026-03-01&endYmd=2026-04-02', /^endYmd: .*a month/],
    [400, `statistics/v2/clicks-by-date?${DAYS}&grpIdx=many`, /^grpIdx: /],
    [400, `statistics/v2/clicks-by-date?${DAYS}&grpIdx=1&grpIdx=2`, /^grpIdx: .*once/],
    [404, `statistics/v2/clicks-by-date?${DAYS}&linkId=none`, /^linkId: /],
    [422, `statistics/v2/clicks-by-date?${DAYS}&linkId=a&domain=nowhere.test`, /^domain: /],
    [404, `statistics/v2/clicks-by-date?${DAYS}&grpIdx=999999999`, /^grpIdx: /],
    [404, `statistics/v2/clicks-by-date?${DAYS}&groupIdx=999999999`, /^groupIdx: /],
    [404, `statistics/v1/clicks-by-date?${DAYS}&linkId=none&domain=vvd.bz`, /^linkId: /],
    [400, 'statistics/v2/clicks-by-hour', /^ymd: /],
    [400, 'statistics/v2/clicks-by-hour?ymd=2026-03-01%2000:00:00', /^ymd: /],
    [404, `statistics/v2/clicks-by-hour?${DAY}&linkId=none`, /^linkId: /],
    [400, 'link/v1/clicks-by-group', /^ymd: /],
    [404, `link/v1/clicks-by-group?${DAY}&grpIdxList=999999999`, /^grpIdxList: /],
    [404, `link/v1/clicks-by-group?${DAY}&grpIdx=999999998,999999999`, /^grpIdx: /],
    [400, `link/v1/clicks-by-group?${DAY}&grpIdx=1,x`, /^grpIdx: /],
    [413, `link/v1/clicks-by-group?${DAY}&grpIdx=${Array(101).fill(1)}`, /^grpIdx: .*100 groups/],
    [400, `link/v1/clicks-by-group?${DAY}&pages=0`, /^pages: /],
  ])('%i for %s', async (code, path, said) => {
    expect(await vivoldi.refused(code, 'GET', path)).toMatch(said);
    expect(await vivoldi.refused(code, 'GET', path, { headers: IN_KOREAN })).toMatch(/[가-힣]/);
  });

  test('nobody sees what another project has', async () => {
    const theirs = (path: string) => vivoldi.call('GET', path, { key: STRANGER });
    for (const query of ['linkId=a', `grpIdx=${summer}`]) {
      const { json } = await theirs(`statistics/v2/clicks-by-date?${DAYS}&${query}`);
      expect(json.code, query).toBe(404);
    }
    expect((await theirs(`link/v1/clicks-by-group?${DAY}&grpIdx=${summer}`)).json.code).toBe(404);
    expect((await theirs(`link/v1/clicks-by-group?${DAY}`)).json.result.list).toEqual([]);
    const { json } = await theirs(`statistics/v2/clicks-by-date?${DAYS}`);
    expect(json.result.map(({ acesCnt }: Json) => acesCnt)).toEqual([0, 0]);
  });
});
