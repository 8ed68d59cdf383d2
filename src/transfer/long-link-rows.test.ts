import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OwnDomain } from './long-link-destination.ts';
import { readRows } from './read-rows.ts';
import type { Reading, Row } from './source.ts';
import type { ImportKind } from './sources.ts';

const OURS: OwnDomain[] = [
  { host: 'go.test', pathPrefix: '' },
  { host: 'links.test:8443', pathPrefix: 'share' },
];

async function read(kind: ImportKind, content: string, domains = OURS): Promise<Reading[]> {
  const bytes = (async function* () {
    yield Buffer.from(content);
  })();
  const found: Reading[] = [];
  for await (const { reading } of readRows(kind, bytes, undefined, domains)) found.push(reading);
  return found;
}

async function rows(kind: ImportKind, content: string, domains = OURS): Promise<(Row | string)[]> {
  return (await read(kind, content, domains)).map((one) => ('row' in one ? one.row : one.problem));
}

const LINK = 'https://www.example.com/p?x=1&y=a%2Bb#part';
const QUERY = `link=${encodeURIComponent(LINK)}&apn=com.acme.droid&amv=21&ibi=com.acme.app&isi=99&ofl=https%3A%2F%2Fwww.example.com%2Fdesk&st=Look&utm_source=news&efr=1`;
const LONG = `https://acme.page.link/?${QUERY}`;
const SAID = {
  destination: LINK,
  desktopUrl: 'https://www.example.com/desk',
  social: { title: 'Look' },
  campaign: { source: 'news' },
  appRouting: { forceRedirect: true },
  apps: {
    ios: { identifier: 'com.acme.app', appStoreId: '99', customScheme: 'com.acme.app' },
    android: { identifier: 'com.acme.droid', minVersion: '21' },
  },
};
const CODE = 'aBcDeFgHiJkLmNoP9';

describe('short links with long links, of Firebase', () => {
  test.each([
    ['short_link,long_link', 'https://acme.page.link/'],
    ['shortLink,longLink', 'acme.page.link/'],
    ['Short link,Long dynamic link', 'https://acme.page.link/'],
    ['short_link,longDynamicLink', 'https://acme.page.link/'],
    ['code,long_link', ''],
    ['Code,long_dynamic_link', ''],
  ])('"%s", as a table and as JSON of every form', async (heading, before) => {
    const short = before + CODE;
    const [first = '', second = ''] = heading.split(',');
    const item = JSON.stringify({ [first]: short, [second]: LONG });
    const expected = { kind: 'link', domain: 'acme.page.link', code: CODE, ...SAID };
    for (const file of [
      `${heading}\n${short},${LONG}\n${short},"${LONG}"\n`,
      `[${item},${item}]`,
      `${item}\n${item}\n`,
      `{"links":[${item},${item}]}`,
    ])
      expect(await rows('firebase', file), file).toEqual([expected, expected]);
  });

  test('a path prefix belongs to the domain, whichever of the two has it', async () => {
    const expected = { kind: 'link', domain: 'go.test/share', code: 'Ab', destination: 'https://a.test/' };
    const long = 'https://go.test/share/?link=https%3A%2F%2Fa.test%2F';
    const file = `code,long_link\nAb,${long}\nhttps://go.test/share/Ab,${long}\nAb,${long.replace('/?', '?')}\n`;
    expect(await rows('firebase', file)).toEqual([expected, expected, expected]);
  });

  test('what the long link cannot say stands in columns of its own, and what both say counts there', async () => {
    const item = {
      code: 'a',
      longLink: LONG,
      name: 'Spring',
      archived: true,
      amv: 22,
      creationTimestamp: 1_600_000_000,
    };
    expect(await rows('firebase', JSON.stringify([item]))).toMatchObject([
      {
        ...{ memo: 'Spring', tags: ['archived'], createdAt: '2020-09-13T12:26:40.000Z', destination: LINK },
        apps: { android: { minVersion: '22' } },
      },
    ]);
    expect(
      await rows('firebase', `[{"short_link":"https://x.page.link/a","link":"https://a.test/","apn":null}]`),
    ).toEqual([{ kind: 'link', domain: 'x.page.link', code: 'a', destination: 'https://a.test/' }]);
  });

  test('what travels on, and what cannot be kept, is said', async () => {
    const [one] = await read(
      'firebase',
      'code,long_link\na,https://x.page.link/?link=https://a.test/?a=1&ref=friend&isi=9#top\n',
    );
    expect(one).toEqual({
      row: { kind: 'link', domain: 'x.page.link', code: 'a', destination: 'https://a.test/?a=1&ref=friend' },
      notes: [
        'its long link: none of a dynamic link’s parameters are called "ref"; they travel on to the deep link',
        'its long link has a # that is not encoded (%23); what follows it was left out',
        'what it says of an iOS app was left out, because it names no bundle id',
      ],
    });
  });

  test('a row that says nothing says so; the others are read', async () => {
    const file = [
      'short_link,long_link',
      `,${LONG}`,
      'https://x.page.link/a,',
      'https://x.page.link/a,https://www.example.com/',
      'https://x.page.link/a,https://x.page.link/?link=',
      'https://x.page.link/a,https://x.page.link/?link=javascript:alert(1)',
      `https://x.page.link/a,https://x.page.link/?link=${encodeURIComponent(LONG)}`,
      'https://x.page.link/a,x.page.link/?link=https%3A%2F%2Fa.test%2F',
      `https://x.page.link/a,${LONG}`,
    ].join('\n');
    const [, , other] = await read('firebase', file);
    expect(other).toMatchObject({ destination: 'https://www.example.com/' });
    expect(await rows('firebase', file)).toEqual([
      'has no short link',
      'has no destination',
      expect.stringMatching(/^its long link is none such as https/),
      expect.stringMatching(/^link must be/),
      expect.stringMatching(/^link must be/),
      'link must not be another dynamic link',
      'its long link begins with no https://',
      expect.objectContaining({ code: 'a' }),
    ]);
    expect(await rows('firebase', '[{"a":1},{"code":"a"}]')).toEqual([
      'has no destination',
      'has no destination',
    ]);
  });

  test('codes are kept as they are, whatever they are made of', async () => {
    const suffix = fc.string({ unit: fc.constantFrom(...'aZ09_-'), minLength: 1, maxLength: 30 });
    const url = fc.webUrl({ withQueryParameters: true, withFragments: true });
    await fc.assert(
      fc.asyncProperty(suffix, url, async (code, link) => {
        const long = `https://x.page.link/?link=${encodeURIComponent(link)}&apn=com.acme.droid`;
        const [row] = await rows('firebase', JSON.stringify({ code, long_link: long }));
        expect(row).toMatchObject({
          code,
          destination: link,
          apps: { android: { identifier: 'com.acme.droid' } },
        });
        expect(await rows('firebase', `code,long_link\n${code},"${long}"\n`)).toEqual([row]);
      }),
    );
  });
});

