import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { newClickId } from '../../src/visits/click-id.ts';
import { ENGINES } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { type Answer, type Json, KEY, PUBLIC_HOST, STRANGER } from './api.ts';
import { Bit2Connect } from './bit2connect-client.ts';

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';
const GALAXY =
  'Mozilla/5.0 (Linux; Android 14; SM-S928N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36';
const MAC_OR_IPAD =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15';
const HUAWEI =
  'Mozilla/5.0 (Linux; Android 12; HarmonyOS; ALN-AL00; HMSCore 6.13.0.302) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.5735.196 HuaweiBrowser/15.0.4.312 Mobile Safari/537.36';
const APP = 'com.example.app';
const APPS = {
  ios: { identifier: APP, storeUrl: 'https://apps.apple.com/app/id1', minVersion: '2.0.0' },
  android: { identifier: APP },
};

/** As the vendor's SDK decodes a deferred link: three fields it cannot do without, five that may be missing. */
function decodeLinkData({ status, headers, text }: Answer): Json {
  expect(status, text).toBe(200);
  expect(headers['content-type']).toMatch(/^application\/json/);
  const decoded: Json = JSON.parse(text);
  if (decoded === null) return null;
  expect(typeof decoded.originalUrl).toBe('string');
  expect(typeof decoded.path).toBe('string');
  for (const value of Object.values(decoded.parameters)) expect(typeof value).toBe('string');
  for (const name of ['campaign', 'source', 'medium', 'content', 'term'])
    expect(['string', 'undefined']).toContain(typeof decoded[name]);
  return decoded;
}

/** The click that an answer hands on, however often it is encoded in there. */
function clickIdIn({ headers, text }: Answer): string {
  const said = `${headers.location ?? ''} ${text}`;
  const [, id] = /click_id(?:=|%3D|%253D)([0-9a-f]{32})/.exec(said) ?? [];
  expect(id, said).toBeDefined();
  return id as string;
}

