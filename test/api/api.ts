import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect } from 'vitest';
import { KeyService } from '../../src/accounts/key-service.ts';
import { ProjectService } from '../../src/accounts/project-service.ts';
import { WebhookEndpointService } from '../../src/accounts/webhook-endpoint-service.ts';
import { type App, openApp } from '../../src/app/app.ts';
import { decideConfig } from '../../src/config/config.ts';
import type { Env } from '../../src/config/env.ts';
import type { Tx } from '../../src/db/database.ts';
import { openStore } from '../../src/db/open.ts';
import type { StoreLocation } from '../../src/db/store-location.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { type Engine, type EngineUnderTest, SQLITE } from '../support/engines.ts';

export const PUBLIC_HOST = 'go.test';
/** Of the default project, with every right. */
export const KEY = 'sy_ownerownerownerownerowner';
/** Of another project, with every right there. */
export const STRANGER = 'sy_strangerstrangerstranger';

export const PERSON =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at field by field, and `expect` says what they are.
export type Json = any;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: Json;
}

export interface Call {
  readonly body?: unknown;
  /** Sent as it stands, instead of `body`. */
  readonly text?: string | Buffer;
  readonly headers?: OutgoingHttpHeaders;
  /** Undefined: the owner's; null: none. */
  readonly key?: string | null;
}

export interface Opening {
  readonly publicUrl?: string;
  /** On top of what every test has. */
  readonly env?: Env;
}

/**
 * The whole product in this process, listening on a loopback port, with two projects in its store. Every answer of
 * the API that comes through `call` is held to what no answer may break.
 */
