import type { RunningServer } from './control-file.ts';
import { OperatorError } from './operator-error.ts';
import { printable } from './printable.ts';
import { callJson, withServer } from './server-or-store.ts';

/** As the API answers it. */
interface Delivery {
  readonly eventId: string;
  readonly channel: string;
  readonly kind: string;
  readonly state: string;
  readonly reason: string | null;
  readonly attempts: number;
  readonly lastAttempt: { readonly status: number | null; readonly error: string | null } | null;
  readonly createdAt: string;
}

interface Page {
  readonly deliveries: readonly Delivery[];
  readonly nextCursor: string | null;
}

const MOST_SHOWN = 50;

export async function listDeliveries(
  endpointId: string | undefined,
  { failed = false, json = false }: { readonly failed?: boolean; readonly json?: boolean },
): Promise<void> {
  const path =
    endpointId === undefined
      ? '/deliveries'
      : `/webhook-endpoints/${encodeURIComponent(endpointId)}/deliveries`;
  const found = await withServer((server) => newest(server, path, failed ? '&state=failed' : ''));
  if (json) {
    console.log(JSON.stringify(found, null, 2));
    return;
  }
  if (found.length === 0) console.error(`There are no${failed ? ' failed' : ''} deliveries.`);
  for (const delivery of found) console.log(lineOf(delivery));
}

/** A page may be short and not the last, when few of very many are wanted. */
async function newest(server: RunningServer, path: string, filter: string): Promise<Delivery[]> {
  const found: Delivery[] = [];
  for (let cursor: string | null = ''; cursor !== null && found.length < MOST_SHOWN; ) {
    const limit = MOST_SHOWN - found.length;
    const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: Page = (await callJson(server, 'GET', `${path}?limit=${limit}${filter}${from}`)) as Page;
    found.push(...page.deliveries);
    cursor = page.nextCursor;
    if (cursor !== null && found.length < MOST_SHOWN) console.error('Looking further back …');
  }
  return found;
}

function lineOf({
  createdAt,
  eventId,
  channel,
  kind,
  state,
  reason,
  attempts,
  lastAttempt,
}: Delivery): string {
  return [
    createdAt,
    eventId,
    channel,
    kind,
    reason === null ? state : `${state} (${reason})`,
    attempts === 1 ? '1 attempt' : `${attempts} attempts`,
    ...(lastAttempt ? [printable(lastAttempt.error ?? String(lastAttempt.status))] : []),
  ].join('\t');
}

export async function replayDelivery(eventId: string): Promise<void> {
  await withServer((server) => callJson(server, 'POST', `/deliveries/${encodeURIComponent(eventId)}/replay`));
  console.error(`Delivery ${printable(eventId)} is on its way again.`);
}

export async function replayFailed(endpointId: string, since: string): Promise<void> {
  const at = Date.parse(since);
  if (Number.isNaN(at) || at < 0)
    throw new OperatorError(`"${printable(since)}" is not an instant such as 2027-01-01T00:00:00Z.`);
  const { replayed, noRoom } = (await withServer((server) =>
    callJson(server, 'POST', `/webhook-endpoints/${encodeURIComponent(endpointId)}/replay`, {
      failedSince: new Date(at).toISOString(),
    }),
  )) as { replayed: number; noRoom: number };
  console.error(`${replayed} deliveries are on their way again.`);
  if (noRoom > 0)
    console.error(
      `${noRoom} were left alone, because too many wait already. Run this again when they are done.`,
    );
}
