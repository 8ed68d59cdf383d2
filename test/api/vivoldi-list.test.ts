import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { type Json, PERSON, STRANGER } from './api.ts';
import { IN_KOREAN, inQuery, URL_A, Vivoldi } from './vivoldi-client.ts';
import { isKorean } from './vivoldi-fields.ts';

type Query = Readonly<Record<string, string | number>>;

describe.each(ENGINES)('lists on $name', (engine) => {
  let vivoldi: Vivoldi;
  beforeAll(async () => {
    vivoldi = await Vivoldi.open(engine);
  });
  afterAll(() => vivoldi.close());

  /** What the clocks of the project show, `secondsLater`. */
  const clock = (secondsLater: number) =>
    new Date(Date.now() + (secondsLater + 9 * 3600) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  const now = () => ({ regStartYmdt: clock(-600), regEndYmdt: clock(600) });
  const idsOf = async (query: Query): Promise<string[]> => {
    const { list } = await vivoldi.list({ ...now(), ...query });
    return list.map(({ linkId }: Json) => linkId).sort();
  };

  describe('of links, filtered', () => {
    let grpIdx: number;
    beforeAll(async () => {
      await vivoldi.api.ok('POST', '/domains', { body: { host: 'other.test' } });
      grpIdx = await vivoldi.group();
      await vivoldi.link({ brandLinkId: 'plain' });
      await vivoldi.link({
        brandLinkId: 'full',
        domain: 'https://other.test',
        url: 'https://example.com/full?a=1',
        ttl: 'Summer SALE 100%',
        memo: 'for Kim',
        grpIdx,
        notfSubscYn: 'Y',
        qrBypassYn: 'Y',
        pushNotifyYn: 'Y',
        mailNotifyYn: 'Y',
        blockOverseasSticsYn: 'Y',
        delYmdt: '2090-06-15 12:00:00',
      });
      await vivoldi.link({
        brandLinkId: 'off',
        url: 'https://example.com/full?a=12',
        notfSubscYn: 'N',
        delYmdt: '2090-06-15 12:00:01',
      });
      await vivoldi.ok('POST', 'link/v1/createBulk', { links: [{ url: URL_A, brandLinkId: 'bulk' }] });
      await vivoldi.api.link({ code: 'native', settings: { pushSubscription: true } });
      const { code } = await vivoldi.api.link({ title: 'generated' });
      await vivoldi.api.ok('PATCH', `/links/${await idOf(code)}`, { body: { memo: '자동 생성' } });
      // A link of another project, which nobody here sees.
      const { json } = await vivoldi.call('POST', 'link/v2/create', {
        body: { url: URL_A, brandLinkId: 'strange', notfSubscYn: 'Y' },
        key: STRANGER,
      });
      expect(json.code).toBe(0);
    });
    const idOf = async (code: string) => (await vivoldi.api.ok('GET', `/links?code=${code}`)).links[0].id;

    test.each<[query: Query, found: string[]]>([
      [{ linkId: 'full' }, ['full']],
      [{ linkId: 'FULL' }, []],
      [{ linkId: 'ful' }, []],
      [{ linkId: 'strange' }, []],
      [{ domain: 'https://other.test' }, ['full']],
      [{ domain: 'https://vvd.im', linkId: 'full' }, []],
      [{ domain: 'https://vvd.im', linkId: 'off' }, ['off']],
      [{ createTypeIdx: 274 }, ['bulk']],
      [{ createTypeIdx: 270 }, []],
      [{ createTypeIdx: 272, brandLinkYn: 'Y' }, ['full', 'native', 'off', 'plain']],
      [{ createTypeIdx: 0, brandLinkYn: 'Y' }, ['bulk', 'full', 'native', 'off', 'plain']],
      [{ url: 'https://example.com/full?a=1' }, ['full']],
      [{ url: 'https://example.com/full' }, []],
      [{ ttl: 'summer sale' }, ['full']],
      [{ ttl: '100%' }, ['full']],
      [{ ttl: '_ummer' }, []],
      [{ memo: 'KIM' }, ['full']],
      [{ brandLinkYn: 'Y', notfSubscYn: 'Y' }, ['full', 'native']],
      [{ brandLinkYn: 'Y', notfSubscYn: 'N' }, ['bulk', 'off', 'plain']],
      [{ qrBypassYn: 'Y' }, ['full']],
      [{ pushNotifyYn: 'Y' }, ['full']],
      [{ mailNotifyYn: 'Y' }, ['full']],
      [{ blockOverseasSticsYn: 'Y' }, ['full']],
      [{ brandLinkYn: 'Y', blockOverseasSticsYn: 'N' }, ['bulk', 'native', 'off', 'plain']],
      [{ startDelYmdt: '2090-06-15 12:00:00', endDelYmdt: '2090-06-15 12:00:00' }, ['full']],
      [{ startDelYmdt: '2090-06-15 12:00:01' }, ['off']],
      [{ endDelYmdt: '2090-06-15 12:00:01' }, ['full', 'off']],
      [{ startDelYmdt: '2090-06-15 12:00:02' }, []],
      [
        { ttl: '', memo: '', url: '', domain: '', brandLinkYn: 'Y', createTypeIdx: '', grpIdx: '' },
        ['bulk', 'full', 'native', 'off', 'plain'],
      ],
      [{ kakaoNotifyYn: 'Y', linkId: 'off' }, ['off']],
    ])('by %j', async (query, found) => {
      expect(await idsOf(query)).toEqual(found);
    });

    test('by group, where 0 is any', async () => {
      expect(await idsOf({ grpIdx })).toEqual(['full']);
      expect(await idsOf({ grpIdx: 0, brandLinkYn: 'Y' })).toHaveLength(5);
      expect(await idsOf({ grpIdx: grpIdx + 1_000 })).toEqual([]);
    });

    test('by what nobody chose', async () => {
      const [linkId, ...more] = await idsOf({ brandLinkYn: 'N' });
      expect(more).toEqual([]);
      expect(await vivoldi.get(linkId as string)).toMatchObject({
        brandLinkYn: 'N',
        ttl: 'generated',
        memo: '자동 생성',
      });
    });

    test('by when they were made: both seconds included', async () => {
      const { regYmdt } = await vivoldi.get('plain');
      expect(await idsOf({ linkId: 'plain', regStartYmdt: regYmdt, regEndYmdt: regYmdt })).toEqual(['plain']);
      const earlier = { regStartYmdt: '2020-01-01 00:00:00', regEndYmdt: '2020-12-31 23:59:59' };
      expect(await idsOf({ linkId: 'plain', ...earlier })).toEqual([]);
    });

    test('named by id and domain, whenever it was made', async () => {
      expect((await vivoldi.list({ linkId: 'off', domain: 'https://vvd.bz' })).list).toHaveLength(1);
    });
  });

  test('the window of creation is needed, in order, and at most a year', async () => {
    const leap = { regStartYmdt: '2024-01-01 00:00:00', regEndYmdt: '2025-01-01 00:00:00' };
    expect((await vivoldi.list(leap)).list).toEqual([]);
    for (const [query, field] of [
      [{}, 'regStartYmdt'],
      [{ regStartYmdt: '2024-01-01 00:00:00' }, 'regEndYmdt'],
      [{ regEndYmdt: '2024-01-01 00:00:00', linkId: 'x' }, 'regStartYmdt'],
      [{ ...leap, regEndYmdt: '2023-12-31 23:59:59' }, 'regEndYmdt'],
      [{ ...leap, regEndYmdt: '2025-01-01 00:00:01' }, 'regEndYmdt'],
      [{ ...leap, regEndYmdt: '2024-12-31' }, 'regEndYmdt'],
    ] as const) {
      const path = `link/v1/list?${inQuery(query as Query)}`;
      expect(await vivoldi.refused(400, 'GET', path)).toMatch(new RegExp(`^${field}: `));
      const korean = await vivoldi.refused(400, 'GET', path, { headers: IN_KOREAN });
      expect(isKorean(korean, field), korean).toBe(true);
    }
  });

  test('a year is one by the calendar, however often the clocks change in it', async () => {
    const move = (timeZone: string) => vivoldi.api.ok('PATCH', '/project', { body: { timeZone } });
    onTestFinished(() => move('Asia/Seoul'));
    await move('America/New_York');
    // Begins in summer time and ends after it, with the day of a leap year between.
    const year = { regStartYmdt: '2023-11-05 00:00:00', regEndYmdt: '2024-11-05 00:00:00' };
    expect((await vivoldi.list(year)).list).toEqual([]);
    const longer = inQuery({ ...year, regEndYmdt: '2024-11-05 00:00:01' });
    expect(await vivoldi.refused(400, 'GET', `link/v1/list?${longer}`)).toMatch(/^regEndYmdt: /);
  });

  test.each([
    ['pages', '0'],
    ['pages', '-1'],
    ['pages', '1.5'],
    ['pages', 'x'],
    ['pages', '1e3'],
    ['pages', '99999999999999999999'],
    ['createTypeIdx', '1'],
    ['createTypeIdx', 'api'],
    ['grpIdx', '-1'],
    ['grpIdx', '5066,2'],
    ['brandLinkYn', 'y'],
    ['notfSubscYn', 'true'],
    ['qrBypassYn', '1'],
    ['pushNotifyYn', 'y'],
    ['mailNotifyYn', 'y'],
    ['blockOverseasSticsYn', 'y'],
    ['startDelYmdt', '2026-01-01'],
    ['endDelYmdt', 'never'],
    ['ttl', 'a\u0000'],
    ['memo', '\u0007'],
    ['linkId', 'x'.repeat(3_001)],
  ])('%s may not be %j', async (field, value) => {
    const path = `link/v1/list?${inQuery({ ...now(), [field]: value })}`;
    expect(await vivoldi.refused(400, 'GET', path)).toMatch(new RegExp(`^${field}: [A-Z]`));
    const korean = await vivoldi.refused(400, 'GET', path, { headers: IN_KOREAN });
    expect(isKorean(korean, field), korean).toBe(true);
    const twice = `${path}&${field}=x`;
    expect(await vivoldi.refused(400, 'GET', twice)).toMatch(new RegExp(`^${field}: `));
  });

  test('a domain nobody has is said to be none', async () => {
    const path = `link/v1/list?${inQuery({ ...now(), domain: 'https://nowhere.test' })}`;
    expect(await vivoldi.refused(422, 'GET', path)).toMatch(/^domain: /);
  });

  test('thirty on a page, newest first, until there are none', async () => {
    const grpIdx = await vivoldi.group();
    const links = Array.from({ length: 65 }, (_, index) => ({ url: `https://example.com/${index}`, grpIdx }));
    await vivoldi.ok('POST', 'link/v1/createBulk', { links });
    const page = (pages: number) => vivoldi.list({ ...now(), grpIdx, pages });
    const [first, second, third, fourth] = [await page(1), await page(2), await page(3), await page(4)];
    expect([first, second, third, fourth].map(({ extra }) => extra)).toEqual([
      { pages: 1, nextPages: 2, nextYn: 'Y', count: 30, totalCount: 65 },
      { pages: 2, nextPages: 3, nextYn: 'Y', count: 30, totalCount: 65 },
      { pages: 3, nextPages: 3, nextYn: 'N', count: 5, totalCount: 65 },
      { pages: 4, nextPages: 4, nextYn: 'N', count: 0, totalCount: 65 },
    ]);
    const urls = [first, second, third, fourth].flatMap(({ list }) => list.map(({ url }: Json) => url));
    expect(urls).toEqual(links.map(({ url }) => url).reverse());
    expect((await vivoldi.list({ ...now(), grpIdx })).extra, 'the first when none is named').toEqual(
      first.extra,
    );
    expect((await page(1_000_000)).extra.count).toBe(0);
  });

  test('a page that is full to the last row has none after it', async () => {
    const grpIdx = await vivoldi.group();
    const links = Array.from({ length: 30 }, () => ({ url: URL_A, grpIdx }));
    await vivoldi.ok('POST', 'link/v1/createBulk', { links });
    const { extra } = await vivoldi.list({ ...now(), grpIdx });
    expect(extra).toEqual({ pages: 1, nextPages: 1, nextYn: 'N', count: 30, totalCount: 30 });
  });

  test('clicks and visitors of each link', async () => {
    const [linkId, other] = [await vivoldi.link(), await vivoldi.link()];
    for (const version of ['140', '141', '140']) {
      await vivoldi.api.visit(`/${linkId}`, { 'user-agent': PERSON.replace('140', version) });
    }
    await vivoldi.api.visit(`/${linkId}`, {
      'user-agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)',
    });
    await vivoldi.api.visit(`/${other}`);
    await until(async () => (await vivoldi.get(other)).acesCnt === 1, 'the last visit is counted');
    expect(await vivoldi.get(linkId)).toMatchObject({ acesCnt: 3, pernCnt: 2 });
    expect(await vivoldi.get(other)).toMatchObject({ acesCnt: 1, pernCnt: 1 });
  });

  describe('of groups', () => {
    beforeAll(async () => {
      for (let index = 0; index < 35; index++) await vivoldi.group({ nm: `Advertiser ${index} 100%` });
    });

    test('v2 has pages, v1 the newest thirty and no wrapper', async () => {
      const second = await vivoldi.ok('GET', 'link-group/v2/list?nm=advertiser&pages=2');
      expect(second.extra).toEqual({ pages: 2, nextPages: 2, nextYn: 'N', count: 5, totalCount: 35 });
      const first = await vivoldi.ok('GET', 'link-group/v2/list?nm=advertiser');
      expect(first.extra).toEqual({ pages: 1, nextPages: 2, nextYn: 'Y', count: 30, totalCount: 35 });
      expect(await vivoldi.ok('GET', 'link-group/v1/list?nm=advertiser&pages=what')).toEqual(first.list);
    });

    test('by part of the name, or by number', async () => {
      const [found, ...more] = await vivoldi.ok(
        'GET',
        `link-group/v1/list?${inQuery({ nm: 'tiser 7 100%' })}`,
      );
      expect(more).toEqual([]);
      expect((await vivoldi.getGroup(found.idx)).nm).toBe('Advertiser 7 100%');
      expect(await vivoldi.ok('GET', `link-group/v1/list?grpIdx=${found.idx}&nm=other`)).toEqual([]);
      const { json } = await vivoldi.call('GET', `link-group/v2/list?grpIdx=${found.idx}`, { key: STRANGER });
      expect(json.result.list, 'somebody else’s').toEqual([]);
    });

    test.each(['v1', 'v2'])('%s refuses what is no number or no text', async (version) => {
      for (const [query, field] of [
        ['grpIdx=x', 'grpIdx'],
        ['grpIdx=-1', 'grpIdx'],
        ['nm=%00', 'nm'],
        ['nm=a&nm=b', 'nm'],
      ]) {
        const message = await vivoldi.refused(400, 'GET', `link-group/${version}/list?${query}`);
        expect(message).toMatch(new RegExp(`^${field}: `));
      }
    });
  });
});
