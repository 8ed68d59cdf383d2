import { join } from 'node:path';
import { GeneratedClicks } from './clicks/generated-clicks.ts';
import { journalClicks } from './clicks/journalled-clicks.ts';
import { count, millis, ratio } from './figures.ts';
import { fill } from './fill.ts';
import { LoadGenerator } from './load/load-generator.ts';
import type { LoadResult } from './load/load-plan.ts';
import { markdownTable } from './markdown-table.ts';
import type { BenchOptions } from './options.ts';
import { LOAD_CORE, SERVER_CORE } from './servers/pinned-process.ts';
import { SwitchyardServer } from './servers/switchyard-server.ts';
import { settle } from './settle.ts';
import { median } from './statistics.ts';
import { TemporaryFolder } from './temporary-folder.ts';

const LINKS = 2_000;
const BACKLOG = 300_000;
const WARM_UP_MS = 500;
const GOAL_P99 = 1.5;

interface Measured {
  readonly load: LoadResult;
  /** Event-loop delay, 99 %, in milliseconds, as the server says of the last one to two minutes. */
  readonly loopDelayMs: number;
  readonly lagRecords: number;
}

/** What visitors feel of ingest at full speed: redirects while clicks wait in the journal, and afterwards. */
export async function redirectIngestBench(options: BenchOptions): Promise<string> {
  const { seconds, rate, say } = options;
  using folder = new TemporaryFolder();
  await using generator = new LoadGenerator();
  const start = () =>
    SwitchyardServer.start({
      name: 'Switchyard',
      dataDir: folder.path,
      core: SERVER_CORE,
      program: options.program,
    });
  {
    await using first = await start();
    await fill(first, LINKS, say);
  }
  say(`journalling ${count(BACKLOG)} clicks`);
  const clicks = new GeneratedClicks({ clicks: 10_000_000, endAt: Date.UTC(2026, 10, 1) });
  await journalClicks(join(folder.path, 'journal'), clicks, BACKLOG);

  await using server = await start();
  server.moveBackgroundThreads(LOAD_CORE);
  const turn = async (): Promise<Measured> => {
    const load = await generator.run({
      port: server.port,
      connections: 64,
      links: LINKS,
      arrival: { kind: 'steady', perSecond: rate, warmUpMs: WARM_UP_MS, measureMs: seconds * 1_000 },
    });
    return { load, ...(await readMetrics(server.port)) };
  };
  const under: Measured[] = [];
  // The first turn warms the server up.
  await turn();
  // In the end only the visits of the last two seconds wait.
  for (let measured = await turn(); measured.lagRecords > 2 * rate; measured = await turn()) {
    under.push(measured);
    say(`${count(measured.lagRecords)} clicks wait`);
  }
  await settle(server.pid, 120_000);
  const idle: Measured[] = [];
  for (let n = 0; n < Math.max(3, under.length); n++) idle.push(await turn());
  const p99 = (all: readonly Measured[]) => median(all.map(({ load }) => load.p99Us));
  const row = (name: string, all: readonly Measured[]) => [
    name,
    String(all.length),
    millis(median(all.map(({ load }) => load.p50Us))),
    millis(p99(all)),
    median(all.map(({ loopDelayMs }) => loopDelayMs)).toFixed(1),
    ratio(p99(all) / p99(idle)),
  ];
  const verdict = p99(under) / p99(idle) <= GOAL_P99 ? 'reached' : 'missed';
  return `## Redirects while ${count(BACKLOG)} clicks are ingested

A steady ${count(rate)} visits a second, turns of ${seconds} s; the answering thread has a core, ingest shares the other one with the load generator.

${markdownTable(['', 'turns', 'p50 ms', 'p99 ms', 'event-loop delay p99 ms', 'p99 vs idle'], [row('ingest idle', idle), row('ingest at full speed', under)])}

- p99 under full ingest at most ${ratio(GOAL_P99)} of idle: ${ratio(p99(under) / p99(idle))}, ${verdict}`;
}

async function readMetrics(port: number): Promise<Omit<Measured, 'load'>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const value = (start: string) => {
    const line = text.split('\n').find((one) => one.startsWith(start));
    return line ? Number(line.slice(line.lastIndexOf(' ') + 1)) : Number.NaN;
  };
  return {
    loopDelayMs: value('switchyard_event_loop_delay_seconds{quantile="0.99"}') * 1_000,
    lagRecords: value('switchyard_journal_lag_records'),
  };
}
