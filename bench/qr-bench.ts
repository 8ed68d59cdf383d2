import { count, millis, ratio } from './figures.ts';
import { fill } from './fill.ts';
import { codeAt } from './link-set.ts';
import { requestTails } from './load/browser-headers.ts';
import { KeepAliveConnection } from './load/keep-alive-connection.ts';
import { LoadGenerator } from './load/load-generator.ts';
import type { LoadResult } from './load/load-plan.ts';
import { markdownTable } from './markdown-table.ts';
import type { BenchOptions } from './options.ts';
import { SERVER_CORE } from './servers/pinned-process.ts';
import { SwitchyardServer } from './servers/switchyard-server.ts';
import { median } from './statistics.ts';
import { TemporaryFolder } from './temporary-folder.ts';

const LINKS = 2_000;
const REQUESTS = 100;
const WARM_UP_MS = 500;
/** Share of the visits a second that have to have been made. */
const KEPT_UP = 0.95;
/** Who asks for codes while visits are measured. */
const PAINTING_CLIENTS = 2;
const GOAL_P99 = 1.5;

interface Kind {
  readonly name: string;
  /** After the code of the link. */
  readonly path: (unique: string) => string;
  readonly status: 200 | 302;
  /** Whether all ask for the same link. */
  readonly ofOneLink?: true;
}

const REFERENCE: Kind = { name: 'a redirect', path: () => '', status: 302 };
const KINDS: readonly Kind[] = [
  REFERENCE,
  { name: 'PNG of 300 px, remembered', path: () => '/qr', status: 200, ofOneLink: true },
  { name: 'PNG of 300 px, painted', path: (unique) => `/qr?color=00${unique}`, status: 200 },
  { name: 'PNG of 1000 px, painted', path: (unique) => `/qr?size=1000&color=00${unique}`, status: 200 },
  { name: 'SVG, painted', path: (unique) => `/qr?format=svg&color=00${unique}`, status: 200 },
];

/** What a code costs, and what those who visit links feel of others who ask for codes. */
export async function qrBench(options: BenchOptions): Promise<string> {
  const { rounds, seconds, rate, program, say } = options;
  using folder = new TemporaryFolder();
  await using generator = new LoadGenerator();
  await using server = await SwitchyardServer.start({
    name: 'Switchyard',
    dataDir: folder.path,
    core: SERVER_CORE,
    program,
  });
  await fill(server, LINKS, say);
  const asking = new Asking(server.port);
  for (const kind of KINDS) await asking.medianUs(kind);

  const times = new Map<Kind, number[]>(KINDS.map((kind) => [kind, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const kind of KINDS) times.get(kind)?.push(await asking.medianUs(kind));
    say(`round ${round}/${rounds}`);
  }

  const visits = async () =>
    await generator.run({
      port: server.port,
      connections: 64,
      links: LINKS,
      arrival: { kind: 'steady', perSecond: rate, warmUpMs: WARM_UP_MS, measureMs: seconds * 1_000 },
    });
  await visits();
  const alone: LoadResult[] = [];
  const beside: LoadResult[] = [];
  let painted = 0;
  for (let round = 1; round <= rounds; round++) {
    alone.push(await visits());
    const painting = asking.paint(PAINTING_CLIENTS);
    beside.push(await visits());
    painted += await painting.stop();
    say(`visits, round ${round}/${rounds}`);
  }
  asking.close();

  const p99 = ({ p99Us }: LoadResult) => p99Us;
  const slower = median(beside.map((load, round) => p99(load) / p99(alone[round] as LoadResult)));
  const kept = [...alone, ...beside].every(({ answered }) => answered >= KEPT_UP * rate * seconds);
  const perSecond = painted / (rounds * (seconds + WARM_UP_MS / 1_000));
  return [
    `## QR codes: ${rounds} rounds of ${REQUESTS} requests of each kind, one after the other on one connection`,
    table(times),
    `### Redirects, a steady ${count(rate)} a second, while ${PAINTING_CLIENTS} clients ask for codes that nobody has asked for before`,
    markdownTable(
      ['', 'p99 ms', 'vs nobody'],
      [
        ['nobody asks for codes', millis(median(alone.map(p99))), ratio(1)],
        [`${count(perSecond)} codes a second are painted`, millis(median(beside.map(p99))), ratio(slower)],
      ],
    ),
    kept
      ? `- p99 of redirects at most ${ratio(GOAL_P99)} of nobody’s: ${ratio(slower)}, ${slower <= GOAL_P99 ? 'reached' : 'missed'}`
      : '- Nothing can be said of the redirects: the generator did not keep its rate. Repeat it on a quiet machine, or with a lower --rate.',
  ].join('\n\n');
}

function table(times: ReadonlyMap<Kind, readonly number[]>): string {
  const reference = times.get(REFERENCE) as readonly number[];
  return markdownTable(
    ['request', 'median ms', 'vs a redirect'],
    [...times].map(([{ name }, us]) => [
      name,
      millis(median(us)),
      ratio(median(us.map((value, round) => value / (reference[round] as number)))),
    ]),
  );
}

/** Clients that ask for codes, each request for one that has not been asked for before where it says so. */
class Asking {
  readonly #port: number;
  readonly #tail: string;
  readonly #connections: KeepAliveConnection[] = [];
  readonly #broken = Promise.withResolvers<never>();
  #asked = 0;

  constructor(port: number) {
    this.#port = port;
    this.#tail = requestTails(`127.0.0.1:${port}`)[0] ?? '';
    // Whoever waits for an answer is told; nobody may be waiting.
    this.#broken.promise.catch(() => {});
    this.#connect();
  }

  #connect(): KeepAliveConnection {
    const connection = new KeepAliveConnection(this.#port, this.#broken.reject);
    this.#connections.push(connection);
    return connection;
  }

  async medianUs(kind: Kind): Promise<number> {
    const [connection] = this.#connections as [KeepAliveConnection];
    const tookUs: number[] = [];
    for (let n = 0; n < REQUESTS; n++) {
      const startedAt = performance.now();
      await this.#ask(connection, kind);
      tookUs.push((performance.now() - startedAt) * 1_000);
    }
    return median(tookUs);
  }

  /** @returns what ends it, and how many codes there were */
  paint(clients: number): { stop(): Promise<number> } {
    const kinds = KINDS.filter(({ name }) => name.endsWith('painted'));
    let running = true;
    let painted = 0;
    const all = Array.from({ length: clients }, async () => {
      const connection = this.#connect();
      while (running) {
        await this.#ask(connection, kinds[painted % kinds.length] as Kind);
        painted++;
      }
    });
    return {
      async stop() {
        running = false;
        await Promise.all(all);
        return painted;
      },
    };
  }

  async #ask(connection: KeepAliveConnection, { name, path, status, ofOneLink }: Kind): Promise<void> {
    const unique = (this.#asked++ & 0xffff).toString(16).padStart(4, '0');
    const target = `/${codeAt(ofOneLink ? 0 : this.#asked % LINKS)}${path(unique)}`;
    const answer = new Promise<{ status: number }>((resolve) =>
      connection.ask(`GET ${target}${this.#tail}`, resolve),
    );
    const got = await Promise.race([answer, this.#broken.promise]);
    if (got.status !== status) throw new Error(`${name}: ${target} answered ${got.status}`);
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }
}
