import axios from 'axios';
import got from 'got';
import { fetch as undiciFetch } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type Json, KEY } from './api.ts';
import { Bit2Connect } from './bit2connect-client.ts';

interface Reply {
  readonly status: number;
  readonly body: Json;
  readonly remaining: string;
}

type Send = (method: string, url: string, body?: object) => Promise<Reply>;

const headers = { 'X-API-KEY': KEY };

/** Clients that people use, as their manuals say. */
const CLIENTS: readonly (readonly [name: string, send: Send])[] = [
  [
    'axios',
    async (method, url, body) => {
      const answer = await axios.request({ method, url, data: body, headers, validateStatus: () => true });
      return {
        status: answer.status,
        body: answer.data,
        remaining: String(answer.headers['x-ratelimit-remaining']),
      };
    },
  ],
  [
    'got',
    async (method, url, body) => {
      const answer = await got(url, {
        method: method as 'GET',
        headers,
        ...(body ? { json: body } : {}),
        responseType: 'json',
        throwHttpErrors: false,
        retry: { limit: 0 },
      });
      return {
        status: answer.statusCode,
        body: answer.body,
        remaining: String(answer.headers['x-ratelimit-remaining']),
      };
    },
  ],
  [
    'undici',
    async (method, url, body) => {
      const answer = await undiciFetch(url, {
        method,
        headers: { ...headers, 'Content-Type': 'application/json' },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      return {
        status: answer.status,
        body: await answer.json(),
        remaining: String(answer.headers.get('x-ratelimit-remaining')),
      };
    },
  ],
];

describe.each(ENGINES)('programs that people write, on $name', (engine) => {
  let client: Bit2Connect;
  let base: string;
  beforeAll(async () => {
    client = await Bit2Connect.open(engine);
    base = `http://127.0.0.1:${client.api.port}/1.0`;
  });
  afterAll(() => client.close());

  test.each(CLIENTS)('make, read, change, pause and delete a link with %s', async (name, send) => {
    const app = { platform: 'ANDROID', name: `App of ${name}`, packageName: 'com.example.app' };
    const saved = await send('POST', `${base}/mobile-apps`, app);
    expect(saved.status).toBe(201);
    const androidAppId = saved.body.data.id;
    const payload = { link: 'https://example.com/', androidAppId, social: { title: '여름 세일 ☀' } };
    const made = await send('POST', `${base}/links`, { code: `by-${name}`, name, payload });
    expect(made).toMatchObject({ status: 201, body: { success: true, data: { name, payload } } });

    const url = `${base}/links/by-${name}`;
    const updated = await send('PUT', url, { payload: { link: 'https://example.com/new' } });
    expect(updated.body).toMatchObject({ success: true, data: { message: 'Link updated successfully' } });
    expect((await send('PATCH', `${url}/status`, { status: 'PAUSED' })).body.data.status).toBe('PAUSED');
    expect((await send('GET', url)).body.data).toMatchObject({
      originalUrl: 'https://example.com/new',
      status: 'PAUSED',
      payload: { ...payload, link: 'https://example.com/new' },
    });
    expect((await send('GET', `${base}/links?search=BY-${name}`)).body.pagination.total).toBe(1);
    expect((await send('GET', `${base}/links/check/by-${name}`)).body.data.available).toBe(false);
    const wrong = await send('PUT', url, { payload: {} });
    expect(wrong).toMatchObject({ status: 422, body: { details: ['payload.link is required'] } });
    expect((await send('DELETE', url)).body).toMatchObject({ success: true, data: { code: `by-${name}` } });
    expect((await send('DELETE', url)).status).toBe(404);
    const { status, body, remaining } = await send('DELETE', `${base}/mobile-apps/${androidAppId}`);
    expect({ status, success: body.success }).toEqual({ status: 200, success: true });
    expect(Number(remaining)).toBeGreaterThan(0);
  });
});
