import { TEXT_DIMENSIONS } from '../blocks/fact.ts';

/** Everything one can ask clicks to be told apart by. */
export const DIMENSIONS = [
  ...TEXT_DIMENSIONS,
  'qr',
  'client',
  'link',
  'group',
  'route',
  'hourOfDay',
  'weekday',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

export type StatisticsScope =
  | { readonly kind: 'project' }
  /** The clicks that happened while the link was in the group, also of links that have left it since. */
  | { readonly kind: 'group'; readonly id: number }
  | { readonly kind: 'links'; readonly ids: readonly number[] };

/**
 * Values as texts: dictionary texts as they are ('' is unknown or none), `qr` is `yes` or `no`, `client` is `person`,
 * `automated` or `crawler`, `hourOfDay` is `0` to `23` and `weekday` `1` (Monday) to `7` on the project's clock,
 * `link`, `group` and `route` are internal ids in decimal (`group` `0` is none).
 */
export interface DimensionFilter {
  readonly dimension: Dimension;
  /** A click passes when it has one of these (with `exclude`: none of these). At least one. */
  readonly values: readonly string[];
  readonly exclude?: boolean;
}

export type Inclusion = 'include' | 'exclude' | 'only';

/** Which kinds of traffic count. */
export interface Traffic {
  /** Default `exclude`: crawlers are no clicks. */
  readonly crawlers: Inclusion;
  /** Default `include`. */
  readonly automated: Inclusion;
  /** Clicks within five seconds of the visitor's last on the link. Default `include`. */
  readonly repeats: Inclusion;
  /**
   * Clicks from a known country that is not the project's home. Default `effective`: left out for those links whose
   * effective `excludeForeign` says so now, whenever the click was.
   */
  readonly foreign: Inclusion | 'effective';
}

export type Interval = 'hour' | 'day' | 'week' | 'month';

export interface StatisticsQuestion {
  readonly projectId: number;
  /** Clocks of days and hours: the project's zone as it is now. */
  readonly timeZone: string;
  readonly homeCountry: string;
  readonly scope: StatisticsScope;
  /** Instants in milliseconds, `to` exclusive; the quarter hours they fall into are counted whole. */
  readonly from: number;
  readonly to: number;
  readonly filters?: readonly DimensionFilter[];
  readonly traffic?: Partial<Traffic>;
  /** Asks for a series. Weeks begin on Monday; the first and the last bucket may be cut by the range. */
  readonly interval?: Interval;
  readonly breakdowns?: readonly { readonly dimension: Dimension; readonly limit: number }[];
  /** Asks for different visitors, which cost more than clicks. */
  readonly visitors?: boolean;
}

export interface Figures {
  /** What the traffic asked for comes to. */
  readonly clicks: number;
  /** Different visitors over all links of the scope; 0 when they were not asked for. */
  readonly visitors: number;
  /** Visitors of each link, once a link and hour (day, ever), summed: exact, and additive. */
  readonly hourlyVisitors: number;
  readonly dailyVisitors: number;
  readonly newVisitors: number;
  /** Of `clicks`. */
  readonly qrScans: number;
  /** Of all that passed the filters, whether the traffic includes them or not. */
  readonly repeats: number;
  readonly automated: number;
  readonly crawlers: number;
}

export interface SeriesPoint extends Figures {
  /** Instants; `to` exclusive. */
  readonly from: number;
  readonly to: number;
}

export interface BreakdownValue extends Figures {
  readonly value: string;
}

export interface Breakdown {
  readonly dimension: Dimension;
  /** Most clicks first, equal ones by value; at most `limit`. */
  readonly values: readonly BreakdownValue[];
  /** How many values there are in all. */
  readonly total: number;
  /** What the values that are not listed come to; its `visitors` is 0. */
  readonly rest: Figures;
}

export interface StatisticsAnswer {
  readonly totals: Figures;
  readonly series: readonly SeriesPoint[];
  readonly breakdowns: readonly Breakdown[];
  /**
   * Whether `visitors` are exact. They are estimated from a sample where there are very many, and added up over days
   * where the clicks are so old that their visitors have been forgotten.
   */
  readonly visitorsExact: boolean;
  /** The range as it was counted. */
  readonly from: number;
  readonly to: number;
}
