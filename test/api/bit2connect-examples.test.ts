import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import type { Json } from './api.ts';
import { Bit2Connect, SECONDS } from './bit2connect-client.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The documented examples, sent as they stand and compared field by field; only ids, keys and the year differ. */
describe.each(ENGINES)('what the service’s documents show, on $name', (engine) => {
  let client: Bit2Connect;
  let ios: Json;
  let android: Json;
  beforeAll(async () => {
    client = await Bit2Connect.open(engine, { publicUrl: 'https://b2co.link' });
    ios = await client.app({
      platform: 'IOS',
      name: 'My iOS App',
      bundleId: 'com.example.myapp',
      appStoreFallback: 'https://apps.apple.com/app/id123456789',
      appStoreId: '123456789',
      iosMinVersion: '14.0',
    });
    android = await client.app({
      platform: 'ANDROID',
      name: 'My Android App',
      packageName: 'com.example.myapp',
      playStoreFallback: 'https://play.google.com/store/apps/details?id=com.example.myapp',
      androidMinVersion: '21',
    });
  });
  afterAll(() => client.close());

  const summerSale = {
    code: 'summer-sale',
    shortUrl: 'https://b2co.link/summer-sale',
    originalUrl: 'https://yourapp.com/products/summer-sale',
    name: 'Summer Sale Campaign',
    status: 'ACTIVE',
    qrCode: 'https://b2co.link/summer-sale/qr',
    expiresAt: '2034-12-31T23:59:59Z',
    clickCount: 0,
  };
  /** What other documents show of the same link. */
  const more = {
    id: expect.stringMatching(/^lnk_/),
    createdAt: expect.stringMatching(SECONDS),
    updatedAt: expect.stringMatching(SECONDS),
    payload: { link: 'https://yourapp.com/products/summer-sale' },
    projectId: expect.stringMatching(/^prj_/),
    createdBy: expect.stringMatching(/^key:key_/),
  };

  test('a link is made, read, listed, paused, activated and deleted', async () => {
    const body = {
      code: 'summer-sale',
      name: 'Summer Sale Campaign',
      payload: { link: 'https://yourapp.com/products/summer-sale' },
      expiresAt: '2034-12-31T23:59:59Z',
    };
    const created = await client.call('POST', '/links', { body });
    expect(created.status).toBe(201);
    expect(created.json).toEqual({
      success: true,
      data: { ...more, ...summerSale },
      timestamp: expect.stringMatching(SECONDS),
    });
    const { data } = created.json;
    expect(data.updatedAt).toBe(data.createdAt);

    const analytics = {
      totalClicks: 0,
      uniqueClicks: 0,
      clicksByPlatform: { ios: 0, android: 0, web: 0 },
      clicksByCountry: { other: 0 },
    };
    expect(await client.get('summer-sale')).toEqual({ ...data, analytics });
    expect(await client.ok('GET', '/links?page=1&limit=10&status=active&search=summer')).toEqual({
      success: true,
      data: [data],
      pagination: { page: 1, pageSize: 10, limit: 10, total: 1, totalPages: 1 },
      timestamp: expect.stringMatching(SECONDS),
    });
    expect(await client.ok('GET', '/links/check/summer-sale')).toMatchObject({
      data: { code: 'summer-sale', available: false, message: 'Code is already in use' },
    });
    expect((await client.ok('GET', '/links/check/Summer-sale')).data).toEqual({
      code: 'Summer-sale',
      available: true,
      message: 'Code is available for use',
    });

    expect((await client.ok('PUT', '/links/summer-sale/status', { status: 'PAUSED' })).data).toEqual({
      ...data,
      message: 'Link paused successfully',
      status: 'PAUSED',
      updatedAt: expect.stringMatching(SECONDS),
    });
    expect((await client.ok('PATCH', '/links/summer-sale/status', { status: 'ACTIVE' })).data).toEqual({
      ...data,
      message: 'Link activated successfully',
      updatedAt: expect.stringMatching(SECONDS),
    });

    expect(await client.ok('DELETE', '/links/summer-sale')).toEqual({
      success: true,
      data: { message: 'Link deleted successfully', id: data.id, code: 'summer-sale' },
      message: 'Link deleted successfully',
      timestamp: expect.stringMatching(SECONDS),
    });
    const gone = await client.call('GET', '/links/summer-sale');
    expect(gone.json).toEqual({
      success: false,
      error: { code: 'LINK_NOT_FOUND', message: 'Link with the specified code was not found' },
    });
  });

  test('a link without a code gets one', async () => {
    const { data } = await client.ok('POST', '/links', { payload: { link: 'https://yourapp.com/' } });
    expect(data.code).toMatch(/^[A-Za-z0-9]{8}$/);
    expect(data).toMatchObject({ name: null, expiresAt: null, shortUrl: `https://b2co.link/${data.code}` });
  });

  test('the documented errors, word for word', async () => {
    await client.link('taken');
    const link = 'https://a.example/';
    const answers: [method: string, path: string, body: unknown, status: number, json: object][] = [
      [
        'POST',
        '/links',
        { code: 'taken', payload: { link } },
        409,
        { error: { code: 'CODE_ALREADY_EXISTS' } },
      ],
      [
        'GET',
        '/links?page=0',
        undefined,
        400,
        { error: { code: 'INVALID_PARAMETERS', message: 'Invalid page number or limit' } },
      ],
      [
        'PUT',
        '/links/nobody',
        { payload: { link } },
        404,
        { error: 'Link not found', code: 'LINK_NOT_FOUND' },
      ],
      [
        'PUT',
        '/links/taken',
        { name: 'x' },
        422,
        { error: 'Validation failed', details: ['payload.link is required'] },
      ],
      ...[{ payload: {} }, { payload: null }, { payload: { link: null } }, { payload: { link: '' } }].map(
        (body): [string, string, unknown, number, object] => [
          'PUT',
          '/links/taken',
          body,
          422,
          { error: 'Validation failed', details: ['payload.link is required'] },
        ],
      ),
      [
        'PUT',
        '/links/taken',
        { payload: { link: 'example.com' } },
        422,
        { error: 'Validation failed', details: ['payload.link must be a valid URL'] },
      ],
      ['PUT', '/links/taken/status', { status: 'ACTIVE' }, 400, { error: { code: 'BAD_REQUEST' } }],
      ['PUT', '/links/taken/status', { status: 'ARCHIVED' }, 422, { error: { code: 'VALIDATION_ERROR' } }],
      [
        'GET',
        '/links/check/a',
        undefined,
        422,
        { error: { code: 'VALIDATION_ERROR', details: { field: 'code' } } },
      ],
      ['GET', `/mobile-apps/${ios.id.replace(/./g, 'f')}`, undefined, 404, { error: 'Mobile app not found' }],
      ['DELETE', '/mobile-apps/nothing', undefined, 404, { error: 'Mobile app not found' }],
    ];
    for (const [method, path, body, status, json] of answers) {
      const answer = await client.call(method, path, { body });
      expect(answer, `${method} ${path}`).toMatchObject({ status, json: { success: false, ...json } });
    }
    const nobody = await client.call('GET', '/links', { key: 'b2co_1234567890abcdef1234567890abcdef' });
    expect(nobody).toMatchObject({ status: 401 });
    expect(nobody.json).toEqual({
      success: false,
      error: { code: 'INVALID_API_KEY', message: 'Invalid or missing API key' },
    });
    const reader = await client.key(['links:read']);
    const forbidden = await client.call('DELETE', '/links/taken', { key: reader });
    expect(forbidden).toMatchObject({
      status: 403,
      json: {
        error: {
          code: 'INSUFFICIENT_PERMISSIONS',
          message: 'Your API key does not have permission to perform this action',
        },
      },
    });
  });

  test('mobile apps are made, read, listed, changed and deleted', async () => {
    expect(ios).toEqual({
      id: expect.stringMatching(UUID),
      name: 'My iOS App',
      platform: 'IOS',
      bundleId: 'com.example.myapp',
      appStoreFallback: 'https://apps.apple.com/app/id123456789',
      appStoreId: '123456789',
      iosMinVersion: '14.0',
      packageName: null,
      playStoreFallback: null,
      androidMinVersion: null,
      teamId: null,
      sha256CertFingerprints: null,
      customScheme: null,
      createdAt: expect.stringMatching(SECONDS),
      updatedAt: ios.createdAt,
    });
    expect(android).toEqual({
      id: expect.stringMatching(UUID),
      name: 'My Android App',
      platform: 'ANDROID',
      bundleId: null,
      appStoreFallback: null,
      appStoreId: null,
      iosMinVersion: null,
      packageName: 'com.example.myapp',
      playStoreFallback: 'https://play.google.com/store/apps/details?id=com.example.myapp',
      androidMinVersion: '21',
      teamId: null,
      sha256CertFingerprints: [],
      customScheme: null,
      createdAt: expect.stringMatching(SECONDS),
      updatedAt: android.createdAt,
    });
    expect(await client.ok('GET', '/mobile-apps')).toEqual({
      success: true,
      data: { apps: [android, ios], total: 2 },
      timestamp: expect.stringMatching(SECONDS),
    });
    expect((await client.ok('GET', `/mobile-apps/${ios.id}`)).data).toEqual(ios);
    const third = await client.app({ platform: 'IOS', name: 'Old', bundleId: 'com.example.old' });
    const { data } = await client.ok('PUT', `/mobile-apps/${third.id}`, {
      name: 'New',
      iosMinVersion: '15.0',
    });
    expect(data).toEqual({
      ...third,
      name: 'New',
      iosMinVersion: '15.0',
      updatedAt: expect.stringMatching(SECONDS),
    });
    expect(await client.ok('DELETE', `/mobile-apps/${third.id}`)).toEqual({
      success: true,
      data: { message: 'Mobile app deleted successfully' },
      timestamp: expect.stringMatching(SECONDS),
    });
    await client.refused(404, 'MOBILE_APP_NOT_FOUND', 'GET', `/mobile-apps/${third.id}`);
  });

  describe('the page on updating a link', () => {
    /** Everything a link can have, so that it shows what an update leaves alone. */
    const before = {
      link: 'https://example.com/before',
      ios: { bundleId: 'com.example.before', app_store_id: '1' },
      android: { package: 'com.example.before', store_fallback: 'https://store.example/before' },
      social: { title: 'Before', description: 'Before', image: 'https://example.com/before.jpg' },
      campaign: { utm_source: 'before', utm_term: 'before' },
      desktop_fallback: 'https://example.com/desktop-before',
    };
    const updated = {
      success: true,
      data: { message: 'Link updated successfully' },
      timestamp: expect.stringMatching(SECONDS),
    };

    const scenario = async (code: string, body: { payload: object }, after: object) => {
      const link = await client.link(code, before, { name: 'Kept', expiresAt: '2040-01-01T00:00:00Z' });
      expect(await client.ok('PUT', `/links/${code}`, body)).toEqual(updated);
      expect(await client.get(code)).toEqual({
        ...link,
        originalUrl: (body.payload as { link: string }).link,
        updatedAt: expect.stringMatching(SECONDS),
        payload: after,
        analytics: expect.objectContaining({ totalClicks: 0 }),
      });
    };

    test('1. its destination', async () => {
      const payload = { link: 'https://example.com/new-product-page' };
      await scenario('product-launch', { payload }, { ...before, ...payload });
    });

    test('2. saved apps instead of described ones', async () => {
      const payload = { link: 'https://example.com/content', iosAppId: ios.id, androidAppId: android.id };
      const { ios: _, android: __, ...rest } = before;
      await scenario('app-campaign', { payload }, { ...rest, ...payload });
    });

    test('3. how it looks when shared', async () => {
      const payload = {
        link: 'https://example.com/holiday-sale',
        social: {
          title: 'Holiday Sale Extended - 70% Off!',
          description: 'Last chance to save big this season',
          image: 'https://example.com/images/holiday-extended.jpg',
        },
      };
      await scenario('holiday-sale', { payload }, { ...before, ...payload });
    });

    test('4. its campaign', async () => {
      const payload = {
        link: 'https://example.com/content',
        campaign: {
          utm_source: 'newsletter',
          utm_medium: 'email',
          utm_campaign: 'december_2024',
          utm_content: 'hero_cta',
        },
      };
      await scenario('newsletter', { payload }, { ...before, ...payload });
    });

    test('5. the apps it describes', async () => {
      const payload = {
        link: 'https://example.com/promo',
        ios: {
          bundleId: 'com.example.app',
          app_store_fallback: 'https://apps.apple.com/app/id987654321',
          min_version: '2.0.0',
        },
        android: {
          package: 'com.example.app',
          store_fallback: 'https://play.google.com/store/apps/details?id=com.example.app',
          min_version: '2.0.0',
        },
      };
      await scenario('mobile-promo', { payload }, { ...before, ...payload });
    });

    test('the complete example, whose end is past by now', async () => {
      const body = {
        name: 'Summer Sale Extended',
        payload: {
          link: 'https://example.com/summer-sale-extended',
          iosAppId: ios.id,
          androidAppId: android.id,
          social: {
            title: 'Summer Sale - Now 60% Off!',
            description: "Extended through August! Don't miss out!",
            image: 'https://example.com/images/summer-extended.jpg',
          },
          campaign: {
            utm_source: 'api',
            utm_medium: 'dynamic_link',
            utm_campaign: 'summer_sale_extended_2024',
          },
          desktop_fallback: 'https://example.com/desktop/summer-sale',
        },
        expiresAt: '2024-08-31T23:59:59Z',
      };
      await client.link('summer-sale', before);
      expect((await client.api.visit('/summer-sale')).status).toBe(302);
      expect(await client.ok('PUT', '/links/summer-sale', body)).toEqual(updated);
      expect(await client.get('summer-sale')).toMatchObject({
        name: 'Summer Sale Extended',
        originalUrl: 'https://example.com/summer-sale-extended',
        status: 'EXPIRED',
        expiresAt: '2024-08-31T23:59:59Z',
        payload: body.payload,
      });
      expect((await client.api.visit('/summer-sale')).status).toBe(410);
      const again = await client.call('PUT', '/links/summer-sale', { body });
      expect(again.status).toBe(400);
      expect(again.json).toEqual({
        success: false,
        error: 'Cannot edit an expired link',
        code: 'LINK_EXPIRED',
      });
    });
  });
});
