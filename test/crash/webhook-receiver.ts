import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

const SLOW_SHARE = 0.15;
const SLOWEST_MS = 400;
const FAILING_SHARE = 0.01;
/** Each is tried again after ten seconds only, so few are enough. */
const MOST_FAILURES = 12;

/** What has come under one event id. */
export interface Received {
  readonly path: string;
  readonly body: Buffer;
  times: number;
  /** Whether it was refused once, so that it had to come again. */
  refused: boolean;
}

/**
 * Somebody else's webhook receiver: every request is verified as a careful receiver would, answered with success (some
 * of them slowly), and few with 500, never twice for the same event.
 */
export class WebhookReceiver {
  readonly received = new Map<string, Received>();
  /** Whatever was not as it must be. */
  readonly complaints: string[] = [];
  failures = 0;
  /** Answers nothing but 500. */
  down = false;
  readonly #server: Server;
  readonly #secrets = new Map<string, string>();

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#receive(request, response).catch((error: unknown) => {
        // The sender was killed while it sent: what did not arrive was not received.
        if (!request.readableAborted) this.complaints.push(String(error));
      });
    });
  }

  static async open(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  /** @param path starts with a slash */
  url(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  trust(path: string, secret: string): void {
    this.#secrets.set(path, secret);
  }

  /** Events that have come more than once although nobody refused them: taken, and the sender died before it knew. */
  get takenAgain(): number {
    return [...this.received.values()].filter(({ times, refused }) => times > (refused ? 2 : 1)).length;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const path = request.url ?? '';
    const id = String(request.headers['webhook-id']);
    this.#verify(path, request.headers as Record<string, string>, body);
    const known = this.received.get(id);
    const record = known ?? { path, body, times: 0, refused: false };
    if (known && !known.body.equals(body)) this.complaints.push(`${id} came with another body`);
    if (known && known.path !== path) this.complaints.push(`${id} came to ${path} and to ${known.path}`);
    record.times += 1;
    this.received.set(id, record);

    const fails = !known && this.failures < MOST_FAILURES && Math.random() < FAILING_SHARE && !this.down;
    if (fails) this.failures += 1;
    if (fails || this.down) {
      record.refused = true;
      response.writeHead(500).end('not now');
    } else if (Math.random() < SLOW_SHARE) {
      setTimeout(() => response.writeHead(200).end(), Math.random() * SLOWEST_MS);
    } else {
      response.writeHead(200).end();
    }
  }

  #verify(path: string, headers: Readonly<Record<string, string>>, body: Buffer): void {
    const secret = this.#secrets.get(path);
    if (secret === undefined) {
      this.complaints.push(`nobody has asked to be called at ${path}`);
      return;
    }
    try {
      new Webhook(secret).verify(body, headers);
    } catch (error) {
      this.complaints.push(`${path}: ${error}`);
    }
    const at = headers['x-vivoldi-timestamp'];
    const signed = createHmac('sha256', secret).update(`${at}.`).update(body).digest('hex');
    const expected = {
      'x-vivoldi-event-id': headers['webhook-id'],
      'x-vivoldi-signature': `t=${at},v1=${signed},alg=hmac-sha256`,
      'x-content-sha256': createHash('sha256').update(body).digest('hex'),
    };
    for (const [name, value] of Object.entries(expected)) {
      if (headers[name] !== value) this.complaints.push(`${path}: ${name} is ${headers[name]}, not ${value}`);
    }
  }
}
