/**
 * A body that is JSON, with a name in it that would change what an object is made of when it is read (`__proto__`, and
 * `prototype` inside of `constructor`).
 */
export class ForbiddenName extends Error {
  readonly statusCode = 400;
  readonly code = 'FORBIDDEN_NAME';

  constructor() {
    super('The body names "__proto__", or "prototype" inside of "constructor"; call it something else.');
    this.name = 'ForbiddenName';
  }
}

/** Why a JSON parser has refused a body: it is none, or it is one with such a name. */
export function refusalOfJson(error: Error, body: string): Error {
  try {
    JSON.parse(body.replace(/^\ufeff/, ''));
    return new ForbiddenName();
  } catch {
    return error;
  }
}
