import type { BatchReader } from '../../db/batch-writer.ts';
import {
  FactFlag,
  FLAG_COMBINATIONS,
  QUARTER_MS,
  TEXT_DIMENSIONS,
  type TextDimension,
} from '../blocks/fact.ts';
import { bucketTable, Calendar } from './calendar.ts';
import { figureBits } from './figure-bits.ts';
import type { Dimension, DimensionFilter, StatisticsQuestion, Traffic } from './question.ts';
import type { ForeignLinkFilter, Grouping, ScanPlan, ValueFilter } from './scan-plan.ts';
import type { TextCodes } from './text-codes.ts';

/** Quarters of an hour since 1970; `to` is exclusive. */
export interface QuarterRange {
  readonly from: number;
  readonly to: number;
}

/** A question made ready to be scanned for. */
export interface PlannedQuestion {
  readonly plan: ScanPlan;
  /** Where each bucket of the series begins, ascending; empty without a series. It is the first grouping. */
  readonly starts: readonly number[];
}

export const ALL_TRAFFIC: Traffic = {
  crawlers: 'exclude',
  automated: 'include',
  repeats: 'include',
  foreign: 'effective',
};

/** The quarter hours a question is about, each as a whole; none when no time lies between its ends. */
export function quartersOf({ from, to }: { readonly from: number; readonly to: number }): QuarterRange {
  const first = Math.floor(from / QUARTER_MS);
  return { from: first, to: to > from ? Math.ceil(to / QUARTER_MS) : first };
}

/**
 * @param data the part of the range that has clicks: tables of quarters are made for no more
 * @param foreignOff links that leave foreign clicks out, ascending
 */
export async function planQuestion(
  question: StatisticsQuestion,
  data: QuarterRange,
  foreignOff: Uint32Array,
  texts: TextCodes,
  reader: BatchReader,
): Promise<PlannedQuestion> {
  const { timeZone, scope, interval } = question;
  const traffic = { ...ALL_TRAFFIC, ...question.traffic };
  const filters = question.filters ?? [];
  const clocks = new Calendar(timeZone, data.from, Math.max(data.to, data.from));
  const asked = quartersOf(question);
  const starts =
    interval && asked.to > asked.from ? new Calendar(timeZone, asked.from, asked.to).starts(interval) : [];
  const values: ValueFilter[] = [];
  if (scope.kind === 'group') {
    values.push({ column: 'group', values: Uint32Array.of(scope.id), exclude: false });
  }
  for (const filter of filters) values.push(...(await valueFilters(filter, question, texts, reader)));
  const domestic = await texts.codesOf(reader, question.projectId, 'country', ['', question.homeCountry]);
  const { foreign, foreignLinks } = foreignRule(question, traffic, foreignOff, domestic);
  if (foreign) values.push(foreign);
  const groupings: Grouping[] = interval
    ? [{ by: 'quarter', slots: bucketTable(starts, data.from, data.to) }]
    : [];
  for (const { dimension } of question.breakdowns ?? []) {
    groupings.push(groupingOf(dimension, clocks));
  }
  return {
    starts,
    plan: {
      fromQuarter: data.from,
      toQuarter: data.to,
      links: scope.kind === 'links' ? ascendingIds(scope.ids) : null,
      filters: values,
      quarters: clockFilter(filters, clocks, data),
      foreignLinks,
      bits: figureBits(traffic, (flags) => passesFlags(filters, flags)),
      groupings,
    },
  };
}

/** `client` as breakdowns number it. */
export const CLIENTS = ['person', 'automated', 'crawler'] as const;
export const QR = ['no', 'yes'] as const;

const CLIENT_OF_FLAGS = slotsByFlags((flags) =>
  flags & FactFlag.crawler ? 2 : flags & FactFlag.automated ? 1 : 0,
);
const QR_OF_FLAGS = slotsByFlags((flags) => (flags & FactFlag.qr ? 1 : 0));

function slotsByFlags(slotOf: (flags: number) => number): Uint8Array {
  return Uint8Array.from({ length: FLAG_COMBINATIONS }, (_, flags) => slotOf(flags));
}

