import type { BatchInsert } from '../../db/batch-writer.ts';
import { ClickFlag, ClickKind, type ClickRecord, countsAsClick } from '../click-record.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const PLATFORMS: ReadonlySet<string> = new Set(['ios', 'android']);

/** What a batch adds to the events of one link, day (UTC, since 1970), platform and kind. */
export interface AppEventTally {
  readonly linkId: number;
  readonly day: number;
  readonly platform: string;
  readonly kind: number;
  readonly count: number;
}

/**
 * Events of apps (opened, opened for the first time), and under the kind `click` those clicks that led towards an app.
 * Pure; in one order everywhere, so that two processes that count the same cannot block each other.
 */
export function appEventTalliesOf(records: readonly ClickRecord[]): AppEventTally[] {
  const tallies = new Map<string, AppEventTally>();
  for (const { kind, flags, linkId, at, app } of records) {
    const isTowardsApp = countsAsClick({ kind, flags }) && (flags & ClickFlag.towardsApp) !== 0;
    if (kind === ClickKind.click && !isTowardsApp) continue;
    const platform = app !== null && PLATFORMS.has(app.platform) ? app.platform : 'other';
    const day = Math.floor(at / DAY_MS);
    const key = `${linkId}/${day}/${platform}/${kind}`;
    const count = (tallies.get(key)?.count ?? 0) + 1;
    tallies.set(key, { linkId, day, platform, kind, count });
  }
  return [...tallies.values()].sort(
    (a, b) => a.linkId - b.linkId || a.day - b.day || a.kind - b.kind || (a.platform < b.platform ? -1 : 1),
  );
}

export function appEventInsert(tallies: readonly AppEventTally[]): BatchInsert {
  return {
    table: 'app_event_tally',
    columns: { link_id: 'bigint', day: 'integer', platform: 'text', kind: 'integer', count: 'bigint' },
    rows: tallies.map(({ linkId, day, platform, kind, count }) => [linkId, day, platform, kind, count]),
    onConflict: `on conflict (link_id, day, platform, kind) do update set count = app_event_tally.count + excluded.count`,
  };
}
