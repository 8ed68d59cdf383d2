import type { BlockSummary } from '../blocks/block.ts';
import type { FactColumn } from '../blocks/fact.ts';
import { FigureSums } from './figure-sums.ts';
import { type FlagClasses, flagClasses } from './flag-classes.ts';
import { type Cells, countByValue, countClasses } from './group-count.ts';
import { type AcceptedCodes, acceptedCodes, RowSelection } from './row-selection.ts';
import { type CodedColumn, lowerBound, type ScanColumn, type VisitorHalves } from './scan-column.ts';
import type { ForeignLinkFilter, Grouping, ScanPlan, ValueFilter } from './scan-plan.ts';
import { SlotIndex } from './slot-index.ts';
import { VisitorCount } from './visitor-count.ts';

export interface ScanBlock extends BlockSummary {
  /** Those that the plan asks for (`columnsToFilter`, `columnsToCount`). */
  readonly columns: ReadonlyMap<FactColumn, ScanColumn>;
}

/** What has been counted for one grouping. */
export interface CountedGroup {
  readonly sums: FigureSums;
  /** Of a grouping by value, the value of each slot. */
  readonly index: SlotIndex;
}

export const VISITOR_COLUMNS: readonly FactColumn[] = ['visitorHigh', 'visitorLow'];

const selection = new RowSelection();

/** Counts what a plan asks for, block after block, in any order. Nothing in here knows of texts, clocks or databases. */
export class BlockScan {
  readonly totals: FigureSums;
  readonly groups: readonly CountedGroup[];
  readonly #plan: ScanPlan;

  constructor(plan: ScanPlan) {
    this.#plan = plan;
    this.totals = new FigureSums(plan.bits);
    this.groups = plan.groupings.map(() => ({ sums: new FigureSums(plan.bits), index: new SlotIndex() }));
  }

  /** Whether the summary leaves room for rows that count. */
  mayConcern({ minLink, maxLink, fromQuarter, toQuarter }: BlockSummary): boolean {
    const { links, fromQuarter: from, toQuarter: to } = this.#plan;
    if (fromQuarter >= to || toQuarter < from) return false;
    return links === null || (links[lowerBound(links, minLink)] ?? Number.POSITIVE_INFINITY) <= maxLink;
  }

