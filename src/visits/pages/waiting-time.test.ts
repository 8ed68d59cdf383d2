import { expect, test } from 'vitest';
import type { Language } from '../../languages.ts';
import { describeWait } from './waiting-time.ts';

test.each<[seconds: number, language: Language, words: string]>([
  [0, 'en', 'in 1 minute'],
  [1, 'en', 'in 1 minute'],
  [60, 'en', 'in 1 minute'],
  [61, 'en', 'in 2 minutes'],
  [600, 'en', 'in 10 minutes'],
  [600, 'ko', '10분 후'],
  [600, 'ja', '10 分後'],
  [59 * 60, 'en', 'in 59 minutes'],
  [59 * 60 + 1, 'en', 'in 1 hour'],
  [3_600, 'en', 'in 1 hour'],
  [3_600, 'ko', '1시간 후'],
  [3_601, 'ja', '2 時間後'],
])('%i seconds in %s are "%s"', (seconds, language, words) => {
  expect(describeWait(seconds, language)).toBe(words);
});
