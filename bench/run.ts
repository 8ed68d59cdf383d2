import { cpus } from 'node:os';
import { backupBench } from './backup-bench.ts';
import { coldBench } from './cold-bench.ts';
import { deliveriesBench } from './deliveries-bench.ts';
import { groupBench } from './group-bench.ts';
import { importBench } from './import-bench.ts';
import { ingestBench } from './ingest-bench.ts';
import { ManyLinks } from './many-links.ts';
import { type BenchOptions, readOptions, USAGE } from './options.ts';
import { qrBench } from './qr-bench.ts';
import { redirectBench } from './redirect-bench.ts';
import { redirectDiskBench } from './redirect-disk-bench.ts';
import { redirectIngestBench } from './redirect-ingest-bench.ts';
import { redirectPendingBench } from './redirect-pending-bench.ts';
import { statisticsSchemas } from './spike/statistics-schemas.ts';
import { statisticsBench } from './statistics-bench.ts';

/** `npm run bench`: runs the named benches, or all, and prints one report as Markdown. */

type Bench = (options: BenchOptions, many: ManyLinks) => Promise<string>;

const BENCHES: Readonly<Record<string, Bench>> = {
  redirect: redirectBench,
  'redirect-disk': redirectDiskBench,
  cold: coldBench,
  group: groupBench,
  ingest: ingestBench,
  'redirect-ingest': redirectIngestBench,
  deliveries: deliveriesBench,
  'redirect-pending': redirectPendingBench,
  statistics: statisticsBench,
  qr: qrBench,
  import: importBench,
  backup: backupBench,
  'statistics-schemas': statisticsSchemas,
};

// A second signal, while children are being stopped, ends at once; `exit` still ends them.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

try {
  const { help, names, options } = readOptions(process.argv.slice(2), Object.keys(BENCHES));
  if (help) {
    console.log(USAGE);
  } else {
    console.log(`Node ${process.versions.node}, ${process.platform}, ${cpus().length} cores\n`);
    using many = new ManyLinks(options);
    for (const name of names) {
      options.say(`\n${name}`);
      console.log(`${await BENCHES[name]?.(options, many)}\n`);
    }
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
