import { Temporal } from 'temporal-polyfill';
import { FactFlag, QUARTER_MS, type TextDimension } from '../../src/clicks/blocks/fact.ts';
import type {
  Dimension,
  Figures,
  Interval,
  StatisticsAnswer,
  StatisticsQuestion,
} from '../../src/clicks/statistics/question.ts';

/** A click as statistics are told of it, in words. */
export interface NaiveClick {
  readonly quarter: number;
  readonly link: number;
  readonly group: number;
  readonly route: number;
  readonly flags: number;
  /** Empty when it has been forgotten. */
  readonly visitor: string;
  readonly texts: Readonly<Record<TextDimension, string>>;
}

/** Answers a question click by click: slow, and short enough to be believed. */
export function countNaively(
  question: StatisticsQuestion,
  clicks: readonly NaiveClick[],
  foreignOff: readonly number[],
): StatisticsAnswer {
  const { timeZone, interval } = question;
  const from = Math.floor(question.from / QUARTER_MS);
  const to = Math.ceil(question.to / QUARTER_MS);
  const counted = clicks.filter(
    (click) =>
      click.quarter >= from &&
      click.quarter < to &&
      isInScope(click, question) &&
      passesForeign(click, question, foreignOff) &&
      (question.filters ?? []).every(
        ({ dimension, values, exclude = false }) =>
          values.includes(shownValue(click, dimension, timeZone)) !== exclude,
      ),
  );
  const totals = figuresOf(counted, question);
  return {
    totals,
    series: interval ? seriesOf(counted, question, interval, from, to) : [],
    breakdowns: (question.breakdowns ?? []).map(({ dimension, limit }) => {
      const groups = [...Map.groupBy(counted, (click) => shownValue(click, dimension, timeZone))]
        .map(([value, of]) => ({ value, ...figuresOf(of, question) }))
        .filter((one) => one.clicks > 0)
        .sort((a, b) => b.clicks - a.clicks || compare(dimension, a.value, b.value));
      const values = groups.slice(0, limit);
      return {
        dimension,
        values,
        total: groups.length,
        rest: Object.fromEntries(
          Object.entries(totals).map(([name, all]) => [
            name,
            name === 'visitors' ? 0 : values.reduce((left, one) => left - one[name as keyof Figures], all),
          ]),
        ) as unknown as Figures,
      };
    }),
    visitorsExact:
      !question.visitors || !counted.some((click) => click.visitor === '' && isClick(click, question)),
    from: from * QUARTER_MS,
    to: to * QUARTER_MS,
  };
}

function isInScope(click: NaiveClick, { scope }: StatisticsQuestion): boolean {
  if (scope.kind === 'project') return true;
  return scope.kind === 'group' ? click.group === scope.id : scope.ids.includes(click.link);
}

function passesForeign(
  { texts, link }: NaiveClick,
  { homeCountry, traffic }: StatisticsQuestion,
  foreignOff: readonly number[],
): boolean {
  const foreign = texts.country !== '' && texts.country !== homeCountry;
  switch (traffic?.foreign ?? 'effective') {
    case 'include':
      return true;
    case 'exclude':
      return !foreign;
    case 'only':
      return foreign;
    default:
      return !(foreign && foreignOff.includes(link));
  }
}

function has({ flags }: NaiveClick, flag: number): boolean {
  return (flags & flag) !== 0;
}

function isAutomated(click: NaiveClick): boolean {
  return has(click, FactFlag.automated) && !has(click, FactFlag.crawler);
}

function isClick(click: NaiveClick, { traffic }: StatisticsQuestion): boolean {
  const rules = [
    [traffic?.crawlers ?? 'exclude', has(click, FactFlag.crawler)],
    [traffic?.automated ?? 'include', isAutomated(click)],
    [traffic?.repeats ?? 'include', has(click, FactFlag.repeat)],
  ] as const;
  return rules.every(([rule, is]) => rule === 'include' || (rule === 'only' ? is : !is));
}

