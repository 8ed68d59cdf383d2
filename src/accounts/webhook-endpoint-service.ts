import type { Selectable } from 'kysely';
import type { Database, Tx } from '../db/database.ts';
import { newPublicId } from '../db/public-id.ts';
import type { WebhookEndpointTable } from '../db/tables/config-tables.ts';
import { Failure } from '../errors.ts';
import type { WebhookEndpoint } from './webhook-endpoint.ts';
import { newWebhookSecret } from './webhook-secret.ts';

/** Webhook receivers: one for each group and project that has ever had a webhook. */
export class WebhookEndpointService {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @throws Failure `not-found` */
  async load(projectId: number, publicId: string): Promise<WebhookEndpoint> {
    const row = await this.#database.read
      .selectFrom('webhook_endpoint')
      .selectAll()
      .where('project_id', '=', projectId)
      .where('public_id', '=', publicId)
      .executeTakeFirst();
    if (!row) throw Failure.notFound(`Webhook endpoint ${publicId}`);
    return endpointFromRow(row);
  }

  /**
   * Makes the endpoint of a group (null: of the project) if there is none yet.
   *
   * @returns its secret when it was made now, which is the only time it is shown; else null
   */
  async ensure(tx: Tx, projectId: number, groupId: number | null): Promise<string | null> {
    const secret = newWebhookSecret();
    const now = Date.now();
    const made = await tx.db
      .insertInto('webhook_endpoint')
      .values({
        public_id: newPublicId('whk'),
        project_id: projectId,
        group_id: groupId,
        secret,
        created_at: now,
        updated_at: now,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst();
    return made ? secret : null;
  }

  /** Nothing is sent to it any more until somebody enables it again; it may be disabled already. */
  async disable(tx: Tx, id: number, reason: 'gone' | 'failing'): Promise<void> {
    const now = Date.now();
    const row = await tx.db
      .updateTable('webhook_endpoint')
      .set((eb) => ({
        disabled_at: now,
        disabled_reason: reason,
        updated_at: now,
        version: eb('version', '+', 1),
      }))
      .where('id', '=', id)
      .where('disabled_at', 'is', null)
      .returningAll()
      .executeTakeFirst();
    if (row) record(tx, endpointFromRow(row), 'updated', { disabled: { from: null, to: reason } });
  }
}

function record(
  tx: Tx,
  { id, publicId, projectId, version }: WebhookEndpoint,
  action: 'created' | 'updated',
  data: Record<string, unknown>,
): void {
  tx.record({
    entity: 'webhook-endpoint',
    entityId: id,
    publicId,
    projectId,
    action,
    version,
    data,
    codes: [],
  });
}

export function endpointFromRow(row: Selectable<WebhookEndpointTable>): WebhookEndpoint {
  return {
    id: row.id,
    publicId: row.public_id,
    projectId: row.project_id,
    groupId: row.group_id,
    paused: row.paused === 1,
    disabledAt: row.disabled_at,
    disabledReason: row.disabled_reason as WebhookEndpoint['disabledReason'],
    previousSecretUntil: row.previous_secret_until,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
