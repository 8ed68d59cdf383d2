import type { ChannelName } from './delivery.ts';

/**
 * How much of a channel may be on its way at the same time. Each has its own: whoever can make others wait, such as
 * visitors by subscribing at push services that hang, can only do it within their channel.
 */
export interface ChannelLimits {
  /** Lanes in work; of these so many whose receiver failed the last time: they must not take all the places. */
  readonly lanes: number;
  readonly failingLanes: number;
  /** Deliveries under way beside the first of each lane. */
  readonly beside: number;
}

export const CHANNEL_LIMITS: Readonly<Record<ChannelName, ChannelLimits>> = {
  webhook: { lanes: 1_000, failingLanes: 500, beside: 1_000 },
  push: { lanes: 200, failingLanes: 100, beside: 400 },
  // All go to one server.
  mail: { lanes: 20, failingLanes: 10, beside: 0 },
};

/** The places of one channel, and who has them. */
export class ChannelPlaces {
  readonly #limits: ChannelLimits;
  #lanes = 0;
  #failing = 0;
  #beside = 0;
  /** Whether lanes wait for a place. */
  crowded = false;

  constructor(limits: ChannelLimits) {
    this.#limits = limits;
  }

  get free(): { readonly places: number; readonly failingPlaces: number } {
    return {
      places: this.#limits.lanes - this.#lanes,
      failingPlaces: this.#limits.failingLanes - this.#failing,
    };
  }

  takeLane(failing: boolean): void {
    this.#lanes++;
    if (failing) this.#failing++;
  }

  giveLane(failing: boolean): void {
    this.#lanes--;
    if (failing) this.#failing--;
  }

  /** @returns whether there was room; given back with `leave` */
  mayEnter(): boolean {
    if (this.#beside >= this.#limits.beside) return false;
    this.#beside++;
    return true;
  }

  leave(): void {
    this.#beside--;
  }
}
