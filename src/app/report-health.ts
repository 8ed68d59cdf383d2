import { sql } from 'kysely';
import type { ClickPipeline } from '../clicks/click-pipeline.ts';
import type { Store } from '../db/open.ts';
import type { ClockReadings, DeliveryHealth, HealthReport } from '../observability/health-report.ts';
import type { LoopDelay } from '../observability/loop-delay.ts';
import type { ProxyWatch } from '../observability/proxy-watch.ts';
import type { VisitDirectory } from '../visits/visit-directory.ts';
import { readClocks } from './clock-readings.ts';
import { readDeliveries } from './delivery-readings.ts';
import { checkReadiness } from './readiness.ts';
import { within } from './within.ts';

const PATIENCE_MS = 2_000;

export interface HealthParts {
  readonly publicUrl: string;
  readonly store: Store;
  readonly pipeline: ClickPipeline;
  readonly directory: VisitDirectory;
  readonly loopDelay: LoopDelay;
  readonly proxies: ProxyWatch;
  readonly sendsMail: boolean;
}

/** Everything this process knows of its health; what cannot be told now is said to be unknown, and never awaited long. */
export async function reportHealth(parts: HealthParts): Promise<HealthReport> {
  const { publicUrl, store, pipeline, directory, loopDelay, proxies, sendsMail } = parts;
  const [{ checks, lostClicks }, ingest, clock, deliveries] = await Promise.all([
    checkReadiness(store, pipeline),
    within(PATIENCE_MS, pipeline.ingestState()).catch(() => undefined),
    within(PATIENCE_MS, askClocks(store)).catch(() => null),
    within(PATIENCE_MS, askDeliveries(store)).catch(() => null),
  ]);
  const { hits, misses } = directory.lookups;
  return {
    publicUrl,
    startedAt: Math.round(Date.now() - process.uptime() * 1000),
    checks,
    lostClicks,
    backlog: ingest
      ? {
          records: ingest.backlog.records,
          bytes: ingest.backlog.bytes,
          oldestMs: ageMs(ingest.backlog.oldestAt),
        }
      : null,
    loopDelays: loopDelay.read(),
    linkIndex: { hits, misses, ...directory.sizes },
    proxies: proxies.summary(),
    clock,
    deliveries,
    sendsMail,
    ...(ingest ? { geo: ingest.geo } : {}),
  };
}

function askClocks(store: Store): Promise<ClockReadings> {
  return readClocks((text) => ask(store, text));
}

function askDeliveries(store: Store): Promise<DeliveryHealth> {
  const asked = (text: string) => ask(store, text);
  return readDeliveries({ config: asked, events: asked }, Date.now());
}

async function ask({ database }: Store, text: string): Promise<readonly Record<string, unknown>[]> {
  const { rows } = await sql.raw<Record<string, unknown>>(text).execute(database.read);
  return rows;
}

/** @returns 0 for nothing, and for a clock that went backwards */
export function ageMs(oldestAt: number | null): number {
  return oldestAt === null ? 0 : Math.max(0, Date.now() - oldestAt);
}
