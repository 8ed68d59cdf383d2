import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../test/support/until.ts';
import { OperatorError } from './operator-error.ts';
import { writeWhole } from './write-whole.ts';

let folder: string;
const at = (name: string) => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'write-whole-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('two at once to one file do not mix: it is the one that ended last', async () => {
  const [first, second] = [new PassThrough(), new PassThrough()];
  const both = [writeWhole(at('all'), first, 'backup'), writeWhole(at('all'), second, 'backup')];
  await until(() => readdirSync(folder).length === 2, 'both are being written');
  first.end('one\n');
  await both[0];
  expect(readFileSync(at('all'), 'utf8')).toBe('one\n');
  second.end('two\n');
  await both[1];
  expect(readFileSync(at('all'), 'utf8')).toBe('two\n');
  expect(readdirSync(folder)).toEqual(['all']);
});

test('what was there stays until the end, and when it fails; nobody else may read the new one', async () => {
  writeFileSync(at('all'), 'before');
  chmodSync(at('all'), 0o644);
  const failing = Readable.from(
    (async function* () {
      yield 'half of it';
      throw new Error('the disk is full');
    })(),
  );
  await expect(writeWhole(at('all'), failing, 'backup')).rejects.toThrow(
    new OperatorError(`The backup could not be written to ${at('all')}: the disk is full`),
  );
  expect(readFileSync(at('all'), 'utf8')).toBe('before');
  expect(readdirSync(folder)).toEqual(['all']);
  await writeWhole(at('all'), Readable.from(['after']), 'backup');
  expect(readFileSync(at('all'), 'utf8')).toBe('after');
  expect(statSync(at('all')).mode & 0o777).toBe(0o600);
});

test('content that nobody could begin to read ends, and what it says of that is not the reason', async () => {
  const lines = Readable.from(['some']);
  const packed = lines.compose(createGzip()) as Readable;
  await expect(writeWhole(at('no/such'), packed, 'backup')).rejects.toThrow(/there is no folder/);
  await until(() => packed.closed && lines.closed, 'both have ended');
});

test('a symbolic link stays one, and what it leads to is written', async () => {
  writeFileSync(at('real'), 'before');
  symlinkSync(at('real'), at('link'));
  await writeWhole(at('link'), Readable.from(['after']), 'backup');
  expect(readFileSync(at('real'), 'utf8')).toBe('after');
  expect(lstatSync(at('link')).isSymbolicLink()).toBe(true);
  symlinkSync(at('nothing'), at('astray'));
  await expect(writeWhole(at('astray'), Readable.from(['x']), 'backup')).rejects.toThrow(/ENOENT/);
  expect(lstatSync(at('astray')).isSymbolicLink()).toBe(true);
});

test('whoever waits at a pipe gets it; devices are written into', async () => {
  execFileSync('mkfifo', [at('pipe')]);
  const reads = readFile(at('pipe'), 'utf8');
  await writeWhole(at('pipe'), Readable.from(['all', ' of it']), 'backup');
  expect(await reads).toBe('all of it');
  expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
  await writeWhole('/dev/null', Readable.from(['x']), 'backup');
  expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
});

test.each([
  ['', /the name of the file is empty/],
  ['/dev/full', /ENOSPC/],
  ['/dev/full/x', /ENOTDIR: not a directory$/],
  [
    '/nowhere/at/all',
    /^The export could not be written to \/nowhere\/at\/all: there is no folder \/nowhere\/at$/,
  ],
  [tmpdir(), /EISDIR/],
])('"%s" is refused in a sentence', async (out, says) => {
  const refused = writeWhole(out, Readable.from(['x']), 'export');
  await expect(refused).rejects.toThrow(OperatorError);
  await expect(refused).rejects.toThrow(says);
});

test('hears a signal only while it writes', async () => {
  const content = new PassThrough();
  const before = process.listenerCount('SIGTERM');
  const written = writeWhole(at('all'), content, 'backup');
  await until(() => process.listenerCount('SIGTERM') === before + 1, 'it is listening');
  content.end('x');
  await written;
  expect(process.listenerCount('SIGTERM')).toBe(before);
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s leaves nothing, and ends the process',
  async (signal) => {
    const module = new URL('./write-whole.ts', import.meta.url).href;
    const text = `const { writeWhole } = await import(${JSON.stringify(module)});
    const { PassThrough } = await import('node:stream');
    setInterval(() => {}, 1000);
    await writeWhole(process.argv[1], new PassThrough(), 'backup');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', text, at('all')], {
      stdio: 'inherit',
    });
    const ended = once(child, 'exit');
    await until(() => readdirSync(folder).length === 1, 'it writes');
    child.kill(signal);
    expect(await ended).toEqual([null, signal]);
    expect(readdirSync(folder)).toEqual([]);
  },
);
