import { csvField } from '../csv-field.ts';
import { SETTING_NAMES, SETTING_RULES } from '../links/setting.ts';
import type { Columns } from './source.ts';

/** Links as tables: the columns that `export --format csv` writes and `import csv` reads. */

/** Text as it stands, in both directions. */
const STANDS_FOR_LONG_LINKS = 'standsForLongLinks';
const TEXTS = [
  'id',
  'domain',
  'code',
  'destination',
  'title',
  'description',
  'imageUrl',
  'memo',
  'group',
  'desktopUrl',
  'externalId',
  'source',
  'deleteAt',
  'createdAt',
] as const;
const COUNTS = ['clicks', 'visitors', 'foreignClicks', 'foreignVisitors', 'limitUsed'] as const;
const COUNTED_FROM_NOTHING: readonly string[] = ['clicks', 'visitors'];
/** What has parts of its own is written as JSON. */
const PARTS = ['appRouting', 'metadata'] as const;
const CAMPAIGN = ['source', 'medium', 'campaign', 'term', 'content'] as const;
const SOCIAL = ['title', 'description', 'imageUrl'] as const;
const PLATFORMS = ['ios', 'android'] as const;
const SETTINGS = SETTING_NAMES.filter((name) => !SETTING_RULES[name].groupOnly);

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

type Json = Readonly<Record<string, unknown>>;

export interface Column {
  readonly heading: string;
  write(link: Json): unknown;
}

const member = (link: Json, name: string): Json => (link[name] ?? {}) as Json;

/** Without hashes: what tables do not hold, they say to be there. */
export const LINK_COLUMNS: readonly Column[] = [
  ...TEXTS.map((name) => ({ heading: snake(name), write: (link: Json) => link[name] })),
  {
    heading: snake(STANDS_FOR_LONG_LINKS),
    write: (link: Json) => settingText(link[STANDS_FOR_LONG_LINKS] === true ? true : undefined),
  },
  { heading: 'tags', write: ({ tags }) => tagsText((tags ?? []) as readonly string[]) },
  ...COUNTS.map((name) => ({
    heading: snake(name),
    write: (link: Json) => link[name] ?? (COUNTED_FROM_NOTHING.includes(name) ? 0 : undefined),
  })),
  ...CAMPAIGN.map((name) => ({
    heading: `utm_${name}`,
    write: (link: Json) => member(link, 'campaign')[name],
  })),
  ...SOCIAL.map((name) => ({
    heading: `social_${snake(name)}`,
    write: (link: Json) => member(link, 'social')[name],
  })),
  ...PLATFORMS.map((name) => ({
    heading: `${name}_app`,
    write: (link: Json) => jsonText(member(link, 'apps')[name]),
  })),
  ...PARTS.map((name) => ({ heading: snake(name), write: (link: Json) => jsonText(link[name]) })),
  ...SETTINGS.map((name) => ({
    heading: snake(name),
    write(link: Json) {
      const value = member(link, 'settings')[name];
      if (!SETTING_RULES[name].secret) return settingText(value);
      if (member(link, 'secretHashes')[name] !== undefined) return SET;
      return value === false ? SECRET_OFF : settingText(value);
    },
  })),
];

/** Stands for a password: a table of links is for people, and does not even hold hashes. */
export const SET = 'set';
/** That there is none, whatever the group says. Nothing that somebody's table would have for a password, as `off` is. */
export const SECRET_OFF = '(off)';

/** What a table has that holds everything. */
export const GROUP_ID = 'group_id';
/** Of which kind a row is, and what cells cannot hold of it, as JSON. */
export const ROW_KIND = 'row_kind';
export const ROW_DATA = 'row_data';
export const hashHeading = (name: string) => `${snake(name)}_hash`;
export const SECRETS = SETTINGS.filter((name) => SETTING_RULES[name].secret);
const WHOLE_HEADINGS = [ROW_KIND, GROUP_ID, ...SECRETS.map(hashHeading), ROW_DATA];

/** Our headings, and those people use for them. */
export const CSV_COLUMNS: Columns = {
  ...Object.fromEntries(
    [...LINK_COLUMNS.map(({ heading }) => heading), ...WHOLE_HEADINGS].map((heading) => [heading, [heading]]),
  ),
  short: ['short', 'short url', 'short link', 'link'],
  slug: ['slug', 'alias', 'keyword'],
  destination: ['destination', 'destination url', 'long url', 'target', 'target url', 'url'],
  created_at: ['created_at', 'created', 'creation date'],
  password: ['password', 'pass'],
  starts_at: ['starts_at', 'start', 'starts', 'start date', 'valid from', 'valid since'],
  ends_at: [
    ...['ends_at', 'end', 'ends', 'end date', 'valid until', 'valid to'],
    ...['expires_at', 'expiry', 'expires', 'expires on', 'expiry date', 'expiration', 'expiration date'],
  ],
  max_clicks: [
    ...['max_clicks', 'click limit', 'clicks limit', 'limit'],
    ...['max_visits', 'visit limit', 'visits limit'],
  ],
};

export const CSV_HEAD = headOf(LINK_COLUMNS);

/** @param link as a line of the export in full has it */
export function csvLine(link: Json): string {
  return lineOf(LINK_COLUMNS.map((column) => cellOf(column.write(link))));
}

export function headOf(columns: readonly Column[]): string {
  return lineOf(columns.map(({ heading }) => heading));
}

/** @param cells as `cellOf` makes them */
export function lineOf(cells: readonly string[]): string {
  return `${cells.join(',')}\r\n`;
}

export function cellOf(value: unknown): string {
  if (typeof value === 'number') return csvField(value);
  const text = value === undefined || value === null ? '' : String(value);
  // So that reading can take away one apostrophe and knows that it was ours.
  return csvField(LOOKS_PROTECTED.test(text) ? `'${text}` : text);
}

/** An apostrophe before what a spreadsheet would take for a formula: as `csvField` writes it. */
const LOOKS_PROTECTED = /^'+[\s\p{Cf}]*[=+\-@＝＋－＠|%]/u;

/** What a cell meant before it was made safe for spreadsheets. */
export function unprotected(text: string): string {
  return LOOKS_PROTECTED.test(text) ? text.slice(1) : text;
}

function tagsText(tags: readonly string[]): string {
  const isPlain = tags.every((tag) => /^[^,[]+$/.test(tag) && tag.trim() === tag);
  return isPlain ? tags.join(',') : JSON.stringify(tags);
}

export function tagsOf(text: string): readonly unknown[] {
  if (!text.startsWith('[')) return text === '' ? [] : text.split(',');
  const tags = parsed(text);
  return Array.isArray(tags) ? tags : [text];
}

/** Control characters that JSON has as they are would become spaces. */
export function jsonText(value: unknown): string {
  const isNothing = value === undefined || value === null || Object.keys(value).length === 0;
  return isNothing ? '' : JSON.stringify(value).replace(/\p{Cc}/gu, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function settingText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return value === true ? 'on' : value === false ? 'off' : String(value);
}

/** What JSON says in a cell; undefined when it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const CSV_PARTS = {
  TEXTS,
  COUNTS,
  PARTS,
  CAMPAIGN,
  SOCIAL,
  PLATFORMS,
  SETTINGS,
  STANDS_FOR_LONG_LINKS,
  snake,
} as const;
