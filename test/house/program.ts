import { spawn } from 'node:child_process';
import { eventually } from './machine.ts';

export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Everything the program wrote to stdout and stderr. */
  readonly output: string;
}

/** A program as a user starts it: what it says, and how it ends. */
export class Program {
  readonly pid: number;
  readonly ended: Promise<End>;
  #output = '';

  constructor(command: string, args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }) {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    this.pid = child.pid ?? 0;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal, output: this.#output }));
    });
  }

  get output(): string {
    return this.#output;
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** Waits until a condition holds; a program that ends before is a failure told with its output. */
  async until(what: string, condition: () => boolean | Promise<boolean>, timeoutMs = 60_000): Promise<void> {
    let hasEnded = false;
    void this.ended.then(() => {
      hasEnded = true;
    });
    const holdsOrEnded = async () => (await condition()) || hasEnded;
    await eventually(what, holdsOrEnded, { timeoutMs, otherwise: () => this.#output });
    if (!(await condition())) throw new Error(`The program ended before: ${what}\n${this.#output}`);
  }
}

/** Runs a program to its end. */
export function runProgram(
  command: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<End> {
  return new Program(command, args, options).ended;
}
