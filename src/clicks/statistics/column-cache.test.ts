import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ColumnCache } from './column-cache.ts';

const column = (rows: number) => ({ values: Uint32Array.of(1, 2), codes: new Uint8Array(rows) });

test('never holds more than it may, and always what was asked for last', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ block: fc.nat(12), rows: fc.nat(2_000), isRead: fc.boolean() }), {
        maxLength: 80,
      }),
      (steps) => {
        const cache = new ColumnCache(6_000);
        const held = new Map<number, ReturnType<typeof column>>();
        for (const { block, rows, isRead } of steps) {
          if (isRead) {
            const found = cache.get(block, 'link');
            if (found) expect(found).toBe(held.get(block));
            continue;
          }
          const added = column(rows);
          held.set(block, added);
          cache.add(block, 'link', added);
          expect(cache.get(block, 'link')).toBe(added);
          expect(cache.bytes).toBeLessThanOrEqual(6_000);
        }
      },
    ),
  );
});

test('what was not asked for longest goes first; columns of one block are apart', () => {
  const cache = new ColumnCache(2_000);
  cache.add(1, 'link', column(500));
  cache.add(1, 'flags', column(500));
  cache.get(1, 'link');
  cache.add(2, 'link', column(500));
  expect(cache.get(1, 'flags')).toBeUndefined();
  expect(cache.get(1, 'link')).toBeDefined();
  expect(cache.get(2, 'link')).toBeDefined();
});

test('one that is larger than all there is room for is not kept', () => {
  const cache = new ColumnCache(1_000);
  cache.add(1, 'link', column(5_000));
  expect(cache.get(1, 'link')).toBeUndefined();
  expect(cache.bytes).toBe(0);
});
