import { ClickFlag, countsAsClick } from '../click-record.ts';

/** What a batch adds to the counts of one link and country; any of them may be negative, when flags were revised. */
export interface LinkTally {
  readonly linkId: number;
  readonly country: string;
  readonly clicks: number;
  readonly repeats: number;
  readonly visitors: number;
}

interface TalliedClick {
  readonly kind: number;
  readonly flags: number;
  readonly linkId: number;
  readonly country: string;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Pure. @param takenBack clicks as they were counted before, which are counted again as they are now */
export function talliesOf(
  clicks: readonly TalliedClick[],
  takenBack: readonly TalliedClick[] = [],
): LinkTally[] {
  const tallies = new Map<string, Mutable<LinkTally>>();
  const add = ({ kind, flags, linkId, country }: TalliedClick, weight: 1 | -1) => {
    if (!countsAsClick({ kind: kind as 1, flags })) return;
    const key = `${linkId}/${country}`;
    const tally = tallies.get(key) ?? { linkId, country, clicks: 0, repeats: 0, visitors: 0 };
    tallies.set(key, tally);
    tally.clicks += weight;
    if (flags & ClickFlag.repeat) tally.repeats += weight;
    if (flags & ClickFlag.newEver) tally.visitors += weight;
  };
  for (const click of clicks) add(click, 1);
  for (const click of takenBack) add(click, -1);
  return [...tallies.values()]
    .filter(({ clicks, repeats, visitors }) => clicks !== 0 || repeats !== 0 || visitors !== 0)
    .sort((a, b) => a.linkId - b.linkId || (a.country < b.country ? -1 : 1));
}
