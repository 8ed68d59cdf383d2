import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What comes of a request; `hang`: nothing, until `letGo`. */
export type Script = (request: Received) => { status: number; retryAfter?: number } | 'hang';

export interface Received {
  /** The lane, as the channel of the tests puts it into the path. */
  readonly lane: string;
  readonly eventIds: readonly string[];
}

/** A receiver on loopback that does as it is told and remembers what it was sent. */
export class DeliveryReceiver {
  script: Script = () => ({ status: 200 });
  readonly received: Received[] = [];
  /** Most requests of one lane that were open at the same time. */
  readonly mostAtOnce = new Map<string, number>();
  readonly #open = new Map<string, number>();
  readonly #hanging: ServerResponse[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async open(): Promise<DeliveryReceiver> {
    const receiver = new DeliveryReceiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get eventIds(): string[] {
    return this.received.flatMap(({ eventIds }) => eventIds);
  }

  get hanging(): number {
    return this.#hanging.length;
  }

  receivedBy(lane: string): string[] {
    return this.received.filter((one) => one.lane === lane).flatMap(({ eventIds }) => eventIds);
  }

  /** Answers what hangs. */
  letGo(status = 200): void {
    for (const response of this.#hanging.splice(0)) response.writeHead(status).end();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const lane = decodeURIComponent((request.url ?? '').slice(1));
    const open = (this.#open.get(lane) ?? 0) + 1;
    this.#open.set(lane, open);
    this.mostAtOnce.set(lane, Math.max(open, this.mostAtOnce.get(lane) ?? 0));
    response.on('close', () => this.#open.set(lane, (this.#open.get(lane) as number) - 1));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const received = { lane, eventIds: JSON.parse(Buffer.concat(chunks).toString()) as string[] };
    this.received.push(received);
    const answer = this.script(received);
    if (answer === 'hang') this.#hanging.push(response);
    else {
      const { status, retryAfter } = answer;
      if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
      response.writeHead(status).end('said');
    }
  }
}
