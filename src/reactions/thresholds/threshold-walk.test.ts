import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ThresholdClick } from './threshold-click.ts';
import { type Counters, crossingsOf, type Every, gainsOf, growthOf, type Metric } from './threshold-walk.ts';

const METRICS: readonly Metric[] = ['clicks', 'visitors'];
const ZERO: Counters = { clicks: 0, visitors: 0 };

let made = 0;
const click = (changes: Partial<ThresholdClick> = {}): ThresholdClick => ({
  id: String(++made).padStart(32, '0'),
  at: 1_000,
  linkId: 1,
  groupId: null,
  country: '',
  clicks: 1,
  visitors: 0,
  ...changes,
});

/** Few instants, so that many clicks have the same. */
const anyClicks = (moves: readonly (-1 | 0 | 1)[]) =>
  fc.array(
    fc.record({
      at: fc.nat(5),
      groupId: fc.constantFrom(null, 1, 2),
      clicks: fc.constantFrom(...moves),
      visitors: fc.constantFrom(...moves),
    }),
    { maxLength: 40 },
  );
const anyEvery: fc.Arbitrary<Every> = fc.record({
  metric: fc.constantFrom(...METRICS),
  every: fc.integer({ min: 1, max: 7 }),
});
const anyCounters = fc.record({ clicks: fc.nat(1_000), visitors: fc.nat(1_000) });

/** Multiples of `every` above `from`, up to `to`. */
function multiples(from: number, to: number, every: number): number[] {
  const found: number[] = [];
  for (let multiple = (Math.floor(from / every) + 1) * every; multiple <= to; multiple += every)
    found.push(multiple);
  return found;
}

describe('the walk over the clicks of a link', () => {
  it('tells each multiple between the counters before and after once, in order', () => {
    fc.assert(
      fc.property(anyClicks([-1, 0, 1, 1]), anyCounters, anyEvery, (given, before, threshold) => {
        const gains = gainsOf(given.map(click));
        const growth = growthOf(gains);
        const told = crossingsOf(gains, before, () => [threshold]);
        const { metric, every } = threshold;
        const after = before[metric] + growth[metric];
        expect(told.map(({ counters }) => counters[metric])).toEqual(multiples(before[metric], after, every));
        expect(told).toHaveLength(Math.floor(after / every) - Math.floor(before[metric] / every));
      }),
    );
  });

  it('comes to the same whatever the batches and whatever the order in them', () => {
    fc.assert(
      fc.property(
        anyClicks([0, 1]),
        fc.array(fc.nat(40)),
        fc.infiniteStream(fc.nat()),
        anyEvery,
        (given, cuts, places, threshold) => {
          const clicks = given.map(click).sort((a, b) => a.at - b.at);
          const told = (all: readonly ThresholdClick[], before: Counters) => {
            const gains = gainsOf(all);
            const { clicks, visitors } = growthOf(gains);
            const after = { clicks: before.clicks + clicks, visitors: before.visitors + visitors };
            return { crossings: crossingsOf(gains, before, () => [threshold]), after };
          };
          const atOnce = told(clicks, ZERO);

          let state: Counters = ZERO;
          const crossings = [0, ...cuts.sort((a, b) => a - b)].flatMap((from, index, all) => {
            const batch = clicks.slice(from, all[index + 1]);
            const shuffled = batch
              .map((one) => ({ one, place: places.next().value }))
              .sort((a, b) => a.place - b.place)
              .map(({ one }) => one);
            const { crossings, after } = told(shuffled, state);
            state = after;
            return crossings;
          });
          expect(state).toEqual(atOnce.after);
          expect(crossings).toEqual(atOnce.crossings);
        },
      ),
    );
  });

  it('never lets a counter go back, and pays debts with the first gains of the same kind', () => {
    fc.assert(
      fc.property(anyClicks([-1, 0, 1]), (given) => {
        const clicks = given.map(click);
        const gains = gainsOf(clicks);
        for (const metric of METRICS) {
          const sum = clicks.reduce((total, one) => total + one[metric], 0);
          expect(growthOf(gains)[metric]).toBe(Math.max(0, sum));
          const paid = clicks.filter((one) => one[metric] === -1).length;
          const inOrder = clicks
            .filter((one) => one[metric] === 1)
            .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
          expect(gains.filter((gain) => gain[metric] === 1).map((gain) => gain.click)).toEqual(
            inOrder.slice(paid),
          );
        }
      }),
    );
  });

  it('asks of each click which thresholds are in force for it', () => {
    const inGroup = (groupId: number | null, at: number) => click({ groupId, at });
    const gains = gainsOf([inGroup(1, 3), inGroup(null, 1), inGroup(1, 4), inGroup(2, 2)]);
    const rules: Record<string, Every[]> = {
      null: [{ metric: 'clicks', every: 1 }],
      1: [
        { metric: 'clicks', every: 2 },
        { metric: 'clicks', every: 4 },
      ],
      2: [{ metric: 'clicks', every: 1_000 }],
    };
    const told = crossingsOf(gains, ZERO, ({ groupId }) => rules[String(groupId)] ?? []);
    expect(
      told.map(({ click, threshold, counters }) => [click.at, threshold.every, counters.clicks]),
    ).toEqual([
      [1, 1, 1],
      [4, 2, 4],
      [4, 4, 4],
    ]);
  });

  it('does not tell a threshold on visitors again of each click while their number stays', () => {
    const gains = gainsOf([click({ visitors: 1, at: 1 }), click({ at: 2 }), click({ at: 3 })]);
    const told = crossingsOf(gains, ZERO, () => [{ metric: 'visitors', every: 1 }]);
    expect(told.map(({ counters }) => counters)).toEqual([{ clicks: 1, visitors: 1 }]);
  });
});
