import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { StoreLocation } from '../../src/db/store-location.ts';

export const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface Ran {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A command under way. */
export interface Command {
  readonly child: ChildProcess;
  /** Grows. */
  readonly said: { readonly out: string; readonly err: string };
  readonly ended: Promise<Ran>;
}

export type Variables = Readonly<Record<string, string>>;

/** What tells a process of ours where its store is. */
export function variablesOf({ dataDir, database }: StoreLocation): Variables {
  return { DATA_DIR: dataDir, ...(database.engine === 'postgres' ? { DATABASE_URL: database.url } : {}) };
}

/** `switchyard …` as an operator runs it, in a process of its own, with nothing in its environment but these. */
export function startCommand(args: readonly string[], env: Variables): Command {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...env },
  });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...said }));
  return { child, said, ended };
}

export async function runCommand(args: readonly string[], env: Variables): Promise<Ran> {
  return await startCommand(args, env).ended;
}
