import { previousSecretsIn } from '../../accounts/previous-secrets.ts';
import type { BatchReader } from '../../db/batch-writer.ts';
import { effective } from '../../links/overlay.ts';
import type { Settings } from '../../links/setting.ts';
import type { Opened } from '../delivery/channel.ts';
import { type EndpointStatus, endpointStatus } from './endpoint-status.ts';
import type { Secrets } from './signature.ts';

/** A webhook's receiver as the configuration has it at this moment. */
export interface WebhookReceiver {
  readonly publicId: string;
  /** Null when nobody says any more where it is. */
  readonly url: string | null;
  readonly secrets: Secrets;
  readonly groupName: string | null;
  readonly status: EndpointStatus;
  /** When somebody last edited what it depends on, milliseconds: what failed before says little of what is now. */
  readonly editedAt: number;
}

interface Row {
  readonly public_id: string;
  readonly secret: string;
  readonly previous_secrets: string;
  readonly paused: number;
  readonly disabled_at: number | null;
  readonly edited_at: number;
  readonly webhook_enabled: number;
  readonly webhook_url: string | null;
  readonly project_edited_at: number;
  readonly group_id: number | null;
  readonly group_name: string | null;
  readonly group_settings: string | null;
  readonly group_edited_at: number | null;
}

const RECEIVER = `
  select webhook_endpoint.public_id, webhook_endpoint.secret, webhook_endpoint.previous_secrets,
         webhook_endpoint.paused, webhook_endpoint.disabled_at,
         webhook_endpoint.updated_at as edited_at, webhook_endpoint.group_id,
         project.webhook_enabled, project.webhook_url, project.updated_at as project_edited_at,
         link_group.name as group_name, link_group.settings as group_settings,
         link_group.updated_at as group_edited_at
    from webhook_endpoint
    join project on project.id = webhook_endpoint.project_id
    left join link_group on link_group.id = webhook_endpoint.group_id and link_group.deleted_at is null
   where webhook_endpoint.id = $1`;

/** Undefined: the endpoint, or the group it belonged to, does not exist any more. */
export async function findWebhookReceiver(
  config: BatchReader,
  endpointId: number,
  now: number,
): Promise<WebhookReceiver | undefined> {
  const [row] = await config.all<Row>(RECEIVER, [endpointId]);
  if (!row || (row.group_id !== null && row.group_settings === null)) return undefined;
  const group = row.group_settings === null ? undefined : (JSON.parse(row.group_settings) as Settings);
  const url = group ? effective('webhookUrl', {}, group) || null : row.webhook_url;
  return {
    publicId: row.public_id,
    url,
    secrets: secretsOf(row, now),
    groupName: row.group_name,
    status: endpointStatus({
      hasReceiver: url !== null,
      projectOn: row.webhook_enabled === 1,
      disabled: row.disabled_at !== null,
      ownOn: !group || effective('webhookEnabled', {}, group) !== false,
      paused: row.paused === 1,
    }),
    editedAt: Math.max(row.edited_at, row.project_edited_at, row.group_edited_at ?? 0),
  };
}

/**
 * How a lane to it opens, `receiver` undefined when it is gone. Whoever tries a webhook wants it called although it is
 * paused or disabled or its group not switched on yet; the switch of the whole project holds for this too.
 */
export function openingOf(
  receiver: WebhookReceiver | undefined,
  isTest: boolean,
): Exclude<Opened, { kind: 'send' }> | undefined {
  switch (receiver?.status) {
    case undefined:
    case 'no-receiver':
      return { kind: 'end', state: 'failed', reason: 'no-receiver' };
    case 'webhooks-off':
      return { kind: 'hold', reason: 'webhooks-off' };
    case 'disabled':
      return isTest ? undefined : { kind: 'end', state: 'failed', reason: 'endpoint-disabled' };
    case 'group-off':
    case 'paused':
      return isTest ? undefined : { kind: 'hold', reason: receiver.status };
    case 'active':
      return undefined;
  }
}

function secretsOf({ secret, previous_secrets }: Row, now: number): Secrets {
  return [secret, ...previousSecretsIn(previous_secrets, now).map((previous) => previous.secret)];
}
