import type { ClockReadings } from '../observability/health-report.ts';

/** Runs a statement that only reads. */
type Ask = (text: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** Compares the clock of this machine with the database's and with the newest click. @throws when it cannot be asked */
export async function readClocks(ask: Ask): Promise<ClockReadings> {
  const [newest] = await ask('select max(last_click_at) as at from link_counter');
  // Last, on a connection that is warm by now: how long it takes is how wrong the comparison may be.
  const askedAt = Date.now();
  const startedAt = performance.now();
  const [row] = await ask('select current_timestamp as now');
  const tookMs = performance.now() - startedAt;
  const { at, withinMs } = instantOf(row?.now);
  return {
    databaseAheadMs: Math.round(at - (askedAt + tookMs / 2)),
    uncertainMs: Math.ceil(tookMs / 2 + withinMs),
    newestClickAt: typeof newest?.at === 'number' ? newest.at : null,
  };
}

/** SQL's `current_timestamp`: an instant from the driver, or UTC as text without its fractions of a second. */
function instantOf(now: unknown): { readonly at: number; readonly withinMs: number } {
  if (now instanceof Date) return { at: now.getTime(), withinMs: 1 };
  return { at: Date.parse(`${String(now).replace(' ', 'T')}Z`) + 500, withinMs: 500 };
}
