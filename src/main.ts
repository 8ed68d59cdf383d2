#!/usr/bin/env node
/** argv → command → exit code. Nothing else is imported before the Node version is known to be good. */

const OLDEST_NODE = [22, 14] as const;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  console.error(
    `Switchyard needs Node ${OLDEST_NODE.join('.')} or newer; this is Node ${process.versions.node}.`,
  );
  process.exit(1);
}

const { keepCompiledCode } = await import('./config/compile-cache.ts');
keepCompiledCode();
const { run } = await import('./cli/command-line.ts');
process.exitCode = await run(process.argv.slice(2));
// Held open by the launcher, so that it can tell us it was killed.
if (process.connected) process.disconnect();
