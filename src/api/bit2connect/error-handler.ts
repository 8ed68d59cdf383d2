import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Failure, type FailureCode } from '../../errors.ts';
import { ForbiddenName } from '../forbidden-name.ts';
import { type ErrorStyle, Refusal, type RefusalCode } from './refusal.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How a route of this surface says no; `detailed` unless documented otherwise. */
    errorStyle?: ErrorStyle;
  }
}

/** How the core's list is said here. What names fields is translated before, where their names are known. */
const CODE_OF_FAILURE: Readonly<Record<FailureCode, RefusalCode>> = {
  invalid: 'VALIDATION_ERROR',
  unauthenticated: 'INVALID_API_KEY',
  'key-expired': 'API_KEY_EXPIRED',
  forbidden: 'INSUFFICIENT_PERMISSIONS',
  'not-found': 'NOT_FOUND',
  'code-taken': 'CODE_ALREADY_EXISTS',
  stale: 'CONFLICT',
  'idempotency-conflict': 'CONFLICT',
  'webhooks-off': 'CONFLICT',
  conflict: 'CONFLICT',
  busy: 'SERVICE_UNAVAILABLE',
  abandoned: 'SERVICE_UNAVAILABLE',
  unavailable: 'SERVICE_UNAVAILABLE',
};

const UNREADABLE: Readonly<Record<number, Refusal>> = {
  413: new Refusal('VALIDATION_ERROR', { status: 413, message: 'The request body is too large' }),
  415: new Refusal('VALIDATION_ERROR', {
    status: 415,
    message: 'The request body must be JSON, with Content-Type: application/json',
  }),
};
const BROKEN_JSON = new Refusal('BAD_REQUEST', { message: 'The request body is not valid JSON' });

const RETRY_AFTER_SECONDS = 2;

/** Answers whatever a route throws. What nobody foresaw is logged whole and answered empty. */
export function errorHandler(isUnavailable: (error: unknown) => boolean) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const refusal = refusalOf(error, isUnavailable);
    if (!(error instanceof Failure) && refusal.status === 503)
      request.log.warn({ err: error }, 'the database cannot be reached');
    if (refusal.status === 500) request.log.error({ err: error }, 'request failed');
    return refuse(reply, refusal, request.routeOptions.config.errorStyle);
  };
}

export function refuse(reply: FastifyReply, refusal: Refusal, style: ErrorStyle = 'detailed'): FastifyReply {
  if (refusal.status === 401) reply.header('WWW-Authenticate', 'Bearer realm="switchyard"');
  if (refusal.status === 503) reply.header('Retry-After', RETRY_AFTER_SECONDS);
  return reply.code(refusal.status).send(refusal.body(style));
}

function refusalOf(error: FastifyError, isUnavailable: (error: unknown) => boolean): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof Failure) return new Refusal(CODE_OF_FAILURE[error.code], { problems: error.fields });
  if (isUnavailable(error)) return new Refusal('SERVICE_UNAVAILABLE');
  if (error instanceof ForbiddenName) return new Refusal('BAD_REQUEST', { message: error.message });
  const { statusCode = 500 } = error;
  if (statusCode >= 500) return new Refusal('INTERNAL_ERROR');
  return UNREADABLE[statusCode] ?? BROKEN_JSON;
}
