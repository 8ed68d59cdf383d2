import { expect, it } from 'vitest';
import { answerText } from './answer-text.ts';

it('whatever was answered is text that can be stored', () => {
  const bytes = Buffer.concat([Buffer.from('a\0b'), Buffer.from([0xff]), Buffer.from('c€')]);
  expect(answerText(bytes)).toBe('a\ufffdb\ufffdc€');
  expect(answerText(bytes.subarray(0, 7)), 'cut within a character').toBe('a\ufffdb\ufffdc');
});
