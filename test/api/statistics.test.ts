import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clickRecord } from '../../src/clicks/testing/click-records.ts';
import { ENGINES } from '../support/engines.ts';
import { AMERICA, ingestPast, JAPAN, KOREA, NOWHERE, numberOfLink } from '../support/past-clicks.ts';
import { until } from '../support/until.ts';
import { Api, type Json, KEY, PERSON, STRANGER } from './api.ts';

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';
const CURL = 'curl/8.0';
const GOOGLEBOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';

const DAY_MS = 24 * 60 * 60 * 1000;
const at = (text: string) => Date.parse(text);

describe.each(ENGINES)('statistics of real visits on $name', (engine) => {
  let api: Api;
  let group: Json;
  let news: Json;
  let shop: Json;
  beforeAll(async () => {
    api = await Api.open(engine);
    group = await api.group({}, 'Summer');
    news = await api.link({ code: 'news', title: '=News', groupId: group.id });
    shop = await api.link({ code: 'shop' });
    const visit = (path: string, address: string, userAgent: string = PERSON, headers = {}) =>
      api.visit(path, { 'x-forwarded-for': address, 'user-agent': userAgent, ...headers });
    await visit('/news', KOREA[0], GOOGLEBOT);
    await visit('/news?utm_source=mail,%20daily&utm_campaign=spring', KOREA[0]);
    await visit('/news', KOREA[0]);
    await visit('/news?qr=1', KOREA[1], IPHONE, { 'accept-language': 'ko-KR', referer: 'https://a.test/x' });
    await visit('/news', JAPAN, IPHONE);
    await visit('/shop', KOREA[0]);
    await visit('/shop', NOWHERE, CURL);
    await until(async () => (await api.ok('GET', `/links/${shop.id}`)).clicks === 2, 'the last is counted');
  });
  afterAll(() => api.close());

  const stats = (query: string) => api.ok('GET', `/stats?${query}`);

  test('of the project, the links, the group: clicks, visitors, and what is no click', async () => {
    expect((await stats('')).totals).toEqual({
      clicks: 6,
      visitors: 4,
      hourlyVisitors: 5,
      dailyVisitors: 5,
      newVisitors: 5,
      qrScans: 1,
      repeats: 1,
      automated: 1,
      crawlers: 1,
    });
    expect((await stats(`linkId=${news.id}`)).totals).toMatchObject({ clicks: 4, visitors: 3 });
    expect((await stats(`linkId=${news.id}&linkId=${shop.id}`)).totals).toMatchObject({
      clicks: 6,
      visitors: 4,
    });
    expect((await stats(`linkId=${news.id},${shop.id}`)).totals).toMatchObject({ clicks: 6 });
    expect((await stats(`groupId=${group.id}`)).totals).toMatchObject({ clicks: 4, newVisitors: 3 });
  });

  test('say what they are about: thirty days that end with today, and what was left out', async () => {
    const answer = await stats('');
    expect(answer).toMatchObject({
      timeZone: 'Asia/Seoul',
      interval: null,
      visitorsExact: true,
      previous: null,
      series: [],
      breakdowns: [],
      leftOut: { crawlers: 1, automated: 0, repeats: 0, foreign: 0 },
    });
    expect(at(answer.to) - at(answer.from)).toBe(30 * DAY_MS);
    expect(at(answer.to)).toBeGreaterThan(Date.now());
    expect(answer.to).toMatch(/T15:00:00\.000Z$/);
    const narrow = await stats('repeats=exclude&automated=exclude&crawlers=include&foreign=exclude');
    expect(narrow.leftOut).toEqual({ crawlers: 0, automated: 1, repeats: 1, foreign: 1 });
  });

  test.each<[query: string, clicks: number]>([
    ['crawlers=include', 7],
    ['crawlers=only', 1],
    ['automated=exclude', 5],
    ['automated=only', 1],
    ['repeats=exclude', 5],
    ['repeats=only', 1],
    ['foreign=include', 6],
    ['foreign=exclude', 5],
    ['foreign=only', 1],
    ['filter=country:KR', 4],
    ['filter=country:KR,JP', 5],
    ['filter=!country:KR,JP', 1],
    ['filter=country:', 1],
    ['filter=country:XX', 0],
    ['filter=os:iOS', 2],
    ['filter=os:iOS&filter=!country:JP', 1],
    ['filter=device:mobile', 2],
    ['filter=browser:Chrome', 3],
    ['filter=language:ko', 1],
    ['filter=referrer:a.test', 1],
    [`filter=${encodeURIComponent('utmSource:mail\\, daily')}`, 1],
    [`filter=${encodeURIComponent('utmSource:mail, daily')}`, 0],
    ['filter=utmCampaign:', 5],
    ['filter=!utmCampaign:', 1],
    ['filter=qr:yes', 1],
    ['filter=!qr:yes', 5],
    ['filter=client:automated', 1],
    ['filter=client:person', 5],
    ['filter=client:crawler&crawlers=include', 1],
    ['filter=weekday:1,2,3,4,5,6,7', 6],
    ['filter=group:', 2],
    ['from=2020-01-01&to=2020-12-31', 0],
    ['from=1970-01-01&to=9999-12-31', 6],
  ])('%s', async (query, clicks) => {
    expect((await stats(query)).totals.clicks).toBe(clicks);
  });

  test('filters and breakdowns name links and groups by their ids', async () => {
    expect((await stats(`filter=link:${news.id}`)).totals.clicks).toBe(4);
    expect((await stats(`filter=!link:${news.id}`)).totals.clicks).toBe(2);
    expect((await stats(`filter=group:${group.id}`)).totals.clicks).toBe(4);
    expect((await stats(`filter=group:${group.id},`)).totals.clicks).toBe(6);
    const { breakdowns } = await stats('breakdown=link,group&breakdown=route');
    expect(breakdowns).toMatchObject([
      {
        dimension: 'link',
        total: 2,
        values: [
          {
            value: news.id,
            link: { id: news.id, code: 'news', shortUrl: 'http://go.test/news', title: '=News' },
            clicks: 4,
            visitors: 3,
          },
          { value: shop.id, link: { code: 'shop', title: '' }, clicks: 2, visitors: 2 },
        ],
        rest: { clicks: 0, visitors: null },
      },
      {
        dimension: 'group',
        values: [
          { value: group.id, group: { id: group.id, name: 'Summer' }, clicks: 4 },
          { value: '', clicks: 2 },
        ],
      },
      { dimension: 'route', values: [{ destination: 'https://example.com/', clicks: 4 }, { clicks: 2 }] },
    ]);
    expect(breakdowns[1].values[1]).not.toHaveProperty('group');
  });

  test('every value of a breakdown is a filter that finds the same again', async () => {
    const { dimensions } = await everyDimension();
    for (const dimension of dimensions) {
      const { breakdowns, totals } = await stats(`breakdown=${dimension}&limit=100&crawlers=include`);
      const [{ values, total, rest }] = breakdowns;
      expect(values.length, dimension).toBe(total);
      expect(rest.clicks).toBe(0);
      expect(sum(values.map((one: Json) => one.clicks)), dimension).toBe(totals.clicks);
      for (const { value, link: _, group: __, destination: ___, ...figures } of values) {
        const text = `${dimension}:${value.replace(/[\\,]/g, '\\$&')}`;
        const found = await stats(`crawlers=include&filter=${encodeURIComponent(text)}`);
        expect(found.totals, text).toEqual(figures);
      }
    }
  });

  async function everyDimension(): Promise<{ dimensions: string[] }> {
    const { errors } = await api.refused(422, 'GET', '/stats?filter=nothing:x');
    const [, names] = /there are (.*)$/.exec(errors[0].message) as unknown as [string, string];
    return { dimensions: names.split(', ') };
  }

  test('the longest lists are cut, and the rest is summed', async () => {
    const [{ values, total, rest }] = (await stats('breakdown=country&limit=1')).breakdowns;
    expect(values).toMatchObject([{ value: 'KR', clicks: 4 }]);
    expect({ total, rest }).toMatchObject({ total: 3, rest: { clicks: 2, visitors: null } });
  });

  test('visitors are not counted for who does not ask', async () => {
    const { totals, breakdowns } = await stats('visitors=false&breakdown=os');
    expect(totals).toMatchObject({ clicks: 6, visitors: null, newVisitors: 5 });
    expect(breakdowns[0].values[0].visitors).toBeNull();
  });

  test('deleted links and groups keep their names and their clicks', async () => {
    const gone = await api.link({ code: 'gone', title: 'Gone' });
    const left = await api.group({}, 'Left');
    await api.ok('PATCH', `/links/${gone.id}`, { body: { groupId: left.id } });
    await api.visit('/gone', { 'x-forwarded-for': KOREA[2] });
    await until(async () => (await api.ok('GET', `/links/${gone.id}`)).clicks === 1, 'it is counted');
    await api.call('DELETE', `/groups/${left.id}`);
    await api.call('DELETE', `/links/${gone.id}`);
    const { breakdowns } = await stats(`linkId=${gone.id}&breakdown=link,group`);
    expect(breakdowns.map(({ values }: Json) => values)).toMatchObject([
      [{ value: gone.id, link: { code: 'gone', title: 'Gone' }, clicks: 1 }],
      [{ value: left.id, group: { name: 'Left' }, clicks: 1 }],
    ]);
    const again = await api.link({ code: 'gone' });
    const [{ values }] = (await stats(`linkId=${gone.id}&breakdown=link`)).breakdowns;
    expect(values).toMatchObject([{ link: { id: gone.id, code: null, shortUrl: null } }]);
    await api.call('DELETE', `/links/${again.id}`);
  });

  test('nobody sees what another project has', async () => {
    const theirs = await api.ok('GET', '/stats?breakdown=link,country', { key: STRANGER });
    expect(theirs.totals).toMatchObject({ clicks: 0, crawlers: 0 });
    for (const query of [`linkId=${news.id}`, `groupId=${group.id}`]) {
      await api.refused(404, 'GET', `/stats?${query}`, { key: STRANGER });
    }
    for (const query of [`filter=link:${news.id}`, `filter=group:${group.id}`]) {
      await api.refused(422, 'GET', `/stats?${query}`, { key: STRANGER }, ['querystring.filter.0']);
    }
  });

  test.each<[status: number, query: string, field: string | undefined]>([
    [404, 'linkId=lnk_nothing', undefined],
    [404, 'groupId=grp_nothing', undefined],
    [422, 'linkId=a&groupId=b', 'groupId'],
    [422, 'linkId=', 'linkId.0'],
    [422, 'linkId[]=lnk_none', 'linkId[]'],
    [422, 'brakdown=country', 'brakdown'],
    [422, 'breakdown=country,nothing', 'breakdown.1'],
    [422, 'filter=nothing:x', 'filter.0'],
    [422, 'filter=country:KR&filter=qr:maybe', 'filter.1'],
    [422, 'filter=link:lnk_nothing', 'filter.0'],
    [422, 'filter=group:grp_nothing', 'filter.0'],
    [422, 'from=tomorrow', 'from'],
    [422, 'from=2026-02-30', 'from'],
    [422, 'from=2026-03-02&to=2026-03-01', 'to'],
    [422, 'interval=year', 'interval'],
    [422, 'interval=hour&from=2020-01-01&to=2026-01-01', 'interval'],
    [422, 'limit=0', 'limit'],
    [422, 'limit=1001', 'limit'],
    [422, 'crawlers=yes', 'crawlers'],
    [422, 'foreign=none', 'foreign'],
    [422, 'visitors=1', 'visitors'],
    [422, 'compare=next', 'compare'],
    [422, 'format=xml', 'format'],
    [422, 'format=csv', 'format'],
    [422, 'format=csv&interval=day&breakdown=os', 'format'],
  ])('%i for %s', async (status, query, field) => {
    const named = field === undefined ? [] : [`querystring.${field}`];
    await api.refused(status, 'GET', `/stats?${query}`, {}, named);
  });

  test('as CSV, which no spreadsheet takes for formulas', async () => {
    const answer = await api.call('GET', '/stats?format=csv&breakdown=link&visitors=false');
    expect(answer.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="statistics.csv"',
    });
    const [head, first, ...more] = answer.text.split('\r\n');
    expect(head).toBe(
      'link,name,clicks,hourlyVisitors,dailyVisitors,newVisitors,qrScans,repeats,automated,crawlers',
    );
    expect(first).toBe(`${news.id},http://go.test/news,4,3,3,3,1,1,0,1`);
    expect(more.at(-1)).toBe('');
    await api.visit('/shop?utm_content=%3DSUM(1,2)', { 'x-forwarded-for': JAPAN });
    await until(async () => (await api.ok('GET', `/links/${shop.id}`)).clicks === 3, 'it is counted');
    const { text } = await api.call('GET', '/stats?format=csv&breakdown=utmContent');
    expect(text).toContain(`\r\n"'=SUM(1,2)",,1,`);
  });
});

