import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { UNKNOWN_DEVICE } from '../deeplinks/device.ts';
import type { Domain } from '../links/domain.ts';
import { requestedPath, utmOf, visitOf } from './visit-request.ts';

const NOW = 1_800_000_000_000;

const plain: Domain = {
  id: 1,
  publicId: 'dom_plain',
  projectId: null,
  host: 'go.example',
  pathPrefix: '',
  isDefault: true,
  version: 1,
  createdAt: 0,
  updatedAt: 0,
};
const share: Domain = { ...plain, id: 2, publicId: 'dom_share', pathPrefix: 'share', isDefault: false };
const deep: Domain = { ...plain, id: 3, publicId: 'dom_deep', pathPrefix: 'share/deep', isDefault: false };

/** As the directory gives them: longest prefix first. */
const ALL = [deep, share, plain];

function found(path: string, domains: readonly Domain[] = [plain]) {
  const target = requestedPath(path, domains);
  return target && [target.domain.id, target.code];
}

describe('requestedPath', () => {
  it.each([
    ['/', ''],
    ['/summer', 'summer'],
    ['/Summer-Sale_2027', 'Summer-Sale_2027'],
    ['/summer/', 'summer'],
    ['/v2.1', 'v2.1'],
    ['/%EB%B4%84', '봄'],
    ['/%eb%b4%84/', '봄'],
    ['/%E1%84%87%E1%85%A9%E1%86%B7', '봄'],
    ['/e%CC%81t%C3%A9', 'été'],
    ['/a%2Db', 'a-b'],
    ['/%61pi', 'api'],
    ['/a+b', 'a+b'],
    ['/..', '..'],
    ['/%2e%2e', '..'],
  ])('%s asks for "%s"', (path, code) => expect(found(path)).toEqual([1, code]));

  it.each([
    '//',
    '///',
    '/a/b',
    '/a//',
    '//a',
    '/../a',
    '/a%2Fb',
    '/a%2fb',
    '/%2F',
    '/%2e%2e%2fetc',
    '/a%00',
    '/%',
    '/%e',
    '/%zz',
    '/%EB%B4',
    '/%C0%AF',
    '/%ED%A0%80',
    '/%FF',
  ])('%s asks for nothing', (path) => expect(found(path)).toBeUndefined());

  it('looks under the longest prefix first', () => {
    expect(found('/share/x', ALL)).toEqual([2, 'x']);
    expect(found('/share/deep/x', ALL)).toEqual([3, 'x']);
    expect(found('/share/deep', ALL)).toEqual([2, 'deep']);
    expect(found('/share/', ALL)).toEqual([2, '']);
    expect(found('/share', ALL)).toEqual([1, 'share']);
    expect(found('/shared', ALL)).toEqual([1, 'shared']);
    expect(found('/x', ALL)).toEqual([1, 'x']);
    expect(found('/share/a/b', ALL)).toBeUndefined();
    expect(found('/x', [deep, share])).toBeUndefined();
    expect(found('/x', [])).toBeUndefined();
  });

  test('never throws, and finds no code with a slash or a NUL in it', () => {
    // What Node lets through: everything else in a request line is refused before it gets here.
    const character = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
    const piece = fc.oneof(
      fc.constantFrom('/', '%', '%2f', '%2F', '%00', '%e', '%EB', '%B4', '%84', '.', '..', 'share', 'a'),
      character,
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const target = requestedPath(`/${pieces.join('')}`, ALL);
        if (target) expect(target.code).not.toMatch(/[/\0]/);
      }),
      { numRuns: 3_000 },
    );
  });

  test('finds every code again that a browser was sent to', () => {
    const code = fc
      .string({
        unit: fc.constantFrom(...'aZ0_-'.split(''), '봄', 'é', 'ß', '語', 'a.b'),
        minLength: 1,
        maxLength: 8,
      })
      .map((text) => text.normalize('NFC'));
    fc.assert(
      fc.property(code, fc.constantFrom(...ALL), fc.boolean(), (code, domain, slash) => {
        const prefix = domain.pathPrefix === '' ? '' : `/${domain.pathPrefix}`;
        const { pathname } = new URL(`https://go.example${prefix}/${code}${slash ? '/' : ''}`);
        expect(found(pathname, [domain])).toEqual([domain.id, code]);
      }),
    );
  });
});

function request(headers: Readonly<Record<string, string>>, method = 'GET'): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  message.method = method;
  for (const [name, value] of Object.entries(headers)) message.headers[name.toLowerCase()] = value;
  return message;
}

