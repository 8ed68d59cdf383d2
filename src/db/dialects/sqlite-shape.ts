import Sqlite from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import type { Migration } from 'kysely/migration';
import { migrateTo } from '../migrate.ts';
import { configMigrations } from '../migrations/config-migrations.ts';
import { eventMigrations } from '../migrations/event-migrations.ts';
import type { ColumnShape, StoreLevel, StoreShape, TableShape } from '../table-shape.ts';
import { sqliteDialect } from './sqlite.ts';

/**
 * What a store of this level looks like: made in memory by its own migrations, so that no second list of columns can
 * be wrong.
 *
 * @param level of known migrations; an empty name for a half that has had none
 */
export async function shapeAt(level: StoreLevel): Promise<StoreShape> {
  return {
    level,
    config: await tablesAfter(configMigrations(sqliteDialect), level.config),
    events: await tablesAfter(eventMigrations(sqliteDialect), level.events),
  };
}

async function tablesAfter(migrations: Record<string, Migration>, last: string): Promise<TableShape[]> {
  if (last === '') return [];
  const db = new Sqlite(':memory:');
  const kysely = new Kysely<unknown>({ dialect: new SqliteDialect({ database: db }) });
  try {
    await migrateTo(kysely, migrations, last);
    const tables = db
      .prepare(
        `select name, sql from sqlite_master
          where type = 'table' and name not like 'sqlite^_%' escape '^' and name not in ('migration', 'migration_lock')
          order by name`,
      )
      .all() as { name: string; sql: string }[];
    return tables.map(({ name, sql }) => shapeOf(db, name, / autoincrement\b/i.test(sql)));
  } finally {
    await kysely.destroy();
  }
}

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly pk: number;
}

function shapeOf(db: Sqlite.Database, name: string, countsIds: boolean): TableShape {
  const columns = db.prepare('select * from pragma_table_info(?)').all(name) as ColumnRow[];
  const { rows } = db.prepare(`select count(*) as rows from "${name}"`).get() as { rows: number };
  const inKey = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
  return {
    name,
    columns: columns.map((column) => columnOf(column, countsIds)),
    key: inKey.map((column) => column.name),
    countsIds,
    ownRows: rows,
  };
}

function columnOf({ name, type, notnull, pk }: ColumnRow, countsIds: boolean): ColumnShape {
  const kind = ({ text: 'text', blob: 'bytes' } as const)[type.toLowerCase()] ?? 'integer';
  return {
    name,
    kind,
    // A key that counts up is called an integer here, and is one of 64 bits.
    isShort: type.toLowerCase() === 'integer' && !(countsIds && pk > 0),
    nullable: notnull === 0 && pk === 0,
  };
}
