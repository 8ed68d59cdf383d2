#!/usr/bin/env node
import { join } from 'node:path';

/** argv → command → exit code. Nothing of ours is imported before the Node version is known to be good. */

const OLDEST_NODE = [22, 14] as const;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  console.error(
    `Switchyard needs Node ${OLDEST_NODE.join('.')} or newer; this is Node ${process.versions.node}.`,
  );
  process.exit(1);
}

// Halves the start of every later command. Where the folder cannot be written, nothing is kept and nothing is said.
const { enableCompileCache } = await import('node:module');
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '..', 'node_modules', '.cache', 'switchyard');
enableCompileCache(process.env.NODE_COMPILE_CACHE);

const { run } = await import('./cli/command-line.ts');
process.exitCode = await run(process.argv.slice(2));
// Held open by the launcher, so that it can tell us it was killed.
if (process.connected) process.disconnect();
