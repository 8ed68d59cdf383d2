import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type Answer, Api, fieldsOf, type Json, KEY, PERSON, PUBLIC_HOST } from './api.ts';

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';
const PIXEL =
  'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36';
const HUAWEI =
  'Mozilla/5.0 (Linux; Android 12; HarmonyOS; NOH-AN00; HMSCore 6.13.0.322) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.5735.196 HuaweiBrowser/15.0.4.312 Mobile Safari/537.36';
const PREFIX = `http://${PUBLIC_HOST}`;
const OWN = 'com.example.own';
const LINK = 'https://www.example.com/item';
const APPLE = 'https://apps.apple.com/app/id';
const PLAY = 'https://play.google.com/store/apps/details?id=';

describe.each(ENGINES)('links that anybody may write open the project’s own apps, on $name', (engine) => {
  let api: Api;
  let key: string;
  beforeAll(async () => {
    api = await Api.open(engine);
    await api.ok('PATCH', '/project', { body: { allowedHosts: ['www.example.com'] } });
    const saved = (input: object) => api.ok('POST', '/apps', { body: { name: 'Ours', ...input } });
    await saved({ platform: 'ios', identifier: OWN, appStoreId: '111', customScheme: 'own' });
    await saved({ platform: 'android', identifier: OWN });
    // Of the project, and not of the key.
    await saved({ platform: 'ios', identifier: 'com.example.sister', appStoreId: '222' });
    await saved({ platform: 'android', identifier: 'com.example.sister' });
    const apps = ['ios', 'android'].map((platform) => ({ platform, identifier: OWN }));
    const body = { name: 'in the app', scopes: ['deeplinks:create'], apps };
    ({ key } = await api.ok('POST', '/keys', { body }));
  });
  afterAll(() => api.close());

  const queryOf = (parameters: Readonly<Record<string, string>>) =>
    new URLSearchParams({ link: LINK, ...parameters }).toString();
  const make = (parameters: Readonly<Record<string, string>>, auth = key): Promise<Answer> =>
    api.send(
      'POST',
      `/v1/shortLinks?key=${auth}`,
      JSON.stringify({ longDynamicLink: `${PREFIX}/?${queryOf(parameters)}` }),
      { 'content-type': 'application/json' },
    );

  describe('short links made with a key inside an app', () => {
    test.each([
      { ibi: OWN },
      { apn: OWN },
      { ibi: OWN, isi: '111', ius: 'own', ipbi: OWN, apn: OWN },
      { ibi: OWN, si: 'https://www.example.com/x.png' },
      { ibi: OWN, ifl: `${APPLE}111?pt=1`, apn: OWN, afl: `${PLAY}${OWN}&hl=ko`, ofl: `${PLAY}${OWN}` },
    ] as Readonly<Record<string, string>>[])('may say %j', async (parameters) => {
      const { status, text } = await make(parameters);
      expect(status, text).toBe(200);
    });

    test.each([
      ['apn', { ibi: OWN, apn: 'com.example.sister' }],
      ['ibi', { ibi: 'com.example.sister', apn: OWN }],
      ['ipbi', { ibi: OWN, ipbi: 'com.example.sister' }],
      ['isi', { ibi: OWN, isi: '222' }],
      ['isi', { ibi: OWN, isi: '999' }],
      ['ius', { ibi: OWN, ius: 'otherapp' }],
      ['link', { ibi: OWN, link: `${PLAY}com.evil` }],
      ['ifl', { ibi: OWN, ifl: `${APPLE}999` }],
      ['ifl', { ibi: OWN, ifl: `${PLAY}com.evil` }],
      ['ipfl', { ibi: OWN, ipfl: `${APPLE}222` }],
      ['afl', { apn: OWN, afl: `${PLAY}com.evil` }],
      ['afl', { apn: OWN, afl: `${PLAY}${OWN}&id=com.evil` }],
      ['ofl', { ibi: OWN, ofl: `${APPLE}999` }],
      ['link', { ibi: OWN, link: `${APPLE}999` }],
      ['al', { apn: OWN, al: `${PLAY}com.evil` }],
      ['si', { ibi: OWN, si: 'https://evil.invalid/x.png' }],
    ] as [string, Readonly<Record<string, string>>][])(
      'may not say %s of others: %j',
      async (parameter, said) => {
        const before = await api.state();
        const { status, json } = await make(said);
        expect(status).toBe(403);
        expect(json.error.status).toBe('PERMISSION_DENIED');
        expect(json.error.message).toMatch(new RegExp(`^${parameter} `));
        expect(await api.state()).toEqual(before);
      },
    );

    test('name an app, and none that the project has not saved by its number', async () => {
      expect((await make({})).status).toBe(403);
      const apps = [{ platform: 'ios', identifier: 'com.example.unsaved' }];
      const body = { name: 'unsaved', scopes: ['deeplinks:create'], apps };
      const { key: unsaved } = await api.ok('POST', '/keys', { body });
      expect((await make({ ibi: 'com.example.unsaved' }, unsaved)).status).toBe(200);
      const refused = await make({ ibi: 'com.example.unsaved', isi: '999' }, unsaved);
      expect(refused.json.error.message).toMatch(/^isi must be/);
      const byScheme = await make({ ibi: 'com.example.unsaved', ius: 'whatsapp' }, unsaved);
      expect(byScheme.json.error.message).toMatch(/^ius must be/);
      const isSaid = await make({ ibi: 'com.example.unsaved', ius: 'com.example.unsaved' }, unsaved);
      expect(isSaid.status, isSaid.text).toBe(200);
      // A key of servers leads where it likes.
      expect(
        (await make({ ibi: 'com.elsewhere', isi: '999', afl: `${PLAY}com.elsewhere` }, KEY)).status,
      ).toBe(200);
    });
  });

  describe('links made by the SDK', () => {
    const create = (body: object): Promise<Answer> =>
      api.call('POST', '/dynamic-link', { body: { deepLink: LINK, customParameters: {}, ...body }, key });

    test.each([
      'https://apps.apple.com/app/id999',
      `${APPLE}222`,
      `${PLAY}com.evil`,
      'https://itunes.apple.com/',
    ])('do not fall back to %s', async (fallbackUrl) => {
      const before = await api.state();
      const answer = await create({ fallbackUrl });
      expect(answer.status, answer.text).toBe(422);
      expect(fieldsOf(answer.json)).toEqual(['fallbackUrl']);
      const leading = await create({ deepLink: fallbackUrl });
      expect(fieldsOf(leading.json)).toEqual(['deepLink']);
      expect(await api.state()).toEqual(before);
    });

    test('show no picture of a host that the project does not lead to', async () => {
      const { status, json } = await create({ socialImageUrl: 'https://evil.invalid/x.png' });
      expect(status).toBe(422);
      expect(fieldsOf(json)).toEqual(['socialImageUrl']);
      expect((await create({ socialImageUrl: 'https://www.example.com/x.png' })).status).toBe(201);
    });

    test('lead where the project does, also with a key of a server that makes nothing else', async () => {
      const body = { name: 'maker', scopes: ['deeplinks:create'] };
      const { key: maker } = await api.ok('POST', '/keys', { body });
      const makes = (more: object, auth = maker) =>
        api.call('POST', '/dynamic-link', { body: { deepLink: LINK, ...more }, key: auth });
      for (const field of ['deepLink', 'fallbackUrl', 'socialImageUrl']) {
        const { status, json } = await makes({ [field]: 'https://evil.invalid/' });
        expect(status).toBe(422);
        expect(fieldsOf(json)).toEqual([field]);
        expect((await makes({ [field]: 'https://elsewhere.invalid/' }, KEY)).status).toBe(201);
      }
      expect((await make({ link: 'https://evil.invalid/' }, maker)).status).toBe(403);
      expect((await makes({ fallbackUrl: `${PLAY}${OWN}` })).status).toBe(201);
    });

    test.each([`${APPLE}111`, `${PLAY}${OWN}`])('fall back to their own page, %s', async (fallbackUrl) => {
      const { status, text } = await create({ fallbackUrl });
      expect(status, text).toBe(201);
    });
  });

  test('a saved app is followed, and the fallback goes as long as it says of no store', async () => {
    const identifier = 'com.example.storeless';
    const saved = {
      platform: 'ios',
      name: 'Storeless',
      identifier,
      minVersion: '3',
      customScheme: 'storeless',
    };
    const { id } = await api.ok('POST', '/apps', { body: saved });
    const made = async (more: object): Promise<Json> => {
      const { shortLink } = await api.ok('POST', '/dynamic-link', {
        body: { deepLink: LINK, iosBundleId: identifier, customParameters: {}, ...more },
      });
      const { links } = await api.ok('GET', `/links?code=${new URL(shortLink).pathname.slice(1)}`);
      return links[0];
    };
    const fallbackUrl = 'https://www.example.com/get';
    const link = await made({ fallbackUrl });
    expect(link.apps.ios).toMatchObject({ savedAppId: id, storeUrl: null });
    expect((await made({})).apps.ios).toMatchObject({ savedAppId: id });
    const page = async () => (await api.visit(`/${link.code}`, { 'user-agent': IPHONE })).text;
    expect(await page()).toContain(`<a id="web" href="${fallbackUrl}">`);
    expect(await page()).not.toContain('id="store"');
    await api.ok('PATCH', `/apps/${id}`, { body: { appStoreId: '333', customScheme: 'renamed' } });
    expect(await page()).toContain(`<a id="store" href="${APPLE}333">`);
    expect(await page()).toContain('href="renamed://');
    await api.ok('DELETE', `/apps/${id}`);
    expect((await api.visit(`/${link.code}`, { 'user-agent': IPHONE })).headers.location).toBe(fallbackUrl);
  });

  test.each([
    ['no app', IPHONE, {}, 'https://www.example.com/get'],
    ['no app', PIXEL, {}, 'https://www.example.com/get'],
    ['an app for Android', IPHONE, { androidPackageName: 'com.example.only' }, 'https://www.example.com/get'],
    [
      'an app for iOS of which no more is known',
      IPHONE,
      { iosBundleId: 'a.b' },
      'https://www.example.com/get',
    ],
    ['an app for iOS', PIXEL, { iosBundleId: 'a.b' }, 'https://www.example.com/get'],
    [
      'an app for Android',
      HUAWEI,
      { androidPackageName: 'com.example.only' },
      /url=https%3A%2F%2Fwww\.example\.com%2Fget;/,
    ],
    [
      'an app for Android',
      PIXEL,
      { androidPackageName: 'com.example.only' },
      /url=https%3A%2F%2Fplay\.google\.com%2F/,
    ],
  ] as const)(
    'the fallback of a link with %s is for phones without a store of it: %s',
    async (_, userAgent, apps, expected) => {
      const fallbackUrl = 'https://www.example.com/get';
      const locationOf = async (more: object) => {
        const { shortLink } = await api.ok('POST', '/dynamic-link', {
          body: { deepLink: LINK, ...apps, ...more },
        });
        const { pathname } = new URL(shortLink);
        return (await api.visit(pathname, { 'user-agent': userAgent })).headers.location;
      };
      const location = await locationOf({ fallbackUrl });
      if (typeof expected === 'string') expect(location).toBe(expected);
      else expect(location).toMatch(expected);
      expect(await locationOf({})).not.toContain('%2Fget');
      expect(await locationOf({})).not.toBe(fallbackUrl);
    },
  );

  describe('long links', () => {
    const open = (parameters: Readonly<Record<string, string>>, userAgent: string) =>
      api.visit(`/?${queryOf(parameters)}`, { 'user-agent': userAgent });

    test('open the apps that are saved', async () => {
      const ios = await open({ ibi: OWN, isi: '111' }, IPHONE);
      expect(ios.status).toBe(200);
      expect(ios.text).toContain(`${APPLE}111`);
      expect((await open({ apn: OWN }, PIXEL)).headers.location).toContain(`package=${OWN};`);
      const both = await open({ ibi: OWN, ipbi: 'com.example.sister', isi: '111' }, IPHONE);
      expect(both.text).toContain(`${APPLE}111`);
      expect((await open({ ofl: `${PLAY}${OWN}` }, PERSON)).headers.location).toBe(`${PLAY}${OWN}`);
    });

    test.each([
      [{ ibi: OWN, isi: '111', ius: 'whatsapp' }, 'own'],
      [{ ibi: OWN, isi: '111' }, 'own'],
      [{ ibi: OWN, isi: '111', ius: 'OWN' }, 'OWN'],
      [{ ibi: OWN, isi: '111', ius: 'com.example.own' }, 'own'],
      [{ ibi: 'com.example.sister', isi: '222', ius: 'own' }, 'com.example.sister'],
      [{ ibi: 'com.example.sister', isi: '222', ius: 'whatsapp' }, 'com.example.sister'],
      [{ ibi: 'com.example.sister', isi: '222' }, 'com.example.sister'],
      [{ ibi: 'com.example.sister', ipbi: OWN, isi: '222', ius: 'own' }, 'own'],
    ] as [Readonly<Record<string, string>>, string][])(
      'open the app that is saved by its own scheme: %j',
      async (parameters, scheme) => {
        const { text } = await open(parameters, IPHONE);
        const opened = [...text.matchAll(/href="([^":]+):\/\/www\.example\.com\/item"/g)].map(
          ([, name]) => name,
        );
        expect(opened.filter((name) => name !== 'https')).toEqual([scheme]);
      },
    );

    test.each([
      [IPHONE, { ibi: 'com.evil', isi: '111' }],
      [IPHONE, { ibi: 'com.evil', ius: 'own' }],
      [IPHONE, { ibi: OWN, isi: '999' }],
      [IPHONE, { ibi: OWN, isi: '222' }],
      [IPHONE, { ibi: OWN, ipbi: 'com.evil', isi: '111' }],
      [IPHONE, { ibi: OWN, ifl: `${PLAY}com.evil` }],
      [PIXEL, { apn: 'com.evil' }],
      [PIXEL, { apn: 'com.evil', afl: `${PLAY}${OWN}` }],
      [PIXEL, { apn: OWN, afl: `${PLAY}com.evil` }],
      [PIXEL, { apn: OWN, afl: `${APPLE}999` }],
      [PERSON, { ofl: `${PLAY}com.evil` }],
    ] as [string, Readonly<Record<string, string>>][])(
      'lead %s to the web for others: %j',
      async (agent, said) => {
        const { status, headers, text } = await open(said, agent);
        expect(status, text).toBe(302);
        expect(headers.location).toBe(LINK);
      },
    );

    test('lead to no page of a store because one app is had there', async () => {
      const body = { platform: 'ios', name: 'By URL', identifier: 'com.by.url', storeUrl: `${APPLE}444` };
      const { id } = await api.ok('POST', '/apps', { body });
      expect((await open({ link: `${APPLE}999` }, PERSON)).status).toBe(400);
      expect((await open({ link: `${APPLE}444` }, PERSON)).headers.location).toBe(`${APPLE}444`);
      await api.ok('DELETE', `/apps/${id}`);
    });

    test('follow what is saved and deleted at once', async () => {
      const opens = async () => (await open({ apn: 'com.example.late' }, PIXEL)).headers.location !== LINK;
      expect(await opens()).toBe(false);
      const body = { platform: 'android', name: 'Late', identifier: 'com.example.late' };
      const { id } = await api.ok('POST', '/apps', { body });
      expect(await opens()).toBe(true);
      await api.ok('DELETE', `/apps/${id}`);
      expect(await opens()).toBe(false);
    });

    test.each([
      'itms-services',
      'ITMS-AppsS',
      'shortcuts',
      'googlechromes',
      'firefox',
      'microsoft-edge',
      'app-prefs',
    ])('offer no %s://', async (ius) => {
      const { text } = await open({ ibi: OWN, isi: '111', ius }, IPHONE);
      expect(text.toLowerCase()).not.toContain(`${ius.toLowerCase()}:`);
    });
  });
});
