import { describe, expect, it } from 'vitest';
import { hostPatternProblem, matchesHost } from './host-name.ts';

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
