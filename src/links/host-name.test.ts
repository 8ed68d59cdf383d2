import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { hostNameFrom, hostPatternProblem, isHostName, matchesHost } from './host-name.ts';

describe('hostNameFrom', () => {
  it.each([
    ['go.example.com', 'go.example.com'],
    ['Go.Example.COM.', 'go.example.com'],
    ['한글.kr', 'xn--bj0bj06e.kr'],
    ['한글。kr.:8443', 'xn--bj0bj06e.kr:8443'],
    ['ＧＯ.example.com', 'go.example.com'],
    ['[::1]:8080', '[::1]:8080'],
    ['127.0.0.1', '127.0.0.1'],
  ])('reads %s as %s', (written, host) => expect(hostNameFrom(written)).toBe(host));

  it.each([
    '',
    '.',
    '..',
    'a..',
    'a b',
    '한글 .kr',
    '한글.kr/x',
    'u@한글.kr',
    '한글%2e.kr',
    '한글.kr?x',
    'é\0.kr',
    'xn--zz--é',
    '한글.kr:80x',
  ])('makes no host of %j', (written) => expect(isHostName(hostNameFrom(written))).toBe(false));

  test('of anything at all, a host at most, and of a host itself', () => {
    const unit = fc.oneof(fc.constantFrom(...'a1-.:/@%한é。ß'), fc.string({ unit: 'binary', maxLength: 1 }));
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), (written) => {
        const host = hostNameFrom(written);
        expect(hostNameFrom(host)).toBe(host);
        if (!isHostName(host)) return;
        expect(host).toMatch(/^[a-z0-9.-]+(:\d+)?$/);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('hostPatternProblem', () => {
  it.each([
    'www.example.com',
    '*.example.com',
    'localhost',
    'localhost:3000',
    '*.a.example:8443',
    '127.0.0.1',
  ])('takes %s', (pattern) => {
    expect(hostPatternProblem(pattern)).toBeUndefined();
  });

  it.each([
    '',
    '*',
    '*.',
    'www.*.com',
    '**.example.com',
    '*example.com',
    'https://a.b',
    'a.b/',
    'A.example',
    'ä.example',
    'a b',
    '.example.com',
    'a..b',
    'a:x',
  ])('refuses "%s"', (pattern) => {
    expect(hostPatternProblem(pattern)).toContain('must be a host name');
  });
});

describe('matchesHost', () => {
  it.each([
    ['www.example.com', 'www.example.com', true],
    ['www.example.com', 'example.com', false],
    ['*.example.com', 'www.example.com', true],
    ['*.example.com', 'a.b.example.com', true],
    ['*.example.com', 'example.com', false],
    ['*.example.com', '.example.com', false],
    ['*.example.com', 'notexample.com', false],
    ['*.example.com', 'www.example.com.evil.invalid', false],
    ['*.example.com', 'www.example.com:8443', false],
    ['*.example.com:8443', 'www.example.com:8443', true],
  ])('%s and %s: %s', (pattern, host, expected) => {
    expect(matchesHost(host, [pattern])).toBe(expected);
  });
});
