import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export const repository = fileURLToPath(new URL('../..', import.meta.url));

/** The Node a stranger's shell finds on this machine: not the one node_modules brings, on which this test runs. */
export function machineNode(): { path: string; version: string; isTooOld: boolean } {
  const found = ['/usr/local/bin/node', '/usr/bin/node'].find((path) => existsSync(path));
  const path = found ?? process.execPath;
  const version = execFileSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim();
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return { path, version, isTooOld: major < 22 || (major === 22 && minor < 14) };
}

/** What of our environment a stranger's shell may have too: who they are, and how their machine reaches the network. */
const ORDINARY =
  /^(HOME|USER|LANG|TMPDIR|NODE_EXTRA_CA_CERTS|(HTTPS?|NO)_PROXY|NPM_CONFIG_(REGISTRY|CACHE|CAFILE|USERCONFIG|GLOBALCONFIG))$/i;

/** The environment of a stranger's shell: nothing of npm run, vitest or Switchyard's settings, no node_modules/.bin. */
export function strangersEnvironment(added: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const ordinary = Object.entries(process.env).filter(([name]) => ORDINARY.test(name));
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return { ...Object.fromEntries(ordinary), PATH: path.join(delimiter), ...added };
}

/** A folder of the running test's own; whatever runs there when the test ends is killed, and the folder removed. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-house-'));
  onTestFinished(async () => {
    await eventually('nothing runs in the folder', () => {
      const left = processesIn(folder);
      for (const pid of left) killIfThere(pid);
      return left.length === 0;
    });
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  return folder;
}

/** Processes whose working directory is this folder or below it. */
export function processesIn(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => `${workingDirectory(pid)}/`.startsWith(`${folder}/`));
}

export async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).status === 200;
  } catch {
    return false;
  }
}

/** Polls until the condition holds; `otherwise` adds to the failure what there is to say about it. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  { timeoutMs = 30_000, otherwise = () => '' }: { timeoutMs?: number; otherwise?: () => string } = {},
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${what}\n${otherwise()}`);
    await pause(25);
  }
}

function workingDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}
