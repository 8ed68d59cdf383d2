import fc from 'fast-check';
import { DomUtils, parseDocument } from 'htmlparser2';
import { describe, expect, it } from 'vitest';
import { decodePage } from './page-charset.ts';
import { readMetadata } from './page-metadata.ts';
import { PAGE_TEXT_NAMES, pageTexts } from './page-texts.ts';

const read = (html: string) => readMetadata(html, PAGE_TEXT_NAMES);

describe('a head is whole', () => {
  it.each([
    ['<head><title>x</title></head>', true],
    ['<title>x</title><body>', true],
    ['<BODY CLASS=a>', true],
    ['<head><title>x</title>', false],
    ['<head><title>x</head>', false],
    ['<script>"</head>"', false],
    ['<!-- </head> ', false],
    ['<svg></head>', true],
    ['<math><body>', true],
    ['<template></head><body>', false],
    ['<body', false],
    ['<header></header>', false],
    ['', false],
  ])('%j: %s', (html, isHeadWhole) => {
    expect(read(html).isHeadWhole).toBe(isHeadWhole);
  });
});

const OG = '<meta property="og:title" content="OG">';

describe('a drawing ends where HTML lets none go on', () => {
  it.each([
    ['<body><div><svg><path></div><title>Page</title>', 'Page'],
    ['<p><math><mi>x</p><title>Page</title>', 'Page'],
    ['<p><math><svg><g></br><title>Page</title>', 'Page'],
    ['<svg><svg><g><IMG src=a><title>Page</title>', 'Page'],
    ['<svg><h1>x</h1><title>Page</title></svg>', 'Page'],
    ['<svg><svg></p></svg><svg><title>Drawing</title></svg><title>Page</title>', 'Page'],
    ['<svg><a><title>Drawing</title></a><g></g><text>x</text><title>Drawing</title>', ''],
    ['<svg><metadata></metadata><header></header><title>Drawing</title>', ''],
    ['<template><svg><div></div></p><title>Part</title>', ''],
    ['<svg><foreignObject><p>x</p></foreignObject><title>Drawing</title></svg><title>Page</title>', 'Page'],
    ['<svg><foreignObject><p><svg><p></foreignObject><title>Drawing</title></svg>', ''],
    ['<svg><foreignObject/><title>Drawing</title></svg>', ''],
    ['<svg><foreignObject><div>x</div></div><title>Page</title>', 'Page'],
    ['</foreignObject><foreignObject></foreignObject><title>Page</title>', 'Page'],
  ])('%s: %j', (html, title) => {
    expect(read(html).title).toBe(title);
  });

  it.each([
    ['<head><svg><path></head>', true],
    ['<svg>', true],
    ['<svg><math><g>', true],
    ['<svg><foreignObject>', true],
    ['<template><svg>', false],
  ])('with what is said behind %s: %s', (html, isSaid) => {
    expect(read(html + OG).named.has('og:title')).toBe(isSaid);
  });
});

type Node = ReturnType<typeof parseDocument>['childNodes'][number];

/** What is in a tree, without what is in a drawing or a template. */
function elementsIn(nodes: readonly Node[]): Extract<Node, { attribs: unknown }>[] {
  return nodes.flatMap((node) => {
    if (!('attribs' in node) || ['svg', 'math', 'template'].includes(node.name)) return [];
    return [node, ...elementsIn(node.children)];
  });
}

/** The same by way of a tree of the whole page. */
function readTree(html: string) {
  const elements = elementsIn(parseDocument(html).childNodes);
  const titles = elements.filter(({ name }) => name === 'title').map((title) => DomUtils.textContent(title));
  const named = new Map<string, string[]>();
  for (const { name: tag, attribs } of elements) {
    const { property = '', name = '', content = '' } = attribs;
    const key = [property, name].find((text) => PAGE_TEXT_NAMES.has(text));
    if (tag === 'meta' && key && content.trim())
      named.set(key, [...(named.get(key) ?? []), content].slice(0, 10));
  }
  return { named, title: titles.find((title) => title.trim() !== '') ?? '' };
}

const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
const words = fc
  .array(fc.constantFrom('봄', 'sale', ' ', '\n', '&', '<b>', '"', "'", '>', '</title>', '&amp;', '=', '/'), {
    maxLength: 6,
  })
  .map((pieces) => pieces.join(''));
