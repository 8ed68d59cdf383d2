import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, test, vi } from 'vitest';
import { intentUrl, schemeUrl } from '../deeplinks/app-url.ts';
import {
  asciiUrl,
  decodeQueryText,
  hasPair,
  httpUrlProblem,
  isTooLongToPass,
  LONGEST_PASSED_QUERY,
  LONGEST_READ_QUERY,
  LONGEST_URL_BYTES,
  nameOf,
  parseUrl,
  urlHost,
  withVisitQuery,
} from './destination.ts';

/** Pieces in which URLs are wrong, and right, more often than random text ever is. */
const piece = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('a', 'b=1', 'x', 'example.com', '봄', 'é', '😀', '%20', '%ea', '%'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '/',
      '?',
      '#',
      '&',
      '&&',
      '=',
      ':',
      '@',
      '.',
      '..',
      '\\',
      '"',
      '<',
      '+',
      ';',
      '[',
      ']',
      '|',
      '@evil.example',
      ':80@',
      '%40',
      '%5c',
      '\uff3c',
      '\uff20',
      '\uff0e',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('\r', '\n', '\t', ' ', '\0', '\u00a0', '\u3000', '\ufeff', '\ud800', '\udc00'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 2 }) },
);
const urlish = fc
  .tuple(
    fc.constantFrom(
      'https://example.com',
      'http://봄.example',
      'HTTPS://a.b:8080',
      'https://user:pass@example.com',
      'https://0x7f.1',
      'https://',
      'http:/a',
      'ftp://a',
      '',
    ),
    fc.array(piece, { maxLength: 8 }),
  )
  .map(([start, pieces]) => start + pieces.join(''));

const goodUrl = urlish.filter((url) => httpUrlProblem(url) === undefined);

const queryish = fc
  .array(
    fc.oneof(
      piece,
      fc.constantFrom(
        'd=1',
        'qr=1',
        'qr',
        '%71r=1',
        '%64=1',
        'a=1',
        'a%62=2',
        'utm_source=x',
        'ë´\u0084',
        '\xff\xfe',
      ),
      fc.constant('&'),
    ),
    { maxLength: 10 },
  )
  .map((pieces) => pieces.join(''));

const HEADER_SAFE = /^[\x21-\x7e]*$/;

function asHeader(location: string): void {
  new ServerResponse(new IncomingMessage(new Socket())).setHeader('Location', location);
}

describe('httpUrlProblem', () => {
  it.each([
    'https://example.com',
    'http://example.com:8080/a/b?c=d&e#f',
    'HTTPS://EXAMPLE.COM/',
    'https://봄.example/세일?q=봄#끝',
    'https://user:pass@example.com/',
    'https://[2001:db8::1]/',
    'http://localhost/',
    'https://example.com/?path=C:\\Users#a\\b',
    'https://example.com/@name/@other',
    `https://a.example/${'x'.repeat(LONGEST_URL_BYTES - 18)}`,
  ])('accepts %s', (url) => expect(httpUrlProblem(url)).toBeUndefined());

  it.each<unknown>([
    '',
    'example.com',
    '/path',
    '//example.com',
    'javascript:alert(1)',
    'JAVASCRIPT://example.com/%0aalert(1)',
    'data:text/html,hello',
    'ftp://example.com/',
    'file:///etc/passwd',
    'intent://a#Intent;end',
    'https:example.com',
    'https:/example.com',
    'https://',
    'https://a:99999/',
    'https://example.com\\@evil.example/x',
    'https://example.com\\.evil.example/x',
    'https://example.com/a\\b',
    'https:\\\\example.com',
    'https:///\\example.com',
    'https://evil.example:80@x@example.com/',
    ' https://example.com',
    'https://example.com ',
    'https://example.com/a b',
    'https://example.com/\r\nSet-Cookie: a=1',
    'https://example.com/\t',
    'https://example.com/\0',
    'https://example.com/\x7f',
    'java\nscript:alert(1)',
    `https://a.example/${'x'.repeat(LONGEST_URL_BYTES - 17)}`,
    `https://a.example/${'봄'.repeat(LONGEST_URL_BYTES / 3)}`,
    undefined,
    null,
    1,
    true,
    ['https://example.com'],
    { href: 'https://example.com' },
    new URL('https://example.com'),
  ])('refuses %j', (url) => expect(httpUrlProblem(url)).toEqual(expect.any(String)));

  test('whatever it accepts can be sent in a Location header and leads to the same place', () => {
    let accepted = 0;
    fc.assert(
      fc.property(urlish, (url) => {
        if (httpUrlProblem(url) !== undefined) return;
        accepted++;
        const location = asciiUrl(url);
        expect(location).toMatch(HEADER_SAFE);
        expect(location).toMatch(/^https?:\/\//i);
        asHeader(location);
        expect(new URL(location).href).toBe(new URL(url).href);
      }),
      { numRuns: 3_000 },
    );
    expect(accepted).toBeGreaterThan(300);
  });
});

/** Host and port as whoever has only RFC 3986 reads them, section 3.2: an app, or an intent. */
function rfc3986Host(url: string): string {
  const [, authority = ''] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url) ?? [];
  const host = authority.slice(authority.indexOf('@') + 1).toLowerCase();
  return host.replace(/^([^:]*|\[.*\]):(80|443)?$/, '$1');
}

