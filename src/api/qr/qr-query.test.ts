import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { MARGINS, type QrStyle, SIZES, USUAL_STYLE } from '../../qr/qr-style.ts';
import { readQrStyle } from './qr-query.ts';

describe('readQrStyle', () => {
  it.each<[string, Partial<QrStyle>]>([
    ['', {}],
    ['v=3&utm_source=x&colour=red', {}],
    ['format=svg', { format: 'svg' }],
    ['size=640', { size: 640 }],
    // Ruling 8: other sizes are the nearest there is.
    ['size=1', { size: 50 }],
    ['size=-40', { size: 50 }],
    ['size=0', { size: 50 }],
    ['size=1001', { size: 1_000 }],
    ['size=99999999999999999999999', { size: 1_000 }],
    ['size=199.6', { size: 200 }],
    ['margin=1', { margin: 1 }],
    ['margin=16', { margin: 16 }],
    ['color=%23123456&background=fff0e0', { color: '#123456', background: '#fff0e0' }],
    ['background=transparent', { background: 'transparent' }],
    ['ecc=h', { correction: 'H' }],
    ['logo=none', { logo: false }],
  ])('%s', (query, style) => {
    expect(readQrStyle(query)).toEqual({ style: { ...USUAL_STYLE, ...style } });
  });

  it.each<[string, string[], RegExp]>([
    ['size=', ['size'], /number of pixels, 50 to 1000/],
    ['size=large', ['size'], /number of pixels/],
    ['size=1e3', ['size'], /number of pixels/],
    ['size=0x40', ['size'], /number of pixels/],
    ['size=NaN', ['size'], /number of pixels/],
    ['size=100&size=200', ['size'], /given once/],
    ['margin=0', ['margin'], /no scanner finds the code on a dark surface/],
    ['margin=17', ['margin'], /1 to 16/],
    ['margin=2.5', ['margin'], /whole number/],
    ['format=gif', ['format'], /png or svg/],
    ['color=red', ['color'], /hex digits/],
    ['color=', ['color'], /%23/],
    ['background=none', ['background'], /transparent, or a colour/],
    ['ecc=X', ['ecc'], /L, M, Q, H/],
    ['logo=https://evil.example/x.png', ['logo'], /none, or absent/],
    ['color=fff', ['color'], /too close/],
    ['color=fff&background=000', ['color'], /darker/],
    ['size=x&margin=x&ecc=x', ['size', 'margin', 'ecc'], /./],
  ])('refuses %s', (query, fields, message) => {
    const read = readQrStyle(query);
    const problems = 'problems' in read ? read.problems : [];
    expect(problems.map(({ field }) => field)).toEqual(fields);
    expect(problems[0]?.message).toMatch(message);
  });
});

test('whatever a query is, it is a style within bounds or refused in words that echo nothing', () => {
  const name = fc.constantFrom('format', 'size', 'margin', 'color', 'background', 'ecc', 'logo', 'x');
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^-?\d{1,30}$/),
    fc.constant('<svg/>'),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 4 }), (pairs) => {
      const read = readQrStyle(new URLSearchParams(pairs).toString());
      if ('problems' in read) {
        expect(read.problems.length).toBeGreaterThan(0);
        expect(JSON.stringify(read.problems)).not.toMatch(/[<\0]/);
        return;
      }
      const { size, margin, color } = read.style;
      expect(size >= SIZES.smallest && size <= SIZES.largest && Number.isInteger(size)).toBe(true);
      expect(margin >= MARGINS.smallest && margin <= MARGINS.largest).toBe(true);
      expect(color).toMatch(/^#[0-9a-f]{6}$/);
    }),
    { numRuns: 1_000 },
  );
});