const name = fc.constantFrom(...PAGE_TEXT_NAMES, 'viewport');
const title = words.map((text) => `<title>${escaped(text)}</title>`);
const nothing = words.map((text) => `<!-- ${text.replaceAll('>', '')} <title>No</title> -->`);
const { page } = fc.letrec<{ page: string; node: string; drawn: string }>((tie) => ({
  page: fc.array(tie('node'), { maxLength: 8 }).map((nodes) => nodes.join('')),
  // HTML never stands in it.
  drawn: fc
    .array(
      fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        words.map(escaped),
        title,
        nothing,
        fc.constantFrom('<style>a b {}</style>', '<svg/>', '<image href="<title>x"/>'),
        fc
          .tuple(fc.constantFrom('g', 'svg', 'math', 'a', 'metadata'), tie('drawn'))
          .map(([tag, inner]) => `<${tag}>${inner}</${tag}>`),
      ),
      { maxLength: 4 },
    )
    .map((nodes) => nodes.join('')),
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    words.map(escaped),
    title,
    fc.tuple(name, words).map(([key, text]) => `<meta property="${key}" content="${escaped(text)}">`),
    fc.tuple(name, words).map(([key, text]) => `<META content='${escaped(text)}' class=a name=${key} />`),
    nothing,
    words.map((text) => `<script>"<title>${text}<meta name=description content=x>"</script>`),
    fc.constantFrom('<style>a > b {}</style>', '<svg/>', '<br>', '<img alt="<title>x">', '<!doctype html>'),
    fc
      .tuple(fc.constantFrom('head', 'div', 'noscript', 'template', 'g'), tie('page'))
      .map(([tag, inner]) => `<${tag} a="b">${inner}</${tag}>`),
    fc
      .tuple(fc.constantFrom('svg', 'math'), tie('drawn'))
      .map(([tag, inner]) => `<${tag} a="b">${inner}</${tag}>`),
  ),
}));

it('finds in a well-formed page what its tree has', () => {
  fc.assert(
    fc.property(page, (html) => {
      const { named, title } = read(html);
      expect({ named, title }).toEqual(readTree(html));
    }),
    { numRuns: 2_000 },
  );
});

const BYTES = 512 * 1024;
const filled = (unit: string, before = '') =>
  before + unit.repeat(Math.floor((BYTES - before.length) / Buffer.byteLength(unit)));
/** Of all that is done with a page; whatever else the machine does only adds to the fastest. */
function costOf(page: string): number {
  const bytes = Buffer.from(page);
  const costs = Array.from({ length: 5 }, () => {
    const started = performance.now();
    pageTexts(read(decodePage(bytes, 'text/html')), 'https://a.example/');
    return performance.now() - started;
  });
  return Math.min(...costs);
}
const hangul = (length: number, from: number) =>
  Array.from({ length }, (_, n) => String.fromCodePoint(0xac00 + ((n * 7_919 + from) % 11_172))).join('');

describe('half a megabyte costs not much more than that of a kind page', () => {
  const kind = filled(
    '<p class="a">Hello <a href="/b">world</a> &amp; all</p>\n',
    '<title>A</title></head><body>',
  );

  it.each([
    ['tags that never close, and ends of others', `${'<i>'.repeat(82_000)}${'</u>'.repeat(60_000)}`],
    ['tags that never close', filled('<i>')],
    ['ends of nothing', filled('</p>')],
    ['forms in forms', filled('<form>')],
    ['drawings in drawings', filled('<svg>')],
    ['drawings with titles', filled('<svg><title>')],
    ['ends of drawings', filled('</desc></svg>', '<svg>')],
    ['pages in drawings in pages', filled('<svg><foreignObject>')],
    ['ends of pages in drawings', filled('</foreignObject><p>', '<svg><foreignObject>'.repeat(10_000))],
    ['beginnings', filled('<')],
    ['metadata without end', filled('<meta ')],
    ['metadata that says nothing', filled('<meta>')],
    ['metadata again and again', filled('<meta property=og:title content=x>')],
    ['pictures again and again', filled('<meta property=og:image content=//x>')],
    ['empty titles', filled('<title> </title>')],
    ['a title of blanks and empty titles', filled('<title></title>', `<title>${' '.repeat(8_000)}</title>`)],
    ['a title that never ends', filled('<title>')],
    ['a title of entities', filled('&#32;', '<title>')],
    ['a script that never ends', filled('<script>"</scrip')],
    ['a comment that never ends', filled('<!--')],
    ['a comment of dashes', filled('-', '<!--')],
    ['empty comments', filled('<!-->')],
    ['sections that never end', filled('<![CDATA[')],
    ['attributes by the thousand', `<meta ${Array.from({ length: 75_000 }, (_, n) => `a${n}`).join(' ')}>`],
    ['one attribute by the thousand', filled('content=x ', '<meta ')],
    ['one huge attribute', filled('x', '<meta property=og:title content="')],
    ['one huge attribute of entities', filled('&amp;', '<meta property=og:title content="')],
    ['one huge name', filled('m', '<')],
    ['ampersands', filled('&')],
    ['entities that break off', filled('&CounterClockwiseContourIntegra')],
    ['encodings that are none', filled('<meta charset=x>')],
    ['encodings without end', filled('<meta charset ')],
    ['what is in no encoding', filled('\0')],
    [
      'pictures on hosts longer than any name',
      [...PAGE_TEXT_NAMES]
        .filter((key) => key.includes('image'))
        .flatMap((key) =>
          Array.from({ length: 10 }, (_, n) => `<meta name=${key} content="//${hangul(3_400, n)}/">`),
        )
        .join(''),
    ],
  ])('when it is %s', (_what, page) => {
    expect(costOf(page)).toBeLessThan(20 * costOf(kind));
  });
});
