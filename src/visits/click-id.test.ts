import { expect, test } from 'vitest';
import { newClickId } from './click-id.ts';

const NOW = Date.UTC(2027, 0, 15, 12, 30, 15, 123);

test('a click id is a UUIDv7 without dashes that says its instant', () => {
  for (let i = 0; i < 2_000; i++) {
    const id = newClickId(NOW + i);
    expect(id).toMatch(/^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
    expect(Number.parseInt(id.slice(0, 12), 16)).toBe(NOW + i);
  }
});

test('ids sort by time as text, early instants too', () => {
  const instants = [0, 1, 999, 1_000, 2 ** 32, NOW, NOW + 1, 2 ** 47];
  const ids = instants.map(newClickId);
  expect([...ids].sort()).toEqual(ids);
});

test('ids of one millisecond differ, also across refills of the randomness they are made of', () => {
  const ids = Array.from({ length: 5_000 }, () => newClickId(NOW));
  expect(new Set(ids).size).toBe(ids.length);
});

test('every random digit varies', () => {
  const ids = Array.from({ length: 2_000 }, () => newClickId(NOW));
  for (let digit = 13; digit < 32; digit++) {
    const seen = new Set(ids.map((id) => id[digit]));
    expect(seen.size, `digit ${digit}`).toBe(digit === 16 ? 4 : 16);
  }
});
