import type { Asker } from '../../clicks/statistics/fair-queue.ts';
import type { BreakdownValue, StatisticsQuestion } from '../../clicks/statistics/question.ts';
import { Failure, type FailureCode } from '../../errors.ts';
import type { CountedLink } from '../../links/link.ts';
import type { ApiContext } from '../api-context.ts';

export interface Analytics {
  readonly totalClicks: number;
  readonly uniqueClicks: number;
  readonly clicksByPlatform: { readonly ios: number; readonly android: number; readonly web: number };
  /** ISO 3166-1 alpha-2 to clicks, and `other`. */
  readonly clicksByCountry: Readonly<Record<string, number>>;
}

const COUNTRIES_NAMED = 10;
/** More than there are, so that what has no country can be told from what has no room. */
const COUNTRIES_ASKED = 1_000;
const SYSTEMS_ASKED = 100;
/** What the clocks of two computers may differ by. */
const DAY_MS = 24 * 60 * 60 * 1000;
/** What statistics fail with when nothing is wrong with the question. */
const NOT_NOW: readonly FailureCode[] = ['unavailable', 'busy', 'abandoned'];

/**
 * All clicks of a link, foreign ones as its `excludeForeign` says, told apart twice.
 *
 * @returns undefined when statistics cannot be asked now: the link itself can still be shown
 */
export async function loadAnalytics(
  context: ApiContext,
  link: CountedLink,
  asker: Asker,
): Promise<Analytics | undefined> {
  const { id, timeZone, homeCountry } = await context.projects.load(link.projectId);
  try {
    const question: StatisticsQuestion = {
      projectId: id,
      timeZone,
      homeCountry,
      scope: { kind: 'links', ids: [link.id] },
      // Clocks of several servers differ, and a database can be brought back to an older day.
      from: 0,
      to: Date.now() + DAY_MS,
      breakdowns: [
        { dimension: 'os', limit: SYSTEMS_ASKED },
        { dimension: 'country', limit: COUNTRIES_ASKED },
      ],
    };
    const { totals, breakdowns } = await context.statistics.ask(question, asker);
    const of = (dimension: string) => breakdowns.find((one) => one.dimension === dimension)?.values ?? [];
    return analyticsOf(link, totals.clicks, of('os'), of('country'));
  } catch (error) {
    if (error instanceof Failure && NOT_NOW.includes(error.code)) return undefined;
    throw error;
  }
}

type Count = Pick<BreakdownValue, 'value' | 'clicks'>;

/**
 * Pure. Both breakdowns add up to the total, as documented: an opening balance, of which nothing but the number is
 * known, is `web` and `other`.
 *
 * @param counted what statistics know; a click may have come in since the link was read, or before it
 */
export function analyticsOf(
  link: Pick<CountedLink, 'clicks' | 'visitors'>,
  counted: number,
  systems: readonly Count[],
  countries: readonly Count[],
): Analytics {
  const totalClicks = Math.max(link.clicks, counted);
  const on = (system: string) => systems.find(({ value }) => value === system)?.clicks ?? 0;
  const [ios, android] = [on('iOS'), on('Android')];
  const named = countries
    .filter(({ value, clicks }) => /^[A-Z]{2}$/.test(value) && clicks > 0)
    .slice(0, COUNTRIES_NAMED);
  const other = totalClicks - named.reduce((sum, { clicks }) => sum + clicks, 0);
  return {
    totalClicks,
    uniqueClicks: link.visitors,
    clicksByPlatform: { ios, android, web: totalClicks - ios - android },
    clicksByCountry: { ...Object.fromEntries(named.map(({ value, clicks }) => [value, clicks])), other },
  };
}
