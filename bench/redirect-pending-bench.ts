import { openBatchWriter, openStore } from '../src/db/open.ts';
import type { StoreLocation } from '../src/db/store-location.ts';
import { fillOutbox, readEndpoints } from './deliveries/outbox-load.ts';
import { PendingSite } from './deliveries/pending-site.ts';
import { Receivers } from './deliveries/receivers.ts';
import { count, micros, millis, ratio } from './figures.ts';
import { LoadGenerator } from './load/load-generator.ts';
import { markdownTable } from './markdown-table.ts';
import type { BenchOptions } from './options.ts';
import { middle, playRounds, relative, type Score } from './rounds.ts';
import type { Turn } from './turn.ts';

const LINKS = 10_000;
const WEBHOOKS = 1_000;
const DAY_MS = 86_400_000;
const GOAL_P99 = 1.2;
/** Share of the visits a second that have to have been made. */
const KEPT_UP = 0.95;

/** What visitors feel of an outbox that is full, or busy with receivers that do not take what is due. */
export async function redirectPendingBench(bench: BenchOptions): Promise<string> {
  const { rounds, seconds, rate, deliveries, say } = bench;
  await using hanging = await Receivers.start(WEBHOOKS, 'hang');
  const refusing = await portsThatRefuse();
  await using generator = new LoadGenerator();
  const hurried = generator.hurry();
  await using sites = new AsyncDisposableStack();
  const open = async (
    name: string,
    ports: readonly number[],
    fill: (location: StoreLocation) => Promise<void>,
  ) => {
    say(`preparing ${name}`);
    return sites.use(
      await PendingSite.open({ name, links: LINKS, ports, fillOutbox: fill, generator, bench }),
    );
  };
  const contenders = [
    await open('(a) nothing waits', refusing, async () => {}),
    await open('(b) due tomorrow, or held', refusing, (location) => fillForLater(location, deliveries)),
    await open('(c) due, receivers hang', hanging.ports, (location) => fillForNow(location, deliveries)),
    await open('(d) due, receivers refuse', refusing, (location) => fillForNow(location, deliveries)),
  ];
  const scores = await playRounds(contenders, rounds, bench);
  const counted: string[] = [];
  for (const site of contenders) counted.push(`${site.name}: ${await site.requireAllCounted()}`);
  return [
    `## Redirects while ${count(deliveries)} deliveries to ${count(WEBHOOKS)} webhooks wait`,
    `A steady ${count(rate)} visits a second, ${rounds} rounds of ${seconds} s. The answering thread has a core; everything behind it shares the other with the load generator${hurried ? ', which goes before it,' : ''} and the receivers. Whoever has no turn is stopped.`,
    table(scores, contenders),
    verdict(scores, rate),
    counted.join('\n'),
  ].join('\n\n');
}

/** Free a moment ago, so that a connection to one is refused at once. */
async function portsThatRefuse(): Promise<readonly number[]> {
  await using gone = await Receivers.start(WEBHOOKS, 'take');
  return gone.ports;
}

async function fillForNow(location: StoreLocation, deliveries: number): Promise<void> {
  const writer = openBatchWriter(location);
  try {
    await fillOutbox(writer, await readEndpoints(writer), deliveries, 'now');
  } finally {
    await writer.close();
  }
}

/** Half of it is due tomorrow, half is due now, to webhooks that are paused. */
async function fillForLater(location: StoreLocation, deliveries: number): Promise<void> {
  const { database } = await openStore(location);
  await database.transact('system', async (tx) => {
    await tx.db
      .updateTable('webhook_endpoint')
      .set({ paused: 1 })
      .where('id', '<=', WEBHOOKS / 2)
      .execute();
  });
  await database.close();
  const writer = openBatchWriter(location);
  try {
    const endpoints = await readEndpoints(writer);
    const tomorrow = Date.now() + DAY_MS;
    await fillOutbox(writer, endpoints, deliveries, 'later', (index) =>
      index % endpoints.length < WEBHOOKS / 2 ? Date.now() : tomorrow,
    );
  } finally {
    await writer.close();
  }
}

function table(scores: readonly Score[], sites: readonly PendingSite[]): string {
  const [nothing] = scores as [Score];
  return markdownTable(
    [
      'outbox',
      'p50 ms',
      'p99 ms',
      'p99 vs (a)',
      'CPU µs, answering',
      'vs (a)',
      'CPU µs, all',
      'loop delay p99 ms',
      'attempts/s',
    ],
    scores.map((score, index) => [
      score.name,
      millis(middle(score, ({ p50Us }) => p50Us)),
      millis(middle(score, p99)),
      ratio(relative(score, nothing, p99)),
      micros(middle(score, answeringUs)),
      ratio(relative(score, nothing, answeringUs)),
      micros(middle(score, ({ cpuUs }) => cpuUs.process)),
      (sites[index]?.loopDelayMs ?? Number.NaN).toFixed(1),
      count(sites[index]?.attemptsPerSecond ?? Number.NaN),
    ]),
  );
}

/** A generator that cannot keep its rate only measures how long visits have stood in line with it. */
function verdict(scores: readonly Score[], rate: number): string {
  const behind = scores.find((score) => middle(score, ({ perSecond }) => perSecond) < KEPT_UP * rate);
  if (behind) {
    const reached = count(middle(behind, ({ perSecond }) => perSecond));
    return `- Nothing can be said: ${behind.name} got ${reached} visits a second. Repeat it on a quiet machine, or with a lower --rate.`;
  }
  const [nothing, ...others] = scores as [Score, ...Score[]];
  return others
    .map((score) => {
      const value = relative(score, nothing, p99);
      const said = value <= GOAL_P99 ? 'reached' : 'missed';
      return `- p99 at most ${ratio(GOAL_P99)} of (a), ${score.name}: ${ratio(value)}, ${said}`;
    })
    .join('\n');
}

function p99({ p99Us }: Turn): number {
  return p99Us;
}

function answeringUs({ cpuUs }: Turn): number {
  return cpuUs.main;
}
