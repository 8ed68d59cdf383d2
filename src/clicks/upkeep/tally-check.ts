import type { BatchTransaction } from '../../db/batch-writer.ts';
import { factsOf } from '../blocks/block.ts';
import { loadBlocks } from '../blocks/block-store.ts';
import { FactFlag, OTHER_VALUE } from '../blocks/fact.ts';

/** A link's counts of a country, as they are stored and as its facts say. */
export interface TallyDifference {
  readonly linkId: number;
  readonly country: string;
  readonly stored: Counts;
  readonly counted: Counts;
}

interface Counts {
  readonly clicks: number;
  readonly repeats: number;
  readonly visitors: number;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Compares `link_tally`, and `link_counter.clicks` as its sum, with the facts of all blocks. */
export async function compareTallies(tx: BatchTransaction): Promise<TallyDifference[]> {
  const counted = await countFacts(tx);
  const differences: TallyDifference[] = [];
  const stored = await tx.all<{
    link_id: number;
    country: string;
    clicks: number;
    repeats: number;
    visitors: number;
  }>('select * from link_tally', []);
  for (const { link_id: linkId, country, clicks, repeats, visitors } of stored) {
    const key = keyOf(linkId, country);
    const facts = counted.get(key) ?? { linkId, country, clicks: 0, repeats: 0, visitors: 0 };
    counted.delete(key);
    if (facts.clicks === clicks && facts.repeats === repeats && facts.visitors === visitors) continue;
    differences.push({ linkId, country, stored: { clicks, repeats, visitors }, counted: countsOf(facts) });
  }
  for (const { linkId, country, ...facts } of counted.values()) {
    if (facts.clicks === 0 && facts.repeats === 0 && facts.visitors === 0) continue;
    differences.push({ linkId, country, stored: { clicks: 0, repeats: 0, visitors: 0 }, counted: facts });
  }
  return differences.sort((a, b) => a.linkId - b.linkId || (a.country < b.country ? -1 : 1));
}

export async function writeTallies(
  tx: BatchTransaction,
  differences: readonly TallyDifference[],
): Promise<void> {
  for (const { linkId, country, counted } of differences) {
    await tx.run(
      `insert into link_tally (link_id, country, clicks, repeats, visitors) values ($1, $2, $3, $4, $5)
       on conflict (link_id, country) do update set
         clicks = excluded.clicks, repeats = excluded.repeats, visitors = excluded.visitors`,
      [linkId, country, counted.clicks, counted.repeats, counted.visitors],
    );
  }
}

interface CountedLink extends Mutable<Counts> {
  readonly linkId: number;
  readonly country: string;
}

async function countFacts(tx: BatchTransaction): Promise<Map<string, CountedLink>> {
  const countries = new Map(
    (
      await tx.all<{ id: number; value: string }>(
        `select id, value from dimension_value where dimension = 'country'`,
        [],
      )
    ).map(({ id, value }) => [id, value]),
  );
  const counted = new Map<string, CountedLink>();
  const blocks = await tx.all<{ id: number }>('select id from click_block order by id', []);
  for (const { id } of blocks) {
    const table = factsOf(await loadBlocks(tx, 'id = $1', [id]));
    for (let row = 0; row < table.link.length; row++) {
      const flags = table.flags[row] as number;
      if (flags & FactFlag.crawler) continue;
      const code = table.country[row] as number;
      const linkId = table.link[row] as number;
      const country = code === OTHER_VALUE ? '' : (countries.get(code) ?? '');
      const key = keyOf(linkId, country);
      const counts = counted.get(key) ?? { linkId, country, clicks: 0, repeats: 0, visitors: 0 };
      counted.set(key, counts);
      const weight = (table.weight[row] as number) | 0;
      counts.clicks += weight;
      if (flags & FactFlag.repeat) counts.repeats += weight;
      if (flags & FactFlag.newEver) counts.visitors += weight;
    }
  }
  return counted;
}

function countsOf({ clicks, repeats, visitors }: Counts): Counts {
  return { clicks, repeats, visitors };
}

function keyOf(linkId: number, country: string): string {
  return `${linkId}/${country}`;
}
