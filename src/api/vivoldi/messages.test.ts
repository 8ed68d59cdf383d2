import { describe, expect, it, test } from 'vitest';
import { MESSAGES, type MessageKind, sentence } from './messages.ts';
import { Refusal, refuseAny } from './refusal.ts';

const KINDS = Object.keys(MESSAGES) as MessageKind[];
const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();

describe.each(KINDS)('the message %s', (kind) => {
  const { en, ko, code } = MESSAGES[kind];

  it('is whole sentences in both languages, about the same values', () => {
    expect(en).toMatch(/^[A-Z][\x20-\x7e…]*\.$/);
    expect(ko).toMatch(/[가-힣].*\.$/);
    expect(placeholders(ko)).toEqual(placeholders(en));
  });

  it('has a code that is not the one of success', () => {
    expect(code).toBeGreaterThanOrEqual(400);
  });
});

test('values stand in their places, numbers as both languages write them', () => {
  expect(sentence('en', 'urlTooLong', { max: 3000 })).toBe('Send a URL of at most 3,000 bytes.');
  expect(sentence('ko', 'wrongLength', { min: 1, max: 100 })).toBe('1~100자로 보내 주세요.');
});

test('of several problems the first decides the code, and all are said', () => {
  const refusal = new Refusal(
    { kind: 'unknownGroup', field: 'links[0].grpIdx' },
    { kind: 'unknownDomain', field: 'links[1].domain' },
  );
  expect(refusal).toMatchObject({ code: 404, status: 200 });
  expect(refusal.say('en')).toMatch(/^links\[0\]\.grpIdx: There .* links\[1\]\.domain: This /);
  expect(new Refusal({ kind: 'noKey' })).toMatchObject({ code: 401, status: 401 });
});

test('nothing to refuse is not refused', () => {
  expect(() => refuseAny([])).not.toThrow();
  expect(() => refuseAny([{ kind: 'invalid' }])).toThrow(Refusal);
});
