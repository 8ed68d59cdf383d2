import { expect, it } from 'vitest';
import { PUSH_TEXTS } from './push-texts.ts';

it('speaks of one click as one', () => {
  expect(PUSH_TEXTS.en.clicks('Spring', '1')).toBe('Spring: 1 click');
  expect(PUSH_TEXTS.en.clicks('Spring', '100')).toBe('Spring: 100 clicks');
});
