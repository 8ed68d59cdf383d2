import { join } from 'node:path';
import { runChild } from './run-child.mjs';
import { nodeOfClone, root } from './setup.mjs';

/** Each a program of node_modules, run on the clone's Node with its output shown; true when it is content. */
export const typesHold = () => tool('types', 'typescript/bin/tsc', ['-p', 'tsconfig.json']);
export const styleHolds = () => tool('lint and format', '@biomejs/biome/bin/biome', ['check', '.']);
export const testsPass = (args = []) => tool('tests', 'vitest/vitest.mjs', ['run', ...args]);

/** As `src/main.ts` has it: hundreds of processes load the same programs. */
const NODE_COMPILE_CACHE = join(root, 'node_modules', '.cache', 'switchyard');

async function tool(name, program, args) {
  process.stderr.write(`Switchyard: ${name}\n`);
  const command = [`${root}node_modules/${program}`, ...args];
  const end = await runChild(nodeOfClone(), command, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE || NODE_COMPILE_CACHE },
  });
  if (end.stoppedBy) process.exit(1);
  return end.code === 0;
}
