import type { DeliveryHealth } from '../observability/health-report.ts';
import { webhookLane } from '../reactions/delivery/lane.ts';

/** Runs a statement that only reads. */
type Ask = (text: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

const NOT_SENT_WITHIN_MS = 86_400_000;

/** What the tables say of deliveries, of the whole installation. @throws when they cannot be asked */
export async function readDeliveries(
  { config, events }: { readonly config: Ask; readonly events: Ask },
  now: number,
): Promise<DeliveryHealth> {
  const [lanes] = await events(`
    select sum(waiting) as waiting, sum(case when held is null then 0 else waiting end) as held,
           sum(case when waiting = 0 then 0 else dropped end) as dropped,
           min(case when held is null and failing_since is null and open_at <= ${now} and lease_until <= ${now}
                    then due_at end) as due_at
    from delivery_lane`);
  const failing = await events(
    "select lane, failing_since from delivery_lane where failing_since is not null and lane like 'webhook:%'",
  );
  const stopped = await config(`
    select webhook_endpoint.id, disabled_at
    from webhook_endpoint left join link_group on link_group.id = webhook_endpoint.group_id
    where (disabled_at is not null or paused = 1) and link_group.deleted_at is null`);
  const [mails] = await events(`
    select count(*) as not_sent from delivery
    where finished_at > ${now - NOT_SENT_WITHIN_MS} and state = 3 and reason = 'no-smtp'`);
  const disabled = stopped.filter((row) => row.disabled_at !== null);
  const disabledLanes = new Set(disabled.map((row) => webhookLane(Number(row.id))));
  const failingSince = failing
    .filter((row) => !disabledLanes.has(String(row.lane)))
    .map((row) => Number(row.failing_since));
  const dueAt = lanes?.due_at == null ? now : Number(lanes.due_at);
  return {
    waiting: Number(lanes?.waiting ?? 0),
    held: Number(lanes?.held ?? 0),
    dropped: Number(lanes?.dropped ?? 0),
    overdueMs: Math.max(0, now - dueAt),
    webhooks: {
      disabled: disabled.length,
      paused: stopped.length - disabled.length,
      failing: failingSince.length,
      failingForMs: Math.max(0, now - Math.min(now, ...failingSince)),
    },
    mailsWithoutServer: Number(mails?.not_sent ?? 0),
  };
}
