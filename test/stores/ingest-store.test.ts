import { createSecretKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClickFlag, type ClickRecord } from '../../src/clicks/click-record.ts';
import { DatabaseIngestStore } from '../../src/clicks/ingest/database-ingest-store.ts';
import { enrich } from '../../src/clicks/ingest/enrich.ts';
import { type IngestBatch, PositionMoved } from '../../src/clicks/ingest/ingest-store.ts';
import { countersOf } from '../../src/clicks/ingest/link-counts.ts';
import { clickRecord } from '../../src/clicks/testing/click-records.ts';
import type { BatchWriter } from '../../src/db/batch-writer.ts';
import { openBatchWriter } from '../../src/db/open.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

const secret = createSecretKey(Buffer.from('secret'));

let segments = 0;
const newSegment = () => `segment-${++segments}`;

function batch(
  uuid: string,
  from: number,
  to: number,
  records: readonly ClickRecord[],
  finished = false,
): IngestBatch {
  return {
    fromOffset: from,
    to: { uuid, sequence: 1, offset: to, records: records.length, finishedAt: finished ? 5_000 : null },
    clicks: records.map((record) => enrich(record, { secret, geo: undefined })),
    counts: countersOf(records),
  };
}

describe.each(ENGINES)('clicks on $name', (engine) => {
  let bench: Workbench;
  let writer: BatchWriter;
  let store: DatabaseIngestStore;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
    writer = openBatchWriter(bench.location);
    store = new DatabaseIngestStore(writer, 'http://localhost:8080');
  });
  afterAll(async () => {
    await writer.close();
    await bench.close();
  });

  const clicksOf = (linkId: number) =>
    bench.database.read.selectFrom('click').selectAll().where('link_id', '=', linkId).orderBy('id').execute();
  const counterOf = (linkId: number) =>
    bench.database.read
      .selectFrom('link_counter')
      .selectAll()
      .where('link_id', '=', linkId)
      .executeTakeFirst();

  test('a batch leaves its clicks, its counters and its position', async () => {
    const uuid = newSegment();
    const linkId = 100;
    const records = [
      clickRecord({ linkId, at: 3_000, groupId: 7 }),
      clickRecord({ linkId, at: 1_000, flags: ClickFlag.slot, utm: null }),
      clickRecord({ linkId, at: 9_000, flags: ClickFlag.crawler }),
      clickRecord({ linkId, at: 2_000, userAgent: "'; drop table click; -- \\ \u{1f3d6}" }),
    ];
    await store.commit(batch(uuid, 0, 64, records));
    expect(await store.loadPositions([uuid, 'unknown'])).toEqual([
      { uuid, sequence: 1, offset: 64, records: 4, finishedAt: null },
    ]);
    expect(await counterOf(linkId)).toEqual({
      link_id: linkId,
      clicks: 3,
      slots_taken: 1,
      clicks_unslotted: 2,
      first_click_at: 1_000,
      last_click_at: 3_000,
      // The phone's click at 3 s repeats its click at 1 s.
      threshold_clicks: 2,
      threshold_visitors: 2,
    });
    const rows = await clicksOf(linkId);
    expect(rows.map(({ click_id }) => click_id)).toEqual(records.map(({ id }) => id));
    expect(rows[0]).toMatchObject({ group_id: 7, utm: '{"source":"mail"}', referrer_host: 'news.example' });
    expect(rows[1]).toMatchObject({ group_id: null, utm: null });
    expect(rows[3]?.user_agent).toBe("'; drop table click; -- \\ \u{1f3d6}");
    expect(JSON.stringify(rows)).not.toContain('203.0.113.7');
  });

  test('the same batch again is refused, and nothing is there twice', async () => {
    const uuid = newSegment();
    const first = batch(uuid, 0, 64, [clickRecord({ linkId: 200 })]);
    const second = batch(uuid, 64, 128, [clickRecord({ linkId: 200 })]);
    await store.commit(first);
    await expect(store.commit(first)).rejects.toThrow(PositionMoved);
    await store.commit(second);
    await expect(store.commit(second)).rejects.toThrow(PositionMoved);
    await expect(store.commit(first)).rejects.toThrow(PositionMoved);
    expect(await clicksOf(200)).toHaveLength(2);
    expect(await counterOf(200)).toMatchObject({ clicks: 2 });
  });

  test('a batch from an offset where the segment never was is refused', async () => {
    const unknown = batch(newSegment(), 64, 128, [clickRecord({ linkId: 201 })]);
    await expect(store.commit(unknown)).rejects.toThrow(PositionMoved);
    expect(await clicksOf(201)).toEqual([]);
  });

  test('a finished segment takes nothing more, until it is forgotten', async () => {
    const uuid = newSegment();
    await store.commit(batch(uuid, 0, 64, [clickRecord({ linkId: 202 })]));
    await store.commit(batch(uuid, 64, 64, [], true));
    await expect(store.commit(batch(uuid, 64, 128, [clickRecord({ linkId: 202 })]))).rejects.toThrow(
      PositionMoved,
    );
    await store.forgetSegments([uuid, 'unknown']);
    expect(await store.loadPositions([uuid])).toEqual([]);
    expect(await clicksOf(202)).toHaveLength(1);
  });

  test('of several that commit one batch at once, exactly one succeeds', async () => {
    const writers = Array.from({ length: engine.name === 'SQLite' ? 1 : 4 }, () =>
      openBatchWriter(bench.location),
    );
    const same = batch(newSegment(), 0, 64, [clickRecord({ linkId: 203 }), clickRecord({ linkId: 203 })]);
    const outcomes = await Promise.allSettled(
      writers.flatMap((one) =>
        [0, 1].map(() => new DatabaseIngestStore(one, 'http://localhost:8080').commit(same)),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(PositionMoved);
    }
    expect(await clicksOf(203)).toHaveLength(2);
    await Promise.all(writers.map((one) => one.close()));
  });

  test('two processes that count the same links in opposite orders lose nothing and block nobody', async () => {
    const links = Array.from({ length: 100 }, (_, index) => 1_000 + index);
    const commit = async (order: readonly number[]) => {
      const own = openBatchWriter(bench.location);
      for (let round = 0; round < 5; round++) {
        await new DatabaseIngestStore(own, 'http://localhost:8080').commit(
          batch(
            newSegment(),
            0,
            64,
            order.map((linkId) => clickRecord({ linkId })),
          ),
        );
      }
      await own.close();
    };
    if (engine.name === 'SQLite') {
      await commit(links);
      await commit(links.toReversed());
    } else {
      await Promise.all([commit(links), commit(links.toReversed())]);
    }
    for (const linkId of [1_000, 1_050, 1_099]) expect(await counterOf(linkId)).toMatchObject({ clicks: 10 });
  });

  test('a counter without a click yet learns its first and last from the next', async () => {
    const slot = clickRecord({ linkId: 300, flags: ClickFlag.slot | ClickFlag.uncounted });
    await store.commit(batch(newSegment(), 0, 64, [slot]));
    expect(await counterOf(300)).toMatchObject({ clicks: 0, slots_taken: 1, first_click_at: null });
    await store.commit(batch(newSegment(), 0, 64, [clickRecord({ linkId: 300, at: 5_000 })]));
    await store.commit(batch(newSegment(), 0, 64, [clickRecord({ linkId: 300, at: 4_000 })]));
    await store.commit(batch(newSegment(), 0, 64, [slot]));
    expect(await counterOf(300)).toMatchObject({ clicks: 2, first_click_at: 4_000, last_click_at: 5_000 });
  });

  test('a commit that breaks half-way leaves nothing, and the next one is as if it had never been', async () => {
    const uuid = newSegment();
    const records = [clickRecord({ linkId: 400 }), clickRecord({ linkId: 400 })];
    const good = batch(uuid, 0, 64, records);
    const broken = { ...good, counts: [{ ...good.counts[0], clicks: null }] } as unknown as IngestBatch;
    await expect(store.commit(broken)).rejects.toThrow(/null/i);
    expect(await store.loadPositions([uuid])).toEqual([]);
    expect(await clicksOf(400)).toEqual([]);
    expect(await counterOf(400)).toBeUndefined();
    await store.commit(good);
    expect(await counterOf(400)).toMatchObject({ clicks: 2 });
  });

  test('asking for positions while a batch is being written is possible', async () => {
    const uuid = newSegment();
    const [, known] = await Promise.all([
      store.commit(batch(uuid, 0, 64, [clickRecord({ linkId: 500 })])),
      store.loadPositions([uuid]),
      store.loadPositions(['unknown']),
    ]);
    expect(known.length).toBeLessThanOrEqual(1);
    expect(await clicksOf(500)).toHaveLength(1);
  });

  test('a batch of many thousand clicks is one commit', async () => {
    const records = Array.from({ length: 5_000 }, () => clickRecord({ linkId: 600 }));
    await store.commit(batch(newSegment(), 0, 64, records));
    expect(await counterOf(600)).toMatchObject({ clicks: 5_000 });
    const link = await bench.createLink();
    await store.commit(batch(newSegment(), 0, 64, [clickRecord({ linkId: link.id, at: 7_000 })]));
    expect(await bench.loadLink(link)).toMatchObject({ clicks: 1, lastClickAt: 7_000 });
  });
});
