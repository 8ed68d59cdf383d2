import type { MetricsRegistry, Sample } from '../observability/metrics-registry.ts';
import type { EngineState } from '../reactions/delivery/engine-state.ts';

/** Undefined: the delivery thread does not say now. */
export interface DeliverySnapshot {
  readonly deliveries: EngineState | undefined;
}

/** Attempts of this process, and the outbox that all processes share. */
export function describeDeliveries(metrics: MetricsRegistry<DeliverySnapshot>): void {
  metrics.counter(
    'switchyard_deliveries_total',
    'Deliveries that were taken up, by channel and what came of it.',
    ({ deliveries }) =>
      Object.entries(deliveries?.channels ?? {}).flatMap(
        ([channel, { delivered, retried, failed, notSent }]) => [
          { labels: { channel, outcome: 'delivered' }, value: delivered },
          { labels: { channel, outcome: 'retry' }, value: retried },
          { labels: { channel, outcome: 'failed' }, value: failed },
          { labels: { channel, outcome: 'not_sent' }, value: notSent },
        ],
      ),
  );
  metrics.histogram(
    'switchyard_delivery_attempt_duration_seconds',
    'From the beginning of an attempt to its answer; failed attempts count too.',
    ({ deliveries }) =>
      Object.entries(deliveries?.channels ?? {}).map(([channel, { attempts }]) => ({
        labels: { channel },
        durations: attempts,
      })),
  );
  metrics.gauge(
    'switchyard_delivery_lanes_in_work',
    'Receivers that this process is sending to.',
    ({ deliveries }) => one(deliveries?.lanesInWork),
  );
  metrics.gauge(
    'switchyard_deliveries_under_way',
    'Attempts that this process has begun and that are not answered yet.',
    ({ deliveries }) => one(deliveries?.underWay),
  );
  describeOutbox(metrics);
}

function describeOutbox(metrics: MetricsRegistry<DeliverySnapshot>): void {
  metrics.gauge(
    'switchyard_deliveries_waiting',
    'Deliveries of the installation that are not finished, held ones included.',
    ({ deliveries }) => byChannel(deliveries?.outbox.waiting),
  );
  metrics.gauge(
    'switchyard_deliveries_dropped',
    'Events that were not kept, because too many waited for the same receiver.',
    ({ deliveries }) => byChannel(deliveries?.outbox.dropped),
  );
  metrics.gauge(
    'switchyard_delivery_lanes_held',
    'Receivers that something waits for and that are paused or switched off.',
    ({ deliveries }) => one(deliveries?.outbox.heldLanes),
  );
  metrics.gauge(
    'switchyard_delivery_lanes_failing',
    'Receivers that something waits for and that have not taken the last thing they were sent.',
    ({ deliveries }) => one(deliveries?.outbox.failingLanes),
  );
  metrics.gauge(
    'switchyard_delivery_overdue_seconds',
    'How long the delivery that has been due for longest has been due; 0 when none is.',
    ({ deliveries }) => one(deliveries && overdueMs(deliveries) / 1000),
  );
}

function overdueMs({ outbox: { overdueSince } }: EngineState): number {
  return overdueSince === null ? 0 : Math.max(0, Date.now() - overdueSince);
}

function byChannel(counts: Readonly<Record<string, number>> = {}): Sample[] {
  return Object.entries(counts).map(([channel, value]) => ({ labels: { channel }, value }));
}

/** No sample for what is not known now. */
function one(value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ value }];
}