  /** What has to be known of a block before anything else is read of it. */
  columnsToFilter(block: BlockSummary): FactColumn[] {
    const columns = new Set<FactColumn>(this.#plan.filters.map(({ column }) => column));
    if (this.#plan.links) columns.add('link');
    if (this.#cutsTime(block)) columns.add('quarter');
    return [...columns];
  }

  /** What counting takes; known before filters, some of which are needed again. */
  columnsToCount(): FactColumn[] {
    const { groupings, foreignLinks } = this.#plan;
    const columns = new Set<FactColumn>(['flags', 'weight']);
    if (foreignLinks) columns.add('link').add('country');
    for (const grouping of groupings) {
      if (grouping.by === 'value') columns.add(grouping.column);
      if (grouping.by === 'quarter') columns.add('quarter');
    }
    return [...columns];
  }

  /** Whether filters accept anything that is in the block at all. @param block with `columnsToFilter` */
  hasMatches(block: ScanBlock): boolean {
    const { links } = this.#plan;
    if (links?.length === 1 && !hasValue(coded(block, 'link'), links[0] as number)) return false;
    return this.#filtersOf(block).every(([{ accepts }]) => accepts !== 'none');
  }

  /**
   * @param block with `columnsToFilter` and `columnsToCount`
   * @returns whether any of its rows were selected
   */
  add(block: ScanBlock): boolean {
    this.#select(block);
    if (selection.size === 0) return false;
    const classes = flagClasses(coded(block, 'flags'), coded(block, 'weight'));
    for (const [of, rows] of countClasses(selection, classes).entries()) {
      if (rows === 0) continue;
      this.totals.add(0, classes.column.values[of] as number, rows * (classes.signs[of] as number));
    }
    for (const [index, grouping] of this.#plan.groupings.entries()) {
      this.#countGroup(block, classes, grouping, this.groups[index] as CountedGroup);
    }
    return true;
  }

  /** For `addVisitors`, once all blocks have been added: how exactly visitors can be told depends on how many clicks there are. */
  startVisitors(exactClicks?: number): VisitorCount {
    const { groupings, bits } = this.#plan;
    return new VisitorCount(this.totals.clicksOf(0), groupings.length, bits, exactClicks);
  }

  /** @param block with the columns that it was added with, and `VISITOR_COLUMNS` */
  addVisitors(visitors: VisitorCount, block: ScanBlock): void {
    this.#select(block);
    const classes = flagClasses(coded(block, 'flags'), coded(block, 'weight'));
    visitors.add(
      selection,
      classes,
      block.columns.get('visitorHigh') as VisitorHalves,
      block.columns.get('visitorLow') as VisitorHalves,
      this.#plan.groupings.map((grouping, index) =>
        this.#slotOfRow(block, classes, grouping, this.groups[index] as CountedGroup),
      ),
    );
  }

  #cutsTime({ fromQuarter, toQuarter }: BlockSummary): boolean {
    const { quarters, fromQuarter: from, toQuarter: to } = this.#plan;
    return quarters !== null || fromQuarter < from || toQuarter >= to;
  }

  #select(block: ScanBlock): void {
    const { links, foreignLinks } = this.#plan;
    selection.select(0, block.rows);
    if (links?.length === 1) selection.select(...placesOf(coded(block, 'link'), links[0] as number));
    for (const [accepted, column] of this.#filtersOf(block)) {
      if (selection.size === 0) return;
      selection.keep(accepted, column);
    }
    if (foreignLinks) leaveForeignOut(block, foreignLinks);
  }

  #filtersOf(block: ScanBlock): [AcceptedCodes, CodedColumn][] {
    const { links, filters } = this.#plan;
    const found: [AcceptedCodes, CodedColumn][] = [];
    const byValue = ({ column: name, values, exclude }: ValueFilter) => {
      const column = coded(block, name);
      found.push([codesWith(column, values, exclude), column]);
    };
    if (links && links.length !== 1) byValue({ column: 'link', values: links, exclude: false });
    for (const filter of filters) byValue(filter);
    if (this.#cutsTime(block)) {
      const column = coded(block, 'quarter');
      found.push([this.#codesInTime(column), column]);
    }
    return found;
  }

  #codesInTime({ values }: CodedColumn): AcceptedCodes {
    const { quarters, fromQuarter, toQuarter } = this.#plan;
    const accepted = new Uint8Array(values.length);
    const end = lowerBound(values, toQuarter);
    for (let code = lowerBound(values, fromQuarter); code < end; code++) {
      accepted[code] = quarters ? (quarters[(values[code] as number) - fromQuarter] as number) : 1;
    }
    return acceptedCodes(accepted);
  }

