import { describe, expect, test } from 'vitest';
import { instantOf } from './field-reading.ts';
import { readRows } from './read-rows.ts';
import type { ImportKind } from './sources.ts';

/** Each row with the notes beside it, or the reason why there is none. */
async function read(kind: ImportKind, content: string) {
  const bytes = (async function* () {
    yield Buffer.from(content);
  })();
  const found: { row: { [name: string]: unknown }; notes: readonly string[] }[] = [];
  for await (const { reading } of readRows(kind, bytes)) {
    found.push(
      'row' in reading ? { ...reading, row: { ...reading.row } } : { row: {}, notes: [reading.problem] },
    );
  }
  return found;
}

const A = 'https://a.test/';

describe('what cannot be kept costs itself and not its link', () => {
  test('parameters of Firebase links, each broken in its own way', async () => {
    const head = 'short_link,link,ibi,isi,ifl,si,utm_source,apn,amv,ius';
    const long = 'x'.repeat(300);
    const rows = await read(
      'firebase',
      [
        head,
        'https://x.page.link/a,https://a.test/two words,com.acme.app,id123,itms-apps://x,https://a.test/a b.png,,,,',
        `https://x.page.link/b,${A},not an id,123,,nonsense,${long},com.acme.droid,1.2,javascript`,
        'https://x.page.link/c,mailto:ann@example.com,,,,,,,,',
      ].join('\n'),
    );
    expect(rows[0]).toEqual({
      row: {
        kind: 'link',
        domain: 'x.page.link',
        code: 'a',
        destination: 'https://a.test/two%20words',
        social: { imageUrl: 'https://a.test/a%20b.png' },
        apps: { ios: { identifier: 'com.acme.app', customScheme: 'com.acme.app' } },
      },
      notes: [
        expect.stringMatching(/^isi must be .* left out$/),
        expect.stringMatching(/^ifl must be an absolute http/),
      ],
    });
    expect(rows[1]?.row).toMatchObject({ campaign: { source: 'x'.repeat(255) }, destination: A });
    expect(rows[1]?.row).not.toHaveProperty('social');
    expect(rows[1]?.row.apps).toEqual({ android: { identifier: 'com.acme.droid' } });
    expect(rows[1]?.notes.join('\n')).toMatch(/ibi .*\namv .*\nsi .*\nutm_source .*\n.*iOS app/s);
    expect(rows[2]).toEqual({ row: {}, notes: [expect.stringMatching(/^link must be/)] });
  });

  test('pictures, addresses and campaigns of Dub', async () => {
    const [one] = await read(
      'dub',
      JSON.stringify([
        {
          ...{
            shortLink: 'https://d.test/a',
            url: A,
            image: 'data:image/png;base64,x',
            expiredUrl: 'ftp://a',
          },
          ...{ utm_term: 'y'.repeat(256), clicks: '1.2K', password: 'off', geo: {}, ios: null, proxy: true },
        },
      ]),
    );
    expect(one?.row).toEqual({
      ...{ kind: 'link', domain: 'd.test', code: 'a', destination: A },
      ...{ campaign: { term: 'y'.repeat(255) }, settings: { paused: true } },
    });
    expect(one?.notes).toEqual([
      expect.stringMatching(/^the picture was left out: it must be/),
      expect.stringMatching(/^where it leads after its end was left out/),
      expect.stringMatching(/^is paused, because its password cannot be one here/),
      'utm_term was cut to 255 characters',
      'the number of clicks could not be read: no whole number',
    ]);
    const [two] = await read('dub', `Short link,url,iOS,Android,Geo\nhttps://d.test/a,${A},${A},,\n`);
    expect(two?.notes).toEqual(['"ios" was left out']);
  });

  test('columns of anybody’s table that are called like ours', async () => {
    const [one, two] = await read(
      'csv',
      `id,source,url,code,image_url,clicks\n17,newsletter,${A},a,pic.png,1.2K\nlnk_0123456789abcdef,vivoldi,${A},b,${A},5\n`,
    );
    expect(one?.row).toEqual({ kind: 'link', destination: A, code: 'a' });
    expect(one?.notes).toEqual([
      'clicks could not be read: no whole number',
      'the column "id" was left out: what is in it is not ours',
      expect.stringMatching(/^image_url was left out/),
      'the column "source" was left out: what is in it is not ours',
    ]);
    expect(two).toMatchObject({ row: { id: 'lnk_0123456789abcdef', source: 'vivoldi' }, notes: [] });
  });

  test('destinations and deep links of Shlink and Bitly are told of', async () => {
    const shlink = { shortUrl: 'https://s.test/a', longUrl: A, deviceLongUrls: { ios: A, android: null } };
    expect((await read('shlink', JSON.stringify([shlink])))[0]?.notes).toEqual([
      'its destinations by device were left out',
    ]);
    const bitlink = {
      ...{ link: 'https://bit.ly/x', long_url: A, total_clicks: 7, deeplinks: [{ app_id: 'x' }] },
      custom_bitlinks: ['https://go.test/one', 'https://go.test/two'],
    };
    const rows = await read('bitly', JSON.stringify({ links: [bitlink] }));
    expect(rows.map(({ row }) => [row.code, row.clicks])).toEqual([
      ['one', 7],
      ['two', undefined],
    ]);
    expect(rows[0]?.notes).toEqual([
      'https://bit.ly/x was left out: its host is Bitly’s',
      'its deeplinks into apps were left out',
    ]);
    const table = `link,custom_bitlinks,long_url\nbit.ly/x,"https://go.test/one,https://go.test/two",${A}\n`;
    expect((await read('bitly', table)).map(({ row }) => row.code)).toEqual(['one', 'two']);
  });
});

