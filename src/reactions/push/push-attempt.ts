import type { Attempted } from '../delivery/channel.ts';

/** What came of an attempt, and which of a browser's addresses it called: browsers may get another at any time. */
export interface PushAttempted extends Attempted {
  /** `endpointHash` of the receiver. Undefined when there was nobody to call. */
  readonly calledHash?: string;
}

/** Undefined also when nobody was called. */
export function calledHashOf(attempted: Attempted): string | undefined {
  return (attempted as PushAttempted).calledHash;
}
