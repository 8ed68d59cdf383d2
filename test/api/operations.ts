import type { Scope } from '../../src/accounts/scope.ts';

export interface Operation {
  readonly id: string;
  readonly method: string;
  /** With `{id}` where the id of a link, group, app, domain or key belongs. */
  readonly path: string;
  /** What it cannot be asked without. */
  readonly query?: string;
  readonly scope: Scope;
  readonly idOf?:
    | 'link'
    | 'group'
    | 'app'
    | 'domain'
    | 'key'
    | 'notificationSubscription'
    | 'webhookEndpoint'
    | 'delivery'
    | 'pushSubscriber'
    | 'pushMessage';
  readonly body?: object;
  /** Its answer goes on for ever; with this query it is a refusal that does not. */
  readonly endless?: { readonly refusedQuery: string };
}

/** Every operation of the API, and what it takes to be let in; `openapi.test.ts` holds it against the document. */
export const OPERATIONS: readonly Operation[] = [
  { id: 'getProject', method: 'GET', path: '/project', scope: 'project:read' },
  { id: 'updateProject', method: 'PATCH', path: '/project', scope: 'project:write', body: { name: 'Other' } },
  { id: 'listDomains', method: 'GET', path: '/domains', scope: 'domains:read' },
  { id: 'createDomain', method: 'POST', path: '/domains', scope: 'domains:write', body: { host: 'x.test' } },
  { id: 'getDomain', method: 'GET', path: '/domains/{id}', scope: 'domains:read', idOf: 'domain' },
  { id: 'deleteDomain', method: 'DELETE', path: '/domains/{id}', scope: 'domains:write', idOf: 'domain' },
  {
    id: 'createLink',
    method: 'POST',
    path: '/links',
    scope: 'links:write',
    body: { destination: 'https://a.test' },
  },
  {
    id: 'createLinks',
    method: 'POST',
    path: '/links/bulk',
    scope: 'links:write',
    body: { links: [{ destination: 'https://a.test' }] },
  },
  { id: 'listLinks', method: 'GET', path: '/links', scope: 'links:read' },
  { id: 'getLink', method: 'GET', path: '/links/{id}', scope: 'links:read', idOf: 'link' },
  { id: 'getLinkPreview', method: 'GET', path: '/links/{id}/preview', scope: 'links:read', idOf: 'link' },
  { id: 'fetchLinkPreview', method: 'POST', path: '/links/{id}/preview', scope: 'links:write', idOf: 'link' },
  {
    id: 'simulateVisit',
    method: 'POST',
    path: '/simulate',
    scope: 'links:read',
    body: { linkId: 'lnk_none' },
  },
  { id: 'explainLink', method: 'GET', path: '/links/{id}/explain', scope: 'links:read', idOf: 'link' },
  {
    id: 'updateLink',
    method: 'PATCH',
    path: '/links/{id}',
    scope: 'links:write',
    idOf: 'link',
    body: { title: 'x' },
  },
  { id: 'deleteLink', method: 'DELETE', path: '/links/{id}', scope: 'links:write', idOf: 'link' },
  {
    id: 'moveLinks',
    method: 'POST',
    path: '/links/move',
    scope: 'links:write',
    body: { linkIds: ['lnk_none'], groupId: null },
  },
  { id: 'createGroup', method: 'POST', path: '/groups', scope: 'groups:write', body: { name: 'x' } },
  {
    id: 'createGroups',
    method: 'POST',
    path: '/groups/bulk',
    scope: 'groups:write',
    body: { groups: [{ name: 'x' }] },
  },
  { id: 'listGroups', method: 'GET', path: '/groups', scope: 'groups:read' },
  { id: 'getGroup', method: 'GET', path: '/groups/{id}', scope: 'groups:read', idOf: 'group' },
  { id: 'explainGroup', method: 'GET', path: '/groups/{id}/explain', scope: 'groups:read', idOf: 'group' },
  {
    id: 'updateGroup',
    method: 'PATCH',
    path: '/groups/{id}',
    scope: 'groups:write',
    idOf: 'group',
    body: { memo: 'x' },
  },
  { id: 'deleteGroup', method: 'DELETE', path: '/groups/{id}', scope: 'groups:write', idOf: 'group' },
  { id: 'listGroupLinks', method: 'GET', path: '/groups/{id}/links', scope: 'links:read', idOf: 'group' },
  {
    id: 'addGroupLinks',
    method: 'POST',
    path: '/groups/{id}/links',
    scope: 'links:write',
    idOf: 'group',
    body: { linkIds: ['lnk_none'] },
  },
  {
    id: 'createApp',
    method: 'POST',
    path: '/apps',
    scope: 'links:write',
    body: { platform: 'ios', name: 'x', identifier: 'com.example.x' },
  },
  { id: 'listApps', method: 'GET', path: '/apps', scope: 'links:read' },
  { id: 'getApp', method: 'GET', path: '/apps/{id}', scope: 'links:read', idOf: 'app' },
  {
    id: 'updateApp',
    method: 'PATCH',
    path: '/apps/{id}',
    scope: 'links:write',
    idOf: 'app',
    body: { name: 'y' },
  },
  { id: 'deleteApp', method: 'DELETE', path: '/apps/{id}', scope: 'links:write', idOf: 'app' },
  { id: 'listKeys', method: 'GET', path: '/keys', scope: 'keys:read' },
  {
    id: 'createKey',
    method: 'POST',
    path: '/keys',
    scope: 'keys:write',
    body: { name: 'x', scopes: ['keys:write'] },
  },
  { id: 'revokeKey', method: 'DELETE', path: '/keys/{id}', scope: 'keys:write', idOf: 'key' },
  { id: 'getStatistics', method: 'GET', path: '/stats', scope: 'stats:read' },
  { id: 'downloadClicks', method: 'GET', path: '/clicks', scope: 'stats:read' },
  {
    id: 'followClicks',
    method: 'GET',
    path: '/stats/live',
    scope: 'stats:read',
    endless: { refusedQuery: '?linkId=none_such' },
  },
  {
    id: 'listNotificationSubscriptions',
    method: 'GET',
    path: '/notification-subscriptions',
    scope: 'notifications:read',
  },
  {
    id: 'createNotificationSubscription',
    method: 'POST',
    path: '/notification-subscriptions',
    scope: 'notifications:write',
    body: {
      endpoint: 'https://fcm.googleapis.com/fcm/send/x',
      keys: {
        p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
        auth: 'BTBZMqHH6r4Tts7J_aSIgg',
      },
    },
  },
  {
    id: 'deleteNotificationSubscription',
    method: 'DELETE',
    path: '/notification-subscriptions/{id}',
    scope: 'notifications:write',
    idOf: 'notificationSubscription',
  },
  {
    id: 'testNotificationSubscription',
    method: 'POST',
    path: '/notification-subscriptions/{id}/test',
    scope: 'notifications:write',
    idOf: 'notificationSubscription',
  },
  { id: 'listWebhookEndpoints', method: 'GET', path: '/webhook-endpoints', scope: 'webhooks:read' },
  {
    id: 'getWebhookEndpoint',
    method: 'GET',
    path: '/webhook-endpoints/{id}',
    scope: 'webhooks:read',
    idOf: 'webhookEndpoint',
  },
  {
    id: 'updateWebhookEndpoint',
    method: 'PATCH',
    path: '/webhook-endpoints/{id}',
    scope: 'webhooks:write',
    idOf: 'webhookEndpoint',
    body: { paused: true },
  },
  {
    id: 'rotateWebhookSecret',
    method: 'POST',
    path: '/webhook-endpoints/{id}/rotate-secret',
    scope: 'webhooks:write',
    idOf: 'webhookEndpoint',
    body: { overlapHours: 1 },
  },
  {
    id: 'testWebhookEndpoint',
    method: 'POST',
    path: '/webhook-endpoints/{id}/test',
    scope: 'webhooks:write',
    idOf: 'webhookEndpoint',
  },
  {
    id: 'replayWebhookDeliveries',
    method: 'POST',
    path: '/webhook-endpoints/{id}/replay',
    scope: 'webhooks:write',
    idOf: 'webhookEndpoint',
    body: { failedSince: '2026-01-01T00:00:00Z' },
  },
  {
    id: 'listWebhookDeliveries',
    method: 'GET',
    path: '/webhook-endpoints/{id}/deliveries',
    scope: 'webhooks:read',
    idOf: 'webhookEndpoint',
  },
  { id: 'listDeliveries', method: 'GET', path: '/deliveries', scope: 'webhooks:read' },
  { id: 'getDelivery', method: 'GET', path: '/deliveries/{id}', scope: 'webhooks:read', idOf: 'delivery' },
  {
    id: 'replayDelivery',
    method: 'POST',
    path: '/deliveries/{id}/replay',
    scope: 'webhooks:write',
    idOf: 'delivery',
  },
  { id: 'listPushSubscribers', method: 'GET', path: '/push-subscribers', scope: 'push:read' },
  {
    id: 'deletePushSubscriber',
    method: 'DELETE',
    path: '/push-subscribers/{id}',
    scope: 'push:write',
    idOf: 'pushSubscriber',
  },
  {
    id: 'createPushMessage',
    method: 'POST',
    path: '/push-messages',
    scope: 'push:write',
    body: { title: 'x', url: 'https://a.test/', to: { all: true } },
  },
  { id: 'listPushMessages', method: 'GET', path: '/push-messages', scope: 'push:read' },
  {
    id: 'getPushMessage',
    method: 'GET',
    path: '/push-messages/{id}',
    scope: 'push:read',
    idOf: 'pushMessage',
  },
  {
    id: 'cancelPushMessage',
    method: 'DELETE',
    path: '/push-messages/{id}',
    scope: 'push:write',
    idOf: 'pushMessage',
  },
  { id: 'getProjectQrLogo', method: 'GET', path: '/project/qr-logo', scope: 'project:read' },
  { id: 'putProjectQrLogo', method: 'PUT', path: '/project/qr-logo', scope: 'project:write' },
  { id: 'deleteProjectQrLogo', method: 'DELETE', path: '/project/qr-logo', scope: 'project:write' },
  { id: 'getGroupQrLogo', method: 'GET', path: '/groups/{id}/qr-logo', scope: 'groups:read', idOf: 'group' },
  { id: 'putGroupQrLogo', method: 'PUT', path: '/groups/{id}/qr-logo', scope: 'groups:write', idOf: 'group' },
  {
    id: 'deleteGroupQrLogo',
    method: 'DELETE',
    path: '/groups/{id}/qr-logo',
    scope: 'groups:write',
    idOf: 'group',
  },
  {
    id: 'importRows',
    method: 'POST',
    path: '/imports',
    scope: 'transfer:write',
    body: { rows: [{ kind: 'link', destination: 'https://a.test/' }], dryRun: true },
  },
  {
    id: 'getImport',
    method: 'GET',
    path: '/imports',
    query: `?kind=csv&fingerprint=${'0'.repeat(64)}`,
    scope: 'transfer:write',
  },
  { id: 'exportProject', method: 'GET', path: '/export', scope: 'transfer:read' },
  { id: 'listChanges', method: 'GET', path: '/changes', scope: 'history:read' },
];

export function pathOf({ path, query = '', endless }: Operation, id: string): string {
  return path.replace('{id}', encodeURIComponent(id)) + query + (endless?.refusedQuery ?? '');
}
