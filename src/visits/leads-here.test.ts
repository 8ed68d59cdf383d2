import { expect, test } from 'vitest';
import type { Domain } from '../links/domain.ts';
import { DomainDirectory } from '../links/domain-directory.ts';
import { leadsHere } from './leads-here.ts';

const domain = (id: number, host: string, pathPrefix = ''): Domain => ({
  id,
  publicId: `dom_${id}`,
  projectId: id === 1 ? null : 7,
  host,
  pathPrefix,
  isDefault: id === 1,
  version: 1,
  createdAt: 0,
  updatedAt: 0,
});
const LONG = '?link=https%3A%2F%2Fshop.example%2F';

const domains = new DomainDirectory('https://go.example', [
  domain(1, 'go.example'),
  domain(2, 'www.shop.example', 'go'),
]);

test.each([
  'https://go.example/sale',
  'http://GO.example./s%61le/?a=1#b',
  'https://somebody:secret@go.example/sale',
  'http://go.example:8080/sale',
  'https://www.shop.example/go/sale',
  `https://go.example/${LONG}`,
  `https://go.example${LONG}`,
  `https://www.shop.example/go${LONG}`,
])('%s leads here', (url) => {
  expect(leadsHere(url, domains)).toBe(true);
});

test.each([
  'https://go.example/',
  'https://go.example/sale/qr',
  'https://www.shop.example/',
  'https://www.shop.example/product/42',
  'https://www.shop.example/sale',
  'https://www.shop.example/go',
  'https://www.shop.example/go/',
  'https://elsewhere.example/sale',
  'http://127.0.0.1:8080/sale',
  'intent://go.example:what/sale',
])('%s leads elsewhere', (url) => {
  expect(leadsHere(url, domains)).toBe(false);
});

test.each([
  ['http://127.0.0.1:8080/sale', '127.0.0.1:8080', true],
  ['http://LocalHost/sale', 'localhost', true],
  [`http://localhost/${LONG}`, 'localhost', true],
  ['http://localhost/sale/42', 'localhost', false],
  ['http://localhost:3000/sale', 'localhost:8080', false],
  ['https://www.shop.example/product', 'www.shop.example', false],
  ['https://www.shop.example/go/sale', 'www.shop.example:443', true],
])('%s, from a visit of %s: %s', (url, visitedHost, isHere) => {
  expect(leadsHere(url, domains, visitedHost)).toBe(isHere);
});
