import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type Answer, Api, type Json, KEY, PUBLIC_HOST, STRANGER } from './api.ts';

/**
 * URLs that would run something, read something or lead somewhere else than they say. Wherever a client of any surface may
 * write a URL, each of them is refused, and nothing has changed.
 */
const HOSTILE_URLS = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\nscript:alert(1)',
  'java\tscript:alert(1)',
  '\u0001javascript:alert(1)',
  ' javascript:alert(1)',
  'javascript://example.com/%0aalert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:msgbox(1)',
  'file:///etc/passwd',
  'intent://x#Intent;scheme=https;package=evil.app;end',
  'shop://cart',
  'https://example.com/\r\nLocation: https://evil.example/',
  'https://example.com/\u0000',
] as const;

/** What is no scheme of somebody's own app. */
const HOSTILE_SCHEMES = [
  'javascript',
  'JAVASCRIPT',
  'data',
  'intent',
  'https',
  'my app',
  'my\u0000app',
  'my\napp',
  'myapp\u202e',
  'myapp://',
  'myapp:',
  '1app',
  '앱',
  'a'.repeat(51),
];

const WEB = 'https://example.com/';
const NOBODY = '00000000-0000-4000-8000-000000000000';

interface Field {
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly body: (url: unknown) => object;
}

const field = (path: string, what: string, body: Field['body'], method = 'POST'): Field => ({
  what,
  method,
  path,
  body,
});

const app = (platform: string) => ({ platform, name: 'Shop', identifier: 'com.example.shop' });
const linkApp = (apps: object) => ({ destination: WEB, apps });
const own = (details: object) => ({ identifier: 'com.example.shop', ...details });
const IOS_PAYLOAD = { bundleId: 'com.example.shop' };
const ANDROID_PAYLOAD = { package: 'com.example.shop' };
const ofPayload = (payload: object) => ({ payload: { link: WEB, ...payload } });
const SHORT = { option: 'SHORT' };
const ofInfo = (info: object) => ({
  dynamicLinkInfo: { domainUriPrefix: `http://${PUBLIC_HOST}`, link: WEB, ...info },
  suffix: SHORT,
});

const NATIVE: readonly Field[] = [
  field('/api/v1/links', 'destination', (destination) => ({ destination })),
  field('/api/v1/links', 'desktopUrl', (desktopUrl) => ({ destination: WEB, desktopUrl })),
  field('/api/v1/links', 'imageUrl', (imageUrl) => ({ destination: WEB, imageUrl })),
  field('/api/v1/links', 'social.imageUrl', (imageUrl) => ({ destination: WEB, social: { imageUrl } })),
  field('/api/v1/links', 'settings.expiredUrl', (expiredUrl) => ({
    destination: WEB,
    settings: { expiredUrl },
  })),
  ...(['ios', 'android'] as const).flatMap((platform) => [
    field('/api/v1/links', `apps.${platform}.storeUrl`, (storeUrl) =>
      linkApp({ [platform]: own({ storeUrl }) }),
    ),
    field('/api/v1/links', `apps.${platform}.deepLink`, (deepLink) =>
      linkApp({ [platform]: own({ deepLink }) }),
    ),
    field('/api/v1/apps', `${platform} storeUrl`, (storeUrl) => ({ ...app(platform), storeUrl })),
  ]),
  field('/api/v1/links', 'apps.ios.ipadStoreUrl', (ipadStoreUrl) => linkApp({ ios: own({ ipadStoreUrl }) })),
  field('/api/v1/groups', 'settings.expiredUrl', (expiredUrl) => ({ name: 'x', settings: { expiredUrl } })),
  field('/api/v1/groups', 'settings.webhookUrl', (webhookUrl) => ({ name: 'x', settings: { webhookUrl } })),
  field('/api/v1/project', 'webhookUrl', (webhookUrl) => ({ webhookUrl }), 'PATCH'),
  field('/api/v1/project', 'allowedHosts', (host) => ({ allowedHosts: [host] }), 'PATCH'),
];

