import type { CountedGroup } from './block-scan.ts';
import type { FigureSums } from './figure-sums.ts';
import { CLIENTS, QR } from './plan-question.ts';
import type { Dimension } from './question.ts';

/** Among so many that have equally many clicks the order by text is exact; that of more is by age. */
const MOST_TIES = 20_000;

/** A value that may be listed, and where its figures are. */
export interface Candidate {
  readonly slot: number;
  readonly clicks: number;
}

/**
 * Those with the most clicks, and all that have as many as the last of them: who of those is listed is decided by what
 * they are called.
 */
export function topCandidates(sums: FigureSums, limit: number): { candidates: Candidate[]; total: number } {
  const clicks: number[] = [];
  for (let slot = 0; slot < sums.slots; slot++) {
    if (sums.clicksOf(slot) > 0) clicks.push(sums.clicksOf(slot));
  }
  const total = clicks.length;
  if (limit < 1) return { candidates: [], total };
  const least = total <= limit ? 1 : (Float64Array.from(clicks).sort()[total - limit] as number);
  const above: Candidate[] = [];
  const ties: Candidate[] = [];
  for (let slot = 0; slot < sums.slots; slot++) {
    const its = sums.clicksOf(slot);
    if (its > least || (its === least && total <= limit)) above.push({ slot, clicks: its });
    else if (its === least && ties.length < MOST_TIES) ties.push({ slot, clicks: its });
  }
  return { candidates: [...above, ...ties], total };
}

/** What a slot stands for, as a number: a code, an id, an hour. */
export function valueOfSlot(dimension: Dimension, { index }: CountedGroup, slot: number): number {
  return dimension === 'qr' || dimension === 'client' || dimension === 'hourOfDay' || dimension === 'weekday'
    ? slot
    : (index.values[slot] as number);
}

/** The text of a value that is not one of the dictionary. */
export function plainText(dimension: Dimension, value: number): string {
  if (dimension === 'qr') return QR[value as 0 | 1];
  if (dimension === 'client') return CLIENTS[value as 0 | 1 | 2];
  return String(value);
}
