import {
  FACT_COLUMNS,
  type FactColumn,
  FactFlag,
  type FactTable,
  quarterOf,
} from '../../src/clicks/blocks/fact.ts';
import { ClickFlag, ClickKind, type ClickRecord } from '../../src/clicks/click-record.ts';
import { campaigns, referrers } from './arrivals.ts';
import { chance, share } from './chance.ts';
import { ClickTimes } from './click-times.ts';
import { LinkPopulation } from './link-population.ts';
import { VisitorPopulation } from './visitor-population.ts';
import { Vocabulary } from './vocabulary.ts';
import { WeightedChoice } from './weighted-choice.ts';

export interface GenerationPlan {
  readonly clicks: number;
  /** Instant of the end of the last day, in milliseconds since 1970. */
  readonly endAt: number;
  readonly days?: number;
  readonly ordinaryLinks?: number;
  readonly seed?: number;
}

/** Many clicks as facts, with the instants that facts do not keep. */
export interface GeneratedFacts {
  readonly at: Float64Array;
  readonly facts: FactTable;
}

const REPEATED = 0.02;
const REPEAT_WITHIN_MS = 4_500;
const WITH_CAMPAIGN = 0.35;
/** A link is advertised in so many campaigns. */
const CAMPAIGNS_PER_LINK = 4;
const BY_QR = 0.12;
/** Some visitors come to many links: so many of them among all. */
const OF_A_CROWD = 0.3;
const CROWD = 50_000;

/** What happens by chance is told apart by these. */
const Draw = {
  link: 1,
  member: 2,
  referrer: 3,
  campaign: 4,
  qr: 5,
  repeat: 6,
  repeatedAfter: 7,
  whichCampaign: 8,
  id: 9,
} as const;

interface DrawnClick {
  at: number;
  link: number;
  person: number;
  /** Index of a campaign, -1 for none. */
  campaign: number;
  referrer: number;
  flags: number;
}

/**
 * Clicks that look like a Korean shop's of the last year and a bit: one busy link, many ordinary ones, phones and
 * in-app browsers first, growing, with quiet nights. The same plan makes the same clicks, and any part of them can be
 * made alone; as facts, or as the records that ingest reads.
 */
export class GeneratedClicks {
  readonly links: LinkPopulation;
  readonly visitors: VisitorPopulation;
  readonly vocabulary = new Vocabulary();
  readonly clicks: number;
  readonly #seed: number;
  readonly #times: ClickTimes;
  readonly #referrers = referrers();
  readonly #referrer = new WeightedChoice(this.#referrers.map(({ weight }) => weight));
  readonly #campaigns = campaigns();
  readonly #campaign = new WeightedChoice(this.#campaigns.map(({ weight }) => weight));
  readonly #ofCampaign: readonly (readonly [FactColumn, Uint32Array])[];
  readonly #hosts: Uint32Array;
  readonly #drawn: DrawnClick = { at: 0, link: 0, person: 0, campaign: 0, referrer: 0, flags: 0 };

