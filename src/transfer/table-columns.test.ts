import { describe, expect, test } from 'vitest';
import { readRows } from './read-rows.ts';
import { type Row, SourceError } from './source.ts';
import type { ImportKind } from './sources.ts';

async function read(content: string, { ignored = [] as readonly string[], kind = 'csv' as ImportKind } = {}) {
  const bytes = (async function* () {
    yield Buffer.from(content);
  })();
  const left: string[][] = [];
  const rows: Row[] = [];
  const columns = { ignored, leftOut: (headings: readonly string[]) => void left.push([...headings]) };
  for await (const { reading } of readRows(kind, bytes, columns))
    rows.push('row' in reading ? reading.row : reading);
  return { left, rows };
}

test('columns that nothing is known of are left out, and that is said', async () => {
  const found = await read('url,Notes,,slug,owner’s team\nhttps://a.test/,x,y,a,z\n');
  expect(found.left).toEqual([['Notes', 'owner’s team']]);
  expect(found.rows).toEqual([{ kind: 'link', code: 'a', destination: 'https://a.test/' }]);
  expect((await read('url,slug\nhttps://a.test/,a\n')).left).toEqual([]);
});

test('what services write besides is known, and nothing is said of it', async () => {
  const { left, rows } = await read('Link,Long URL,Status\nhttps://a.test/x,https://b.test/,active\n', {
    kind: 'bitly',
  });
  expect([left, rows.length]).toEqual([[], 1]);
});

test.each([
  ['pass', 'open sesame', { password: 'open sesame' }],
  ['max_visits', '5', { maxClicks: 5 }],
  ['maxVisits', '5', { maxClicks: 5 }],
  ['Visit limit', '5', { maxClicks: 5 }],
  ['visits_limit', '5', { maxClicks: 5 }],
  ['click-limit', '5', { maxClicks: 5 }],
  ['Expiration', '2030-01-01', { endsAt: '2030-01-01T00:00:00.000Z' }],
  ['expiration date', '2030-01-01', { endsAt: '2030-01-01T00:00:00.000Z' }],
  ['valid_until', '2030-01-01', { endsAt: '2030-01-01T00:00:00.000Z' }],
  ['validUntil', '2030-01-01', { endsAt: '2030-01-01T00:00:00.000Z' }],
  ['end date', '2030-01-01', { endsAt: '2030-01-01T00:00:00.000Z' }],
  ['valid_since', '2030-01-01', { startsAt: '2030-01-01T00:00:00.000Z' }],
  ['start date', '2030-01-01', { startsAt: '2030-01-01T00:00:00.000Z' }],
])('"%s" is what protects a link, by another name', async (heading, cell, settings) => {
  expect((await read(`url,${heading}\nhttps://a.test/,${cell}\n`)).rows).toMatchObject([{ settings }]);
});

test.each([
  ...['passwd', 'pwd', 'Passwort', 'secret', 'is_protected', 'limitation', 'max', 'expire_after', 'validity'],
  ...['until', 'starting', 'begins', 'ending', 'active', 'enabled', 'Disabled', 'pausedAt', 'status'],
  ...['disable', 'enable', 'locked', 'private', 'banned', 'hidden', 'deleted', 'deleted_at', 'archived'],
  ...['published', 'is_public', 'visibility', 'access', 'pin', 'ttl', 'deadline', 'date_end', 'stop_at'],
  ...[
    'remaining_clicks',
    'uses_left',
    'state',
    '비밀번호',
    'linkPassword',
    'LINK_PIN',
    'isactive',
    'maxUses',
  ],
  ...['END_TIME', 'Maximum visits', 'URLStatus'],
])('"%s" may protect links: the file is refused, unless it is said to be left out', async (heading) => {
  const file = `url,${heading}\nhttps://a.test/,1\n`;
  await expect(read(file)).rejects.toThrow(
    new SourceError(
      `The file has columns that may be what protects its links, and are not read: ${JSON.stringify(heading)}. import csv reads those that docs/migration.md lists, such as max_clicks; or leave them out with --ignore-columns.`,
    ),
  );
  const { left, rows } = await read(file, { ignored: [heading.toUpperCase()] });
  expect(left).toEqual([[heading]]);
  expect(rows).toEqual([{ kind: 'link', destination: 'https://a.test/' }]);
});

test.each([
  ...['restart', 'compass', 'maximum', 'passenger', 'startup', 'endpoint', 'delimiter', 'pinned', 'author'],
  ...['from', 'estate', 'trend', 'Pinterest', 'blocklist'],
])('"%s" has such a word in it, and is none', async (heading) => {
  expect((await read(`url,${heading}\nhttps://a.test/,1\n`)).left).toEqual([[heading]]);
});

describe('lists of short and long links, of Firebase', () => {
  const item = {
    short_link: 'a.page.link/aBc',
    long_link: 'https://a.page.link/?link=https%3A%2F%2Fa.test%2F',
    note: 'x',
  };
  const asTable = (one: object) => `${Object.keys(one).join(',')}\n${Object.values(one).join(',')}\n`;
  const asArray = (one: object) => JSON.stringify([one]);
  const asLines = (one: object) => `${JSON.stringify(one)}\n`;
  const taken = { kind: 'link', domain: 'a.page.link', code: 'aBc', destination: 'https://a.test/' };

  test.each([
    ['a table', asTable],
    ['an array', asArray],
    ['an object a line', asLines],
  ])('what may protect them is not left out in silence: %s', async (_, write) => {
    const kind = 'firebase';
    for (const name of ['password', 'expires_at', 'maxClicks']) {
      const file = write({ ...item, [name]: '2' });
      await expect(read(file, { kind })).rejects.toThrow(`are not read: "${name}". `);
      const { left, rows } = await read(file, { kind, ignored: [name] });
      expect(left).toEqual([['note', name]]);
      expect(rows).toMatchObject([taken]);
    }
    const { rows } = await read(write({ ...item, name: 'Mine' }), { kind, ignored: ['Name'] });
    expect(rows).toEqual([expect.not.objectContaining({ memo: 'Mine' })]);
  });

  test('also when the first object has none of it', async () => {
    const bytes = (async function* () {
      yield Buffer.from(JSON.stringify([item, { ...item, password: 'x' }]));
    })();
    const rows = readRows('firebase', bytes);
    expect((await rows.next()).value).toMatchObject({ reading: { row: taken } });
    await expect(rows.next()).rejects.toThrow('are not read: "password". ');
  });
});

test('where JSON has no columns, none can be left out', async () => {
  await expect(read('{"links":[]}', { kind: 'dub', ignored: ['key'] })).rejects.toThrow(
    new SourceError('The file is JSON, and that of Dub has no columns; leave --ignore-columns away.'),
  );
});

test('a known column can be left out too, and of two the one that is not meant', async () => {
  const file = 'url,expires,valid until\nhttps://a.test/,2030-01-01,2031-01-01\n';
  await expect(read(file)).rejects.toThrow('Keep the one that is meant');
  const { rows } = await read(file, { ignored: ['Valid until'] });
  expect(rows).toMatchObject([{ settings: { endsAt: '2030-01-01T00:00:00.000Z' } }]);
});

test('a column that is to be left out, and is not there, was misspelt', async () => {
  await expect(read('url,notes\nhttps://a.test/,x\n', { ignored: ['note'] })).rejects.toThrow(
    'The file has no column "note" to leave out; it has: "url", "notes".',
  );
});
