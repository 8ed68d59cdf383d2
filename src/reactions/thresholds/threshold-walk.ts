import type { ThresholdClick } from './threshold-click.ts';

export type Metric = 'clicks' | 'visitors';

/** What of a link has qualified for thresholds. Both only grow. */
export type Counters = Readonly<Record<Metric, number>>;

/** A click that moves a counter of its link on; by one each, or not at all. */
export interface Gain extends Counters {
  readonly click: ThresholdClick;
}

/** Each multiple of `every` is told. */
export interface Every {
  readonly metric: Metric;
  readonly every: number;
}

/** A click has brought a counter of its link to a multiple of a threshold that was in force for it. */
export interface Crossing<Threshold extends Every> {
  readonly click: ThresholdClick;
  readonly threshold: Threshold;
  /** Of the link, the click included; the one that `threshold` is about is a multiple of its `every`. */
  readonly counters: Counters;
}

/**
 * What the clicks of one link in a batch add to its counters, in order of time.
 *
 * Some clicks may have lost what they were counted for: the older click that has come in is the new visitor, say, and not
 * the one that was taken for it. Counters never go back, so that is a debt, and the first gains pay for it. What they
 * cannot pay is forgotten: it only comes from settings that have changed meanwhile.
 */
export function gainsOf(clicks: readonly ThresholdClick[]): Gain[] {
  const debts = { clicks: debtOf(clicks, 'clicks'), visitors: debtOf(clicks, 'visitors') };
  const take = (click: ThresholdClick, metric: Metric): 0 | 1 => {
    if (click[metric] <= 0) return 0;
    if (debts[metric] === 0) return 1;
    debts[metric] -= 1;
    return 0;
  };
  return [...clicks]
    .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
    .map((click) => ({ click, clicks: take(click, 'clicks'), visitors: take(click, 'visitors') }))
    .filter(({ clicks, visitors }) => clicks + visitors > 0);
}

function debtOf(clicks: readonly ThresholdClick[], metric: Metric): number {
  return clicks.reduce((debt, click) => (click[metric] < 0 ? debt + 1 : debt), 0);
}

export function growthOf(gains: readonly Gain[]): Counters {
  const growth = { clicks: 0, visitors: 0 };
  for (const { clicks, visitors } of gains) {
    growth.clicks += clicks;
    growth.visitors += visitors;
  }
  return growth;
}

/**
 * Walks the gains of a link one by one: a threshold is crossed when the counter it is about becomes a multiple of it.
 *
 * @param before the link's counters before the first gain
 * @param inForce thresholds for a click: they follow the group it was made in
 */
export function crossingsOf<Threshold extends Every>(
  gains: readonly Gain[],
  before: Counters,
  inForce: (click: ThresholdClick) => readonly Threshold[],
): Crossing<Threshold>[] {
  const crossings: Crossing<Threshold>[] = [];
  let counters = before;
  for (const gain of gains) {
    counters = {
      clicks: counters.clicks + gain.clicks,
      visitors: counters.visitors + gain.visitors,
    };
    for (const threshold of inForce(gain.click)) {
      const { metric, every } = threshold;
      if (gain[metric] === 0 || counters[metric] % every !== 0) continue;
      crossings.push({ click: gain.click, threshold, counters });
    }
  }
  return crossings;
}
