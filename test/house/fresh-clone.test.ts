import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import {
  answers,
  eventually,
  processesIn,
  repository,
  strangersEnvironment,
  temporaryFolder,
} from './machine.ts';
import { Program, runProgram } from './program.ts';

const INSTALL_MS = 300_000;

test('npm start is the first command after git clone, and ends with everything it started', {
  timeout: INSTALL_MS + 60_000,
}, async () => {
  const clone = await cloneHead();
  const port = await freePort();
  const healthz = `http://127.0.0.1:${port}/healthz`;
  const env = strangersEnvironment({ PORT: String(port), DATA_DIR: join(clone, 'data') });

  const first = new Program('npm', ['start'], { cwd: clone, env });
  await first.until('the first start answers', () => answers(healthz), INSTALL_MS);
  expect(first.output).toContain('Switchyard: installing dependencies (about a minute, once)…');
  expect(first.output).toContain('Switchyard: building…');
  await expectGracefulEnd(first, 'SIGTERM', clone, healthz);

  const second = new Program('npm', ['start'], { cwd: clone, env });
  await second.until('the second start answers', () => answers(healthz));
  expect(second.output).not.toMatch(/Switchyard: (installing|building|waiting)/);
  await expectGracefulEnd(second, 'SIGINT', clone, healthz);
});

async function cloneHead(): Promise<string> {
  const clone = join(temporaryFolder(), 'switchyard');
  // The checkout may belong to another user than the one who runs the tests.
  const env = strangersEnvironment({
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
  });
  const cloned = await runProgram('git', ['clone', '--quiet', repository, clone], { cwd: repository, env });
  expect(cloned.code, cloned.output).toBe(0);
  expect(existsSync(join(clone, 'node_modules'))).toBe(false);
  return clone;
}

async function expectGracefulEnd(
  npm: Program,
  signal: NodeJS.Signals,
  clone: string,
  healthz: string,
): Promise<void> {
  npm.signal(signal);
  const end = await npm.ended;
  expect(end, end.output).toMatchObject({ code: 0, signal: null });
  await eventually('no process is left behind', () => processesIn(clone).length === 0);
  expect(await answers(healthz)).toBe(false);
}
