import { expect, test } from 'vitest';
import { ReasonTally } from './reason-tally.ts';

test('the commonest reasons come first, with how often; the rest is counted', () => {
  const tally = new ReasonTally();
  expect(tally.lines()).toEqual([]);
  tally.add({ outcome: 'created', reasons: [] });
  expect(tally.lines()).toEqual([]);
  tally.add({ outcome: 'created', reasons: ['one note', 'another'] });
  tally.add({ outcome: 'exists', reasons: ['another'] });
  for (let n = 0; n < 7; n++) tally.add({ outcome: 'refused', reasons: [`"${n}" is none`] });
  for (let n = 0; n < 12; n++) tally.add({ outcome: 'refused', reasons: ['there is no \x1b[31mdomain'] });
  expect(tally.lines()).toEqual([
    'Refused:',
    '  12 × there is no [31mdomain',
    '   1 × "0" is none',
    '   1 × "1" is none',
    '   1 × "2" is none',
    '   1 × "3" is none',
    '   3 × for other reasons',
    'Noted:',
    '  2 × another',
    '  1 × one note',
  ]);
});

test('as many reasons as rows take no more room than some', () => {
  const tally = new ReasonTally();
  for (let n = 0; n < 3_000; n++) tally.add({ outcome: 'refused', reasons: [`"${n}" is none`] });
  expect(tally.lines().at(-1)).toBe('  2995 × for other reasons');
});
