import { connect, type Socket } from 'node:net';
import { PERSON } from './server-process.ts';

export interface LoadAnswer {
  readonly status: number;
  readonly location: string | undefined;
}

export interface LoadVisit {
  readonly code: string;
  /** Undefined: it was sent, and the connection ended before it was answered. */
  settle(answer: LoadAnswer | undefined): void;
}

export interface LoadOptions {
  readonly port: number;
  readonly connections: number;
  /** Called immediately before the visit is sent. */
  readonly next: () => LoadVisit;
  /** Between an answer and the next visit of its connection; none when absent. */
  readonly pauseMs?: number;
}

/**
 * Visitors on keep-alive connections, each sending its next visit when the last one is answered, by default as fast as
 * the server answers. What has become of every single visit is told, which HTTP clients with their retries do not do.
 */
export class Load {
  /** Every connection is gone: after `stop`, or with the server. */
  readonly finished: Promise<void>;
  readonly #connections: Connection[];

  constructor(options: LoadOptions) {
    this.#connections = Array.from({ length: options.connections }, () => new Connection(options));
    this.finished = Promise.all(this.#connections.map(({ closed }) => closed)).then(() => undefined);
  }

  /** What has been sent is still answered. */
  async stop(): Promise<void> {
    for (const connection of this.#connections) connection.stop();
    await this.finished;
  }
}

/** Of a thousand visitors, all over the world; the proxy they come through is this machine. */
function someAddress(): string {
  const visitor = Math.floor(Math.random() * 1_000);
  return `${20 + (visitor % 180)}.${visitor % 256}.7.${1 + (visitor % 200)}`;
}

class Connection {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #next: () => LoadVisit;
  readonly #pauseMs: number;
  #visit: LoadVisit | undefined;
  #received = '';
  #stopping = false;

  constructor({ port, next, pauseMs = 0 }: LoadOptions) {
    this.#next = next;
    this.#pauseMs = pauseMs;
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('connect', () => this.#send());
    this.#socket.on('data', (text: string) => this.#receive(text));
    this.#socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      this.#socket.once('close', () => {
        this.#settle(undefined);
        resolve();
      });
    });
  }

  stop(): void {
    this.#stopping = true;
    if (!this.#visit) this.#socket.destroy();
  }

  #send(): void {
    if (this.#stopping || this.#socket.destroyed) {
      this.#socket.destroy();
      return;
    }
    this.#visit = this.#next();
    this.#socket.write(
      `GET /${this.#visit.code} HTTP/1.1\r\nHost: switchyard.test\r\nUser-Agent: ${PERSON}\r\nX-Forwarded-For: ${someAddress()}\r\n\r\n`,
    );
  }

  #receive(text: string): void {
    this.#received += text;
    const endOfHead = this.#received.indexOf('\r\n\r\n');
    if (endOfHead < 0) return;
    const head = this.#received.slice(0, endOfHead);
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    // Every answer to a visit says its length; one that does not is a defect that must not look like a hang.
    if (length === undefined) throw new Error(`An answer without Content-Length:\n${head}`);
    if (this.#received.length < endOfHead + 4 + Number(length)) return;
    this.#received = '';
    this.#settle({
      status: Number(head.slice(9, 12)),
      location: /\r\nlocation: ([^\r]+)/i.exec(head)?.[1],
    });
    if (/\r\nconnection: close/i.test(head)) this.#socket.end();
    else if (this.#pauseMs === 0) this.#send();
    else setTimeout(() => this.#send(), this.#pauseMs);
  }

  #settle(answer: LoadAnswer | undefined): void {
    const visit = this.#visit;
    this.#visit = undefined;
    visit?.settle(answer);
  }
}

/** What a visitor's side knows of one link. */
export class LinkAccount {
  readonly code: string;
  readonly linkId: string;
  /** Answers by status. */
  readonly answers = new Map<number, number>();
  unanswered = 0;

  constructor({ code, id }: { readonly code: string; readonly id: string }) {
    this.code = code;
    this.linkId = id;
  }

  note(answer: { readonly status: number } | undefined): void {
    if (!answer) this.unanswered += 1;
    else this.answers.set(answer.status, (this.answers.get(answer.status) ?? 0) + 1);
  }

  get redirected(): number {
    return this.answers.get(302) ?? 0;
  }

  get statuses(): number[] {
    return [...this.answers.keys()].sort();
  }

  visit(): LoadVisit {
    return { code: this.code, settle: (answer) => this.note(answer) };
  }
}
