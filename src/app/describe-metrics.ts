import { readFileSync } from 'node:fs';
import type { ClickPipeline } from '../clicks/click-pipeline.ts';
import type { IngestState } from '../clicks/ingest/ingest-worker.ts';
import type { Database } from '../db/database.ts';
import type { ApiMeter } from '../observability/api-meter.ts';
import type { LoopDelay } from '../observability/loop-delay.ts';
import { MetricsRegistry, type Sample } from '../observability/metrics-registry.ts';
import type { VisitMeter } from '../observability/visit-meter.ts';
import type { DeliveryThread } from '../reactions/delivery/delivery-thread.ts';
import type { VisitDirectory } from '../visits/visit-directory.ts';
import { OUTCOME_LABELS, VISIT_OUTCOMES, type VisitOutcome } from '../visits/visit-outcome.ts';
import { type DeliverySnapshot, describeDeliveries } from './describe-delivery-metrics.ts';
import { ageMs } from './report-health.ts';
import { within } from './within.ts';

const PATIENCE_MS = 2_000;

export interface MeasuredParts {
  readonly visits: VisitMeter<VisitOutcome>;
  readonly api: ApiMeter;
  readonly directory: VisitDirectory;
  readonly pipeline: ClickPipeline;
  readonly loopDelay: LoopDelay;
  readonly database: Pick<Database, 'retries'>;
  readonly deliveries: Pick<DeliveryThread, 'state'>;
}

interface Snapshot extends DeliverySnapshot {
  /** Undefined: the ingest thread does not say now. */
  readonly ingest: IngestState | undefined;
}

/** Every metric of the product, as `docs/observability.md` lists them. */
export function describeMetrics(parts: MeasuredParts): MetricsRegistry<Snapshot> {
  const metrics = new MetricsRegistry<Snapshot>(() => takeSnapshot(parts));
  metrics.gauge('switchyard_build_info', 'Version of Switchyard and of Node; always 1.', () => [
    { labels: { version: productVersion(), node: process.versions.node }, value: 1 },
  ]);
  describeVisits(metrics, parts);
  describeClicks(metrics, parts);
  describeIngest(metrics);
  describeDeliveries(metrics);
  describeProcess(metrics, parts);
  return metrics;
}

async function takeSnapshot({ pipeline, deliveries }: MeasuredParts): Promise<Snapshot> {
  const [ingest, engine] = await Promise.all([
    within(PATIENCE_MS, pipeline.ingestState()).catch(() => undefined),
    within(PATIENCE_MS, deliveries.state()).catch(() => undefined),
  ]);
  return { ingest, deliveries: engine };
}

function describeVisits(metrics: MetricsRegistry<Snapshot>, { visits, directory }: MeasuredParts): void {
  metrics.counter('switchyard_visits_total', 'Requests for short links, by how they were answered.', () =>
    VISIT_OUTCOMES.map((outcome) => ({
      labels: { outcome: OUTCOME_LABELS[outcome] },
      value: visits.count(outcome),
    })),
  );
  metrics.histogram(
    'switchyard_visit_duration_seconds',
    'From the arrival of a visit to its answer being handed over, its turn in the journal included.',
    () => [{ durations: visits.durations.read() }],
  );
  metrics.counter(
    'switchyard_link_index_hits_total',
    'Visits whose link (or the knowledge that there is none) was in memory.',
    () => one(directory.lookups.hits),
  );
  metrics.counter(
    'switchyard_link_index_misses_total',
    'Visits whose link had to be looked up in the database.',
    () => one(directory.lookups.misses),
  );
  metrics.gauge('switchyard_link_index_entries', 'Entries in memory, by kind.', () => [
    { labels: { kind: 'link' }, value: directory.sizes.links },
    { labels: { kind: 'group' }, value: directory.sizes.groups },
  ]);
}

function describeClicks(metrics: MetricsRegistry<Snapshot>, { visits, pipeline }: MeasuredParts): void {
  metrics.counter(
    'switchyard_clicks_journalled_total',
    'Visits recorded in the journal before their visitors were answered, crawlers included.',
    () => one(visits.journalled),
  );
  metrics.counter('switchyard_clicks_lost_total', 'Visits that could not be recorded.', () =>
    one(pipeline.status().refused),
  );
  metrics.gauge('switchyard_journal_writable', 'Whether clicks can be recorded: 1 or 0.', () =>
    one(pipeline.status().writable ? 1 : 0),
  );
  metrics.gauge(
    'switchyard_journal_lag_records',
    'Records in the journal that are not in the tables yet.',
    ({ ingest }) => one(ingest?.backlog.records),
  );
  metrics.gauge(
    'switchyard_journal_lag_seconds',
    'Age of the oldest record that is not in the tables yet; 0 when there is none.',
    ({ ingest }) => one(ingest && ageMs(ingest.backlog.oldestAt) / 1000),
  );
  metrics.gauge(
    'switchyard_journal_lag_bytes',
    'Bytes of the journal that are not in the tables yet.',
    ({ ingest }) => one(ingest?.backlog.bytes),
  );
}

function describeIngest(metrics: MetricsRegistry<Snapshot>): void {
  metrics.counter(
    'switchyard_clicks_ingested_total',
    'Records that this process brought into the tables; its rate is the ingest rate.',
    ({ ingest }) => one(ingest?.ingested),
  );
  metrics.histogram(
    'switchyard_ingest_step_duration_seconds',
    'How long a batch of ingest took in each step; failed attempts count too.',
    ({ ingest }) =>
      Object.entries(ingest?.steps ?? {}).map(([step, durations]) => ({ labels: { step }, durations })),
  );
  metrics.gauge(
    'switchyard_geo_database_built_timestamp_seconds',
    'When the database of countries was put together; absent when there is none or it does not say.',
    ({ ingest }) => one(ingest?.geo?.builtAt == null ? undefined : ingest.geo.builtAt / 1000),
  );
}

function describeProcess(
  metrics: MetricsRegistry<Snapshot>,
  { api, loopDelay, database }: MeasuredParts,
): void {
  metrics.histogram(
    'switchyard_api_request_duration_seconds',
    'Requests that are no visits, by surface and class of status.',
    () =>
      api.read().map(({ surface, status, durations }) => ({
        labels: { surface, status },
        durations,
      })),
  );
  metrics.counter(
    'switchyard_transaction_retries_total',
    'Edits that were run again, because another one stood in their way.',
    () => one(database.retries),
  );
  metrics.gauge(
    'switchyard_event_loop_delay_seconds',
    'How late the event loop that answers visits was, in the last one to two minutes.',
    () => {
      const { p50Ms, p90Ms, p99Ms, maxMs } = loopDelay.read();
      return [
        { labels: { quantile: '0.5' }, value: p50Ms / 1000 },
        { labels: { quantile: '0.9' }, value: p90Ms / 1000 },
        { labels: { quantile: '0.99' }, value: p99Ms / 1000 },
        { labels: { quantile: '1' }, value: maxMs / 1000 },
      ];
    },
  );
}

/** No sample for what is not known now. */
function one(value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ value }];
}

let version: string | undefined;

function productVersion(): string {
  version ??= (
    JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  ).version;
  return version;
}
