import { Readable } from 'node:stream';
import { openOfflineTransfer } from '../app/offline-transfer.ts';
import { OperatorError } from './operator-error.ts';
import { callServer, withServerOrStore } from './server-or-store.ts';
import { writeWhole } from './write-whole.ts';

const FORMATS = ['ndjson', 'csv'] as const;

/** `switchyard export`: to stdout, or to a file that is there whole or not at all. */
export async function exportLinks({
  format: named,
  out,
  secrets: wanted,
}: {
  readonly format: string;
  readonly out?: string;
  readonly secrets?: boolean;
}): Promise<void> {
  const format = FORMATS.find((known) => known === named);
  if (!format) throw new OperatorError(`--format must be one of ${FORMATS.join(', ')}.`);
  const secrets = wanted ?? format === 'ndjson';
  const write = (text: Readable) => writeWhole(out, text, 'export');
  await withServerOrStore(
    async (server) => {
      const response = await callServer(server, 'GET', `/api/v1/export?format=${format}&secrets=${secrets}`);
      await write(Readable.fromWeb(response.body as import('node:stream/web').ReadableStream));
    },
    async (store, config) => {
      const transfer = await openOfflineTransfer(store, config);
      const found = await transfer.ingestRest();
      if (found > 0) console.error(`${found} clicks of the journal were counted first.`);
      await write(Readable.from(transfer.exportText(format, secrets)));
    },
    { makesStore: false },
  );
  if (out !== undefined) console.error(`Written to ${out}.`);
  console.error(warningOf(format, secrets));
}

function warningOf(format: (typeof FORMATS)[number], secrets: boolean): string {
  if (secrets)
    return 'It holds the hashes of passwords and the secrets of webhooks: keep it where nobody else reads it.';
  if (format === 'ndjson')
    return 'It holds the hashes of passwords: keep it where nobody else reads it. Webhooks get new secrets.';
  return 'It holds the links without their passwords: those that have one come back paused. For everything: --secrets';
}
