import { type FactColumn, QUARTER_MS, type TextDimension } from '../../src/clicks/blocks/fact.ts';
import type { GeneratedClicks } from '../clicks/generated-clicks.ts';
import type { LinkPopulation } from '../clicks/link-population.ts';

/** What statistics are asked, as every candidate has to answer it. Crawlers count nowhere. */
export interface SpikeQuestion {
  readonly scope: Scope;
  /** Quarters of an hour since 1970, the last not included; undefined: of all time. */
  readonly range: { readonly from: number; readonly to: number } | undefined;
  readonly filter: { readonly column: FactColumn & TextDimension; readonly code: number } | undefined;
  readonly kind: QuestionKind;
}

export interface Scope {
  readonly name: string;
  readonly of: 'link' | 'group' | 'project';
  /** 0 for the project. */
  readonly id: number;
}

export const QUESTION_KINDS = [
  'totals',
  'days',
  'country',
  'referrer',
  'utmCampaign',
  'topLinks',
  'uniques',
] as const;
export type QuestionKind = (typeof QUESTION_KINDS)[number];

/** Clicks by day, by code or by link; of totals and unique visitors one number. */
export type SpikeAnswer = ReadonlyMap<number, number>;

export const QUARTERS_OF_A_DAY = 96;
const TOP = 10;

/** The first ten by clicks. */
export function topOf(clicks: ReadonlyMap<number, number>): SpikeAnswer {
  return new Map([...clicks].sort(([a, of], [b, others]) => others - of || a - b).slice(0, TOP));
}

export interface Asked {
  readonly scope: Scope;
  readonly rangeName: '30 days' | 'all time';
  readonly filterName: 'none' | 'country' | 'device';
  readonly question: SpikeQuestion;
}

const ORDINARY_RANK = 16_000;
const MIDDLING_GROUP = 20;
const DAYS = 30;

export function askedScopes(links: LinkPopulation): Scope[] {
  return [
    { name: 'ordinary link', of: 'link', id: links.linkOfRank(ORDINARY_RANK) },
    { name: 'busy link', of: 'link', id: links.busyLink },
    { name: 'group', of: 'group', id: MIDDLING_GROUP },
    { name: 'project', of: 'project', id: 0 },
  ];
}

/** All combinations; a link has no top links. */
export function questions({ links, vocabulary }: GeneratedClicks, endAt: number): Asked[] {
  const to = Math.ceil(endAt / QUARTER_MS);
  const ranges = [
    ['30 days', { from: to - DAYS * QUARTERS_OF_A_DAY, to }],
    ['all time', undefined],
  ] as const;
  const filters = [
    ['none', undefined],
    ['country', { column: 'country', code: vocabulary.codeOf('country', 'KR') }],
    ['device', { column: 'device', code: vocabulary.codeOf('device', 'mobile') }],
  ] as const;
  return askedScopes(links).flatMap((scope) =>
    ranges.flatMap(([rangeName, range]) =>
      filters.flatMap(([filterName, filter]) =>
        QUESTION_KINDS.filter((kind) => scope.of !== 'link' || kind !== 'topLinks').map((kind) => ({
          scope,
          rangeName,
          filterName,
          question: { scope, range, filter, kind },
        })),
      ),
    ),
  );
}
