/** A recorded click as far as thresholds are concerned; whoever records clicks says what it moves. */
export interface ThresholdClick {
  /** Orders clicks of one millisecond. */
  readonly id: string;
  /** Milliseconds. */
  readonly at: number;
  readonly linkId: number;
  /** The group the click was made in. */
  readonly groupId: number | null;
  /** ISO 3166-1 alpha-2, or empty when unknown. */
  readonly country: string;
  /** -1: it counted before, and no longer does since an older click of its visitor has come in. */
  readonly clicks: Move;
  /** The same of its visitor as a new one of the link. */
  readonly visitors: Move;
}

export type Move = -1 | 0 | 1;
