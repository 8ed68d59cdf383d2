import { setTimeout } from 'node:timers/promises';

/** Whoever has lost so often meets more than chance; asking again later is for the caller to do. */
const TRIES = 5;
/** On average after the first loss; twice as long after each further one. */
const FIRST_PAUSE_MS = 20;

/** What tells a lost transaction from a failed one, and hears of those that are run again. */
export interface ConflictWatch {
  readonly isConflict: (error: unknown) => boolean;
  readonly onRetry: (error: unknown) => void;
}

/**
 * Runs a transaction again that the engine gave up because of another one. It has been undone whole, and nothing but
 * database work is awaited inside of one, so a second run is as good as a first.
 *
 * @throws what the last try threw
 */
export async function retryConflicts<T>(
  transaction: () => Promise<T>,
  { isConflict, onRetry }: ConflictWatch,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await transaction();
    } catch (error) {
      if (tried === TRIES || !isConflict(error)) throw error;
      onRetry(error);
      // By chance, so that those that met do not meet again.
      await setTimeout(Math.random() * FIRST_PAUSE_MS * 2 ** tried);
    }
  }
}
