import { codesOf, destinationOf } from '../link-set.ts';
import { requestTails } from './browser-headers.ts';
import { KeepAliveConnection } from './keep-alive-connection.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import type { LoadPlan, LoadResult } from './load-plan.ts';

interface Edge {
  readonly at: number;
  readonly cpu: NodeJS.CpuUsage;
}

let rememberedCodes: readonly string[] = [];

/** One plan being carried out. Every answer must be a 302 to the very destination of the code that was asked for. */
export class LoadRun {
  readonly #plan: LoadPlan;
  readonly #codes: readonly string[];
  readonly #tails: readonly string[];
  readonly #histogram = new LatencyHistogram();
  readonly #connections: KeepAliveConnection[] = [];
  readonly #free: KeepAliveConnection[] = [];
  #answered = 0;
  #underWay = 0;
  #measuring = false;
  #stopping = false;
  #from: Edge | undefined;
  #to: Edge | undefined;
  #finish: () => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;

  constructor(plan: LoadPlan) {
    if (rememberedCodes.length !== plan.links) rememberedCodes = codesOf(plan.links);
    this.#plan = plan;
    this.#codes = rememberedCodes;
    this.#tails = requestTails(`127.0.0.1:${plan.port}`);
  }

  async run(): Promise<LoadResult> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.#finish = resolve;
        this.#fail = reject;
        for (let number = 0; number < this.#plan.connections; number++) {
          this.#connections.push(new KeepAliveConnection(this.#plan.port, reject));
        }
        this.#start();
      });
      return this.#result();
    } finally {
      this.#stopping = true;
      for (const connection of this.#connections) connection.close();
    }
  }

  #start(): void {
    const { arrival } = this.#plan;
    if (arrival.kind === 'each') {
      this.#askEachOnce();
      return;
    }
    if (arrival.kind === 'saturate') {
      for (const connection of this.#connections) this.#askAgainAndAgain(connection);
    } else {
      this.#free.push(...this.#connections);
      this.#askAtRandomMoments(arrival.perSecond);
    }
    setTimeout(() => this.#beginMeasuring(), arrival.warmUpMs);
    setTimeout(() => this.#stop(), arrival.warmUpMs + arrival.measureMs);
  }

  #askAgainAndAgain(connection: KeepAliveConnection): void {
    if (this.#stopping) return;
    this.#ask(connection, this.#randomCode(), performance.now(), () => this.#askAgainAndAgain(connection));
  }

  #askEachOnce(): void {
    const codes = shuffled(this.#codes);
    let next = 0;
    const proceed = (connection: KeepAliveConnection) => {
      const code = codes[next++];
      if (code !== undefined) this.#ask(connection, code, performance.now(), () => proceed(connection));
      else if (this.#underWay === 0) this.#stop();
    };
    this.#beginMeasuring();
    for (const connection of this.#connections) proceed(connection);
  }

  /**
   * Arrivals of a Poisson process. Latency counts from the moment a visit was due, whether or not anything was ready
   * for it: a stalling server cannot slow the visitors down and so look better than it is.
   */
  #askAtRandomMoments(perSecond: number): void {
    const waiting: number[] = [];
    const meanGapMs = 1_000 / perSecond;
    let dueAt = performance.now();
    const serve = (connection: KeepAliveConnection, due: number) => {
      this.#ask(connection, this.#randomCode(), due, () => {
        const next = waiting.shift();
        if (next === undefined || this.#stopping) this.#free.push(connection);
        else serve(connection, next);
      });
    };
    // Timers fire a millisecond late; this core has nothing else to do, so it looks all the time.
    const look = () => {
      if (this.#stopping) return;
      const now = performance.now();
      while (dueAt <= now) {
        const connection = this.#free.pop();
        if (connection) serve(connection, dueAt);
        else waiting.push(dueAt);
        dueAt -= Math.log(1 - Math.random()) * meanGapMs;
      }
      setImmediate(look);
    };
    look();
  }

  #ask(connection: KeepAliveConnection, code: string, dueAt: number, next: () => void): void {
    this.#underWay += 1;
    const tail = this.#tails[Math.floor(Math.random() * this.#tails.length)] as string;
    connection.ask(`GET /${code}${tail}`, ({ status, location }) => {
      if (status !== 302 || location !== destinationOf(code)) {
        this.#fail(new Error(`/${code} answered ${status} to "${location}"`));
        return;
      }
      if (this.#measuring) this.#histogram.add(performance.now() - dueAt);
      this.#answered += 1;
      this.#underWay -= 1;
      next();
      if (this.#stopping && this.#underWay === 0) this.#finish();
    });
  }

  #beginMeasuring(): void {
    this.#from = this.#edge();
    this.#measuring = true;
  }

  /** What is under way is still waited for, so that whoever counts at the server counts the same. */
  #stop(): void {
    this.#measuring = false;
    this.#stopping = true;
    this.#to = this.#edge();
    if (this.#underWay === 0) this.#finish();
  }

  #edge(): Edge {
    return { at: performance.now(), cpu: process.cpuUsage() };
  }

  #result(): LoadResult {
    const from = this.#from as Edge;
    const to = this.#to as Edge;
    return {
      answered: this.#histogram.count,
      answeredInAll: this.#answered,
      measuredMs: to.at - from.at,
      p50Us: this.#histogram.quantileUs(0.5),
      p99Us: this.#histogram.quantileUs(0.99),
      p999Us: this.#histogram.quantileUs(0.999),
      generatorBusy:
        (to.cpu.user + to.cpu.system - from.cpu.user - from.cpu.system) / 1_000 / (to.at - from.at),
    };
  }

  #randomCode(): string {
    return this.#codes[Math.floor(Math.random() * this.#codes.length)] as string;
  }
}

function shuffled(codes: readonly string[]): string[] {
  const deck = [...codes];
  for (let last = deck.length - 1; last > 0; last--) {
    const pick = Math.floor(Math.random() * (last + 1));
    [deck[last], deck[pick]] = [deck[pick] as string, deck[last] as string];
  }
  return deck;
}
