import type { BatchInsert, BatchTransaction, BatchWriter } from '../../db/batch-writer.ts';
import type { EnrichedClick } from './enrich.ts';
import { type IngestBatch, type IngestStore, PositionMoved, type SegmentPosition } from './ingest-store.ts';
import type { LinkCounts } from './link-counts.ts';

const CLICK_COLUMNS = {
  click_id: 'text',
  kind: 'integer',
  at: 'bigint',
  link_id: 'bigint',
  group_id: 'bigint',
  domain_id: 'bigint',
  route_id: 'bigint',
  flags: 'integer',
  visitor: 'text',
  user_agent: 'text',
  language: 'text',
  referrer_host: 'text',
  utm: 'text',
} as const satisfies BatchInsert['columns'];

const COUNTER_COLUMNS = {
  link_id: 'bigint',
  clicks: 'bigint',
  slots_taken: 'bigint',
  clicks_unslotted: 'bigint',
  first_click_at: 'bigint',
  last_click_at: 'bigint',
} as const satisfies BatchInsert['columns'];

/** `coalesce` twice: the smaller (greater) of two instants of which either may be missing, on both engines. */
const ADD_TO_COUNTER = `
  on conflict (link_id) do update set
    clicks = link_counter.clicks + excluded.clicks,
    slots_taken = link_counter.slots_taken + excluded.slots_taken,
    clicks_unslotted = link_counter.clicks_unslotted + excluded.clicks_unslotted,
    first_click_at = case when excluded.first_click_at < coalesce(link_counter.first_click_at, excluded.first_click_at + 1)
                          then excluded.first_click_at else link_counter.first_click_at end,
    last_click_at = case when excluded.last_click_at > coalesce(link_counter.last_click_at, excluded.last_click_at - 1)
                         then excluded.last_click_at else link_counter.last_click_at end`;

interface SegmentRow {
  uuid: string;
  sequence: number;
  offset_bytes: number;
  records: number;
  finished_at: number | null;
}

/** The clicks of the journal in the event tables. */
export class DatabaseIngestStore implements IngestStore {
  readonly #writer: BatchWriter;

  constructor(writer: BatchWriter) {
    this.#writer = writer;
  }

  loadPositions(uuids: readonly string[]): Promise<SegmentPosition[]> {
    return this.#writer.transact(async (tx) => {
      const positions: SegmentPosition[] = [];
      for (const uuid of uuids) {
        const rows = await tx.all<SegmentRow>('select * from journal_segment where uuid = $1', [uuid]);
        positions.push(...rows.map(positionFromRow));
      }
      return positions;
    });
  }

  commit(batch: IngestBatch): Promise<void> {
    return this.#writer.transact(async (tx) => {
      if ((await movePosition(tx, batch)) !== 1) throw new PositionMoved(batch);
      await tx.insertMany({ table: 'click', columns: CLICK_COLUMNS, rows: batch.clicks.map(clickRow) });
      await tx.insertMany({
        table: 'link_counter',
        columns: COUNTER_COLUMNS,
        // In one order everywhere, so that two processes counting the same links cannot block each other.
        rows: [...batch.counts].sort((a, b) => a.linkId - b.linkId).map(counterRow),
        onConflict: ADD_TO_COUNTER,
      });
    });
  }

  forgetSegments(uuids: readonly string[]): Promise<void> {
    return this.#writer.transact(async (tx) => {
      for (const uuid of uuids) await tx.run('delete from journal_segment where uuid = $1', [uuid]);
    });
  }
}

function movePosition(tx: BatchTransaction, { fromOffset, to }: IngestBatch): Promise<number> {
  if (fromOffset === 0) {
    return tx.run(
      `insert into journal_segment (uuid, sequence, offset_bytes, records, finished_at) values ($1, $2, $3, $4, $5)
       on conflict (uuid) do nothing`,
      [to.uuid, to.sequence, to.offset, to.records, to.finishedAt],
    );
  }
  return tx.run(
    `update journal_segment set offset_bytes = $1, records = $2, finished_at = $3
      where uuid = $4 and offset_bytes = $5 and finished_at is null`,
    [to.offset, to.records, to.finishedAt, to.uuid, fromOffset],
  );
}

function positionFromRow(row: SegmentRow): SegmentPosition {
  return {
    uuid: row.uuid,
    sequence: row.sequence,
    offset: row.offset_bytes,
    records: row.records,
    finishedAt: row.finished_at,
  };
}

function clickRow(click: EnrichedClick): BatchInsert['rows'][number] {
  return [
    click.id,
    click.kind,
    click.at,
    click.linkId,
    click.groupId,
    click.domainId,
    click.routeId,
    click.flags,
    click.visitor,
    click.userAgent,
    click.language,
    click.referrerHost,
    click.utm === null ? null : JSON.stringify(click.utm),
  ];
}

function counterRow(counts: LinkCounts): BatchInsert['rows'][number] {
  const { linkId, clicks, slotsTaken, clicksUnslotted, firstClickAt, lastClickAt } = counts;
  return [linkId, clicks, slotsTaken, clicksUnslotted, firstClickAt, lastClickAt];
}
