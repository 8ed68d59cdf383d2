import { join } from 'node:path';
import { endLike, runChild } from './run-child.mjs';
import { nodeOfClone, root, setUp } from './setup.mjs';

const PARENT_POLL_MS = 500;

/**
 * Runs Switchyard from a clone: made ready first, on the clone's own Node, as a child that ends as we end. The IPC
 * channel is its lifeline: when we are killed outright it hears `disconnect`, and stops as if asked to.
 *
 * @param {readonly string[]} args
 */
export async function launch(args) {
  if (process.env.npm_lifecycle_event) endWithParent();
  await setUp();
  const main = join(root, 'dist', 'main.js');
  endLike(
    await runChild(nodeOfClone(), [main, ...args], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] }),
  );
}

/** npx keeps a shell between itself and us, which dies of a signal without passing it on; npm may be killed outright. */
function endWithParent() {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, PARENT_POLL_MS);
  watch.unref();
}
