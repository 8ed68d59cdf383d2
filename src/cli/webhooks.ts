import { setTimeout } from 'node:timers/promises';
import { OperatorError } from './operator-error.ts';
import { printable } from './printable.ts';
import { callJson, withServer } from './server-or-store.ts';

/** As the API answers it. */
interface Endpoint {
  readonly id: string;
  readonly group: { readonly id: string; readonly name: string } | null;
  readonly url: string | null;
  readonly metric: string;
  readonly frequency: number;
  readonly status: string;
  readonly disabledAt: string | null;
  readonly disabledReason: string | null;
  readonly waiting: number;
  readonly dropped: number;
  readonly failingSince: string | null;
  readonly previousSecretUntil: string | null;
}

interface Tried {
  readonly eventId: string;
  readonly state: string;
  readonly reason: string | null;
  readonly log: readonly {
    readonly durationMs: number;
    readonly status: number | null;
    readonly error: string | null;
    readonly answer: string;
  }[];
}

/** A receiver has five seconds, and others may be before it. */
const TEST_PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 100;

export async function listWebhooks(): Promise<void> {
  let any = false;
  await withServer(async (server) => {
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = (await callJson(server, 'GET', `/webhook-endpoints?limit=100${query}`)) as {
        endpoints: Endpoint[];
        nextCursor: string | null;
      };
      for (const endpoint of page.endpoints) {
        any = true;
        console.log(lineOf(endpoint));
      }
      cursor = page.nextCursor;
    }
  });
  if (!any)
    console.error('There are no endpoints. One is made when a group or the project gets its first webhook.');
}

function lineOf(endpoint: Endpoint): string {
  const { id, status, waiting, url } = endpoint;
  return [id, ownerOf(endpoint), status, `${waiting} waiting`, printable(url ?? 'no URL')].join('\t');
}

function ownerOf({ group }: Endpoint): string {
  return group ? `group ${printable(group.name)}` : 'project';
}

export async function showWebhook(id: string): Promise<void> {
  const endpoint = (await withServer((server) => callJson(server, 'GET', pathOf(id)))) as Endpoint;
  const { url, metric, frequency, status, waiting, dropped, disabledAt, disabledReason } = endpoint;
  const rows: [string, string][] = [
    ['id', endpoint.id],
    ['of', ownerOf(endpoint)],
    ['url', printable(url ?? 'none')],
    ['called', frequency === 1 ? `for each of the ${metric}` : `every ${frequency} ${metric}`],
    ['status', status],
    ...(disabledAt === null
      ? []
      : [['disabled', `since ${disabledAt}, ${disabledReason}`] as [string, string]]),
    ['waiting', String(waiting)],
    ['dropped', String(dropped)],
    ['failing', endpoint.failingSince === null ? 'no' : `since ${endpoint.failingSince}`],
    ...(endpoint.previousSecretUntil === null
      ? []
      : [['old secrets', `sign too, the last until ${endpoint.previousSecretUntil}`] as [string, string]]),
  ];
  for (const [name, value] of rows) console.log(`${name.padEnd(12)}${value}`);
}

export async function rotateSecret(id: string, hours: string): Promise<void> {
  if (!/^\d{1,3}$/.test(hours) || Number(hours) > 168)
    throw new OperatorError(
      `--overlap-hours must be a whole number from 0 to 168, not "${printable(hours)}".`,
    );
  const { secret, previousSecretUntil } = (await withServer((server) =>
    callJson(server, 'POST', `${pathOf(id)}/rotate-secret`, { overlapHours: Number(hours) }),
  )) as { secret: string; previousSecretUntil: string | null };
  const old =
    previousSecretUntil === null
      ? 'All older ones are worth nothing from now on.'
      : `Older ones sign too, the last until ${previousSecretUntil}.`;
  console.error(`New secret of ${printable(id)}. ${old} It is shown only now:`);
  console.log(secret);
}

export async function changeWebhook(
  id: string,
  change: { readonly paused?: boolean; readonly disabled?: false },
): Promise<void> {
  const { status, waiting } = (await withServer((server) =>
    callJson(server, 'PATCH', pathOf(id), change),
  )) as Endpoint;
  console.error(`Endpoint ${printable(id)} is ${status}; ${waiting} deliveries wait.`);
}

/** @returns 0 when the receiver has taken it */
export async function testWebhook(id: string): Promise<number> {
  return await withServer(async (server) => {
    const { eventId } = (await callJson(server, 'POST', `${pathOf(id)}/test`)) as Tried;
    console.error(`Test ${eventId} is on its way …`);
    const giveUpAt = performance.now() + TEST_PATIENCE_MS;
    for (;;) {
      const tried = (await callJson(server, 'GET', `/deliveries/${eventId}`)) as Tried;
      if (tried.state !== 'waiting' || tried.log.length > 0) return tell(tried);
      if (performance.now() > giveUpAt)
        throw new OperatorError(
          `It has not been sent after ${TEST_PATIENCE_MS / 1_000} s. \`switchyard doctor\` says how the server is.`,
        );
      await setTimeout(LOOK_EVERY_MS);
    }
  });
}

function tell({ state, reason, log }: Tried): number {
  const attempt = log.at(-1);
  if (attempt) {
    const { status, durationMs, error, answer } = attempt;
    console.log(
      status === null ? `no answer after ${durationMs} ms` : `answered ${status} after ${durationMs} ms`,
    );
    if (error !== null) console.log(printable(error));
    if (answer !== '') console.log(`answer: ${printable(answer)}`);
  }
  console.log(
    state === 'delivered' ? 'The receiver has taken it.' : `It was not taken${reason ? ` (${reason})` : ''}.`,
  );
  return state === 'delivered' ? 0 : 1;
}

function pathOf(id: string): string {
  return `/webhook-endpoints/${encodeURIComponent(id)}`;
}
