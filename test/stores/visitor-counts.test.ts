import { createSecretKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClickFlag, ClickKind, type ClickRecord } from '../../src/clicks/click-record.ts';
import { DatabaseIngestStore } from '../../src/clicks/ingest/database-ingest-store.ts';
import { enrich } from '../../src/clicks/ingest/enrich.ts';
import { countersOf } from '../../src/clicks/ingest/link-counts.ts';
import { clickRecord } from '../../src/clicks/testing/click-records.ts';
import { countVisitors } from '../../src/clicks/visitor-counts.ts';
import { openBatchWriter } from '../../src/db/open.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

const secret = createSecretKey(Buffer.from('secret'));

describe.each(ENGINES)('visitors of links on $name', (engine) => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
  });
  afterAll(() => bench.close());

  async function ingest(records: readonly ClickRecord[]): Promise<void> {
    const writer = openBatchWriter(bench.location);
    await new DatabaseIngestStore(writer).commit({
      fromOffset: 0,
      to: { uuid: 'segment', sequence: 1, offset: 64, records: records.length, finishedAt: null },
      clicks: records.map((record) => enrich(record, secret)),
      counts: countersOf(records),
    });
    await writer.close();
  }

  test('are those whose clicks are counted, each once, and those an import brought along', async () => {
    const [a, b, c] = await bench.createLinks([{}, {}, {}]);
    if (!a || !b || !c) throw new Error('three links were asked for');
    const click = (linkId: number, address: string, changes: Partial<ClickRecord> = {}) =>
      clickRecord({ linkId, address, ...changes });
    await ingest([
      click(a.id, '192.0.2.1'),
      click(a.id, '192.0.2.1', { flags: ClickFlag.qr }),
      click(a.id, '192.0.2.2', { flags: ClickFlag.automated }),
      click(a.id, '192.0.2.3', { flags: ClickFlag.slot }),
      click(a.id, '192.0.2.4', { flags: ClickFlag.crawler }),
      click(a.id, '192.0.2.5', { flags: ClickFlag.uncounted | ClickFlag.slot }),
      click(a.id, '192.0.2.6', { kind: ClickKind.appOpen }),
      click(b.id, '192.0.2.1'),
    ]);
    await bench.transact((tx) =>
      tx.db.updateTable('link').set({ imported_visitors: 40 }).where('id', 'in', [b.id, c.id]).execute(),
    );
    const counts = await countVisitors(bench.database.read, [a.id, b.id, c.id]);
    expect([a, b, c].map(({ id }) => counts.get(id))).toEqual([3, 41, 40]);
    expect(await countVisitors(bench.database.read, [])).toEqual(new Map());
  });
});
