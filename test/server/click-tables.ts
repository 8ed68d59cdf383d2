import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import type { StoreLocation } from '../../src/db/store-location.ts';

/** What the tables say of one link, by its public id. */
export interface LinkInTables {
  /** Rows of `click` that count. */
  readonly rows: number;
  /** `link_counter.clicks` */
  readonly counter: number;
  /** What a limit compares with: slots taken and clicks from times without a limit. */
  readonly against: number;
}

export interface ClickTables {
  readonly rows: number;
  readonly distinctIds: number;
  readonly links: ReadonlyMap<string, LinkInTables>;
}

const IDS = 'select count(*) as rows, count(distinct click_id) as ids from click';

/** Flags 2 (crawler) and 16 (uncounted) are rows that are no clicks. */
const LINKS = `
  select link.public_id as id,
         (select count(*) from click where link_id = link.id and kind = 1 and flags & 18 = 0) as rows,
         coalesce(link_counter.clicks, 0) as counter,
         coalesce(link_counter.slots_taken + link_counter.clicks_unslotted, 0) as against
    from link left join link_counter on link_counter.link_id = link.id`;

type Row = Readonly<Record<string, string | number>>;

/** The tables as they are, read past the product. */
export async function readClickTables(location: StoreLocation): Promise<ClickTables> {
  const [[ids], links] =
    location.database.engine === 'sqlite'
      ? askSqlite(location.dataDir)
      : await askPostgres(location.database.url);
  return {
    rows: Number(ids?.rows),
    distinctIds: Number(ids?.ids),
    links: new Map(
      links.map(({ id, rows, counter, against }) => [
        String(id),
        { rows: Number(rows), counter: Number(counter), against: Number(against) },
      ]),
    ),
  };
}

function askSqlite(dataDir: string): [Row[], Row[]] {
  const db = new Sqlite(join(dataDir, 'switchyard.db'), { readonly: true });
  try {
    db.prepare('attach ? as events').run(join(dataDir, 'clicks.db'));
    return [db.prepare<[], Row>(IDS).all(), db.prepare<[], Row>(LINKS).all()];
  } finally {
    db.close();
  }
}

async function askPostgres(url: string): Promise<[Row[], Row[]]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return [(await client.query(IDS)).rows, (await client.query(LINKS)).rows];
  } finally {
    await client.end();
  }
}
