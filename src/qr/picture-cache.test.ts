import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PictureCache } from './picture-cache.ts';

test('forgets what nobody has asked for longest', () => {
  const cache = new PictureCache(16_000);
  for (let at = 0; at < 8; at++) cache.set(`${at}`, Buffer.alloc(1_700, at));
  expect(cache.get('0')?.[0]).toBe(0);
  cache.set('8', Buffer.alloc(1_700, 8));
  cache.set('9', Buffer.alloc(1_700, 9));
  expect(cache.get('0')?.[0]).toBe(0);
  expect(cache.get('1')).toBeUndefined();
  expect(cache.get('9')?.[0]).toBe(9);
});

test('keeps no picture that would push out many', () => {
  const cache = new PictureCache(16_000);
  cache.set('huge', Buffer.alloc(2_001));
  expect(cache.get('huge')).toBeUndefined();
  expect(cache.bytes).toBe(0);
});

test('never holds more than its limit, and loses count of nothing', () => {
  const step = fc.tuple(fc.stringMatching(/^[a-f]{1,2}$/), fc.integer({ min: 0, max: 900 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const cache = new PictureCache(8_000);
      for (const [key, size] of steps) {
        cache.set(key, Buffer.alloc(size));
        expect(cache.bytes).toBeLessThanOrEqual(8_000);
      }
      const held = [...new Set(steps.map(([key]) => key))].flatMap((key) => cache.get(key) ?? []);
      expect(cache.bytes).toBeGreaterThanOrEqual(held.reduce((sum, { byteLength }) => sum + byteLength, 0));
      expect(held.length === 0).toBe(cache.bytes === 0);
    }),
  );
});