function figuresOf(passed: readonly NaiveClick[], question: StatisticsQuestion): Figures {
  const clicks = passed.filter((click) => isClick(click, question));
  const number = (of: readonly NaiveClick[], flag: number) => of.filter((click) => has(click, flag)).length;
  const forgotten = clicks.filter(({ visitor }) => visitor === '');
  const different = new Set(clicks.map(({ visitor }) => visitor).filter((visitor) => visitor !== ''));
  return {
    clicks: clicks.length,
    visitors: question.visitors ? different.size + number(forgotten, FactFlag.newToday) : 0,
    hourlyVisitors: number(clicks, FactFlag.newThisHour),
    dailyVisitors: number(clicks, FactFlag.newToday),
    newVisitors: number(clicks, FactFlag.newEver),
    qrScans: number(clicks, FactFlag.qr),
    repeats: number(passed, FactFlag.repeat),
    automated: passed.filter(isAutomated).length,
    crawlers: number(passed, FactFlag.crawler),
  };
}

function seriesOf(
  counted: readonly NaiveClick[],
  question: StatisticsQuestion,
  interval: Interval,
  from: number,
  to: number,
) {
  const startOf = (quarter: number) => startOfInterval(interval, quarter, question.timeZone);
  const starts = new Set<number>();
  for (let quarter = from; quarter < to; quarter++) starts.add(startOf(quarter));
  const ascending = [...starts];
  const byStart = Map.groupBy(counted, ({ quarter }) => startOf(quarter));
  return ascending.map((start, index) => ({
    ...figuresOf(byStart.get(start) ?? [], question),
    from: Math.max(start, from * QUARTER_MS),
    to: ascending[index + 1] ?? to * QUARTER_MS,
  }));
}

const known = new Map<string, number>();

function startOfInterval(interval: Interval, quarter: number, timeZone: string): number {
  const key = `${timeZone} ${interval} ${quarter}`;
  const start = known.get(key) ?? askTemporal(interval, quarter, timeZone);
  known.set(key, start);
  return start;
}

function askTemporal(interval: Interval, quarter: number, timeZone: string): number {
  const local = localTimeOf(quarter, timeZone);
  switch (interval) {
    case 'hour':
      return local.round({ smallestUnit: 'hour', roundingMode: 'floor' }).epochMilliseconds;
    case 'day':
      return local.startOfDay().epochMilliseconds;
    case 'week':
      return local.subtract({ days: local.dayOfWeek - 1 }).startOfDay().epochMilliseconds;
    case 'month':
      return local.with({ day: 1 }).startOfDay().epochMilliseconds;
  }
}

function localTimeOf(quarter: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(quarter * QUARTER_MS).toZonedDateTimeISO(timeZone);
}

function shownValue(click: NaiveClick, dimension: Dimension, timeZone: string): string {
  switch (dimension) {
    case 'qr':
      return has(click, FactFlag.qr) ? 'yes' : 'no';
    case 'client':
      return has(click, FactFlag.crawler) ? 'crawler' : isAutomated(click) ? 'automated' : 'person';
    case 'link':
    case 'group':
    case 'route':
      return String(click[dimension]);
    case 'hourOfDay':
      return String(localTimeOf(click.quarter, timeZone).hour);
    case 'weekday':
      return String(localTimeOf(click.quarter, timeZone).dayOfWeek);
    default:
      return click.texts[dimension];
  }
}

const BY_NUMBER: readonly Dimension[] = ['link', 'group', 'route', 'hourOfDay', 'weekday'];
/** As they are counted. */
const QR_AND_CLIENT = ['no', 'yes', 'person', 'automated', 'crawler'];

function compare(dimension: Dimension, a: string, b: string): number {
  if (BY_NUMBER.includes(dimension)) return Number(a) - Number(b);
  if (dimension === 'qr' || dimension === 'client')
    return QR_AND_CLIENT.indexOf(a) - QR_AND_CLIENT.indexOf(b);
  return a < b ? -1 : a > b ? 1 : 0;
}
