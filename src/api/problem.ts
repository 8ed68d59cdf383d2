import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Failure, type FailureCode, type FieldProblem } from '../errors.ts';
import { InvalidInput } from './schema-check.ts';

/** RFC 9457. `code` is ours and stable; `errors` names every broken field of the request. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly FieldProblem[];
}

const STATUS: Readonly<Record<FailureCode, { status: number; title: string }>> = {
  invalid: { status: 422, title: 'The request breaks a rule' },
  unauthenticated: { status: 401, title: 'A valid API key is required' },
  'key-expired': { status: 401, title: 'The API key has expired' },
  forbidden: { status: 403, title: 'The API key does not allow this' },
  'not-found': { status: 404, title: 'Not found' },
  'code-taken': { status: 409, title: 'The code is already in use' },
  stale: { status: 412, title: 'It has been changed meanwhile' },
  'idempotency-conflict': { status: 409, title: 'The Idempotency-Key was used for another request' },
  'webhooks-off': { status: 409, title: 'Webhooks are switched off for the project' },
  conflict: { status: 409, title: 'It conflicts with what is there' },
  busy: { status: 503, title: 'Too much is asked at once' },
  // As nginx calls it. Nobody reads it but whoever counts answers by their status.
  abandoned: { status: 499, title: 'The client has left' },
  unavailable: { status: 503, title: 'It is not available now' },
};

export function problemOf(failure: Failure): Problem {
  const { status, title } = STATUS[failure.code];
  return problem(status, failure.code, title, failure.message, failure.fields);
}

export function problem(
  status: number,
  code: string,
  title: string,
  detail: string,
  errors: readonly FieldProblem[] = [],
): Problem {
  return {
    type: `urn:switchyard:problem:${code}`,
    title,
    status,
    code,
    detail,
    ...(errors.length > 0 ? { errors } : {}),
  };
}

export function sendProblem(reply: FastifyReply, answer: Problem): FastifyReply {
  if (answer.status === 401) reply.header('WWW-Authenticate', 'Bearer realm="switchyard"');
  if (answer.status === 503) reply.header('Retry-After', '2');
  return reply
    .code(answer.status)
    .header('Cache-Control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(answer));
}

/** Translates whatever a route throws. What nobody foresaw is logged whole and answered empty. */
export function errorHandler(isUnavailable: (error: unknown) => boolean) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (error instanceof Failure) return sendProblem(reply, problemOf(error));
    if (error instanceof InvalidInput) return sendProblem(reply, problemOf(validationFailure(error)));
    if (isUnavailable(error)) {
      request.log.warn({ err: error }, 'the database cannot be reached');
      return sendProblem(
        reply,
        problemOf(
          new Failure(
            'unavailable',
            'Try again in a moment. A POST with an Idempotency-Key can be repeated safely.',
          ),
        ),
      );
    }
    if (error.statusCode !== undefined && error.statusCode < 500) {
      return sendProblem(
        reply,
        problem(error.statusCode, clientErrorCode(error), 'The request cannot be read', error.message),
      );
    }
    request.log.error({ err: error }, 'request failed');
    return sendProblem(
      reply,
      problem(
        500,
        'internal',
        'Something went wrong on our side',
        'It has been logged; please try again later.',
      ),
    );
  };
}

/** `FST_ERR_CTP_BODY_TOO_LARGE` → `body-too-large`. */
export function clientErrorCode(error: FastifyError): string {
  return (error.code ?? 'bad-request')
    .toLowerCase()
    .replace(/^fst_err_(ctp_)?/, '')
    .replaceAll('_', '-');
}

function validationFailure({ problems, validationContext }: InvalidInput): Failure {
  const where = validationContext === 'body' ? '' : `${validationContext ?? 'request'}.`;
  return Failure.invalid(
    problems.map(({ field, message }) => ({ field: `${where}${field}` || 'body', message })),
  );
}
