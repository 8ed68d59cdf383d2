import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { ReservedSegments } from '../../links/code.ts';
import { DomainDirectory } from '../../links/domain-directory.ts';
import { testDomain } from '../../links/testing/test-domain.ts';
import { askedPage, mayBeStatisticsUrl } from './page-path.ts';

const domain = (id: number, host: string, pathPrefix = '') =>
  testDomain({ id, host, pathPrefix, isDefault: id === 1 });

const DIRECTORY = new DomainDirectory('https://go.example', [
  domain(1, 'go.example'),
  domain(2, 'go.example', 'share'),
  domain(3, 'go.example', 'our/stats'),
  domain(4, 'brand.example', 'b'),
]);
const RESERVED = new ReservedSegments();
const asked = (path: string, host = 'go.example') =>
  askedPage(path, host, DIRECTORY, (segment) => RESERVED.has(segment));

describe('askedPage', () => {
  it.each([
    ['/sale/stats', 1, 'sale'],
    ['/sale/stats/', 1, 'sale'],
    ['/a.b/stats', 1, 'a.b'],
    ['/%EA%B0%80%EC%9D%84/stats', 1, '가을'],
    ['/share/sale/stats', 2, 'sale'],
    // A link may be called like a prefix.
    ['/share/stats', 1, 'share'],
    ['/our/stats', 1, 'our'],
    ['/our/stats/sale/stats', 3, 'sale'],
  ])('%s is the page of a link', (path, domainId, code) => {
    expect(asked(path)).toMatchObject({ kind: 'link', domain: { id: domainId }, code });
  });

  it('knows the domains of the host alone', () => {
    expect(asked('/b/sale/stats', 'brand.example')).toMatchObject({
      kind: 'link',
      domain: { id: 4 },
      code: 'sale',
    });
    expect(asked('/sale/stats', 'brand.example')).toBeUndefined();
  });

  it.each(['grp_0123456789abcdef', 'x', ''])('/group/%s/stats is the page of a group', (publicId) => {
    expect(asked(`/group/${publicId}/stats`)).toMatchObject({ kind: 'group', publicId });
  });

  it.each([
    '/',
    '/stats',
    '/stats/',
    '//stats',
    '/sale',
    '/sale/Stats',
    '/sale/statsx',
    '/sale//stats',
    '/api/stats',
    '/API/stats',
    '/api/v1/stats',
    '/group/stats',
    '/group/a/b/stats',
    '/a/b/stats',
    '/our/stats/',
    '/our/stats/sale',
    '/%2f/stats',
    '/%zz/stats',
    '/sale/stats/more',
    '/sale/stats//',
  ])('%s is somebody else’s', (path) => {
    expect(asked(path)).toBeUndefined();
  });

  test('whatever a path is: never an error, and never missed by the quick look', () => {
    const segment = fc.constantFrom('stats', 'group', 'sale', '', '%', '%00', '..', 'share', 'our', '가');
    fc.assert(
      fc.property(fc.array(fc.oneof(segment, fc.webSegment()), { maxLength: 6 }), (segments) => {
        const path = `/${segments.join('/')}`;
        if (asked(path)) expect(mayBeStatisticsUrl(path)).toBe(true);
      }),
    );
  });
});
