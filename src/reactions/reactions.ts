import type { Change } from '../db/change.ts';
import type { CommandName, Commands } from './commands.ts';

/** What the rest of the product may ask of the delivery thread. */
export interface Reactions {
  /**
   * Runs a command there; resolves when it has committed, and what has become due is then taken up at once.
   *
   * @throws Failure as the command does
   */
  run<Name extends CommandName>(
    name: Name,
    input: Parameters<Commands[Name]>[1],
  ): Promise<Awaited<ReturnType<Commands[Name]>>>;
  /** Edits may let go what was held. */
  follow(changes: readonly Change[]): void;
}