describe.each(ENGINES)('statistics of the past on $name', (engine) => {
  let api: Api;
  let link: Json;
  beforeAll(async () => {
    api = await Api.open(engine);
    link = await api.link({ code: 'past' });
    const id = await numberOfLink(api.location, 'past');
    const click = (when: string, address: string) =>
      clickRecord({ linkId: id, at: at(when), address, userAgent: PERSON });
    await ingestPast(api.location, [
      click('2026-02-25T12:00:00+09:00', KOREA[0]),
      click('2026-02-28T23:59:59+09:00', KOREA[0]),
      click('2026-03-01T00:00:00+09:00', KOREA[0]),
      click('2026-03-01T00:20:00+09:00', KOREA[1]),
      click('2026-03-01T13:00:00+09:00', JAPAN),
      click('2026-03-02T10:10:00+09:00', KOREA[0]),
      click('2026-03-31T23:59:00+09:00', AMERICA),
    ]);
    await ingestPast(api.location, [
      // Clocks of New York go forward at 2 on the 8th: this hour does not exist there, and the day has 23.
      click('2026-03-08T06:59:00Z', KOREA[1]),
      click('2026-03-08T07:00:00Z', KOREA[1]),
    ]);
  });
  afterAll(() => api.close());

  const stats = (query: string) => api.ok('GET', `/stats?linkId=${link.id}&${query}`);

  test('a series has a point for every day of the project’s clocks, also without clicks', async () => {
    const { series, totals } = await stats('from=2026-03-01&to=2026-03-31&interval=day');
    expect(series).toHaveLength(31);
    expect(series.map(({ clicks }: Json) => clicks).slice(0, 8)).toEqual([3, 1, 0, 0, 0, 0, 0, 2]);
    expect(series[0]).toMatchObject({
      from: '2026-02-28T15:00:00.000Z',
      to: '2026-03-01T15:00:00.000Z',
      visitors: 3,
      dailyVisitors: 3,
      newVisitors: 2,
    });
    expect(series[30].clicks).toBe(1);
    expect(sum(series.map(({ clicks }: Json) => clicks))).toBe(totals.clicks);
  });

  test('hours, weeks from Monday, months', async () => {
    const hours = (await stats('from=2026-03-01&to=2026-03-01&interval=hour')).series;
    expect(hours.map(({ clicks }: Json) => clicks)).toEqual(
      Array.from({ length: 24 }, (_, hour) => ({ 0: 2, 13: 1 })[hour] ?? 0),
    );
    const weeks = (await stats('from=2026-02-23&to=2026-03-08&interval=week')).series;
    expect(weeks.map(({ clicks }: Json) => clicks)).toEqual([5, 3]);
    const months = (await stats('from=2026-02-01&to=2026-03-31&interval=month')).series;
    expect(months.map(({ clicks }: Json) => clicks)).toEqual([2, 7]);
  });

  test('a range can be of quarter hours, and says which it was', async () => {
    const answer = await stats('from=2026-03-01T00:15&to=2026-03-01T04:00:01Z');
    expect(answer).toMatchObject({ from: '2026-02-28T15:15:00.000Z', to: '2026-03-01T04:15:00.000Z' });
    expect(answer.totals.clicks).toBe(2);
  });

  test('what is compared is the time right before, as quarter hours are counted', async () => {
    const { from, to, previous } = await stats(
      'from=2026-03-05T15:05:00Z&to=2026-03-05T15:20:00Z&compare=previous',
    );
    expect([from, to]).toEqual(['2026-03-05T15:00:00.000Z', '2026-03-05T15:30:00.000Z']);
    expect(previous).toMatchObject({ from: '2026-03-05T14:30:00.000Z', to: from });
  });

  test('the month before is compared, and days with days', async () => {
    const { previous, totals } = await stats('from=2026-03-01&to=2026-03-31&compare=previous');
    expect(totals.clicks).toBe(7);
    expect(previous).toMatchObject({
      from: '2026-01-28T15:00:00.000Z',
      to: '2026-02-28T15:00:00.000Z',
      totals: { clicks: 2, visitors: 1, newVisitors: 1 },
      change: { clicks: 2.5, newVisitors: 2, qrScans: null },
    });
    expect((await stats('from=1970-01-01&to=2026-03-31&compare=previous')).previous).toBeNull();
  });

  test('days and hours are those of the project’s zone as it is now', async () => {
    await api.ok('PATCH', '/project', { body: { timeZone: 'America/New_York' } });
    try {
      const hours = (await stats('from=2026-03-08&to=2026-03-08&interval=hour')).series;
      expect(hours).toHaveLength(23);
      expect(hours.map(({ clicks }: Json) => clicks).slice(0, 4)).toEqual([0, 1, 1, 0]);
      const csv = await api.call('GET', '/stats?from=2026-03-08&to=2026-03-08&interval=hour&format=csv');
      expect(csv.text.split('\r\n')[2]).toMatch(/^2026-03-08T01:00:00-05:00,2026-03-08T03:00:00-04:00,1,1,/);
      const days = (await stats('from=2026-02-28&to=2026-03-01&interval=day')).series;
      expect(days.map(({ clicks }: Json) => clicks)).toEqual([4, 1]);
    } finally {
      await api.ok('PATCH', '/project', { body: { timeZone: 'Asia/Seoul' } });
    }
  });
});

