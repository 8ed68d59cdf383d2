import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRows } from './read-rows.ts';
import { type Reading, SourceError } from './source.ts';
import { IMPORT_KINDS, type ImportKind } from './sources.ts';

async function read(kind: ImportKind, content: string | Buffer): Promise<Reading[]> {
  const bytes = (async function* () {
    if (content.length > 0) yield Buffer.from(content as string);
  })();
  const found: Reading[] = [];
  for await (const { reading } of readRows(kind, bytes)) found.push(reading);
  return found;
}

async function rows(kind: ImportKind, content: string): Promise<unknown[]> {
  return (await read(kind, content)).map((reading) => ('row' in reading ? reading.row : reading.problem));
}

async function notes(kind: ImportKind, content: string): Promise<unknown[]> {
  return (await read(kind, content)).map((reading) => ('row' in reading ? reading.notes : reading.problem));
}

/** The 29 columns of Takeout, in their order: the names files have, and those of Google's guide. */
const TAKEOUT =
  'short_link,link,apn,afl,amv,ibi,ifl,ius,ipfl,ipbi,isi,imv,efr,ofl,st,sd,si,utm_source,utm_medium,utm_campaign,utm_term,utm_content,at,ct,mt,pt,archived,name,creation_timestamp';
const TAKEOUT_IN_WORDS =
  'Short link,Deep link (link),Android package name (apn),Android fallback link (afl),Android minimum package version code (amv),iOS bundle ID (ibi),iOS fallback link (ifl),iOS custom scheme (ius),iOS iPad fallback link (ipfl),iOS iPad bundle ID (ipbi),iOS app store ID (isi),iOS minimum version (imv),Enable forced redirect? (efr),Desktop fallback link (ofl),Social title (st),Social description (sd),Social image link (si),UTM source (utm_source),UTM medium (utm_medium),UTM campaign (utm_campaign),UTM term (utm_term),UTM content (utm_content),iTunes connect at,iTunes connect ct,iTunes connect mt,iTunes connect pt,Archived?,Link name,Creation timestamp';
const WHOLE =
  'https://acme.page.link/aBcDeFgHiJkLmNoP9,https://www.example.com/p/1?x=1&y=2,com.example.app,https://www.example.com/get,21,com.example.ios,https://www.example.com/ios,acme,https://www.example.com/ipad,com.example.ipad,123456789,1.2,true,https://www.example.com/desk,Look,"Nice, isn\'t it",https://www.example.com/i.png,news,mail,spring,shoes,top,11l,camp,8,1234,true,Spring sale,2021-03-04 05:06:07 UTC';

const OF_WHOLE = {
  kind: 'link',
  domain: 'acme.page.link',
  code: 'aBcDeFgHiJkLmNoP9',
  destination: 'https://www.example.com/p/1?x=1&y=2',
  memo: 'Spring sale',
  desktopUrl: 'https://www.example.com/desk',
  social: { title: 'Look', description: "Nice, isn't it", imageUrl: 'https://www.example.com/i.png' },
  campaign: { source: 'news', medium: 'mail', campaign: 'spring', term: 'shoes', content: 'top' },
  apps: {
    ios: {
      identifier: 'com.example.ios',
      storeUrl: 'https://www.example.com/ios',
      appStoreId: '123456789',
      minVersion: '1.2',
      customScheme: 'acme',
      ipadIdentifier: 'com.example.ipad',
      ipadStoreUrl: 'https://www.example.com/ipad',
    },
    android: { identifier: 'com.example.app', storeUrl: 'https://www.example.com/get', minVersion: '21' },
  },
  appRouting: { forceRedirect: true, at: '11l', ct: 'camp', mt: '8', pt: '1234' },
  tags: ['archived'],
  createdAt: '2021-03-04T05:06:07.000Z',
};