test('everybody reads the same host in what is sent to', () => {
  let accepted = 0;
  fc.assert(
    fc.property(urlish, fc.boolean(), (url, isStored) => {
      // What stands in the database may be from before a rule.
      if (httpUrlProblem(url) !== undefined && !(isStored && /^https?:/i.test(url) && URL.canParse(url)))
        return;
      accepted++;
      const sent = asciiUrl(url);
      const host = urlHost(url).replace(/:(80|443)$/, '');
      expect(rfc3986Host(sent), sent).toBe(host);
      expect(urlHost(sent)).toBe(urlHost(url));
      expect(rfc3986Host(schemeUrl(sent, 'shop') ?? ''), sent).toBe(host);
      const app = { identifier: 'com.example.shop', customScheme: null };
      const intent = intentUrl(sent, app, 'https://example.com/') ?? '';
      expect(rfc3986Host(intent), intent).toBe(host);
    }),
    { numRuns: 5_000 },
  );
  expect(accepted).toBeGreaterThan(500);
});

describe('a host longer than any name', () => {
  const long = '\uac00'.repeat(254);

  it.each([
    `https://${long}.example/`,
    `https://${long}`,
    `HTTPS:\\\\user:pass@${long}:8443/a`,
    `https:${long}`,
    `https://a@b@${long}?a`,
    ` \0\thttp\n:/\r/${long}`,
    `//${long}/a`,
    `/\\${long}`,
    `https://${encodeURIComponent(long)}/`,
  ])('is not read: %j', (text) => {
    expect(parseUrl(text, 'https://a.example/b')).toBeNull();
  });

  it.each([
    `https://${'a.'.repeat(126)}b/`,
    `https://a.example/${long}`,
    `https://a.example?${long}`,
    `https://a.example#//${long}`,
    `https://user:${long}@a.example/`,
    `${long}/a`,
    `/${long}/a`,
    `a/${long}//b`,
    `?${long}`,
    '',
  ])('is not what only looks like it: %j', (text) => {
    expect(parseUrl(text, 'https://a.example/b')?.href).toBe(new URL(text, 'https://a.example/b').href);
  });

  it('is named to whoever wants visitors sent there', () => {
    expect(httpUrlProblem(`https://${long}/`)).toBe('must name a host of at most 253 characters');
  });
});

describe('asciiUrl', () => {
  it.each([
    ['https://shop.example\\@evil.example/x', 'https://shop.example/@evil.example/x'],
    ['https://shop.example/a\\b?c=\\d', 'https://shop.example/a/b?c=\\d'],
    ['https://0x7f.1/', 'https://127.0.0.1/'],
    ['https://shop%2eexample/', 'https://shop.example/'],
  ])('writes %s as browsers read it', (url, expected) => expect(asciiUrl(url)).toBe(expected));

  it('leaves plain ASCII byte for byte', () => {
    for (const url of [
      'HTTPS://Example.COM:443/%7ea/../b?x="<>\\',
      'http://a',
      'https://a:b@[::1]:8080/#?\\',
    ])
      expect(asciiUrl(url)).toBe(url);
  });

  it('writes the rest as browsers do', () => {
    expect(asciiUrl('https://봄.example/세일?q=é#끝')).toBe(
      'https://xn--4n3b.example/%EC%84%B8%EC%9D%BC?q=%C3%A9#%EB%81%9D',
    );
  });
});

