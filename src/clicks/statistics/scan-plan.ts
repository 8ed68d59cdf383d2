import type { FactColumn } from '../blocks/fact.ts';
import type { FigureBits } from './figure-bits.ts';

/** A question in numbers: what a scan of blocks needs and nothing more. Quarters are quarter hours since 1970. */
export interface ScanPlan {
  readonly fromQuarter: number;
  /** Exclusive. */
  readonly toQuarter: number;
  /** Ascending; null for all links. */
  readonly links: Uint32Array | null;
  readonly filters: readonly ValueFilter[];
  /** Of each quarter from `fromQuarter` on, whether it counts; null: all do. */
  readonly quarters: Uint8Array | null;
  readonly foreignLinks: ForeignLinkFilter | null;
  readonly bits: FigureBits;
  readonly groupings: readonly Grouping[];
}

/** Rows whose value is one of these, or none of them. */
export interface ValueFilter {
  readonly column: Exclude<FactColumn, 'visitorHigh' | 'visitorLow'>;
  /** Ascending. */
  readonly values: Uint32Array;
  readonly exclude: boolean;
}

/** Leaves rows out that are of one of these links and from abroad. */
export interface ForeignLinkFilter {
  /** Ascending. */
  readonly links: Uint32Array;
  /** Country codes that are not abroad, ascending. */
  readonly domestic: Uint32Array;
}

/** What rows are told apart by. Every row that is counted falls into one slot. */
export type Grouping =
  | { readonly by: 'value'; readonly column: ValueFilter['column'] }
  /** The slot of each quarter from `fromQuarter` on. */
  | { readonly by: 'quarter'; readonly slots: Uint8Array | Uint32Array }
  | { readonly by: 'flags'; readonly slots: Uint8Array };
