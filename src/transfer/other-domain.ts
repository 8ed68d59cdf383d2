import { hostNameFrom } from '../links/host-name.ts';
import type { Row } from './source.ts';

/** What becomes of what is in print, when a link goes to another domain than its file says. */
export type Moved = { readonly problem: string } | { readonly note: string };

const LONGEST_SHOWN = 200;

export function hasCode({ kind }: Row): boolean {
  return kind === 'link' || kind === 'reserved-code';
}

/**
 * The host may be another: it is pointed here. The path cannot: a printed URL would lead nowhere. Only one that stood at
 * the root of another host may get a prefix, because nobody could keep that host and give it a prefix of its own.
 *
 * @param domain host, and path prefix if it has one, however it is written
 * @returns undefined when the path stays
 */
export function movedTo(domain: string, row: Row): Moved | undefined {
  if (!hasCode(row) || typeof row.domain !== 'string') return undefined;
  const to = placeOf(domain);
  const from = placeOf(row.domain);
  if (to.prefix === from.prefix) return undefined;
  const path = (prefix: string) => `${prefix}/${row.code}`.slice(0, LONGEST_SHOWN);
  if (from.prefix === '' && from.host !== to.host) {
    return { note: `stood at ${path('')}, stands at ${path(to.prefix)} now` };
  }
  const wanted = `${to.host}${from.prefix.slice(0, LONGEST_SHOWN)}`;
  return {
    problem: `stands at ${path(from.prefix)} there; to keep that path import it with --domain ${wanted}`,
  };
}

/** @returns the prefix with its slash, empty for none */
function placeOf(domain: string): { readonly host: string; readonly prefix: string } {
  const [host = '', ...path] = domain
    .trim()
    .replace(/^https?:\/\//i, '')
    .replace(/\/+$/, '')
    .split('/');
  return { host: hostNameFrom(host), prefix: path.map((segment) => `/${segment}`).join('') };
}
