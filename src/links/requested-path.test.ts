import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Domain } from './domain.ts';
import { requestedPath } from './requested-path.ts';
import { testDomain } from './testing/test-domain.ts';

const plain = testDomain();
const share = testDomain({ id: 2, pathPrefix: 'share', isDefault: false });
const deep = testDomain({ id: 3, pathPrefix: 'share/deep', isDefault: false });

/** As the directory gives them: longest prefix first. */
const ALL = [deep, share, plain];

function found(path: string, domains: readonly Domain[] = [plain]) {
  const target = requestedPath(path, domains);
  return target && [target.domain.id, target.code];
}

describe('requestedPath', () => {
  it.each([
    ['/', ''],
    ['/summer', 'summer'],
    ['/Summer-Sale_2027', 'Summer-Sale_2027'],
    ['/summer/', 'summer'],
    ['/v2.1', 'v2.1'],
    ['/%EB%B4%84', '봄'],
    ['/%eb%b4%84/', '봄'],
    ['/%E1%84%87%E1%85%A9%E1%86%B7', '봄'],
    ['/e%CC%81t%C3%A9', 'été'],
    ['/a%2Db', 'a-b'],
    ['/%61pi', 'api'],
    ['/a+b', 'a+b'],
    ['/..', '..'],
    ['/%2e%2e', '..'],
  ])('%s asks for "%s"', (path, code) => expect(found(path)).toEqual([1, code]));

  it.each([
    '//',
    '///',
    '/a/b',
    '/a//',
    '//a',
    '/../a',
    '/a%2Fb',
    '/a%2fb',
    '/%2F',
    '/%2e%2e%2fetc',
    '/a%00',
    '/%',
    '/%e',
    '/%zz',
    '/%EB%B4',
    '/%C0%AF',
    '/%ED%A0%80',
    '/%FF',
  ])('%s asks for nothing', (path) => expect(found(path)).toBeUndefined());

  it('looks under the longest prefix first', () => {
    expect(found('/share/x', ALL)).toEqual([2, 'x']);
    expect(found('/share/deep/x', ALL)).toEqual([3, 'x']);
    expect(found('/share/deep', ALL)).toEqual([2, 'deep']);
    expect(found('/share/', ALL)).toEqual([2, '']);
    expect(found('/share', ALL)).toEqual([1, 'share']);
    expect(found('/shared', ALL)).toEqual([1, 'shared']);
    expect(found('/x', ALL)).toEqual([1, 'x']);
    expect(found('/share/a/b', ALL)).toBeUndefined();
    expect(found('/x', [deep, share])).toBeUndefined();
    expect(found('/x', [])).toBeUndefined();
  });

  test('never throws, and finds no code with a slash or a NUL in it', () => {
    // What Node lets through: everything else in a request line is refused before it gets here.
    const character = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
    const piece = fc.oneof(
      fc.constantFrom('/', '%', '%2f', '%2F', '%00', '%e', '%EB', '%B4', '%84', '.', '..', 'share', 'a'),
      character,
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const target = requestedPath(`/${pieces.join('')}`, ALL);
        if (target) expect(target.code).not.toMatch(/[/\0]/);
      }),
      { numRuns: 3_000 },
    );
  });

  test('finds every code again that a browser was sent to', () => {
    const code = fc
      .string({
        unit: fc.constantFrom(...'aZ0_-'.split(''), '봄', 'é', 'ß', '語', 'a.b'),
        minLength: 1,
        maxLength: 8,
      })
      .map((text) => text.normalize('NFC'));
    fc.assert(
      fc.property(code, fc.constantFrom(...ALL), fc.boolean(), (code, domain, slash) => {
        const prefix = domain.pathPrefix === '' ? '' : `/${domain.pathPrefix}`;
        const { pathname } = new URL(`https://go.example${prefix}/${code}${slash ? '/' : ''}`);
        expect(found(pathname, [domain])).toEqual([domain.id, code]);
      }),
    );
  });
});
