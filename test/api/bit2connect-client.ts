import { expect } from 'vitest';
import type { Engine } from '../support/engines.ts';
import { type Answer, Api, type Call, type Json, KEY, type Opening } from './api.ts';

/** Whole seconds: what the documents show, and all that some parsers take. */
export const SECONDS = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

export const BEFORE_ROUTES = [
  'INVALID_API_KEY',
  'API_KEY_EXPIRED',
  'INSUFFICIENT_PERMISSIONS',
  'RATE_LIMIT_EXCEEDED',
  'NOT_FOUND',
];

/** A client of the Bit2Connect API. Every answer is held to what all of them have in common. */
export class Bit2Connect {
  readonly api: Api;

  constructor(api: Api) {
    this.api = api;
  }

  static async open(engine: Engine, opening: Opening = {}): Promise<Bit2Connect> {
    return new Bit2Connect(await Api.open(engine, opening));
  }

  close(): Promise<void> {
    return this.api.close();
  }

  /** @param path after `/1.0` */
  async call(
    method: string,
    path: string,
    { body, text, headers = {}, key = KEY }: Call = {},
  ): Promise<Answer> {
    const payload = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const answer = await this.api.send(method, `/1.0${path}`, payload, {
      ...(key === null ? {} : { 'X-API-KEY': key }),
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    });
    expectDecent(answer, method, path);
    return answer;
  }

  /** A call that must succeed. @returns its whole body */
  async ok(method: string, path: string, body?: unknown, key: string = KEY): Promise<Json> {
    const answer = await this.call(method, path, { body, key });
    expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300);
    return answer.json;
  }

  /** A call that must be refused, whichever form the route has. */
  async refused(
    status: number,
    code: string,
    method: string,
    path: string,
    call: Call = {},
  ): Promise<Refused> {
    const answer = await this.call(method, path, call);
    const { error, details, code: beside } = answer.json;
    expect(answer.status, `${method} ${path}: ${answer.text}`).toBe(status);
    expect(beside ?? error.code, `${method} ${path}: ${answer.text}`).toBe(code);
    return {
      message: error.message ?? error,
      problems: details ?? error.details?.problems ?? [],
      json: answer.json,
      headers: answer.headers,
    };
  }

  async link(code: string, payload: object = {}, more: object = {}): Promise<Json> {
    const body = { code, payload: { link: 'https://example.com/', ...payload }, ...more };
    return (await this.ok('POST', '/links', body)).data;
  }

  async get(code: string): Promise<Json> {
    return (await this.ok('GET', `/links/${code}`)).data;
  }

  /** An update with the destination it has, as the service wants one with every update. */
  async put(code: string, payload: object, more: object = {}): Promise<void> {
    await this.ok('PUT', `/links/${code}`, {
      payload: { link: 'https://example.com/', ...payload },
      ...more,
    });
  }

  async app(input: object): Promise<Json> {
    return (await this.ok('POST', '/mobile-apps', input)).data;
  }

  /** Puts a link into a group, which this API has no words for. */
  async intoGroup(code: string, groupId: string | null): Promise<void> {
    const { links } = await this.api.ok('GET', `/links?code=${code}`);
    await this.api.ok('PATCH', `/links/${links[0].id}`, { body: { groupId } });
  }

  /** A key that may do only this, and only until then. */
  async key(scopes: string[], expiresAt: string | null = null): Promise<string> {
    return (await this.api.ok('POST', '/keys', { body: { name: 'x', scopes, expiresAt } })).key;
  }
}

export interface Refused {
  readonly message: string;
  readonly problems: readonly string[];
  readonly json: Json;
  readonly headers: Answer['headers'];
}

/** Where the documents show `error` as a sentence. */
export function isPlain(method: string, path: string): boolean {
  return /^\/mobile-apps(?=[/?]|$)/.test(path) || (method === 'PUT' && /^\/links\/[^/?]+(\?|$)/.test(path));
}

function expectDecent({ status, headers, text, json }: Answer, method: string, path: string): void {
  const what = `${method} ${path} ${status}: ${text}`;
  expect(headers['x-ratelimit-limit'], what).toMatch(/^\d+$/);
  expect(headers['x-ratelimit-remaining'], what).toMatch(/^\d+$/);
  expect(headers['x-ratelimit-reset'], what).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
  expect(headers['cache-control'], what).toBe('no-store');
  expect(headers['content-type'], what).toBe('application/json; charset=utf-8');
  if (method === 'HEAD') return;
  if (status < 400) {
    expect(json, what).toMatchObject({ success: true, timestamp: expect.stringMatching(SECONDS) });
    return;
  }
  expect(json.success, what).toBe(false);
  const code = json.code ?? json.error.code;
  expect(code, what).toMatch(/^[A-Z_]+$/);
  if (isPlain(method, path) && !BEFORE_ROUTES.includes(code)) {
    const { success: _, error, code: __, details = ['none'], ...rest } = json;
    expect(error, what).toEqual(expect.any(String));
    expect(details.length, what).toBeGreaterThan(0);
    for (const detail of details) expect(detail, what).toEqual(expect.any(String));
    expect(rest, what).toEqual({});
  } else {
    const { code: _, message, details, ...rest } = json.error;
    expect(message, what).toEqual(expect.any(String));
    if (details) {
      const { field, issue, problems } = details;
      expect(problems[0], what).toBe(`${field} ${issue}`);
    }
    expect(rest, what).toEqual({});
    expect(Object.keys(json).sort(), what).toEqual(['error', 'success']);
  }
}
