import { statSync } from 'node:fs';
import { join } from 'node:path';
import { countedClicks } from './counted-clicks.ts';
import { residentBytes } from './cpu-clock.ts';
import { count, megabytes, micros, millis } from './figures.ts';
import { LoadGenerator } from './load/load-generator.ts';
import type { ManyLinks } from './many-links.ts';
import { markdownTable } from './markdown-table.ts';
import type { BenchOptions } from './options.ts';
import { SERVER_CORE } from './servers/pinned-process.ts';
import { SwitchyardServer } from './servers/switchyard-server.ts';
import { settle } from './settle.ts';
import { median } from './statistics.ts';
import { type Turn, takeTurn } from './turn.ts';

const TURNS = 5;
const SETTLE_PATIENCE_MS = 60_000;

interface Row {
  readonly name: string;
  readonly startBytes: number;
  readonly endBytes: number;
  readonly turns: readonly Turn[];
}

/** Links that nobody has asked for lately, and what remembering them costs. */
export async function coldBench({ seconds, program, say }: BenchOptions, many: ManyLinks): Promise<string> {
  const { dataDir } = await many.made();
  await using generator = new LoadGenerator();
  const clicksBefore = countedClicks(dataDir);
  const random = { kind: 'saturate', warmUpMs: 400, measureMs: seconds * 1_000 } as const;
  const each = { kind: 'each' } as const;

  const serve = async (
    name: string,
    indexSize: number | undefined,
    arrivals: readonly (typeof random | typeof each)[],
  ) => {
    say(name);
    await using server = await SwitchyardServer.start({
      name,
      dataDir,
      core: SERVER_CORE,
      program,
      env: indexSize === undefined ? {} : { LINK_INDEX_SIZE: String(indexSize) },
    });
    await settle(server.pid, SETTLE_PATIENCE_MS);
    const startBytes = residentBytes(server.pid);
    const turns: Turn[] = [];
    for (const arrival of arrivals)
      turns.push(await takeTurn(generator, server, { links: many.links, arrival }));
    return { name, startBytes, endBytes: residentBytes(server.pid), turns };
  };

  const rows: Row[] = [
    await serve('LINK_INDEX_SIZE=1000, random links', 1_000, Array(TURNS).fill(random)),
    await serve('default index, each link once', undefined, [each]),
    await serve(`LINK_INDEX_SIZE=${many.links}, each link once`, many.links, [each]),
  ];
  const answered = rows.flatMap(({ turns }) => turns).reduce((sum, turn) => sum + turn.answeredInAll, 0);
  const counted = countedClicks(dataDir) - clicksBefore;
  if (counted !== answered) throw new Error(`${answered} visits were answered, but ${counted} are counted`);
  return [
    `## Cold links: ${count(many.links)} links in SQLite (${megabytes(statSync(join(dataDir, 'switchyard.db')).size)}), 64 connections`,
    markdownTable(
      ['server', 'redirects/s', 'CPU µs, answering', 'p50 ms', 'p99 ms', 'memory at start', 'memory after'],
      rows.map(({ name, turns, startBytes, endBytes }) => [
        name,
        count(median(turns.map(({ perSecond }) => perSecond))),
        micros(median(turns.map(({ cpuUs }) => cpuUs.main))),
        millis(median(turns.map(({ p50Us }) => p50Us))),
        millis(median(turns.map(({ p99Us }) => p99Us))),
        megabytes(startBytes),
        megabytes(endBytes),
      ]),
    ),
    `Answered visits ${count(answered)}, counted clicks ${count(counted)}.`,
  ].join('\n\n');
}
