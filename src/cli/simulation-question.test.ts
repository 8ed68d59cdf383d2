import { expect, test } from 'vitest';
import { OperatorError } from './operator-error.ts';
import { simulationQuestion } from './simulation-question.ts';

test('a link is named by its URL, with or without scheme, or by its code', () => {
  expect(simulationQuestion('sale', {})).toEqual({ code: 'sale', visitor: {} });
  expect(simulationQuestion('go.example.com/sale', {}).url).toBe('https://go.example.com/sale');
  expect(simulationQuestion('http://go.example.com/?link=https://x.example', {}).url).toBe(
    'http://go.example.com/?link=https://x.example',
  );
});

test('every option has its place in the question', () => {
  const said = {
    ...{ domain: 'go.example.com', at: '2027-03-02T09:00:00+09:00', device: 'ipad', inApp: 'line' },
    ...{ appInstalled: true, country: 'KR', language: 'ko', qr: true, passwordGiven: true },
    ...{ query: 'a=b', head: true, prefetch: true, embedded: true, slotsTaken: '3', json: true },
  };
  expect(simulationQuestion('sale', said)).toEqual({
    code: 'sale',
    domain: 'go.example.com',
    at: '2027-03-02T09:00:00+09:00',
    visitor: {
      ...{ device: 'ipad', inApp: 'line', appInstalled: true, country: 'KR', language: 'ko', qr: true },
      ...{ passwordGiven: true, query: 'a=b', method: 'HEAD', prefetch: true, embedded: true, slotsTaken: 3 },
    },
  });
  expect(simulationQuestion('sale', { entersPassword: true }).visitor).toEqual({
    method: 'POST',
    passwordGiven: true,
  });
  expect(simulationQuestion('sale', { bot: true }).visitor).toEqual({ visitor: 'crawler' });
});

test.each([
  [{ at: 'tomorrow' }, /^"tomorrow" is no instant such as 2027-03-02T09:00:00\+09:00\.$/],
  [{ at: '2027-03-02T09:00:00' }, /is no instant/],
  [{ at: '2027-99-99T09:00:00Z' }, /^--at /],
  [{ at: '1900-03-02T09:00:00Z' }, /^--at must be an instant between 1970 and 9999$/],
  [{ slotsTaken: '-1' }, /^--slots-taken must be a whole number/],
  [{ inApp: 'line' }, /^--in-app needs a device that has such apps/],
  [{ bot: true, visitor: 'person' }, /^--bot is --visitor crawler/],
  [{ head: true, entersPassword: true }, /^--head enters no password/],
  [{ userAgent: 'curl\u0000' }, /^--user-agent must be text that a header can carry/],
  [{ qr: false, query: 'qr=1' }, /^--qr is told by the query/],
  [{ bot: true, device: 'iphone' }, /^--device is for persons/],
  [{ userAgent: 'curl/8', device: 'mac', inApp: 'line' }, /^--device is told by .*; --in-app is told by/],
  [{ country: 'Korea' }, /^--country must be two letters/],
  [{ query: '?a=b' }, /^--query must begin after the \?/],
  [{ query: 'a=\u001b[2J' }, /^--query must be a query/],
])('%j is refused by the name of the option', (options, sentence) => {
  expect(() => simulationQuestion('sale', options)).toThrow(OperatorError);
  expect(() => simulationQuestion('sale', options)).toThrow(sentence);
});

test('a code with a query is refused with how to ask', () => {
  expect(() => simulationQuestion('shop1?d=1', {})).toThrow(
    new OperatorError('A code has no query: write shop1 --query "d=1", or the whole short URL.'),
  );
  expect(simulationQuestion('go.example.com/shop1?d=1', {})).toMatchObject({
    url: 'https://go.example.com/shop1?d=1',
  });
});

test('a code that could be none is refused', () => {
  expect(() => simulationQuestion('a'.repeat(201), {})).toThrow(/^The link /);
});
