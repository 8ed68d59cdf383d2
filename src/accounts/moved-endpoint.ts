import type { Reader } from '../db/database.ts';
import { type PreviousSecret, previousSecretsIn } from './previous-secrets.ts';

/**
 * What moves with the receiver of a webhook, so that it verifies what the other installation sends. Its id stays where
 * it is: event ids are made of it, and counting begins anew there, so with the same id a receiver would take new events
 * for those it has had.
 */
export interface MovedEndpoint {
  readonly secret: string;
  /** Those that sign too, the newest first. */
  readonly previousSecrets: readonly PreviousSecret[];
  readonly paused: boolean;
  readonly disabledAt: number | null;
  readonly disabledReason: 'gone' | 'failing' | null;
  readonly createdAt: number;
}

/** Of a project's groups, by their row; under null the project's own. */
export async function loadMovedEndpoints(
  read: Reader,
  projectId: number,
  groupIds: readonly number[] | null,
  now: number,
): Promise<Map<number | null, MovedEndpoint>> {
  if (groupIds?.length === 0) return new Map();
  const all = read.selectFrom('webhook_endpoint').selectAll().where('project_id', '=', projectId);
  const wanted =
    groupIds === null ? all.where('group_id', 'is', null) : all.where('group_id', 'in', groupIds);
  const rows = await wanted.execute();
  return new Map(
    rows.map((row) => [
      row.group_id,
      {
        secret: row.secret,
        previousSecrets: previousSecretsIn(row.previous_secrets, now),
        paused: row.paused === 1,
        disabledAt: row.disabled_at,
        disabledReason: row.disabled_reason as MovedEndpoint['disabledReason'],
        createdAt: row.created_at,
      },
    ]),
  );
}
