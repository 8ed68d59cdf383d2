import { expect, test } from 'vitest';
import { generateApiKey, hashApiKey, hintOf } from './api-key.ts';

test('keys are sy_ and 40 characters of base 62, and do not repeat', () => {
  const keys = Array.from({ length: 5_000 }, generateApiKey);
  for (const key of keys) expect(key).toMatch(/^sy_[0-9A-Za-z]{40}$/);
  expect(new Set(keys).size).toBe(keys.length);
});

test('neither hash nor hint gives a key away', () => {
  const key = generateApiKey();
  expect(hashApiKey(key)).toMatch(/^[0-9a-f]{64}$/);
  expect(hashApiKey(key)).toBe(hashApiKey(key));
  expect(hashApiKey(key)).not.toBe(hashApiKey(`${key} `));
  expect(hintOf(key)).toBe(`${key.slice(0, 7)}…`);
});
