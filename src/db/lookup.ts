import type { SqlValue } from './batch-writer.ts';

/**
 * A prepared query for at most one row, as fast as the engine can: at once where the database is a file of this
 * process, later where it is a server. Parameters are written `$1`, `$2`, …
 */
export type Lookup<Row> = (...parameters: SqlValue[]) => Row | undefined | Promise<Row | undefined>;
