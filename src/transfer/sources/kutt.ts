import { instantOf, isYes, PASSWORD_LOST, RowNotes, stringOf } from '../field-reading.ts';
import { readingOf } from '../linked-row.ts';
import type { Reading, Source } from '../source.ts';

/** Answers of Kutt's API: `GET /api/v2/links`, pages one after another; or a table with the same names. */
export const kutt: Source = {
  name: 'Kutt',
  table: {
    columns: {
      link: ['link', 'short link'],
      address: ['address'],
      domain: ['domain'],
      target: ['target'],
      description: ['description'],
      visit_count: ['visit_count', 'visits', 'clicks'],
      created_at: ['created_at'],
      expire_in: ['expire_in'],
      password: ['password'],
      banned: ['banned'],
    },
    nothing: 'NULL',
    needed: [['link', 'address'], ['target']],
    read: (row) => read((name) => row.get(name)),
  },
  json: {
    items: [['data', '*']],
    read: (item) => read((name) => item[name]),
  },
};

function read(value: (name: string) => unknown): Reading {
  const notes = new RowNotes();
  const destination = stringOf(value('target'));
  if (isYes(value('banned'))) return { problem: 'is banned there', destination };
  const endsAt = instantOf(value('expire_in'));
  if (endsAt === undefined && stringOf(value('expire_in')) !== '')
    return { problem: 'its end cannot be read', destination };
  // The API says `true`, and never the password itself.
  const password = value('password');
  const isProtected =
    isYes(password) || (typeof password === 'string' && !/^(|false|0|null)$/i.test(password));
  if (isProtected) notes.note(PASSWORD_LOST.note);
  return readingOf(
    {
      short: stringOf(value('link')) || stringOf(value('address')),
      domain: stringOf(value('domain')),
      destination,
      // Only its owner saw it.
      memo: notes.text('the description', value('description'), 2_000),
      settings:
        endsAt === undefined && !isProtected
          ? undefined
          : { ...(endsAt ? { endsAt } : {}), ...(isProtected ? PASSWORD_LOST.settings : {}) },
      createdAt: notes.instant('the time of creation', value('created_at')),
      clicks: notes.count('the number of visits', value('visit_count')),
    },
    notes,
  );
}
