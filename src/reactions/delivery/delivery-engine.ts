import { randomUUID } from 'node:crypto';
import type { BatchWriter } from '../../db/batch-writer.ts';
import { Turnstile } from '../../links/turnstile.ts';
import { throttled } from '../../observability/throttle.ts';
import type { Channel, Effect } from './channel.ts';
import { CHANNEL_LIMITS, ChannelPlaces } from './channel-places.ts';
import type { ChannelName } from './delivery.ts';
import { DeliveryMeter } from './delivery-meter.ts';
import { DeliveryUpkeep } from './delivery-upkeep.ts';
import { type EngineState, loadOutboxState } from './engine-state.ts';
import { letHeldGo } from './held-lanes.ts';
import {
  anyLaneDue,
  type ClaimedLane,
  claimLanes,
  endLeases,
  LEASE_MS,
  nextLaneDueAt,
  renewLeases,
} from './lane-lease.ts';
import { LaneWork, type LaneWorkplace } from './lane-work.ts';
import { LaneWriter } from './lane-writer.ts';

/** Other processes write deliveries too, and say nothing of it. */
const POLL_MS = 250;
const RENEW_EVERY_MS = LEASE_MS / 3;
const UPKEEP_EVERY_MS = 60_000;
/** Lanes that read or open at the same time: with PostgreSQL they share two connections. */
const READS_AT_ONCE = 4;
const STOP_PATIENCE_MS = 6_000;
/** A thousand lanes may have the same trouble at once. */
const TROUBLE_EVERY_MS = 10_000;

interface Trouble {
  readonly event: string;
  readonly details: Record<string, unknown>;
}

export interface DeliveryEngineOptions {
  readonly writer: BatchWriter;
  readonly channels: readonly Channel[];
  /** Days for which a finished delivery is kept. */
  readonly logDays: number;
  /** No other process sends from this store: what a killed one left leased is taken up at once. */
  readonly alone?: boolean;
  /** Follows from deliveries that have been written; may come again. */
  readonly onEffect: (effect: Effect) => void;
  readonly report: (event: string, details: Record<string, unknown>) => void;
  /** Milliseconds; what is due, when it is tried again and how long a lease holds all go by it. */
  readonly now?: () => number;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/**
 * Sends what is due. Each turn claims lanes (see `lane.ts`) and lets each be worked on by itself; turns follow each other
 * four times a second, at the next instant at which something is due, and whenever something has been written.
 */
export class DeliveryEngine {
  readonly #owner = randomUUID();
  readonly #options: DeliveryEngineOptions;
  readonly #channels: ReadonlyMap<string, Channel>;
  readonly #now: () => number;
  readonly #writer: LaneWriter;
  readonly #reads = new Turnstile(READS_AT_ONCE);
  readonly #meter = new DeliveryMeter();
  readonly #upkeep: DeliveryUpkeep;
  readonly #inWork = new Map<string, { readonly work: LaneWork; readonly done: Promise<void> }>();
  readonly #place: Omit<LaneWorkplace, 'places'>;
  readonly #places: ReadonlyMap<ChannelName, ChannelPlaces>;
  #underWay = 0;
  #stopping = false;
  #settingsChanged = false;
  #settingsVersion = 0;
  #mustEndLeases: boolean;
  #renewedAt = 0;
  #keptUpAt = Number.NEGATIVE_INFINITY;
  #turning: Promise<void> | undefined;
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  #troubled = false;

