import { FactFlag, type FactTable, type TextDimension } from '../../src/clicks/blocks/fact.ts';
import { preferredLanguage } from '../../src/clicks/ingest/language.ts';
import { readUserAgent } from '../../src/clicks/ingest/user-agent.ts';
import { visitorOf } from '../../src/visits/visitor-class.ts';
import { chance, share } from './chance.ts';
import { type GeneratedPlace, places } from './places.ts';
import { type GeneratedAgent, userAgents } from './user-agents.ts';
import type { Vocabulary } from './vocabulary.ts';
import { WeightedChoice } from './weighted-choice.ts';

const OF_IPV6 = 0.15;

const ofPlace = ['country', 'region', 'city', 'language'] as const;
const ofAgent = ['device', 'os', 'browser'] as const;

/** Where a person is and what with: always the same for the same number. Programs and crawlers are persons, too. */
export class VisitorPopulation {
  readonly #seed: number;
  readonly #places = places();
  readonly #place = new WeightedChoice(this.#places.map(({ weight }) => weight));
  readonly #agents = userAgents();
  readonly #agent = new WeightedChoice(this.#agents.map(({ weight }) => weight));
  readonly #flags: Uint8Array;
  readonly #placeCodes: readonly (readonly [(typeof ofPlace)[number], Uint32Array])[];
  readonly #agentCodes: readonly (readonly [(typeof ofAgent)[number], Uint32Array])[];

  constructor(vocabulary: Vocabulary, seed: number) {
    this.#seed = seed;
    const classes = this.#agents.map(({ userAgent }) => visitorOf(userAgent).visitor);
    this.#flags = Uint8Array.from(classes, (itsClass) =>
      itsClass === 'person' ? 0 : itsClass === 'automated' ? FactFlag.automated : FactFlag.crawler,
    );
    const codes = <D extends TextDimension>(dimension: D, texts: readonly string[]) =>
      [dimension, vocabulary.codesOf(dimension, texts)] as const;
    const region = this.#places.map((place) => `${place.country}/${place.region}`);
    this.#placeCodes = [
      codes(
        'country',
        this.#places.map(({ country }) => country),
      ),
      codes('region', region),
      codes(
        'city',
        this.#places.map(({ city }, index) => `${region[index]}/${city}`),
      ),
      codes(
        'language',
        this.#places.map(({ acceptLanguage }) => preferredLanguage(acceptLanguage)),
      ),
    ];
    const devices = this.#agents.map(({ userAgent }, index) =>
      classes[index] === 'person'
        ? readUserAgent(userAgent)
        : { device: classes[index] === 'automated' ? 'automated' : 'bot', os: '', browser: '' },
    );
    this.#agentCodes = ofAgent.map((dimension) =>
      codes(
        dimension,
        devices.map((device) => device[dimension]),
      ),
    );
  }

  flagsOf(person: number): number {
    return this.#flags[this.#agentOf(person)] as number;
  }

  /** Writes the codes of all that belongs to the person. */
  fill(facts: FactTable, row: number, person: number): void {
    const place = this.#placeOf(person);
    for (const [column, codes] of this.#placeCodes) facts[column][row] = codes[place] as number;
    const agent = this.#agentOf(person);
    for (const [column, codes] of this.#agentCodes) facts[column][row] = codes[agent] as number;
  }

  headersOf(person: number): { userAgent: string; acceptLanguage: string; address: string } {
    const place = this.#places[this.#placeOf(person)] as GeneratedPlace;
    const bits = chance(this.#seed, person, 302);
    return {
      userAgent: (this.#agents[this.#agentOf(person)] as GeneratedAgent).userAgent,
      acceptLanguage: place.acceptLanguage,
      address:
        share(chance(this.#seed, person, 303)) < OF_IPV6
          ? `2001:${(0x200 + (bits & 0xff)).toString(16)}:${hextet(bits)}:${hextet(bits >>> 8)}::${hextet(person)}`
          : `${place.octets[bits % place.octets.length]}.${(bits >>> 8) & 255}.${(bits >>> 16) & 255}.${bits >>> 24}`,
    };
  }

  #placeOf(person: number): number {
    return this.#place.pick(chance(this.#seed, person, 300));
  }

  #agentOf(person: number): number {
    return this.#agent.pick(chance(this.#seed, person, 301));
  }
}

function hextet(bits: number): string {
  return (bits & 0xffff).toString(16);
}
