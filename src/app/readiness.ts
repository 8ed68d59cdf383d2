import type { Readiness } from '../api/health-routes.ts';
import type { ClickPipeline } from '../clicks/click-pipeline.ts';
import type { Store } from '../db/open.ts';
import type { HealthCheck } from '../observability/health-report.ts';
import { within } from './within.ts';

const PATIENCE_MS = 2_000;

/** Whether this process can do all its work now. The tables are up to date since it started: `openStore` saw to it. */
export async function checkReadiness({ database, feed }: Store, pipeline: ClickPipeline): Promise<Readiness> {
  const [store, lag] = await Promise.all([
    attempt(() => database.ping()),
    within(PATIENCE_MS, pipeline.lag()).catch(() => undefined),
  ]);
  const isWritable = pipeline.probe();
  const { strandedBytes, lastError, refused } = pipeline.status();
  const journal: HealthCheck = isWritable
    ? { ok: true, ...(strandedBytes > 0 && { detail: stranded(strandedBytes, lastError) }) }
    : { ok: false, detail: lastError ?? 'clicks cannot be written' };
  const checks: Record<string, HealthCheck> = {
    store,
    migrations: { ok: true },
    changes: feed.current
      ? { ok: true }
      : { ok: false, detail: 'edits made by other processes are not heard now' },
    journal,
    ingest: lag
      ? { ok: true, detail: `${lag.bytes} bytes in ${lag.segments} segments to go` }
      : { ok: true, detail: 'how far ingest is cannot be told now' },
  };
  return {
    ready: Object.values(checks).every(({ ok }) => ok),
    checks,
    lostClicks: refused,
  };
}

function stranded(bytes: number, error: string | null): string {
  return `the file of ${bytes} bytes is gone and cannot be written again yet (${error}); they are counted once it can`;
}

async function attempt(work: () => Promise<unknown>): Promise<HealthCheck> {
  try {
    await within(PATIENCE_MS, work());
    return { ok: true };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}
