import { requireAllCounted } from './counted-clicks.ts';
import { count, micros, millis, percent, ratio } from './figures.ts';
import { fill } from './fill.ts';
import { LoadGenerator } from './load/load-generator.ts';
import type { LoadPlan } from './load/load-plan.ts';
import { markdownTable } from './markdown-table.ts';
import type { BenchOptions } from './options.ts';
import { type Contender, middle, playRounds, relative, type Score } from './rounds.ts';
import type { BenchServer } from './servers/bench-server.ts';
import { LOAD_CORE, SERVER_CORE } from './servers/pinned-process.ts';
import { startReference } from './servers/reference-server.ts';
import { SwitchyardServer } from './servers/switchyard-server.ts';
import { median } from './statistics.ts';
import { TemporaryFolder } from './temporary-folder.ts';
import { type Turn, takeTurn } from './turn.ts';

const LINKS = 100_000;
const WARM_UP_MS = 400;
const FIRST_WARM_UP_MS = 3_000;

/** CPU per redirect at most the reference's divided by this, p99 at most the reference's times that. */
const GOAL_CPU = 0.85;
const GOAL_P99 = 1.5;

/** Redirects of hot links with the click journal on, against servers that do the least. */
export async function redirectBench(options: BenchOptions): Promise<string> {
  const { rounds, seconds, rate, program, say } = options;
  using folder = new TemporaryFolder();
  await using generator = new LoadGenerator();
  await using plain = await startReference('plain-http', '(a) plain node:http', LINKS);
  await using fastify = await startReference('bare-fastify', '(b) bare Fastify', LINKS);
  let answered = 0;
  let scores: { saturated: Score[]; steady: Score[] };
  {
    await using switchyard = await SwitchyardServer.start({
      name: 'Switchyard',
      dataDir: folder.path,
      core: SERVER_CORE,
      program,
    });
    say(`creating ${count(LINKS)} links`);
    await fill(switchyard, LINKS, say);

    const turnOf = async (server: BenchServer, arrival: LoadPlan['arrival'], ingestCore = SERVER_CORE) => {
      if (server === switchyard) switchyard.moveBackgroundThreads(ingestCore);
      const turn = await takeTurn(generator, server, { links: LINKS, arrival }, (cpu) =>
        ingestCore === SERVER_CORE ? 0 : cpu.workers + cpu.pool,
      );
      if (server === switchyard) answered += turn.answeredInAll;
      return turn;
    };
    say('warming up');
    for (const server of [plain, fastify, switchyard]) {
      await turnOf(server, { kind: 'each' });
      await turnOf(server, { kind: 'saturate', warmUpMs: 0, measureMs: FIRST_WARM_UP_MS });
    }

    const measureMs = seconds * 1_000;
    const saturate = { kind: 'saturate', warmUpMs: WARM_UP_MS, measureMs } as const;
    const steadily = { kind: 'steady', perSecond: rate, warmUpMs: WARM_UP_MS, measureMs } as const;
    const contender = (server: BenchServer, arrival: LoadPlan['arrival']): Contender => ({
      name: server.name,
      turn: () => turnOf(server, arrival),
    });
    scores = {
      saturated: await playRounds(
        [
          contender(plain, saturate),
          contender(fastify, saturate),
          { name: 'Switchyard', turn: () => turnOf(switchyard, saturate, LOAD_CORE) },
          { name: 'Switchyard, ingest on the same core', turn: () => turnOf(switchyard, saturate) },
        ],
        rounds,
        options,
      ),
      steady: await playRounds(
        [contender(plain, steadily), contender(fastify, steadily), contender(switchyard, steadily)],
        Math.ceil(rounds / 2),
        options,
      ),
    };
  }
  return [
    `## Redirects: ${count(LINKS)} hot links, 64 connections, ${rounds} rounds of ${seconds} s`,
    saturatedTable(scores.saturated),
    verdict(scores.saturated),
    `### At a steady ${count(rate)} visits a second, everything on one core`,
    steadyTable(scores.steady),
    requireAllCounted(folder.path, answered),
    noise([...scores.saturated, ...scores.steady]),
  ].join('\n\n');
}

function saturatedTable(scores: readonly Score[]): string {
  const [reference] = scores as [Score];
  return markdownTable(
    [
      'server',
      'redirects/s',
      'CPU µs, answering',
      'CPU µs, all',
      'answering vs (a)',
      'all vs (a)',
      'p50 ms',
      'p99 ms',
      'p99 vs (a)',
    ],
    scores.map((score) => [
      score.name,
      count(middle(score, ({ perSecond }) => perSecond)),
      micros(middle(score, answeringUs)),
      micros(middle(score, wholeUs)),
      ratio(relative(score, reference, answeringUs)),
      ratio(relative(score, reference, wholeUs)),
      millis(middle(score, ({ p50Us }) => p50Us)),
      millis(middle(score, p99)),
      ratio(relative(score, reference, p99)),
    ]),
  );
}

function steadyTable(scores: readonly Score[]): string {
  const [reference] = scores as [Score];
  return markdownTable(
    ['server', 'p50 ms', 'p99 ms', 'p99 vs (a)', 'CPU µs, answering', 'CPU µs, all'],
    scores.map((score) => [
      score.name,
      millis(middle(score, ({ p50Us }) => p50Us)),
      millis(middle(score, p99)),
      ratio(relative(score, reference, p99)),
      micros(middle(score, answeringUs)),
      micros(middle(score, wholeUs)),
    ]),
  );
}

function verdict(scores: readonly Score[]): string {
  const [plain, fastify, switchyard] = scores as [Score, Score, Score];
  const cpu = relative(switchyard, plain, answeringUs);
  const cpuToFastify = relative(switchyard, fastify, answeringUs);
  const latency = relative(switchyard, plain, p99);
  return [
    goal(`CPU per redirect of the answering thread at most ${ratio(1 / GOAL_CPU)} of (a)`, cpu, 1 / GOAL_CPU),
    goal('CPU per redirect of the answering thread below (b)', cpuToFastify, 1),
    goal(`p99 at most ${ratio(GOAL_P99)} of (a)`, latency, GOAL_P99),
  ].join('\n');
}

function goal(text: string, value: number, limit: number): string {
  return `- ${text}: ${ratio(value)}, ${value <= limit ? 'reached' : 'missed'}`;
}

/** What tells whether these figures can be trusted. */
function noise(scores: readonly Score[]): string {
  const turns = scores.flatMap((score) => score.turns);
  const share = (value: (turn: Turn) => number) => percent(median(turns.map(value)));
  const settled = Math.max(...turns.map((turn) => turn.settledMs));
  return (
    `Generator busy ${share((turn) => turn.generatorBusy)} of the time; other programs used ${share((turn) => turn.disturbed)} ` +
    `of the server's core; ingest was done at most ${(settled / 1_000).toFixed(1)} s after the last answer.`
  );
}

function answeringUs({ cpuUs }: Turn): number {
  return cpuUs.main;
}

function wholeUs({ cpuUs }: Turn): number {
  return cpuUs.process;
}

function p99({ p99Us }: Turn): number {
  return p99Us;
}
