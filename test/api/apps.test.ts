import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { Api, type Json, PUBLIC_HOST, STRANGER } from './api.ts';

const FINGERPRINT = Array.from({ length: 32 }, (_, index) => index.toString(16).padStart(2, '0')).join(':');
const IOS = {
  platform: 'ios',
  name: 'Shop',
  identifier: 'com.example.shop',
  storeUrl: 'https://apps.apple.com/app/id123',
  appStoreId: '123',
  minVersion: '2.0.0',
  minOsVersion: '14.0',
  teamId: 'ABCDE12345',
  customScheme: 'shop',
};
const ANDROID = {
  platform: 'android',
  name: 'Shop',
  identifier: 'com.example.shop',
  storeUrl: 'https://play.google.com/store/apps/details?id=com.example.shop',
  minVersion: '30',
  minOsVersion: '21',
  sha256CertFingerprints: [FINGERPRINT],
};
const NOTHING = {
  storeUrl: null,
  appStoreId: null,
  minVersion: null,
  minOsVersion: null,
  teamId: null,
  sha256CertFingerprints: [],
  customScheme: null,
};

/** What a link that describes its app may say of it, and a saved app never does. */
const OF_A_LINK_ALONE = { deepLink: null, ipadIdentifier: null, ipadStoreUrl: null };