  constructor(options: DeliveryEngineOptions) {
    const { writer, channels, report, onEffect } = options;
    this.#options = options;
    this.#mustEndLeases = options.alone ?? false;
    this.#now = options.now ?? Date.now;
    this.#channels = new Map(channels.map((channel) => [channel.name, channel]));
    this.#places = new Map(channels.map(({ name }) => [name, new ChannelPlaces(CHANNEL_LIMITS[name])]));
    this.#upkeep = new DeliveryUpkeep(writer, options.logDays);
    this.#writer = new LaneWriter({
      writer,
      by: () => ({
        owner: this.#owner,
        now: this.#now(),
        channelOf: ({ channel }) => this.#channelOf(channel),
        random: options.random ?? Math.random,
      }),
      onWritten: (settled) => this.#meter.note(settled),
      onEffect,
      report,
    });
    this.#place = this.#workplace();
  }

  start(): void {
    this.wake();
  }

  /** Something may have become due. */
  wake(): void {
    if (this.#stopping) return;
    if (this.#turning) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#turning = this.#turn().finally(() => {
      this.#turning = undefined;
      if (this.#again) {
        this.#again = false;
        this.wake();
      }
    });
  }

  /** What is held may go on. */
  settingsChanged(): void {
    this.#settingsChanged = true;
    this.#settingsVersion++;
    this.wake();
  }

  async state(): Promise<EngineState> {
    return {
      lanesInWork: this.#inWork.size,
      underWay: this.#underWay,
      unwritten: this.#writer.unwritten,
      stalled: this.#troubled || this.#writer.stuck,
      channels: this.#meter.read(),
      outbox: await loadOutboxState(this.#options.writer.events, this.#now()),
    };
  }

  /** Attempts under way come to their end, within seconds, and are written; lanes are given back. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    await this.#turning;
    const patience = Promise.withResolvers<void>();
    const timer = setTimeout(patience.resolve, STOP_PATIENCE_MS);
    await Promise.race([Promise.all([...this.#inWork.values()].map(({ done }) => done)), patience.promise]);
    clearTimeout(timer);
    // Whoever is still on the way: its delivery is tried again, by whoever takes the lane.
    for (const { work } of this.#inWork.values()) {
      work.lose();
      void this.#writer.write({ lane: work.lane, release: { notBefore: 0 } });
    }
    await this.#writer.close();
  }

  async #turn(): Promise<void> {
    let waitMs = POLL_MS;
    try {
      waitMs = await this.#takeUp();
      if (this.#troubled) this.#options.report('deliveries.store-back', {});
      this.#troubled = false;
    } catch (error) {
      if (!this.#troubled) this.#options.report('deliveries.store-away', { error: String(error) });
      this.#troubled = true;
      waitMs = POLL_MS * 4;
    }
    if (!this.#stopping) this.#timer = setTimeout(() => this.wake(), waitMs);
  }

  /** @returns after how long it is to be done again, at the latest */
  async #takeUp(): Promise<number> {
    const { writer } = this.#options;
    const now = this.#now();
    if (this.#writer.stuck) return POLL_MS;
    if (this.#mustEndLeases) {
      await endLeases(writer);
      this.#mustEndLeases = false;
    }
    await this.#renew(now);
    if (this.#settingsChanged) {
      this.#settingsChanged = false;
      await letHeldGo(writer, now).catch((error: unknown) => {
        this.#settingsChanged = true;
        throw error;
      });
    }
    if (await anyLaneDue(writer.events, now)) await this.#claim(now);
    else for (const places of this.#places.values()) places.crowded = false;
    if (Math.abs(now - this.#keptUpAt) >= UPKEEP_EVERY_MS) {
      this.#keptUpAt = now;
      await this.#upkeep.run(now, () => this.#stopping);
    }
    const next = await nextLaneDueAt(writer.events, now);
    return next === undefined ? POLL_MS : Math.min(Math.max(next - now, 1), POLL_MS);
  }

  async #claim(now: number): Promise<void> {
    const asked = [...this.#places].map(([channel, { free }]) => ({ channel, ...free }));
    const lanes = await claimLanes(this.#options.writer, { owner: this.#owner, now, channels: asked });
    for (const { channel, places, failingPlaces } of asked) {
      const claimed = lanes.filter((lane) => lane.channel === channel).length;
      this.#placesOf(channel).crowded = claimed >= places || failingPlaces <= 0;
    }
    for (const lane of lanes) this.#work(lane);
  }

  #work(lane: ClaimedLane): void {
    // Ours already, although its lease had run out: the clock was set, or the process was stopped for a while.
    if (this.#inWork.has(lane.lane)) return;
    const channel = this.#channelOf(lane.channel);
    const places = this.#placesOf(channel.name);
    const work = new LaneWork(lane, channel, { ...this.#place, places });
    const failing = lane.failingSince !== null;
    places.takeLane(failing);
    const settings = this.#settingsVersion;
    const done = work.run().finally(() => {
      // Held by what was in force before, and written after those that are held had been let go.
      if (work.wasHeld && settings !== this.#settingsVersion) this.#settingsChanged = true;
      this.#inWork.delete(lane.lane);
      places.giveLane(failing);
      this.wake();
    });
    this.#inWork.set(lane.lane, { work, done });
  }

  async #renew(now: number): Promise<void> {
    if (this.#inWork.size === 0 || Math.abs(now - this.#renewedAt) < RENEW_EVERY_MS) return;
    const lanes = [...this.#inWork.values()].map(({ work }) => work.lane);
    const ours = await renewLeases(this.#options.writer, this.#owner, lanes, now);
    this.#renewedAt = now;
    for (const [lane, { work }] of this.#inWork) {
      if (!ours.has(lane) && lanes.includes(work.lane)) work.lose();
    }
  }

  #channelOf(name: ChannelName): Channel {
    const channel = this.#channels.get(name);
    if (!channel) throw new Error(`Nothing sends by ${name}`);
    return channel;
  }

  #placesOf(name: ChannelName): ChannelPlaces {
    const places = this.#places.get(name);
    if (!places) throw new Error(`Nothing sends by ${name}`);
    return places;
  }

  #workplace(): Omit<LaneWorkplace, 'places'> {
    const { writer, report } = this.#options;
    const engine = this;
    const reportTrouble = throttled(TROUBLE_EVERY_MS, ({ event, details }: Trouble, times) =>
      report(event, { ...details, times }),
    );
    return {
      stores: { config: writer.config, events: writer.events },
      now: this.#now,
      paced: (work) => this.#reads.pass(work),
      write: (writing) => this.#writer.write(writing),
      noteUnderWay(change) {
        engine.#underWay += change;
      },
      settingsVersion: () => this.#settingsVersion,
      stopping: () => this.#stopping,
      stalled: () => this.#writer.stuck,
      report: (event, details) => reportTrouble({ event, details }),
    };
  }
}