describe('Firebase Dynamic Links from Takeout', () => {
  test.each([
    ['the names of the file', `${TAKEOUT}\n${WHOLE}\n`],
    ['the names of the guide', `\ufeff${TAKEOUT_IN_WORDS}\r\n${WHOLE}\r\n`],
    ['no headings', `${WHOLE}\n`],
    [
      'columns the other way round',
      `${reversed(TAKEOUT)}\n${reversed(WHOLE.replace('"Nice, isn\'t it"', 'Nice'))}`,
    ],
  ])('every column, with %s', async (_, text) => {
    const [row] = (await rows('firebase', text)) as [typeof OF_WHOLE];
    const { social, ...rest } = OF_WHOLE;
    expect(row).toMatchObject(rest);
    expect(row.social.imageUrl).toBe(social.imageUrl);
  });

  test('a short link and a link are enough; prefixes, encoded codes and short suffixes are kept', async () => {
    const file = [
      'short_link,link,amv,ifl',
      'https://links.example.com/share/now/ab,https://www.example.com/,,',
      'links.example.com/%ED%95%9C,https://www.example.com/,21,https://x.test/',
    ].join('\n');
    expect(await rows('firebase', file)).toEqual([
      {
        kind: 'link',
        domain: 'links.example.com/share/now',
        code: 'ab',
        destination: 'https://www.example.com/',
      },
      { kind: 'link', domain: 'links.example.com', code: '한', destination: 'https://www.example.com/' },
    ]);
    expect((await notes('firebase', file))[1]).toEqual([
      'what it says of an iOS app was left out, because it names no bundle id',
      'what it says of an Android app was left out, because it names no package',
    ]);
  });

  test('rows without what is needed say so; the others are read', async () => {
    const file =
      'short_link,link\n,https://a.test/\nhttps://x.page.link/a,\nhttps://x.page.link/,https://a.test/\nnonsense/,https://a.test/\nhttps://x.page.link/b,https://a.test/';
    expect(await rows('firebase', file)).toEqual([
      'has no short link',
      'has no destination',
      '"https://x.page.link/" is no short link',
      '"nonsense/" is no short link',
      { kind: 'link', domain: 'x.page.link', code: 'b', destination: 'https://a.test/' },
    ]);
  });
});

function reversed(line: string): string {
  return line.split(',').reverse().join(',');
}

