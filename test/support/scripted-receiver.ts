import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What the receiver does with a request. */
export type Behaviour =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Uint8Array;
      /** Before the answer. */
      readonly afterMs?: number;
      /** Before the answer, for as long as the test wants. */
      readonly after?: Promise<unknown>;
    }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** Resets the connection instead of an answer. */
  | { readonly kind: 'reset' }
  /** Ends the connection instead of an answer, as a process does that stops. */
  | { readonly kind: 'end' }
  /** Says that its body will be longer than what it sends, and then resets or hangs. */
  | {
      readonly kind: 'break-off';
      readonly status: number;
      readonly ending: 'reset' | 'hang';
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** A body without end: as fast as it is read, or a byte at a time. */
  | { readonly kind: 'endless'; readonly status: number; readonly pace: 'fast' | 'drip' }
  /** Answers with these bytes and ends the connection, or resets it, or hangs. */
  | { readonly kind: 'bytes'; readonly bytes: string; readonly ending?: 'reset' | 'hang' };

export interface Received {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** Milliseconds. */
  readonly at: number;
  /** The same of two requests that came over one connection. */
  readonly connection: number;
}

export const OK: Behaviour = { kind: 'answer', status: 200, body: 'ok' };
export const answer = (status: number, headers: Readonly<Record<string, string>> = {}): Behaviour => ({
  kind: 'answer',
  status,
  headers,
});

const DRIP_MS = 20;

/** An HTTP server on loopback that behaves by the path as a test says, and remembers all it got. */
export class ScriptedReceiver {
  /** In the order in which their bodies were complete. */
  readonly received: Received[] = [];
  /** Connections accepted, whatever came over them. */
  connections = 0;
  port = 0;
  /** Bytes of bodies without end that the other side took. */
  bytesTaken = 0;
  readonly #server: Server;
  readonly #scripts = new Map<string, Behaviour[]>();
  readonly #sockets = new Map<Socket, number>();
  readonly #timers = new Set<NodeJS.Timeout>();

  private constructor() {
    this.#server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const path = request.url ?? '';
        this.received.push({
          path,
          method: request.method ?? '',
          headers: request.headers,
          rawHeaders: request.rawHeaders,
          body: Buffer.concat(chunks),
          at: Date.now(),
          connection: this.#sockets.get(request.socket) ?? 0,
        });
        this.#behave(this.#next(path), response);
      });
      request.on('error', () => {});
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.set(socket, ++this.connections);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async open(host = '127.0.0.1'): Promise<ScriptedReceiver> {
    const receiver = new ScriptedReceiver();
    receiver.#server.listen(0, host);
    await once(receiver.#server, 'listening');
    receiver.port = (receiver.#server.address() as AddressInfo).port;
    return receiver;
  }

  /** Connections that are open now. */
  get openConnections(): number {
    return this.#sockets.size;
  }

  url(path: string, host = '127.0.0.1'): string {
    return `http://${host}:${this.port}${path}`;
  }

  /** What requests to a path meet, one after another; the last again and again. A path without a script says 200. */
  script(path: string, ...behaviours: readonly Behaviour[]): void {
    this.#scripts.set(path, [...behaviours]);
  }

  at(path: string): Received[] {
    return this.received.filter((received) => received.path === path);
  }

  /** Resets every connection, as a receiver does that is started again. */
  dropConnections(): void {
    for (const socket of this.#sockets.keys()) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.dropConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #next(path: string): Behaviour {
    const script = this.#scripts.get(path) ?? [];
    return (script.length > 1 ? script.shift() : script[0]) ?? OK;
  }

  #behave(behaviour: Behaviour, response: ServerResponse): void {
    const { socket } = response;
    switch (behaviour.kind) {
      case 'answer': {
        const say = () => {
          response.writeHead(behaviour.status, behaviour.headers);
          response.end(behaviour.body ?? '');
        };
        if (behaviour.after) void behaviour.after.then(say);
        else if (behaviour.afterMs === undefined) say();
        else this.#later(behaviour.afterMs, say);
        return;
      }
      case 'hang':
        return;
      case 'reset':
        socket?.resetAndDestroy();
        return;
      case 'end':
        socket?.end();
        return;
      case 'break-off':
        response.writeHead(behaviour.status, { 'content-length': '100000', ...behaviour.headers });
        response.write(behaviour.body ?? 'the first part', () => {
          if (behaviour.ending === 'reset') this.#later(DRIP_MS, () => socket?.resetAndDestroy());
        });
        return;
      case 'endless':
        response.writeHead(behaviour.status);
        this.#pour(response, behaviour.pace);
        return;
      case 'bytes':
        if (behaviour.ending === undefined) socket?.end(behaviour.bytes);
        else
          socket?.write(behaviour.bytes, () => {
            if (behaviour.ending === 'reset') this.#later(DRIP_MS, () => socket?.resetAndDestroy());
          });
    }
  }

  #pour(response: ServerResponse, pace: 'fast' | 'drip'): void {
    if (response.destroyed || response.socket === null) return;
    const chunk = Buffer.alloc(pace === 'fast' ? 16_384 : 1, 'x');
    response.write(chunk, (error) => {
      if (error) return;
      this.bytesTaken += chunk.length;
      if (pace === 'fast') setImmediate(() => this.#pour(response, pace));
      else this.#later(DRIP_MS, () => this.#pour(response, pace));
    });
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }
}
