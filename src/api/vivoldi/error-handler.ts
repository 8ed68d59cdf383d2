import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Failure } from '../../errors.ts';
import { inClientWords } from './client-words.ts';
import { refuse } from './envelope.ts';
import { Refusal } from './refusal.ts';

/** Answers whatever a route throws. What nobody foresaw is logged whole and answered empty. */
export function errorHandler(isUnavailable: (error: unknown) => boolean) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const refusal = refusalOf(error, isUnavailable);
    if (!(error instanceof Failure) && refusal.status === 503)
      request.log.warn({ err: error }, 'the database cannot be reached');
    if (refusal.status === 500) request.log.error({ err: error }, 'request failed');
    return refuse(request, reply, refusal);
  };
}

function refusalOf(error: FastifyError, isUnavailable: (error: unknown) => boolean): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof Failure) return inClientWords(error);
  if (isUnavailable(error)) return new Refusal({ kind: 'unavailable' });
  const { statusCode = 500 } = error;
  if (statusCode >= 500) return new Refusal({ kind: 'internal' });
  if (statusCode === 413) return new Refusal({ kind: 'bodyTooLarge' });
  return new Refusal({ kind: statusCode === 415 ? 'wrongContentType' : 'unreadableBody' });
}
