/**
 * What stands between `git clone` and the first command: dependencies installed, `dist/` built. Runs on any Node >= 18
 * without a dependency, costs milliseconds when nothing changed, and does nothing in an installed package.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { requireNode } from '../bin/require-node.mjs';
import { endLike, runChild } from './run-child.mjs';
import { noteWorker, withLock } from './setup-lock.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));

const inRoot = (...names) => join(root, ...names);
const lockFolder = inRoot('.setup.lock');
const fingerprintFile = inRoot('dist', '.fingerprint');

/** Makes the clone ready to run. When that fails, says why and what to do, and ends the process. */
export async function setUp() {
  if (!existsSync(inRoot('package-lock.json'))) return;
  try {
    if (isInstalled() && isBuilt()) return;
    await withLock(lockFolder, installAndBuild, (pid) =>
      say(`waiting for process ${pid}, which is setting up this folder.`),
    );
  } catch (error) {
    if (error instanceof Stopped) return endLike({ code: null, signal: error.message });
    if (!(error instanceof SetUpFailed)) throw error;
    say(error.message);
    process.exit(1);
  }
}

/** The Node that runs Switchyard: the clone's own, which the devDependency `node` brings, or this one if new enough. */
export function nodeOfClone() {
  const own = inRoot('node_modules', 'node', 'bin', 'node');
  if (existsSync(own)) return own;
  requireNode();
  return process.execPath;
}

async function installAndBuild() {
  if (!isInstalled()) await step('installing dependencies (about a minute, once)', install);
  if (!isBuilt()) await step('building', build);
}

/**
 * npm's own record of what it put into node_modules is the stamp: it is written last, removed first, and also right
 * when somebody ran `npm install` by hand. A package made for another platform may be missing.
 */
function isInstalled() {
  const wanted = readJson('package-lock.json');
  const manifest = readJson('package.json');
  const found = existsSync(inRoot('node_modules', '.package-lock.json'))
    ? readJson('node_modules', '.package-lock.json').packages
    : undefined;
  if (!found) return false;
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies']) {
    if (!isDeepStrictEqual(manifest[kind] ?? {}, wanted.packages[''][kind] ?? {})) return false;
  }
  return Object.entries(wanted.packages).every(([path, entry]) => {
    if (!path.startsWith('node_modules/')) return true;
    const installed = found[path];
    if (!installed) return Boolean(entry.optional || entry.devOptional);
    return installed.version === entry.version && installed.integrity === entry.integrity;
  });
}

async function install() {
  // A machine's habits (NODE_ENV=production, engine-strict) must not leave out or refuse what the clone brings itself.
  const args = ['ci', '--include=dev', '--no-engine-strict', '--no-audit', '--no-fund', '--no-progress'];
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
  await run(command, [...first, ...args], (output) =>
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED/.test(output)
      ? 'npm could not reach its registry; check the network (or proxy) and run the same command again.'
      : 'npm could not install the dependencies, for the reason above; put it right and run the same command again.',
  );
}

function isBuilt() {
  return existsSync(fingerprintFile) && readFileSync(fingerprintFile, 'utf8') === sourceFingerprint();
}

/** Compiles beside the old build, which is replaced as a whole: no half build, no file of a module long gone. */
async function build() {
  const fingerprint = sourceFingerprint();
  const fresh = join(lockFolder, 'dist');
  rmSync(fresh, { recursive: true, force: true });
  const tsc = inRoot('node_modules', 'typescript', 'bin', 'tsc');
  await run(
    nodeOfClone(),
    [tsc, '-p', 'tsconfig.build.json', '--noEmitOnError', '--outDir', fresh],
    () =>
      'the source does not compile, for the reasons above; put them right and run the same command again.',
  );
  writeFileSync(join(fresh, '.fingerprint'), fingerprint);
  rmSync(join(lockFolder, 'replaced'), { recursive: true, force: true });
  if (existsSync(inRoot('dist'))) renameSync(inRoot('dist'), join(lockFolder, 'replaced'));
  renameSync(fresh, inRoot('dist'));
}

/** Of everything a build reads: a touched file is not a changed one, and switching branches to and fro builds nothing. */
function sourceFingerprint() {
  const hash = createHash('sha256');
  const settings = readdirSync(root).filter((name) => /^(tsconfig.*|package-lock)\.json$/.test(name));
  for (const path of [...settings.sort(), ...filesBelow('src')]) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(inRoot(path)))
      .update('\0');
  }
  return hash.digest('hex');
}

function filesBelow(folder) {
  const entries = readdirSync(inRoot(folder), { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return filesBelow(path);
    return entry.name.endsWith('.test.ts') ? [] : [path];
  });
}

/** Runs a command in silence, or shows all it said and fails with the sentence `advise` finds for it. */
async function run(command, args, advise) {
  const end = await runChild(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    halfWorkIsWorthless: true,
    onStart: (pid) => noteWorker(lockFolder, pid),
  });
  if (end.stoppedBy) throw new Stopped(end.stoppedBy);
  if (end.code === 0) return;
  process.stderr.write(end.output);
  throw new SetUpFailed(advise(end.output));
}

async function step(name, work) {
  const startedAt = performance.now();
  say(`${name}…`);
  await work();
  say(`done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
}

function readJson(...names) {
  return JSON.parse(readFileSync(inRoot(...names), 'utf8'));
}

function say(sentence) {
  process.stderr.write(`Switchyard: ${sentence}\n`);
}

class SetUpFailed extends Error {}
class Stopped extends Error {}

if (process.argv[1] === fileURLToPath(import.meta.url)) await setUp();
