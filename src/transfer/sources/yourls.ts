import { countOf, RowNotes, stringOf } from '../field-reading.ts';
import { readingOf } from '../linked-row.ts';
import type { Reading, Source } from '../source.ts';

/** The table `yourls_url` as CSV, and answers of YOURLS' API: `action=stats`, `format=json`. Times are taken for UTC. */
export const yourls: Source = {
  name: 'YOURLS',
  table: {
    columns: {
      keyword: ['keyword'],
      shorturl: ['shorturl', 'short url'],
      url: ['url', 'long url'],
      title: ['title'],
      timestamp: ['timestamp'],
      clicks: ['clicks'],
    },
    needed: [['keyword', 'shorturl'], ['url']],
    order: ['keyword', 'url', 'title', 'timestamp', 'ip', 'clicks'],
    read: (row) => read((name) => row.get(name)),
  },
  json: {
    items: [['links', '*']],
    read: (item) => read((name) => item[name]),
  },
};

function read(value: (name: string) => unknown): Reading {
  const notes = new RowNotes();
  return readingOf(
    {
      short: stringOf(value('shorturl')) || stringOf(value('keyword')),
      destination: stringOf(value('url')),
      title: notes.text('the title', value('title'), 255),
      createdAt: notes.instant('the time of creation', value('timestamp')),
      clicks: countOf(value('clicks')),
    },
    notes,
  );
}
