import { mkdirSync } from 'node:fs';
import { DataLock } from '../db/data-lock.ts';
import { openStore, type Store } from '../db/open.ts';
import { throttled } from '../observability/throttle.ts';
import type { Opening } from './opening.ts';

/** The data folder, which is this process's alone from here on, and the store. */
export async function openData({ config, logger, disposals }: Opening): Promise<Store> {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const lock = DataLock.take(config.dataDir);
  disposals.add(() => lock.release());

  const store = await openStore(config, (message) => logger.info(message));
  disposals.add(() => store.database.close());
  store.database.onRetry(
    throttled(10_000, (error: unknown, times) => {
      logger.warn({ reason: String(error), times }, 'edits stood in each other’s way and were run again');
    }),
  );
  return store;
}