describe('other services', () => {
  test('Bitly: its API and its table; a custom link goes first, archived links stay', async () => {
    const page = {
      links: [
        {
          id: 'bit.ly/3xYz',
          link: 'https://bit.ly/3xYz',
          custom_bitlinks: ['https://go.example.com/sale'],
          long_url: 'https://www.example.com/',
          title: 'Sale',
          archived: true,
          created_at: '2022-01-02T03:04:05+0000',
          tags: ['a', 'b'],
        },
        { id: 'bit.ly/4', long_url: 'https://www.example.com/4' },
      ],
      pagination: { next: '', total: 2 },
    };
    expect(await rows('bitly', JSON.stringify(page))).toEqual([
      {
        kind: 'link',
        domain: 'go.example.com',
        code: 'sale',
        destination: 'https://www.example.com/',
        memo: 'Sale',
        tags: ['a', 'b', 'archived'],
        createdAt: '2022-01-02T03:04:05.000Z',
      },
      { kind: 'link', domain: 'bit.ly', code: '4', destination: 'https://www.example.com/4' },
    ]);
    const table =
      'Created date,Title,Short link,Long URL,Total clicks\n2022-01-02,"Sale, now",bit.ly/abc,https://a.test/,"1,234"\n';
    expect(await rows('bitly', table)).toEqual([
      {
        kind: 'link',
        domain: 'bit.ly',
        code: 'abc',
        destination: 'https://a.test/',
        memo: 'Sale, now',
        createdAt: '2022-01-02T00:00:00.000Z',
        clicks: 1234,
      },
    ]);
  });

  test('Kutt: pages of its API; a protected link is paused, a banned one left', async () => {
    const base = {
      id: 'x',
      target: 'https://a.test/',
      visit_count: 7,
      created_at: '2022-01-02T03:04:05.000Z',
    };
    const pages = [
      {
        total: 3,
        limit: 2,
        skip: 0,
        data: [{ ...base, address: 'a', link: 'https://kutt.it/a', password: false }],
      },
      {
        total: 3,
        limit: 2,
        skip: 2,
        data: [
          {
            ...base,
            address: 'b',
            link: 'https://kutt.it/b',
            password: true,
            expire_in: '2030-01-01T00:00:00.000Z',
          },
          { ...base, address: 'c', link: 'https://kutt.it/c', banned: true },
          { ...base, address: 'd', expire_in: 'soon' },
        ],
      },
    ];
    const text = pages.map((page) => JSON.stringify(page)).join('\n');
    const common = { kind: 'link', domain: 'kutt.it', destination: 'https://a.test/', clicks: 7 };
    expect(await rows('kutt', text)).toEqual([
      { ...common, code: 'a', createdAt: '2022-01-02T03:04:05.000Z' },
      {
        ...common,
        code: 'b',
        createdAt: '2022-01-02T03:04:05.000Z',
        settings: { endsAt: '2030-01-01T00:00:00.000Z', paused: true },
      },
      'is banned there',
      'its end cannot be read',
    ]);
    expect((await notes('kutt', text))[1]).toEqual([expect.stringMatching(/^is paused, because the file/)]);
  });

  test('YOURLS: its table with and without headings, and its API', async () => {
    const row = 'ozh,https://ozh.org/,"planetOzh, the blog",2009-11-02 01:02:03,127.0.0.1,1204';
    const expected = {
      kind: 'link',
      code: 'ozh',
      destination: 'https://ozh.org/',
      title: 'planetOzh, the blog',
      createdAt: '2009-11-02T01:02:03.000Z',
      clicks: 1204,
    };
    expect(await rows('yourls', `${row}\n`)).toEqual([expected]);
    expect(await rows('yourls', `"keyword","url","title","timestamp","ip","clicks"\n${row}\n`)).toEqual([
      expected,
    ]);
    const api = {
      links: {
        link_1: {
          shorturl: 'http://sho.rt/ozh',
          url: 'https://ozh.org/',
          title: 'planetOzh, the blog',
          timestamp: '2009-11-02 01:02:03',
          ip: '127.0.0.1',
          clicks: '1204',
        },
      },
      stats: { total_links: '1', total_clicks: '1204' },
      statusCode: 200,
    };
    expect(await rows('yourls', JSON.stringify(api))).toEqual([{ ...expected, domain: 'sho.rt' }]);
  });

  test('Shlink: its API with validity and limits, and the table of its web client', async () => {
    const one = {
      shortCode: 'abc',
      shortUrl: 'https://s.test/abc',
      longUrl: 'https://a.test/',
      dateCreated: '2023-04-05T06:07:08+02:00',
      visitsSummary: { total: 40, nonBots: 30, bots: 10 },
      tags: ['x', 'y'],
      meta: { validSince: null, validUntil: '2031-01-01T00:00:00+00:00', maxVisits: 100 },
      domain: null,
      title: 'A',
      hasRedirectRules: true,
    };
    const page = {
      shortUrls: { data: [one, { ...one, meta: { maxVisits: 30 } }], pagination: { currentPage: 1 } },
    };
    const common = {
      kind: 'link',
      domain: 's.test',
      code: 'abc',
      destination: 'https://a.test/',
      memo: 'A',
      tags: ['x', 'y'],
      createdAt: '2023-04-05T04:07:08.000Z',
      clicks: 40,
    };
    expect(await rows('shlink', JSON.stringify(page))).toEqual([
      { ...common, settings: { endsAt: '2031-01-01T00:00:00.000Z', maxClicks: 100 } },
      { ...common, settings: { maxClicks: 30 } },
    ]);
    expect((await notes('shlink', JSON.stringify(page)))[0]).toEqual(['its redirect rules were left out']);
    const table =
      'createdAt,domain,shortCode,shortUrl,longUrl,title,tags,visits\n2023-04-05T06:07:08+02:00,s.test,abc,https://s.test/abc,https://a.test/,A,x|y,40\n';
    expect(await rows('shlink', table)).toEqual([common]);
  });

  test('Dub: its API with passwords, and the table of its dashboard', async () => {
    const links = [
      {
        id: 'link_1',
        domain: 'dub.sh',
        key: 'sale',
        shortLink: 'https://dub.sh/sale',
        url: 'https://a.test/?utm_source=x',
        password: 'open sesame',
        expiresAt: '2030-01-01T00:00:00.000Z',
        expiredUrl: 'https://a.test/over',
        title: 'Sale',
        ios: 'https://apps.apple.com/app/id1',
        tags: [{ id: 't', name: 'promo', color: 'red' }],
        comments: 'for Ann',
        externalId: 'ext_9',
        utm_source: 'x',
        clicks: 12,
        createdAt: '2024-01-02T03:04:05.000Z',
      },
      { domain: 'dub.sh', key: '_root', url: 'https://a.test/' },
    ];
    expect(await rows('dub', JSON.stringify(links))).toEqual([
      {
        kind: 'link',
        domain: 'dub.sh',
        code: 'sale',
        destination: 'https://a.test/?utm_source=x',
        memo: 'for Ann\nSale',
        tags: ['promo'],
        externalId: '9',
        settings: {
          endsAt: '2030-01-01T00:00:00.000Z',
          expiredUrl: 'https://a.test/over',
          password: 'open sesame',
        },
        campaign: { source: 'x' },
        createdAt: '2024-01-02T03:04:05.000Z',
        clicks: 12,
      },
      'stands for a domain itself, which has no link here',
    ]);
    expect((await notes('dub', JSON.stringify(links)))[0]).toEqual(['"ios" was left out']);
    const table =
      'Short link,Destination URL,Tags,Clicks,Created at\nhttps://dub.sh/a,https://a.test/,"x,y",3,2024-01-02T03:04:05.000Z\n';
    expect(await rows('dub', table)).toMatchObject([
      { domain: 'dub.sh', code: 'a', tags: ['x', 'y'], clicks: 3 },
    ]);
  });

  test('anybody’s table: a destination is enough, values that cannot be read are said', async () => {
    const table =
      'URL,Slug,tags,ends_at,max_clicks,paused,password,clicks,metadata\nhttps://a.test/,https://go.test/x/y,"a,b",2030-01-01,5,on,1234,3,\nhttps://a.test/,,,soon,,,,many,{\nhttps://a.test/,,"[""a,b""]",off,off,off,set,,\n';
    expect(await rows('csv', table)).toEqual([
      {
        kind: 'link',
        domain: 'go.test/x',
        code: 'y',
        destination: 'https://a.test/',
        tags: ['a', 'b'],
        clicks: 3,
        settings: { paused: true, endsAt: '2030-01-01T00:00:00.000Z', password: '1234', maxClicks: 5 },
      },
      'ends_at is no instant such as 2026-03-31T23:59:59Z; metadata is not JSON',
      {
        kind: 'link',
        destination: 'https://a.test/',
        tags: ['a,b'],
        settings: { paused: true, endsAt: false, maxClicks: false },
      },
    ]);
  });
});

