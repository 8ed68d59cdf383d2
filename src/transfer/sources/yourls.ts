import { RowNotes, stringOf } from '../field-reading.ts';
import { readingOf } from '../linked-row.ts';
import { type Reading, type Source, SourceError } from '../source.ts';

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
    nothing: 'NULL',
    order: ['keyword', 'url', 'title', 'timestamp', 'ip', 'clicks'],
    read: (row) => read((name) => row.get(name)),
  },
  json: {
    items: [['links', '*']],
    read(item) {
      // What phpMyAdmin writes: its rows stand one level deeper, of whatever table.
      if (item.type === 'header' || (item.type === 'table' && 'data' in item)) {
        throw new SourceError(
          'The file is JSON of phpMyAdmin. Export the table yourls_url as CSV there, with the names of its columns in the first row.',
        );
      }
      return read((name) => item[name]);
    },
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
      clicks: notes.count('the number of clicks', value('clicks')),
    },
    notes,
  );
}
