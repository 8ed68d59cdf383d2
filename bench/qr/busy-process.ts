import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { SERVER_CORE, startPinned } from '../servers/pinned-process.ts';

/** That of the server's own threads behind its answers (`observability/thread-priority.ts`). */
const NICENESS = 5;

/**
 * Keeps the server's core busy and does nothing else, in the place of the thread that draws: what visitors feel of it is
 * what a full core costs here, whoever fills it.
 */
export function keepBusy(): { stop(): Promise<void> } {
  const busy = startPinned({
    name: 'a program that only looks at the clock',
    core: SERVER_CORE,
    args: [fileURLToPath(import.meta.url)],
    env: {},
  });
  setPriority(busy.pid, NICENESS);
  return { stop: busy.stop };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.on('disconnect', () => process.exit());
  // Short turns: whoever started it must be able to end it.
  const turn = () => {
    for (const until = performance.now() + 5; performance.now() < until; );
    setImmediate(turn);
  };
  turn();
}
