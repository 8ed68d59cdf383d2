import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES, SQLITE } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { type Answer, Api, type Json, PERSON, PUBLIC_HOST } from './api.ts';

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';
const IPAD =
  'Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1';
const PIXEL =
  'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36';
const UNFURLER = 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)';

/** A long link's query, each value encoded once. */
function long(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
}

describe.each(ENGINES)('Firebase long links on $name', (engine) => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.open(engine);
    const allowedHosts = ['www.example.com', '*.shop.example'];
    await api.ok('PATCH', '/project', { body: { allowedHosts } });
  });
  afterAll(() => api.close());

  const open = (parameters: Readonly<Record<string, string>>, userAgent = PERSON, path = '/') =>
    api.visit(`${path}?${long(parameters)}`, { 'user-agent': userAgent });
  const expectLocation = (answer: Answer, location: string | RegExp) => {
    expect(answer.status, answer.text).toBe(302);
    expect(answer.headers['cache-control']).toBe('no-store');
    if (typeof location === 'string') expect(answer.headers.location).toBe(location);
    else expect(answer.headers.location).toMatch(location);
  };
  const standIns = async (): Promise<Json[]> => {
    const { links } = await api.ok('GET', '/links?limit=100');
    return links.filter((link: Json) => link.title === 'Firebase long links');
  };

  test('a link and nothing else leads there, its encoding untouched', async () => {
    const link = 'https://www.example.com/p%2Fq?x=1%23y&z=a%3Db+c#part=2';
    expectLocation(await open({ link }), link);
    expectLocation(await api.visit(`?${long({ link })}`.replace('?', '/?')), link);
  });

  test('what is no parameter of a long link travels on to the deep link', async () => {
    const link = 'https://www.example.com/';
    const answer = await api.visit(`/?${long({ link })}&ref=a%20b&apn=com.example.app&d2=x&qr=1`);
    expectLocation(answer, 'https://www.example.com/?ref=a%20b&d2=x');
    const unencoded = await api.visit('/?link=https://www.example.com/?a=1&d=2&qr=promo&b=3');
    expectLocation(unencoded, 'https://www.example.com/?a=1&b=3');
  });

  test('the campaign reaches the deep link', async () => {
    const answer = await open({
      link: 'https://www.example.com/?a=1&utm_source=own',
      utm_source: 'mail',
      utm_medium: 'news letter',
    });
    expectLocation(answer, 'https://www.example.com/?a=1&utm_source=mail&utm_medium=news%20letter');
  });

  test('a desktop goes to ofl, and phones without an app to link', async () => {
    const parameters = { link: 'https://www.example.com/', ofl: 'https://www.example.com/desktop' };
    expectLocation(await open(parameters), 'https://www.example.com/desktop');
    expectLocation(await open(parameters, IPHONE), 'https://www.example.com/');
    expectLocation(await open(parameters, PIXEL), 'https://www.example.com/');
  });

  const APPS = {
    link: 'https://www.example.com/item/7?a=1',
    apn: 'com.example.app',
    ibi: 'com.example.ios',
    isi: '123456789',
  };

  test('Android opens the app by its package, and goes to Google Play without it', async () => {
    const { headers, status } = await open({ ...APPS, utm_source: 'mail', gclid: 'g1' }, PIXEL);
    expect(status).toBe(302);
    const location = headers.location ?? '';
    expect(location).toMatch(/^intent:\/\/www\.example\.com\/item\/7\?a=1&utm_source=mail#Intent;/);
    expect(location).toContain(';package=com.example.app;');
    const fallback = decodeURIComponent(/S\.browser_fallback_url=([^;]+);/.exec(location)?.[1] ?? '');
    expect(fallback).toMatch(/^https:\/\/play\.google\.com\/store\/apps\/details\?id=com\.example\.app/);
    const referrer = new URL(fallback).searchParams.get('referrer') ?? '';
    expect(Object.fromEntries(new URLSearchParams(referrer))).toMatchObject({
      utm_source: 'mail',
      gclid: 'g1',
    });
  });

  test('Android is led by al and afl where they stand', async () => {
    const al = 'https://www.example.com/android';
    const afl = 'https://get.shop.example/android';
    const { headers } = await open({ ...APPS, al, afl, amv: '12' }, PIXEL);
    expect(headers.location).toContain('intent://www.example.com/android#Intent;');
    expect(headers.location).toContain(`S.browser_fallback_url=${encodeURIComponent(afl)}`);
  });

  test('an iPhone gets a page with the app’s scheme and its store; with efr it is redirected to the store', async () => {
    const itunes = { at: 'at1', ct: 'ct1', mt: '8', pt: 'pt1' };
    const page = await open({ ...APPS, ...itunes, ius: 'exampleapp' }, IPHONE);
    expect(page.status).toBe(200);
    expect(page.text).toContain('exampleapp://');
    expect(page.text).toContain('https://apps.apple.com/app/id123456789');
    const byItself = await open({ ...APPS, ...itunes }, IPHONE);
    expect(byItself.text).toContain('com.example.ios://');
    const forced = await open({ ...APPS, ...itunes, efr: '1' }, IPHONE);
    expectLocation(forced, /^https:\/\/apps\.apple\.com\/app\/id123456789\?/);
    const store = new URL(forced.headers.location ?? '');
    expect(Object.fromEntries(store.searchParams)).toMatchObject(itunes);
  });

  test('ifl stands in for the App Store, and ipfl for iPads', async () => {
    const ifl = 'https://get.shop.example/ios';
    const ipfl = 'https://get.shop.example/ipad';
    const parameters = { ...APPS, ifl, ipfl, ipbi: 'com.example.ipad', imv: '2.0', efr: '1' };
    expectLocation(await open(parameters, IPHONE), ifl);
    expectLocation(await open(parameters, IPAD), ipfl);
  });

  test('unfurlers get its card', async () => {
    const card = { st: 'A "title"', sd: 'A <description>', si: 'https://img.shop.example/a.png' };
    const { status, text } = await open({ link: 'https://www.example.com/', ...card }, UNFURLER);
    expect(status).toBe(200);
    expect(text).toContain('A &quot;title&quot;');
    expect(text).toContain('A &lt;description&gt;');
    expect(text).toContain('https://img.shop.example/a.png');
    expect(text).not.toContain('Firebase long links');
    // Whoever asks for the card again by its own URL gets the same.
    const url = /property="og:url" content="([^"]+)"/.exec(text)?.[1] ?? '';
    const again = await api.visit(url.replaceAll('&amp;', '&').slice(`http://${PUBLIC_HOST}`.length), {
      'user-agent': UNFURLER,
    });
    expect(again.text).toBe(text);
  });

  test('what a visitor wrote into a long link is in its card, and on no page that people see', async () => {
    const written = { st: 'Locked account', sd: 'call +1 900', si: 'https://img.shop.example/a.png' };
    const shown = ({ text }: Answer) =>
      text.slice(text.indexOf('<body>')).replaceAll(/<script.*?<\/script>|<(?!img)[^>]*>/gs, ' ');
    const opening = await open({ ...APPS, ...written }, IPHONE);
    expect(opening.text).toContain('<h1>Continue in the app</h1>');
    expect(shown(opening)).toContain('www.example.com');
    for (const userAgent of [PERSON, IPHONE, PIXEL]) {
      const flow = await open({ ...APPS, ...written, d: '1' }, userAgent);
      expect(flow.text).not.toMatch(/<title>[^<]*Locked/);
      expect(shown(flow)).not.toMatch(/Locked|900|<img/);
    }
    const [standIn] = await standIns();
    await api.ok('PATCH', `/links/${standIn.id}`, { body: { settings: { redirectType: 200 } } });
    const forward = await open({ link: APPS.link, ...written });
    await api.ok('PATCH', `/links/${standIn.id}`, { body: { settings: { redirectType: null } } });
    expect(forward.text).toContain('http-equiv="refresh"');
    expect(shown(forward)).toContain('www.example.com');
    for (const page of [opening, forward]) {
      expect(page.text).not.toMatch(/<title>[^<]*Locked|name="description"/);
      expect(shown(page)).not.toMatch(/Locked|900|<img/);
      expect(page.text).toContain('property="og:title" content="Locked account"');
    }
  });

  test('a picture on a host nobody vouches for is left out, and the link followed', async () => {
    const parameters = { ...APPS, st: 'A title', si: 'https://evil.invalid/x.png' };
    for (const userAgent of [IPHONE, UNFURLER]) {
      const { status, text } = await open(parameters, userAgent);
      expect(status).toBe(200);
      expect(text).not.toMatch(/<img|og:image/);
    }
    expect((await open(parameters, UNFURLER)).text).toContain('<h1>A title</h1>');
    expect((await open(parameters, PIXEL)).status).toBe(302);
  });

  describe('to hosts nobody vouches for', () => {
    const KNOWN = 'https://www.example.com/';
    test.each([
      ['link', { link: 'https://evil.invalid/' }],
      ['al', { link: KNOWN, apn: 'a.b', al: 'https://evil.invalid/' }],
      ['afl', { link: KNOWN, apn: 'a.b', afl: 'https://evil.invalid/' }],
      ['ifl', { link: KNOWN, ibi: 'a.b', ifl: 'https://evil.invalid/' }],
      ['ipfl', { link: KNOWN, ibi: 'a.b', ipfl: 'https://evil.invalid/' }],
      ['ofl', { link: KNOWN, ofl: 'https://evil.invalid/' }],
      ['link', { link: 'https://shop.example/' }],
      ['link', { link: 'https://notshop.example/' }],
      ['link', { link: 'https://www.example.com:8443/' }],
      ['link', { link: 'https://www.example.com@evil.invalid/' }],
      ['link', { link: 'https://www.example.com.evil.invalid/' }],
      ['link', { link: 'https://play.google.com/store/apps/details?id=evil' }],
      ['ofl', { link: KNOWN, ofl: 'https://play.google.com/url?q=https://evil.invalid' }],
      [
        'afl',
        { link: KNOWN, apn: 'a.b', afl: 'https://play.google.com/store/apps/details/../../url?id=evil' },
      ],
      ['afl', { link: KNOWN, apn: 'a.b', afl: 'https://play.google.com/store/apps/details?id=' }],
      ['ifl', { link: KNOWN, ibi: 'a.b', ifl: 'https://apps.apple.com/redirect?to=evil' }],
      ['ifl', { link: KNOWN, ibi: 'a.b', ifl: 'https://itunes.apple.com/' }],
    ])('%s is not followed: %j', async (parameter, parameters: Readonly<Record<string, string>>) => {
      for (const userAgent of [PERSON, IPHONE, PIXEL, UNFURLER, 'curl/8.5.0']) {
        const { status, headers, text } = await open(parameters, userAgent);
        expect(status).toBe(400);
        expect(headers.location).toBeUndefined();
        expect(text).toContain(`${parameter} leads to a host`);
        expect(text).not.toContain('evil');
      }
    });

    test('links, saved apps, domains and the list make a host known; taking them away takes it back', async () => {
      const knows = async (host: string) => (await open({ link: `https://${host}/` })).status === 302;
      expect(await knows('a.shop.example')).toBe(true);
      expect(await knows('known.by.link')).toBe(false);
      const link = await api.link({ destination: 'https://known.by.link/deep' });
      expect(await knows('known.by.link')).toBe(true);
      await api.ok('DELETE', `/links/${link.id}`);
      expect(await knows('known.by.link')).toBe(false);
      expect(await knows('store.example')).toBe(false);
      const app = { platform: 'android', name: 'A', identifier: 'a.b', storeUrl: 'https://store.example/a' };
      await api.ok('POST', '/apps', { body: app });
      expect(await knows('store.example')).toBe(true);
      expect(await knows('own.domain.example')).toBe(false);
      await api.ok('POST', '/domains', { body: { host: 'own.domain.example' } });
      expect(await knows('own.domain.example')).toBe(true);
    });

    test('stores are known to whoever has no app', async () => {
      const afl = 'https://play.google.com/store/apps/details?id=a.b';
      expect((await open({ link: KNOWN, apn: 'a.b', afl }, PIXEL)).status).toBe(302);
      for (const ofl of [afl, 'https://apps.apple.com/kr/app/name/id5'])
        expect((await open({ link: KNOWN, ofl })).headers.location).toBe(ofl);
      // That a link leads to one page there vouches for no other.
      const link = await api.link({ destination: afl });
      expect((await open({ link: 'https://play.google.com/url?q=https://evil.invalid' })).status).toBe(400);
      await api.ok('DELETE', `/links/${link.id}`);
    });
  });

  test.each([
    [{ link: '' }, 'link must be an http or https URL'],
    [{ link: 'javascript:alert(1)' }, 'link must be an absolute http or https URL'],
    [{ link: 'data:text/html,<script>alert(1)</script>' }, 'link must be'],
    [{ link: 'www.example.com' }, 'link must be'],
    [{ link: 'https://www.example.com\\@alert.invalid/' }, 'link must not contain a backslash'],
    [{ link: 'https://www.example.com/a\\b' }, 'link must not contain a backslash'],
    [{ link: 'https://a@b@www.example.com/' }, 'link must not have more than one @'],
    [{ link: 'https://www.example.com/', apn: 'a.b', al: 'https://www.example.com\\@alert/' }, 'al must not'],
    [{ link: 'https://x.page.link/abc' }, 'link must not be another dynamic link'],
    [{ link: `http://${PUBLIC_HOST}/?link=https%3A%2F%2Fwww.example.com%2F` }, 'link must not be another'],
    [{ link: 'https://www.example.com/', ofl: 'javascript:alert(1)' }, 'ofl must be'],
    [{ link: 'https://www.example.com/', apn: 'a.b', afl: 'intent://x#Intent;end' }, 'afl must be'],
    [{ link: `https://www.example.com/${'x'.repeat(3_000)}` }, 'link must have at most'],
  ] as [Readonly<Record<string, string>>, string][])('says what is wrong: %$', async (parameters, why) => {
    const { status, headers, text } = await open(parameters);
    expect(status).toBe(400);
    expect(headers.location).toBeUndefined();
    expect(headers['content-type']).toMatch(/^text\/html/);
    expect(text).toContain(why);
    expect(text).not.toContain('alert');
  });

  test('a domain with a prefix has them below it, with and without a slash', async () => {
    const host = 'links.prefix.example';
    const { id } = await api.ok('POST', '/domains', { body: { host, pathPrefix: 'share' } });
    await api.ok('POST', '/domains', { body: { host } });
    const query = long({ link: 'https://www.example.com/prefixed' });
    for (const path of ['/share/', '/share', '/'])
      expectLocation(await api.visit(`${path}?${query}`, { host }), 'https://www.example.com/prefixed');
    const ofPrefix = (await standIns()).filter((link) => link.shortUrl.includes(`${host}/share/`));
    expect(ofPrefix).toHaveLength(1);
    expect(ofPrefix[0].destination).toBe(`http://${host}/share/`);
    expect((await api.visit(`/share/abc?${query}`, { host })).status).toBe(404);
    expect((await api.visit(`/elsewhere/?${query}`, { host })).status).toBe(404);

    // A link that somebody has made keeps the domain, and the stand-in with it.
    const made = await api.link({ domain: `${host}/share` });
    await api.refused(409, 'DELETE', `/domains/${id}`);
    await api.ok('GET', `/links/${ofPrefix[0].id}`);
    expectLocation(await api.visit(`/share/?${query}`, { host }), 'https://www.example.com/prefixed');
    await api.ok('DELETE', `/links/${made.id}`);
    await api.ok('DELETE', `/domains/${id}`);
    await api.refused(404, 'GET', `/links/${ofPrefix[0].id}`);
    expect((await api.visit(`/share/?${query}`, { host })).headers.location).toBeUndefined();
    expectLocation(await api.visit(`/?${query}`, { host }), 'https://www.example.com/prefixed');
  });

  test('their clicks are those of one link of the domain, which rules them all', async () => {
    const host = 'one.for.all.example';
    await api.ok('POST', '/domains', { body: { host } });
    const go = (n: number, headers = {}) =>
      api.visit(`/?${long({ link: `https://www.example.com/${n}`, utm_source: 'mail' })}`, {
        host,
        ...headers,
      });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => go(n)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(302));
    await go(1, { 'user-agent': UNFURLER });
    await api.visit(`/?${long({ link: 'https://www.example.com/' })}`, { host }, 'HEAD');
    const [standIn, ...others] = (await standIns()).filter(({ shortUrl }) => shortUrl.includes(host));
    expect(others).toEqual([]);
    expect(standIn).toMatchObject({ destination: `http://${host}/`, source: 'firebase' });
    await until(
      async () => (await api.ok('GET', `/links/${standIn.id}`)).clicks === 20,
      'the clicks are counted',
    );
    const { breakdowns } = await api.ok('GET', `/stats?linkId=${standIn.id}&breakdown=utmSource`);
    expect(JSON.stringify(breakdowns)).toContain('"mail"');

    const { id: groupId } = await api.group({ paused: true });
    await api.ok('PATCH', `/links/${standIn.id}`, { body: { groupId } });
    expect((await go(1)).status).toBe(404);
    await api.ok('PATCH', `/groups/${groupId}`, { body: { settings: { paused: null } } });
    expect((await go(1)).status).toBe(302);
    await api.ok('PATCH', `/links/${standIn.id}`, { body: { settings: { passQuery: false } } });
    const answer = await api.visit(`/?${long({ link: 'https://www.example.com/' })}&x=1`, { host });
    expectLocation(answer, 'https://www.example.com/');

    await api.ok('DELETE', `/links/${standIn.id}`);
    expect((await go(1)).status).toBe(302);
    const again = (await standIns()).filter(({ shortUrl }) => shortUrl.includes(host));
    expect(again).toHaveLength(1);
    expect(again[0].id).not.toBe(standIn.id);
  });

  test('limits and passwords of that link hold', async () => {
    const host = 'guarded.example';
    await api.ok('POST', '/domains', { body: { host } });
    const path = `/?${long({ link: 'https://www.example.com/secret' })}&x=1`;
    expect((await api.visit(path, { host })).status).toBe(302);
    const [standIn] = (await standIns()).filter(({ shortUrl }) => shortUrl.includes(host));
    await api.ok('PATCH', `/links/${standIn.id}`, { body: { settings: { password: 'crocus' } } });
    const form = await api.visit(path, { host });
    expect(form.status).toBe(200);
    expect(form.text).toContain('type="password"');
    expect(form.text).not.toMatch(/secret|action=/);
    const post = (password: string) =>
      api.send('POST', path, new URLSearchParams({ password }).toString(), {
        host,
        'user-agent': PERSON,
        'content-type': 'application/x-www-form-urlencoded',
      });
    expect((await post('tulip')).headers.location).toBeUndefined();
    const entered = await post('crocus');
    expect(entered.status).toBe(303);
    expect(entered.headers.location).toBe('https://www.example.com/secret?x=1');
    const cookie = String(entered.headers['set-cookie']).split(';')[0] ?? '';
    expect((await api.visit(path, { host, cookie })).status).toBe(302);
    const crawler = await api.visit(path, { host, 'user-agent': UNFURLER });
    expect(crawler.text).not.toContain('secret');

    await api.ok('PATCH', `/links/${standIn.id}`, { body: { settings: { password: null, maxClicks: 4 } } });
    const statuses: number[] = [];
    // Clicks from before there was a limit count against it, as soon as they are counted.
    for (let n = 0; n < 5; n++) statuses.push((await api.visit(path, { host })).status);
    expect(statuses).toContain(302);
    expect(statuses.at(-1)).toBe(403);
  });

  test('the root without a link is still the root', async () => {
    const { status, headers } = await api.visit('/?apn=com.example.app');
    expect(status).toBe(200);
    expect(headers.location).toBeUndefined();
  });
});

