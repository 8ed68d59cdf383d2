import type { WebhookEndpointService } from '../../accounts/webhook-endpoint-service.ts';
import type { Tx } from '../../db/database.ts';
import { Failure } from '../../errors.ts';
import type { Group } from '../group.ts';
import type { Settings } from '../setting.ts';

/**
 * What settings say of a group's webhook must be allowed, as far as it is new.
 *
 * @throws Failure `invalid`, `webhooks-off`
 */
export async function requireWebhook(
  endpoints: WebhookEndpointService,
  tx: Tx,
  projectId: number,
  after: Settings,
  before: Settings,
  path = '',
): Promise<void> {
  requireTarget(endpoints, after, before, path);
  await requireWebhooksOn(tx, projectId, after, before, path);
}

/** @returns the secret of the group's endpoint when that was made just now; it outlives switching off and on again */
export async function openEndpoint(
  endpoints: WebhookEndpointService,
  tx: Tx,
  { id, projectId, settings }: Group,
  before: Settings,
): Promise<string | null> {
  if (!settings.webhookEnabled) return null;
  const secret = await endpoints.ensure(tx, projectId, id);
  const isNews = !before.webhookEnabled || settings.webhookUrl !== before.webhookUrl;
  if (secret === null && isNews) await endpoints.enable(tx, projectId, id);
  return secret;
}

/** A receiver that is there already stays, whatever is allowed by now: it is looked at again when it is called. */
function requireTarget(
  endpoints: WebhookEndpointService,
  { webhookUrl }: Settings,
  before: Settings,
  path: string,
): void {
  if (!webhookUrl || webhookUrl === before.webhookUrl) return;
  endpoints.requireTarget(webhookUrl, `${path}settings.webhookUrl`);
}

/** @throws Failure `webhooks-off` when the project has webhooks switched off and the group switches its own on */
async function requireWebhooksOn(
  tx: Tx,
  projectId: number,
  after: Settings,
  before: Settings,
  path: string,
): Promise<void> {
  if (!after.webhookEnabled || before.webhookEnabled) return;
  const project = await tx.db
    .selectFrom('project')
    .select('webhook_enabled')
    .where('id', '=', projectId)
    .executeTakeFirst();
  if (project?.webhook_enabled) return;
  throw new Failure(
    'webhooks-off',
    'Webhooks are switched off for the whole project; switch them on there first',
    [{ field: `${path}settings.webhookEnabled`, message: 'needs the webhooks of the project switched on' }],
  );
}
