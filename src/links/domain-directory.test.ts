import { expect, test } from 'vitest';
import { DomainDirectory } from './domain-directory.ts';
import { testDomain } from './testing/test-domain.ts';

const domain = (id: number, host: string, pathPrefix = '') =>
  testDomain({ id, host, pathPrefix, projectId: id === 1 ? null : 7, isDefault: id === 1 });

const directory = new DomainDirectory('https://go.example.com', [
  domain(1, 'go.example.com'),
  domain(2, 'brand.example.com'),
  domain(3, 'brand.example.com', 'share'),
  domain(4, 'brand.example.com:8443'),
  domain(5, 'xn--bj0bj06e.kr'),
]);

test.each([
  ['brand.example.com', [3, 2]],
  ['Brand.Example.COM', [3, 2]],
  ['brand.example.com.', [3, 2]],
  ['BRAND.example.com.:443', [3, 2]],
  ['brand.example.com.:8443', [4]],
  ['XN--BJ0BJ06E.kr.', [5]],
  ['brand.example.com..', [1]],
  ['elsewhere.example', [1]],
  ['127.0.0.1:8080', [1]],
  ['', [1]],
  [undefined, [1]],
])('a request to %s means these domains', (header, ids) => {
  for (const _ of ['new', 'remembered']) {
    expect(directory.ofHost(header).map(({ id }) => id)).toEqual(ids);
  }
});

test.each([
  ['Brand.Example.com.', [3, 2]],
  ['brand.example.com:8443', [4]],
  ['한글.kr', [5]],
  ['brand.example.com:443', []],
  ['elsewhere.example', []],
  ['elsewhere.example:8443', []],
])('%s is a host of these domains and of no others', (host, ids) => {
  expect(directory.on(host).map(({ id }) => id)).toEqual(ids);
});

test.each([
  ['brand.example.com:443', [3, 2]],
  ['brand.example.com:8443', [4]],
  ['elsewhere.example:8443', []],
])('%s is where a server of these domains may be reached', (host, ids) => {
  expect(directory.reachedAt(host).map(({ id }) => id)).toEqual(ids);
});

test('who names a domain names its port', () => {
  expect(directory.find('Brand.example.com.', 'share')?.id).toBe(3);
  expect(directory.find('brand.example.com:8443')?.id).toBe(4);
  expect(directory.find('brand.example.com:443')).toBeUndefined();
});
