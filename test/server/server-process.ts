import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import type { StoreLocation } from '../../src/db/store-location.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';
import { MAIN, variablesOf } from './command.ts';

const API_KEY = 'key-of-the-server-suites';
const PORT_TRIES = 3;
const READY_WITHIN_MS = 45_000;

export const PERSON = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** Between the request and the end of the answer. */
  readonly tookMs: number;
}

export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ApiLink {
  readonly id: string;
  readonly code: string;
  readonly destination: string;
  readonly clicks: number;
}

export interface ApiGroup {
  readonly id: string;
}

export interface ReadyReport {
  readonly status: string;
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly detail?: string }>>;
  readonly lostClicks: number;
}

/** `node src/main.ts serve` as an operator runs it: a process of its own, known by its port, its log and its end. */
export class ServerProcess implements AsyncDisposable {
  readonly port: number;
  readonly ended: Promise<End>;
  readonly #child: ChildProcess;
  #log = '';
  #end: End | undefined;

  private constructor(port: number, location: StoreLocation, env: Readonly<Record<string, string>>) {
    this.port = port;
    this.#child = spawn(process.execPath, [MAIN, 'serve'], {
      // The channel closes with this process, however it ends, and the server then stops by itself.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        PATH: process.env.PATH,
        HOST: '127.0.0.1',
        PORT: String(port),
        // The same through every restart, because it decides the default domain.
        PUBLIC_URL: 'http://switchyard.test',
        ...variablesOf(location),
        BOOTSTRAP_API_KEY: API_KEY,
        LOG_LEVEL: 'warn',
        // Nothing that these suites link to is there.
        FETCH_PREVIEWS: 'off',
        ...env,
      },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text;
      });
    }
    this.ended = once(this.#child, 'close').then(([code, signal]) => {
      this.#end = { code, signal };
      return this.#end;
    });
  }

  /** Started, and perhaps not serving yet. */
  static async launch(
    location: StoreLocation,
    env: Readonly<Record<string, string>> = {},
  ): Promise<ServerProcess> {
    return new ServerProcess(await freePort(), location, env);
  }

  static async start(
    location: StoreLocation,
    env: Readonly<Record<string, string>> = {},
  ): Promise<ServerProcess> {
    for (let attempt = 1; ; attempt++) {
      const server = await ServerProcess.launch(location, env);
      try {
        await server.untilReady();
        return server;
      } catch (error) {
        await server.kill();
        // Another program may have taken the free port before the server did.
        if (attempt === PORT_TRIES || !server.log.includes('in use by another program')) throw error;
      }
    }
  }

  /** All that it has written to stdout and stderr. */
  get log(): string {
    return this.#log;
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  async untilReady(): Promise<void> {
    const ready = async () => {
      if (this.#end) throw new Error(`The server ended before it was ready:\n${this.#log}`);
      return (await this.isReady()) === true;
    };
    await until(ready, 'the server was ready', READY_WITHIN_MS);
  }

  /** @returns undefined when nothing answers */
  async isReady(): Promise<boolean | undefined> {
    return await this.get('/readyz').then(
      ({ status }) => status === 200,
      () => undefined,
    );
  }

  async readiness(): Promise<ReadyReport> {
    return JSON.parse((await this.get('/readyz')).text);
  }

  /** Everything answered so far is in the tables. */
  async untilDrained(withinMs = 30_000): Promise<void> {
    const drained = async () =>
      (await this.readiness()).checks.ingest?.detail?.startsWith('0 bytes') === true;
    await until(drained, `the server on port ${this.port} had ingested its journal`, withinMs);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  /** SIGTERM, and the end of it. */
  async stop(): Promise<End> {
    this.signal('SIGTERM');
    return await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  /** A request on a connection of its own. */
  get(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Answer> {
    return this.#request(method, path, headers);
  }

  /** A visit by a person with a browser, unless the headers say otherwise. */
  visit(code: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Answer> {
    return this.#request(method, `/${code}`, { 'user-agent': PERSON, ...headers });
  }

  /** A password, as the form of a protected link sends it. */
  enter(code: string, password: string): Promise<Answer> {
    const headers = { 'user-agent': PERSON, 'content-type': 'application/x-www-form-urlencoded' };
    return this.#request('POST', `/${code}`, headers, new URLSearchParams({ password }).toString());
  }

  /** A call of the management API. */
  call(method: string, path: string, body?: unknown): Promise<Answer> {
    const headers = { authorization: `Bearer ${API_KEY}` };
    const path_ = `/api/v1${path}`;
    return body === undefined
      ? this.#request(method, path_, headers)
      : this.#request(
          method,
          path_,
          { ...headers, 'content-type': 'application/json' },
          JSON.stringify(body),
        );
  }

  async createLink(link: object): Promise<ApiLink> {
    return await this.#expect(201, 'POST', '/links', { destination: 'https://example.com/', ...link });
  }

  async createLinks(links: readonly object[]): Promise<ApiLink[]> {
    const body = { links: links.map((link) => ({ destination: 'https://example.com/', ...link })) };
    return (await this.#expect<{ links: ApiLink[] }>(201, 'POST', '/links/bulk', body)).links;
  }

  async updateLink(id: string, patch: object): Promise<ApiLink> {
    return await this.#expect(200, 'PATCH', `/links/${id}`, patch);
  }

  async link(id: string): Promise<ApiLink> {
    return await this.#expect(200, 'GET', `/links/${id}`);
  }

  async deleteLink(id: string): Promise<void> {
    await this.#expect(204, 'DELETE', `/links/${id}`);
  }

  async createGroup(group: object): Promise<ApiGroup> {
    return await this.#expect(201, 'POST', '/groups', group);
  }

  async updateGroup(id: string, patch: object): Promise<ApiGroup> {
    return await this.#expect(200, 'PATCH', `/groups/${id}`, patch);
  }

  async deleteGroup(id: string): Promise<void> {
    await this.#expect(204, 'DELETE', `/groups/${id}`);
  }

  async moveLinks(linkIds: readonly string[], groupId: string | null): Promise<void> {
    await this.#expect(200, 'POST', '/links/move', { linkIds, groupId });
  }

  async #expect<Body>(status: number, method: string, path: string, body?: unknown): Promise<Body> {
    const answer = await this.call(method, path, body);
    if (answer.status !== status)
      throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}\n${this.#log}`);
    return answer.text === '' ? (undefined as Body) : JSON.parse(answer.text);
  }

  #request(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<Answer> {
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port: this.port, method, path, headers, agent: false },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          response.once('error', reject);
          response.once('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text,
              tookMs: performance.now() - startedAt,
            }),
          );
        },
      );
      sent.once('error', reject);
      sent.end(body);
    });
  }
}
