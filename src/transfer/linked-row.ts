import { filled, type RowNotes } from './field-reading.ts';
import { type ShortAddress, shortAddressOf } from './short-address.ts';
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
  if (!short) return { problem: 'has no short link', destination };
  const address = addressOf(short, domain);
  if (!address) return { problem: `"${short.slice(0, 100)}" is no short link`, destination };
  return { row: { kind: 'link', ...filled({ ...address, destination, ...facts }) }, notes };
}

function addressOf(short: string, domain: string | undefined): Partial<ShortAddress> | undefined {
  if (!short.includes('/')) return { ...(domain ? { domain } : {}), code: short };
  if (/^https?:\/\//i.test(short) || /^[^/]*[.:]/.test(short)) return shortAddressOf(short);
  if (short.endsWith('/')) return undefined;
  // A code of several segments: what stands before its last is the path of a domain, never a host.
  const found = shortAddressOf(`${domain || NO_DOMAIN}/${short.replace(/^\/+/, '')}`);
  if (!found || domain) return found;
  return { domain: found.domain.slice(NO_DOMAIN.length), code: found.code };
}

/** Stands for a domain that the file does not name. */
const NO_DOMAIN = 'domain.invalid';
