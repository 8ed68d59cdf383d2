import { chance, share } from './chance.ts';
import { WeightedChoice, zipf } from './weighted-choice.ts';

const BUSY = 0.12;
const LINK_EXPONENT = 0.75;
const GROUPS = 200;
const GROUP_EXPONENT = 1;
const IN_A_GROUP = 0.6;
/** Different visitors of a link that is clicked often, per click: drawn at random, four in ten clicks are first ones. */
const VISITORS_PER_CLICK = 0.45;

/** Links 1 to `ordinary` + 1, how often each is clicked, and their groups 1 to 200 (0: none). */
export class LinkPopulation {
  readonly busyLink: number;
  readonly #choice: WeightedChoice;
  readonly #links: number;
  readonly #stride: number;
  readonly #groupOf: Uint16Array;
  readonly #visitorsOf: Uint32Array;

  constructor(ordinary: number, clicks: number, seed: number) {
    const weights = zipf(ordinary, LINK_EXPONENT);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const shares = [BUSY, ...Array.from(weights, (weight) => ((1 - BUSY) * weight) / total)];
    this.#links = shares.length;
    this.#stride = coprimeNear(this.#links * 0.618, this.#links);
    this.#choice = new WeightedChoice(shares);
    this.busyLink = this.linkOfRank(0);
    const groups = new WeightedChoice(zipf(GROUPS, GROUP_EXPONENT));
    this.#groupOf = new Uint16Array(this.#links + 1);
    this.#visitorsOf = new Uint32Array(this.#links + 1);
    shares.forEach((ofLink, rank) => {
      const link = this.linkOfRank(rank);
      this.#visitorsOf[link] = Math.max(1, Math.round(ofLink * clicks * VISITORS_PER_CLICK));
      if (link !== this.busyLink && share(chance(seed, link, 100)) < IN_A_GROUP)
        this.#groupOf[link] = groups.pick(chance(seed, link, 101)) + 1;
    });
  }

  pick(bits: number): number {
    return this.linkOfRank(this.#choice.pick(bits));
  }

  /** Ids say nothing of popularity. @param rank 0 is the busy one */
  linkOfRank(rank: number): number {
    return ((rank * this.#stride) % this.#links) + 1;
  }

  groupOf(link: number): number {
    return this.#groupOf[link] as number;
  }

  visitorsOf(link: number): number {
    return this.#visitorsOf[link] as number;
  }
}

function coprimeNear(wanted: number, size: number): number {
  let stride = Math.max(1, Math.floor(wanted));
  while (divisor(stride, size) !== 1) stride++;
  return stride;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
