import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { answers, machineNode, repository, strangersEnvironment, temporaryFolder } from './machine.ts';
import { Program, runProgram } from './program.ts';

const key = 'swy_smoke_0123456789abcdefghijklmnopqrstuv';
const destination = 'https://example.com/landing';
const host = machineNode();

test('an installed package without dev dependencies serves a redirect and stops when asked', {
  timeout: 240_000,
}, async () => {
  const { project, bin } = await installPackage();
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const server = new Program(process.execPath, [bin, 'serve'], {
    cwd: project,
    env: strangersEnvironment({
      PORT: String(port),
      DATA_DIR: join(project, 'data'),
      BOOTSTRAP_API_KEY: key,
      FETCH_PREVIEWS: 'off',
    }),
  });
  await server.until('the server answers', () => answers(`${origin}/healthz`));

  const created = await fetch(`${origin}/api/v1/links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ destination, code: 'smoke' }),
  });
  expect(created.status, server.output).toBe(201);
  const visit = await fetch(`${origin}/smoke`, { redirect: 'manual' });
  expect(visit.status).toBe(302);
  expect(visit.headers.get('location')).toBe(destination);

  server.signal('SIGTERM');
  const end = await server.ended;
  expect(end, end.output).toMatchObject({ code: 0, signal: null });
  expect(await answers(`${origin}/healthz`)).toBe(false);
});

test.skipIf(!host.isTooOld)('[optional] a Node older than 22.14 is refused with a sentence', async () => {
  const folder = temporaryFolder();
  const env = strangersEnvironment();
  const unpacked = await runProgram('tar', ['-xzf', await packInto(folder)], { cwd: folder, env });
  expect(unpacked.code, unpacked.output).toBe(0);

  const refused = await runProgram(host.path, ['package/bin/switchyard.mjs', 'serve'], {
    cwd: folder,
    env,
  });
  expect(refused.output).toBe(
    `Switchyard needs Node 22.14 or newer, and ${host.path} is Node ${host.version}.\n`,
  );
  expect(refused.code).toBe(1);
});

async function installPackage(): Promise<{ project: string; bin: string }> {
  const project = temporaryFolder();
  const env = strangersEnvironment();
  writeFileSync(join(project, 'package.json'), '{ "private": true }\n');
  const tarball = await packInto(project);
  const install = ['install', '--omit=dev', '--no-audit', '--no-fund', tarball];
  const installed = await runProgram('npm', install, { cwd: project, env });
  expect(installed.code, installed.output).toBe(0);
  expect(readdirSync(join(project, 'node_modules'))).not.toContain('typescript');
  return { project, bin: join(project, 'node_modules', 'switchyard', 'bin', 'switchyard.mjs') };
}

async function packInto(folder: string): Promise<string> {
  const env = strangersEnvironment();
  const packed = await runProgram('npm', ['pack', '--pack-destination', folder], { cwd: repository, env });
  expect(packed.code, packed.output).toBe(0);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  return join(folder, tarball ?? 'no tarball');
}
