import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { AppIdentity } from '../accounts/app-restriction.ts';
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
  /** Of a publishable key: the only apps it may act for. Null: any. */
  readonly apps: readonly AppIdentity[] | null;
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

/** Every route registered from here on says which scope it needs, and knows who calls it as `request.principal`. */
export function keepScoped(api: FastifyInstance): void {
  api.addHook('onRoute', ({ url, config }) => {
    if (!config?.scope) throw new Error(`The route ${url} does not say which scope it needs`);
  });
  api.decorateRequest('principal');
}
