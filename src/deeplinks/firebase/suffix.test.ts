import { expect, test } from 'vitest';
import { ReservedSegments } from '../../links/code.ts';
import { generateSuffix } from './suffix.ts';

const never = () => false;

test('an unguessable suffix has seventeen letters and digits, and there are no two', () => {
  const made = Array.from({ length: 1_000 }, () => generateSuffix('UNGUESSABLE', 0, never));
  expect(new Set(made).size).toBe(1_000);
  for (const suffix of made) expect(suffix).toMatch(/^[0-9A-Za-z]{17}$/);
});

test('a short one has four, and grows where they are taken', () => {
  const lengths = Array.from({ length: 9 }, (_, tries) => generateSuffix('SHORT', tries, never).length);
  expect(lengths).toEqual([4, 4, 4, 5, 5, 5, 6, 6, 6]);
});

test('it is no word the product keeps for itself', () => {
  const reserved = new ReservedSegments();
  const asked: string[] = [];
  const suffix = generateSuffix('SHORT', 0, (code) => {
    asked.push(code);
    return asked.length < 3 || reserved.has(code);
  });
  expect(suffix).toBe(asked.at(-1));
  expect(asked.length).toBeGreaterThanOrEqual(3);
});
