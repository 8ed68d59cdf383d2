import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Failure, type FailureCode, type FieldProblem } from '../../errors.ts';
import { ForbiddenName } from '../forbidden-name.ts';

/** Names of Google's canonical errors, each with its HTTP status. */
const STATUS = {
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  ABORTED: 409,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
} as const;
export type GoogleStatus = keyof typeof STATUS;

/** An error as Google's clients read it. */
export class GoogleError extends Error {
  readonly status: GoogleStatus;
  readonly fields: readonly FieldProblem[];
  readonly reason: string | undefined;
  /** Of HTTP. */
  readonly code: number;

  /**
   * @param reason a machine's word for it, where Google has one
   * @param code where it is not that of the status
   */
  constructor(
    status: GoogleStatus,
    message: string,
    fields: readonly FieldProblem[] = [],
    reason?: string,
    code: number = STATUS[status],
  ) {
    super(message);
    this.name = 'GoogleError';
    this.status = status;
    this.fields = fields;
    this.reason = reason;
    this.code = code;
  }

  static invalid(fields: readonly FieldProblem[]): GoogleError {
    const message = fields.map(({ field, message }) => `${field}: ${message}`).join('; ');
    return new GoogleError('INVALID_ARGUMENT', message, fields);
  }

  /** Which there are is said in `Accept-Encoding`. */
  static unsupportedEncoding(encoding: string): GoogleError {
    const named = JSON.stringify(encoding.slice(0, 40));
    const message = `The request body must be plain or gzip; Content-Encoding ${named} is neither.`;
    return new GoogleError('INVALID_ARGUMENT', message, [], undefined, UNSUPPORTED_MEDIA_TYPE);
  }

  body(): object {
    const { code, message, status, fields, reason } = this;
    const details = [
      ...(reason === undefined
        ? []
        : [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'switchyard' }]),
      ...(fields.length === 0
        ? []
        : [
            {
              '@type': 'type.googleapis.com/google.rpc.BadRequest',
              fieldViolations: fields.map(({ field, message }) => ({ field, description: message })),
            },
          ]),
    ];
    return { error: { code, message, status, ...(details.length > 0 ? { details } : {}) } };
  }
}

const STATUS_OF_FAILURE: Readonly<Record<FailureCode, GoogleStatus>> = {
  invalid: 'INVALID_ARGUMENT',
  unauthenticated: 'UNAUTHENTICATED',
  'key-expired': 'UNAUTHENTICATED',
  forbidden: 'PERMISSION_DENIED',
  'not-found': 'NOT_FOUND',
  'code-taken': 'ALREADY_EXISTS',
  stale: 'ABORTED',
  'idempotency-conflict': 'ABORTED',
  'webhooks-off': 'ABORTED',
  conflict: 'ABORTED',
  busy: 'UNAVAILABLE',
  abandoned: 'UNAVAILABLE',
  unavailable: 'UNAVAILABLE',
};

const UNSUPPORTED_MEDIA_TYPE = 415;
const RETRY_AFTER_SECONDS = 2;

/** Answers whatever a route throws. What nobody foresaw is logged whole and answered empty. */
export function errorHandler(isUnavailable: (error: unknown) => boolean) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const refusal = googleErrorOf(error, isUnavailable);
    if (!(error instanceof Failure) && refusal.status === 'UNAVAILABLE')
      request.log.warn({ err: error }, 'the database cannot be reached');
    if (refusal.status === 'INTERNAL') request.log.error({ err: error }, 'request failed');
    return refuse(reply, refusal);
  };
}

export function refuse(reply: FastifyReply, error: GoogleError): FastifyReply {
  if (error.status === 'UNAUTHENTICATED') reply.header('WWW-Authenticate', 'Bearer realm="switchyard"');
  if (error.code === UNSUPPORTED_MEDIA_TYPE) reply.header('Accept-Encoding', 'gzip');
  if (error.status === 'UNAVAILABLE') reply.header('Retry-After', RETRY_AFTER_SECONDS);
  return reply.header('Cache-Control', 'no-store').code(error.code).send(error.body());
}

function googleErrorOf(error: FastifyError, isUnavailable: (error: unknown) => boolean): GoogleError {
  if (error instanceof GoogleError) return error;
  if (error instanceof Failure)
    return new GoogleError(STATUS_OF_FAILURE[error.code], error.message, error.fields);
  if (isUnavailable(error))
    return new GoogleError('UNAVAILABLE', 'The service is away; try again in a moment.');
  if (error instanceof ForbiddenName) return new GoogleError('INVALID_ARGUMENT', error.message);
  const { statusCode = 500 } = error;
  if (statusCode >= 500) return new GoogleError('INTERNAL', 'Internal error encountered.');
  if (statusCode === 413) return new GoogleError('INVALID_ARGUMENT', 'The request body is too large.');
  return new GoogleError(
    'INVALID_ARGUMENT',
    statusCode === 415
      ? 'The request body must be JSON, with Content-Type: application/json.'
      : 'Invalid JSON payload received.',
  );
}
