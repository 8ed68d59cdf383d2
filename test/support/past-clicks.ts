import { createSecretKey, randomUUID } from 'node:crypto';
import type { ClickRecord } from '../../src/clicks/click-record.ts';
import { DatabaseIngestStore } from '../../src/clicks/ingest/database-ingest-store.ts';
import { enrich } from '../../src/clicks/ingest/enrich.ts';
import { openGeoDatabase } from '../../src/clicks/ingest/geo-database.ts';
import { countersOf } from '../../src/clicks/ingest/link-counts.ts';
import { openBatchWriter, openStore } from '../../src/db/open.ts';
import type { StoreLocation } from '../../src/db/store-location.ts';

/** Addresses whose country the packaged database knows, and one that nobody has (RFC 5737). */
export const KOREA = ['211.115.1.1', '211.115.1.2', '211.115.1.3'] as const;
export const JAPAN = '133.11.1.1';
export const AMERICA = '8.8.8.8';
export const NOWHERE = '192.0.2.1';

const geo = openGeoDatabase('packaged');
const secret = createSecretKey(Buffer.from('a secret of the past'));
let segments = 0;

/** Counts clicks of any time, as ingest does with those of a journal segment. */
export async function ingestPast(location: StoreLocation, records: readonly ClickRecord[]): Promise<void> {
  const writer = openBatchWriter(location);
  const sequence = ++segments;
  await new DatabaseIngestStore(writer, 'http://localhost:8080').commit({
    fromOffset: 0,
    to: { uuid: randomUUID(), sequence, offset: 64, records: records.length, finishedAt: 1 },
    clicks: records.map((record) => enrich(record, { secret, geo })),
    counts: countersOf(records),
  });
  await writer.close();
}

/** The number of a link, which records of clicks have and no API shows. */
export async function numberOfLink(location: StoreLocation, code: string): Promise<number> {
  const { database, feed } = await openStore(location);
  try {
    const { link_id } = await database.read
      .selectFrom('link_code')
      .select('link_id')
      .where('code', '=', code)
      .executeTakeFirstOrThrow();
    return link_id;
  } finally {
    await feed.stop();
    await database.close();
  }
}
