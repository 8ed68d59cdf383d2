import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

const STOP_PATIENCE_MS = 15_000;
const OUTPUT_KEPT = 8_000;

export interface PinnedProcessOptions {
  readonly name: string;
  /** Undefined: wherever the system likes. */
  readonly core: number | undefined;
  /** Of Node. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A Node process that the bench started, and ends. */
export interface PinnedProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Rejects when the process ends although nobody asked it to. */
  readonly ended: Promise<never>;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** `taskset` executes Node in its own place, so the process started is the server itself. */
export function startPinned({ name, core, args, env }: PinnedProcessOptions): PinnedProcess {
  const pin = core === undefined ? [] : ['taskset', '--cpu-list', String(core)];
  const [command, ...rest] = [...pin, process.execPath, ...args] as [string, ...string[]];
  const child = spawn(command, rest, {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_KEPT);
    });
  }
  let stopping = false;
  const ended = new Promise<never>((_, reject) => {
    child.once('error', (error) => reject(new Error(`${name} could not be started: ${error.message}`)));
    child.once('exit', (code, signal) => {
      running.delete(child);
      if (!stopping) reject(new Error(`${name} has ended (${signal ?? code}):\n${output}`));
    });
  });
  ended.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    child,
    ended,
    stop: async () => {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const forced = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
      child.kill('SIGTERM');
      await once(child, 'exit');
      clearTimeout(forced);
    },
  };
}
