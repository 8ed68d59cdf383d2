import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import type { Json } from './api.ts';
import { Bit2Connect } from './bit2connect-client.ts';

const LINK = 'https://example.com/';

/** What a section may be before an update, under a name for the test's title. */
const STORED: Readonly<Record<string, object>> = {
  nothing: {},
  social: { social: { title: 'Old', description: 'Old' } },
  campaign: { campaign: { utm_source: 'old', utm_medium: 'old' } },
  'a desktop fallback': { desktop_fallback: 'https://example.com/old' },
  'described apps': {
    ios: { bundleId: 'com.example.old', min_version: '1.0' },
    android: { package: 'com.example.old' },
  },
  'saved apps': { iosAppId: 'IOS', androidAppId: 'ANDROID' },
  'a saved and a described app': { iosAppId: 'IOS', android: { package: 'com.example.old' } },
};

/** A value for each section, and how it is shown when it is not as it was sent. */
const SECTIONS: Readonly<Record<string, { readonly sent: unknown; readonly shown?: unknown }>> = {
  social: { sent: { title: 'New', description: '', image: null }, shown: { title: 'New' } },
  campaign: { sent: { utm_source: '', utm_content: 'new', utm_term: null }, shown: { utm_content: 'new' } },
  desktop_fallback: { sent: 'https://example.com/new' },
  ios: {
    sent: { bundleId: 'com.example.new', app_store_fallback: '', appStoreId: '42' },
    shown: { bundleId: 'com.example.new', app_store_id: '42' },
  },
  android: { sent: { package: 'com.example.new', min_version: '3.0' } },
  iosAppId: { sent: 'IOS' },
  androidAppId: { sent: 'ANDROID' },
};

/** Two names of one place: whoever gets the one loses the other. */
const OTHER_NAME: Readonly<Record<string, string>> = {
  ios: 'iosAppId',
  iosAppId: 'ios',
  android: 'androidAppId',
  androidAppId: 'android',
};

