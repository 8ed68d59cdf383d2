import type { BatchReader } from '../../db/batch-writer.ts';
import { QUARTER_MS } from '../blocks/fact.ts';
import type { BlockScan, CountedGroup } from './block-scan.ts';
import { plainText, topCandidates, valueOfSlot } from './breakdown-values.ts';
import { Calendar } from './calendar.ts';
import { minus } from './figure-sums.ts';
import { ALL_TRAFFIC, isTextDimension, type PlannedQuestion, quartersOf } from './plan-question.ts';
import type {
  Breakdown,
  Figures,
  Interval,
  SeriesPoint,
  StatisticsAnswer,
  StatisticsQuestion,
} from './question.ts';
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
  const totals = scan.totals.figuresOf(0, 0);
  const breakdowns: Breakdown[] = [];
  for (const index of (question.breakdowns ?? []).keys()) {
    breakdowns.push(await breakdownOf(counted, index, texts, reader));
  }
  return {
    totals: { ...totals, visitors: visitorsWithin(visitors?.total(), totals[mostOfDays(counted)]) },
    series: question.interval ? seriesOf(counted) : [],
    breakdowns,
    visitorsExact: visitors?.exact ?? true,
    from: from * QUARTER_MS,
    to: to * QUARTER_MS,
  };
}

/** A sample may be taken for more than there were. @param most as many as there can have been */
function visitorsWithin(visitors: number | undefined, most: number): number {
  return Math.max(0, Math.min(visitors ?? 0, most));
}

function seriesOf(counted: Counted): SeriesPoint[] {
  const { question, planned, scan, visitors } = counted;
  const { starts } = planned;
  const { from, to } = quartersOf(question);
  const { scope, interval, timeZone } = question;
  const { sums } = scan.groups[0] as CountedGroup;
  const different = visitors?.bySlot(0, starts.length);
  const [flagged, unit] =
    interval === 'hour' ? (['hourlyVisitors', 'hour'] as const) : (['dailyVisitors', 'day'] as const);
  const limited = isSampleWithFlags(counted);
  // Of one link they tell exactly who was new in an hour or on a day: better than a sample.
  const exact =
    limited &&
    scope.kind === 'links' &&
    scope.ids.length === 1 &&
    (interval === 'hour' || interval === 'day');
  const limitedFrom = isStart(unit, timeZone, from) ? 0 : 1;
  const wholeFrom = isStart(interval, timeZone, from) ? 0 : 1;
  const wholeTo = isStart(interval, timeZone, to) ? starts.length : starts.length - 1;
  return starts.map((start, bucket) => {
    const figures = sums.figuresOf(bucket, 0);
    const most = limited && bucket >= limitedFrom ? figures[flagged] : figures.clicks;
    const isExact = exact && bucket >= wholeFrom && bucket < wholeTo;
    return {
      ...figures,
      visitors: isExact ? figures[flagged] : visitorsWithin(different?.[bucket], most),
      from: start * QUARTER_MS,
      to: (starts[bucket + 1] ?? to) * QUARTER_MS,
    };
  });
}

/**
 * Whether visitors are estimated where nothing is left out. Flags then bound them: whoever came on a day was new to a
 * link on it, with a click that was counted. It may have been counted elsewhere if the day is cut, and in another
 * group if the link was moved on it.
 */
function isSampleWithFlags({ question, planned, visitors }: Counted): boolean {
  const { scope, traffic } = question;
  const { filters, quarters, foreignLinks } = planned.plan;
  const { crawlers, automated, repeats } = { ...ALL_TRAFFIC, ...traffic };
  return (
    visitors?.sampled === true &&
    scope.kind !== 'group' &&
    crawlers === 'exclude' &&
    automated === 'include' &&
    repeats === 'include' &&
    (question.filters ?? []).length + filters.length === 0 &&
    quarters === null &&
    foreignLinks === null
  );
}

/** What bounds the visitors of figures that are of all days of the question. */
function mostOfDays(counted: Counted): 'dailyVisitors' | 'clicks' {
  const { from } = quartersOf(counted.question);
  const isBounded = isSampleWithFlags(counted) && isStart('day', counted.question.timeZone, from);
  return isBounded ? 'dailyVisitors' : 'clicks';
}

/** Whether an interval begins there, and is not cut by the range. */
function isStart(interval: Interval | undefined, timeZone: string, quarter: number): boolean {
  if (!interval || quarter < 1) return quarter === 0;
  return new Calendar(timeZone, quarter - 1, quarter + 1).starts(interval).includes(quarter);
}

type AskedBreakdown = NonNullable<StatisticsQuestion['breakdowns']>[number];

async function breakdownOf(
  counted: Counted,
  index: number,
  texts: TextCodes,
  reader: BatchReader,
): Promise<Breakdown> {
  const { question, scan, visitors } = counted;
  const { dimension, limit } = (question.breakdowns ?? [])[index] as AskedBreakdown;
  const grouping = question.interval ? index + 1 : index;
  const group = scan.groups[grouping] as CountedGroup;
  const { candidates, total } = topCandidates(group.sums, limit);
  const different = visitors?.bySlot(grouping, group.sums.slots);
  // A visitor's first click of a day stands in the same row as his others only here.
  const most = dimension === 'link' || dimension === 'weekday' ? mostOfDays(counted) : 'clicks';
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
    .map(({ slot, value }) => {
      const figures = group.sums.figuresOf(slot, 0);
      return { value, ...figures, visitors: visitorsWithin(different?.[slot], figures[most]) };
    });
  return { dimension, values, total, rest: values.reduce<Figures>(minus, scan.totals.figuresOf(0, 0)) };
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
