import { countOf, instantOf, listOf, objectOf, RowNotes, stringOf } from '../field-reading.ts';
import { readingOf } from '../linked-row.ts';
import type { Reading, Source } from '../source.ts';

/** The CSV of Shlink's web client, and answers of its API: `GET /rest/v3/short-urls`, pages one after another. */
export const shlink: Source = {
  name: 'Shlink',
  table: {
    columns: {
      shortUrl: ['shortUrl', 'Short URL'],
      shortCode: ['shortCode', 'Short code'],
      domain: ['domain'],
      longUrl: ['longUrl', 'Long URL'],
      title: ['title'],
      tags: ['tags'],
      visits: ['visits', 'visitsCount', 'Visits count'],
      createdAt: ['createdAt', 'dateCreated', 'Date created'],
      validSince: ['validSince'],
      validUntil: ['validUntil'],
      maxVisits: ['maxVisits'],
    },
    nothing: 'NULL',
    needed: [['shortUrl', 'shortCode'], ['longUrl']],
    read: (row) => read((name) => row.get(name), row.get('tags').split('|'), row.get('visits')),
  },
  json: {
    items: [
      ['shortUrls', 'data', '*'],
      ['data', '*'],
    ],
    read(item) {
      const meta = objectOf(item.meta);
      const visits = objectOf(item.visitsSummary).total ?? item.visitsCount;
      const names = { ...meta, ...item, createdAt: item.dateCreated } as Readonly<Record<string, unknown>>;
      const reading = read((name) => names[name], listOf(item.tags), visits);
      if (!('row' in reading)) return reading;
      const left = [
        ...(item.hasRedirectRules === true ? ['its redirect rules were left out'] : []),
        ...(Object.values(objectOf(item.deviceLongUrls)).some((url) => url != null && url !== '')
          ? ['its destinations by device were left out']
          : []),
      ];
      return { ...reading, notes: [...reading.notes, ...left] };
    },
  },
};

function read(value: (name: string) => unknown, tags: readonly unknown[], visits: unknown): Reading {
  const notes = new RowNotes();
  const destination = stringOf(value('longUrl'));
  const settings: Record<string, unknown> = {};
  for (const [name, given] of [
    ['startsAt', value('validSince')],
    ['endsAt', value('validUntil')],
  ] as const) {
    const instant = instantOf(given);
    if (instant !== undefined) settings[name] = instant;
    else if (given != null && given !== '') return { problem: 'its validity cannot be read', destination };
  }
  const limit = value('maxVisits');
  const maxVisits = countOf(limit);
  if (maxVisits === undefined && limit != null && limit !== '')
    return { problem: 'its limit of visits cannot be read', destination };
  // What was counted there counts against it here. No visit at all is no limit of ours.
  if (maxVisits === 0) settings.paused = true;
  else if (maxVisits !== undefined) settings.maxClicks = maxVisits;
  if (maxVisits === 0) notes.note('is paused, because its limit of visits was 0');
  return readingOf(
    {
      short: stringOf(value('shortUrl')) || stringOf(value('shortCode')),
      domain: stringOf(value('domain')),
      destination,
      // Only its owner saw it.
      memo: notes.text('the title', value('title'), 2_000),
      tags: notes.tags(tags),
      settings: Object.keys(settings).length === 0 ? undefined : settings,
      createdAt: notes.instant('the time of creation', value('createdAt')),
      clicks: notes.count('the number of visits', visits),
    },
    notes,
  );
}
