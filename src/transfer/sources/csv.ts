import { LINK_SOURCES } from '../../links/link.ts';
import { SETTING_RULES } from '../../links/setting.ts';
import {
  countOf,
  filled,
  filledOrNone,
  instantOf,
  isYes,
  PASSWORD_LOST,
  RowNotes,
} from '../field-reading.ts';
import {
  CSV_COLUMNS,
  CSV_PARTS,
  GROUP_ID,
  hashHeading,
  parsed,
  ROW_DATA,
  ROW_KIND,
  SECRET_OFF,
  SECRETS,
  SET,
  tagsOf,
  unprotected,
} from '../link-csv.ts';
import { type LinkFacts, readingOf } from '../linked-row.ts';
import type { Reading, Source, TableRow } from '../source.ts';

const { TEXTS, COUNTS, PARTS, CAMPAIGN, SOCIAL, PLATFORMS, SETTINGS, STANDS_FOR_LONG_LINKS, snake } =
  CSV_PARTS;

/** Anybody's table, and our own: only a destination is needed, everything else may be there. */
export const csv: Source = {
  name: 'a table',
  table: { columns: CSV_COLUMNS, needed: [['destination']], isAnybodys: true, read },
};

/** Rows of a table that holds everything. */
const KINDS = ['link', 'domain', 'group', 'app', 'project', 'qr-logo', 'reserved-code'];

function read(row: TableRow): Reading {
  const kind = row.get(ROW_KIND);
  if (!KINDS.includes(kind)) return readLink(row, {});
  const text = unprotected(row.get(ROW_DATA));
  const data = text === '' ? {} : parsed(text);
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    return { problem: `${ROW_DATA} is not JSON` };
  return kind === 'link' ? readLink(row, data) : { row: { ...data, kind }, notes: [] };
}

/** @param data members that no cell can hold; null for those there are none of */
function readLink(row: TableRow, data: object): Reading {
  const notes = new RowNotes();
  const cell = (name: string) => unprotected(row.get(name));
  const problems: string[] = [];
  const json = (name: string): unknown => {
    const text = cell(name);
    if (text === '') return undefined;
    const value = parsed(text);
    if (typeof value !== 'object' || value === null) problems.push(`${name} is not JSON`);
    return value;
  };
  const instant = (name: string): string | undefined => {
    const text = cell(name);
    const value = instantOf(text);
    if (text !== '' && value === undefined)
      problems.push(`${name} is no instant such as 2026-03-31T23:59:59Z`);
    return value;
  };
  const hashes = filled(Object.fromEntries(SECRETS.map((name) => [name, cell(hashHeading(name))])));
  const settings = Object.fromEntries(
    SETTINGS.map((name) => {
      const text = cell(snake(name));
      if (SETTING_RULES[name].secret && text === SECRET_OFF) return [name, false];
      if (name === 'password' && text !== SET) return [name, undefined];
      if (SETTING_RULES[name].secret && text === SET) {
        if (hashes[name] !== undefined) return [name, undefined];
        notes.note(
          name === 'password' ? PASSWORD_LOST.note : `${name} was left out: a table does not hold it`,
        );
        return [name, undefined];
      }
      if (name === 'startsAt' || name === 'endsAt')
        return [name, text === 'off' ? false : instant(snake(name))];
      if (name === 'expiredUrl' && !/^off$/i.test(text)) return [name, notes.url('expired_url', text)];
      return [name, settingOf(name, text)];
    }),
  );
  const password = cell('password');
  const isSet = password === SET;
  const isLost = isSet && hashes.password === undefined;
  const isOff = password === SECRET_OFF;
  const address = cell('code') === '' ? cell('short') || cell('slug') : '';
  const counts = Object.fromEntries(
    COUNTS.map((name) => {
      const text = cell(snake(name));
      const count = countOf(text);
      // A limit that begins anew would let more people through.
      if (text !== '' && count === undefined && name === 'limitUsed')
        problems.push('limit_used is no whole number');
      else if (text !== '' && count === undefined)
        notes.note(`${snake(name)} could not be read: no whole number`);
      return [name, count];
    }),
  );
  const texts = Object.fromEntries(TEXTS.map((name) => [name, textOf(name, cell(snake(name)), notes)]));
  const facts: Readonly<Record<string, unknown>> = filled({
    ...texts,
    groupId: groupIdOf(cell(GROUP_ID), notes),
    [STANDS_FOR_LONG_LINKS]: isYes(cell(snake(STANDS_FOR_LONG_LINKS))) || undefined,
    secretHashes: filledOrNone(hashes),
    ...counts,
    deleteAt: instant('delete_at'),
    createdAt: notes.instant('created_at', cell('created_at')),
    tags: notes.tags(tagsOf(cell('tags'))),
    campaign: filledOrNone(Object.fromEntries(CAMPAIGN.map((name) => [name, cell(`utm_${name}`)]))),
    social: filledOrNone(
      Object.fromEntries(SOCIAL.map((name) => [name, textOf(name, cell(`social_${snake(name)}`), notes)])),
    ),
    apps: filledOrNone(Object.fromEntries(PLATFORMS.map((name) => [name, json(`${name}_app`)]))),
    ...Object.fromEntries(PARTS.map((name) => [name, json(snake(name))])),
    settings: filledOrNone({
      ...settings,
      ...(isLost ? PASSWORD_LOST.settings : isSet || isOff ? {} : notes.password(password)),
    }),
    ...data,
  });
  if (problems.length > 0) return { problem: problems.join('; '), destination: cell('destination') };
  if (!facts.destination) return { problem: 'has no destination' };
  if (address === '' || facts.code) {
    // What a cell has lost stands in the data.
    const isWhole = Object.keys(data).length > 0;
    return { row: { kind: 'link', ...facts }, notes: isWhole ? [] : notes.notes };
  }
  return readingOf({ ...facts, short: address } as unknown as LinkFacts, notes);
}

function groupIdOf(text: string, notes: RowNotes): string | undefined {
  if (text === '' || /^grp_[A-Za-z0-9]{16}$/.test(text)) return text || undefined;
  notes.note(`the column "${GROUP_ID}" was left out: what is in it is not ours`);
  return undefined;
}

/** A table is anybody's: what its columns are called may mean something else there. */
function textOf(name: string, text: string, notes: RowNotes): string | undefined {
  if (text === '') return undefined;
  const ignored =
    (name === 'id' && !/^lnk_[A-Za-z0-9]{16}$/.test(text)) ||
    (name === 'source' && !LINK_SOURCES.some((source) => source === text));
  if (ignored) notes.note(`the column "${name}" was left out: what is in it is not ours`);
  if (ignored) return undefined;
  return name.endsWith('Url') ? notes.url(snake(name), text) : notes.plain(snake(name), text);
}

/** As `export` writes it; what is none of these is a text, and the core says what is wrong with it. */
function settingOf(name: (typeof SETTINGS)[number], text: string): unknown {
  if (text === '') return undefined;
  // A password may be called anything, numbers too.
  if (SETTING_RULES[name].secret) return text;
  if (/^off$/i.test(text)) return false;
  const isFlag = SETTING_RULES[name].problem(true) === undefined;
  if (isFlag && /^[01]$/.test(text)) return text === '1';
  if (/^(on|true|yes)$/i.test(text)) return true;
  if (/^(false|no)$/i.test(text)) return false;
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}
