import type { FastifyReply, FastifyRequest } from 'fastify';
import { networkOf } from '../../links/network.ts';
import type { ApiContext } from '../api-context.ts';
import { type Principal, presentedKey } from '../principal.ts';
import { FixedWindow } from '../rate-limit.ts';
import { Refusal } from './refusal.ts';

const HOUR_MS = 60 * 60 * 1000;

/** Who calls, or the error that says why nobody knows. */
export type Caller =
  | { readonly principal: Principal }
  | { readonly principal: undefined; readonly error: unknown };

/** Tells who calls, and counts the call. Each answer under the prefix says what is left of the hour. */
export class Admission {
  readonly #context: ApiContext;
  readonly #window: FixedWindow;

  constructor(context: ApiContext) {
    this.#context = context;
    this.#window = new FixedWindow(context.bit2connectRateLimit, HOUR_MS);
  }

  /** @throws Refusal `RATE_LIMIT_EXCEEDED` */
  async admit(request: FastifyRequest, reply: FastifyReply): Promise<Caller> {
    const caller = await this.#identify(request);
    const now = Date.now();
    const { allowed, remaining, resetAt } = this.#window.take(this.#payer(request, caller), now);
    reply.headers({
      'Cache-Control': 'no-store',
      'X-RateLimit-Limit': this.#window.limit,
      'X-RateLimit-Remaining': remaining,
      'X-RateLimit-Reset': new Date(resetAt).toISOString(),
    });
    if (!allowed) {
      reply.header('Retry-After', Math.ceil((resetAt - now) / 1000));
      throw new Refusal('RATE_LIMIT_EXCEEDED');
    }
    return caller;
  }

  async #identify(request: FastifyRequest): Promise<Caller> {
    try {
      return { principal: await this.#context.authenticate(presentedKey(request.headers)) };
    } catch (error) {
      return { principal: undefined, error };
    }
  }

  /** On whose account a call goes. Keys that are none could be made up without end: those count by address. */
  #payer({ raw }: FastifyRequest, { principal }: Caller): string {
    return principal?.actor ?? `network:${networkOf(this.#context.clientAddress.of(raw))}`;
  }
}
