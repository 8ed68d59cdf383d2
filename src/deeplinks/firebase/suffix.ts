import { customAlphabet } from 'nanoid';
import { BASE62 } from '../../db/public-id.ts';

export const SUFFIX_OPTIONS = ['UNGUESSABLE', 'SHORT', 'CUSTOM'] as const;
export type SuffixOption = (typeof SUFFIX_OPTIONS)[number];

/** 62^17 is more than 2^96: whoever guesses finds nothing. */
const UNGUESSABLE_LENGTH = 17;
const SHORTEST = 4;
/** So often a length is tried: where two of three are taken, the next one is due. */
const TRIES_PER_LENGTH = 3;

const random = customAlphabet(BASE62);

/**
 * A code nobody chose.
 *
 * @param tries how often one was taken already; short ones grow with it
 */
export function generateSuffix(
  option: Exclude<SuffixOption, 'CUSTOM'>,
  tries: number,
  isReserved: (code: string) => boolean,
): string {
  const length =
    option === 'UNGUESSABLE' ? UNGUESSABLE_LENGTH : SHORTEST + Math.floor(tries / TRIES_PER_LENGTH);
  for (;;) {
    const code = random(length);
    if (!isReserved(code)) return code;
  }
}
