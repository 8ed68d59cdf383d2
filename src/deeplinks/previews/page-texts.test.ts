import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMetadata } from './page-metadata.ts';
import { PAGE_TEXT_NAMES, pageTexts } from './page-texts.ts';

const BASE = 'https://shop.example/spring/sale';
const read = (html: string) => pageTexts(readMetadata(html, PAGE_TEXT_NAMES), BASE);

describe('what a page says of itself', () => {
  it.each<[why: string, html: string, expected: Partial<ReturnType<typeof read>>]>([
    [
      'Open Graph before all else',
      `<title>Shop</title><meta name="description" content="A shop"><meta name="twitter:title" content="Tweet">
       <meta property="og:title" content="Spring &amp; sale"><meta property="og:description" content="Half price">
       <meta property="og:image" content="https://img.example/a.png">`,
      { title: 'Spring & sale', description: 'Half price', imageUrl: 'https://img.example/a.png' },
    ],
    [
      'what X looks for before the plain names',
      `<title>Shop</title><meta name="description" content="A shop"><meta name="twitter:title" content="Tweet">
       <meta name="twitter:description" content="Short"><meta name="twitter:image" content="/b.png">`,
      { title: 'Tweet', description: 'Short', imageUrl: 'https://shop.example/b.png' },
    ],
    [
      'the plain names',
      '<title>\n  Shop &gt; Spring \n</title><meta name=description content="A shop">',
      { title: 'Shop > Spring', description: 'A shop', imageUrl: null },
    ],
    [
      'names written in any way',
      `<META NAME="OG:Title" CONTENT='Spring'><meta content="A shop" name=" Description ">`,
      { title: 'Spring', description: 'A shop' },
    ],
    ['a page without a head', '<body><h1>Hello</h1>', { title: '', description: '', imageUrl: null }],
    ['nothing', '', { title: '', description: '', imageUrl: null }],
    [
      'the first value that says something',
      '<meta property="og:title" content=" "><meta property="og:title" content="One"><meta property="og:title" content="Two">',
      { title: 'One' },
    ],
    ['no title of a drawing', '<svg><title>Arrow</title></svg><title>Shop</title>', { title: 'Shop' }],
    [
      'no title of a drawing within a drawing',
      '<svg><g><svg/><style/><title>Arrow</title></g></svg><title>Shop</title>',
      { title: 'Shop' },
    ],
    [
      'nothing of a template',
      '<template><title>Row</title></template><title>Shop</title>',
      { title: 'Shop' },
    ],
    ['the first of two titles', '<title> </title><title>Shop</title><title>Late</title>', { title: 'Shop' }],
    [
      'the first of two attributes',
      '<meta property=og:title content=One content=Two property=x>',
      { title: 'One' },
    ],
    ['no title in a script', '<script>"<title>No</title>"</script><title>Shop</title>', { title: 'Shop' }],
    ['no tag in a comment', '<!-- <title>No</title> --><title>Shop</title>', { title: 'Shop' }],
    ['no markup in a title', '<title>a <b>bold</b> sale</title>', { title: 'a <b>bold</b> sale' }],
    [
      'no marks that turn words around',
      '<title>ab\u202ecod\u0000\u200b.exe\u0007</title>',
      { title: 'abcod .exe' },
    ],
  ])('%s', (_why, html, expected) => {
    expect(read(html)).toMatchObject(expected);
  });

  it.each([
    ['a script', 'javascript:alert(1)'],
    ['data', 'data:image/png;base64,AAAA'],
    ['a file', 'file:///etc/passwd'],
    ['a password', 'https://user:secret@img.example/a.png'],
    ['no URL', 'http://'],
    ['more than a URL may be', `https://img.example/${'a'.repeat(4_000)}`],
    ['on a host longer than any name', `https://${'가'.repeat(300)}.example/a.png`],
  ])('takes no picture that is %s, but the next one', (_why, url) => {
    const html = `<meta property="og:image" content="${url}"><meta property="og:image" content="//img.example/ok.png">`;
    expect(read(html).imageUrl).toBe('https://img.example/ok.png');
    expect(read(`<meta property="og:image" content="${url}">`).imageUrl).toBeNull();
  });

  it('is cut, between characters', () => {
    const title = read(`<title>${'😀'.repeat(1_000)}</title>`).title;
    expect(title.length).toBeLessThanOrEqual(255);
    expect(title.isWellFormed()).toBe(true);
    expect(title.endsWith('…')).toBe(true);
  });
});

const piece = fc.oneof(
  fc.constantFrom(
    '<title>',
    '</title>',
    '<meta property="og:title" content="',
    '<meta name=description content=',
    '<meta property=og:image content=',
    '">',
    "'",
    '<svg>',
    '</svg>',
    '<script>',
    '<!--',
    '-->',
    '<![CDATA[',
    '&#0;',
    '&#x202e;',
    '&#xd800;',
    '&amp',
    'javascript:',
    '//x',
    '</',
    '<',
    '>',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

it('no page breaks the reader, and nothing it says breaks what shows it', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const { title, description, imageUrl } = read(pieces.join(''));
      for (const text of [title, description]) {
        expect(text).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
        expect(text.isWellFormed()).toBe(true);
        expect(text).toBe(text.trim());
      }
      expect(title.length).toBeLessThanOrEqual(255);
      expect(description.length).toBeLessThanOrEqual(1_000);
      if (imageUrl !== null) expect(new URL(imageUrl).protocol).toMatch(/^https?:$/);
    }),
    { numRuns: 1_000 },
  );
});