describe.each(ENGINES)('what links show and what statistics say, on $name', (engine) => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.open(engine);
  });
  afterAll(() => api.close());

  const ADDRESSES = [...KOREA, JAPAN, AMERICA, NOWHERE];
  const FOREIGN = [JAPAN, AMERICA];
  const AGENTS = [PERSON, IPHONE, CURL, GOOGLEBOT];
  let rounds = 0;

  const visit = fc.record({
    link: fc.nat(2),
    address: fc.constantFrom(...ADDRESSES),
    agent: fc.constantFrom(...AGENTS),
    qr: fc.boolean(),
  });
  const setting = fc.constantFrom(true, false, null);
  const settings = fc.record({ group: setting, links: fc.tuple(setting, setting, setting) });

  test('agree whatever the traffic, the settings and their changes; past figures change and return', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(visit, { minLength: 1, maxLength: 40 }),
        fc.array(settings, { minLength: 2, maxLength: 4 }),
        async (visits, changes) => {
          const round = ++rounds;
          const group = await api.group({}, `Round ${round}`);
          const links: Json[] = [];
          for (const index of [0, 1, 2]) {
            const groupId = index === 2 ? null : group.id;
            links.push(await api.link({ code: `r${round}-${index}`, groupId, tags: [`round-${round}`] }));
          }
          for (const { link, address, agent, qr } of visits) {
            await api.visit(`/r${round}-${link}${qr ? '?qr=1' : ''}`, {
              'x-forwarded-for': address,
              'user-agent': agent,
            });
          }
          const ids = links.map(({ id }) => id).join();
          const whole = async () =>
            (await api.ok('GET', `/stats?linkId=${ids}&foreign=include&crawlers=include`)).totals;
          await until(async () => (await whole()).clicks === visits.length, 'all are counted');
          for (const change of [...changes, ...changes.toReversed()]) {
            await api.ok('PATCH', `/groups/${group.id}`, {
              body: { settings: { excludeForeign: change.group } },
            });
            for (const [index, { id }] of links.entries()) {
              await api.ok('PATCH', `/links/${id}`, {
                body: { settings: { excludeForeign: change.links[index] } },
              });
            }
            await compare(round, links, visits, change);
          }
        },
      ),
      { numRuns: 6 },
    );
  });

  async function compare(
    round: number,
    links: readonly Json[],
    visits: readonly { link: number; address: string; agent: string }[],
    change: { group: boolean | null; links: readonly (boolean | null)[] },
  ): Promise<void> {
    const expected = links.map((_, index) => {
      const own = change.links[index] ?? false;
      const excludes = index === 2 ? own : (change.group ?? own);
      const counted = visits.filter(
        ({ link, address, agent }) =>
          link === index && agent !== GOOGLEBOT && !(excludes && (FOREIGN as string[]).includes(address)),
      );
      const people = new Set(counted.map(({ address, agent }) => `${address} ${agent}`));
      return { clicks: counted.length, visitors: people.size };
    });
    const { links: listed } = await api.ok('GET', `/links?tag=round-${round}`);
    const [inGroup, all] = [expected.slice(0, 2), expected];
    const clicks = (of: typeof expected) => sum(of.map((one) => one.clicks));
    for (const [index, link] of links.entries()) {
      const { totals } = await api.ok('GET', `/stats?linkId=${link.id}`);
      expect(totals).toMatchObject({ ...expected[index], newVisitors: expected[index]?.visitors });
      expect(await api.ok('GET', `/links/${link.id}`)).toMatchObject({ ...expected[index] });
      expect(listed.find(({ id }: Json) => id === link.id)).toMatchObject({ ...expected[index] });
      const bit2connect = await api.send('GET', `/1.0/links/${link.code}`, undefined, { 'x-api-key': KEY });
      const { clickCount, analytics } = bit2connect.json.data;
      expect({ clickCount, ...analytics }).toMatchObject({
        clickCount: expected[index]?.clicks,
        totalClicks: expected[index]?.clicks,
        uniqueClicks: expected[index]?.visitors,
      });
      const query = `linkId=${link.code}&domain=${encodeURIComponent('https://vvd.bz')}`;
      const vivoldi = await api.send('GET', `/api/link/v1/list?${query}`, undefined, { 'x-api-key': KEY });
      expect(vivoldi.json.result.list).toMatchObject([
        { acesCnt: expected[index]?.clicks, pernCnt: expected[index]?.visitors },
      ]);
    }
    const ids = links.map(({ id }) => id).join();
    expect((await api.ok('GET', `/stats?linkId=${ids}`)).totals.clicks).toBe(clicks(all));
    const groupId = links[0].groupId;
    expect((await api.ok('GET', `/stats?groupId=${groupId}`)).totals.clicks).toBe(clicks(inGroup));
  }
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
