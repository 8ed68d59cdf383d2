import type { Domain } from './domain.ts';

/** Where a request points, before anybody knows whether a link is there. */
export interface RequestedPath {
  readonly domain: Domain;
  /** Decoded and normalised; empty for the domain's root. */
  readonly code: string;
}

/**
 * Finds domain and code of a path. Undefined when it cannot be a link's path on any of the domains.
 *
 * @param path of the URL, starting with `/`, without query
 * @param domains those the `Host` may mean, longest prefix first
 */
export function requestedPath(path: string, domains: readonly Domain[]): RequestedPath | undefined {
  for (const domain of domains) {
    const rest = withoutPrefix(path, domain.pathPrefix);
    if (rest === undefined) continue;
    const code = rest.length > 1 && rest.endsWith('/') ? rest.slice(0, -1) : rest;
    if (code.includes('/')) continue;
    const decoded = decodeCode(code);
    if (decoded !== undefined) return { domain, code: decoded };
  }
  return undefined;
}

/** Where a long link stands: `/share?link=` is at the root of the prefix `share`, with or without a slash. */
export function rootOf(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}

function withoutPrefix(path: string, prefix: string): string | undefined {
  if (prefix === '') return path.slice(1);
  return path.startsWith(`/${prefix}/`) ? path.slice(prefix.length + 2) : undefined;
}

function decodeCode(code: string): string | undefined {
  if (!code.includes('%')) return code;
  try {
    const decoded = decodeURIComponent(code).normalize('NFC');
    return decoded.includes('/') || decoded.includes('\0') ? undefined : decoded;
  } catch {
    return undefined;
  }
}
