import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';

/** What the package that plays push service and browser can do; it has no types. */
interface PushApiModel {
  notifyUrl: string;
  readonly messages: Readonly<Record<string, readonly string[]>>;
  subscribe(options: { applicationServerKey: string; userVisibleOnly: string }): Promise<TestSubscription>;
  expireSubscription(clientHash: string): void;
  /** Checks the VAPID signature and decrypts with the keys of the subscription. */
  handleNotification(clientHash: string, headers: Record<string, string>, body: Buffer): Promise<void>;
}

export interface TestSubscription {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
  readonly clientHash: string;
}

const { PushApiModel } = createRequire(import.meta.url)('web-push-testing/src/PushApiModel.js') as {
  PushApiModel: new () => PushApiModel;
};

export interface PushAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * A push service on loopback. What it is sent is checked and decrypted by the package `web-push-testing`, as a browser
 * would; our own server around it listens on any port, keeps the headers, and can be told to refuse.
 */
export class PushService {
  readonly requests: { readonly clientHash: string; readonly headers: IncomingHttpHeaders }[] = [];
  /** Answers instead of taking what comes; undefined takes it. */
  script: (clientHash: string) => PushAnswer | undefined = () => undefined;
  readonly #model = new PushApiModel();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const clientHash = request.url?.split('/').at(-1) ?? '';
      const { headers } = request;
      this.requests.push({ clientHash, headers });
      const {
        status,
        headers: more = {},
        body = '',
      } = this.script(clientHash) ?? (await this.#take(clientHash, headers, Buffer.concat(chunks)));
      response.writeHead(status, more).end(body);
    });
  }

  static async open(): Promise<PushService> {
    const service = new PushService();
    service.#server.listen(0, '127.0.0.1');
    await once(service.#server, 'listening');
    const { port } = service.#server.address() as AddressInfo;
    service.#model.notifyUrl = `http://127.0.0.1:${port}/notify/`;
    return service;
  }

  /** As a browser does it for a page. */
  async subscribe(vapidPublicKey: string): Promise<TestSubscription> {
    return await this.#model.subscribe({ applicationServerKey: vapidPublicKey, userVisibleOnly: 'true' });
  }

  expire({ clientHash }: Pick<TestSubscription, 'clientHash'>): void {
    this.#model.expireSubscription(clientHash);
  }

  /** Decrypted messages, oldest first. */
  // biome-ignore lint/suspicious/noExplicitAny: `expect` says what they are.
  messages({ clientHash }: Pick<TestSubscription, 'clientHash'>): any[] {
    return (this.#model.messages[clientHash] ?? []).map((text) => JSON.parse(text));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(clientHash: string, headers: IncomingHttpHeaders, body: Buffer): Promise<PushAnswer> {
    try {
      const { authorization = '', ttl } = headers;
      const encoding = headers['content-encoding'] ?? '';
      await this.#model.handleNotification(
        clientHash,
        { encoding, authorization, ttl: String(ttl ?? '') },
        body,
      );
      return { status: 201 };
    } catch (error) {
      const expired = (error as Error).name === 'SubscriptionExpiredError';
      return { status: expired ? 410 : 400, body: String(error) };
    }
  }
}
