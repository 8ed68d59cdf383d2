import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { ENGINES } from '../support/engines.ts';
import { AMERICA, JAPAN, KOREA, NOWHERE } from '../support/past-clicks.ts';
import { until } from '../support/until.ts';
import { PERSON } from './api.ts';
import { Bit2Connect } from './bit2connect-client.ts';

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';
const ANDROID =
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36';
const GOOGLEBOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';

describe.each(ENGINES)('analytics of links of the Bit2Connect API, on $name', (engine) => {
  let client: Bit2Connect;
  beforeAll(async () => {
    client = await Bit2Connect.open(engine);
  });
  afterAll(() => client.close());

  const visit = (code: string, address: string, userAgent: string) =>
    client.api.visit(`/${code}`, { 'x-forwarded-for': address, 'user-agent': userAgent });
  const counted = (code: string, clicks: number) =>
    until(async () => (await client.get(code)).clickCount === clicks, `${clicks} are counted`);

  test('a link nobody has visited has no clicks of any kind', async () => {
    await client.link('quiet');
    expect(await client.get('quiet')).toMatchObject({
      clickCount: 0,
      analytics: {
        totalClicks: 0,
        uniqueClicks: 0,
        clicksByPlatform: { ios: 0, android: 0, web: 0 },
        clicksByCountry: { other: 0 },
      },
    });
  });

  test('clicks by platform and by country add up to the total, crawlers left out', async () => {
    await client.link('tracked');
    await visit('tracked', KOREA[0], GOOGLEBOT);
    await visit('tracked', KOREA[0], IPHONE);
    await visit('tracked', KOREA[0], IPHONE);
    await visit('tracked', KOREA[1], ANDROID);
    await visit('tracked', AMERICA, PERSON);
    await visit('tracked', NOWHERE, 'curl/8.0');
    await counted('tracked', 5);
    expect((await client.get('tracked')).analytics).toEqual({
      totalClicks: 5,
      uniqueClicks: 4,
      clicksByPlatform: { ios: 2, android: 1, web: 2 },
      clicksByCountry: { KR: 3, US: 1, other: 1 },
    });
  });

  test('foreign clicks are left out where the group says so, and are back when it does not', async () => {
    const group = await client.api.group();
    await client.link('grouped');
    await visit('grouped', KOREA[0], IPHONE);
    await visit('grouped', JAPAN, ANDROID);
    await counted('grouped', 2);
    const both = (await client.get('grouped')).analytics;
    expect(both).toMatchObject({ totalClicks: 2, clicksByCountry: { KR: 1, JP: 1, other: 0 } });
    await client.intoGroup('grouped', group.id);
    await client.api.ok('PATCH', `/groups/${group.id}`, { body: { settings: { excludeForeign: true } } });
    expect(await client.get('grouped')).toMatchObject({
      clickCount: 1,
      analytics: {
        totalClicks: 1,
        uniqueClicks: 1,
        clicksByPlatform: { ios: 1, android: 0, web: 0 },
        clicksByCountry: { KR: 1, other: 0 },
      },
    });
    const { data } = await client.ok('GET', '/links?search=grouped');
    expect(data).toMatchObject([{ code: 'grouped', clickCount: 1 }]);
    await client.intoGroup('grouped', null);
    expect((await client.get('grouped')).analytics).toEqual(both);
  });

  test('what an import brought along is in the total, on no platform and from nowhere known', async () => {
    const { id } = await client.link('imported');
    const { database, feed } = await openStore(client.api.location);
    await database.transact('system', (tx) =>
      tx.db
        .updateTable('link')
        .set({ imported_clicks: 100, imported_visitors: 60 })
        .where('public_id', '=', id)
        .execute(),
    );
    await feed.stop();
    await database.close();
    await visit('imported', KOREA[0], IPHONE);
    await counted('imported', 101);
    expect((await client.get('imported')).analytics).toEqual({
      totalClicks: 101,
      uniqueClicks: 61,
      clicksByPlatform: { ios: 1, android: 0, web: 100 },
      clicksByCountry: { KR: 1, other: 100 },
    });
  });

  test('reading links is right enough to see them', async () => {
    const key = await client.key(['links:read']);
    const { data } = await client.ok('GET', '/links/tracked', undefined, key);
    expect(data.analytics.totalClicks).toBe(5);
  });
});
