import { openBatchWriter } from '../src/db/open.ts';
import { openProductStore, type ProductStore } from './clicks/product-store.ts';
import { cpuBetween, cpuTimesOf } from './cpu-clock.ts';
import { BareSender } from './deliveries/bare-sender.ts';
import { createEndpoints, fillOutbox, readEndpoints, type SeededEndpoint } from './deliveries/outbox-load.ts';
import { Receivers } from './deliveries/receivers.ts';
import { count, micros, ratio } from './figures.ts';
import { markdownTable } from './markdown-table.ts';
import type { BenchOptions } from './options.ts';
import { Quiet } from './quiet.ts';
import { SERVER_CORE } from './servers/pinned-process.ts';
import { SwitchyardServer } from './servers/switchyard-server.ts';
import type { EngineName } from './spike/spike-database.ts';
import { median, spread } from './statistics.ts';

const RECEIVERS = 1_000;
const ROUNDS = 5;
/** What the engine has under way at most, in all and for one webhook. */
const AT_ONCE = 2_000;
const PER_RECEIVER = 4;
const PATIENCE_MS = 180_000;

interface Measured {
  readonly perSecond: number;
  /** CPU time of the whole process per delivery, microseconds. */
  readonly cpuUs: number;
  /** Calls of a receiver for each delivery; more than 1 where one was made twice. */
  readonly callsEach: number;
}

/** How fast what is due goes out to a thousand webhooks, against the least that a client can do. */
export async function deliveriesBench(options: BenchOptions): Promise<string> {
  await using receivers = await Receivers.start(RECEIVERS, 'take');
  await using bare = new BareSender();
  const tables: string[] = [];
  for (const engine of options.engines) tables.push(await compare(engine, receivers, bare, options));
  return [
    `## Deliveries: ${count(options.deliveries)} due to ${count(RECEIVERS)} webhooks on loopback, ${Math.min(ROUNDS, options.rounds)} rounds`,
    'Deliveries a second are told by the receivers, from the first to the last. Sender and receivers have a core each.',
    ...tables,
  ].join('\n\n');
}

async function compare(
  engine: EngineName,
  receivers: Receivers,
  bare: BareSender,
  options: BenchOptions,
): Promise<string> {
  const { deliveries, patienceMs, say } = options;
  const store = await openProductStore(engine);
  const quiet = new Quiet(patienceMs);
  const reference: Measured[] = [];
  const ours: Measured[] = [];
  try {
    const endpoints = await prepare(store, receivers, options);
    const rounds = Math.min(ROUNDS, options.rounds);
    for (let round = 1; round <= rounds; round++) {
      await quiet.untilQuiet();
      const least = await measureBare(bare, receivers, deliveries);
      await seed(store, endpoints, deliveries, `round ${round}`);
      await quiet.untilQuiet();
      const engineTurn = await measureSwitchyard(store, receivers, options);
      reference.push(least);
      ours.push(engineTurn);
      say(
        `round ${round}/${rounds}  bare ${count(least.perSecond)}/s ${micros(least.cpuUs)} µs  ` +
          `${store.name} ${count(engineTurn.perSecond)}/s ${micros(engineTurn.cpuUs)} µs`,
      );
    }
  } finally {
    await store.close();
  }
  return table(store.name, reference, ours);
}

async function prepare(
  store: ProductStore,
  receivers: Receivers,
  options: BenchOptions,
): Promise<SeededEndpoint[]> {
  options.say(`creating ${count(RECEIVERS)} groups with webhooks on ${store.name}`);
  {
    await using server = await startServer(store, options);
    await createEndpoints(server, receivers.ports);
  }
  const writer = openBatchWriter(store.location);
  try {
    return await readEndpoints(writer);
  } finally {
    await writer.close();
  }
}

/** While no server runs, so that the outbox is full when the first is sent. */
async function seed(
  store: ProductStore,
  endpoints: readonly SeededEndpoint[],
  deliveries: number,
  batch: string,
): Promise<void> {
  const writer = openBatchWriter(store.location);
  try {
    await fillOutbox(writer, endpoints, deliveries, batch);
  } finally {
    await writer.close();
  }
}

async function measureBare(bare: BareSender, receivers: Receivers, deliveries: number): Promise<Measured> {
  await receivers.begin();
  const before = cpuTimesOf(bare.pid);
  await bare.send({ ports: receivers.ports, deliveries, atOnce: AT_ONCE, perReceiver: PER_RECEIVER });
  return await measured(receivers, deliveries, cpuBetween(before, cpuTimesOf(bare.pid)).process);
}

/** CPU time without that of the start, which `healthy` ends; what was sent until then is little. */
async function measureSwitchyard(
  store: ProductStore,
  receivers: Receivers,
  options: BenchOptions,
): Promise<Measured> {
  await receivers.begin();
  await using server = await startServer(store, options);
  const before = cpuTimesOf(server.pid);
  await receivers.untilReceived(options.deliveries, PATIENCE_MS);
  const cpu = cpuBetween(before, cpuTimesOf(server.pid));
  return await measured(receivers, options.deliveries, cpu.process);
}

async function measured(receivers: Receivers, deliveries: number, cpuUs: number): Promise<Measured> {
  const { received, different, lastedMs } = await receivers.tally();
  if (different !== deliveries)
    throw new Error(`${different} of ${deliveries} deliveries came to the receivers`);
  return {
    perSecond: (received * 1_000) / lastedMs,
    cpuUs: cpuUs / deliveries,
    callsEach: received / deliveries,
  };
}

function startServer({ location }: ProductStore, { program }: BenchOptions): Promise<SwitchyardServer> {
  const { database, dataDir } = location;
  return SwitchyardServer.start({
    name: 'Switchyard',
    dataDir,
    core: SERVER_CORE,
    program,
    env: {
      ALLOW_PRIVATE_TARGETS: 'true',
      ...(database.engine === 'postgres' ? { DATABASE_URL: database.url } : {}),
    },
  });
}

function table(engine: string, reference: readonly Measured[], ours: readonly Measured[]): string {
  const rate = ({ perSecond }: Measured) => perSecond;
  const ratios = ours.map((one, round) => rate(one) / rate(reference[round] as Measured));
  const row = (name: string, all: readonly Measured[], toReference: string) => [
    name,
    count(median(all.map(rate))),
    spread(all.map(rate), count),
    micros(median(all.map(({ cpuUs }) => cpuUs))),
    median(all.map(({ callsEach }) => callsEach)).toFixed(3),
    toReference,
  ];
  return markdownTable(
    ['sender', 'deliveries/s', 'rounds', 'CPU µs', 'calls each', 'vs bare'],
    [
      row('bare node:http client', reference, '1.00'),
      row(`Switchyard, ${engine}`, ours, ratio(median(ratios))),
    ],
  );
}
