import { codeAt } from '../link-set.ts';
import { requestTails } from '../load/browser-headers.ts';
import { KeepAliveConnection } from '../load/keep-alive-connection.ts';
import { median } from '../statistics.ts';

/** Something that can be asked for. */
export interface Kind {
  readonly name: string;
  /** After the code of the link. */
  readonly path: (unique: string) => string;
  readonly status: 200 | 302;
  /** Whether all ask for the same link. */
  readonly ofOneLink?: true;
}

/**
 * Clients that ask for codes, each request for one that has not been asked for before where it says so. They connect
 * when they begin and leave when they have done: a server closes connections that say nothing for long.
 */
export class AskingClients {
  readonly #port: number;
  readonly #links: number;
  readonly #tail: string;
  readonly #broken = Promise.withResolvers<never>();
  #asked = 0;

  constructor(port: number, links: number) {
    this.#port = port;
    this.#links = links;
    this.#tail = requestTails(`127.0.0.1:${port}`)[0] ?? '';
    // Whoever waits for an answer is told; nobody may be waiting.
    this.#broken.promise.catch(() => {});
  }

  /** One request after the other. */
  async medianUs(kind: Kind, requests: number): Promise<number> {
    const connection = this.#connect();
    const tookUs: number[] = [];
    for (let n = 0; n < requests; n++) {
      const startedAt = performance.now();
      await this.#ask(connection, kind);
      tookUs.push((performance.now() - startedAt) * 1_000);
    }
    connection.close();
    return median(tookUs);
  }

  /**
   * Each asks without a pause, for all kinds in turn.
   *
   * @returns what ends it, and how many answers there were
   */
  askOn(clients: number, kinds: readonly Kind[]): { stop(): Promise<number> } {
    let running = true;
    let answered = 0;
    const all = Array.from({ length: clients }, async () => {
      const connection = this.#connect();
      while (running) {
        await this.#ask(connection, kinds[answered % kinds.length] as Kind);
        answered++;
      }
      connection.close();
    });
    return {
      async stop() {
        running = false;
        await Promise.all(all);
        return answered;
      },
    };
  }

  #connect(): KeepAliveConnection {
    return new KeepAliveConnection(this.#port, this.#broken.reject);
  }

  async #ask(connection: KeepAliveConnection, { name, path, status, ofOneLink }: Kind): Promise<void> {
    const unique = (this.#asked++ & 0xffff).toString(16).padStart(4, '0');
    const target = `/${codeAt(ofOneLink ? 0 : this.#asked % this.#links)}${path(unique)}`;
    const answer = new Promise<{ status: number }>((resolve) =>
      connection.ask(`GET ${target}${this.#tail}`, resolve),
    );
    const got = await Promise.race([answer, this.#broken.promise]);
    if (got.status !== status) throw new Error(`${name}: ${target} answered ${got.status}`);
  }
}