  #countGroup(
    block: ScanBlock,
    classes: FlagClasses,
    grouping: Grouping,
    { sums, index }: CountedGroup,
  ): void {
    if (grouping.by === 'flags') {
      countByValue(selection, classes.column, classes, sums, {
        cells: classes.column.values.length,
        cellOf: null,
        slotOfCell: (code) => grouping.slots[classes.column.values[code] as number] as number,
      });
    } else if (grouping.by === 'value') {
      const column = coded(block, grouping.column);
      countByValue(selection, column, classes, sums, {
        cells: column.values.length,
        cellOf: null,
        slotOfCell: (code) => index.slotOf(column.values[code] as number),
      });
    } else {
      const column = coded(block, 'quarter');
      countByValue(selection, column, classes, sums, this.#cellsOfQuarters(column, grouping.slots));
    }
  }

  /** Codes before and after the range are nobody's; they have the cell of the first. */
  #cellsOfQuarters({ values }: CodedColumn, slots: Uint8Array | Uint32Array): Cells {
    const { fromQuarter } = this.#plan;
    const begin = lowerBound(values, fromQuarter);
    const end = lowerBound(values, fromQuarter + slots.length);
    const cellOf = new Uint32Array(values.length);
    let least = 0xffffffff;
    let most = 0;
    for (let code = begin; code < end; code++) {
      const slot = slots[(values[code] as number) - fromQuarter] as number;
      cellOf[code] = slot;
      if (slot < least) least = slot;
      if (slot > most) most = slot;
    }
    for (let code = begin; code < end; code++) cellOf[code] = (cellOf[code] as number) - least;
    return { cells: most - least + 1, cellOf, slotOfCell: (cell) => cell + least };
  }

  #slotOfRow(
    block: ScanBlock,
    { column: classes }: FlagClasses,
    grouping: Grouping,
    { index }: CountedGroup,
  ): (row: number) => number {
    if (grouping.by === 'flags') {
      const slotOf = Uint8Array.from(classes.values, (flags) => grouping.slots[flags] as number);
      return (row) => slotOf[classes.codes[row] as number] as number;
    }
    if (grouping.by === 'value') {
      const { values, codes } = coded(block, grouping.column);
      return (row) => index.slotOf(values[codes[row] as number] as number);
    }
    const { values, codes } = coded(block, 'quarter');
    const { slots } = grouping;
    const { fromQuarter } = this.#plan;
    return (row) => slots[(values[codes[row] as number] as number) - fromQuarter] as number;
  }
}

function coded({ columns }: ScanBlock, name: FactColumn): CodedColumn {
  return columns.get(name) as CodedColumn;
}

function hasValue({ values }: CodedColumn, wanted: number): boolean {
  return values[lowerBound(values, wanted)] === wanted;
}

/** Where a link's rows are: blocks are ordered by link. */
function placesOf({ values, codes }: CodedColumn, link: number): [from: number, to: number] {
  const code = lowerBound(values, link);
  if (values[code] !== link) return [0, 0];
  return [lowerBound(codes, code), lowerBound(codes, code + 1)];
}

function codesWith({ values }: CodedColumn, wanted: Uint32Array, exclude: boolean): AcceptedCodes {
  const accepted = new Uint8Array(values.length).fill(exclude ? 1 : 0);
  markEqual(values, wanted, (code) => {
    accepted[code] = exclude ? 0 : 1;
  });
  return acceptedCodes(accepted);
}

function leaveForeignOut(block: ScanBlock, { links, domestic }: ForeignLinkFilter): void {
  const link = coded(block, 'link');
  const country = coded(block, 'country');
  const concerned = codesWith(link, links, false);
  const abroad = codesWith(country, domestic, true);
  if (concerned.accepts === 'none' || abroad.accepts === 'none') return;
  selection.keepUnlessBoth(concerned.codes, link, abroad.codes, country);
}

/** Walks along the shorter of two ascending lists and looks its numbers up in the other. */
function markEqual(values: Uint32Array, wanted: Uint32Array, mark: (code: number) => void): void {
  if (values.length === 0) return;
  const begin = lowerBound(wanted, values[0] as number);
  const end = lowerBound(wanted, (values.at(-1) as number) + 1);
  if ((end - begin) * 16 < values.length) {
    for (let at = begin; at < end; at++) {
      const code = lowerBound(values, wanted[at] as number);
      if (values[code] === wanted[at]) mark(code);
    }
    return;
  }
  for (let at = begin, code = 0; at < end && code < values.length; ) {
    const one = values[code] as number;
    const other = wanted[at] as number;
    if (one === other) mark(code);
    if (one <= other) code++;
    if (other <= one) at++;
  }
}
