import type { BenchOptions } from './options.ts';
import { Quiet } from './quiet.ts';
import { median } from './statistics.ts';
import type { Turn } from './turn.ts';

/** Somebody who has a turn in every round. */
export interface Contender {
  readonly name: string;
  turn(): Promise<Turn>;
}

/** A contender's turns, one per round. */
export interface Score {
  readonly name: string;
  readonly turns: readonly Turn[];
}

/** A turn in which other programs used more than this share of the server's core is taken again, if turns are left. */
const DISTURBED = 0.08;
const TRIES = 3;
/** Turns that may be taken again, as a share of all. */
const SPARE_TURNS = 0.5;

/** Everybody has a turn, then everybody again: what disturbs the machine for a while disturbs all of them. */
export async function playRounds(
  contenders: readonly Contender[],
  rounds: number,
  { patienceMs, say }: Pick<BenchOptions, 'patienceMs' | 'say'>,
): Promise<Score[]> {
  const quiet = new Quiet(patienceMs);
  const scores = contenders.map(({ name }) => ({ name, turns: [] as Turn[] }));
  let spare = Math.ceil(rounds * contenders.length * SPARE_TURNS);
  for (let round = 1; round <= rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const { turn, again } = await undisturbedTurn(contender, quiet, spare);
      spare -= again;
      scores[index]?.turns.push(turn);
      say(
        `round ${round}/${rounds}  ${contender.name.padEnd(44)} ${turn.perSecond.toFixed(0).padStart(6)}/s  ` +
          `${turn.cpuUs.main.toFixed(1)} + ${(turn.cpuUs.process - turn.cpuUs.main).toFixed(1)} µs  ` +
          `p99 ${(turn.p99Us / 1_000).toFixed(2)} ms  others on its core ${(turn.disturbed * 100).toFixed(0)} %`,
      );
    }
  }
  return scores;
}

async function undisturbedTurn(
  contender: Contender,
  quiet: Quiet,
  spare: number,
): Promise<{ turn: Turn; again: number }> {
  await quiet.untilQuiet();
  let turn = await contender.turn();
  let again = 0;
  while (turn.disturbed > DISTURBED && again < Math.min(TRIES - 1, spare)) {
    again += 1;
    await quiet.untilQuiet();
    const other = await contender.turn();
    if (other.disturbed < turn.disturbed) turn = other;
  }
  return { turn, again };
}

export function middle(score: Score, value: (turn: Turn) => number): number {
  return median(score.turns.map(value));
}

/** Median over the rounds of how a score relates to another in the same round. */
export function relative(score: Score, to: Score, value: (turn: Turn) => number): number {
  return median(score.turns.map((turn, round) => value(turn) / value(to.turns[round] as Turn)));
}
