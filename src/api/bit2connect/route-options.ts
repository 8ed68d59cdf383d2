import type { RouteShorthandOptions } from 'fastify';
import type { Scope } from '../../accounts/scope.ts';
import type { ErrorStyle } from './refusal.ts';

/** What a route needs its caller's key to allow, and how it says no. It is not part of our own API's document. */
export function needs(scope: Scope, errorStyle: ErrorStyle = 'detailed'): RouteShorthandOptions {
  return { config: { scope, errorStyle }, schema: { hide: true } };
}
