/** What the process of the receivers is asked. It begins with its ports, and answers each of these with a tally. */
export type ReceiverRequest = 'begin' | 'tally';

/** What has come since it was told to begin. */
export interface ReceiverTally {
  readonly received: number;
  /** Different event ids among them. */
  readonly different: number;
  /** Between the first and the last, milliseconds. */
  readonly lastedMs: number;
}