function groupingOf(dimension: Dimension, clocks: Calendar): Grouping {
  switch (dimension) {
    case 'qr':
      return { by: 'flags', slots: QR_OF_FLAGS };
    case 'client':
      return { by: 'flags', slots: CLIENT_OF_FLAGS };
    case 'hourOfDay':
      return { by: 'quarter', slots: clocks.hoursOfDay() };
    case 'weekday':
      return { by: 'quarter', slots: clocks.weekdays() };
    default:
      return { by: 'value', column: dimension };
  }
}

/** Filters on what a column says. Those on flags and clocks are elsewhere. */
async function valueFilters(
  { dimension, values, exclude = false }: DimensionFilter,
  { projectId }: StatisticsQuestion,
  texts: TextCodes,
  reader: BatchReader,
): Promise<ValueFilter[]> {
  if (isTextDimension(dimension)) {
    const codes = await texts.codesOf(reader, projectId, dimension, values);
    return [{ column: dimension, values: codes, exclude }];
  }
  if (dimension === 'link' || dimension === 'group' || dimension === 'route') {
    return [{ column: dimension, values: ascendingIds(values.map(Number)), exclude }];
  }
  return [];
}

/** No click has another id than one of 32 bits. */
function ascendingIds(ids: readonly number[]): Uint32Array {
  return Uint32Array.from(new Set(ids.filter((id) => id >= 0 && id <= 0xffffffff))).sort();
}

export function isTextDimension(dimension: Dimension): dimension is TextDimension {
  return (TEXT_DIMENSIONS as readonly Dimension[]).includes(dimension);
}

function passesFlags(filters: readonly DimensionFilter[], flags: number): boolean {
  return filters.every(({ dimension, values, exclude = false }) => {
    if (dimension === 'qr') return values.includes(QR[QR_OF_FLAGS[flags] as 0 | 1]) !== exclude;
    if (dimension === 'client')
      return values.includes(CLIENTS[CLIENT_OF_FLAGS[flags] as 0 | 1 | 2]) !== exclude;
    return true;
  });
}

function clockFilter(
  filters: readonly DimensionFilter[],
  clocks: Calendar,
  data: QuarterRange,
): Uint8Array | null {
  const tables: { shown: Uint8Array; accepted: Uint8Array }[] = [];
  for (const { dimension, values, exclude = false } of filters) {
    if (dimension !== 'hourOfDay' && dimension !== 'weekday') continue;
    const shown = dimension === 'hourOfDay' ? clocks.hoursOfDay() : clocks.weekdays();
    const accepted = Uint8Array.from({ length: 24 }, (_, value) =>
      values.includes(String(value)) !== exclude ? 1 : 0,
    );
    tables.push({ shown, accepted });
  }
  if (tables.length === 0) return null;
  const passes = new Uint8Array(Math.max(0, data.to - data.from)).fill(1);
  for (const { shown, accepted } of tables) {
    for (let at = 0; at < passes.length; at++) {
      passes[at] = (passes[at] as number) & (accepted[shown[at] as number] as number);
    }
  }
  return passes;
}

/** @param domestic the country code of home and that of the unknown country; one without room in the dictionary is abroad */
function foreignRule(
  { scope }: StatisticsQuestion,
  { foreign }: Traffic,
  foreignOff: Uint32Array,
  domestic: Uint32Array,
): { foreign: ValueFilter | null; foreignLinks: ForeignLinkFilter | null } {
  const none = { foreign: null, foreignLinks: null };
  const filter: ValueFilter = { column: 'country', values: domestic, exclude: foreign === 'only' };
  if (foreign === 'include') return none;
  if (foreign !== 'effective') return { ...none, foreign: filter };
  if (foreignOff.length === 0) return none;
  // All links of the scope, which is the usual case of one link.
  if (scope.kind === 'links' && scope.ids.every((id) => foreignOff.includes(id)))
    return { ...none, foreign: filter };
  return { ...none, foreignLinks: { links: foreignOff, domestic } };
}
