import { Parser } from 'htmlparser2';
import { httpUrlProblem } from '../../links/destination.ts';

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
/** Of what is taken from the page before it is cut: no page makes us hold more. */
const LONGEST_RAW = 8_192;

/** Names in the order in which they are believed: what was written for sharing comes first. */
const TITLES = ['og:title', 'twitter:title'];
const DESCRIPTIONS = ['og:description', 'twitter:description', 'description'];
const IMAGES = [
  'og:image:secure_url',
  'og:image',
  'og:image:url',
  'twitter:image',
  'twitter:image:src',
] as const;

/** A title in these is not the page's. */
const FOREIGN = new Set(['svg', 'math', 'template']);

/**
 * Reads what a page says of itself: Open Graph, then the names X looks for, then `<title>` and the description. Of
 * several values of one name the first that says something counts, as unfurlers do it.
 *
 * @param html of any kind; never throws for what is in it
 * @param baseUrl where the page was found: a picture may be named relative to it
 */
export function readPageTexts(html: string, baseUrl: string): PageTexts {
  const { named, title } = collect(html);
  const first = (names: readonly string[], maxLength: number) =>
    names.map((name) => oneLine(named.get(name)?.[0] ?? '', maxLength)).find((text) => text !== '') ?? '';
  const images = IMAGES.flatMap((name) => named.get(name) ?? []);
  return {
    title: first(TITLES, LONGEST_TITLE) || oneLine(title, LONGEST_TITLE),
    description: first(DESCRIPTIONS, LONGEST_DESCRIPTION),
    imageUrl: images.map((text) => absoluteUrl(text, baseUrl)).find((url) => url !== undefined) ?? null,
  };
}

interface Collected {
  /** Contents of `meta`, by property or name. */
  readonly named: ReadonlyMap<string, readonly string[]>;
  readonly title: string;
}

/** So many values of one name are looked at. */
const MOST_VALUES = 10;

function collect(html: string): Collected {
  const named = new Map<string, string[]>();
  let title = '';
  let inTitle = false;
  let foreign = 0;
  const wanted = new Set<string>([...TITLES, ...DESCRIPTIONS, ...IMAGES]);
  const parser = new Parser({
    onopentag(tag, { property, name, content }) {
      if (FOREIGN.has(tag)) foreign++;
      if (foreign > 0) return;
      if (tag === 'title') inTitle = title.trim() === '';
      if (tag !== 'meta' || !content) return;
      const key = [property, name]
        .map((text) => text?.trim().toLowerCase())
        .find((text) => text && wanted.has(text));
      if (key === undefined || content.trim() === '') return;
      const values = named.get(key) ?? [];
      if (values.length < MOST_VALUES) named.set(key, [...values, content.slice(0, LONGEST_RAW)]);
    },
    ontext(text) {
      if (inTitle && title.length < LONGEST_RAW) title += text.slice(0, LONGEST_RAW);
    },
    onclosetag(tag) {
      if (FOREIGN.has(tag) && foreign > 0) foreign--;
      if (tag === 'title') inTitle = false;
    },
  });
  parser.write(html);
  parser.end();
  return { named, title };
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
  const url = trimmed === '' ? null : URL.parse(trimmed, baseUrl);
  if (url === null || `${url.username}${url.password}` !== '') return undefined;
  return httpUrlProblem(url.href) === undefined ? url.href : undefined;
}
