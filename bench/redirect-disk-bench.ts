import { requireAllCounted } from './counted-clicks.ts';
import { count, micros, millis, ratio } from './figures.ts';
import { fill } from './fill.ts';
import { LoadGenerator } from './load/load-generator.ts';
import type { LoadPlan } from './load/load-plan.ts';
import { markdownTable } from './markdown-table.ts';
import type { BenchOptions } from './options.ts';
import { middle, playRounds, relative } from './rounds.ts';
import { SERVER_CORE } from './servers/pinned-process.ts';
import { SwitchyardServer } from './servers/switchyard-server.ts';
import { TemporaryFolder } from './temporary-folder.ts';
import { takeTurn } from './turn.ts';

const LINKS = 100_000;
const WARM_UP_MS = 400;

/** What it costs visitors to wait for the disk. */
export async function redirectDiskBench(options: BenchOptions): Promise<string> {
  const { rounds, seconds, program, say } = options;
  await using generator = new LoadGenerator();
  using processFolder = new TemporaryFolder();
  using diskFolder = new TemporaryFolder();
  const answered = new Map<string, number>();
  const start = async (durability: string, dataDir: string) => {
    const server = await SwitchyardServer.start({
      name: `CLICK_DURABILITY=${durability}`,
      dataDir,
      core: SERVER_CORE,
      program,
      env: { CLICK_DURABILITY: durability },
    });
    await fill(server, LINKS, say);
    return server;
  };
  const scores = await (async () => {
    await using process = await start('process', processFolder.path);
    await using disk = await start('disk', diskFolder.path);
    const turnOf = async (server: SwitchyardServer, arrival: LoadPlan['arrival']) => {
      const turn = await takeTurn(generator, server, { links: LINKS, arrival });
      answered.set(server.name, (answered.get(server.name) ?? 0) + turn.answeredInAll);
      return turn;
    };
    for (const server of [process, disk]) await turnOf(server, { kind: 'each' });
    const arrival = { kind: 'saturate', warmUpMs: WARM_UP_MS, measureMs: seconds * 1_000 } as const;
    return await playRounds(
      [process, disk].map((server) => ({ name: server.name, turn: () => turnOf(server, arrival) })),
      rounds,
      options,
    );
  })();
  const [reference] = scores;
  if (!reference) return '';
  return [
    `## Waiting for the disk: ${count(LINKS)} hot links, 64 connections, ${rounds} rounds of ${seconds} s`,
    markdownTable(
      ['', 'redirects/s', 'CPU µs, answering', 'CPU µs, all', 'p50 ms', 'p99 ms', 'p99 vs process'],
      scores.map((score) => [
        score.name,
        count(middle(score, ({ perSecond }) => perSecond)),
        micros(middle(score, ({ cpuUs }) => cpuUs.main)),
        micros(middle(score, ({ cpuUs }) => cpuUs.process)),
        millis(middle(score, ({ p50Us }) => p50Us)),
        millis(middle(score, ({ p99Us }) => p99Us)),
        ratio(relative(score, reference, ({ p99Us }) => p99Us)),
      ]),
    ),
    requireAllCounted(processFolder.path, answered.get('CLICK_DURABILITY=process') ?? 0),
    requireAllCounted(diskFolder.path, answered.get('CLICK_DURABILITY=disk') ?? 0),
  ].join('\n\n');
}
