import { isYes, listOf, objectOf, RowNotes, stringOf } from '../field-reading.ts';
import { readingOf } from '../linked-row.ts';
import type { Reading, Source } from '../source.ts';

/**
 * The list of links as Bitly's pages export it (CSV), and answers of its API: `GET /v4/groups/{group}/bitlinks`.
 * A custom bitlink, on a domain one owns, goes before one on `bit.ly`, which nobody can take along.
 */
export const bitly: Source = {
  name: 'Bitly',
  table: {
    columns: {
      link: ['Bitlink', 'Short link', 'Short URL', 'Link', 'id', 'bitlink_id'],
      custom: ['custom_bitlinks', 'Custom bitlink', 'Custom bitlinks', 'Custom back-half link'],
      destination: ['long_url', 'Long URL', 'Destination URL', 'Destination', 'URL'],
      title: ['Title'],
      tags: ['Tags'],
      archived: ['Archived'],
      created: ['created_at', 'Created', 'Created date', 'Date created', 'Created at'],
      clicks: ['Clicks', 'Total clicks', 'total_clicks', 'Engagements', 'Total engagements'],
    },
    needed: [['link', 'custom'], ['destination']],
    read(row) {
      return readings(row.get('custom').split(/[\s,;|]+/), {
        short: row.get('link'),
        destination: row.get('destination'),
        title: row.get('title'),
        tags: row.get('tags').split(/[,;|]/),
        archived: row.get('archived'),
        created: row.get('created'),
        clicks: row.get('clicks'),
      });
    },
  },
  json: {
    items: [['links', '*']],
    read(item) {
      return readings(listOf(item.custom_bitlinks).map(stringOf), {
        short: stringOf(item.link) || stringOf(item.id),
        destination: stringOf(item.long_url),
        title: item.title,
        tags: listOf(item.tags),
        archived: item.archived,
        created: item.created_at,
        clicks: item.total_clicks ?? item.clicks ?? objectOf(item.click_summary).total_clicks,
        hasDeeplinks: listOf(item.deeplinks).length > 0,
      });
    },
  },
};

interface Bitlink {
  readonly short: string;
  readonly destination: string;
  readonly title: unknown;
  readonly tags: readonly unknown[];
  readonly archived: unknown;
  readonly created: unknown;
  readonly clicks: unknown;
  readonly hasDeeplinks?: boolean;
}

/** A row for each custom bitlink: each may be in print. What was clicked is told once, with the first. */
function readings(customs: readonly string[], bitlink: Bitlink): Reading[] {
  const [first = bitlink.short, ...others] = customs.filter((custom) => custom !== '');
  return [
    reading({ ...bitlink, short: first }),
    ...others.map((short) => reading({ ...bitlink, short, clicks: undefined })),
  ];
}

function reading({
  short,
  destination,
  title,
  tags,
  archived,
  created,
  clicks,
  hasDeeplinks,
}: Bitlink): Reading {
  const notes = new RowNotes();
  if (hasDeeplinks) notes.note('its deeplinks into apps were left out');
  return readingOf(
    {
      short,
      destination,
      title: notes.text('the title', title, 255),
      // Bitly goes on to serve what is archived.
      tags: notes.tags([...tags, ...(isYes(archived) ? ['archived'] : [])]),
      createdAt: notes.instant('the time of creation', created),
      clicks: notes.count('the number of clicks', clicks),
    },
    notes,
  );
}
