import { expect, test } from 'vitest';
import { withoutNulls, withoutUndefined } from './set-members.ts';

const OBJECT = { absent: undefined, none: null, empty: '', zero: 0, no: false, list: [] };

test('what was not said goes, and null stays', () => {
  expect(Object.entries(withoutUndefined(OBJECT))).toEqual([
    ['none', null],
    ['empty', ''],
    ['zero', 0],
    ['no', false],
    ['list', []],
  ]);
});

test('null goes as well, and what is empty stays', () => {
  expect(Object.keys(withoutNulls(OBJECT))).toEqual(['empty', 'zero', 'no', 'list']);
});
