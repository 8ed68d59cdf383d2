import { createSecretKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstanceSecret } from '../accounts/instance-secret.ts';
import { DatabaseIngestStore } from '../clicks/ingest/database-ingest-store.ts';
import { Dictionary } from '../clicks/ingest/dictionary.ts';
import { GeoDatabaseUnusable, openGeoDatabase } from '../clicks/ingest/geo-database.ts';
import { Ingest } from '../clicks/ingest/ingest.ts';
import { adoptDrafts, listSegments } from '../clicks/journal/segment-directory.ts';
import { makeFirstStatistics } from '../clicks/upkeep/first-statistics.ts';
import { type Config, ConfigError } from '../config/config.ts';
import { openBatchWriter, type Store } from '../db/open.ts';

/**
 * Brings into the tables what a server that was killed has left in its journal, as its next start would: without a
 * server, too, what was answered is counted. The lock of the folder is held meanwhile.
 *
 * @param publicUrl undefined where nobody has said it and it may be another: then nothing is read that would be told
 * under a wrong name
 * @returns how many clicks that were
 * @throws ConfigError
 */
export async function ingestRest(
  { database }: Store,
  config: Config,
  publicUrl: string | undefined,
): Promise<number> {
  const directory = join(config.dataDir, 'journal');
  if (existsSync(directory)) adoptDrafts(directory);
  if ((await listSegments(directory)).length === 0) return 0;
  const secretOf = async (name: Parameters<typeof ensureInstanceSecret>[1]) =>
    createSecretKey(Buffer.from(await ensureInstanceSecret(database, name), 'hex'));
  const [visitorSecret, deferredSecret] = [
    await secretOf('visitor-secret-1'),
    await secretOf('deferred-secret-1'),
  ];
  const writer = openBatchWriter(config);
  try {
    const store = new DatabaseIngestStore(writer, publicUrl ?? '', new Dictionary(), deferredSecret);
    const ingest = new Ingest({
      ...{ directory, store, visitorSecret, geo: geoOf(config), writerGone: true },
      report: (event, { path }) => console.error(`${event}: ${path ?? ''}`),
    });
    const { records } = await ingest.backlog();
    if (records === 0) return 0;
    if (publicUrl === undefined) throw new ConfigError(unnamed(records));
    await makeFirstStatistics(writer);
    while (!(await ingest.runOnce()).idle);
    return ingest.ingested;
  } finally {
    await writer.close();
  }
}

function geoOf({ geoDatabase }: Config) {
  try {
    return openGeoDatabase(geoDatabase);
  } catch (error) {
    throw error instanceof GeoDatabaseUnusable ? new ConfigError(error.message) : error;
  }
}

function unnamed(records: number): string {
  return `${records} clicks of the journal are not in the tables yet. Give PUBLIC_URL, and whatever else the server is started with, so that they can be brought there; or start it once`;
}
