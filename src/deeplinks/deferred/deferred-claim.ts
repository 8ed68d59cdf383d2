import type { BatchTransaction, BatchWriter } from '../../db/batch-writer.ts';

/**
 * For so long after its first question a device that was told nothing may ask again, in milliseconds: its click may still
 * be on its way, in another process.
 */
export const ASKING_AGAIN_MS = 60_000;

/** In place of a click: a link that was named without one. */
export const NO_CLICK = '';

/** A device that has asked, and the click it is told of. One of the two at least. */
export interface DeferredClaim {
  readonly projectId: number;
  /** Keyed hash; null when the app does not know its device. */
  readonly device: string | null;
  /** Null: it has asked and is told nothing. `NO_CLICK`: it is told of a link, and of no click. */
  readonly clickId: string | null;
  /** Queries with which the link leads to the same place as with the click's own. */
  readonly queries?: readonly string[];
  readonly at: number;
}

export type ClaimOutcome =
  | 'claimed'
  /** The device was told before, or has asked too long ago. */
  | 'repeated'
  /** Somebody else was told of the click, or its time is over. */
  | 'taken';

class Taken extends Error {}

/**
 * Marks a click as told and a device as answered, both or neither, in one transaction. However many ask at once, in
 * whichever process: each device gets one answer and each click goes to one.
 *
 *     device   unknown ──▶ told of nothing ──▶ answered   told of a link, or a minute after its first question
 *     click    waiting ──▶ claimed ──▶ gone  (after its time)
 */
export async function claimDeferred(writer: BatchWriter, claim: DeferredClaim): Promise<ClaimOutcome> {
  const { projectId, device, clickId, at } = claim;
  try {
    return await writer.transact(async (tx) => {
      if (device !== null) {
        const first = await tx.run(
          `insert into deferred_device (project_id, device, at, click_id) values ($1, $2, $3, $4)
           on conflict (project_id, device) do update set click_id = excluded.click_id
             where deferred_device.click_id is null and deferred_device.at > $5`,
          [projectId, device, at, clickId, at - ASKING_AGAIN_MS],
        );
        if (first === 0) return 'repeated';
      }
      if (clickId === null || clickId === NO_CLICK) return 'claimed';
      const waiting = await tx.run(
        `update deferred_click set claimed_at = $1, claimed_by = $2
          where click_id = $3 and project_id = $4 and claimed_at is null and expires_at > $5`,
        [at, device, clickId, projectId, at],
      );
      // The device has not been answered then, and may be told of another click.
      if (waiting === 0) throw new Taken();
      await withdrawEarlier(tx, clickId, claim);
      return 'claimed';
    });
  } catch (error) {
    if (error instanceof Taken) return 'taken';
    throw error;
  }
}

interface ClaimedClick {
  readonly network: string;
  readonly platform: string;
  readonly link_id: number;
  readonly os_version: string;
  readonly language: string;
  readonly query: string;
}

/**
 * Whoever taps twice is told once: the clicks before that are like the claimed one in all that can be compared are no
 * likeness to anybody any more, or the next device of the kind behind that address would be told of somebody else's. They
 * may be another's all the same, who has the click itself: by their names they are found.
 */
async function withdrawEarlier(
  tx: BatchTransaction,
  clickId: string,
  { projectId, queries = [] }: DeferredClaim,
): Promise<void> {
  const [click] = await tx.all<ClaimedClick>(
    'select network, platform, link_id, os_version, language, query from deferred_click where click_id = $1',
    [clickId],
  );
  if (!click || click.network === '') return;
  const like = [projectId, click.network, click.platform, click.link_id, click.os_version, click.language];
  const places = [...new Set([click.query, ...queries])];
  await tx.run(
    `update deferred_click set network = ''
      where project_id = $1 and network = $2 and platform = $3 and link_id = $4 and os_version = $5 and language = $6
        and claimed_at is null and click_id < $7
        and query in (${places.map((_, n) => `$${n + like.length + 2}`).join(', ')})`,
    [...like, clickId, ...places],
  );
}
