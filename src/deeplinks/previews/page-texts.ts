import { httpUrlProblem, parseUrl } from '../../links/destination.ts';
import { LONGEST_RAW, type PageMetadata } from './page-metadata.ts';

/** What a page says of itself. */
export interface PageTexts {
  readonly title: string;
  readonly description: string;
  /** Absolute http or https URL. */
  readonly imageUrl: string | null;
}

/** As long as a link's own may be. In UTF-16 units. */
const LONGEST_TITLE = 255;
const LONGEST_DESCRIPTION = 1_000;

/** Names in the order in which they are believed: what was written for sharing comes first. */
const TITLES = ['og:title', 'twitter:title'];
const DESCRIPTIONS = ['og:description', 'twitter:description', 'description'];
const IMAGES = ['og:image:secure_url', 'og:image', 'og:image:url', 'twitter:image', 'twitter:image:src'];
/** Of a page's metadata, what its texts are taken from. */
export const PAGE_TEXT_NAMES: ReadonlySet<string> = new Set([...TITLES, ...DESCRIPTIONS, ...IMAGES]);

/**
 * What a page says of itself: Open Graph, then the names X looks for, then `<title>` and the description. Of several
 * values of one name the first that says something counts, as unfurlers do it. Never throws for what is in it.
 *
 * @param baseUrl where the page was found: a picture may be named relative to it
 */
export function pageTexts({ named, title }: PageMetadata, baseUrl: string): PageTexts {
  const first = (names: readonly string[], maxLength: number) =>
    names.map((name) => oneLine(named.get(name)?.[0] ?? '', maxLength)).find((text) => text !== '') ?? '';
  const images = IMAGES.flatMap((name) => named.get(name) ?? []);
  return {
    title: first(TITLES, LONGEST_TITLE) || oneLine(title, LONGEST_TITLE),
    description: first(DESCRIPTIONS, LONGEST_DESCRIPTION),
    imageUrl: images.map((text) => absoluteUrl(text, baseUrl)).find((url) => url !== undefined) ?? null,
  };
}

/**
 * Without what is not seen and turns words around (control characters, marks of direction), and never half a
 * character.
 */
function oneLine(text: string, maxLength: number): string {
  const line = text
    .slice(0, LONGEST_RAW)
    .toWellFormed()
    .replace(/[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  if (line.length <= maxLength) return line;
  return `${line.slice(0, maxLength - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function absoluteUrl(text: string, baseUrl: string): string | undefined {
  const trimmed = text.trim();
  const url = trimmed === '' ? null : parseUrl(trimmed, baseUrl);
  if (url === null || `${url.username}${url.password}` !== '') return undefined;
  return httpUrlProblem(url.href) === undefined ? url.href : undefined;
}
