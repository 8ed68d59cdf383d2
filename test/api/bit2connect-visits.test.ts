import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { Bit2Connect } from './bit2connect-client.ts';

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';
const ANDROID =
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36';
const UNFURLER = 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)';

/** What is written through the API is what visitors meet, from the next visit on. */
describe.each(ENGINES)('visits of links of the Bit2Connect API, on $name', (engine) => {
  let client: Bit2Connect;
  beforeAll(async () => {
    client = await Bit2Connect.open(engine);
  });
  afterAll(() => client.close());

  const location = async (path: string, userAgent?: string): Promise<string | undefined> => {
    const headers = userAgent === undefined ? {} : { 'user-agent': userAgent };
    const answer = await client.api.visit(path, headers);
    expect(answer.status, answer.text).toBe(302);
    return answer.headers.location;
  };

  test('a campaign is set on the destination, changed, replaced and taken off', async () => {
    const link = 'https://example.com/a?utm_source=own&x=%20%C3%A9#top';
    await client.link('campaign', { link });
    const campaign = (value: object | null) => client.put('campaign', { link, campaign: value });
    expect(await location('/campaign')).toBe(link);
    await campaign({ utm_source: 'news & more', utm_medium: 'email' });
    expect(await location('/campaign')).toBe(
      'https://example.com/a?x=%20%C3%A9&utm_source=news%20%26%20more&utm_medium=email#top',
    );
    expect(await client.get('campaign')).toMatchObject({ originalUrl: link, payload: { link } });
    await campaign({ utm_term: 't' });
    expect(await location('/campaign')).toBe(
      'https://example.com/a?utm_source=own&x=%20%C3%A9&utm_term=t#top',
    );
    await campaign(null);
    expect(await location('/campaign')).toBe(link);
    expect(await location('/campaign?ref=1')).toBe(
      'https://example.com/a?utm_source=own&x=%20%C3%A9&ref=1#top',
    );
  });

  test('a desktop goes to its own destination, a phone to the link’s', async () => {
    const link = 'https://m.example.com/';
    const desktop = 'https://www.example.com/';
    await client.link('desktop', { link, desktop_fallback: desktop, campaign: { utm_source: 's' } });
    expect(await location('/desktop')).toMatch(/^https:\/\/www\.example\.com\//);
    for (const phone of [IPHONE, ANDROID]) {
      expect(await location('/desktop', phone)).toBe(`${link}?utm_source=s`);
    }
    await client.put('desktop', { link, desktop_fallback: null });
    expect(await location('/desktop')).toBe(`${link}?utm_source=s`);
  });

  test('a shared link shows its social section', async () => {
    const social = { title: 'Holiday Sale', description: 'Last chance', image: 'https://example.com/a.jpg' };
    await client.link('shared', { social });
    const card = async () => (await client.api.visit('/shared', { 'user-agent': UNFURLER })).text;
    for (const text of Object.values(social)) expect(await card()).toContain(text);
    await client.put('shared', { social: { title: 'Extended' } });
    expect(await card()).toContain('Extended');
    expect(await card()).not.toContain('Last chance');
  });

  test('pausing, ending and deleting are met at once', async () => {
    const status = async () => (await client.api.visit('/met')).status;
    await client.link('met');
    expect(await status()).toBe(302);
    await client.ok('PUT', '/links/met/status', { status: 'PAUSED' });
    expect(await status()).toBe(404);
    await client.ok('PUT', '/links/met/status', { status: 'ACTIVE' });
    expect(await status()).toBe(302);
    await client.put('met', {}, { expiresAt: '2020-01-01T00:00:00Z' });
    expect(await status()).toBe(410);
    await client.ok('DELETE', '/links/met');
    expect(await status()).toBe(404);
  });

  test('clicks are counted, and outlive updates', async () => {
    await client.link('counted');
    for (const userAgent of [IPHONE, ANDROID]) await location('/counted', userAgent);
    await until(async () => (await client.get('counted')).clickCount === 2, 'two clicks are counted');
    await client.put('counted', { link: 'https://example.com/new' });
    expect((await client.get('counted')).clickCount).toBe(2);
    expect((await client.ok('PUT', '/links/counted/status', { status: 'PAUSED' })).data.clickCount).toBe(2);
    const { data } = await client.ok('GET', '/links?search=counted');
    expect(data).toMatchObject([{ clickCount: 2 }]);
  });
});
