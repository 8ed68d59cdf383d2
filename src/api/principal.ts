import type { IncomingHttpHeaders } from 'node:http';
import type { Scope } from '../accounts/scope.ts';

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal;
  }
  interface FastifyContextConfig {
    /** What a key must allow to call the route. */
    scope?: Scope;
  }
}

/** On whose behalf a request acts. */
export interface Principal {
  readonly projectId: number;
  readonly scopes: readonly Scope[];
  /** When the key ends; null for never. */
  readonly expiresAt: number | null;
  /** For the change log: `key:<public id>` or `cli`. */
  readonly actor: string;
}

/**
 * The key a request presents. Every key works with every form on every surface: `Authorization: Bearer …`,
 * `Authorization: APIKey …` and `X-API-KEY: …`.
 */
export function presentedKey(headers: IncomingHttpHeaders): string | undefined {
  const authorization = headers.authorization;
  const match =
    authorization === undefined ? null : /^(?:Bearer|APIKey) +([\x21-\x7e]+) *$/i.exec(authorization);
  if (match) return match[1];
  const header = headers['x-api-key'];
  return typeof header === 'string' && header !== '' ? header : undefined;
}