const VIVOLDI: readonly Field[] = [
  field('/api/link/v2/create', 'url', (url) => ({ url })),
  field('/api/link/v2/create', 'expireUrl', (expireUrl) => ({ url: WEB, expireUrl })),
  field('/api/link/v2/create', 'metaImg', (metaImg) => ({ url: WEB, metaImg })),
  field('/api/link/v1/createBulk', 'links[1].url', (url) => ({ links: [{ url: WEB }, { url }] })),
  field('/api/link/v2/update', 'url', (url) => ({ linkId: 'kept', url }), 'PUT'),
  field('/api/link-group/v1/create', 'expireUrl', (expireUrl) => ({ nm: 'x', expireUrl })),
  field('/api/link-group/v1/create', 'webhookCallbackUrl', (url) => ({
    nm: 'x',
    webhookEnableYn: 'Y',
    webhookCallbackUrl: url,
  })),
];

const BIT2CONNECT: readonly Field[] = [
  field('/1.0/links', 'payload.link', (link) => ({ payload: { link } })),
  field('/1.0/links', 'payload.desktop_fallback', (desktop_fallback) => ofPayload({ desktop_fallback })),
  field('/1.0/links', 'payload.social.image', (image) => ofPayload({ social: { image } })),
  field('/1.0/links', 'payload.ios.app_store_fallback', (app_store_fallback) =>
    ofPayload({ ios: { ...IOS_PAYLOAD, app_store_fallback } }),
  ),
  field('/1.0/links', 'payload.android.store_fallback', (store_fallback) =>
    ofPayload({ android: { ...ANDROID_PAYLOAD, store_fallback } }),
  ),
  field('/1.0/links/kept', 'payload.link', (link) => ({ payload: { link } }), 'PUT'),
  field('/1.0/links/kept', 'payload.desktop_fallback', (url) => ofPayload({ desktop_fallback: url }), 'PUT'),
  field('/1.0/mobile-apps', 'appStoreFallback', (appStoreFallback) => ({
    platform: 'IOS',
    name: 'x',
    bundleId: 'com.example.shop',
    appStoreFallback,
  })),
  field('/1.0/mobile-apps', 'playStoreFallback', (playStoreFallback) => ({
    platform: 'ANDROID',
    name: 'x',
    packageName: 'com.example.shop',
    playStoreFallback,
  })),
  field('/api/v1/dynamic-link', 'deepLink', (deepLink) => ({ deepLink, customParameters: {} })),
  field('/api/v1/dynamic-link', 'fallbackUrl', (fallbackUrl) => ({
    deepLink: WEB,
    customParameters: {},
    fallbackUrl,
  })),
  field('/api/v1/dynamic-link', 'socialImageUrl', (socialImageUrl) => ({
    deepLink: WEB,
    customParameters: {},
    socialImageUrl,
  })),
];

const longLink = (parameters: Readonly<Record<string, unknown>>) =>
  `http://${PUBLIC_HOST}/?${new URLSearchParams({ link: WEB, ...(parameters as Record<string, string>) })}`;

/** Without a link to lead to there is none to make. */
const FIREBASE: readonly Field[] = [
  field(`/v1/shortLinks?key=${KEY}`, 'link', (link) => ofInfo({ link })),
  field(`/v1/shortLinks?key=${KEY}`, 'longDynamicLink link', (link) => ({
    longDynamicLink: longLink({ link }),
    suffix: SHORT,
  })),
];

/** As its documents want it, a link is made without what cannot be used, and a warning says so. */
const LEFT_OUT: readonly Field[] = [
  ...[
    ['androidInfo', { androidPackageName: 'com.example.shop' }, 'androidFallbackLink'],
    ['androidInfo', { androidPackageName: 'com.example.shop' }, 'androidLink'],
    ['iosInfo', { iosBundleId: 'com.example.shop' }, 'iosFallbackLink'],
    ['iosInfo', { iosBundleId: 'com.example.shop' }, 'iosIpadFallbackLink'],
    ['desktopInfo', {}, 'desktopFallbackLink'],
    ['socialMetaTagInfo', {}, 'socialImageLink'],
  ].map(([section, more, name]) =>
    field('/v1/shortLinks', `${name}`, (url) =>
      ofInfo({ [`${section}`]: { ...(more as object), [`${name}`]: url } }),
    ),
  ),
  ...['afl', 'al', 'ifl', 'ipfl', 'ofl', 'si'].map((name) =>
    field('/v1/shortLinks', `longDynamicLink ${name}`, (url) => ({
      longDynamicLink: longLink({ apn: 'com.example.shop', ibi: 'com.example.shop', [name]: url }),
      suffix: SHORT,
    })),
  ),
];

