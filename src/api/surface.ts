import type { FastifyReply, FastifyRequest } from 'fastify';

/** A surface with an envelope of its own, which it keeps where no route is found, too. */
export interface Surface {
  /** Whether the path of a request is this surface's to answer. */
  owns(url: string): boolean;
  /** Answers a request whose path cannot be read: it comes to no route, no hook and no error handler. */
  refuseUnreadable(request: FastifyRequest, reply: FastifyReply): void;
}
