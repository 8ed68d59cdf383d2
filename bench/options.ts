import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { EngineName } from './spike/spike-database.ts';

/** They decided something once, and take long. */
const ONLY_WHEN_NAMED: readonly string[] = ['statistics-schemas'];

export interface BenchOptions {
  readonly rounds: number;
  readonly seconds: number;
  /** Visits a second of the rounds at a steady rate. */
  readonly rate: number;
  /** Links of the benches with many links. */
  readonly manyLinks: number;
  /** The `main.ts` or `main.js` of the server to measure; undefined: this repository's. */
  readonly program: string | undefined;
  /** How long all of a bench's turns together may wait for other programs to be quiet. */
  readonly patienceMs: number;
  /** Clicks and engines of the benches of statistics. */
  readonly clicks: number;
  readonly engines: readonly EngineName[];
  /** What waits in the outbox of the benches of deliveries. */
  readonly deliveries: number;
  /** Rows of the file of the bench of imports. */
  readonly rows: number;
  readonly say: (message: string) => void;
}

export const USAGE = `npm run bench -- [name...] [options]

  redirect        redirects with the click journal on, against plain node:http and bare Fastify
  redirect-disk   the same with CLICK_DURABILITY=disk against process
  cold            lookups that the link index does not remember, and memory, with 1,000,000 links
  group           one call that changes a group of 1,000,000 links, and the first visit after it
  ingest          clicks out of the journal into rows and statistics, 1,000,000 of them
  redirect-ingest redirects while 300,000 clicks are ingested, and afterwards
  deliveries      webhooks a second to 1,000 receivers, against a bare node:http client
  redirect-pending  redirects while deliveries wait, are held, or meet receivers that hang or refuse
  statistics      what a dashboard asks of 1, 3 and 10 million clicks
  qr              codes, painted and remembered, and redirects beside them
  import          a file of Firebase's Takeout into an empty store, against plain inserts of its cells
  backup          a million clicks into a backup and out of it, against reading them one after another
  statistics-schemas   ways to keep clicks for statistics (an hour or more; only when it is named)

  --rounds N      how often each server has its turn (redirect: 8, redirect-disk: 6)
  --seconds N     measured seconds of a turn (3)
  --rate N        visits a second in the turns at a steady rate (8000)
  --links N       links of cold and group (1000000)
  --patience N    seconds that turns may wait in all for other programs to be quiet (30)
  --clicks N      clicks of statistics and statistics-schemas (10000000)
  --deliveries N  deliveries of deliveries and redirect-pending (100000)
  --rows N        rows of import (100000)
  --quick         import takes a tenth of its rows
  --engine NAME   sqlite or postgres, of ingest, deliveries, import, backup, statistics and statistics-schemas (both)
  --server PATH   main.js or main.ts of another build, to compare with this one

Without a name all others run, one after the other.`;

export function readOptions(args: readonly string[], names: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '8' },
      seconds: { type: 'string', default: '3' },
      rate: { type: 'string', default: '8000' },
      links: { type: 'string', default: '1000000' },
      patience: { type: 'string', default: '30' },
      clicks: { type: 'string', default: '10000000' },
      deliveries: { type: 'string', default: '100000' },
      rows: { type: 'string', default: '100000' },
      quick: { type: 'boolean', default: false },
      engine: { type: 'string' },
      server: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`There is no bench named ${unknown}.\n\n${USAGE}`);
  const options: BenchOptions = {
    rounds: wholeNumber('rounds', values.rounds, 1, 100),
    seconds: wholeNumber('seconds', values.seconds, 1, 60),
    rate: wholeNumber('rate', values.rate, 1, 1_000_000),
    manyLinks: wholeNumber('links', values.links, 1_000, 10_000_000),
    patienceMs: wholeNumber('patience', values.patience, 0, 86_400) * 1_000,
    clicks: wholeNumber('clicks', values.clicks, 100_000, 100_000_000),
    engines: enginesOf(values.engine),
    deliveries: wholeNumber('deliveries', values.deliveries, 1_000, 1_000_000),
    rows: wholeNumber('rows', values.rows, 1_000, 10_000_000) / (values.quick ? 10 : 1),
    program: values.server === undefined ? undefined : resolve(values.server),
    say: (message) => process.stderr.write(`${message}\n`),
  };
  const usual = names.filter((name) => !ONLY_WHEN_NAMED.includes(name));
  return { help: values.help, names: positionals.length > 0 ? positionals : usual, options };
}

function enginesOf(name: string | undefined): readonly EngineName[] {
  if (name === undefined) return ['sqlite', 'postgres'];
  if (name === 'sqlite' || name === 'postgres') return [name];
  throw new Error(`--engine must be sqlite or postgres; it is "${name}".`);
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new Error(`--${name} must be a whole number from ${min} to ${max}; it is "${text}".`);
}