describe.each(ENGINES)('hostile input about apps and their links, on $name', (engine) => {
  let api: Api;
  let saved: { readonly ios: Json; readonly android: Json; readonly theirs: Json };
  let before: Json;

  beforeAll(async () => {
    api = await Api.open(engine);
    await api.link({ code: 'kept' });
    // The first long link that is followed makes the link that stands for all of them.
    await api.visit(longLink({}).slice(`http://${PUBLIC_HOST}`.length));
    saved = {
      ios: await api.ok('POST', '/apps', { body: { ...app('ios'), teamId: 'ABCDE12345' } }),
      android: await api.ok('POST', '/apps', { body: app('android') }),
      theirs: await api.ok('POST', '/apps', { body: app('ios'), key: STRANGER }),
    };
  });
  beforeEach(async () => {
    before = await state();
  });
  afterAll(() => api.close());

  const state = async (): Promise<Json> => ({ ...(await api.state()), apps: await api.ok('GET', '/apps') });
  const unchanged = async () => expect(await state()).toEqual(before);

  const send = (method: string, path: string, body: object): Promise<Answer> =>
    api.send(method, path, JSON.stringify(body), {
      authorization: `Bearer ${KEY}`,
      'content-type': 'application/json',
    });

  /** Each surface says no in its own words; Vivoldi's documents answer every refusal with 200. */
  function expectRefused({ status, json, text }: Answer, { path }: Field, what: string): void {
    if (path.startsWith('/api/link')) {
      expect(status, `${what}: ${text}`).toBe(200);
      expect(json.code, `${what}: ${text}`).not.toBe(0);
      expect(json.message, `${what}: ${text}`).toMatch(/\S/);
    } else {
      expect([400, 422], `${what}: ${text}`).toContain(status);
      const said = json.detail ?? json.error?.message ?? json.error ?? json.message;
      expect(said, `${what}: ${text}`).toMatch(/\S/);
    }
    expect(text, what).not.toMatch(/<script>/);
  }

  describe.each([
    { surface: 'our own API', fields: NATIVE },
    { surface: 'the Vivoldi API', fields: VIVOLDI },
    { surface: 'the Bit2Connect API and its SDK', fields: BIT2CONNECT },
    { surface: 'the Firebase API', fields: FIREBASE },
  ])('in $surface', ({ fields }) => {
    test.each(fields)('$method $path takes no hostile URL as $what', async (one) => {
      for (const url of HOSTILE_URLS) {
        expectRefused(await send(one.method, one.path, one.body(url)), one, JSON.stringify(url));
      }
      await unchanged();
    });
  });

  describe('in an import, which refuses rows one by one', () => {
    const row = (what: string, make: (url: string) => object) => ({ what, make });
    const link = (more: object) => ({ kind: 'link', destination: WEB, ...more });
    const rows = [
      row('destination', (destination) => link({ destination })),
      row('desktopUrl', (desktopUrl) => link({ desktopUrl })),
      row('imageUrl', (imageUrl) => link({ imageUrl })),
      row('social.imageUrl', (imageUrl) => link({ social: { imageUrl } })),
      row('settings.expiredUrl', (expiredUrl) => link({ settings: { expiredUrl } })),
      ...(['ios', 'android'] as const).flatMap((platform) => [
        row(`apps.${platform}.storeUrl`, (storeUrl) => link({ apps: { [platform]: own({ storeUrl }) } })),
        row(`apps.${platform}.deepLink`, (deepLink) => link({ apps: { [platform]: own({ deepLink }) } })),
        row(`the storeUrl of a saved ${platform} app`, (storeUrl) => ({
          kind: 'app',
          ...app(platform),
          identifier: 'com.example.other',
          storeUrl,
        })),
      ]),
      row('settings.webhookUrl of a group', (webhookUrl) => ({
        kind: 'group',
        name: 'x',
        settings: { webhookUrl },
      })),
    ];

    test.each(rows)('takes no hostile URL as $what', async ({ make }) => {
      const body = { rows: HOSTILE_URLS.map(make) };
      const { outcomes } = await api.ok('POST', '/imports', { body });
      expect(outcomes).toHaveLength(HOSTILE_URLS.length);
      for (const [index, { outcome, reason, shortUrl }] of outcomes.entries()) {
        const what = JSON.stringify(HOSTILE_URLS[index]);
        expect([outcome, shortUrl], `${what}: ${reason}`).toEqual(['refused', null]);
        expect(reason, what).toMatch(/^(?!there is no such field).*\S/i);
      }
      await unchanged();
    });

    test('takes no scheme that is no app’s own', async () => {
      const body = {
        rows: HOSTILE_SCHEMES.flatMap((customScheme) => [
          link({ apps: { ios: own({ customScheme }) } }),
          { kind: 'app', ...app('ios'), identifier: 'com.example.other', customScheme },
        ]),
      };
      const { outcomes } = await api.ok('POST', '/imports', { body });
      expect(new Set(outcomes.map(({ outcome }: Json) => outcome))).toEqual(new Set(['refused']));
      await unchanged();
    });
  });

  test.each([
    ...(['ios', 'android'] as const).flatMap((platform) => [
      field('/api/v1/apps', `a saved ${platform} app`, (customScheme) => ({
        ...app(platform),
        customScheme,
      })),
      field('/api/v1/links', `a link’s ${platform} app`, (scheme) =>
        linkApp({ [platform]: own({ customScheme: scheme }) }),
      ),
    ]),
    field('/1.0/mobile-apps', 'a saved app of Bit2Connect', (customScheme) => ({
      platform: 'IOS',
      name: 'x',
      bundleId: 'com.example.shop',
      customScheme,
    })),
  ])('a scheme that is no app’s own is refused for $what', async (one) => {
    for (const scheme of HOSTILE_SCHEMES) {
      expectRefused(await send(one.method, one.path, one.body(scheme)), one, JSON.stringify(scheme));
    }
    await unchanged();
  });

  describe('in the Firebase API what a link can do without is left out', () => {
    const left = async (one: Field, value: string) => {
      const what = JSON.stringify(value);
      const { status, json, text } = await send(one.method, `${one.path}?key=${KEY}`, one.body(value));
      expect(status, `${what}: ${text}`).toBe(200);
      const told = json.warning.filter(({ warningCode }: Json) => warningCode !== 'DEPRECATED_PARAM');
      expect(told, `${what}: ${text}`).toHaveLength(1);
      const { links } = await api.ok('GET', `/links?code=${json.shortLink.split('/').at(-1)}`);
      expect(links).toHaveLength(1);
      const [{ destination, desktopUrl, imageUrl, social, apps }] = links;
      const kept = { destination, desktopUrl, imageUrl, social, apps };
      expect([destination, desktopUrl, imageUrl, social.imageUrl], what).toEqual([WEB, null, null, null]);
      expect(JSON.stringify(kept), what).not.toContain(JSON.stringify(value).slice(1, -1));
    };

    test.each(LEFT_OUT)('with a warning: $what', async (one) => {
      for (const url of HOSTILE_URLS) await left(one, url);
    });

    test('with a warning: iosCustomScheme', async () => {
      const one = field('/v1/shortLinks', 'iosCustomScheme', (iosCustomScheme) =>
        ofInfo({ iosInfo: { iosBundleId: 'com.example.shop', iosCustomScheme } }),
      );
      for (const scheme of HOSTILE_SCHEMES.filter((scheme) => scheme !== 'data' && scheme !== 'https')) {
        await left(one, scheme);
      }
    });
  });

  test('a long link leads to nothing hostile, whoever made it', async () => {
    for (const url of HOSTILE_URLS) {
      for (const name of ['link', 'afl', 'ifl', 'ofl', 'si']) {
        const path = longLink({ apn: 'com.example.shop', ibi: 'com.example.shop', [name]: url });
        for (const userAgent of [
          'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1',
          'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
        ]) {
          const { status, headers, text } = await api.visit(path.slice(`http://${PUBLIC_HOST}`.length), {
            'user-agent': userAgent,
          });
          const what = `${name}=${JSON.stringify(url)} ${status}`;
          expect(status, what).toBeLessThan(500);
          expect(headers, what).not.toHaveProperty('x-injected');
          // A fallback of an intent is given to the browser, which opens it.
          const decoded = decodeURIComponent(headers.location ?? '');
          expect(decoded.toLowerCase(), what).not.toMatch(/javascript:|data:|vbscript:|file:|evil|[\r\n\0]/);
          expect(text, what).not.toMatch(
            /(href|src|url|action)=["']?\s*(javascript|data:text|vbscript|file)/i,
          );
        }
      }
    }
    await unchanged();
  });

  describe('ids of apps', () => {
    const ids = () => [
      ['nobody’s', NOBODY],
      ['another project’s', saved.theirs.id as string],
      ['no id', 'x'],
      ['SQL', "' or 1=1 --"],
      ['NUL', '\u0000'],
    ];

    test('wrong ones, those of the other platform and of other projects are one and the same to our own API', async () => {
      for (const [platform, called, other] of [
        ['ios', 'iOS', saved.android.id],
        ['android', 'Android', saved.ios.id],
      ] as const) {
        for (const [what, id] of [...ids(), ['of the other platform', other]]) {
          const sent = { body: linkApp({ [platform]: { savedAppId: id } }) };
          const problem = await api.refused(422, 'POST', '/links', sent, [`apps.${platform}.savedAppId`]);
          const [{ message }] = problem.errors;
          const isId = /^[0-9a-f-]{36}$/.test(id);
          expect(message, what).toEqual(
            isId
              ? `does not reference an ${called} app in this project`
              : expect.stringMatching(/not an id|does not reference/),
          );
        }
      }
      await unchanged();
    });

    test('and to the Bit2Connect API, in the words of its contract', async () => {
      for (const [name, called, other] of [
        ['iosAppId', 'iOS', saved.android.id],
        ['androidAppId', 'Android', saved.ios.id],
      ] as const) {
        for (const [what, id] of [...ids(), ['of the other platform', other]]) {
          for (const [method, path] of [
            ['POST', '/1.0/links'],
            ['PUT', '/1.0/links/kept'],
          ] as const) {
            const answer = await send(method, path, ofPayload({ [name]: id }));
            expect(answer.status, `${what}: ${answer.text}`).toBe(422);
            const { error, details } = answer.json;
            const problems = details ?? error.details.problems;
            expect(problems, what).toEqual([
              `payload.${name} does not reference an ${called} app in this project`,
            ]);
            expect(error.message ?? error, what).toBe('Validation failed');
          }
        }
      }
      await unchanged();
    });

    test('identifiers that could end a URL of ours are no identifiers', async () => {
      for (const identifier of [
        'com.example;end',
        'com.example#Intent',
        'com.example/../x',
        'com.example\n',
        'com.example"',
        'com.example<b>',
        'com. example',
        '',
        'com.앱',
        'a'.repeat(156),
      ]) {
        for (const platform of ['ios', 'android']) {
          const what = JSON.stringify(identifier);
          const made = await api.call('POST', '/apps', { body: { ...app(platform), identifier } });
          expect(made.status, what).toBe(422);
          const link = await api.call('POST', '/links', { body: linkApp({ [platform]: { identifier } }) });
          expect(link.status, what).toBe(422);
        }
      }
      await unchanged();
    });

    test('proofs of an app are what the systems can read, or refused', async () => {
      for (const teamId of ['', 'abcde12345', 'ABCDE1234', 'ABCDE12345.x', 'ABCDE1234"', 'ABCDE1234\n']) {
        const sent = { body: { ...app('ios'), teamId } };
        await api.refused(422, 'POST', '/apps', sent, ['teamId']);
      }
      const pair = Array.from({ length: 32 }, () => 'AA');
      for (const fingerprint of [
        '',
        'AA',
        pair.join(''),
        pair.slice(1).join(':'),
        `${pair.join(':')}\n`,
        `${pair.join(':')}"`,
      ]) {
        const sent = { body: { ...app('android'), sha256CertFingerprints: [fingerprint] } };
        await api.refused(422, 'POST', '/apps', sent, ['sha256CertFingerprints.0']);
      }
      await unchanged();
    });
  });
});
