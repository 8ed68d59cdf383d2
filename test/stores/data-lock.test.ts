import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DataDirInUse, DataLock } from '../../src/db/data-lock.ts';
import { until } from '../support/until.ts';

const HOLDER = `
  const { DataLock } = await import(process.argv[1]);
  try {
    const lock = DataLock.take(process.argv[2]);
    console.log('taken');
    process.stdin.resume().on('end', () => lock.release());
  } catch (error) {
    console.log(error.name + ': ' + error.message);
  }`;

const children: ChildProcess[] = [];
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'switchyard-lock-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

/** @returns another process that tries to take the lock, and what it said */
async function anotherProcess(): Promise<{ child: ChildProcess; said: string }> {
  const module = new URL('../../src/db/data-lock.ts', import.meta.url).href;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', HOLDER, module, directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const [said] = await once(child.stdout, 'data');
  return { child, said: String(said).trim() };
}

function isFree(): boolean {
  try {
    DataLock.take(directory).release();
    return true;
  } catch (error) {
    if (error instanceof DataDirInUse) return false;
    throw error;
  }
}

const sentence = () =>
  `Another Switchyard server is already using ${directory}. Stop it first, or give this one a DATA_DIR of its own.`;

test('a second taker is refused with a sentence that names the folder and the way out', () => {
  const lock = DataLock.take(directory);
  expect(() => DataLock.take(directory)).toThrow(new DataDirInUse(directory));
  expect(() => DataLock.take(directory)).toThrow(sentence());
  lock.release();
});

test('a released lock can be taken again', () => {
  DataLock.take(directory).release();
  DataLock.take(directory).release();
});

test('another process is refused while this one holds the lock', async () => {
  const lock = DataLock.take(directory);
  const { said } = await anotherProcess();
  lock.release();
  expect(said).toBe(`DataDirInUse: ${sentence()}`);
});

test('this process is refused while another holds the lock, and gets it when that one lets go', async () => {
  const { child, said } = await anotherProcess();
  expect(said).toBe('taken');
  expect(isFree()).toBe(false);
  child.stdin?.end();
  await until(isFree, 'the lock was free');
});

test('the lock of a killed process is free at once', async () => {
  const { child, said } = await anotherProcess();
  expect(said).toBe('taken');
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
  expect(isFree()).toBe(true);
});

test('locks of different folders do not touch each other', () => {
  const other = mkdtempSync(join(tmpdir(), 'switchyard-lock-'));
  const locks = [DataLock.take(directory), DataLock.take(other)];
  for (const lock of locks) lock.release();
  rmSync(other, { recursive: true });
});
