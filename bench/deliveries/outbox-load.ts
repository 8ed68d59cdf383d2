import type { BatchWriter } from '../../src/db/batch-writer.ts';
import { eventIdOf, type NewDelivery } from '../../src/reactions/delivery/delivery.ts';
import { webhookLane } from '../../src/reactions/delivery/lane.ts';
import { enqueue } from '../../src/reactions/delivery/outbox.ts';
import { webhookPayload } from '../../src/reactions/thresholds/webhook-payload.ts';
import { codeAt, destinationOf } from '../link-set.ts';
import type { SwitchyardServer } from '../servers/switchyard-server.ts';

const PER_TRANSACTION = 2_000;
const CALLS_AT_ONCE = 4;

export interface SeededEndpoint {
  readonly id: number;
  readonly project_id: number;
  readonly group_id: number;
}

/** A group with a webhook for each receiver, through the product's own API. */
export async function createEndpoints(server: SwitchyardServer, ports: readonly number[]): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < ports.length) {
      const port = ports[next++];
      await server.api('POST', '/groups', {
        name: `receiver ${port}`,
        settings: { webhookEnabled: true, webhookUrl: `http://127.0.0.1:${port}/hooks` },
      });
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, work));
}

export function readEndpoints(writer: BatchWriter): Promise<SeededEndpoint[]> {
  return writer.config.all(
    'select id, project_id, group_id from webhook_endpoint where group_id is not null order by id',
    [],
  );
}

/**
 * Fills the outbox with what clicks would have left there, in turn for each endpoint, by the function that ingest
 * calls.
 *
 * @param dueAt of the delivery with that number, milliseconds
 */
export async function fillOutbox(
  writer: BatchWriter,
  endpoints: readonly SeededEndpoint[],
  deliveries: number,
  batch: string,
  dueAt: (index: number) => number = () => Date.now(),
): Promise<void> {
  for (let from = 0; from < deliveries; from += PER_TRANSACTION) {
    const howMany = Math.min(PER_TRANSACTION, deliveries - from);
    const rows = Array.from({ length: howMany }, (_, index) => {
      const endpoint = endpoints[(from + index) % endpoints.length] as SeededEndpoint;
      return deliveryOf(endpoint, from + index, batch, dueAt(from + index));
    });
    const kept = await writer.transact((tx) => enqueue(tx, rows));
    if (kept !== howMany) throw new Error(`the outbox kept ${kept} of ${howMany} deliveries`);
  }
}

function deliveryOf(endpoint: SeededEndpoint, index: number, batch: string, dueAt: number): NewDelivery {
  const eventId = eventIdOf('bench', batch, index);
  return {
    eventId,
    lane: webhookLane(endpoint.id),
    channel: 'webhook',
    kind: 'clicks',
    projectId: endpoint.project_id,
    endpointId: endpoint.id,
    subscriptionId: null,
    messageId: null,
    linkId: null,
    groupId: endpoint.group_id,
    body: bodyOf(eventId, index, endpoint),
    createdAt: Date.now(),
    dueAt,
  };
}

/** As long as a real one. */
export function bodyOf(eventId: string, index: number, of: SeededEndpoint): string {
  const code = codeAt(index % 1_000);
  const domainUrl = 'https://go.example.com';
  return webhookPayload({
    eventId,
    kind: 'clicks',
    at: Date.now(),
    project: { id: of.project_id, publicId: `prj_${of.project_id}`, timeZone: 'UTC' },
    endpointOf: 'group',
    metric: 'clicks',
    every: 1,
    clicks: index + 1,
    visitors: index + 1,
    link: {
      publicId: `lnk_${code}`,
      code,
      domainUrl,
      shortUrl: `${domainUrl}/${code}`,
      destination: destinationOf(code),
      title: 'Autumn landing page',
    },
    group: { id: of.group_id, publicId: `grp_${of.group_id}`, name: 'Autumn campaign' },
  });
}
