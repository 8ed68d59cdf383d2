import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RestoredFiles } from './restored-files.ts';
import { StoreError } from './store-error.ts';

let folder: string;
let files: RestoredFiles;
const at = (name: string) => join(folder, name);
/** As a kill leaves it. */
function leave(...names: readonly string[]): void {
  for (const name of names) writeFileSync(at(name), name);
}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'restored-files-'));
  files = new RestoredFiles(folder);
  mkdirSync(at('restored'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test.each<[when: string, left: readonly string[], isWaiting: boolean]>([
  ['before anything', ['restored/clicks.db', 'restored/switchyard.db', 'restored/mark'], true],
  ['between the files', ['clicks.db', 'restored/switchyard.db', 'restored/mark'], true],
  ['before the mark is gone', ['clicks.db', 'switchyard.db', 'restored/mark'], false],
])('killed %s, the last step is finished, and told of', (_, left, isWaiting) => {
  leave(...left);
  expect(files.areWaiting).toBe(isWaiting);
  expect(files.moveIntoPlace()).toBe('restored/mark');
  for (const name of ['clicks.db', 'switchyard.db']) expect(readFileSync(at(name), 'utf8')).toContain(name);
  expect(existsSync(at('restored'))).toBe(false);
  expect(files.moveIntoPlace()).toBeUndefined();
});

test.each<[what: string, left: readonly string[]]>([
  ['nothing', []],
  ['a mark alone', ['restored/mark']],
  ['nothing, beside what was moved before', ['clicks.db', 'switchyard.db']],
])('a folder with %s is nobody’s restore', (_, left) => {
  leave(...left);
  expect(files.areWaiting).toBe(false);
  expect(files.moveIntoPlace()).toBeUndefined();
  expect(existsSync(at('restored'))).toBe(false);
});

test('nothing is moved onto another file', () => {
  leave('switchyard.db', 'restored/switchyard.db', 'restored/mark');
  expect(() => files.moveIntoPlace()).toThrow(StoreError);
  expect(readFileSync(at('switchyard.db'), 'utf8')).toBe('switchyard.db');
  expect(files.areWaiting).toBe(true);
});