describe('withVisitQuery', () => {
  it.each([
    ['https://a.example/', 'x=1', 'https://a.example/?x=1'],
    ['https://a.example/?y=2', 'x=1', 'https://a.example/?y=2&x=1'],
    ['https://a.example/?x=2', 'x=1&z=3', 'https://a.example/?x=2&z=3'],
    ['https://a.example/#top', 'x=1', 'https://a.example/?x=1#top'],
    ['https://a.example/#top?x=2', 'x=1', 'https://a.example/?x=1#top?x=2'],
    ['https://a.example/?', 'x=1', 'https://a.example/?x=1'],
    ['https://a.example/?%78=2', 'x=1', 'https://a.example/?%78=2'],
    ['https://a.example/?x+y=2', 'x%20y=1', 'https://a.example/?x+y=2'],
    ['https://a.example/?q=a%20b+c', 'x=1', 'https://a.example/?q=a%20b+c&x=1'],
    ['https://a.example/', 'x=1&x=2', 'https://a.example/?x=1&x=2'],
    ['https://a.example/', 'flag', 'https://a.example/?flag'],
    ['https://a.example/', 'd=1&qr=1&qr&x=1', 'https://a.example/?x=1'],
    ['https://a.example/', 'd=1&%71%72=%31&openExternalBrowser=1', 'https://a.example/'],
    ['https://a.example/', 'd=2&x=1', 'https://a.example/?x=1'],
    ['https://a.example/', 'qr=promo&d&d=&qr=&d=11&%64=0&qr=5', 'https://a.example/'],
    ['https://a.example/?d=theirs&qr=2', 'd=1&qr=5', 'https://a.example/?d=theirs&qr=2'],
    ['https://a.example/?d=0&qr=1', 'x=1', 'https://a.example/?d=0&qr=1&x=1'],
    ['https://a.example/', '&&=1&', 'https://a.example/'],
    ['https://a.example/', 'q=%EB%B4%84', 'https://a.example/?q=%EB%B4%84'],
    ['https://a.example/', 'q=%zz', 'https://a.example/?q=%zz'],
    ['https://a.example/', 'x=a b\r\nc', 'https://a.example/?x=a%20b%0D%0Ac'],
    ['https://a.example/', 'x=1#y', 'https://a.example/?x=1%23y'],
    ['https://a.example/', '', 'https://a.example/'],
  ])('%s visited with ?%s leads to %s', (destination, query, expected) => {
    expect(withVisitQuery(destination, query)).toBe(expected);
  });

  it('writes characters outside the basic plane whole', () => {
    expect(withVisitQuery('https://a.example/', 'x=😀')).toBe('https://a.example/?x=%F0%9F%98%80');
  });

  it('keeps empty pairs of the destination where they stand', () => {
    expect(withVisitQuery('https://a.example/?a=1&&b=2&', 'x=1')).toMatch(
      /^https:\/\/a\.example\/\?a=1&&b=2&/,
    );
  });

  test('keeps the destination byte for byte, adds only what it lacks, and never our own marks', () => {
    let added = 0;
    fc.assert(
      fc.property(goodUrl, queryish, (url, query) => {
        const destination = asciiUrl(url);
        const result = withVisitQuery(destination, query);
        const hash = destination.indexOf('#');
        const fragment = hash < 0 ? '' : destination.slice(hash);
        const before = hash < 0 ? destination : destination.slice(0, hash);
        expect(result.startsWith(before) && result.endsWith(fragment), result).toBe(true);

        const insertion = result.slice(before.length, result.length - fragment.length);
        if (insertion === '') return;
        added++;
        expect(insertion).toMatch(HEADER_SAFE);
        expect(insertion).not.toContain('#');
        const mark = before.indexOf('?');
        const ownQuery = mark < 0 ? '' : before.slice(mark + 1);
        const separator = mark < 0 ? '?' : ownQuery === '' ? '' : '&';
        expect(insertion.startsWith(separator)).toBe(true);
        const own = new Set(ownQuery.split('&').map(nameOf));
        for (const pair of insertion.slice(separator.length).split('&')) {
          expect(['', 'd', 'qr', 'openExternalBrowser']).not.toContain(nameOf(pair));
          // Two broken names can become one when they are mended; Node refuses a request line with such bytes.
          if (HEADER_SAFE.test(query)) expect(own.has(nameOf(pair))).toBe(false);
        }
      }),
      { numRuns: 3_000 },
    );
    expect(added).toBeGreaterThan(300);
  });

  test('is fit for a header and goes to the same host, whatever the visitor sends', () => {
    fc.assert(
      fc.property(goodUrl, fc.oneof(queryish, fc.string({ unit: 'binary' })), (url, query) => {
        const destination = asciiUrl(url);
        const result = withVisitQuery(destination, query);
        expect(result).toMatch(HEADER_SAFE);
        asHeader(result);
        expect(new URL(result).origin).toBe(new URL(destination).origin);
        expect(new URL(result).pathname).toBe(new URL(destination).pathname);
        expect(new URL(result).hash).toBe(new URL(destination).hash);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('a long query', () => {
  const longest = 'a=1&'.repeat(LONGEST_PASSED_QUERY / 4 - 1).concat('b=22');

  it('stays where it is, whole, however short what it says', () => {
    expect(withVisitQuery('https://a.example/', longest)).toBe(`https://a.example/?${longest}`);
    for (const query of [`${longest}3`, `${longest}3&qr=1`, `${longest}#`, 'a&'.repeat(7_000)])
      expect(withVisitQuery('https://a.example/?x=1#y', query)).toBe('https://a.example/?x=1#y');
  });

  it('is as long as what of it would travel on', () => {
    for (const query of [`qr=1&${longest}`, `${longest}&openExternalBrowser=1`, `d=1&&${longest}&`]) {
      expect(withVisitQuery('https://a.example/', query)).toBe(`https://a.example/?${longest}`);
      expect(isTooLongToPass(query)).toBe(false);
      expect(isTooLongToPass(`${query}&c`)).toBe(true);
    }
    expect(isTooLongToPass(`d=${'1'.repeat(LONGEST_READ_QUERY)}`)).toBe(true);
  });

  it('is read once, for however many URLs', () => {
    const query = '%61=1&'.repeat(600);
    const decoded = vi.spyOn(globalThis, 'decodeURIComponent');
    const urls = Array.from({ length: 100 }, (_, index) =>
      withVisitQuery(`https://a.example/${index}`, query),
    );
    expect(decoded.mock.calls.length).toBeLessThanOrEqual(600);
    decoded.mockRestore();
    expect(urls[99]).toBe(`https://a.example/99?${query.slice(0, -1)}`);
    expect(withVisitQuery('https://a.example/', 'other=1')).toBe('https://a.example/?other=1');
    expect(withVisitQuery('https://a.example/?a=2', query)).toBe('https://a.example/?a=2');
  });
});

test('a pair stands in a query where it is one of its pairs', () => {
  const query = fc
    .array(fc.constantFrom('d=1', 'd', 'qr', 'd=11', 'ad=1', '', 'qr=1'), { maxLength: 6 })
    .map((pairs) => pairs.join('&'));
  fc.assert(
    fc.property(query, fc.constantFrom('d=1', 'qr', 'qr=1'), (query, pair) => {
      expect(hasPair(query, pair)).toBe(query.split('&').includes(pair));
    }),
  );
});

describe('decodeQueryText', () => {
  it('reads plus as a space and leaves alone what does not decode', () => {
    expect(decodeQueryText('a+b%20c')).toBe('a b c');
    expect(decodeQueryText('100%')).toBe('100%');
    expect(decodeQueryText('%EB%B4%84')).toBe('봄');
  });
});