describe('every code of a bitlink that can be kept is kept', () => {
  const codes = async (link: string, customs: readonly string[]) => {
    const item = { link, long_url: A, custom_bitlinks: customs, total_clicks: 7 };
    const table = `Bitlink,Custom bitlinks,long_url,clicks\n${link},"${customs.join(',')}",${A},7\n`;
    const found = await read('bitly', JSON.stringify({ links: [item] }));
    expect(await read('bitly', table)).toEqual(found);
    expect(found.map(({ row }) => row.clicks)).toEqual(found.map((_, at) => (at === 0 ? 7 : undefined)));
    return found.map(({ row, notes }) => [row.domain, row.code, ...notes].join(' '));
  };

  test.each([
    ['links.test/3zz', ['links.test/sale'], ['links.test sale', 'links.test 3zz']],
    ['https://go.test/3zz', ['links.test/sale'], ['links.test sale', 'go.test 3zz']],
    ['bit.ly/3zz', ['bit.ly/sale'], ['bit.ly sale', 'bit.ly 3zz']],
    ['https://LINKS.test/sale', ['links.test/sale', 'http://links.test/sale'], ['links.test sale']],
    ['j.mp/3zz', ['links.test/sale'], ['links.test sale j.mp/3zz was left out: its host is Bitly’s']],
    ['bit.ly/3zz', [], ['bit.ly 3zz']],
  ])('%s with %j', async (link, customs, expected) => {
    expect(await codes(link, customs)).toEqual(expected);
  });
});

test('what only the owner of a link saw becomes no preview', async () => {
  const dub = { shortLink: 'https://d.test/a', url: A, title: 'T', description: 'D', image: A };
  const shown = { title: 'T', description: 'D', imageUrl: A };
  const previews = async (kind: ImportKind, item: object) =>
    (await read(kind, JSON.stringify([item]))).map(({ row }) => {
      const { title, description, imageUrl, memo } = row;
      return JSON.parse(JSON.stringify({ title, description, imageUrl, memo }));
    });
  expect(await previews('dub', { ...dub, proxy: true, comments: 'C' })).toEqual([{ ...shown, memo: 'C' }]);
  expect(await previews('dub', { ...dub, proxy: false, comments: 'C' })).toEqual([{ memo: 'C\nT\nD' }]);
  expect(await previews('dub', dub)).toEqual([{ memo: 'T\nD' }]);
  expect(await previews('kutt', { link: 'https://k.test/a', target: A, description: 'D' })).toEqual([
    { memo: 'D' },
  ]);
  expect(await previews('bitly', { link: 'https://b.test/a', long_url: A, title: 'T' })).toEqual([
    { memo: 'T' },
  ]);
  expect(await previews('shlink', { shortUrl: 'https://s.test/a', longUrl: A, title: 'T' })).toEqual([
    { memo: 'T' },
  ]);
});

