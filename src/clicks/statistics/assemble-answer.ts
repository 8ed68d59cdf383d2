import type { BatchReader } from '../../db/batch-writer.ts';
import { QUARTER_MS } from '../blocks/fact.ts';
import type { BlockScan, CountedGroup } from './block-scan.ts';
import { plainText, topCandidates, valueOfSlot } from './breakdown-values.ts';
import { Calendar } from './calendar.ts';
import { minus } from './figure-sums.ts';
import { ALL_TRAFFIC, isTextDimension, type PlannedQuestion, quartersOf } from './plan-question.ts';
import type { Breakdown, Figures, SeriesPoint, StatisticsAnswer, StatisticsQuestion } from './question.ts';
import type { TextCodes } from './text-codes.ts';
import type { VisitorCount } from './visitor-count.ts';

/** A question, and what the scan for it has counted. */
export interface Counted {
  readonly question: StatisticsQuestion;
  readonly planned: PlannedQuestion;
  readonly scan: BlockScan;
  /** Null when nobody asked for them. */
  readonly visitors: VisitorCount | null;
}

/** Puts what was counted into words: instants, texts, and the values that are listed. */
export async function assembleAnswer(
  counted: Counted,
  texts: TextCodes,
  reader: BatchReader,
): Promise<StatisticsAnswer> {
  const { question, scan, visitors } = counted;
  const { from, to } = quartersOf(question);
  const breakdowns: Breakdown[] = [];
  for (const index of (question.breakdowns ?? []).keys()) {
    breakdowns.push(await breakdownOf(counted, index, texts, reader));
  }
  return {
    totals: scan.totals.figuresOf(0, visitorsWithin(visitors?.total(), scan.totals.clicksOf(0))),
    series: question.interval ? seriesOf(counted) : [],
    breakdowns,
    visitorsExact: visitors?.exact ?? true,
    from: from * QUARTER_MS,
    to: to * QUARTER_MS,
  };
}

/** A sample may be taken for more than there were. */
function visitorsWithin(visitors: number | undefined, clicks: number): number {
  return Math.max(0, Math.min(visitors ?? 0, clicks));
}

function seriesOf(counted: Counted): SeriesPoint[] {
  const { question, planned, scan, visitors } = counted;
  const { starts } = planned;
  const { to } = quartersOf(question);
  const { sums } = scan.groups[0] as CountedGroup;
  const different = visitors?.bySlot(0, starts.length);
  const flagged = flaggedVisitors(counted);
  const wholeFrom = starts.findIndex((start, bucket) => bucket > 0 || isStart(question, start));
  const wholeTo = isStart(question, to) ? starts.length : starts.length - 1;
  return starts.map((start, bucket) => {
    const figures = sums.figuresOf(bucket, 0);
    const isWhole = bucket >= wholeFrom && bucket < wholeTo;
    return {
      ...figures,
      visitors: flagged && isWhole ? figures[flagged] : visitorsWithin(different?.[bucket], figures.clicks),
      from: start * QUARTER_MS,
      to: (starts[bucket + 1] ?? to) * QUARTER_MS,
    };
  });
}

/**
 * Of one link, and where nothing is left out, flags tell exactly who was new in an hour or on a day: better than a
 * sample.
 */
function flaggedVisitors({
  question,
  planned,
  visitors,
}: Counted): 'hourlyVisitors' | 'dailyVisitors' | undefined {
  const { scope, interval, traffic } = question;
  const { filters, quarters, foreignLinks } = planned.plan;
  const { crawlers, automated, repeats } = { ...ALL_TRAFFIC, ...traffic };
  const everything =
    crawlers === 'exclude' &&
    automated === 'include' &&
    repeats === 'include' &&
    (question.filters ?? []).length + filters.length === 0 &&
    quarters === null &&
    foreignLinks === null;
  if (!visitors?.sampled || !everything || scope.kind !== 'links' || scope.ids.length !== 1) return undefined;
  if (interval === 'hour') return 'hourlyVisitors';
  return interval === 'day' ? 'dailyVisitors' : undefined;
}

/** Whether an interval begins there, and is not cut by the range. */
function isStart({ interval, timeZone }: StatisticsQuestion, quarter: number): boolean {
  if (!interval || quarter < 1) return quarter === 0;
  return new Calendar(timeZone, quarter - 1, quarter + 1).starts(interval).includes(quarter);
}

type AskedBreakdown = NonNullable<StatisticsQuestion['breakdowns']>[number];

async function breakdownOf(
  { question, scan, visitors }: Counted,
  index: number,
  texts: TextCodes,
  reader: BatchReader,
): Promise<Breakdown> {
  const { dimension, limit } = (question.breakdowns ?? [])[index] as AskedBreakdown;
  const grouping = question.interval ? index + 1 : index;
  const group = scan.groups[grouping] as CountedGroup;
  const { candidates, total } = topCandidates(group.sums, limit);
  const different = visitors?.bySlot(grouping, group.sums.slots);
  const numbers = candidates.map(({ slot }) => valueOfSlot(dimension, group, slot));
  const named = isTextDimension(dimension) ? await texts.textsOf(reader, numbers) : undefined;
  const values = candidates
    .map(({ slot, clicks }, at) => {
      const number = numbers[at] as number;
      return {
        slot,
        clicks,
        number,
        value: named ? (named.get(number) ?? '') : plainText(dimension, number),
      };
    })
    .sort((a, b) => b.clicks - a.clicks || (named ? compareTexts(a.value, b.value) : a.number - b.number))
    .slice(0, limit)
    .map(({ slot, clicks, value }) => ({
      value,
      ...group.sums.figuresOf(slot, visitorsWithin(different?.[slot], clicks)),
    }));
  return { dimension, values, total, rest: values.reduce<Figures>(minus, scan.totals.figuresOf(0, 0)) };
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
