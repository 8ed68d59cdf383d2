/** What a key may do. `*` is everything, also what later versions add. */
export const SCOPES = [
  '*',
  'links:read',
  'links:write',
  'groups:read',
  'groups:write',
  'domains:read',
  'domains:write',
  'project:read',
  'project:write',
  'keys:read',
  'keys:write',
  'history:read',
  'stats:read',
  'webhooks:read',
  'webhooks:write',
  'notifications:read',
  'notifications:write',
  'push:read',
  'push:write',
  'transfer:read',
  'transfer:write',
  'deeplinks:open',
  'deeplinks:create',
] as const;
export type Scope = (typeof SCOPES)[number];

export function allows(scopes: readonly Scope[], wanted: Scope): boolean {
  return scopes.includes('*') || scopes.includes(wanted);
}
