/** Something about the store that the operator has to mend; the message is a whole sentence that says what to do. */
export class StoreError extends Error {}
