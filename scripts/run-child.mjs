import { spawn } from 'node:child_process';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Ctrl-C reaches us twice: the terminal signals the whole foreground group, and npm passes its own copy on. */
const ONE_SIGNAL_MS = 500;

/**
 * Runs a command to its end in a session of its own, where only the signals passed on here reach it: each at most
 * once in 500 ms, so that one Ctrl-C is one signal and a later one is the second. A command whose half work is worth
 * nothing is not asked: any signal kills it with all it started (`npm ci` takes ten seconds to give up politely).
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions & { halfWorkIsWorthless?: boolean, onStart?: (pid: number) => void }} options
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null, output: string, stoppedBy?: NodeJS.Signals }>}
 *   `output` is what the command wrote to piped streams; `stoppedBy` the first signal that was passed on.
 */
export function runChild(command, args, { halfWorkIsWorthless = false, onStart, ...options }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, detached: true });
    if (child.pid) onStart?.(child.pid);
    const passedOnAt = new Map();
    let stoppedBy;
    let output = '';

    const passOn = (signal) => {
      const now = performance.now();
      if (now - (passedOnAt.get(signal) ?? Number.NEGATIVE_INFINITY) < ONE_SIGNAL_MS) return;
      passedOnAt.set(signal, now);
      stoppedBy ??= signal;
      if (halfWorkIsWorthless) process.kill(-child.pid, 'SIGKILL');
      else child.kill(signal);
    };
    const letGo = () => {
      for (const signal of FORWARDED) process.off(signal, passOn);
    };

    for (const signal of FORWARDED) process.on(signal, passOn);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.once('error', (error) => {
      letGo();
      reject(error);
    });
    child.once('close', (code, signal) => {
      letGo();
      resolve({ code, signal, output, stoppedBy });
    });
  });
}

/** Ends this process the way a child ended: with its exit code, or by its signal. */
export function endLike({ code, signal }) {
  if (signal) process.kill(process.pid, signal);
  else process.exit(code ?? 1);
}