describe('files that are a little broken', () => {
  test('control characters cost nothing but themselves, wherever they stand, and the report says so', async () => {
    const row = (n: number, text: string) => `https://x.page.link/${n},https://a.test/,${text}\n`;
    const many = Array.from({ length: 400 }, (_, n) => row(n, 'x')).join('');
    const text = `short_link,link,st\n${row(-1, 'a\0b')}${many}${row(-2, 'a\0\0b')}`;
    const found = await read('firebase', text);
    for (const at of [0, 401]) {
      expect(found[at]).toMatchObject({
        row: { social: { title: 'a b' } },
        notes: ['"st" had control characters, which are spaces now'],
      });
    }
    expect(await read('csv', 'destination,title\nhttps://a.test/,a\0\nhttps://a.test/,"a\tb\n "\n')).toEqual([
      {
        row: { kind: 'link', destination: 'https://a.test/', title: 'a' },
        notes: ['title had control characters, which are spaces now'],
      },
      { row: { kind: 'link', destination: 'https://a.test/', title: 'a\tb' }, notes: [] },
    ]);
    const [broken] = await rows('firebase', 'short_link,link\nhttps://x.page.link/1,https://a.test/\0\n');
    expect(broken).toMatch(/^link /);
  });

  test('a byte order mark before an export in full', async () => {
    const lines = '{"kind":"switchyard-export","version":1}\n{"kind":"link"}\n';
    expect(await rows('ndjson', `\ufeff${lines}`)).toEqual([{ kind: 'link' }]);
  });

  test('a column that is there twice', async () => {
    await expect(read('firebase', 'short_link,link,link\na,b,c\n')).rejects.toThrow(
      'The file has 2 columns for "link": "link", "link". Keep the one that is meant.',
    );
    await expect(read('csv', 'destination,Code,code\na,b,c\n')).rejects.toThrow('"Code", "code"');
    expect(await rows('firebase', 'short_link,link,st,x,x\nhttps://a.test/b,https://b.test/,,1,2\n')).toEqual(
      [{ kind: 'link', domain: 'a.test', code: 'b', destination: 'https://b.test/' }],
    );
    const link = { kind: 'link', domain: 'a.test', code: 'b', destination: 'https://b.test/' };
    // Columns that say one thing in two ways, side by side.
    expect(await rows('bitly', 'id,link,long_url\na.test/b,https://a.test/b,https://b.test/\n')).toEqual([
      link,
    ]);
    expect(await rows('csv', 'slug,short url,url\nb,https://a.test/b,https://b.test/\n')).toEqual([link]);
  });
});

