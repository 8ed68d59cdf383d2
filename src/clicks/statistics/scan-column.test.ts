import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeColumn } from '../blocks/column.ts';
import { type CodedColumn, lowerBound, scanColumnOf, sizeBytes } from './scan-column.ts';

const number = fc.oneof(fc.nat(5), fc.nat(70_000), fc.nat(0xffffffff));

test('a row says what it said, whatever form the column was stored in', () => {
  fc.assert(
    fc.property(fc.array(number, { minLength: 1, maxLength: 400, size: 'max' }), (rows) => {
      const bytes = encodeColumn(Uint32Array.from(rows));
      const { values, codes } = scanColumnOf(bytes, 'link', rows.length) as CodedColumn;
      expect(Array.from(codes, (code) => values[code])).toEqual(rows);
      for (let code = 1; code < values.length; code++)
        expect(values[code]).toBeGreaterThan(values[code - 1] as number);
      expect(Array.from(scanColumnOf(bytes, 'visitorLow', rows.length) as Uint32Array)).toEqual(rows);
    }),
  );
});

test('a column that is left out says the usual, and takes hardly any memory', () => {
  const weight = scanColumnOf(undefined, 'weight', 60_000) as CodedColumn;
  expect([...weight.values]).toEqual([1]);
  expect(weight.codes.every((code) => code === 0)).toBe(true);
  expect(sizeBytes(weight)).toBe(4);
});

test('a lower bound is where a number would be put', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(50)), fc.nat(60), (numbers, wanted) => {
      const sorted = Uint32Array.from(numbers).sort();
      expect(lowerBound(sorted, wanted)).toBe(sorted.filter((one) => one < wanted).length);
    }),
  );
});