describe.each(ENGINES)('an update merges section by section, on $name', (engine) => {
  let client: Bit2Connect;
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    client = await Bit2Connect.open(engine);
    ids.IOS = (await client.app({ platform: 'IOS', name: 'A', bundleId: 'com.example.saved' })).id;
    ids.ANDROID = (await client.app({ platform: 'ANDROID', name: 'A', packageName: 'com.example.saved' })).id;
  });
  afterAll(() => client.close());

  let serial = 0;
  const nextCode = () => `update-${++serial}`;
  /** With the real ids of the saved apps. */
  const real = (value: object): Json =>
    JSON.parse(JSON.stringify(value), (_, inner) => ids[inner as string] ?? inner);

  describe.each(Object.entries(STORED))('of a link with %s', (_, stored) => {
    test.each(Object.entries(SECTIONS))('%s', async (name, { sent, shown = sent }) => {
      const code = nextCode();
      const before = real(stored);
      await client.link(code, before);
      const payload = async () => {
        const { link, ...sections } = (await client.get(code)).payload;
        expect(link).toBe(LINK);
        return sections;
      };
      expect(await payload(), 'as it was made').toEqual(before);

      await client.put(code, {});
      expect(await payload(), 'absent').toEqual(before);

      await client.put(code, { [name]: null });
      const { [name]: removed, ...without } = before;
      expect(await payload(), 'null').toEqual(without);

      await client.put(code, real({ [name]: sent }));
      const { [OTHER_NAME[name] ?? '']: replaced, ...others } = without;
      expect(await payload(), 'present').toEqual(real({ ...others, [name]: shown }));

      await client.put(code, { [name]: null });
      expect(await payload(), 'null again').toEqual(others);
    });
  });

  test.each([
    ['social', {}],
    ['social', { title: '', image: null }],
    ['campaign', {}],
    ['campaign', { utm_source: '' }],
    ['campaign', { unknown: 'x' }],
  ])('%s without anything in it: %j', async (name, empty) => {
    const code = nextCode();
    await client.link(code, { social: { title: 'Old' }, campaign: { utm_source: 'old' } });
    await client.put(code, { [name]: empty });
    expect((await client.get(code)).payload).not.toHaveProperty(name);
  });

  test('a saved app wins over a described one in the same request', async () => {
    const payload = real({ iosAppId: 'IOS', ios: { bundleId: 'com.example.own' }, androidAppId: null });
    const made = await client.link(nextCode(), { ...payload, android: { package: 'com.example.own' } });
    expect(made.payload).toEqual({ link: LINK, iosAppId: ids.IOS, android: { package: 'com.example.own' } });
    await client.put(made.code, { androidAppId: ids.ANDROID?.toUpperCase(), android: null, iosAppId: null });
    expect((await client.get(made.code)).payload).toEqual({ link: LINK, androidAppId: ids.ANDROID });
    await client.put(made.code, { androidAppId: null, android: null });
    expect((await client.get(made.code)).payload).toEqual({ link: LINK });
  });

  test('a name and an end are kept when absent, and emptied with null', async () => {
    const code = nextCode();
    await client.link(code, {}, { name: 'Kept', expiresAt: '2040-06-30T09:00:00+09:00' });
    await client.put(code, { social: { title: 'x' } });
    expect(await client.get(code)).toMatchObject({ name: 'Kept', expiresAt: '2040-06-30T00:00:00Z' });
    await client.put(code, {}, { name: '이름', expiresAt: '2041-01-01t00:00:00.5z' });
    expect(await client.get(code)).toMatchObject({ name: '이름', expiresAt: '2041-01-01T00:00:00Z' });
    await client.put(code, {}, { name: null, expiresAt: null });
    expect(await client.get(code)).toMatchObject({ name: null, expiresAt: null, status: 'ACTIVE' });
  });

  test('a code in the body is ignored, and so is what nobody knows', async () => {
    const code = nextCode();
    await client.link(code);
    await client.put(code, { unknown: 1, constructor: {} }, { code: 'another', status: 'PAUSED', id: 7 });
    expect(await client.get(code)).toMatchObject({ code, status: 'ACTIVE' });
    await client.refused(404, 'LINK_NOT_FOUND', 'GET', '/links/another');
  });

  test('updates of different sections at the same time all last', async () => {
    const code = nextCode();
    await client.link(code);
    for (let round = 0; round < 5; round++) {
      const sections: Record<string, unknown> = {
        social: { title: `t${round}` },
        campaign: { utm_source: `s${round}` },
        desktop_fallback: `https://example.com/${round}`,
        ios: { bundleId: `com.example.n${round}` },
        android: { package: `com.example.n${round}` },
      };
      await Promise.all(Object.entries(sections).map(([name, value]) => client.put(code, { [name]: value })));
      expect((await client.get(code)).payload).toEqual({ link: LINK, ...sections });
    }
  });

  test('what was written is the same link to our own API', async () => {
    const code = nextCode();
    await client.link(code, { ios: { bundleId: 'com.example.a' } }, { expiresAt: '2040-01-01T00:00:00Z' });
    const { links } = await client.api.ok('GET', `/links?code=${code}`);
    expect(links[0]).toMatchObject({
      source: 'bit2connect',
      settings: { endsAt: '2040-01-01T00:00:00.000Z' },
    });
    await client.api.ok('PATCH', `/links/${links[0].id}`, {
      body: { settings: { startsAt: '2039-01-01T00:00:00Z' } },
    });
    const refused = await client.refused(422, 'VALIDATION_ERROR', 'PUT', `/links/${code}`, {
      body: { payload: { link: LINK }, expiresAt: '2038-01-01T00:00:00Z' },
    });
    expect(refused.problems).toEqual(['expiresAt must not be before the start of the link']);
  });

  test('a link on another domain of the project is found by its code, the default domain first', async () => {
    await client.api.ok('POST', '/domains', { body: { host: 'other.test' } });
    const code = nextCode();
    await client.api.link({ code, domain: 'other.test', title: 'elsewhere' });
    expect(await client.get(code)).toMatchObject({
      name: 'elsewhere',
      shortUrl: `http://other.test/${code}`,
    });
    await client.link(code, {}, { name: 'here' });
    await client.put(code, { social: { title: 'x' } });
    expect(await client.get(code)).toMatchObject({ name: 'here', payload: { social: { title: 'x' } } });
    await client.ok('DELETE', `/links/${code}`);
    expect(await client.get(code)).toMatchObject({ name: 'elsewhere', payload: { link: LINK } });
  });

  test('every problem is named at once, by the client’s own paths', async () => {
    const code = nextCode();
    await client.link(code, { social: { title: 'kept' } });
    const before = await client.get(code);
    const long = 'x'.repeat(3_000);
    const body = {
      name: long,
      expiresAt: '2024-02-30T00:00:00Z',
      payload: {
        link: `https://example.com/${'x'.repeat(2_029)}`,
        iosAppId: 5,
        ios: {
          bundleId: 'no bundle',
          app_store_fallback: 'itms://x',
          app_store_id: 'id1',
          min_version: long,
          saveApp: 'yes',
        },
        android: { store_fallback: 'x', saveApp: true },
        social: { title: long, description: 1, image: 'x' },
        campaign: { utm_source: long, utm_medium: 1, utm_campaign: '\u0000' },
        desktop_fallback: '',
      },
    };
    const { problems } = await client.refused(422, 'VALIDATION_ERROR', 'PUT', `/links/${code}`, { body });
    expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual(
      [
        'name',
        'expiresAt',
        'payload.link',
        'payload.iosAppId',
        'payload.ios.bundleId',
        'payload.ios.app_store_fallback',
        'payload.ios.app_store_id',
        'payload.ios.min_version',
        'payload.ios.saveApp',
        'payload.android.package',
        'payload.android.store_fallback',
        'payload.android.appName',
        'payload.social.title',
        'payload.social.description',
        'payload.social.image',
        'payload.campaign.utm_source',
        'payload.campaign.utm_medium',
        'payload.campaign.utm_campaign',
        'payload.desktop_fallback',
      ].sort(),
    );
    expect(problems).toContain('payload.android.appName is required when saveApp is true');
    expect(problems).toContain('payload.android.package is required');
    expect(await client.get(code)).toEqual(before);
  });

  test.each([
    ['name', ['', 5, true, [], {}, 'a\u0000', 'a\ud800', 'x'.repeat(256)]],
    [
      'expiresAt',
      [
        '',
        'tomorrow',
        '2024-08-31',
        '2024-08-31T23:59:59',
        1_725_148_799,
        '1969-12-31T00:00:00Z',
        '9999-12-31T23:59:59-01:00',
      ],
    ],
    ['payload', [5, 'x', []]],
    ['payload.link', [5, 'example.com', 'ftp://x', 'javascript:alert(1)', 'https://a b', 'https://\ud800']],
    ['payload.iosAppId', [5, {}, '', 'x', '550e8400-e29b-41d4-a716-446655440000', '\u0000']],
    ['payload.androidAppId', [5, {}, '', 'x', '550e8400-e29b-41d4-a716-446655440000', '\u0000']],
    ['payload.ios', ['x', [], 5]],
    ['payload.android', ['x', true]],
    ['payload.social', ['x', 5]],
    ['payload.campaign', ['x', 5]],
    ['payload.desktop_fallback', ['', 'x', 5, {}]],
  ])('a broken %s is named and nothing is written', async (field, values) => {
    const code = nextCode();
    await client.link(code);
    const before = await client.get(code);
    for (const value of values) {
      const [top = '', inner] = field.split('.');
      const payload = { link: LINK, ...(inner ? { [inner]: value } : {}) };
      const body = { payload, ...(inner ? {} : { [top]: value }) };
      for (const [method, path] of [
        ['PUT', `/links/${code}`],
        ['POST', '/links'],
      ] as const) {
        const { json, problems } = await client.refused(422, 'VALIDATION_ERROR', method, path, { body });
        expect(problems, `${JSON.stringify(value)}: ${JSON.stringify(json)}`).toHaveLength(1);
        expect(problems[0]).toMatch(new RegExp(`^${field} `));
      }
    }
    expect(await client.get(code)).toEqual(before);
  });
});