test('no query makes it lead elsewhere, or fall over', async () => {
  const api = await Api.open(SQLITE);
  try {
    await api.ok('PATCH', '/project', { body: { allowedHosts: ['www.example.com'] } });
    const value = fc.oneof(
      fc.constantFrom(
        'https://www.example.com/',
        'https://www.example.com\\@evil.invalid/',
        'https:/\\evil.invalid/',
        '///evil.invalid',
        'https://www.example.com%2F@evil.invalid',
        'https://www.example.com\t.evil.invalid/',
        'https://evil。invalid/',
        'HTTPS://EVIL.INVALID',
        'javascript:alert(1)',
      ),
      fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => text.isWellFormed()),
      fc.webUrl(),
    );
    const name = fc.constantFrom(
      'link',
      'apn',
      'afl',
      'ifl',
      'ipfl',
      'ofl',
      'ibi',
      'ius',
      'al',
      'si',
      'd2',
      'efr',
    );
    const pairs = fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 8 });
    const userAgent = fc.constantFrom(PERSON, IPHONE, IPAD, PIXEL);
    await fc.assert(
      fc.asyncProperty(pairs, userAgent, async (given, agent) => {
        const query = given.map(([key, text]) => `${key}=${encodeURIComponent(text)}`).join('&');
        const { status, headers, text } = await api.visit(
          `/?link=${encodeURIComponent(given[0]?.[1] ?? '')}&${query}`,
          {
            'user-agent': agent,
          },
        );
        expect([200, 302, 400, 431]).toContain(status);
        const location = headers.location;
        if (location !== undefined) {
          expect(location).toMatch(/^[\x21-\x7e]+$/);
          const target = location.replace(/^intent:\/\//, 'https://');
          expect(['www.example.com', 'play.google.com', 'apps.apple.com']).toContain(new URL(target).host);
        }
        expect(text).not.toMatch(/href="javascript:/i);
      }),
      { numRuns: 200 },
    );
  } finally {
    await api.close();
  }
}, 120_000);
