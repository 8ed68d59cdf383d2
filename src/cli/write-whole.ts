import { randomBytes } from 'node:crypto';
import { createWriteStream, lstatSync, openSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OperatorError } from './operator-error.ts';
import { writeProblem } from './write-problem.ts';

/** What ends a process that could still tidy up. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Writes to stdout, or to a file that is there whole or not at all, for this user alone. A pipe or a device is written
 * into as it is.
 *
 * @param what it is, in a sentence: `export`
 * @throws OperatorError when it cannot be written to its end
 */
export async function writeWhole(out: string | undefined, content: Readable, what: string): Promise<void> {
  try {
    if (out === undefined) await pipeline(content, process.stdout, { end: false });
    else if (out === '') throw new Error('the name of the file is empty');
    else if (isNoFile(out)) await pipeline(content, createWriteStream(out));
    else await writeBeside(placeOf(out), content);
  } catch (error) {
    // One that is made of several complains of being ended.
    content.on('error', () => {}).destroy();
    throw new OperatorError(sentenceOf(error, what, out ?? 'stdout'));
  }
}

function sentenceOf(error: unknown, what: string, where: string): string {
  if (error instanceof Error && 'code' in error && error.code === 'EPIPE')
    return `Whoever reads the ${what} has gone before its end: what they have of it is not whole.`;
  return `The ${what} could not be written to ${where}: ${writeProblem(error, where)}`;
}

function isNoFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === false;
}

/** Renaming onto a symbolic link would replace the link. */
function placeOf(path: string): string {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? realpathSync(path) : path;
}

/** Under a name of its own until it is whole: another process may be writing to the same place. */
async function writeBeside(place: string, content: Readable): Promise<void> {
  const part = `${place}.${randomBytes(4).toString('hex')}.part`;
  const forget = removeOnSignal(part);
  try {
    const fd = openSync(part, 'wx', 0o600);
    await pipeline(content, createWriteStream(part, { fd, flush: true }));
    renameSync(part, place);
  } catch (error) {
    remove(part);
    throw error;
  } finally {
    forget();
  }
}

/** It may hold secrets. The signal ends the process afterwards, as it would have. @returns what undoes this */
function removeOnSignal(path: string): () => void {
  const forget = () => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
  function end(signal: NodeJS.Signals): void {
    remove(path);
    forget();
    process.kill(process.pid, signal);
  }
  for (const signal of SIGNALS) process.on(signal, end);
  return forget;
}

/** Whoever calls has something more important to say than that this failed. */
function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}
