import { filled, type RowNotes } from './field-reading.ts';
import { shortAddressOf } from './short-address.ts';
import type { ImportedLink, Reading } from './source.ts';

/** What every service tells of a link, whatever it calls it. */
export interface LinkFacts extends Omit<ImportedLink, 'kind' | 'destination' | 'domain' | 'code'> {
  /** The URL of the short link, or its code alone. */
  readonly short: string;
  /** Host of the domain, where `short` is a code alone. */
  readonly domain?: string;
  readonly destination: string;
}

/** Makes a row of what was read, or says what is missing. */
export function readingOf(
  { short, domain, destination, ...facts }: { [K in keyof LinkFacts]: LinkFacts[K] | undefined },
  { notes }: RowNotes,
): Reading {
  if (!destination) return { problem: 'has no destination' };
  if (!short) return { problem: 'has no short link' };
  const isUrl = short.includes('/');
  const address = isUrl ? shortAddressOf(short) : { domain, code: short };
  if (!address) return { problem: `"${short.slice(0, 100)}" is no short link` };
  return { row: { kind: 'link', ...filled({ ...address, destination, ...facts }) }, notes };
}
