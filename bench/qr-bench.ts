import { count, micros, millis, ratio } from './figures.ts';
import { fill } from './fill.ts';
import { LoadGenerator } from './load/load-generator.ts';
import type { LoadResult } from './load/load-plan.ts';
import { markdownTable } from './markdown-table.ts';
import type { BenchOptions } from './options.ts';
import { AskingClients, type Kind } from './qr/asking-clients.ts';
import { keepBusy } from './qr/busy-process.ts';
import { Quiet } from './quiet.ts';
import { SERVER_CORE } from './servers/pinned-process.ts';
import { SwitchyardServer } from './servers/switchyard-server.ts';
import { medianOf } from './statistics.ts';
import { TemporaryFolder } from './temporary-folder.ts';
import { type ThreadTimes, threadTimesOf, timesBetween } from './thread-clock.ts';

const LINKS = 2_000;
const REQUESTS = 200;
const WARM_UP_MS = 500;
/** Share of the visits a second that have to have been made. */
const KEPT_UP = 0.95;
/** Who asks for codes while visits are measured. */
const PAINTING_CLIENTS = 2;
const GOAL_P99 = 1.5;

const REFERENCE: Kind = { name: 'a redirect', path: () => '', status: 302 };
const PAINTED: readonly Kind[] = [
  { name: 'PNG of 300 px, painted', path: (unique) => `/qr?color=00${unique}`, status: 200 },
  { name: 'PNG of 1000 px, painted', path: (unique) => `/qr?size=1000&color=00${unique}`, status: 200 },
  { name: 'SVG, painted', path: (unique) => `/qr?format=svg&color=00${unique}`, status: 200 },
];
const KINDS: readonly Kind[] = [
  REFERENCE,
  { name: 'PNG of 300 px, remembered', path: () => '/qr', status: 200, ofOneLink: true },
  ...PAINTED,
];

interface Asked {
  readonly medianUs: number;
  readonly threads: ThreadTimes;
}

interface Visited {
  readonly load: LoadResult;
  readonly threads: ThreadTimes;
  /** Codes painted meanwhile. */
  readonly codes: number;
}

/** Who else is there while visits are measured. */
interface Company {
  readonly name: string;
  begin(): { stop(): Promise<number> };
}

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
  const clients = new AskingClients(server.port, LINKS);
  const ask = async (kind: Kind): Promise<Asked> => {
    const before = threadTimesOf(server.pid);
    const medianUs = await clients.medianUs(kind, REQUESTS);
    return { medianUs, threads: timesBetween(before, threadTimesOf(server.pid)) };
  };
  // A program that has just begun is slower than it will be.
  for (let turn = 0; turn < 3; turn++) for (const kind of KINDS) await ask(kind);
  const asked = new Map<Kind, Asked[]>(KINDS.map((kind) => [kind, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const kind of KINDS) asked.get(kind)?.push(await ask(kind));
    say(`round ${round}/${rounds}`);
  }

  const quiet = new Quiet(options.patienceMs);
  const visit = async (company: Company): Promise<Visited> => {
    await quiet.untilQuiet();
    const others = company.begin();
    const before = threadTimesOf(server.pid);
    const load = await generator.run({
      port: server.port,
      connections: 64,
      links: LINKS,
      arrival: { kind: 'steady', perSecond: rate, warmUpMs: WARM_UP_MS, measureMs: seconds * 1_000 },
    });
    const threads = timesBetween(before, threadTimesOf(server.pid));
    return { load, threads, codes: await others.stop() };
  };
  const nobody: Company = { name: 'nobody else', begin: () => ({ stop: async () => 0 }) };
  const busy: Company = {
    name: 'a program that only looks at the clock',
    begin() {
      const program = keepBusy();
      return { stop: () => program.stop().then(() => 0) };
    },
  };
  const painting: Company = {
    name: 'codes are painted',
    begin: () => clients.askOn(PAINTING_CLIENTS, PAINTED),
  };
  const companies = [nobody, busy, painting] as const;
  for (const company of companies) await visit(company);
  const visits = new Map<Company, Visited[]>(companies.map((company) => [company, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const company of companies) {
      const visited = await visit(company);
      visits.get(company)?.push(visited);
      say(`visits, round ${round}/${rounds}, ${company.name}: p99 ${millis(visited.load.p99Us)} ms`);
    }
  }

  const of = (company: Company) => visits.get(company) as Visited[];
  const secondsInAll = seconds + WARM_UP_MS / 1_000;
  const perSecond = medianOf(of(painting), ({ codes }) => codes / secondsInAll);
  const kept = companies.flatMap(of).every(({ load }) => load.answered >= KEPT_UP * rate * seconds);
  const slower = ratioOf(of(painting), of(nobody), p99);
  const full = ratioOf(of(painting), of(busy), p99);
  return [
    `## QR codes: ${rounds} rounds of ${REQUESTS} requests of each kind, one after the other on one connection`,
    askedTable(asked),
    `### Redirects, a steady ${count(rate)} a second, while ${PAINTING_CLIENTS} clients ask for codes that nobody has asked for before`,
    `All threads of the server have one core, the load generator and the clients the other. That program has the same core and the priority of the thread that paints: what visitors feel of it is the price of a full core. ${count(perSecond)} codes a second were painted.`,
    markdownTable(
      [
        'beside the visits',
        'p50 ms',
        'p99 ms',
        'p99 vs nobody',
        'CPU ms a second, answering',
        'waited for the core, ms a second',
      ],
      companies.map((company) => [
        company.name,
        millis(medianOf(of(company), ({ load }) => load.p50Us)),
        millis(medianOf(of(company), p99)),
        ratio(ratioOf(of(company), of(nobody), p99)),
        millis(medianOf(of(company), ({ threads }) => threads.mainUs / secondsInAll)),
        millis(medianOf(of(company), ({ threads }) => threads.mainWaitedUs / secondsInAll)),
      ]),
    ),
    kept
      ? `- p99 of redirects at most ${ratio(GOAL_P99)} of nobody’s: ${ratio(slower)}, ${slower <= GOAL_P99 ? 'reached' : 'missed'}; ${ratio(full)} of a full core’s`
      : `- The generator did not keep its rate, so these p99 say more of the machine than of the server (${ratio(slower)} of nobody’s, ${ratio(full)} of a full core’s). Repeat it on a quiet machine, or with a lower --rate.`,
  ].join('\n\n');
}

function p99({ load }: Visited): number {
  return load.p99Us;
}

/** Round by round: what disturbs the machine for a while disturbs both. */
function ratioOf(
  these: readonly Visited[],
  those: readonly Visited[],
  value: (visited: Visited) => number,
): number {
  return medianOf(
    these.map((visited, round) => value(visited) / value(those[round] as Visited)),
    (quotient) => quotient,
  );
}

function askedTable(asked: ReadonlyMap<Kind, readonly Asked[]>): string {
  const reference = asked.get(REFERENCE) as readonly Asked[];
  return markdownTable(
    ['request', 'median ms', 'vs a redirect', 'CPU µs, answering', 'CPU µs, other threads'],
    [...asked].map(([{ name }, rounds]) => [
      name,
      millis(medianOf(rounds, ({ medianUs }) => medianUs)),
      ratio(
        medianOf(
          rounds.map(({ medianUs }, round) => medianUs / (reference[round] as Asked).medianUs),
          (quotient) => quotient,
        ),
      ),
      micros(medianOf(rounds, ({ threads }) => threads.mainUs / REQUESTS)),
      micros(medianOf(rounds, ({ threads }) => threads.othersUs / REQUESTS)),
    ]),
  );
}
