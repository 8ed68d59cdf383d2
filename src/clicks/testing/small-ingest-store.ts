import Database from 'better-sqlite3';
import {
  type IngestBatch,
  type IngestStore,
  PositionMoved,
  type SegmentPosition,
} from '../ingest/ingest-store.ts';

/** A real SQLite store in memory, small enough to be read with the tests: the contract and nothing else. */
export class SmallIngestStore implements IngestStore {
  #db: Database.Database;
  /** Set to make the next commits fail: before they change anything, or after they have changed everything. */
  failing: 'before' | 'after' | undefined;
  commits = 0;

  constructor() {
    this.#db = new Database(':memory:');
    this.#db.exec(`
      create table click (click_id text not null, link_id integer not null);
      create table link_counter (link_id integer primary key, clicks integer not null);
      create table journal_segment (
        uuid text primary key, sequence integer not null, offset_bytes integer not null,
        records integer not null, finished_at integer
      );`);
  }

  async loadPositions(uuids: readonly string[]): Promise<SegmentPosition[]> {
    const select = this.#db.prepare<[string], SegmentPosition>(
      `select uuid, sequence, offset_bytes as offset, records, finished_at as finishedAt
       from journal_segment where uuid = ?`,
    );
    return uuids.map((uuid) => select.get(uuid)).filter((row) => row !== undefined);
  }

  async commit(batch: IngestBatch): Promise<void> {
    if (this.failing === 'before') throw new Error('The store is away');
    this.#db.transaction(() => this.#write(batch))();
    this.commits += 1;
    if (this.failing === 'after') throw new Error('The connection broke after the commit');
  }

  #write({ fromOffset, to, clicks, counts }: IngestBatch): void {
    const moved =
      fromOffset === 0
        ? this.#db
            .prepare('insert into journal_segment values (?, ?, ?, ?, ?) on conflict do nothing')
            .run(to.uuid, to.sequence, to.offset, to.records, to.finishedAt)
        : this.#db
            .prepare(
              `update journal_segment set offset_bytes = ?, records = ?, finished_at = ?
               where uuid = ? and offset_bytes = ? and finished_at is null`,
            )
            .run(to.offset, to.records, to.finishedAt, to.uuid, fromOffset);
    if (moved.changes !== 1) throw new PositionMoved({ fromOffset, to, clicks, counts });
    const insert = this.#db.prepare('insert into click values (?, ?)');
    for (const click of clicks) insert.run(click.id, click.linkId);
    const count = this.#db.prepare(
      'insert into link_counter values (?, ?) on conflict (link_id) do update set clicks = clicks + excluded.clicks',
    );
    for (const { linkId, clicks } of counts) count.run(linkId, clicks);
  }

  async tidy(): Promise<boolean> {
    return false;
  }

  async forgetSegments(uuids: readonly string[]): Promise<void> {
    const forget = this.#db.prepare('delete from journal_segment where uuid = ?');
    for (const uuid of uuids) forget.run(uuid);
  }

  clickIds(): string[] {
    return this.#db.prepare<[], string>('select click_id from click order by rowid').pluck().all();
  }

  countedClicks(): number {
    return (
      this.#db.prepare<[], number>('select coalesce(sum(clicks), 0) from link_counter').pluck().get() ?? 0
    );
  }

  positions(): number {
    return this.#db.prepare<[], number>('select count(*) from journal_segment').pluck().get() ?? 0;
  }

  backup(): Buffer {
    return this.#db.serialize();
  }

  rollBackTo(backup: Buffer): void {
    this.#db.close();
    this.#db = new Database(backup);
  }

  close(): void {
    this.#db.close();
  }
}
