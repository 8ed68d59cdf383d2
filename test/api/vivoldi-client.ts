import { expect } from 'vitest';
import { openStore, type Store } from '../../src/db/open.ts';
import type { Engine } from '../support/engines.ts';
import { type Answer, Api, type Call, type Json, KEY, type Opening } from './api.ts';

/** A URL nobody goes to. */
export const URL_A = 'https://example.com/a?b=1#c';

export const IN_KOREAN = { 'accept-language': 'ko-KR,ko;q=0.9,en;q=0.8' };

/** Every field in the form this API writes times in. */
export const LOCAL_TIME = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/;

/** A client of the Vivoldi API. Every answer is held to what all of them have in common. */
export class Vivoldi {
  readonly api: Api;
  readonly #store: Store;

  private constructor(api: Api, store: Store) {
    this.api = api;
    this.#store = store;
  }

  static async open(engine: Engine, opening: Opening = {}): Promise<Vivoldi> {
    const api = await Api.open(engine, opening);
    return new Vivoldi(api, await openStore(api.location));
  }

  async close(): Promise<void> {
    await this.#store.feed.stop();
    await this.#store.database.close();
    await this.api.close();
  }

  /** @param path after `/api/` */
  async call(
    method: string,
    path: string,
    { body, text, headers = {}, key = KEY }: Call = {},
  ): Promise<Answer> {
    const payload = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const answer = await this.api.send(method, `/api/${path}`, payload, {
      ...(key === null ? {} : { authorization: `APIKey ${key}` }),
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    });
    this.#expectDecent(answer, `${method} ${path}`);
    return answer;
  }

  /** A call that must succeed. @returns its result */
  async ok(method: string, path: string, body?: unknown, headers = {}): Promise<Json> {
    const answer = await this.call(method, path, { body, headers });
    expect(answer.json, `${method} ${path}: ${answer.text}`).toMatchObject({ code: 0 });
    return answer.json.result;
  }

  /** A call whose values are refused. @returns what it is told */
  async refused(code: number, method: string, path: string, call: Call = {}): Promise<string> {
    const answer = await this.call(method, path, call);
    expect(answer.json, `${method} ${path}: ${answer.text}`).toMatchObject({ code });
    expect(answer.status, answer.text).toBe(200);
    return answer.json.message;
  }

  /** @returns its id */
  async link(input: object = {}): Promise<string> {
    const shortUrl: string = await this.ok('POST', 'link/v2/create', { url: URL_A, ...input });
    return decodeURI(shortUrl).split('/').at(-1) as string;
  }

  async update(linkId: string, change: object): Promise<void> {
    expect(await this.ok('PUT', 'link/v2/update', { linkId, ...change })).toBeNull();
  }

  /** The link as the list shows it, on the default domain. */
  async get(linkId: string, domain = 'https://vvd.bz'): Promise<Json> {
    const { list } = await this.list({ linkId, domain });
    return list[0];
  }

  async list(query: Readonly<Record<string, string | number>>): Promise<Json> {
    return await this.ok('GET', `link/v1/list?${inQuery(query)}`);
  }

  /** @returns its number */
  async group(input: object = {}): Promise<number> {
    return (await this.ok('POST', 'link-group/v1/create', { nm: 'Summer', ...input })).grpIdx;
  }

  async updateGroup(grpIdx: number, change: object): Promise<string | null> {
    return await this.ok('PUT', 'link-group/v1/update', { grpIdx, ...change });
  }

  async getGroup(grpIdx: number): Promise<Json> {
    const { list } = await this.ok('GET', `link-group/v2/list?grpIdx=${grpIdx}`);
    return list[0];
  }

  /** Grows with every write, whoever makes it. */
  async writes(): Promise<unknown> {
    const { read } = this.#store.database;
    return await read
      .selectNoFrom((eb) => [
        eb
          .selectFrom('change')
          .select((of) => of.fn.max('id').as('n'))
          .as('changes'),
        eb
          .selectFrom('link')
          .select((of) => of.fn.countAll().as('n'))
          .as('links'),
        eb
          .selectFrom('link_code')
          .select((of) => of.fn.countAll().as('n'))
          .as('codes'),
        eb
          .selectFrom('link_group')
          .select((of) => of.fn.countAll().as('n'))
          .as('groups'),
      ])
      .executeTakeFirstOrThrow();
  }

  #expectDecent({ status, headers, text, json }: Answer, what: string): void {
    const said = `${what} ${status}: ${text}`;
    expect(status, said).toBeLessThan(500);
    expect(headers['content-type'], said).toBe('application/json; charset=utf-8');
    expect(headers['cache-control'], said).toBe('no-store');
    expect(headers['access-control-allow-origin'], said).toBe('*');
    expect(text, said).not.toContain('$argon2');
    for (const secret of this.api.secrets) expect(text, `${what} tells a secret`).not.toContain(secret);
    if (what.startsWith('HEAD')) return;
    expect(Object.keys(json), said).toEqual(['code', 'message', 'result']);
    if (json.code === 0) {
      expect({ status, message: json.message }, said).toEqual({ status: 200, message: '' });
    } else {
      expect(json, said).toEqual({
        code: expect.any(Number),
        message: expect.stringMatching(/\S/),
        result: null,
      });
      expect(status === 200 || status === json.code, said).toBe(true);
    }
  }
}

export function inQuery(query: Readonly<Record<string, string | number>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
}
