import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Candidate, matchFingerprint } from './fingerprint.ts';

const click = (changes: Partial<Candidate> = {}): Candidate => ({
  clickId: '01',
  answer: 'a',
  osVersion: '18.5',
  language: 'ko-kr',
  ...changes,
});
const asked = { osVersion: '18.5', language: 'ko-kr' };

test.each([
  ['all alike', {}, asked, 0.9],
  ['another region', { language: 'ko' }, asked, 0.8],
  ['another language', { language: 'en-us' }, asked, 0.7],
  ['no language known', { language: '' }, asked, 0.7],
  ['no version known', { osVersion: '' }, asked, 0.7],
  ['nothing known', { osVersion: '', language: '' }, asked, 0.5],
  ['an app that says nothing', {}, { osVersion: '', language: '' }, 0.5],
])('%s', (_, clicked, asking, confidence) => {
  expect(matchFingerprint(asking, [click(clicked)])?.confidence).toBe(confidence);
});

test('another version is another device', () => {
  expect(matchFingerprint(asked, [click({ osVersion: '18.4' })])).toBeNull();
});

test('of several clicks that lead to the same place the newest is taken', () => {
  const clicks = [click({ clickId: '02' }), click({ clickId: '03' }), click({ clickId: '01' })];
  expect(matchFingerprint(asked, clicks)?.candidate.clickId).toBe('03');
});

test('two places that fit equally well are none', () => {
  expect(matchFingerprint(asked, [click(), click({ clickId: '02', answer: 'b' })])).toBeNull();
  const between = [click(), click({ clickId: '02', answer: 'b' }), click({ clickId: '03' })];
  expect(matchFingerprint(asked, between)).toBeNull();
});

test('the place that fits best is taken, whatever fits less', () => {
  const clicks = [
    click({ clickId: '09', answer: 'b', language: 'en' }),
    click({ answer: 'a' }),
    click({ clickId: '08', answer: 'c', osVersion: '' }),
  ];
  expect(matchFingerprint(asked, clicks)?.candidate.answer).toBe('a');
});

const anyClick = fc.record<Candidate>({
  clickId: fc.stringMatching(/^[0-9a-f]{4}$/),
  answer: fc.constantFrom('a', 'b', 'c'),
  osVersion: fc.constantFrom('', '18.5', '17.0'),
  language: fc.constantFrom('', 'ko', 'ko-kr', 'en-us'),
});

test('the order of the clicks means nothing, and what is told is among the best that fit', () => {
  fc.assert(
    fc.property(fc.uniqueArray(anyClick, { selector: ({ clickId }) => clickId, maxLength: 8 }), (clicks) => {
      const match = matchFingerprint(asked, clicks);
      const backwards = matchFingerprint(asked, [...clicks].reverse());
      expect(backwards).toEqual(match);
      // Each alone says how well it fits; the best of them must agree on the place.
      const alone = clicks.map((one) => matchFingerprint(asked, [one]));
      const best = Math.max(0, ...alone.map((one) => one?.confidence ?? 0));
      const places = new Set(
        alone.filter((one) => one?.confidence === best).map((one) => one?.candidate.answer),
      );
      if (best === 0 || places.size > 1) expect(match).toBeNull();
      else expect(match).toMatchObject({ confidence: best, candidate: { answer: [...places][0] } });
      if (match) expect(match.confidence >= 0.5 && match.confidence <= 0.9).toBe(true);
    }),
  );
});
