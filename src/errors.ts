/**
 * The closed list of things that can go wrong for a caller. Features throw a `Failure`; every surface translates
 * it once, in its own words. Anything else that is thrown is a defect: it is logged whole and answered empty.
 */
export type FailureCode =
  | 'invalid' // a value breaks a rule; `field` names it
  | 'unauthenticated' // no key, or one that is unknown or revoked
  | 'key-expired' // the key was good once
  | 'forbidden' // the key is good and lacks the scope
  | 'not-found'
  | 'code-taken'
  | 'stale' // `If-Match` names a version that is no longer the current one
  | 'idempotency-conflict' // the same Idempotency-Key with another request
  | 'conflict'
  | 'webhooks-off' // the project's webhook switch is off, and a group asks for one
  | 'busy' // too much is asked at once; trying again later is right
  | 'abandoned' // whoever asked has left; nobody reads what is answered
  | 'unavailable'; // it cannot be done now, as when the store is away; trying again later is right

export interface FieldProblem {
  /** Path of the field in the caller's own input, dots between levels: `settings.endsAt`. */
  readonly field: string;
  readonly message: string;
}

/** Enough for a whole file of links, and not an answer many times the size of its question. */
const MOST_PROBLEMS = 2_000;

export class Failure extends Error {
  readonly code: FailureCode;
  readonly fields: readonly FieldProblem[];

  constructor(code: FailureCode, message: string, fields: readonly FieldProblem[] = []) {
    super(message);
    this.name = 'Failure';
    this.code = code;
    this.fields = fields;
  }

  /** Every broken field at once, so that a caller mends all of them in one go. */
  static invalid(fields: readonly FieldProblem[]): Failure {
    const named = fields.slice(0, MOST_PROBLEMS);
    const message = named.map(({ field, message }) => `${field}: ${message}`).join('; ');
    return new Failure('invalid', message, named);
  }

  static invalidField(field: string, message: string): Failure {
    return Failure.invalid([{ field, message }]);
  }

  static notFound(what: string): Failure {
    return new Failure('not-found', `${what} was not found`);
  }
}
