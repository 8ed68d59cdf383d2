import { type Insertable, type Selectable, sql } from 'kysely';
import type { Database, Tx } from '../db/database.ts';
import { loadLocked } from '../db/locked-row.ts';
import { newPublicId } from '../db/public-id.ts';
import { requireVersion } from '../db/row-version.ts';
import type { WebhookEndpointTable } from '../db/tables/config-tables.ts';
import { Failure } from '../errors.ts';
import { targetProblem } from '../outbound/target.ts';
import type { MovedEndpoint } from './moved-endpoint.ts';
import { lastPreviousUntil, previousSecretsIn } from './previous-secrets.ts';
import type { WebhookEndpoint, WebhookEndpointChange } from './webhook-endpoint.ts';
import { newWebhookSecret } from './webhook-secret.ts';

/** Each of them signs every call, and a receiver reads so many bytes of headers and no more. */
export const MOST_PREVIOUS_SECRETS = 8;

/** Webhook receivers: one for each group and project that has ever had a webhook. */
export class WebhookEndpointService {
  readonly #database: Database;
  readonly #allowPrivateTargets: boolean;

  /** @param allowPrivateTargets whether receivers may lie in private networks, or speak plain http */
  constructor(database: Database, allowPrivateTargets: boolean) {
    this.#database = database;
    this.#allowPrivateTargets = allowPrivateTargets;
  }

