import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { isLike, opensApp, type UrlComponent } from './url-component.ts';

describe('opensApp', () => {
  const opens = (components: readonly UrlComponent[], path: string) =>
    opensApp(components, new URL(path, 'https://go.example'));

  it.each<[path: string, component: UrlComponent, matches: boolean]>([
    ['/a', { '/': '/*' }, true],
    ['/', { '/': '/*' }, true],
    ['/', { '/': '/?*' }, false],
    ['/a/b/c', { '/': '/a/*' }, true],
    ['/a', { '/': '/a/*' }, false],
    ['/a/qr', { '/': '/*/qr' }, true],
    ['/a/b/qr', { '/': '/*/qr' }, true],
    ['/qr', { '/': '/*/qr' }, false],
    ['/a/qrs', { '/': '/*/qr' }, false],
    ['/A', { '/': '/a' }, false],
    ['/A', { '/': '/a', caseSensitive: false }, true],
    ['/x?d=1', { '?': { d: '1' } }, true],
    ['/x?e=2&d=1', { '?': { d: '1' } }, true],
    ['/x?d=10', { '?': { d: '1' } }, false],
    ['/x?d=1&d=2', { '?': { d: '1' } }, false],
    ['/x', { '?': { d: '1' } }, false],
    ['/x', { '?': { d: '*' } }, true],
    ['/x', { '?': { d: '?*' } }, false],
    ['/x?d=1', { '?': 'd=?' }, true],
    ['/x?d=1', { '?': '' }, false],
    ['/x#top', { '#': 'top' }, true],
    ['/x', { '#': 'top' }, false],
    ['/anything?at=all#there', {}, true],
  ])('%s and %j', (path, component, matches) => {
    expect(opens([component], path)).toBe(matches);
    expect(opens([{ ...component, exclude: true }], path)).toBe(false);
    expect(opens([{ ...component, exclude: true }, { '/': '*' }], path), 'the first decides').toBe(!matches);
  });

  it('opens nothing that nobody has named', () => {
    expect(opens([], '/x')).toBe(false);
  });
});

/** What the pattern means, said in the slowest way. */
function meant(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  const rest = pattern.slice(1);
  if (pattern.startsWith('*')) return meant(rest, text) || (text !== '' && meant(pattern, text.slice(1)));
  return text !== '' && (pattern.startsWith('?') || pattern[0] === text[0]) && meant(rest, text.slice(1));
}

test('a pattern is like a text when it can be read so', () => {
  const word = (letters: string) =>
    fc.array(fc.constantFrom(...letters), { maxLength: 8 }).map((all) => all.join(''));
  fc.assert(
    fc.property(word('ab/*?'), word('ab/'), (pattern, text) => {
      expect(isLike(pattern, text)).toBe(meant(pattern, text));
    }),
    { numRuns: 2_000 },
  );
});

test('a hostile pattern takes no longer than a kind one', () => {
  const startedAt = performance.now();
  expect(isLike(`${'*a'.repeat(2_000)}b`, 'a'.repeat(20_000))).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
