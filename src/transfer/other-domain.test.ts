import { expect, test } from 'vitest';
import { movedTo } from './other-domain.ts';

const link = (domain?: string) => ({ kind: 'link', code: 'abc', domain });

test.each([
  ['s.test', 's.test'],
  ['go.test', 's.test'],
  ['go.test/share', 's.test/share'],
  ['https://Go.test/share/', 'go.test/share'],
  ['go.test/share', undefined],
])('in %s stays under the path it had in %s', (to, from) => {
  expect(movedTo(to, link(from))).toBeUndefined();
});

test.each([
  ['go.test', 's.test/foo', '/foo/abc', 'go.test/foo'],
  ['go.test/share', 's.test/foo', '/foo/abc', 'go.test/foo'],
  ['go.test', 'go.test/foo/bar', '/foo/bar/abc', 'go.test/foo/bar'],
  ['go.test/share', 'go.test', '/abc', 'go.test'],
  ['go.test/share', 'GO.TEST', '/abc', 'go.test'],
])('cannot go to %s from %s, because its path would end', (to, from, path, wanted) => {
  const problem = `stands at ${path} there; to keep that path import it with --domain ${wanted}`;
  expect(movedTo(to, link(from))).toEqual({ problem });
  expect(movedTo(to, { ...link(from), kind: 'reserved-code' })).toEqual({ problem });
  expect(movedTo(to, { ...link(from), kind: 'group' })).toBeUndefined();
});

test('goes below a prefix from the root of another host, and says so', () => {
  expect(movedTo('go.test/share', link('s.test'))).toEqual({
    note: 'stood at /abc, stands at /share/abc now',
  });
});