export class Api {
  readonly location: StoreLocation;
  readonly port: number;
  readonly app: App;
  /** Clear texts no answer may contain. */
  readonly secrets = new Set<string>();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 128 });
  readonly #close: () => Promise<void>;

  private constructor(location: StoreLocation, app: App, port: number, close: () => Promise<void>) {
    this.location = location;
    this.app = app;
    this.port = port;
    this.#close = close;
  }

  static async open(
    engine: Engine = SQLITE,
    { publicUrl = `http://${PUBLIC_HOST}`, env = {} }: Opening = {},
  ): Promise<Api> {
    const under = await engine.open();
    await seed(under.location);
    return await Api.over(under, { publicUrl, env });
  }

  /** On a store that is there already. */
  static async over(
    { location, close }: EngineUnderTest,
    { publicUrl = `http://${PUBLIC_HOST}`, env = {} }: Opening = {},
  ): Promise<Api> {
    const config = {
      ...decideConfig({ BOOTSTRAP_API_KEY: KEY, TIME_ZONE: 'Asia/Seoul', FETCH_PREVIEWS: 'off', ...env }),
      ...location,
    };
    const app = await openApp(config, publicUrl, createLogger('silent'));
    await app.server.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.server.address() as AddressInfo;
    return new Api(location, app, port, close);
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    await this.app.close();
    await this.#close();
  }

  /** A call of our own API; `path` starts after `/api/v1`. */
  async call(
    method: string,
    path: string,
    { body, text, headers = {}, key = KEY }: Call = {},
  ): Promise<Answer> {
    const payload = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const answer = await this.send(method, `/api/v1${path}`, payload, {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    });
    this.#expectDecent(answer, `${method} ${path}`);
    return answer;
  }

  /** A call that must succeed. @returns its body */
  async ok(method: string, path: string, call: Call = {}): Promise<Json> {
    const answer = await this.call(method, path, call);
    expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300);
    return answer.json;
  }

  /** A call that must be refused, naming `fields` exactly when they are given. @returns the problem */
  async refused(
    status: number,
    method: string,
    path: string,
    call: Call = {},
    fields?: string[],
  ): Promise<Json> {
    const answer = await this.call(method, path, call);
    expect(answer.status, `${method} ${path}: ${answer.text}`).toBe(status);
    if (fields) expect(fieldsOf(answer.json)).toEqual(fields);
    return answer.json;
  }

  async link(input: object = {}): Promise<Json> {
    return await this.ok('POST', '/links', { body: { destination: 'https://example.com/', ...input } });
  }

  async group(settings: object = {}, name = 'Summer'): Promise<Json> {
    return await this.ok('POST', '/groups', { body: { name, settings } });
  }

  /** What a person's browser gets for a path. */
  async visit(path: string, headers: OutgoingHttpHeaders = {}, method = 'GET'): Promise<Answer> {
    return await this.send(method, path, undefined, { host: PUBLIC_HOST, 'user-agent': PERSON, ...headers });
  }

  async send(
    method: string,
    path: string,
    payload: string | Buffer | undefined,
    headers: OutgoingHttpHeaders,
  ): Promise<Answer> {
    const going = request({
      host: '127.0.0.1',
      port: this.port,
      agent: this.#agent,
      method,
      path,
      headers: {
        ...(payload === undefined ? {} : { 'content-length': Buffer.byteLength(payload) }),
        ...headers,
      },
    });
    going.end(payload);
    // A refused body may still be under way when the answer has come and the server has closed.
    going.on('error', () => {});
    const [response] = await once(going, 'response');
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    const answer = Buffer.concat(chunks).toString('utf8');
    const isJson = /[/+]json/.test(response.headers['content-type'] ?? '');
    return {
      status: response.statusCode,
      headers: response.headers,
      text: answer,
      json: isJson && answer !== '' ? JSON.parse(answer) : undefined,
    };
  }

  /** Bytes as they stand over a connection of their own; what came back until the server or silence ended it. */
  async raw(bytes: string | Buffer, quietMs = 250): Promise<string> {
    const socket = connect(this.port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.setTimeout(quietMs, () => socket.destroy());
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    await once(socket, 'close');
    return Buffer.concat(chunks).toString('latin1');
  }

  /** Everything the API lists, to see that nothing has changed. */
  async state(): Promise<Json> {
    const [links, groups, domains, project, keys, changes] = await Promise.all([
      this.ok('GET', '/links?limit=100'),
      this.ok('GET', '/groups?limit=100'),
      this.ok('GET', '/domains'),
      this.ok('GET', '/project'),
      this.ok('GET', '/keys'),
      this.ok('GET', '/changes?limit=100'),
    ]);
    // Earlier visits may be counted at any moment.
    for (const link of links.links)
      for (const name of ['clicks', 'visitors', 'lastClickAt']) delete link[name];
    return { links, groups, domains, project, keys, changes };
  }

  #expectDecent({ status, headers, text, json }: Answer, what: string): void {
    expect(status, `${what}: ${text}`).toBeLessThan(500);
    expect(headers['cache-control'], what).toBe('no-store');
    // What an export leaves out cannot be read back.
    if (!what.startsWith('GET /export')) expect(text, what).not.toContain('$argon2');
    for (const secret of this.secrets) expect(text, `${what} tells a secret`).not.toContain(secret);
    if (status >= 400) {
      expect(headers['content-type'], `${what}: ${text}`).toMatch(/^application\/problem\+json/);
      expect(json, what).toMatchObject({
        type: expect.stringMatching(/^urn:switchyard:problem:/),
        title: expect.any(String),
        status,
        code: expect.any(String),
        detail: expect.any(String),
      });
      for (const { message } of json.errors ?? []) expect(message, what).not.toMatch(LIBRARY_WORDS);
    } else if (status !== 204) {
      expect(headers['content-type'], what).toMatch(/^(application\/(json|x-ndjson)|text\/csv)/);
    } else {
      expect(text, what).toBe('');
    }
  }
}

/** Of the schemas' library, and what we say where nobody has found better words. */
export const LIBRARY_WORDS = /^(Invalid|Too big|Too small|Unrecognized|is not valid$)/;

export function fieldsOf(problem: Json): string[] {
  return (problem.errors ?? []).map(({ field }: { field: string }) => field);
}

/** The default project before the server makes it, and a stranger's beside it. */
async function seed(location: StoreLocation): Promise<void> {
  const { database, feed } = await openStore(location);
  const projects = new ProjectService(database, new WebhookEndpointService(database, false));
  const keys = new KeyService(database);
  await database.transact('system', async (tx) => {
    await projects.ensureDefault(tx, { timeZone: 'Asia/Seoul', homeCountry: 'KR' });
    const projectId = await insertProject(tx);
    await keys.create(tx, { projectId, name: 'stranger', scopes: ['*'], expiresAt: null }, ['*'], STRANGER);
  });
  await feed.stop();
  await database.close();
}

async function insertProject(tx: Tx): Promise<number> {
  const now = Date.now();
  const { id } = await tx.db
    .insertInto('project')
    .values({
      public_id: 'prj_stranger',
      name: 'Another project',
      time_zone: 'UTC',
      home_country: 'DE',
      language: 'en',
      webhook_url: null,
      webhook_metric: null,
      webhook_frequency: null,
      created_at: now,
      updated_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}
