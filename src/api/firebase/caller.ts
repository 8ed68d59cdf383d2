import type { FastifyReply, FastifyRequest } from 'fastify';
import { allows, type Scope } from '../../accounts/scope.ts';
import { Failure } from '../../errors.ts';
import type { ApiContext } from '../api-context.ts';
import { type Principal, presentedKey } from '../principal.ts';
import { GoogleError } from './google-error.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Any one of these does as well as `scope`. */
    orScopes?: readonly Scope[];
  }
}

/** Tells who calls, and slows down those whose key is in everybody's hands. */
export class Callers {
  readonly #context: ApiContext;

  constructor(context: ApiContext) {
    this.#context = context;
  }

  /** Says so in `request.principal`. @throws GoogleError, Failure */
  async identify(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const principal = await this.#authenticate(request);
    const { scope, orScopes = [] } = request.routeOptions.config;
    const wanted = [scope as Scope, ...orScopes];
    if (!wanted.some((one) => allows(principal.scopes, one)))
      throw new GoogleError('PERMISSION_DENIED', `The API key lacks the scope ${wanted.join(' or ')}.`);
    request.principal = principal;
    const waitSeconds = this.#context.publishableCalls.waitSeconds(request);
    if (waitSeconds === undefined) return;
    reply.header('Retry-After', waitSeconds);
    throw new GoogleError('RESOURCE_EXHAUSTED', 'This network has asked too often; wait a moment.');
  }

  /** A key in the URL, as Firebase's clients send it, in Google's header, or in any of ours. */
  async #authenticate({ query, headers }: FastifyRequest): Promise<Principal> {
    const { key } = query as { readonly key?: unknown };
    const inHeader = headers['x-goog-api-key'];
    const named = [key, inHeader].find((one) => typeof one === 'string' && one !== '');
    const presented = (named as string | undefined) ?? presentedKey(headers);
    if (presented === undefined)
      throw new GoogleError('PERMISSION_DENIED', 'The request is missing a valid API key.');
    try {
      return await this.#context.authenticate(presented);
    } catch (error) {
      // What Google says of a key in a URL; of one in an `Authorization` it says 401, as we do.
      if (named === undefined || !(error instanceof Failure) || error.code !== 'unauthenticated') throw error;
      const message = 'API key not valid. Please pass a valid API key.';
      throw new GoogleError('INVALID_ARGUMENT', message, [], 'API_KEY_INVALID');
    }
  }
}
