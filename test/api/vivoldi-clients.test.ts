import axios from 'axios';
import got from 'got';
import { Client } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SQLITE } from '../support/engines.ts';
import { type Json, KEY, PUBLIC_HOST } from './api.ts';
import { Vivoldi } from './vivoldi-client.ts';

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: object;
}

const HEADERS = { Authorization: `APIKey ${KEY}`, 'User-Agent': 'MyBrand', 'Accept-Language': 'ko' };

/** Clients that people use, each with its own defaults: a base URL and a key are all they are told. */
const CLIENTS: readonly [name: string, call: (baseUrl: string, call: Call) => Promise<Json>][] = [
  [
    'axios',
    async (baseURL, { method, path, body }) => {
      const sent = body === undefined ? {} : { data: body };
      const { data } = await axios.request({ baseURL, url: path, method, headers: HEADERS, ...sent });
      return data;
    },
  ],
  [
    'got',
    async (prefixUrl, { method, path, body }) =>
      await got(new URL(path, prefixUrl), {
        method,
        headers: HEADERS,
        ...(body === undefined ? {} : { json: body }),
      }).json(),
  ],
  [
    'undici',
    async (origin, { method, path, body }) => {
      const client = new Client(origin);
      const answer = await client.request({
        method,
        path,
        headers: { ...HEADERS, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
        body: body === undefined ? null : JSON.stringify(body),
      });
      const json = await answer.body.json();
      await client.close();
      return json;
    },
  ],
];

describe('clients of others', () => {
  let vivoldi: Vivoldi;
  beforeAll(async () => {
    vivoldi = await Vivoldi.open(SQLITE);
  });
  afterAll(() => vivoldi.close());

  test.each(CLIENTS)('%s goes through a campaign', async (name, send) => {
    const call = async (method: Call['method'], path: string, body?: object) => {
      const { code, message, result } = await send(`http://127.0.0.1:${vivoldi.api.port}`, {
        method,
        path,
        ...(body === undefined ? {} : { body }),
      });
      expect({ code, message }, `${method} ${path}`).toEqual({ code: 0, message: '' });
      return result;
    };
    const linkId = `봄-${name}`;
    const named = `linkId=${encodeURIComponent(linkId)}&domain=https%3A%2F%2Fvvd.im`;
    const visit = async () => (await vivoldi.api.visit(`/${encodeURIComponent(linkId)}`)).status;

    const { grpIdx } = await call('POST', '/api/link-group/v1/create', { nm: name });
    expect(
      await call('POST', '/api/link/v2/create', {
        url: 'https://example.com/spring',
        domain: 'https://vvd.im',
        brandLinkId: linkId,
        grpIdx,
      }),
    ).toBe(`http://${PUBLIC_HOST}/${encodeURIComponent(linkId)}`);
    expect(await visit()).toBe(302);
    await call('PUT', '/api/link-group/v1/update', { grpIdx, endYmdt: '2020-12-31 23:59:59' });
    expect(await visit()).toBe(410);
    await call('PUT', '/api/link/v2/update', { linkId, domain: 'https://vvd.im', grpIdx: 0, ttl: '새 제목' });
    expect(await visit()).toBe(302);
    const { list, extra } = await call('GET', `/api/link/v1/list?${named}&pages=1`);
    expect(extra.totalCount).toBe(1);
    expect(list[0]).toMatchObject({ linkId, ttl: '새 제목', grpIdx: 0, domain: `http://${PUBLIC_HOST}` });
    await call('DELETE', `/api/link/v1/delete?${named}`);
    await call('DELETE', `/api/link-group/v1/delete?grpIdx=${grpIdx}`);
    expect(await visit()).toBe(404);
    const refused = await send(`http://127.0.0.1:${vivoldi.api.port}`, {
      method: 'DELETE',
      path: `/api/link/v1/delete?${named}`,
    });
    expect(refused).toEqual({ code: 404, message: expect.stringMatching(/^linkId: [가-힣]/), result: null });
  });
});
