import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { ClickFlag } from '../../src/clicks/click-record.ts';
import type { StoreLocation } from '../../src/db/store-location.ts';

const UNQUALIFIED = ClickFlag.repeat | ClickFlag.crawler | ClickFlag.uncounted;

/** The outbox, the lanes and what clicks say of them, read past the product; also while it runs. */
export class DeliveryTables {
  readonly #location: StoreLocation;

  constructor(location: StoreLocation) {
    this.#location = location;
  }

  /** Lanes that say something else than the deliveries in them: one statement, so one state of the tables. */
  async laneMismatches(): Promise<Row[]> {
    return await this.#ask(`
      select * from (
        select lane, waiting, due_at,
               (select count(*) from delivery where delivery.lane = delivery_lane.lane and state = 0) as found
        from delivery_lane) as looked
      where waiting <> found or (found > 0 and due_at is null)`);
  }

  /** Deliveries in all lanes that are not finished. */
  async waiting(): Promise<number> {
    const [row] = await this.#ask('select coalesce(sum(waiting), 0) as waiting from delivery_lane');
    return Number(row?.waiting);
  }

  async dropped(): Promise<number> {
    const [row] = await this.#ask('select coalesce(sum(dropped), 0) as dropped from delivery_lane');
    return Number(row?.dropped);
  }

  async outbox(): Promise<OutboxRow[]> {
    const rows = await this.#ask(`
      select event_id as id, channel, kind, state, attempts, body, link.public_id as link,
             (select count(*) from delivery_attempt where delivery_id = delivery.id) as logged
      from delivery join link on link.id = delivery.link_id order by delivery.id`);
    return rows.map((row) => ({
      id: String(row.id),
      channel: String(row.channel),
      kind: String(row.kind),
      state: Number(row.state),
      attempts: Number(row.attempts),
      logged: Number(row.logged),
      body: String(row.body),
      link: String(row.link),
    }));
  }

  /** Clicks by the flags they are stored with, beside what ingest says that they have moved. */
  async qualified(): Promise<Map<string, Qualified>> {
    const rows = await this.#ask(`
      select link.public_id as id,
             (select count(*) from click where link_id = link.id and kind = 1 and flags & ${UNQUALIFIED} = 0) as clicks,
             coalesce(link_counter.threshold_clicks, 0) as threshold_clicks,
             coalesce(link_counter.threshold_visitors, 0) as threshold_visitors
      from link left join link_counter on link_counter.link_id = link.id`);
    return new Map(
      rows.map((row) => [
        String(row.id),
        {
          clicks: Number(row.clicks),
          thresholdClicks: Number(row.threshold_clicks),
          thresholdVisitors: Number(row.threshold_visitors),
        },
      ]),
    );
  }

  /** Secrets by the public id of their group; of the project's own webhook by the empty word. */
  async secrets(): Promise<Map<string, string>> {
    const rows = await this.#ask(`
      select coalesce(link_group.public_id, '') as group_id, secret
      from webhook_endpoint left join link_group on link_group.id = webhook_endpoint.group_id`);
    return new Map(rows.map((row) => [String(row.group_id), String(row.secret)]));
  }

  async #ask(sql: string): Promise<Row[]> {
    const { dataDir, database } = this.#location;
    if (database.engine === 'sqlite') {
      const db = new Sqlite(join(dataDir, 'switchyard.db'), { readonly: true, timeout: 10_000 });
      try {
        db.prepare('attach ? as events').run(join(dataDir, 'clicks.db'));
        return db.prepare<[], Row>(sql).all();
      } finally {
        db.close();
      }
    }
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }
}

type Row = Readonly<Record<string, string | number | null>>;

export interface OutboxRow {
  /** Event id. */
  readonly id: string;
  readonly channel: string;
  readonly kind: string;
  readonly state: number;
  readonly attempts: number;
  /** Attempts in the log. */
  readonly logged: number;
  readonly body: string;
  /** Public id of the link it is about. */
  readonly link: string;
}

export interface Qualified {
  readonly clicks: number;
  readonly thresholdClicks: number;
  readonly thresholdVisitors: number;
}
