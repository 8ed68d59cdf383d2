import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { GuessLimit, type GuessOutcome } from '../../src/links/guess-limit.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

const START = 1_800_000_000_000;
const MINUTE_MS = 60_000;
const SECRET = 'of the instance';

const address = (index: number) => `198.51.${index >> 8}.${index & 255}`;
function tally(outcomes: readonly GuessOutcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

describe.each(ENGINES)('the limit of guesses on $name', (engine) => {
  let bench: Workbench;
  let other: Workbench;
  let now: number;
  let limits: readonly GuessLimit[];
  let checked: number;
  let owners = 0;
  let owner: string;

  beforeAll(async () => {
    bench = await Workbench.open(engine);
    other = await bench.another();
  });
  afterAll(async () => {
    await other.close();
    await bench.close();
  });
  beforeEach(() => {
    now = START;
    checked = 0;
    owner = `link:${++owners}`;
    limits = [newLimit(bench), newLimit(other)];
  });

  const newLimit = (on = bench) => new GuessLimit({ database: on.database, secret: SECRET, now: () => now });
  const [wrong, right] = [false, true].map((answer) => async () => {
    checked++;
    return answer;
  }) as [() => Promise<boolean>, () => Promise<boolean>];

  const guess = (isRight = wrong, from = address(1), limit = limits[0] as GuessLimit) =>
    limit.guess(owner, from, isRight);
  const guessTimes = async (times: number, from?: string) => {
    const outcomes: GuessOutcome[] = [];
    for (let index = 0; index < times; index++) outcomes.push(await guess(wrong, from));
    return tally(outcomes);
  };
  const rows = () =>
    bench.database.read
      .selectFrom('guess_window')
      .selectAll()
      .where('owner', '=', owner)
      .orderBy('source')
      .execute();

  test('ten wrong ones in ten minutes, to the millisecond', async () => {
    expect(await guessTimes(9)).toEqual({ wrong: 9 });
    now += 10 * MINUTE_MS - 1;
    expect(await guessTimes(1)).toEqual({ wrong: 1 });
    expect(await guess()).toEqual({ outcome: 'refused', retryAt: START + 10 * MINUTE_MS });
    expect(await guess(right)).toMatchObject({ outcome: 'refused' });
    expect(checked).toBe(10);

    now += 1;
    expect(await guessTimes(11)).toEqual({ wrong: 10, refused: 1 });
    expect(await guess()).toEqual({ outcome: 'refused', retryAt: now + 10 * MINUTE_MS });
  });

  test('what was right is no guess, however often', async () => {
    for (let index = 0; index < 15; index++) expect(await guess(right)).toEqual({ outcome: 'right' });
    expect(await guessTimes(9)).toEqual({ wrong: 9 });
    for (let index = 0; index < 5; index++) expect(await guess(right)).toEqual({ outcome: 'right' });
    expect(await guessTimes(2)).toEqual({ wrong: 1, refused: 1 });
    expect((await rows()).map(({ used }) => used)).toEqual([10, 10]);
  });

  test('a check that breaks off is no guess', async () => {
    const broken = () => Promise.reject(new Error('as it happens'));
    for (let index = 0; index < 12; index++) await expect(guess(broken)).rejects.toThrow('as it happens');
    expect(await guessTimes(11)).toEqual({ wrong: 10, refused: 1 });
  });

  test('of a hundred at once, on two servers, ten are looked at', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, index) => guess(wrong, address(1), limits[index % 2])),
    );
    expect(tally(outcomes)).toEqual({ wrong: 10, refused: 90 });
    expect(checked).toBe(10);
    expect((await rows()).map(({ used }) => used)).toEqual([10, 10]);
  });

  test('a hundred at once who know it are all let in', async () => {
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => guess(right)));
    expect(tally(outcomes)).toEqual({ right: 100 });
  });

  test('three hundred from everywhere in an hour, and nobody after them', async () => {
    // As 290 that came before have left it.
    await guess(wrong, address(999));
    await bench.transact(({ db }) =>
      db
        .updateTable('guess_window')
        .set({ used: 290 })
        .where('owner', '=', owner)
        .where('source', '=', '')
        .execute(),
    );
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, index) => guess(wrong, address(index), limits[index % 2])),
    );
    expect(tally(outcomes)).toEqual({ wrong: 10, refused: 20 });
    expect(await guess(right, address(500))).toEqual({ outcome: 'refused', retryAt: START + 60 * MINUTE_MS });
    // A refused guess has not been taken from its source either.
    expect((await rows()).reduce((sum, { source, used }) => sum + (source === '' ? 0 : used), 0)).toBe(11);

    now += 60 * MINUTE_MS;
    expect(await guess(wrong, address(500))).toEqual({ outcome: 'wrong' });
  });

  test('three hundred in a row, each from an address of its own', async () => {
    const outcomes: GuessOutcome[] = [];
    for (let index = 0; index < 305; index++) outcomes.push(await guess(wrong, address(index)));
    expect(tally(outcomes)).toEqual({ wrong: 300, refused: 5 });
  });

  test('sources and owners do not share their guesses', async () => {
    expect(await guessTimes(11)).toEqual({ wrong: 10, refused: 1 });
    expect(await guess(wrong, address(2))).toEqual({ outcome: 'wrong' });
    expect(await guess(wrong, '2001:db8:1:1::1')).toEqual({ outcome: 'wrong' });
    expect(await limits[0]?.guess(`${owner}0`, address(1), wrong)).toEqual({ outcome: 'wrong' });
  });

  test('all addresses of a /64 are one source, and IPv4 in IPv6 clothes is IPv4', async () => {
    const outcomes: GuessOutcome[] = [];
    for (let index = 0; index < 12; index++) outcomes.push(await guess(wrong, `2001:db8:1:1::${index}`));
    expect(tally(outcomes)).toEqual({ wrong: 10, refused: 2 });
    expect(await guessTimes(10, '203.0.113.9')).toEqual({ wrong: 10 });
    expect(await guess(wrong, '::ffff:203.0.113.9')).toMatchObject({ outcome: 'refused' });
  });

  test('a new process knows what was guessed before', async () => {
    expect(await guessTimes(10)).toEqual({ wrong: 10 });
    expect(await guess(right, address(1), newLimit())).toMatchObject({ outcome: 'refused' });
  });

  test('a clock that was wrong for a while closes nothing until it would have been right', async () => {
    now += 365 * 24 * 60 * MINUTE_MS;
    expect(await guessTimes(11)).toEqual({ wrong: 10, refused: 1 });
    now = START;
    expect(await guess(right)).toEqual({ outcome: 'right' });
    expect(await guessTimes(11)).toEqual({ wrong: 10, refused: 1 });
    expect(await guess()).toEqual({ outcome: 'refused', retryAt: START + 10 * MINUTE_MS });
  });

  test('a clock that is a little behind another gives no more guesses', async () => {
    now += 9 * MINUTE_MS;
    expect(await guessTimes(10)).toEqual({ wrong: 10 });
    now = START;
    expect(await guess(wrong, address(1), limits[1])).toMatchObject({ outcome: 'refused' });
  });

  test('whoever is known to have none left is refused without the database', async () => {
    expect(await guessTimes(11)).toEqual({ wrong: 10, refused: 1 });
    await bench.transact(({ db }) => db.deleteFrom('guess_window').where('owner', '=', owner).execute());
    expect(await guessTimes(3)).toEqual({ refused: 3 });
    expect(await rows()).toEqual([]);
    expect(await guess(wrong, address(1), newLimit())).toEqual({ outcome: 'wrong' });
  });

  test('more than can be checked are told so, and have not guessed', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = async () => {
      await held;
      return false;
    };
    const waiting = Array.from({ length: 66 }, (_, index) => guess(slow, address(index)));
    expect(await guess(slow, address(100))).toEqual({ outcome: 'busy' });
    release();
    expect(tally(await Promise.all(waiting))).toEqual({ wrong: 66 });
    const sources = new Set((await rows()).map(({ source }) => source));
    expect(sources.size).toBe(67);
  });

  test('whoever waited while nothing could be counted is told so at once, and nobody was let guess', async () => {
    let asked = 0;
    const away = new GuessLimit({
      database: bench.database,
      secret: SECRET,
      soon: async (work) => {
        asked++;
        await work;
        throw new Error('away');
      },
    });
    const waiting = Array.from({ length: 60 }, (_, index) => guess(right, address(index), away));
    for (const outcome of await Promise.allSettled(waiting)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'away' } });
    }
    expect(asked).toBeLessThanOrEqual(2);
    expect(checked).toBe(0);
    await expect(guess(right, address(1), away)).rejects.toThrow('away');
  });

  test('keeps no address, and nothing by which one source could be found at two passwords', async () => {
    await guess(wrong, '203.0.113.77');
    await limits[0]?.guess(`${owner}x`, '203.0.113.77', wrong);
    const stored = await sql<{ owner: string; source: string }>`select * from guess_window`.execute(
      bench.database.read,
    );
    expect(JSON.stringify(stored.rows)).not.toContain('203.0.113');
    const ofBoth = stored.rows.filter((row) => row.owner.startsWith(owner) && row.source !== '');
    expect(new Set(ofBoth.map(({ source }) => source)).size).toBe(2);
  });
});
