/** What mails and notifications about a threshold are written from: the link as it was when it got there. */
export interface ThresholdNotice {
  readonly version: 1;
  /** Public id. */
  readonly linkId: string;
  readonly shortUrl: string;
  readonly title: string;
  readonly groupName: string | null;
  /** The threshold: a multiple of `every`. */
  readonly clicks: number;
  readonly visitors: number;
  readonly every: number;
  /** The click that reached it, milliseconds. */
  readonly at: number;
}