describe('destinations that are dynamic long links', () => {
  const NOTE = 'its destination is a dynamic long link: it leads where that says, with the apps it names';
  const OF: [kind: ImportKind, file: (url: string) => string][] = [
    ['csv', (url) => `code,destination\na,"${url}"\n`],
    ['bitly', (url) => `Bitlink,Long URL\nhttps://b.test/a,"${url}"\n`],
    ['kutt', (url) => JSON.stringify({ data: [{ link: 'https://b.test/a', target: url }] })],
    ['yourls', (url) => `keyword,url\na,"${url}"\n`],
    ['shlink', (url) => JSON.stringify([{ shortCode: 'a', longUrl: url }])],
    ['dub', (url) => JSON.stringify([{ key: 'a', url }])],
  ];

  test.each(OF)('%s: the link leads where the long link says', async (kind, file) => {
    for (const base of [
      ...['https://acme.page.link/?', 'http://X.page.link/share?', 'https://go.test/?', 'http://GO.test?'],
      ...['https://links.test:8443/share/?', 'https://links.test:8443/share?', 'https://links.test:8443/?'],
    ]) {
      const [one] = await read(kind, file(base + QUERY));
      expect(one, base).toMatchObject({ row: { code: 'a', ...SAID }, notes: [NOTE] });
    }
  });

  test.each(OF)('%s: one that leads nowhere is refused', async (kind, file) => {
    const url = 'https://acme.page.link/?link=mailto%3Aann%40example.com&apn=com.acme.droid';
    const inner = encodeURIComponent('https://go.test/?link=https%3A%2F%2Fa.test%2F');
    expect(await read(kind, file(url))).toEqual([
      {
        problem: expect.stringMatching(
          /^its destination is a dynamic long link that cannot be followed: link must be/,
        ),
        destination: url,
      },
    ]);
    expect(await rows(kind, file(`https://acme.page.link/?link=${inner}`))).toEqual([
      expect.stringMatching(/: link must not be another dynamic link$/),
    ]);
  });

  test.each([
    ['somebody else’s host', `https://www.example.com/?${QUERY}`],
    ['another port', `https://links.test/share/?${QUERY}`],
    ['a code', `https://go.test/code?${QUERY}`],
    ['no link', 'https://go.test/?deeplink=https%3A%2F%2Fa.test%2F'],
    ['a short link', 'https://acme.page.link/Qw12'],
  ])('%s is a destination like any', async (_, url) => {
    for (const [kind, file] of OF)
      expect(await read(kind, file(url))).toMatchObject([{ row: { destination: url }, notes: [] }]);
  });

  test('long links of the domain that the file moves away from are followed, too', async () => {
    const file = `short,destination\nhttps://old.test/share/a,https://old.test/?${QUERY}\nhttps://old.test/share/b,https://old.test/share?${QUERY}\n`;
    expect(await rows('csv', file)).toMatchObject([SAID, SAID]);
  });

  test('what the row says itself counts', async () => {
    const head =
      'code,destination,desktop_url,social_title,social_description,utm_source,utm_medium,ios_app,title';
    const app = '"{""identifier"":""com.acme.other""}"';
    const file = `${head}\na,${LONG},https://own.test/,Mine,D,mine,m,${app},T\n`;
    expect(await rows('csv', file)).toEqual([
      {
        ...{ kind: 'link', code: 'a', ...SAID, title: 'T', desktopUrl: 'https://own.test/' },
        social: { title: 'Mine', description: 'D' },
        campaign: { source: 'mine', medium: 'm' },
        apps: { ...SAID.apps, ios: { identifier: 'com.acme.other' } },
      },
    ]);
  });

  test('an export of ours comes back as it was', async () => {
    const link = { kind: 'link', id: 'lnk_0123456789abcdef', code: 'a', destination: LONG };
    expect(await rows('csv', `id,code,destination\n${link.id},a,${LONG}\n`)).toEqual([link]);
    const { id: _, ...without } = link;
    const lines = `{"kind":"switchyard-export","version":1}\n${JSON.stringify(without)}\n`;
    expect(await rows('ndjson', lines)).toEqual([without]);
  });
});
