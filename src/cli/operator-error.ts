/** Something the operator has to mend; the message is a whole sentence that says what to do. */
export class OperatorError extends Error {}
