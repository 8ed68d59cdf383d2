import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type Json, STRANGER } from './api.ts';
import { Bit2Connect } from './bit2connect-client.ts';

const LINK = 'https://example.com/';
const FINGERPRINT = Array.from({ length: 32 }, (_, index) => index.toString(16).padStart(2, '0')).join(':');

describe.each(ENGINES)('mobile apps of the Bit2Connect API, on $name', (engine) => {
  let client: Bit2Connect;
  beforeAll(async () => {
    client = await Bit2Connect.open(engine);
  });
  afterAll(() => client.close());

  let serial = 0;
  const nextCode = () => `apps-${++serial}`;
  const ios = (more: object = {}) =>
    client.app({ platform: 'IOS', name: 'Shop', bundleId: 'com.example.shop', ...more });
  const android = (more: object = {}) =>
    client.app({ platform: 'ANDROID', name: 'Shop', packageName: 'com.example.shop', ...more });
  const list = async (query = ''): Promise<Json> => (await client.ok('GET', `/mobile-apps${query}`)).data;

  test('links follow their saved apps until those are deleted, and stay', async () => {
    const [phone, robot] = [await ios({ appStoreId: '1' }), await android()];
    const code = nextCode();
    await client.link(code, { iosAppId: phone.id, androidAppId: robot.id, social: { title: 'kept' } });
    const followed = async () => (await client.api.ok('GET', `/links?code=${code}`)).links[0].apps;
    expect(await followed()).toMatchObject({ ios: { identifier: 'com.example.shop', appStoreId: '1' } });
    await client.ok('PUT', `/mobile-apps/${phone.id}`, { bundleId: 'com.example.renamed', appStoreId: null });
    expect(await followed()).toMatchObject({ ios: { identifier: 'com.example.renamed', appStoreId: null } });
    expect((await client.get(code)).payload).toMatchObject({ iosAppId: phone.id, androidAppId: robot.id });

    await client.ok('DELETE', `/mobile-apps/${phone.id}`);
    expect(await followed()).toMatchObject({ ios: null, android: { identifier: 'com.example.shop' } });
    expect((await client.get(code)).payload).toEqual({
      link: LINK,
      androidAppId: robot.id,
      social: { title: 'kept' },
    });
    await client.refused(422, 'VALIDATION_ERROR', 'PUT', `/links/${code}`, {
      body: { payload: { link: LINK, iosAppId: phone.id } },
    });
  });

  test('an app of another platform, another project or nobody is refused by name, and nothing is made', async () => {
    const [phone, robot] = [await ios(), await android()];
    const theirs = await client.ok(
      'POST',
      '/mobile-apps',
      { platform: 'IOS', name: 'Theirs', bundleId: 'com.example.theirs' },
      STRANGER,
    );
    const { total } = (await client.ok('GET', '/links')).pagination;
    for (const iosAppId of [robot.id, theirs.data.id, randomUUID()]) {
      const refused = await client.refused(422, 'VALIDATION_ERROR', 'POST', '/links', {
        body: { payload: { link: LINK, iosAppId } },
      });
      expect(refused.problems).toEqual(['payload.iosAppId does not reference an iOS app in this project']);
    }
    const refused = await client.refused(422, 'VALIDATION_ERROR', 'POST', '/links', {
      body: { payload: { link: LINK, androidAppId: phone.id } },
    });
    expect(refused.problems).toEqual([
      'payload.androidAppId does not reference an Android app in this project',
    ]);
    const both = { link: LINK, iosAppId: randomUUID(), androidAppId: randomUUID() };
    await client.link('both-wrong', {});
    for (const [method, path] of [
      ['POST', '/links'],
      ['PUT', '/links/both-wrong'],
    ] as const) {
      const { problems } = await client.refused(422, 'VALIDATION_ERROR', method, path, {
        body: { payload: both },
      });
      expect(problems).toEqual([
        'payload.iosAppId does not reference an iOS app in this project',
        'payload.androidAppId does not reference an Android app in this project',
      ]);
    }
    expect((await client.ok('GET', '/links')).pagination.total).toBe(total + 1);

    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { json } = await client.refused(
        404,
        'MOBILE_APP_NOT_FOUND',
        method,
        `/mobile-apps/${theirs.data.id}`,
        method === 'PUT' ? { body: { name: 'Mine' } } : {},
      );
      expect(json.error).toBe('Mobile app not found');
    }
    expect((await list()).apps.map(({ id }: Json) => id)).not.toContain(theirs.data.id);
  });

  test('an app described in a link is kept once, under the name it was given first', async () => {
    const bundleId = 'com.example.kept';
    const described = {
      bundleId,
      min_version: '2.0.0',
      app_store_fallback: 'https://apps.apple.com/app/id7',
    };
    const app = { ...described, appStoreId: '7', saveApp: true, appName: 'Kept' };
    const { code, payload } = await client.link(nextCode(), { ios: app });
    expect(payload).toEqual({ link: LINK, ios: { ...described, app_store_id: '7' } });
    const kept = async (id: string) =>
      (await list()).apps.filter((one: Json) => one.bundleId === id || one.packageName === id);
    expect(await kept(bundleId)).toMatchObject([
      {
        platform: 'IOS',
        name: 'Kept',
        appStoreFallback: 'https://apps.apple.com/app/id7',
        appStoreId: '7',
        iosMinVersion: null,
      },
    ]);
    await client.put(code, { ios: { ...app, appName: 'Again', min_version: '3.0.0' } });
    const [only, ...others] = await kept(bundleId);
    expect([only.name, others]).toEqual(['Kept', []]);
    expect(await client.api.ok('GET', `/apps/${only.id}`)).toMatchObject({
      minVersion: '2.0.0',
      minOsVersion: null,
    });
    expect((await client.get(code)).payload.ios).toMatchObject({ bundleId, min_version: '3.0.0' });

    const android = {
      package: bundleId,
      store_fallback: 'https://s.example/',
      saveApp: true,
      appName: 'Kept',
    };
    await client.put(code, { android });
    expect(await kept(bundleId)).toMatchObject([{ platform: 'ANDROID' }, { platform: 'IOS' }]);
    await client.put(code, { android: { package: 'com.example.unkept', saveApp: false, appName: 'No' } });
    expect(await kept('com.example.unkept')).toEqual([]);
  });

  test.each([
    ['ios', 'iosAppId', { iosMinVersion: '14.0' }],
    ['android', 'androidAppId', { androidMinVersion: '21' }],
  ] as const)(
    'the lowest system an app runs on (%s) is shown, and no app is told it as a version of its own',
    async (platform, field, minimum) => {
      const app = await { ios, android }[platform](minimum);
      expect(app).toMatchObject(minimum);
      const code = nextCode();
      const { shortUrl } = await client.link(code, { [field]: app.id });
      const apps = [{ platform, identifier: 'com.example.shop' }];
      const scopes = ['deeplinks:open'];
      const { key } = await client.api.ok('POST', '/keys', { body: { name: 'in the app', apps, scopes } });
      const told = async () =>
        (await client.ok('POST', '/resolve', { url: shortUrl, platform }, key)).data.minVersion;
      const toldFirebase = async () => {
        const opening = { bundleId: 'com.example.shop', requestedLink: shortUrl };
        const json = { 'content-type': 'application/json' };
        const path = `/v1/reopenAttribution?key=${key}`;
        const answer = await client.api.send('POST', path, JSON.stringify(opening), json);
        expect(answer.status, answer.text).toBe(200);
        return [answer.json.iosMinAppVersion, new URL(answer.json.resolvedLink).searchParams.get('imv')];
      };
      expect(await told()).toBeNull();
      if (platform === 'ios') expect(await toldFirebase()).toEqual([undefined, null]);

      await client.api.ok('PATCH', `/apps/${app.id}`, { body: { minVersion: '2.3' } });
      expect(await told()).toBe('2.3');
      if (platform === 'ios') expect(await toldFirebase()).toEqual(['2.3', '2.3']);
      const path = `/mobile-apps/${app.id}`;
      expect((await client.ok('GET', path)).data).toMatchObject(minimum);
      const [name] = Object.keys(minimum) as [string];
      expect((await client.ok('PUT', path, { [name]: '' })).data).toMatchObject({ [name]: null });
      expect(await told()).toBe('2.3');
    },
  );

  test('links made at the same time keep an app once', async () => {
    const android = { package: 'com.example.once', saveApp: true, appName: 'Once' };
    await Promise.all(Array.from({ length: 8 }, () => client.link(nextCode(), { android })));
    const found = (await list()).apps.filter((one: Json) => one.packageName === 'com.example.once');
    expect(found).toHaveLength(1);
  });

  test('an app is not kept when its link is not written', async () => {
    const ios = { bundleId: 'com.example.never', saveApp: true, appName: 'Never' };
    const code = nextCode();
    await client.link(code, {}, { expiresAt: '2020-01-01T00:00:00Z' });
    const body = { payload: { link: LINK, ios } };
    await client.refused(400, 'LINK_EXPIRED', 'PUT', `/links/${code}`, { body });
    await client.refused(409, 'CODE_ALREADY_EXISTS', 'POST', '/links', { body: { code, ...body } });
    for (const ios of [
      { bundleId: 'com.example.never', saveApp: true },
      { bundleId: 'com.example.never', saveApp: true, appName: '' },
      { bundleId: 'com.example.never', saveApp: true, appName: null },
    ]) {
      const refused = await client.refused(422, 'VALIDATION_ERROR', 'POST', '/links', {
        body: { payload: { link: LINK, ios } },
      });
      expect(refused.problems).toEqual(['payload.ios.appName is required when saveApp is true']);
    }
    expect((await list()).apps.filter((one: Json) => one.bundleId === 'com.example.never')).toEqual([]);
  });

  test('an update changes what it names, whoever else changes something else', async () => {
    const app = await android({ playStoreFallback: LINK, sha256CertFingerprints: [FINGERPRINT] });
    const path = `/mobile-apps/${app.id}`;
    await Promise.all([
      client.ok('PUT', path, { name: 'Renamed', bundleId: 5, iosMinVersion: {}, platform: 'ANDROID' }),
      client.ok('PUT', path, { androidMinVersion: '24' }),
      client.ok('PUT', path.toUpperCase().replace('/MOBILE-APPS', '/mobile-apps'), { customScheme: 'shop' }),
      client.ok('PUT', path, { playStoreFallback: '' }),
    ]);
    expect((await client.ok('GET', path)).data).toEqual({
      ...app,
      name: 'Renamed',
      androidMinVersion: '24',
      customScheme: 'shop',
      playStoreFallback: null,
      sha256CertFingerprints: [FINGERPRINT.toUpperCase()],
      updatedAt: expect.any(String),
    });
    await client.ok('PUT', path, {});
    await client.ok('PUT', path);
  });

  test('an app can be sent as it was answered, with the empty fields of the other platform', async () => {
    for (const app of [await ios(), await android()]) {
      const { updatedAt: _, ...same } = (
        await client.ok('PUT', `/mobile-apps/${app.id}`, { ...app, createdAt: undefined })
      ).data;
      expect(app).toMatchObject(same);
    }
    const app = await ios();
    await client.ok('PUT', `/mobile-apps/${app.id}`, { sha256CertFingerprints: [] });
  });

  test('one platform is listed when asked for, in whatever letters', async () => {
    const { apps, total } = await list('?platform=android');
    expect(total).toBe(apps.length);
    expect(apps.length).toBeGreaterThan(0);
    expect(new Set(apps.map(({ platform }: Json) => platform))).toEqual(new Set(['ANDROID']));
    expect((await list('?platform=IOS')).total + total).toBe((await list('?platform=&other=1')).total);
    for (const query of ['?platform=windows', '?platform=IOS&platform=IOS']) {
      await client.refused(400, 'INVALID_PARAMETERS', 'GET', `/mobile-apps${query}`);
    }
  });

  const IOS = { platform: 'IOS', name: 'A', bundleId: 'com.example.a' };
  const ANDROID = { platform: 'ANDROID', name: 'A', packageName: 'com.example.a' };
  test.each<[object, string[]]>([
    [{ ...IOS, platform: 'ios' }, ['platform']],
    [{ ...IOS, platform: 'WINDOWS' }, ['platform']],
    [{ ...IOS, platform: 5 }, ['platform']],
    [{ ...IOS, name: '' }, ['name']],
    [{ ...IOS, name: 'x'.repeat(256) }, ['name']],
    [{ ...IOS, name: null }, ['name']],
    [
      { ...IOS, bundleId: 'no bundle', appStoreFallback: 'x', appStoreId: 'id7', iosMinVersion: 14 },
      ['bundleId', 'appStoreFallback', 'appStoreId', 'iosMinVersion'],
    ],
    [{ ...IOS, teamId: 'short', customScheme: 'javascript' }, ['teamId', 'customScheme']],
    [{ ...IOS, bundleId: '\u0000' }, ['bundleId']],
    [
      { ...ANDROID, packageName: 'oneword', playStoreFallback: 'market://x' },
      ['packageName', 'playStoreFallback'],
    ],
    [{ ...IOS, sha256CertFingerprints: [FINGERPRINT] }, ['sha256CertFingerprints']],
    [{ ...IOS, sha256CertFingerprints: 5, teamId: 'short' }, ['teamId', 'sha256CertFingerprints']],
    [{ ...ANDROID, teamId: 'ABCDE12345' }, ['teamId']],
    [{ ...ANDROID, teamId: {} }, ['teamId']],
    [{ ...ANDROID, androidMinVersion: 'x'.repeat(51) }, ['androidMinVersion']],
    [{ ...ANDROID, sha256CertFingerprints: 'AA' }, ['sha256CertFingerprints']],
    [
      { ...ANDROID, sha256CertFingerprints: [FINGERPRINT, 'AA', 5] },
      ['sha256CertFingerprints.1', 'sha256CertFingerprints.2'],
    ],
    [{ ...ANDROID, sha256CertFingerprints: Array(21).fill(FINGERPRINT) }, ['sha256CertFingerprints']],
    [{ ...ANDROID, sha256CertFingerprints: Array(21).fill('AA') }, ['sha256CertFingerprints']],
    [{ ...ANDROID, sha256CertFingerprints: Array(21).fill(5) }, ['sha256CertFingerprints']],
  ])('a bad app is refused, field by field: %j', async (body, fields) => {
    const before = await list();
    const named = ({ problems }: { readonly problems: readonly string[] }) =>
      problems.map((problem) => problem.split(' ')[0]);
    const refused = await client.refused(422, 'VALIDATION_ERROR', 'POST', '/mobile-apps', { body });
    expect(named(refused)).toEqual(fields);
    const { platform } = body as { platform: unknown };
    const app = platform === 'ANDROID' ? await android() : await ios();
    const unchanged = await client.refused(422, 'VALIDATION_ERROR', 'PUT', `/mobile-apps/${app.id}`, {
      body,
    });
    expect(named(unchanged)).toEqual(fields);
    expect((await client.ok('GET', `/mobile-apps/${app.id}`)).data).toEqual(app);
    await client.ok('DELETE', `/mobile-apps/${app.id}`);
    expect(await list()).toEqual(before);
  });

  test('what is missing is said to be', async () => {
    const missing = async (body: object | undefined) =>
      (await client.refused(422, 'MISSING_REQUIRED_FIELD', 'POST', '/mobile-apps', { body })).problems;
    expect(await missing({ platform: 'IOS' })).toEqual(['name is required', 'bundleId is required']);
    expect(await missing({ platform: 'ANDROID', name: 'x', bundleId: 'com.example.x' })).toEqual([
      'packageName is required',
    ]);
    expect(await missing({ name: 'x' })).toEqual(['platform is required']);
    expect(await missing(undefined)).toEqual(['platform is required']);
    for (const body of [null, [], 'x', 5]) {
      const refused = await client.refused(422, 'VALIDATION_ERROR', 'POST', '/mobile-apps', { body });
      expect(refused.problems).toEqual(['body must be an object']);
    }
    const app = await ios();
    const moved = await client.refused(422, 'VALIDATION_ERROR', 'PUT', `/mobile-apps/${app.id}`, {
      body: { platform: 'ANDROID', packageName: 'com.example.a' },
    });
    expect(moved.problems).toEqual(['platform cannot be changed after creation']);
  });
});
