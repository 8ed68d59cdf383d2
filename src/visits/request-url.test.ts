import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { firstSegmentOf, originForm, pathOf, queryOf } from './request-url.ts';

test.each<[asked: string, path: string, query: string]>([
  ['/', '/', ''],
  ['/sale', '/sale', ''],
  ['/sale?', '/sale', ''],
  ['/sale?a=1?b', '/sale', 'a=1?b'],
  ['/?link=https://a.example/', '/', 'link=https://a.example/'],
  // Two slashes are a path here, and no host.
  ['//evil.example/sale', '//evil.example/sale', ''],
  ['http://go.example/sale?a=1', '/sale', 'a=1'],
  ['HTTPS://go.example:8443/sale', '/sale', ''],
  ['http://go.example', '/', ''],
  ['http://go.example?a=/api/v1', '/', 'a=/api/v1'],
  ['http://user@go.example//sale', '//sale', ''],
  // Neither a path nor a URL of the web: no link's, and left as it is.
  ['*', '*', ''],
  ['go.example:443', 'go.example:443', ''],
])('%s is cut', (asked, path, query) => {
  const url = originForm(asked);
  expect([pathOf(url), queryOf(url)]).toEqual([path, query]);
});

test.each([
  ['/', ''],
  ['/sale', 'sale'],
  ['/api/v1/links', 'api'],
  ['//api', ''],
])('the first segment of %s', (path, segment) => {
  expect(firstSegmentOf(path)).toBe(segment);
});

const paths = fc.string({ maxLength: 20 }).map((text) => `/${text.replace(/[?#\\\s]/g, '')}`);
const queries = fc.string({ maxLength: 20 });

it('finds path and query again, with and without an origin', () => {
  fc.assert(
    fc.property(
      paths,
      queries,
      fc.constantFrom('', 'http://go.example', 'HTTPS://[::1]:8080'),
      (path, query, origin) => {
        const url = originForm(`${origin}${path}?${query}`);
        expect(url).toBe(`${path}?${query}`);
        expect(pathOf(url)).toBe(path);
        expect(queryOf(url)).toBe(query);
        expect(originForm(url)).toBe(url);
      },
    ),
  );
});