describe('pages of JSON in arrays, as jq makes them', () => {
  const one = (code: string) => ({ link: `https://k.test/${code}`, target: A });
  const page = (...codes: string[]) => ({ limit: 10, data: codes.map(one), total: 2 });
  const codes = async (value: unknown) =>
    (await read('kutt', JSON.stringify(value))).map(({ row, notes }) => row.code ?? notes[0]);

  test('are read wherever they stand, mixed with links or not', async () => {
    expect(await codes([page('a', 'b'), page(), page('c')])).toEqual(['a', 'b', 'c']);
    expect(await codes([page('a'), one('b'), [page('c'), one('d')]])).toEqual(['a', 'b', 'c', 'd']);
    expect(await codes([[one('a')], [one('b'), one('c')]])).toEqual(['a', 'b', 'c']);
    const shlink = (code: string) => ({
      shortUrls: {
        data: [{ shortUrl: `https://s.test/${code}`, longUrl: A }],
        pagination: { pagesCount: 2 },
      },
    });
    const rows = await read('shlink', JSON.stringify([shlink('a'), shlink('b')]));
    expect(rows.map(({ row }) => row.code)).toEqual(['a', 'b']);
  });

  test('a page that holds something else is refused, and holds up no other', async () => {
    const problem = 'is a page without links where they are looked for';
    expect(await codes([{ data: { items: ['x'] } }, page('a'), { data: 'x' }, { data: {} }])).toEqual([
      ...[problem, 'a', problem],
    ]);
    expect(await codes({ data: ['a', 'b'] })).toEqual([problem]);
  });
});

describe('no link comes in more open than it was', () => {
  test('a password is whatever somebody’s table has for one', async () => {
    const rows = await read('csv', `url,password\n${A},off\n${A},open sesame\n${A},(off)\n${A},set\n${A},\n`);
    expect(rows.map(({ row }) => row.settings)).toEqual([
      { paused: true },
      { password: 'open sesame' },
      { password: false },
      { paused: true },
      undefined,
    ]);
    expect(rows[0]?.notes).toEqual([expect.stringMatching(/4 to 64 characters/)]);
  });

  test('limits of Shlink that cannot be kept', async () => {
    const of = (maxVisits: unknown) => ({ shortUrl: 'https://s.test/a', longUrl: A, meta: { maxVisits } });
    const rows = await read('shlink', JSON.stringify([of(0), of('many'), of(null)]));
    expect(rows.map(({ row, notes }) => [row.settings, ...notes])).toEqual([
      [{ paused: true }, 'is paused, because its limit of visits was 0'],
      [undefined, 'its limit of visits cannot be read'],
      [undefined],
    ]);
  });

  test('switches may be written as numbers', async () => {
    const rows = await read('csv', `url,paused,max_clicks\n${A},1,1\n${A},0,\n${A},yes,\n`);
    expect(rows.map(({ row }) => row.settings)).toEqual([
      { paused: true, maxClicks: 1 },
      { paused: false },
      { paused: true },
    ]);
  });
});

test('a code of several segments is never taken for a host', async () => {
  const dub = [
    { key: 'foo/bar', domain: 'd.test', url: A },
    { key: 'foo/bar', url: A },
  ];
  expect((await read('dub', JSON.stringify(dub))).map(({ row }) => [row.domain, row.code])).toEqual([
    ['d.test/foo', 'bar'],
    ['/foo', 'bar'],
  ]);
  const rows = await read('csv', `short,url\nfoo/bar,${A}\n/bar,${A}\ns.test/foo/bar,${A}\n`);
  expect(rows.map(({ row }) => [row.domain, row.code])).toEqual([
    ['/foo', 'bar'],
    [undefined, 'bar'],
    ['s.test/foo', 'bar'],
  ]);
});

test('what phpMyAdmin writes: NULL is nothing, and its JSON is refused with a sentence', async () => {
  const [one] = await read('yourls', `keyword,url,title,timestamp,clicks\nab,${A},NULL,NULL,3\n`);
  expect(one).toEqual({ row: { kind: 'link', code: 'ab', destination: A, clicks: 3 }, notes: [] });
  const json = `[{"type":"header","version":"5"},{"type":"table","name":"yourls_url","data":[{"keyword":"a"}]}]`;
  await expect(read('yourls', json)).rejects.toThrow(/JSON of phpMyAdmin.* as CSV/);
});

test.each([
  ['2026-02-28', '2026-02-28T00:00:00.000Z'],
  ['2026-02-28 10:00', '2026-02-28T10:00:00.000Z'],
  ['2026-02-28T10:00:00.5+0900', '2026-02-28T01:00:00.500Z'],
  ['2026-02-28T10:00:00-03:30', '2026-02-28T13:30:00.000Z'],
  ['2026-02-28 10:00:00+09', '2026-02-28T01:00:00.000Z'],
  ['2026-02-28 10:00:00 UTC', '2026-02-28T10:00:00.000Z'],
  ['2026-02-31', undefined],
  ['2026-02-28 10:00 PM', undefined],
  ['2026-02-28 25:00', undefined],
  ['2026-02-28 10:00:00 CET', undefined],
  ['2026-13-01', undefined],
])('%s is read strictly', (text, expected) => {
  expect(instantOf(text)).toBe(expected);
});