describe.each(ENGINES)('apps that are opened for the first time, on $name', (engine) => {
  let client: Bit2Connect;
  let addresses = 0;
  beforeAll(async () => {
    client = await Bit2Connect.open(engine);
  });
  afterAll(() => client.close());

  /** A network of its own for every test, so that none finds another's clicks. */
  const newAddress = () => {
    addresses += 1;
    return `203.0.${addresses >> 8}.${addresses & 255}`;
  };

  const appLink = (input: object = {}): Promise<Json> =>
    client.api.link({ destination: 'https://example.com/product/123?k=v', apps: APPS, ...input });

  interface Visitor {
    readonly address: string;
    readonly userAgent?: string;
    readonly language?: string;
  }

  /** What a phone does with a link. @returns the answer */
  const tap = async (path: string, { address, userAgent = IPHONE, language = 'ko-KR,ko;q=0.9' }: Visitor) => {
    const headers = {
      'user-agent': userAgent,
      'accept-language': language,
      'x-forwarded-for': address,
      'sec-fetch-dest': 'document',
    };
    let answer: Answer | undefined;
    // A machine that is busy hears of a new link late on PostgreSQL, and says so; a phone would try again.
    await until(async () => {
      answer = await client.api.visit(path, headers);
      return answer.status !== 503;
    }, 'the link is known');
    expect(answer?.status, answer?.text).toBeLessThan(400);
    return answer as Answer;
  };

  /** The click id that Google Play would hand over. */
  const tapOnAndroid = async (path: string, address: string): Promise<string> => {
    const id = clickIdIn(await tap(path, { address, userAgent: GALAXY }));
    return `utm_source=x&click_id=${id}`;
  };

  const ask = (address: string, query: object = {}, key = KEY): Promise<Answer> => {
    const named = {
      device_id: randomUUID(),
      platform: 'ios',
      app_version: '1.0',
      os_version: '17.5',
      ...query,
    };
    const given = Object.entries(named).filter(([, value]) => value !== undefined);
    return client.api.call('GET', `/deferred-link?${new URLSearchParams(given)}`, {
      key,
      headers: { 'x-forwarded-for': address, 'accept-language': 'ko-KR;q=1.0' },
    });
  };

  /** How many devices have asked and were answered, whatever it was. */
  const notedDevices = async (): Promise<number> => {
    const { database, feed } = await openStore(client.api.location);
    try {
      const { noted } = await database.read
        .selectFrom('deferred_device')
        .select(({ fn }) => fn.countAll().as('noted'))
        .executeTakeFirstOrThrow();
      return Number(noted);
    } finally {
      await feed.stop();
      await database.close();
    }
  };

  /** @returns what the SDK makes of the answer */
  const sdk = async (address: string, query: object = {}, key = KEY) =>
    decodeLinkData(await ask(address, query, key));

  const resolve = async (body: object, { address = newAddress(), key = KEY } = {}): Promise<Json> => {
    const answer = await client.call('POST', '/deferred/resolve', {
      body: { platform: 'android', deviceId: randomUUID(), ...body },
      key,
      headers: { 'x-forwarded-for': address },
    });
    expect(answer.status, answer.text).toBe(200);
    return answer.json.data;
  };

  const publishable = async (apps: readonly object[], scopes?: readonly string[]): Promise<string> =>
    (await client.api.ok('POST', '/keys', { body: { name: 'in the app', apps, scopes } })).key;

  test('an iPhone learns after the installation where the link led, once', async () => {
    const address = newAddress();
    const link = await appLink({ campaign: { source: 'mail', campaign: 'spring' } });
    await tap(`/${link.code}`, { address });
    const device = { device_id: randomUUID() };
    expect(await sdk(address, device)).toEqual({
      originalUrl: 'https://example.com/product/123?k=v&utm_source=mail&utm_campaign=spring',
      path: '/product/123',
      parameters: { k: 'v', utm_source: 'mail', utm_campaign: 'spring' },
      source: 'mail',
      campaign: 'spring',
    });
    expect((await ask(address, device)).text).toBe('null');
    expect(await sdk(address)).toBeNull();
  });

  test('each app of a vendor is told once, though they all say the same device id', async () => {
    const [address, deviceId] = [newAddress(), randomUUID()];
    const apps = ['com.vendor.one', 'com.vendor.two', 'com.vendor.three'];
    const links = await Promise.all(
      apps.map((identifier) => appLink({ apps: { ios: { ...APPS.ios, identifier } } })),
    );
    const [one, two, three] = links as [Json, Json, Json];
    const device = { device_id: deviceId };
    const key = await publishable([{ platform: 'ios', identifier: 'com.vendor.one' }]);
    for (const { code } of [one, two, three]) await tap(`/${code}`, { address });
    expect(await sdk(address, device, key)).not.toBeNull();
    await tap(`/${one.code}`, { address });
    // The key's only app and the app that is named are the same app.
    expect(await sdk(address, { ...device, app_id: 'com.vendor.one' })).toBeNull();
    expect(await sdk(address, { ...device, app_id: 'com.vendor.two' })).not.toBeNull();
    // Which app it is does not depend on who asks, and without one the device is one of its own.
    const body = { platform: 'ios', deviceId, clipboardUrl: three.shortUrl };
    expect(await resolve({ ...body, appId: 'com.vendor.three' })).toMatchObject({ matched: true });
    expect(await sdk(address, { ...device, app_id: 'com.vendor.three' })).toBeNull();
    expect(await resolve(body)).toMatchObject({ matched: true });
    expect(await resolve(body)).toMatchObject({ matched: false });
  });

  test.each([
    ['asks for notifications', { settings: { pushSubscription: true } }, GALAXY, 'android'],
    ['asks an iPhone for notifications', { settings: { pushSubscription: true } }, IPHONE, 'ios'],
    ['names an app for iOS and no way to it', { apps: { ios: { identifier: APP } } }, IPHONE, 'ios'],
    [
      'has no store for a phone without Google Play',
      { apps: { android: { identifier: APP } } },
      HUAWEI,
      'android',
    ],
    [
      'skips the page and has no store',
      { apps: { ios: { identifier: APP, customScheme: 'shop' } }, appRouting: { forceRedirect: true } },
      IPHONE,
      'ios',
    ],
  ])('a link that %s is remembered', async (_, input, userAgent, platform) => {
    const address = newAddress();
    const link = await appLink(input);
    await tap(`/${link.code}?ref=friend`, { address, userAgent });
    expect((await sdk(address, { platform, os_version: '' }))?.parameters).toEqual({ k: 'v', ref: 'friend' });
    // Nobody can install anything from within a picture, and desktops have no such apps.
    await client.api.visit(`/${link.code}`, {
      'user-agent': userAgent,
      'accept-language': 'ko-KR',
      'x-forwarded-for': address,
      'sec-fetch-dest': 'image',
    });
    expect(await sdk(address, { platform, os_version: '' })).toBeNull();
  });

  test('Google Play names the click of a link that asks for notifications', async () => {
    const link = await appLink({ settings: { pushSubscription: true } });
    const installReferrer = await tapOnAndroid(`/${link.code}`, newAddress());
    expect(await resolve({ installReferrer })).toMatchObject({
      matched: true,
      matchMethod: 'install_referrer',
      clickId: installReferrer.slice(-32),
    });
  });

  test('who has come on their own is told null, with 200', async () => {
    const answer = await ask(newAddress());
    expect([answer.status, answer.text]).toEqual([200, 'null']);
  });

  test('Google Play names the click, whatever the network', async () => {
    const link = await appLink({ metadata: { tier: 'gold' } });
    const installReferrer = await tapOnAndroid(`/${link.code}?ref=friend`, newAddress());
    expect(await resolve({ installReferrer })).toMatchObject({
      matched: true,
      deepLink: 'https://example.com/product/123?k=v&ref=friend',
      clickId: installReferrer.slice(-32),
      confidence: 1,
      matchMethod: 'install_referrer',
      customData: { tier: 'gold' },
      shortUrl: link.shortUrl,
    });
    expect(await resolve({ installReferrer })).toEqual({
      matched: false,
      deepLink: null,
      path: null,
      parameters: {},
      clickId: null,
      customData: {},
      campaign: {},
      shortUrl: null,
      code: null,
      minVersion: null,
      storeUrl: null,
      webUrl: null,
      confidence: 0,
      matchMethod: null,
    });
  });

  test('a Firebase long link is as good as a short one', async () => {
    await appLink();
    const query = `link=${encodeURIComponent('https://example.com/long?a=1')}&apn=${APP}&amv=7&ref=friend`;
    const installReferrer = await tapOnAndroid(`/?${query}`, newAddress());
    expect(await resolve({ installReferrer })).toMatchObject({
      matched: true,
      deepLink: 'https://example.com/long?a=1&ref=friend',
      minVersion: '7',
      shortUrl: `http://${PUBLIC_HOST}/?${query}`,
    });
    const url = `http://${PUBLIC_HOST}/?${query}`;
    const opened = await client.ok('POST', '/resolve', { url, platform: 'android' });
    expect(opened.data.deepLink).toBe('https://example.com/long?a=1&ref=friend');
  });

  test('a click that is named is told to one of many who ask at once', async () => {
    const link = await appLink();
    const installReferrer = await tapOnAndroid(`/${link.code}`, newAddress());
    const answers = await Promise.all(Array.from({ length: 12 }, () => resolve({ installReferrer })));
    expect(answers.filter(({ matched }) => matched)).toHaveLength(1);
  });

  test('an app may name the click itself, or what is in the clipboard', async () => {
    const link = await appLink();
    const [one = '', other = ''] = await Promise.all(
      [1, 2].map(async () => (await tapOnAndroid(`/${link.code}`, newAddress())).slice(-32)),
    );
    expect(await resolve({ clickId: one })).toMatchObject({ matchMethod: 'clipboard', clickId: one });
    const clipboardUrl = `https://example.com/x?click_id=${other}`;
    expect(await resolve({ clipboardUrl })).toMatchObject({ matchMethod: 'clipboard', clickId: other });
  });

  test('a click on the other platform is not the app’s that names it, and waits for its own', async () => {
    const link = await appLink();
    const installReferrer = await tapOnAndroid(`/${link.code}`, newAddress());
    const clickId = installReferrer.slice(-32);
    const key = await publishable([{ platform: 'ios', identifier: APP }]);
    for (const named of [
      { clickId },
      { installReferrer },
      { clipboardUrl: `https://x.test/?click_id=${clickId}` },
    ])
      expect(await resolve({ platform: undefined, ...named }, { key })).toMatchObject({ matched: false });
    // The link that is named beside it is as good as any.
    expect(
      await resolve({ platform: 'ios', clipboardUrl: `${link.shortUrl}?click_id=${clickId}` }),
    ).toMatchObject({
      matched: true,
      clickId: null,
    });
    expect(await resolve({ clickId })).toMatchObject({ matched: true, matchMethod: 'clipboard' });
  });

  test('an iPad that says it is a Mac is told of the click it names', async () => {
    const link = await appLink({ apps: { ios: { ...APPS.ios, customScheme: 'shop' } } });
    const answer = await tap(`/${link.code}`, { address: newAddress(), userAgent: MAC_OR_IPAD });
    const clickId = clickIdIn(answer);
    expect(await resolve({ platform: 'ios', clickId })).toMatchObject({ matched: true, clickId });
  });

  test('a short URL in the clipboard is the link, and counted as limited links are', async () => {
    const link = await appLink({ settings: { maxClicks: 1 } });
    const told = await resolve({ clipboardUrl: `${link.shortUrl}?a=1` });
    expect(told).toMatchObject({ matched: true, matchMethod: 'clipboard', confidence: 1, clickId: null });
    expect(await resolve({ clipboardUrl: link.shortUrl })).toMatchObject({ matched: false });
    for (const clipboardUrl of [
      'https://elsewhere.example/x',
      'not a url',
      'javascript:alert(1)',
      'x'.repeat(4_096),
    ])
      expect(await resolve({ clipboardUrl })).toMatchObject({ matched: false });
  });

  test('two links that fit equally well are no link', async () => {
    const address = newAddress();
    const [first, second] = [await appLink(), await appLink()];
    await tap(`/${first.code}`, { address });
    await tap(`/${second.code}`, { address });
    expect(await sdk(address)).toBeNull();
  });

  test('two taps on one link are one link, and the next device is not told of the other tap', async () => {
    const address = newAddress();
    const link = await appLink({ apps: { ios: { ...APPS.ios, customScheme: 'shop' } } });
    const { text } = await tap(`/${link.code}`, { address });
    await tap(`/${link.code}?fbclid=one`, { address });
    await tap(`/${link.code}`, { address, language: 'fr-FR' });
    expect((await sdk(address))?.path).toBe('/product/123');
    // Another language is somebody else.
    expect(await sdk(address, { language: 'fr-FR' })).not.toBeNull();
    expect(await sdk(address)).toBeNull();
    // Whoever has the earlier click itself is told of it all the same.
    const [, clipboardUrl = ''] = /data-copy="([^"]+)"/.exec(text) ?? [];
    expect(await resolve({ platform: 'ios', clipboardUrl })).toMatchObject({ matched: true, confidence: 1 });
    await tap(`/${link.code}`, { address });
    expect(await sdk(address)).not.toBeNull();
  });

  test('what does not travel on, or only names an advertisement’s click, makes no other place', async () => {
    const link = await appLink();
    const deaf = await appLink({ settings: { passQuery: false } });
    for (const [code, queries] of [
      [link.code, ['', '?openExternalBrowser=1', '?qr=1', '?fbclid=a', '?gclid=b&fbclid=c']],
      [deaf.code, ['', '?ref=alice', '?ref=bob']],
    ] as const) {
      const address = newAddress();
      for (const query of queries) await tap(`/${code}${query}`, { address });
      expect((await sdk(address))?.path, code).toBe('/product/123');
    }
  });

  test('what was added to the short URL tells two people behind one address apart, or nobody', async () => {
    const link = await appLink();
    const [alone, shared] = [newAddress(), newAddress()];
    await tap(`/${link.code}?ref=alice`, { address: alone });
    expect((await sdk(alone)).parameters).toEqual({ k: 'v', ref: 'alice' });
    await tap(`/${link.code}?ref=alice`, { address: shared });
    await tap(`/${link.code}?ref=bob`, { address: shared });
    expect(await sdk(shared)).toBeNull();
  });

  test('the language decides between two links when nothing else does', async () => {
    const address = newAddress();
    const [mine, other] = [await appLink({ destination: 'https://example.com/mine' }), await appLink()];
    await tap(`/${mine.code}`, { address });
    await tap(`/${other.code}`, { address, language: 'fr-FR' });
    expect((await sdk(address)).path).toBe('/mine');
  });

  test('another system, version or network is another device', async () => {
    const address = newAddress();
    const link = await appLink();
    await tap(`/${link.code}`, { address });
    expect(await sdk(address, { os_version: '16.0' })).toBeNull();
    expect(await sdk(address, { platform: 'android', os_version: '14' })).toBeNull();
    expect(await sdk(newAddress())).toBeNull();
    expect(await sdk(address)).not.toBeNull();
  });

  test('a device that does not know itself is told as well', async () => {
    const address = newAddress();
    const link = await appLink();
    for (const device_id of ['unknown', '00000000-0000-0000-0000-000000000000', undefined]) {
      await tap(`/${link.code}`, { address });
      expect(await sdk(address, { device_id }), String(device_id)).not.toBeNull();
    }
  });

  test('the project says whether likeness counts, and whether anything does', async () => {
    const link = await appLink();
    const set = (body: object) => client.api.ok('PATCH', '/project', { body });
    const address = newAddress();
    await tap(`/${link.code}`, { address });
    const installReferrer = await tapOnAndroid(`/${link.code}`, newAddress());
    expect((await set({ fingerprintMatching: false })).fingerprintMatching).toBe(false);
    expect(await sdk(address)).toBeNull();
    await set({ fingerprintMatching: true, deferredWindowMinutes: 0 });
    expect(await resolve({ installReferrer })).toMatchObject({ matched: false });
    expect((await set({ deferredWindowMinutes: 1_440 })).deferredWindowMinutes).toBe(1_440);
    expect(await resolve({ installReferrer })).toMatchObject({ matched: true });
    expect(await sdk(address)).not.toBeNull();
    for (const bad of [-1, 1.5, 10_081, '60'])
      await client.api.refused(422, 'PATCH', '/project', { body: { deferredWindowMinutes: bad } }, [
        'deferredWindowMinutes',
      ]);
  });

  test.each([
    ['paused', { paused: true }],
    ['ended', { endsAt: '2020-01-01T00:00:00Z' }],
  ])(
    'a link that is %s by now is not told; its click waits, and so does who has asked',
    async (_, settings) => {
      const link = await appLink();
      const [byName, byLikeness] = [newAddress(), newAddress()];
      const installReferrer = await tapOnAndroid(`/${link.code}`, byName);
      await tap(`/${link.code}`, { address: byLikeness });
      await client.api.ok('PATCH', `/links/${link.id}`, { body: { settings } });
      const named = { installReferrer, deviceId: randomUUID() };
      const pasted = { clipboardUrl: link.shortUrl, deviceId: randomUUID() };
      const alike = { device_id: randomUUID() };
      const noted = await notedDevices();
      expect(await resolve(named)).toMatchObject({ matched: false });
      expect(await resolve(pasted)).toMatchObject({ matched: false });
      expect(await sdk(byLikeness, alike)).toBeNull();
      expect(await notedDevices()).toBe(noted);
      const [name = ''] = Object.keys(settings);
      await client.api.ok('PATCH', `/links/${link.id}`, { body: { settings: { [name]: null } } });
      expect(await resolve(named)).toMatchObject({ matched: true });
      expect(await resolve(pasted)).toMatchObject({ matched: true });
      expect(await sdk(byLikeness, alike)).not.toBeNull();
    },
  );

  /** Enters a password on Android. @returns as `tapOnAndroid` */
  const unlockOnAndroid = async ({ code }: Json, password: string): Promise<string> => {
    const answer = await client.api.send('POST', `/${code}`, `password=${password}`, {
      host: PUBLIC_HOST,
      'user-agent': GALAXY,
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-dest': 'document',
      'x-forwarded-for': newAddress(),
    });
    return `click_id=${clickIdIn(answer)}`;
  };

  test('a click that is named was let in by the password of today, or is told nothing', async () => {
    const link = await appLink({ settings: { password: 'sesame' } });
    const change = (settings: object) => client.api.ok('PATCH', `/links/${link.id}`, { body: { settings } });
    const asking = { installReferrer: await unlockOnAndroid(link, 'sesame'), deviceId: randomUUID() };
    const early = { installReferrer: await unlockOnAndroid(link, 'sesame') };
    expect(await resolve({ clipboardUrl: link.shortUrl })).toMatchObject({ matched: false });
    expect(await resolve(early)).toMatchObject({ matched: true, shortUrl: link.shortUrl });
    await change({ password: 'another' });
    expect(await resolve(asking)).toMatchObject({ matched: false });
    const other = { installReferrer: await unlockOnAndroid(link, 'another') };
    expect(await resolve(other)).toMatchObject({ matched: true });
    // Its click has waited, and so has its turn.
    await change({ password: null });
    expect(await resolve(asking)).toMatchObject({ matched: true });
  });

  test.each(['link', 'group'])(
    'what was clicked before the %s was protected is told to nobody',
    async (owner) => {
      const group = await client.api.group({});
      const link = await appLink({ groupId: group.id });
      const address = newAddress();
      const installReferrer = await tapOnAndroid(`/${link.code}`, newAddress());
      await tap(`/${link.code}`, { address });
      const path = owner === 'link' ? `/links/${link.id}` : `/groups/${group.id}`;
      await client.api.ok('PATCH', path, { body: { settings: { password: 'sesame' } } });
      expect(await sdk(address)).toBeNull();
      expect(await resolve({ installReferrer })).toMatchObject({ matched: false });
      const unlocked = await unlockOnAndroid(link, 'sesame');
      expect(await resolve({ installReferrer: unlocked })).toMatchObject({ matched: true });
    },
  );

  test('a click that is still on its way is waited for, and nothing is used up', async () => {
    const clickId = newClickId(Date.now() - 60_000);
    const deviceId = randomUUID();
    for (const named of [
      { clickId },
      { installReferrer: `click_id=${clickId}` },
      { clipboardUrl: `http://${PUBLIC_HOST}/x?click_id=${clickId}` },
    ]) {
      await client.refused(503, 'SERVICE_UNAVAILABLE', 'POST', '/deferred/resolve', {
        body: { platform: 'android', deviceId, ...named },
      });
    }
    const link = await appLink();
    const installReferrer = await tapOnAndroid(`/${link.code}`, newAddress());
    expect(await resolve({ clickId, installReferrer, deviceId })).toMatchObject({ matched: true });
    expect(await resolve({ clickId: newClickId(Date.now() - 11 * 60_000) })).toMatchObject({
      matched: false,
    });
  });

  test('whoever asked before the click was there may ask again for a moment', async () => {
    const address = newAddress();
    const link = await appLink();
    const device = { device_id: randomUUID() };
    expect(await sdk(address, device)).toBeNull();
    await tap(`/${link.code}`, { address });
    expect(await sdk(address, device)).not.toBeNull();
    await tap(`/${link.code}`, { address });
    expect(await sdk(address, device)).toBeNull();
  });

  test('what the clipboard is about besides does not stand in the way', async () => {
    const other = await appLink({ apps: { ios: { ...APPS.ios, identifier: 'com.other.app' } } });
    const foreign = `http://${PUBLIC_HOST}`;
    const key = await publishable([{ platform: 'ios', identifier: APP }]);
    const link = await appLink();
    const clipboards = [other.shortUrl, foreign, `${foreign}/`, `${foreign}/gone/qr`, `${link.shortUrl}/qr`];
    for (const clipboard_url of clipboards) {
      const address = newAddress();
      await tap(`/${link.code}`, { address });
      expect(await sdk(address, { clipboard_url }, key), clipboard_url).not.toBeNull();
    }
  });

  test('a page says to the clipboard which click it was, spaces around it or not', async () => {
    const link = await appLink({ apps: { ios: { ...APPS.ios, customScheme: 'shop' } } });
    const { text } = await tap(`/${link.code}`, { address: newAddress() });
    const [, copied = ''] = /data-copy="([^"]+)"/.exec(text) ?? [];
    expect(copied).toMatch(new RegExp(`^${link.shortUrl}\\?click_id=[0-9a-f]{32}$`));
    const told = await resolve({ platform: 'ios', clipboardUrl: ` ${copied}\n` });
    expect(told).toMatchObject({
      matchMethod: 'clipboard',
      confidence: 1,
      clickId: copied.slice(-32),
      deepLink: 'https://example.com/product/123?k=v',
    });
    // When the click is forgotten the link is still there, and the click no part of where it leads.
    const forgotten = `${link.shortUrl}?click_id=${newClickId(Date.now() - 31 * 86_400_000)}&ref=x`;
    expect(await resolve({ platform: 'ios', clipboardUrl: forgotten })).toMatchObject({
      matchMethod: 'clipboard',
      clickId: null,
      deepLink: 'https://example.com/product/123?k=v&ref=x',
    });
  });

  test('a link in the clipboard is an installation only of a device that says which it is', async () => {
    const link = await appLink();
    for (const deviceId of [undefined, 'unknown'])
      expect(await resolve({ deviceId, clipboardUrl: link.shortUrl })).toMatchObject({ matched: true });
    expect(await resolve({ clipboardUrl: link.shortUrl })).toMatchObject({ matched: true });
    const path = `/v1/${encodeURIComponent(link.shortUrl)}/linkStats?durationDays=1&key=${KEY}`;
    let told: Json[] = [];
    await until(async () => {
      told = (await client.api.send('GET', path, undefined, {})).json.linkEventStats ?? [];
      const counts = told.filter(({ event }) => event !== 'CLICK').map(({ count }) => Number(count));
      return counts.reduce((sum, count) => sum + count, 0) >= 4;
    }, 'what apps did is counted');
    expect(told).toEqual(
      expect.arrayContaining([
        { platform: 'ANDROID', event: 'APP_RE_OPEN', count: '2' },
        { platform: 'ANDROID', event: 'APP_FIRST_OPEN', count: '1' },
        { platform: 'ANDROID', event: 'APP_INSTALL', count: '1' },
      ]),
    );
  });

  test('HEAD uses nothing up', async () => {
    const address = newAddress();
    const link = await appLink();
    await tap(`/${link.code}`, { address });
    const query = new URLSearchParams({ device_id: randomUUID(), platform: 'ios', os_version: '17.5' });
    const head = await client.api.send('HEAD', `/api/v1/deferred-link?${query}`, undefined, {
      authorization: `Bearer ${KEY}`,
      'x-forwarded-for': address,
    });
    expect([404, 405]).toContain(head.status);
    expect(await sdk(address, Object.fromEntries(query))).not.toBeNull();
  });

  test('a group closes its links for apps too', async () => {
    const group = await client.api.group({});
    const link = await appLink({ groupId: group.id });
    const installReferrer = await tapOnAndroid(`/${link.code}`, newAddress());
    await client.api.ok('PATCH', `/groups/${group.id}`, { body: { settings: { paused: true } } });
    expect(await resolve({ installReferrer })).toMatchObject({ matched: false });
  });

  test('nobody learns of clicks of another project', async () => {
    const address = newAddress();
    const link = await appLink();
    const installReferrer = await tapOnAndroid(`/${link.code}`, address);
    const theirs = { address, key: STRANGER };
    expect(await resolve({ installReferrer, clipboardUrl: link.shortUrl }, theirs)).toMatchObject({
      matched: false,
    });
    expect(await resolve({ installReferrer }, { address })).toMatchObject({ matched: true });
  });

  test('a key inside an app is told of its own app alone', async () => {
    const address = newAddress();
    const key = await publishable([{ platform: 'ios', identifier: APP }]);
    const mine = await appLink({ destination: 'https://example.com/mine' });
    const other = await appLink({ apps: { ios: { ...APPS.ios, identifier: 'com.other.app' } } });
    await tap(`/${mine.code}`, { address });
    await tap(`/${other.code}`, { address });
    // Without the key's app both would fit.
    expect((await sdk(address, {}, key)).path).toBe('/mine');
    await client.api.refused(422, 'GET', '/deferred-link?platform=android', { key }, ['platform']);
    await client.api.refused(422, 'GET', '/deferred-link?app_id=com.other.app', { key }, ['app_id']);
  });

  test.each([
    ['platform', { platform: 'windows' }],
    ['platform', { platform: undefined }],
    ['device_id', { device_id: 'x'.repeat(201) }],
    ['os_version', { os_version: 'x'.repeat(51) }],
  ])('a wrong %s is refused by its name', async (field, query) => {
    const answer = await ask(newAddress(), query);
    expect(answer.status, answer.text).toBe(422);
    expect(answer.json.errors[0].field).toBe(field);
  });

  test('whatever an app says, it is answered', async () => {
    const hostile = ["'; drop table deferred_click; --", '\u0000', '\ud800', '<b>', '%00', '../..'];
    for (const text of hostile) {
      const words = {
        device_id: text,
        os_version: text,
        language: text,
        click_id: text,
        clipboard_url: text,
      };
      expect((await ask(newAddress(), { ...words, install_referrer: text })).text).toBe('null');
      const body = {
        deviceId: text,
        osVersion: text,
        clickId: text,
        installReferrer: text,
        clipboardUrl: text,
      };
      expect(await resolve({ ...body, deviceId: `${text}${randomUUID()}` })).toMatchObject({
        matched: false,
      });
    }
  });

  test('an installation is no click', async () => {
    const link = await appLink();
    const installReferrer = await tapOnAndroid(`/${link.code}`, newAddress());
    await resolve({ installReferrer });
    await client.api.visit(`/${link.code}`, { host: PUBLIC_HOST });
    const { clicks } = await settled(link.id, 2);
    expect(clicks).toBe(2);
  });

  const settled = async (id: string, clicks: number): Promise<Json> => {
    let link: Json;
    await until(async () => {
      link = await client.api.ok('GET', `/links/${id}`);
      return link.clicks >= clicks;
    }, 'the clicks are counted');
    return link;
  };
});
