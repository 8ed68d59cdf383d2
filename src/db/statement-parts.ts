/** Bound parameters of one statement; SQLite's limit is 32,766. */
const ROWS_PER_STATEMENT = 500;

/** Cuts a long list into pieces a statement can take. */
export function* parts<T>(all: readonly T[], size: number = ROWS_PER_STATEMENT): Generator<T[]> {
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size);
}
