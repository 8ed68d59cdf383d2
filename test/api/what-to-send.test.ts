import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SQLITE } from '../support/engines.ts';
import { Api, type Json } from './api.ts';

describe('refusals that say what to send', () => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.open(SQLITE);
  });
  afterAll(() => api.close());

  test('without a key, and with a header that holds none', async () => {
    for (const headers of [{}, { authorization: 'sy_abc' }, { authorization: 'Basic YTpi' }]) {
      const { detail } = await api.refused(401, 'GET', '/project', { key: null, headers });
      expect(detail).toBe('An API key is required: send it as "Authorization: Bearer sy_…".');
    }
  });

  test('a body that is no JSON', async () => {
    const csv = { text: 'url\nhttps://a.test/\n', headers: { 'content-type': 'text/csv' } };
    const wanted = 'Send JSON, with the header Content-Type: application/json.';
    expect((await api.refused(415, 'POST', '/links', csv)).detail).toBe(wanted);
    expect((await api.refused(415, 'POST', '/imports', csv)).detail).toBe(
      `${wanted} A file is taken by: switchyard import <kind> <file>`,
    );
  });

  test('a logo that is sent as something else, or as nothing', async () => {
    const wanted = 'Send the picture as the body, with the header Content-Type: image/png or image/jpeg.';
    for (const type of ['application/json', 'application/x-www-form-urlencoded', '']) {
      const call = { text: '{}', headers: { 'content-type': type } };
      expect((await api.refused(415, 'PUT', '/project/qr-logo', call)).detail).toBe(wanted);
    }
    const { errors } = await api.refused(422, 'PUT', '/project/qr-logo', { headers: {} });
    expect(errors).toEqual([{ field: 'body', message: wanted }]);
  });

  test.each([
    [{}, 'needs savedAppId (a saved app) or identifier (its bundle id or package name)'],
    [
      { storeUrl: 'https://a.test/' },
      'needs savedAppId (a saved app) or identifier (its bundle id or package name)',
    ],
    [{ savedAppId: 'x', identifier: 'com.example.app' }, 'give savedAppId or identifier, not both'],
    ['11111111-2222-4333-8444-555555555555', 'must be an object, such as {"savedAppId": "…"}'],
    [[], 'must be an object, such as {"savedAppId": "…"}'],
  ])('the app of a link that is %j', async (ios, message) => {
    const body = { destination: 'https://example.com/', apps: { ios } };
    const link = await api.link();
    for (const refused of [
      await api.refused(422, 'POST', '/links', { body }),
      await api.refused(422, 'PATCH', `/links/${link.id}`, { body: { apps: { ios } } }),
    ] satisfies Json[])
      expect(refused.errors).toEqual([{ field: 'apps.ios', message }]);
  });

  test('what is wrong within an app is told where it is', async () => {
    for (const [ios, field] of [
      [{ identifier: 5 }, 'apps.ios.identifier'],
      [{ identifier: 'com.example.app', package: 'x' }, 'apps.ios.package'],
      [{ savedAppId: 'x', storeUrl: 'https://a.test/' }, 'apps.ios.storeUrl'],
    ] as const) {
      const body = { destination: 'https://example.com/', apps: { ios } };
      const { errors } = await api.refused(422, 'POST', '/links', { body });
      expect(errors.map((error: Json) => error.field)).toContain(field);
    }
  });
});