  /** What speaks against a receiver, in a sentence; undefined when it may be called. */
  targetProblem(url: string): string | undefined {
    return targetProblem(url, this.#allowPrivateTargets);
  }

  /** @throws Failure `invalid`, naming `field` */
  requireTarget(url: string, field: string): void {
    const problem = this.targetProblem(url);
    if (problem) throw Failure.invalidField(field, problem);
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
    const isMade = await makeOnce(tx, projectId, groupId, { secret });
    return isMade ? secret : null;
  }

  /**
   * Makes the endpoint of a group (null: of the project) as it was elsewhere. One that is there already stays as it is.
   *
   * @returns whether it was made now
   */
  async bring(tx: Tx, projectId: number, groupId: number | null, moved: MovedEndpoint): Promise<boolean> {
    return await makeOnce(tx, projectId, groupId, {
      secret: moved.secret,
      previous_secrets: JSON.stringify(moved.previousSecrets),
      paused: moved.paused ? 1 : 0,
      disabled_at: moved.disabledAt,
      disabled_reason: moved.disabledReason,
      created_at: moved.createdAt,
    });
  }

  /** Another receiver has been named, or its group's webhook switched on again: it is called, whatever was before. */
  async enable(tx: Tx, projectId: number, groupId: number | null): Promise<void> {
    const row = await tx.db
      .selectFrom('webhook_endpoint')
      .select('public_id')
      .where('project_id', '=', projectId)
      .where('group_id', groupId === null ? 'is' : '=', groupId)
      .where('disabled_at', 'is not', null)
      .executeTakeFirst();
    if (row) await this.update(tx, projectId, row.public_id, { disabled: false }, undefined);
  }

  /**
   * What changes nothing writes nothing: no version, no history.
   *
   * @throws Failure `not-found`, `stale`
   */
  async update(
    tx: Tx,
    projectId: number,
    publicId: string,
    { paused, disabled }: WebhookEndpointChange,
    expectedVersion: number | undefined,
  ): Promise<WebhookEndpoint> {
    const before = endpointFromRow(await this.#lock(tx, projectId, publicId));
    requireVersion(before.version, expectedVersion);
    const enables = disabled === false && before.disabledAt !== null;
    if (!enables && (paused ?? before.paused) === before.paused) return before;
    const after: WebhookEndpoint = {
      ...before,
      paused: paused ?? before.paused,
      ...(enables ? { disabledAt: null, disabledReason: null } : {}),
      version: before.version + 1,
      updatedAt: Date.now(),
    };
    await tx.db
      .updateTable('webhook_endpoint')
      .set({
        paused: after.paused ? 1 : 0,
        disabled_at: after.disabledAt,
        disabled_reason: after.disabledReason,
        version: after.version,
        updated_at: after.updatedAt,
      })
      .where('id', '=', before.id)
      .execute();
    record(tx, after, 'updated', {
      ...(after.paused === before.paused ? {} : { paused: { from: before.paused, to: after.paused } }),
      ...(after.disabledReason === before.disabledReason
        ? {}
        : { disabled: { from: before.disabledReason, to: after.disabledReason } }),
    });
    return after;
  }

  /**
   * Gives it a new secret. The one before signs too for `overlapMs`, so that the receiver can change over in its own
   * time, and earlier ones as long as was said of them. With an overlap of 0 none of them does any more.
   *
   * @returns the secret, which is shown this once
   * @throws Failure `not-found`, `conflict` when too many earlier secrets sign already
   */
  async rotateSecret(
    tx: Tx,
    projectId: number,
    publicId: string,
    overlapMs: number,
  ): Promise<{ readonly endpoint: WebhookEndpoint; readonly secret: string }> {
    const row = await this.#lock(tx, projectId, publicId);
    const secret = newWebhookSecret();
    const now = Date.now();
    const previous =
      overlapMs > 0
        ? [{ secret: row.secret, until: now + overlapMs }, ...previousSecretsIn(row.previous_secrets, now)]
        : [];
    if (previous.length > MOST_PREVIOUS_SECRETS)
      throw new Failure(
        'conflict',
        `${MOST_PREVIOUS_SECRETS} earlier secrets sign already; wait until one has run out, or rotate with an overlap of 0 hours`,
      );
    const written = await tx.db
      .updateTable('webhook_endpoint')
      .set({
        secret,
        previous_secrets: JSON.stringify(previous),
        version: row.version + 1,
        updated_at: now,
      })
      .where('id', '=', row.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    const endpoint = endpointFromRow(written);
    record(tx, endpoint, 'updated', { secret: { from: '(set)', to: '(set)' } });
    return { endpoint, secret };
  }

  async #lock(tx: Tx, projectId: number, publicId: string): Promise<Selectable<WebhookEndpointTable>> {
    const query = tx.db
      .selectFrom('webhook_endpoint')
      .selectAll()
      .where('project_id', '=', projectId)
      .where('public_id', '=', publicId);
    return await loadLocked(this.#database.dialect, query, `Webhook endpoint ${publicId}`);
  }

  /**
   * Nothing is sent to it any more until somebody enables it again. It may be disabled already. If it, its group or its
   * project has been edited after `calledAsOf` (milliseconds), it is left as it is: another receiver may be meant.
   */
  async disable(tx: Tx, id: number, reason: 'gone' | 'failing', calledAsOf: number): Promise<void> {
    if ((await this.#lockOwners(tx, id)) > calledAsOf) return;
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
      .where('updated_at', '<=', calledAsOf)
      .returningAll()
      .executeTakeFirst();
    if (row) record(tx, endpointFromRow(row), 'updated', { disabled: { from: null, to: reason } });
  }

  /**
   * Holds project and group, in the order of whoever edits them and then the endpoint.
   *
   * @returns when they were last edited, milliseconds
   */
  async #lockOwners(tx: Tx, id: number): Promise<number> {
    const owners = await tx.db
      .selectFrom('webhook_endpoint')
      .select(['project_id', 'group_id'])
      .where('id', '=', id)
      .executeTakeFirst();
    if (!owners) return 0;
    const forUpdate = sql.raw(this.#database.dialect.forUpdate);
    const project = await tx.db
      .selectFrom('project')
      .select('updated_at')
      .where('id', '=', owners.project_id)
      .modifyEnd(forUpdate)
      .executeTakeFirst();
    const group =
      owners.group_id === null
        ? undefined
        : await tx.db
            .selectFrom('link_group')
            .select('updated_at')
            .where('id', '=', owners.group_id)
            .modifyEnd(forUpdate)
            .executeTakeFirst();
    return Math.max(project?.updated_at ?? 0, group?.updated_at ?? 0);
  }
}

/** @returns whether there was none for this group (null: the project) yet */
async function makeOnce(
  tx: Tx,
  projectId: number,
  groupId: number | null,
  said: Pick<Insertable<WebhookEndpointTable>, 'secret'> & Partial<Insertable<WebhookEndpointTable>>,
): Promise<boolean> {
  const now = Date.now();
  const made = await tx.db
    .insertInto('webhook_endpoint')
    .values({
      public_id: newPublicId('whk'),
      project_id: projectId,
      group_id: groupId,
      created_at: now,
      updated_at: now,
      ...said,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (made) record(tx, endpointFromRow(made), 'created', {});
  return made !== undefined;
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
    previousSecretUntil: lastPreviousUntil(row.previous_secrets),
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
