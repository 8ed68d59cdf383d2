/** A limited link whose count is not known yet waits this long for ingest; after that it answers 503. */
export const COUNT_PATIENCE_MS = 5_000;