describe.each(ENGINES)('saved apps and what links say of apps, on $name', (engine) => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.open(engine);
  });
  afterAll(() => api.close());

  const saved = (input: object): Promise<Json> => api.ok('POST', '/apps', { body: input });

  test('an app is kept with every field, changed field by field, and gone when deleted', async () => {
    const answer = await api.call('POST', '/apps', { body: ANDROID });
    expect(answer).toMatchObject({ status: 201, headers: { etag: '"1"' } });
    const app = answer.json;
    expect(app).toEqual({
      ...NOTHING,
      ...ANDROID,
      sha256CertFingerprints: [FINGERPRINT.toUpperCase()],
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/),
      version: 1,
      createdAt: expect.any(String),
      updatedAt: app.createdAt,
    });
    expect(await api.ok('GET', `/apps/${app.id}`)).toEqual(app);
    const patched = await api.ok('PATCH', `/apps/${app.id}`, {
      body: { name: 'Shop 2', storeUrl: null, sha256CertFingerprints: null, minOsVersion: '24' },
      headers: { 'if-match': '"1"' },
    });
    expect(patched).toMatchObject({
      name: 'Shop 2',
      storeUrl: null,
      sha256CertFingerprints: [],
      identifier: ANDROID.identifier,
      minVersion: '30',
      minOsVersion: '24',
      version: 2,
    });
    await api.refused(412, 'PATCH', `/apps/${app.id}`, { body: {}, headers: { 'if-match': '"1"' } });
    const { changes } = await api.ok('GET', '/changes?entity=app');
    expect(changes[0]).toMatchObject({
      action: 'updated',
      changes: { name: { from: 'Shop', to: 'Shop 2' }, minOsVersion: { from: '21', to: '24' } },
    });
    expect((await api.call('DELETE', `/apps/${app.id}`)).status).toBe(204);
    await api.refused(404, 'GET', `/apps/${app.id}`);
    await api.refused(404, 'PATCH', `/apps/${app.id}`, { body: { name: 'x' } });
    await api.refused(404, 'DELETE', `/apps/${app.id}`);
  });

  test('apps are listed newest first, page by page, of one platform if wanted', async () => {
    for (const { id } of (await api.ok('GET', '/apps')).apps) await api.call('DELETE', `/apps/${id}`);
    const first = await saved(IOS);
    const second = await saved(ANDROID);
    const third = await saved(IOS);
    const { apps, nextCursor } = await api.ok('GET', '/apps?limit=2');
    expect(apps.map(({ id }: Json) => id)).toEqual([third.id, second.id]);
    const rest = await api.ok('GET', `/apps?limit=2&cursor=${nextCursor}`);
    expect(rest).toMatchObject({ apps: [{ id: first.id }], nextCursor: null });
    const android = await api.ok('GET', '/apps?platform=android');
    expect(android.apps.map(({ id }: Json) => id)).toEqual([second.id]);
    expect((await api.ok('GET', '/apps', { key: STRANGER })).apps).toEqual([]);
  });

  test.each([
    [{ ...IOS, name: '' }, ['name']],
    [{ ...IOS, identifier: 'no bundle id' }, ['identifier']],
    [{ ...ANDROID, identifier: 'oneword' }, ['identifier']],
    [{ ...ANDROID, appStoreId: '123' }, ['appStoreId']],
    [{ ...IOS, appStoreId: 'id123' }, ['appStoreId']],
    [{ ...IOS, storeUrl: 'itms-apps://x' }, ['storeUrl']],
    [{ ...IOS, teamId: 'short' }, ['teamId']],
    [{ ...ANDROID, teamId: 'ABCDE12345' }, ['teamId']],
    [{ ...IOS, sha256CertFingerprints: [FINGERPRINT] }, ['sha256CertFingerprints']],
    [{ ...ANDROID, sha256CertFingerprints: [FINGERPRINT, 'AA:BB'] }, ['sha256CertFingerprints.1']],
    [{ ...ANDROID, sha256CertFingerprints: Array(21).fill('AA:BB') }, ['sha256CertFingerprints']],
    [{ ...IOS, customScheme: 'javascript' }, ['customScheme']],
    [{ ...IOS, customScheme: 'a b' }, ['customScheme']],
    [{ ...IOS, minVersion: '' }, ['minVersion']],
    [{ ...ANDROID, minOsVersion: 'x'.repeat(51) }, ['minOsVersion']],
    [{ ...IOS, platform: 'symbian' }, ['platform']],
    [{ ...IOS, id: randomUUID() }, ['id']],
  ])('a bad app is refused: %j', async (body, fields) => {
    const before = await api.ok('GET', '/apps');
    await api.refused(422, 'POST', '/apps', { body }, fields);
    expect(await api.ok('GET', '/apps')).toEqual(before);
  });

  test('a link follows its saved app until that is deleted', async () => {
    const app = await saved(IOS);
    const details = { identifier: 'com.example.own', storeUrl: 'https://store.example/x' };
    const link = await api.link({ apps: { ios: { savedAppId: app.id }, android: details } });
    const { platform: _, name: __, teamId: ___, minOsVersion: ____, ...described } = IOS;
    const shown = { ...OF_A_LINK_ALONE, ...described };
    expect(link.apps).toEqual({
      ios: { savedAppId: app.id, ...shown },
      android: {
        ...OF_A_LINK_ALONE,
        savedAppId: null,
        appStoreId: null,
        minVersion: null,
        customScheme: null,
        ...details,
      },
    });
    await api.ok('PATCH', `/apps/${app.id}`, {
      body: { identifier: 'com.example.renamed', minVersion: null },
    });
    expect((await api.ok('GET', `/links/${link.id}`)).apps.ios).toEqual({
      savedAppId: app.id,
      ...shown,
      identifier: 'com.example.renamed',
      minVersion: null,
    });
    await api.call('DELETE', `/apps/${app.id}`);
    expect((await api.ok('GET', `/links/${link.id}`)).apps).toMatchObject({
      ios: null,
      android: { identifier: 'com.example.own' },
    });
  });

  test('apps of a link change platform by platform', async () => {
    const app = await saved(ANDROID);
    const link = await api.link({ apps: { ios: { identifier: 'com.example.a' } } });
    const patch = async (apps: object) =>
      (await api.ok('PATCH', `/links/${link.id}`, { body: { apps } })).apps;
    expect(await patch({ android: { savedAppId: app.id } })).toMatchObject({
      ios: { identifier: 'com.example.a' },
      android: { savedAppId: app.id },
    });
    expect(await patch({ ios: null })).toMatchObject({ ios: null, android: { savedAppId: app.id } });
    expect(await patch({ android: { identifier: 'com.example.b' } })).toMatchObject({
      ios: null,
      android: { savedAppId: null, identifier: 'com.example.b' },
    });
    expect(await patch({})).toMatchObject({ ios: null, android: { identifier: 'com.example.b' } });
  });

  test('an app of another platform, another project or nobody is refused, and nothing is made', async () => {
    const android = await saved(ANDROID);
    const theirs = await api.ok('POST', '/apps', { body: IOS, key: STRANGER });
    const before = await api.state();
    for (const savedAppId of [android.id, theirs.id, randomUUID()]) {
      await api.refused(
        422,
        'POST',
        '/links',
        { body: { destination: 'https://a.example/', apps: { ios: { savedAppId } } } },
        ['apps.ios.savedAppId'],
      );
      const links = [
        { destination: 'https://a.example/' },
        { destination: 'https://b.example/', apps: { ios: { savedAppId } } },
      ];
      await api.refused(422, 'POST', '/links/bulk', { body: { links } }, ['links.1.apps.ios.savedAppId']);
    }
    const unknown = { savedAppId: randomUUID() };
    const apps = { ios: unknown, android: unknown };
    const links = ['https://a.example/', 'https://b.example/'].map((destination) => ({ destination, apps }));
    await api.refused(422, 'POST', '/links/bulk', { body: { links } }, [
      ...['links.0.apps.ios.savedAppId', 'links.0.apps.android.savedAppId'],
      ...['links.1.apps.ios.savedAppId', 'links.1.apps.android.savedAppId'],
    ]);
    expect(await api.state()).toEqual(before);
  });

  test('the social preview is replaced as a whole, and emptied with null', async () => {
    const social = { title: 'T', description: 'D', imageUrl: 'https://a.example/i.png' };
    const link = await api.link({ social });
    expect(link.social).toEqual(social);
    const patch = async (body: object) => await api.ok('PATCH', `/links/${link.id}`, { body });
    expect((await patch({ social: { title: 'Other' } })).social).toEqual({
      title: 'Other',
      description: null,
      imageUrl: null,
    });
    expect((await patch({ title: 'x' })).social.title).toBe('Other');
    expect((await patch({ social: null })).social).toEqual({
      title: null,
      description: null,
      imageUrl: null,
    });
    await api.refused(422, 'PATCH', `/links/${link.id}`, { body: { social: { imageUrl: 'x' } } }, [
      'social.imageUrl',
    ]);
  });

  test('a desktop destination is kept, changed and emptied', async () => {
    const link = await api.link({ desktopUrl: 'https://example.com/desktop' });
    expect(link.desktopUrl).toBe('https://example.com/desktop');
    const visit = await api.visit(`/${link.code}`);
    expect(visit).toMatchObject({ status: 302, headers: { location: 'https://example.com/desktop' } });
    const iphone =
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';
    expect(await api.visit(`/${link.code}`, { 'user-agent': iphone })).toMatchObject({
      headers: { location: 'https://example.com/' },
    });
    const patched = await api.ok('PATCH', `/links/${link.id}`, { body: { desktopUrl: null } });
    expect(patched.desktopUrl).toBeNull();
    expect((await api.visit(`/${link.code}`)).headers.location).toBe('https://example.com/');
    await api.refused(422, 'PATCH', `/links/${link.id}`, { body: { desktopUrl: 'ftp://x' } }, ['desktopUrl']);
    expect(link.shortUrl).toBe(`http://${PUBLIC_HOST}/${link.code}`);
  });

  test('a webhook secret is shown once, and the project’s switch is respected', async () => {
    const settings = { webhookEnabled: true, webhookUrl: 'https://example.com/hook' };
    const group = await api.group(settings);
    expect(group.webhookSecret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    api.secrets.add(group.webhookSecret);
    expect(await api.ok('GET', `/groups/${group.id}`)).not.toHaveProperty('webhookSecret');
    const patch = async (body: object) => await api.ok('PATCH', `/groups/${group.id}`, { body });
    expect(await patch({ settings: { webhookEnabled: false } })).not.toHaveProperty('webhookSecret');
    expect(await patch({ settings: { webhookEnabled: true } })).not.toHaveProperty('webhookSecret');

    const later = await api.group({ webhookUrl: 'https://example.com/hook' });
    expect(later).not.toHaveProperty('webhookSecret');
    await api.ok('PATCH', '/project', { body: { webhookEnabled: false } });
    const before = await api.state();
    const on = { settings: { webhookEnabled: true } };
    const refused = await api.refused(409, 'PATCH', `/groups/${later.id}`, { body: on }, [
      'settings.webhookEnabled',
    ]);
    expect(refused.code).toBe('webhooks-off');
    await api.refused(409, 'POST', '/groups', { body: { name: 'x', settings } });
    expect(await api.state()).toEqual(before);
    await api.ok('PATCH', '/project', { body: { webhookEnabled: true } });
    const enabled = await api.ok('PATCH', `/groups/${later.id}`, { body: on });
    expect(enabled.webhookSecret).toMatch(/^whsec_/);
  });

  test('repeating the request that made a webhook secret does not show it again', async () => {
    const body = { name: 'x', settings: { webhookEnabled: true, webhookUrl: 'https://example.com/hook' } };
    const headers = { 'idempotency-key': 'group-with-webhook' };
    const first = await api.ok('POST', '/groups', { body, headers });
    expect(first.webhookSecret).toMatch(/^whsec_/);
    const again = await api.ok('POST', '/groups', { body, headers });
    expect(again.id).toBe(first.id);
    expect(again).not.toHaveProperty('webhookSecret');
  });
});
