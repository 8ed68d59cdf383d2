import { SETTING_RULES } from '../../links/setting.ts';
import { countOf, filled, filledOrNone, instantOf, PASSWORD_LOST, RowNotes } from '../field-reading.ts';
import { CSV_COLUMNS, CSV_PARTS, parsed, SET, tagsOf, unprotected } from '../link-csv.ts';
import { type LinkFacts, readingOf } from '../linked-row.ts';
import type { Reading, Source, TableRow } from '../source.ts';

const { TEXTS, COUNTS, PARTS, CAMPAIGN, SOCIAL, PLATFORMS, SETTINGS, snake } = CSV_PARTS;

/** Anybody's table, and our own: only a destination is needed, everything else may be there. */
export const csv: Source = {
  name: 'a table',
  table: { columns: CSV_COLUMNS, needed: [['destination']], read },
};

function read(row: TableRow): Reading {
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
  const settings = Object.fromEntries(
    SETTINGS.map((name) => {
      const text = cell(snake(name));
      if (SETTING_RULES[name].secret && text === SET) {
        notes.note(
          name === 'password' ? PASSWORD_LOST.note : `${name} was left out: a table does not hold it`,
        );
        return [name, undefined];
      }
      if (name === 'startsAt' || name === 'endsAt')
        return [name, text === 'off' ? false : instant(snake(name))];
      return [name, settingOf(name, text)];
    }),
  );
  const isLost = cell('password') === SET;
  const address = cell('code') === '' ? cell('short') : '';
  const counts = Object.fromEntries(
    COUNTS.map((name) => {
      const text = cell(name);
      const count = countOf(text);
      if (text !== '' && count === undefined) problems.push(`${name} is no whole number`);
      return [name, count];
    }),
  );
  const texts = Object.fromEntries(TEXTS.map((name) => [name, cell(snake(name))]));
  const facts = filled({
    ...texts,
    ...counts,
    deleteAt: instant('delete_at'),
    createdAt: instant('created_at'),
    tags: notes.tags(tagsOf(cell('tags'))),
    campaign: filledOrNone(Object.fromEntries(CAMPAIGN.map((name) => [name, cell(`utm_${name}`)]))),
    social: filledOrNone(Object.fromEntries(SOCIAL.map((name) => [name, cell(`social_${snake(name)}`)]))),
    apps: filledOrNone(Object.fromEntries(PLATFORMS.map((name) => [name, json(`${name}_app`)]))),
    ...Object.fromEntries(PARTS.map((name) => [name, json(snake(name))])),
    settings: filledOrNone({ ...settings, ...(isLost ? PASSWORD_LOST.settings : {}) }),
  });
  if (problems.length > 0) return { problem: problems.join('; ') };
  if (cell('destination') === '') return { problem: 'has no destination' };
  if (address === '') return { row: { kind: 'link', ...facts }, notes: notes.notes };
  return readingOf({ ...facts, short: address } as unknown as LinkFacts, notes);
}

/** As `export` writes it; what is none of these is a text, and the core says what is wrong with it. */
function settingOf(name: (typeof SETTINGS)[number], text: string): unknown {
  if (text === '') return undefined;
  if (/^off$/i.test(text)) return false;
  // A password may be called anything, numbers too.
  if (SETTING_RULES[name].secret) return text;
  if (/^(on|true|yes)$/i.test(text)) return true;
  if (/^(false|no)$/i.test(text)) return false;
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}
