import type { BatchTransaction, BatchWriter } from '../../db/batch-writer.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Devices that were told of a link: longer than Google Play remembers where an installation came from. */
const TOLD_KEPT_MS = 400 * DAY_MS;
/** Those that were told nothing, which anybody can be: as long as a click that is named is found. */
const UNTOLD_KEPT_MS = 30 * DAY_MS;
const ROWS_PER_STEP = 2_000;

/** Forgets clicks whose time is over, told of or not, and devices that have asked long ago. @returns whether there may be more */
export async function forgetDeferred(writer: BatchWriter, now: number): Promise<boolean> {
  const forgotten = await writer.transact(async (tx) => [
    await tx.run(
      `delete from deferred_click where click_id in
         (select click_id from deferred_click where expires_at <= $1 order by expires_at limit $2)`,
      [now, ROWS_PER_STEP],
    ),
    await forgetDevices(tx, 'click_id is not null', now - TOLD_KEPT_MS),
    await forgetDevices(tx, 'click_id is null', now - UNTOLD_KEPT_MS),
  ]);
  return forgotten.includes(ROWS_PER_STEP);
}

async function forgetDevices(
  tx: BatchTransaction,
  which: 'click_id is null' | 'click_id is not null',
  before: number,
): Promise<number> {
  return await tx.run(
    `delete from deferred_device where (project_id, device) in
       (select project_id, device from deferred_device where ${which} and at < $1 order by at limit $2)`,
    [before, ROWS_PER_STEP],
  );
}
