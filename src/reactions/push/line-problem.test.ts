import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { lineProblem, withoutReordering } from './line-problem.ts';

const SIZE = { min: 1, max: 100 };

describe('lineProblem', () => {
  it.each(['The sale', '봄 세일 🎉', 'مرحبا shop', 'שלום\u200f', '<b>&"'])('takes %j', (text) => {
    expect(lineProblem(text, SIZE)).toBeUndefined();
  });

  it.each([
    'a\nb',
    'a\r\nb',
    'a\tb',
    'a\u0007b',
    'a\u0085b',
    'a\u2028b',
    'a\u202eb',
    'a\u2066b\u2069',
    'a\ud800',
    '',
    'x'.repeat(101),
  ])('refuses %j', (text) => {
    expect(lineProblem(text, SIZE)).toMatch(/^must /);
  });

  test('what is taken shows as one line, in the order it was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), (text) => {
        if (lineProblem(text, SIZE) !== undefined) return;
        expect(text).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
        expect(withoutReordering(text)).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });
});
