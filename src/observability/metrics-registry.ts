import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import type { Durations } from './duration-histogram.ts';

type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

export interface DurationSample {
  readonly labels?: Labels;
  readonly durations: Durations;
}

interface Line extends Sample {
  readonly metricName: string;
}

/**
 * Metrics in the text format of Prometheus. Nothing is counted here: each metric reads its samples out of a `Snapshot`
 * taken when somebody scrapes, so that what is measured costs what its owner spends on it and no more.
 */
export class MetricsRegistry<Snapshot> {
  readonly #registry = new Registry();
  readonly #take: () => Promise<Snapshot>;
  #snapshot: Snapshot | undefined;

  constructor(take: () => Promise<Snapshot>) {
    this.#take = take;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** @param read no samples when the value is not known now: a gap says more than a made-up zero */
  counter(name: `${string}_total`, help: string, read: (from: Snapshot) => readonly Sample[]): void {
    this.#register('counter', name, help, read);
  }

  gauge(name: string, help: string, read: (from: Snapshot) => readonly Sample[]): void {
    this.#register('gauge', name, help, read);
  }

  histogram(
    name: `${string}_seconds`,
    help: string,
    read: (from: Snapshot) => readonly DurationSample[],
  ): void {
    this.#register('histogram', name, help, (from) => read(from).flatMap((one) => linesOf(name, one)));
  }

  async text(): Promise<string> {
    this.#snapshot = await this.#take();
    const text = (await this.#registry.metrics()) + (await processRegistry().metrics());
    // What prom-client writes for "not a number", as between two scrapes in one moment, is none of the format's words.
    return text.replace(/ Nan$/gm, ' NaN');
  }

  #register(
    type: 'counter' | 'gauge' | 'histogram',
    name: string,
    help: string,
    read: (from: Snapshot) => readonly (Sample | Line)[],
  ): void {
    const get = async () => ({
      name,
      help,
      type,
      values: this.#snapshot === undefined ? [] : read(this.#snapshot),
    });
    // Of what is registered a Registry reads `name` and calls `get`; its own classes would count a second time.
    this.#registry.registerMetric({ name, get } as unknown as Metric);
  }
}

let ofThisProcess: Registry | undefined;

/** What prom-client tells of every Node process. Made at the first scrape: until then its observers cost nothing. */
function processRegistry(): Registry {
  if (!ofThisProcess) {
    ofThisProcess = new Registry();
    collectDefaultMetrics({ register: ofThisProcess });
  }
  return ofThisProcess;
}

/** Buckets are cumulative, bounds in seconds. */
function linesOf(name: string, { labels = {}, durations }: DurationSample): Line[] {
  let count = 0;
  const buckets = durations.counts.map((inBucket, index) => {
    count += inBucket;
    const bound = durations.boundsMs[index];
    const le = bound === undefined ? '+Inf' : String(bound / 1000);
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: durations.sumMs / 1000 },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