describe('files that are something else', () => {
  test.each<[what: string, kind: ImportKind, content: string | Buffer, message: RegExp]>([
    ['nothing', 'csv', '', /^The file is empty\.$/],
    ['headings alone', 'csv', 'destination\n', /^The file has no rows\.$/],
    ['a zip', 'firebase', Buffer.from('PK\x03\x04xx'), /is an archive\. Unpack it/],
    ['a gzip', 'firebase', Buffer.from([0x1f, 0x8b, 8, 0]), /is an archive/],
    ['UTF-16', 'csv', Buffer.from('\ufeffdestination\n', 'utf16le'), /is UTF-16\. Save it as UTF-8/],
    ['UTF-16 that does not say so', 'csv', Buffer.from('destination\n', 'utf16le'), /is no text/],
    ['a picture', 'csv', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 1]), /is no text/],
    ['a web page', 'firebase', '<!doctype html><p>Hello', /is a web page/],
    [
      'columns of somebody else',
      'kutt',
      'keyword,url\na,b\n',
      /has no column "link" or "short link" or "address".*it has: "keyword", "url"\.$/,
    ],
    ['JSON where there is none', 'csv', '{"a":1}', /is JSON; a table is read from a table/],
    ['an empty page', 'kutt', '{"data":[],"total":0}', /has no rows/],
    ['a table as an export', 'ndjson', 'destination\nhttps://a.test/\n', /is no export of Switchyard/],
    ['lines without their first', 'ndjson', '{"kind":"link"}\n', /is no export of Switchyard/],
    [
      'a newer export',
      'ndjson',
      '{"kind":"switchyard-export","version":3}\n',
      /newer Switchyard \(format 3; this one reads 2\)\. Update this installation first\./,
    ],
  ])('%s', async (_, kind, content, message) => {
    await expect(read(kind, content)).rejects.toThrow(SourceError);
    await expect(read(kind, content)).rejects.toThrow(message);
  });

  test('no bytes at all make a reader do anything but read or say what is wrong', async () => {
    const heads = [
      TAKEOUT,
      'destination,short,tags,metadata,ios_app,clicks,ends_at',
      'keyword,url,timestamp',
      'link,target',
      '{"data":[',
      '[{',
      '{"kind":"switchyard-export","version":1}',
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...IMPORT_KINDS),
        fc.constantFrom('', ...heads),
        fc.oneof(
          fc.uint8Array({ maxLength: 80 }),
          fc.string({ maxLength: 80 }).map((text) => Buffer.from(text)),
        ),
        async (kind, head, tail) => {
          const content = Buffer.concat([Buffer.from(`${head}\n`), tail]);
          const outcome = await read(kind, content).catch((error: unknown) => error);
          if (!Array.isArray(outcome)) expect(outcome).toBeInstanceOf(SourceError);
          else for (const reading of outcome) expect('row' in reading || reading.problem !== '').toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
