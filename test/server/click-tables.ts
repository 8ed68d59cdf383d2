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
  /** Of `rows` those that repeat none of a moment before, and those of a visitor who came for the first time. */
  readonly standing: number;
  readonly newcomers: number;
  /** What has moved thresholds. */
  readonly thresholdClicks: number;
  readonly thresholdVisitors: number;
}

export interface ClickTables {
  readonly rows: number;
  readonly distinctIds: number;
  readonly links: ReadonlyMap<string, LinkInTables>;
}

const IDS = 'select count(*) as rows, count(distinct click_id) as ids from click';

/** Flags 2 (crawler) and 16 (uncounted) are rows that are no clicks; 32 is a repeat, 256 a new visitor. */
const LINKS = `
  select link.public_id as id,
         (select count(*) from click where link_id = link.id and kind = 1 and flags & 18 = 0) as rows,
         (select count(*) from click where link_id = link.id and kind = 1 and flags & 50 = 0) as standing,
         (select count(*) from click where link_id = link.id and kind = 1 and flags & 274 = 256) as newcomers,
         coalesce(link_counter.threshold_clicks, 0) as threshold_clicks,
         coalesce(link_counter.threshold_visitors, 0) as threshold_visitors,
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
      links.map((row) => [
        String(row.id),
        {
          rows: Number(row.rows),
          counter: Number(row.counter),
          against: Number(row.against),
          standing: Number(row.standing),
          newcomers: Number(row.newcomers),
          thresholdClicks: Number(row.threshold_clicks),
          thresholdVisitors: Number(row.threshold_visitors),
        },
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
