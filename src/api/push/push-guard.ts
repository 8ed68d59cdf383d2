import type { FastifyReply, onRequestAsyncHookHandler } from 'fastify';
import { networkOf } from '../../links/network.ts';
import type { ApiContext } from '../api-context.ts';
import { problem, sendProblem } from '../problem.ts';
import { FixedWindow } from '../rate-limit.ts';

const MINUTE_MS = 60_000;

/**
 * Who may call what needs no key: pages and workers of this very host, and no network more often than `perMinute` (many
 * people may share an address).
 */
export function pushGuard({ clientAddress }: ApiContext, perMinute: number): onRequestAsyncHookHandler {
  const window = new FixedWindow(perMinute, MINUTE_MS);
  return async (request, reply) => {
    // Browsers say it, and no page can make them say anything else. An old one says nothing.
    const site = request.headers['sec-fetch-site'] ?? 'same-origin';
    if (site !== 'same-origin')
      return refuse(reply, 403, 'cross-site', 'Pages of other sites cannot ask this.');
    const now = Date.now();
    const { allowed, resetAt } = window.take(networkOf(clientAddress.of(request.raw)), now);
    if (allowed) return;
    reply.header('Retry-After', String(Math.max(1, Math.ceil((resetAt - now) / 1000))));
    return refuse(
      reply,
      429,
      'rate-limited',
      'Too many requests come from this network; try again in a moment.',
    );
  };
}

function refuse(reply: FastifyReply, status: 403 | 429, code: string, detail: string): FastifyReply {
  const title = status === 403 ? 'Not from here' : 'Too many requests';
  return sendProblem(reply, problem(status, code, title, detail));
}
