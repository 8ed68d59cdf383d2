import type { FieldProblem } from '../../errors.ts';

/** Every error of this surface: its status and its sentence. Where the service documents one, it is this. */
const CATALOGUE = {
  INVALID_API_KEY: { status: 401, message: 'Invalid or missing API key' },
  API_KEY_EXPIRED: { status: 401, message: 'API key has expired and must be regenerated' },
  INSUFFICIENT_PERMISSIONS: {
    status: 403,
    message: 'Your API key does not have permission to perform this action',
  },
  RATE_LIMIT_EXCEEDED: { status: 429, message: 'Rate limit exceeded. Please try again later.' },
  VALIDATION_ERROR: { status: 422, message: 'Validation failed' },
  MISSING_REQUIRED_FIELD: { status: 422, message: 'Validation failed' },
  INVALID_PARAMETERS: { status: 400, message: 'Invalid query parameters' },
  BAD_REQUEST: { status: 400, message: 'The request cannot be read' },
  LINK_EXPIRED: { status: 400, message: 'Cannot edit an expired link' },
  LINK_NOT_AVAILABLE: { status: 403, message: 'The link cannot be opened now' },
  PASSWORD_REQUIRED: {
    status: 403,
    message: 'The link has a password; open it in the browser, where it can be entered',
  },
  LINK_NOT_FOUND: { status: 404, message: 'Link with the specified code was not found' },
  MOBILE_APP_NOT_FOUND: { status: 404, message: 'Mobile app not found' },
  NOT_FOUND: { status: 404, message: 'There is nothing at this path' },
  CODE_ALREADY_EXISTS: { status: 409, message: 'A link with this code already exists' },
  CONFLICT: { status: 409, message: 'The request conflicts with what is there' },
  INTERNAL_ERROR: { status: 500, message: 'Something went wrong on our side; please try again later' },
  SERVICE_UNAVAILABLE: { status: 503, message: 'The service is unavailable now; please try again later' },
} as const;

export type RefusalCode = keyof typeof CATALOGUE;

/** Where errors are plain sentences, this one is documented to be shorter. */
const PLAIN_MESSAGES: Readonly<Partial<Record<RefusalCode, string>>> = { LINK_NOT_FOUND: 'Link not found' };

/** Said before a route is reached, and therefore in one form on all of them. */
const BEFORE_ROUTES: ReadonlySet<RefusalCode> = new Set([
  'INVALID_API_KEY',
  'API_KEY_EXPIRED',
  'INSUFFICIENT_PERMISSIONS',
  'RATE_LIMIT_EXCEEDED',
]);

interface Particulars {
  readonly message?: string;
  readonly status?: number;
  /** Every broken field, under the client's own names. */
  readonly problems?: readonly FieldProblem[];
}

/** A request that is not done, in this surface's words. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly status: number;
  readonly problems: readonly FieldProblem[];
  /** The sentence is this request's own, not the catalogue's. */
  readonly #isOwn: boolean;

  constructor(code: RefusalCode, { message, status, problems = [] }: Particulars = {}) {
    super(message ?? CATALOGUE[code].message);
    this.name = 'Refusal';
    this.code = code;
    this.status = status ?? CATALOGUE[code].status;
    this.problems = problems;
    this.#isOwn = message !== undefined;
  }

  /**
   * The documented service has two forms: on most routes `error` is an object, on some a sentence with `details` as a
   * list beside it. There, `code` is an addition of ours.
   */
  body(style: ErrorStyle): object {
    return style === 'plain' && !BEFORE_ROUTES.has(this.code) ? this.#plain() : this.#detailed();
  }

  #plain(): object {
    const error = this.#isOwn ? this.message : (PLAIN_MESSAGES[this.code] ?? this.message);
    const details = this.problems.map(sentence);
    return { success: false, error, ...(details.length > 0 ? { details } : {}), code: this.code };
  }

  /** `details` names the first field; `problems`, an addition of ours, lists all. */
  #detailed(): object {
    const [first] = this.problems;
    const { code, message } = this;
    if (!first) return { success: false, error: { code, message } };
    const { field, message: issue } = first;
    const problems = this.problems.map(sentence);
    return { success: false, error: { code, message, details: { field, issue, problems } } };
  }
}

export type ErrorStyle = 'detailed' | 'plain';

function sentence({ field, message }: FieldProblem): string {
  return `${field} ${message}`;
}
