import { setTimeout } from 'node:timers/promises';

/** Polls, instead of sleeping for as long as something might take. A busy machine may take ten times as long. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 30_000,
): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`Waited in vain until ${what}`);
    await setTimeout(5);
  }
}
