import { setPriority } from 'node:os';

const NICENESS = 5;

/** On Linux this is the priority of the calling thread alone: on a busy core visitors go before what follows from them. */
export function yieldToVisitors(): void {
  try {
    setPriority(0, NICENESS);
  } catch {
    // Not allowed here; it then competes on equal terms.
  }
}
