import { parentPort, workerData } from 'node:worker_threads';
import Sqlite from 'better-sqlite3';
import type { SqliteThreadOptions, ThreadAnswer, ThreadRequest } from './sqlite-thread.ts';

/** The thread behind `SqliteThreadDialect`: runs one statement after another on its connection. */

/** Another program may hold the file for a moment (a backup, a shell); waiting here delays no visitor. */
const BUSY_TIMEOUT_MS = 10_000;
const STATEMENTS_KEPT = 200;
const WRITER_CACHE_KIB = 32 * 1024;

const options = workerData as SqliteThreadOptions;
const port = parentPort;
if (!port) throw new Error('sqlite-thread-worker runs as a thread');

const db = new Sqlite(options.file, { readonly: options.readonly, timeout: BUSY_TIMEOUT_MS });
if (!options.readonly) db.pragma('journal_mode = wal');
// A transaction that touches more pages than fit writes them out and reads them again: imports touch some thousand.
if (!options.readonly) db.pragma(`cache_size = -${WRITER_CACHE_KIB}`);
db.pragma(`synchronous = ${options.synchronous}`);
db.pragma('foreign_keys = on');
for (const [name, file] of Object.entries(options.attach ?? {})) db.prepare(`attach ? as ${name}`).run(file);
// SQLite's own `upper` knows ASCII only. Capitals and not small letters, of which Greek has two for one capital.
db.function('unicode_upper', { deterministic: true }, (text) =>
  typeof text === 'string' ? text.toUpperCase() : null,
);

const statements = new Map<string, Sqlite.Statement>();

function prepare(sql: string): Sqlite.Statement {
  const known = statements.get(sql);
  if (known) return known;
  const statement = db.prepare(sql);
  if (statements.size >= STATEMENTS_KEPT) statements.delete(statements.keys().next().value ?? '');
  statements.set(sql, statement);
  return statement;
}

function run({ id, sql, parameters }: ThreadRequest): ThreadAnswer {
  try {
    // A full disk makes SQLite roll back by itself; asking again would hide the reason behind a complaint.
    if (sql === 'rollback' && !db.inTransaction) return { id, rows: [], changes: 0, lastId: 0 };
    const statement = prepare(sql);
    if (statement.reader) return { id, rows: statement.all(...parameters), changes: 0, lastId: 0 };
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { id, rows: [], changes, lastId: Number(lastInsertRowid) };
  } catch (error) {
    const code = error instanceof Sqlite.SqliteError ? error.code : undefined;
    return { id, error: { message: error instanceof Error ? error.message : String(error), code } };
  }
}

port.on('message', (request: ThreadRequest | 'close') => {
  if (request === 'close') {
    // So that the file alone is the whole database for whoever copies it now.
    if (!options.readonly) db.pragma('wal_checkpoint(truncate)');
    db.close();
    port.close();
  } else {
    port.postMessage(run(request));
  }
});
