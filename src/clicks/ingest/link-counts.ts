import { ClickFlag, type ClickRecord, countsAsClick } from '../click-record.ts';

/** What a batch adds to the counters of one link. */
export interface LinkCounts {
  readonly linkId: number;
  readonly clicks: number;
  /** Visits that took one of the link's limited clicks, also those that are no click. */
  readonly slotsTaken: number;
  /** Clicks from times when the link had no limit. */
  readonly clicksUnslotted: number;
  /** Null, like `lastClickAt`, when the batch took slots of the link and has no click on it. */
  readonly firstClickAt: number | null;
  readonly lastClickAt: number | null;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Pure; links on which nothing changes are left out. */
export function countersOf(
  records: readonly Pick<ClickRecord, 'kind' | 'flags' | 'linkId' | 'at'>[],
): LinkCounts[] {
  const byLink = new Map<number, Mutable<LinkCounts>>();
  for (const record of records) {
    const isClick = countsAsClick(record);
    const tookSlot = (record.flags & ClickFlag.slot) !== 0;
    if (!isClick && !tookSlot) continue;
    const counts = byLink.get(record.linkId) ?? noCounts(record.linkId);
    byLink.set(record.linkId, counts);
    if (tookSlot) counts.slotsTaken += 1;
    if (!isClick) continue;
    counts.clicks += 1;
    if (!tookSlot) counts.clicksUnslotted += 1;
    counts.firstClickAt = Math.min(counts.firstClickAt ?? record.at, record.at);
    counts.lastClickAt = Math.max(counts.lastClickAt ?? record.at, record.at);
  }
  return [...byLink.values()];
}

function noCounts(linkId: number): Mutable<LinkCounts> {
  return { linkId, clicks: 0, slotsTaken: 0, clicksUnslotted: 0, firstClickAt: null, lastClickAt: null };
}
