import { expect, test } from 'vitest';
import { allows, SCOPES } from './scope.ts';

test('a key may do what it was given, and a key with * everything', () => {
  for (const wanted of SCOPES) {
    expect(allows(['*'], wanted)).toBe(true);
    expect(allows([wanted], wanted)).toBe(true);
    expect(allows([], wanted)).toBe(false);
    expect(
      allows(
        SCOPES.filter((scope) => scope !== '*' && scope !== wanted),
        wanted,
      ),
    ).toBe(false);
  }
});

test('writing does not include reading, nor all scopes together *', () => {
  expect(allows(['links:write'], 'links:read')).toBe(false);
  expect(
    allows(
      SCOPES.filter((scope) => scope !== '*'),
      '*',
    ),
  ).toBe(false);
});
