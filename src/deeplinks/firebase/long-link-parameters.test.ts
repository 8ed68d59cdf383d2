import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  isLongLinkQuery,
  LONG_LINK_PARAMETERS,
  type LongLinkParameters,
  readLongLinkQuery,
  writeLongLinkQuery,
} from './long-link-parameters.ts';

describe('isLongLinkQuery', () => {
  it.each([
    ['link=https%3A%2F%2Fa.example', true],
    ['apn=com.example.app&link=', true],
    ['deep_link=https%3A%2F%2Fa.example', false],
    ['utm_source=link=x', false],
    ['', false],
  ])('takes %s for one: %s', (query, expected) => {
    expect(isLongLinkQuery(query)).toBe(expected);
  });
});

describe('readLongLinkQuery', () => {
  const linkIn = (query: string) => readLongLinkQuery(query).parameters.link;

  it('decodes a deep link once, so that what is encoded inside it stays encoded', () => {
    const deepLink = 'https://a.example/p%2Fq?x=1%23y&z=a%3Db+c#part=2';
    expect(linkIn(`link=${encodeURIComponent(deepLink)}&apn=com.example.app`)).toBe(deepLink);
  });

  it('takes a plus inside a URL for a plus, and in a text for a space', () => {
    const { parameters } = readLongLinkQuery('link=https://a.example/c++&st=a+b%2Bc');
    expect(parameters).toEqual({ link: 'https://a.example/c++', st: 'a b+c' });
  });

  it('keeps what is no encoding, and encodes a space that was one', () => {
    expect(linkIn('link=https%3A%2F%2Fa.example%2F100%%20off%ff')).toBe('https://a.example/100%%20off%ff');
    expect(linkIn('link=%20https%3A%2F%2Fa.example%2Fa%20b ')).toBe('https://a.example/a%20b');
  });

  it('takes the first of two', () => {
    expect(linkIn('link=https://a.example&link=https://b.example')).toBe('https://a.example');
  });

  it('lets travel on what it does not know, statistics have the campaign, and the marks of the product stay', () => {
    const query = 'link=https://a.example/&ref=a%20b&apn=x.y&utm_source=mail&qr=1&d=1&ref=2&flag&st=T';
    const { unrecognized, passedOn, visitQuery } = readLongLinkQuery(query);
    expect(unrecognized).toEqual(['ref', 'flag']);
    expect(passedOn).toBe('ref=a%20b&ref=2&flag');
    expect(visitQuery).toBe('ref=a%20b&utm_source=mail&qr=1&d=1&ref=2&flag');
  });

  it('lets nothing travel on that is called as a mark of the product, whatever it says', () => {
    const { unrecognized, passedOn, visitQuery } = readLongLinkQuery(
      'link=https://a.example/?a=1&d=2&qr=promo&b=3',
    );
    expect(unrecognized).toEqual(['b']);
    expect(passedOn).toBe('b=3');
    expect(visitQuery).toBe('d=2&qr=promo&b=3');
  });
});

test('what is written is read again, whatever it is', () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter((one) => one.isWellFormed());
  const url = fc.webUrl({ withQueryParameters: true, withFragments: true });
  const urls = new Set(['link', 'afl', 'al', 'ifl', 'ipfl', 'ofl', 'si']);
  const parameters: fc.Arbitrary<LongLinkParameters> = fc.record(
    Object.fromEntries(LONG_LINK_PARAMETERS.map((name) => [name, urls.has(name) ? url : text])),
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(parameters, (given) => {
      const query = writeLongLinkQuery(given);
      expect(query).toMatch(/^[\x21-\x7e]*$/);
      expect(query).not.toContain('#');
      expect(readLongLinkQuery(query).parameters).toEqual(given);
    }),
  );
});

test('anything at all can be read, and nothing of it grows', () => {
  const piece = fc.constantFrom(
    'link=',
    'apn=',
    '&',
    '=',
    '%',
    '%2',
    '%ff',
    '%ED%A0%80',
    '#',
    '+',
    'qr',
    'https://a.b/?',
  );
  const query = fc.array(fc.oneof(piece, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 30 });
  fc.assert(
    fc.property(query, (pieces) => {
      const text = pieces.join('');
      const { parameters, visitQuery } = readLongLinkQuery(text);
      expect(visitQuery.length).toBeLessThanOrEqual(text.length);
      for (const value of Object.values(parameters)) {
        expect(value.length).toBeLessThanOrEqual(text.length * 3);
      }
    }),
    { numRuns: 2_000 },
  );
});