describe('visitOf', () => {
  it('knows nothing yet of passwords and slots', () => {
    expect(visitOf(request({ 'User-Agent': 'curl/8.5.0' }), 'a=1', NOW)).toEqual({
      method: 'GET',
      visitor: 'automated',
      device: UNKNOWN_DEVICE,
      clickId: expect.stringMatching(/^[0-9a-f]{32}$/),
      prefetch: false,
      document: true,
      qr: false,
      query: 'a=1',
      unlocked: null,
      slotsTaken: 0,
    });
  });

  it('tells phones by their system', () => {
    expect(
      visitOf(request({ 'User-Agent': 'Mozilla/5.0 (Linux; Android 10; K)' }), '', NOW).device.platform,
    ).toBe('android');
    expect(visitOf(request({}), '', NOW).device.platform).toBe('other');
  });

  it('tells HEAD from GET', () => {
    expect(visitOf(request({}, 'HEAD'), '', NOW).method).toBe('HEAD');
    expect(visitOf(request({}, 'GET'), '', NOW).method).toBe('GET');
  });

  it.each([
    ['Sec-Purpose', 'prefetch'],
    ['Sec-Purpose', 'prefetch;prerender'],
    ['Sec-Purpose', 'prefetch;anonymous-client-ip'],
    ['Purpose', 'prefetch'],
    ['Purpose', 'Prefetch'],
    ['X-Moz', 'prefetch'],
    ['Purpose', 'prerender'],
  ])('takes %s: %s for fetching ahead', (name, value) => {
    expect(visitOf(request({ [name]: value }), '', NOW).prefetch).toBe(true);
  });

  it.each([
    ['Sec-Purpose', ''],
    ['Sec-Purpose', 'navigate'],
    ['Purpose', 'not prefetch'],
    ['Sec-Fetch-Mode', 'navigate'],
    ['X-Purpose', 'click'],
  ])('takes %s: "%s" for going', (name, value) => {
    expect(visitOf(request({ [name]: value }), '', NOW).prefetch).toBe(false);
  });

  it.each(['image', 'iframe', 'frame', 'embed', 'object', 'video', 'script', 'empty', '', 'Document, image'])(
    'takes Sec-Fetch-Dest: "%s" for no page of its own',
    (purpose) => {
      expect(visitOf(request({ 'Sec-Fetch-Dest': purpose }), '', NOW).document).toBe(false);
    },
  );

  it('takes a request for a document, and one that says nothing, for a page', () => {
    expect(visitOf(request({ 'Sec-Fetch-Dest': 'document' }), '', NOW).document).toBe(true);
    expect(visitOf(request({}), '', NOW).document).toBe(true);
  });

  it.each(['qr=1', 'qr', 'a=1&qr=1', 'qr=1&a=1', 'a=1&qr&b'])('takes ?%s for a scan', (query) => {
    expect(visitOf(request({}), query, NOW).qr).toBe(true);
  });

  it.each(['', 'qr=0', 'qr=', 'qrs=1', 'aqr=1', 'a=qr', 'a=qr=1', 'QR=1'])(
    'takes ?%s for no scan',
    (query) => {
      expect(visitOf(request({}), query, NOW).qr).toBe(false);
    },
  );

  test('never throws, whatever is asked', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, text, text, (userAgent, purpose, moz, query) => {
        const visit = visitOf(
          request({ 'User-Agent': userAgent, 'Sec-Purpose': purpose, 'X-Moz': moz }),
          query,
          NOW,
        );
        expect(visit.query).toBe(query);
      }),
    );
  });
});

describe('utmOf', () => {
  it('reads names without their prefix, values decoded', () => {
    expect(utmOf('utm_source=news+letter&a=1&utm_medium=%EB%B4%84&utm%5Fid=7')).toEqual([
      ['source', 'news letter'],
      ['medium', '봄'],
      ['id', '7'],
    ]);
  });

  it('is null when there are none', () => {
    for (const query of ['', 'a=1', 'utm', 'xutm_source=1', 'utm_source', 'a=utm_source=1']) {
      expect(utmOf(query)).toBeNull();
    }
  });

  it('takes a value that does not decode as it stands', () => {
    expect(utmOf('utm_source=100%')).toEqual([['source', '100%']]);
  });

  test('is bounded and never throws', () => {
    const pair = fc
      .tuple(
        fc.constantFrom('utm_source', 'utm_x', 'utm%5Fy', 'utm_%', 'a'),
        fc.string({ unit: 'binary', maxLength: 400 }),
      )
      .map(([name, value]) => `${name}=${value}`);
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 12 }), (pairs) => {
        const utm = utmOf(pairs.join('&'));
        if (utm === null) return;
        expect(utm.length).toBeGreaterThan(0);
        expect(utm.length).toBeLessThanOrEqual(5);
        for (const [name, value] of utm) {
          expect(name.length).toBeLessThanOrEqual(36);
          expect(value.length).toBeLessThanOrEqual(255);
        }
      }),
    );
  });
});
