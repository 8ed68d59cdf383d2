import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  eventually,
  machineNode,
  processesIn,
  repository,
  strangersEnvironment,
  temporaryFolder,
} from './machine.ts';
import { Program, runProgram } from './program.ts';

/**
 * Real processes, a real `npm ci`, the machine's own Node; only the two packages that set-up calls are small fakes,
 * linked into a clone of a few files. The fake compiler keeps a list of its runs, and waits where a test asks it to.
 */
const compiler = `
const { appendFileSync, cpSync, existsSync, readFileSync } = require('node:fs');
appendFileSync('builds.log', process.pid + '\\n');
const main = readFileSync('src/main.ts', 'utf8');
if (main.includes('mistake')) { console.log('src/main.ts(1,1): error TS1005'); process.exit(1); }
const finish = () => cpSync('src', process.argv[process.argv.indexOf('--outDir') + 1], { recursive: true });
const wait = () => existsSync('hold-the-compiler') ? setTimeout(wait, 10) : finish();
wait();
`;

describe('set-up', () => {
  test('installs and builds once, and is silent when nothing changed', async () => {
    const clone = makeClone();
    const first = await clone.setUp();
    expect(first.code, first.output).toBe(0);
    expect(first.output).toMatch(
      /^Switchyard: installing dependencies \(about a minute, once\)…\nSwitchyard: done in .+ s\.\nSwitchyard: building…\nSwitchyard: done in .+ s\.\n$/,
    );
    expect(readdirSync(clone.path('dist')).sort()).toEqual(['.fingerprint', 'gone.ts', 'main.ts']);

    expect(await clone.setUp()).toEqual({ code: 0, signal: null, output: '' });
    expect(clone.builds()).toBe(1);
  });

  test('builds again when a source changed, without what is gone, and not for a touched file or a test', async () => {
    const clone = makeClone();
    await clone.setUp();
    utimesSync(clone.path('src', 'main.ts'), 0, 0);
    writeFileSync(clone.path('src', 'main.test.ts'), '');
    expect((await clone.setUp()).output).toBe('');

    rmSync(clone.path('src', 'gone.ts'));
    expect((await clone.setUp()).output).toMatch(/^Switchyard: building…\n.*\n$/);
    expect(existsSync(clone.path('dist', 'gone.ts'))).toBe(false);
    expect(clone.builds()).toBe(2);
  });

  test('installs again when the lock file changed', async () => {
    const clone = makeClone();
    await clone.setUp();
    clone.writeManifests({ extra: true });
    expect((await clone.setUp()).output).toContain('installing');
    expect(existsSync(clone.path('node_modules', 'extra'))).toBe(true);
  });

  test('two at once: one works, the other says for whom it waits', async () => {
    const clone = makeClone();
    clone.hold();
    const first = clone.startSetUp();
    await first.until('the first builds', () => clone.builds() === 1);
    const second = clone.startSetUp();
    await second.until('the second waits', () => second.output !== '');
    clone.letGo();

    const ends = await Promise.all([first.ended, second.ended]);
    expect(ends.map((end) => end.code)).toEqual([0, 0]);
    expect(second.output).toBe(
      `Switchyard: waiting for process ${first.pid}, which is setting up this folder.\n`,
    );
    expect(clone.builds()).toBe(1);
    expect(clone.leftovers()).toEqual([]);
  });

  test.for([
    ['ended', `${spawnSync('true').pid}-1-aa`],
    ['left its pid to another process', `${process.pid}-1-aa`],
  ] as const)('a lock whose owner has %s is taken over by one of many', async ([, deadOwner]) => {
    const clone = makeClone();
    await clone.setUp();
    rmSync(clone.path('dist'), { recursive: true });
    mkdirSync(clone.path('.setup.lock', 'dist'), { recursive: true });
    writeFileSync(clone.path('.setup.lock', deadOwner), '');
    writeFileSync(clone.path('.setup.lock', 'dist', 'half-built.js'), '');

    const ends = await Promise.all(Array.from({ length: 4 }, () => clone.setUp()));
    expect(ends.map((end) => end.code)).toEqual([0, 0, 0, 0]);
    expect(clone.builds()).toBe(2);
    expect(existsSync(clone.path('dist', 'half-built.js'))).toBe(false);
    expect(clone.leftovers()).toEqual([]);
  });

  test('a source that does not compile is shown, and the last good build stays', async () => {
    const clone = makeClone();
    await clone.setUp();
    writeFileSync(clone.path('src', 'main.ts'), 'mistake');
    const failed = await clone.setUp();
    expect(failed.code).toBe(1);
    expect(failed.output).toMatch(
      /error TS1005\nSwitchyard: the source does not compile.+run the same command again\.\n$/,
    );
    expect(readFileSync(clone.path('dist', 'main.ts'), 'utf8')).toBe('first');
    expect(clone.leftovers()).toEqual([]);
  });

  test('what npm says is shown whole when it fails, with a sentence on what to do', async () => {
    const clone = makeClone();
    clone.writeManifests({ extra: 'in the manifest only' });
    const failed = await clone.setUp();
    expect(failed.code).toBe(1);
    expect(failed.output).toMatch(
      /npm error[\s\S]+Switchyard: npm could not install.+run the same command again\.\n$/,
    );
    expect(clone.leftovers()).toEqual([]);
  });

  test('asked to end, it ends what it started and gives the lock back', async () => {
    const clone = makeClone();
    clone.hold();
    const running = clone.startSetUp();
    await running.until('it builds', () => clone.builds() === 1);
    running.signal('SIGTERM');
    expect(await running.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
    await eventually('the compiler is gone', () => processesIn(clone.path()).length === 0);
    expect(clone.leftovers()).toEqual([]);
  });

  test('killed outright, what it started is ended by whoever takes over', async () => {
    const clone = makeClone();
    clone.hold();
    const killed = clone.startSetUp();
    await killed.until('it builds', () => clone.builds() === 1);
    killed.signal('SIGKILL');
    await eventually('only the compiler is left', () => processesIn(clone.path()).length === 1);
    const [orphan = 0] = processesIn(clone.path());

    const next = clone.startSetUp();
    await next.until('the next builds', () => clone.builds() === 2);
    expect(processesIn(clone.path())).not.toContain(orphan);
    clone.letGo();
    expect((await next.ended).code).toBe(0);
    expect(clone.leftovers()).toEqual([]);
  });

  test('does nothing in an installed package', async () => {
    const clone = makeClone();
    rmSync(clone.path('package-lock.json'));
    expect(await clone.setUp()).toEqual({ code: 0, signal: null, output: '' });
    expect(existsSync(clone.path('node_modules'))).toBe(false);
  });
});

function makeClone() {
  const folder = join(temporaryFolder(), 'clone');
  const path = (...names: string[]) => join(folder, ...names);
  for (const name of ['bin', 'scripts']) cpSync(join(repository, name), path(name), { recursive: true });

  const packages = { node: '24.0.0', typescript: '7.0.0', extra: '1.0.0' };
  for (const [name, version] of Object.entries(packages)) {
    mkdirSync(path('vendor', name, 'bin'), { recursive: true });
    writeFileSync(path('vendor', name, 'package.json'), JSON.stringify({ name, version }));
  }
  symlinkSync(process.execPath, path('vendor', 'node', 'bin', 'node'));
  writeFileSync(path('vendor', 'typescript', 'bin', 'tsc'), compiler);

  const writeManifests = ({ extra = false as boolean | 'in the manifest only' } = {}) => {
    const names = ['node', 'typescript'];
    const dependencies = (all: string[]) =>
      Object.fromEntries(all.map((name) => [name, `file:vendor/${name}`]));
    const manifest = {
      name: 'clone',
      version: '1.0.0',
      devDependencies: dependencies(extra ? [...names, 'extra'] : names),
    };
    const locked = extra === true ? [...names, 'extra'] : names;
    const lock = {
      name: 'clone',
      version: '1.0.0',
      lockfileVersion: 3,
      packages: {
        '': { ...manifest, devDependencies: dependencies(locked) },
        ...Object.fromEntries(
          locked.flatMap((name) => [
            [`node_modules/${name}`, { resolved: `vendor/${name}`, link: true }],
            [`vendor/${name}`, { version: packages[name as keyof typeof packages], dev: true }],
          ]),
        ),
      },
    };
    writeFileSync(path('package.json'), JSON.stringify(manifest));
    writeFileSync(path('package-lock.json'), JSON.stringify(lock));
  };
  writeManifests();
  mkdirSync(path('src'));
  writeFileSync(path('src', 'main.ts'), 'first');
  writeFileSync(path('src', 'gone.ts'), '');

  const run = [
    machineNode().path,
    ['scripts/setup.mjs'],
    { cwd: folder, env: strangersEnvironment() },
  ] as const;
  return {
    path,
    writeManifests,
    setUp: () => runProgram(...run),
    startSetUp: () => new Program(...run),
    builds: () =>
      existsSync(path('builds.log')) ? readFileSync(path('builds.log'), 'utf8').trim().split('\n').length : 0,
    hold: () => writeFileSync(path('hold-the-compiler'), ''),
    letGo: () => rmSync(path('hold-the-compiler')),
    leftovers: () => readdirSync(folder).filter((name) => name.startsWith('.setup')),
  };
}
