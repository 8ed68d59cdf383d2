import type { BatchWriter } from '../../db/batch-writer.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Longer than Google Play remembers where an installation came from. */
const DEVICES_KEPT_MS = 400 * DAY_MS;
const ROWS_PER_STEP = 2_000;

/** Forgets clicks whose time is over, told of or not, and devices that have asked long ago. @returns whether there may be more */
export async function forgetDeferred(writer: BatchWriter, now: number): Promise<boolean> {
  const forgotten = await writer.transact(async (tx) => [
    await tx.run(
      `delete from deferred_click where click_id in
         (select click_id from deferred_click where expires_at <= $1 order by expires_at limit $2)`,
      [now, ROWS_PER_STEP],
    ),
    await tx.run('delete from deferred_device where at < $1', [now - DEVICES_KEPT_MS]),
  ]);
  return forgotten[0] === ROWS_PER_STEP;
}
