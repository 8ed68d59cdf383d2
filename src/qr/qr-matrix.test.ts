import fc from 'fast-check';
import { create } from 'qrcode';
import { expect, it } from 'vitest';
import { CORRECTIONS, matrixOf } from './qr-matrix.ts';

const text = fc.oneof(
  fc.webUrl({ withQueryParameters: true }),
  fc.string({ minLength: 1, maxLength: 400 }),
  fc
    .integer({ min: 1, max: 1_200 })
    .map((length) => `https://go.example/${'aB3-'.repeat(length).slice(0, length)}`),
);

it('is, module for module, what the encoder finds by itself', () => {
  const masks = new Set<number>();
  fc.assert(
    fc.property(text, fc.constantFrom(...CORRECTIONS), (text, correction) => {
      const { modules, maskPattern } = create(text, { errorCorrectionLevel: correction });
      masks.add(Number(maskPattern));
      const matrix = matrixOf(text, correction);
      expect(matrix?.modules).toBe(modules.size);
      const drawn = Array.from(
        modules.data,
        (_, at) => +!!matrix?.isDark(Math.floor(at / modules.size), at % modules.size),
      );
      expect(drawn).toEqual([...modules.data]);
    }),
    { numRuns: 300 },
  );
  expect([...masks].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

it('is none when the text is too long for the correction', () => {
  expect(matrixOf('a'.repeat(1_700), 'H')).toBeUndefined();
  expect(matrixOf('a'.repeat(1_700), 'L')?.modules).toBeGreaterThan(100);
});
