import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { UNKNOWN_DEVICE } from '../deeplinks/device.ts';
import { NO_CLICK_ID } from './click-id.ts';
import { utmOf, visitOf } from './visit-request.ts';

const NOW = 1_800_000_000_000;

function request(headers: Readonly<Record<string, string>>, method = 'GET'): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  message.method = method;
  for (const [name, value] of Object.entries(headers)) message.headers[name.toLowerCase()] = value;
  return message;
}

const NOWHERE = () => false;

describe('visitOf', () => {
  it('knows nothing yet of passwords and slots', () => {
    expect(visitOf(request({ 'User-Agent': 'curl/8.5.0' }), 'a=1', NOW, NOWHERE)).toEqual({
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
      leadsHere: NOWHERE,
    });
  });

  it('tells phones by their system', () => {
    expect(
      visitOf(request({ 'User-Agent': 'Mozilla/5.0 (Linux; Android 10; K)' }), '', NOW, NOWHERE).device
        .platform,
    ).toBe('android');
    expect(visitOf(request({}), '', NOW, NOWHERE).device.platform).toBe('other');
  });

  it('tells HEAD from GET', () => {
    expect(visitOf(request({}, 'HEAD'), '', NOW, NOWHERE)).toMatchObject({
      method: 'HEAD',
      clickId: NO_CLICK_ID,
    });
    expect(visitOf(request({}, 'GET'), '', NOW, NOWHERE).method).toBe('GET');
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
    expect(visitOf(request({ [name]: value }), '', NOW, NOWHERE).prefetch).toBe(true);
  });

  it.each([
    ['Sec-Purpose', ''],
    ['Sec-Purpose', 'navigate'],
    ['Purpose', 'not prefetch'],
    ['Sec-Fetch-Mode', 'navigate'],
    ['X-Purpose', 'click'],
  ])('takes %s: "%s" for going', (name, value) => {
    expect(visitOf(request({ [name]: value }), '', NOW, NOWHERE).prefetch).toBe(false);
  });

  it.each(['image', 'iframe', 'frame', 'embed', 'object', 'video', 'script', 'empty', '', 'Document, image'])(
    'takes Sec-Fetch-Dest: "%s" for no page of its own',
    (purpose) => {
      expect(visitOf(request({ 'Sec-Fetch-Dest': purpose }), '', NOW, NOWHERE).document).toBe(false);
    },
  );

  it('takes a request for a document, and one that says nothing, for a page', () => {
    expect(visitOf(request({ 'Sec-Fetch-Dest': 'document' }), '', NOW, NOWHERE).document).toBe(true);
    expect(visitOf(request({}), '', NOW, NOWHERE).document).toBe(true);
  });

  it.each(['qr=1', 'qr', 'a=1&qr=1', 'qr=1&a=1', 'a=1&qr&b'])('takes ?%s for a scan', (query) => {
    expect(visitOf(request({}), query, NOW, NOWHERE).qr).toBe(true);
  });

  it.each(['', 'qr=0', 'qr=', 'qrs=1', 'aqr=1', 'a=qr', 'a=qr=1', 'QR=1'])(
    'takes ?%s for no scan',
    (query) => {
      expect(visitOf(request({}), query, NOW, NOWHERE).qr).toBe(false);
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
          NOWHERE,
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
