import { parseUrl } from '../links/destination.ts';

/** Where a short link stands: on which domain (with its path prefix, if it has one) and under which code. */
export interface ShortAddress {
  readonly domain: string;
  readonly code: string;
}

/**
 * Takes the URL of a short link apart: the last segment of its path is the code, what stands before it is the prefix of
 * the domain. The scheme may be missing.
 *
 * @returns undefined when it is no URL with a code
 */
export function shortAddressOf(url: string): ShortAddress | undefined {
  const parsed = parseUrl(/^https?:\/\//i.test(url) ? url : `https://${url}`);
  if (!parsed || parsed.host === '') return undefined;
  const segments = parsed.pathname.split('/').filter((segment) => segment !== '');
  const code = decoded(segments.pop() ?? '');
  if (code === '') return undefined;
  return { domain: [parsed.host, ...segments].join('/'), code };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
