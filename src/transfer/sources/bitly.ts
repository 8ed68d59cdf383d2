import { isYes, listOf, objectOf, RowNotes, stringOf } from '../field-reading.ts';
import { readingOf } from '../linked-row.ts';
import { shortAddressOf } from '../short-address.ts';
import type { Reading, Source } from '../source.ts';

/**
 * The list of links as Bitly's pages export it (CSV), and answers of its API: `GET /v4/groups/{group}/bitlinks`.
 * A bitlink has a code of its own and maybe custom ones, and each may be in print. Its own is left out, with a note,
 * where it stands on a host of Bitly's, such as `bit.ly`, which nobody can take along.
 */
export const bitly: Source = {
  name: 'Bitly',
  table: {
    columns: {
      link: ['Bitlink', 'Short link', 'Short URL', 'Link'],
      // Its API says both.
      id: ['id', 'bitlink_id'],
      custom: ['custom_bitlinks', 'Custom bitlink', 'Custom bitlinks', 'Custom back-half link'],
      destination: ['long_url', 'Long URL', 'Destination URL', 'Destination', 'URL'],
      title: ['Title'],
      tags: ['Tags'],
      archived: ['Archived'],
      created: ['created_at', 'Created', 'Created date', 'Date created', 'Created at'],
      clicks: ['Clicks', 'Total clicks', 'total_clicks'],
      engagements: ['Engagements', 'Total engagements'],
    },
    needed: [['link', 'id', 'custom'], ['destination']],
    read(row) {
      return readings(row.get('custom').split(/[\s,;|]+/), {
        short: row.get('link') || row.get('id'),
        destination: row.get('destination'),
        title: row.get('title'),
        tags: row.get('tags').split(/[,;|]/),
        archived: row.get('archived'),
        created: row.get('created'),
        clicks: row.get('clicks') || row.get('engagements'),
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
  /** What it has been called besides, and is not any more. */
  readonly left?: string | undefined;
  readonly destination: string;
  readonly title: unknown;
  readonly tags: readonly unknown[];
  readonly archived: unknown;
  readonly created: unknown;
  readonly clicks: unknown;
  readonly hasDeeplinks?: boolean;
}

/** Hosts of Bitly's own. */
const BITLYS = ['bit.ly', 'bitly.is', 'bitly.com', 'j.mp'];

/** A row for each code. What was clicked is told once, with the first. */
function readings(all: readonly string[], bitlink: Bitlink): Reading[] {
  const { short } = bitlink;
  const customs = all.filter((custom) => custom !== '');
  const shorts = customs.length === 0 || isKept(short, customs) ? [...customs, short] : customs;
  const [first = '', ...others] = new Map(shorts.map((one) => [nameOf(one), one])).values();
  const isLeft = short !== '' && !shorts.includes(short);
  return [
    reading({ ...bitlink, short: first, left: isLeft ? short : undefined }),
    ...others.map((other) => reading({ ...bitlink, short: other, clicks: undefined })),
  ];
}

/** Whether somebody who moves can keep the code, because the host is one of those he moves. */
function isKept(short: string, customs: readonly string[]): boolean {
  if (short === '') return false;
  const host = hostOf(short);
  return host === undefined || !BITLYS.includes(host) || customs.some((custom) => hostOf(custom) === host);
}

function hostOf(short: string): string | undefined {
  return shortAddressOf(short)?.domain.replace(/[/:].*$/, '');
}

/** The same for every spelling of one link. */
function nameOf(short: string): string {
  const { domain, code } = shortAddressOf(short) ?? { domain: '', code: short };
  return `${domain}/${code}`;
}

function reading({
  short,
  left,
  destination,
  title,
  tags,
  archived,
  created,
  clicks,
  hasDeeplinks,
}: Bitlink): Reading {
  const notes = new RowNotes();
  if (left !== undefined) notes.note(`${left.slice(0, 200)} was left out: its host is Bitly’s`);
  if (hasDeeplinks) notes.note('its deeplinks into apps were left out');
  return readingOf(
    {
      short,
      destination,
      // Only its owner saw it.
      memo: notes.text('the title', title, 2_000),
      // Bitly goes on to serve what is archived.
      tags: notes.tags([...tags, ...(isYes(archived) ? ['archived'] : [])]),
      createdAt: notes.instant('the time of creation', created),
      clicks: notes.count('the number of clicks', clicks),
    },
    notes,
  );
}