  constructor({ clicks, endAt, days = 400, ordinaryLinks = 100_000, seed = 1 }: GenerationPlan) {
    this.clicks = clicks;
    this.#seed = seed;
    this.#times = new ClickTimes(clicks, endAt, days);
    this.links = new LinkPopulation(ordinaryLinks, clicks, seed);
    this.visitors = new VisitorPopulation(this.vocabulary, seed);
    this.#hosts = this.vocabulary.codesOf(
      'referrer',
      this.#referrers.map(({ referrer }) => URL.parse(referrer)?.hostname ?? ''),
    );
    const utm = (name: string) =>
      this.#campaigns.map(({ utm }) => utm.find(([itsName]) => itsName === name)?.[1] ?? '');
    this.#ofCampaign = [
      ['utmSource', this.vocabulary.codesOf('utmSource', utm('source'))],
      ['utmMedium', this.vocabulary.codesOf('utmMedium', utm('medium'))],
      ['utmCampaign', this.vocabulary.codesOf('utmCampaign', utm('campaign'))],
      ['utmTerm', this.vocabulary.codesOf('utmTerm', utm('term'))],
      ['utmContent', this.vocabulary.codesOf('utmContent', utm('content'))],
    ];
  }

  /** Clicks number `from` to `to`, without the last; in order of time. */
  facts(from: number, to: number): GeneratedFacts {
    const rows = to - from;
    const at = new Float64Array(rows);
    const facts = Object.fromEntries(
      FACT_COLUMNS.map((column) => [column, new Uint32Array(rows)]),
    ) as FactTable;
    facts.weight.fill(1);
    const { quarter, link, group, flags, visitorHigh, visitorLow, referrer } = facts;
    for (let row = 0; row < rows; row++) {
      const drawn = this.#draw(from + row);
      at[row] = drawn.at;
      quarter[row] = quarterOf(drawn.at);
      link[row] = drawn.link;
      group[row] = this.links.groupOf(drawn.link);
      flags[row] = drawn.flags;
      visitorHigh[row] = chance(this.#seed, drawn.person, 200);
      visitorLow[row] = chance(this.#seed, drawn.person, 201);
      referrer[row] = this.#hosts[drawn.referrer] as number;
      this.visitors.fill(facts, row, drawn.person);
      if (drawn.campaign < 0) continue;
      for (const [column, codes] of this.#ofCampaign) facts[column][row] = codes[drawn.campaign] as number;
    }
    return { at, facts };
  }

  /** The same clicks as the journal has them. Places follow from the address, so a geo database may think otherwise. */
  records(from: number, to: number): ClickRecord[] {
    return Array.from({ length: to - from }, (_, row) => this.#record(from + row));
  }

  #record(click: number): ClickRecord {
    const { at, link, person, campaign, referrer, flags } = this.#draw(click);
    const { userAgent, acceptLanguage, address } = this.visitors.headersOf(person);
    return {
      id: this.#idOf(click, at),
      kind: ClickKind.click,
      at,
      linkId: link,
      groupId: this.links.groupOf(link) || null,
      domainId: 1,
      routeId: 0,
      flags:
        (flags & FactFlag.qr ? ClickFlag.qr : 0) |
        (flags & FactFlag.crawler ? ClickFlag.crawler : 0) |
        (flags & FactFlag.automated ? ClickFlag.automated : 0),
      address,
      userAgent,
      language: acceptLanguage,
      referrer: this.#referrers[referrer]?.referrer ?? '',
      utm: this.#campaigns[campaign]?.utm ?? null,
      app: null,
    };
  }

  /** The one object is used for every click. */
  #draw(click: number): DrawnClick {
    const drawn = this.#drawn;
    const repeats = click > 0 && this.#repeats(click) && !this.#repeats(click - 1);
    this.#drawAlone(repeats ? click - 1 : click);
    if (repeats) {
      const after = drawn.at + Math.floor(REPEAT_WITHIN_MS * this.#share(click, Draw.repeatedAfter));
      drawn.at = Math.min(after, this.#times.instantOf(click));
      if ((drawn.flags & FactFlag.crawler) === 0) drawn.flags |= FactFlag.repeat;
    }
    return drawn;
  }

  #drawAlone(click: number): void {
    const drawn = this.#drawn;
    drawn.at = this.#times.instantOf(click);
    drawn.link = this.links.pick(this.#chance(click, Draw.link));
    drawn.person = this.#personAt(drawn.link, click);
    drawn.referrer = this.#referrer.pick(this.#chance(click, Draw.referrer));
    drawn.campaign =
      this.#share(click, Draw.campaign) < WITH_CAMPAIGN
        ? this.#campaignOf(drawn.link, this.#chance(click, Draw.whichCampaign) % CAMPAIGNS_PER_LINK)
        : -1;
    drawn.flags =
      this.visitors.flagsOf(drawn.person) | (this.#share(click, Draw.qr) < BY_QR ? FactFlag.qr : 0);
  }

  #campaignOf(link: number, which: number): number {
    return this.#campaign.pick(chance(this.#seed, link * CAMPAIGNS_PER_LINK + which, 102));
  }

  /** A link's visitors change with time: most come again within a quarter of it. */
  #personAt(link: number, click: number): number {
    const place = 0.75 * (click / this.clicks) + 0.25 * this.#share(click, Draw.member);
    const member = Math.floor(place * this.links.visitorsOf(link));
    const person = chance(this.#seed, Math.imul(link, 0x27d4eb2f) + member, 103);
    return share(chance(this.#seed, person, 104)) < OF_A_CROWD ? person % CROWD : person;
  }

  #repeats(click: number): boolean {
    return this.#share(click, Draw.repeat) < REPEATED;
  }

  /** Ordered by time as a UUIDv7 is. */
  #idOf(click: number, at: number): string {
    const tail = (of: number) =>
      this.#chance(click, Draw.id + of)
        .toString(16)
        .padStart(8, '0');
    const sequence = (click % 4096).toString(16).padStart(3, '0');
    return `${at.toString(16).padStart(12, '0')}7${sequence}a${tail(0).slice(1)}${tail(1)}`;
  }

  #chance(click: number, of: number): number {
    return chance(this.#seed, click, of);
  }

  #share(click: number, of: number): number {
    return share(this.#chance(click, of));
  }
}
