/** Something the operator has to mend; the message is a whole sentence that says what to do. */
export class OperatorError extends Error {}

/** A running server was asked, and did not do it. */
export class ServerRefusal extends OperatorError {
  /** As its problems have it. */
  readonly code: string;

  constructor(code: string, detail: string) {
    super(`The server refused: ${detail}`);
    this.code = code;
  }
}
