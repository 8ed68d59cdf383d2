import type { BatchTransaction } from '../../db/batch-writer.ts';
import { ClickKind, countsAsClick, NOT_A_CLICK } from '../click-record.ts';
import type { EnrichedClick } from './enrich.ts';
import { type ClickRow, type KnownClick, knownClick } from './known-click.ts';
import type { LinkProjects } from './link-projects.ts';
import { REPEAT_MS, recognise, type Sighting } from './visitor-flags.ts';

export interface Recognised {
  /** The clicks of the batch, with the flags that tell whether their visitors are new. */
  readonly clicks: readonly EnrichedClick[];
  readonly revised: readonly RevisedClick[];
}

/** A stored click whose flags change, as it was and as it is now. */
export interface RevisedClick {
  readonly rowId: number;
  readonly before: KnownClick;
  readonly after: KnownClick;
}

/** Fresh clicks of one visitor on one link. */
interface Pair {
  readonly linkId: number;
  readonly visitor: string;
  readonly fresh: EnrichedClick[];
  readonly known: Sighting[];
  lastAt: number | null;
}

const COUNTED = `click.kind = ${ClickKind.click} and click.flags & ${NOT_A_CLICK} = 0`;

/** Nearly always nothing is later than what comes in, and this finds the clicks of five seconds. */
const KNOWN = {
  select: 'click.click_id, click.at, click.flags',
  from: 'click',
  where: `click.link_id = asked.link_id and click.visitor = asked.visitor and click.at >= asked.since and ${COUNTED}`,
};

const LAST = `
  select asked.n, (
    select click.at from click
     where click.link_id = asked.link_id and click.visitor = asked.visitor and click.at < asked.since and ${COUNTED}
     order by click.at desc limit 1) as last_at
    from {asked}`;

/**
 * Tells of each counted click whether its visitor came for the first time (that hour, that day, ever) or only repeats
 * the click of a moment ago. Crawlers and mere takers of a slot are no visitors.
 */
export async function recogniseVisitors(
  tx: BatchTransaction,
  clicks: readonly EnrichedClick[],
  projects: LinkProjects,
): Promise<Recognised> {
  const pairs = pairsOf(clicks);
  if (pairs.length === 0) return { clicks, revised: [] };
  await loadSightings(tx, pairs);
  const flags = new Map<string, number>();
  for (const { linkId, lastAt, known, fresh } of pairs) {
    const clock = projects.clockOf(projects.projectOf(linkId));
    for (const [id, value] of recognise(lastAt, known, fresh, clock)) flags.set(id, value);
  }
  const recognised = clicks.map((click) => {
    const revisedFlags = flags.get(click.id);
    if (revisedFlags === undefined) return click;
    flags.delete(click.id);
    return revisedFlags === click.flags ? click : { ...click, flags: revisedFlags };
  });
  // What is left is about clicks that are stored already.
  return { clicks: recognised, revised: await loadRevised(tx, pairs, flags) };
}

function pairsOf(clicks: readonly EnrichedClick[]): Pair[] {
  const pairs = new Map<string, Pair>();
  for (const click of clicks) {
    if (!countsAsClick(click)) continue;
    const { linkId, visitor } = click;
    const key = `${linkId} ${visitor}`;
    const pair = pairs.get(key);
    if (pair) pair.fresh.push(click);
    else pairs.set(key, { linkId, visitor, fresh: [click], known: [], lastAt: null });
  }
  return [...pairs.values()];
}

async function loadSightings(tx: BatchTransaction, pairs: readonly Pair[]): Promise<void> {
  const asked = {
    columns: { link_id: 'bigint', visitor: 'text', since: 'bigint' },
    rows: pairs.map(({ linkId, visitor, fresh }) => [
      linkId,
      visitor,
      Math.min(...fresh.map(({ at }) => at)) - REPEAT_MS,
    ]),
  } as const;
  for (const { n, last_at } of await tx.allOf<{ n: number; last_at: number | null }>(LAST, asked)) {
    (pairs[n] as Pair).lastAt = last_at;
  }
  const known = await tx.findEach<{ click_id: string; at: number; flags: number }>(KNOWN, asked);
  for (const { n, click_id, at, flags } of known) (pairs[n] as Pair).known.push({ id: click_id, at, flags });
}

async function loadRevised(
  tx: BatchTransaction,
  pairs: readonly Pair[],
  flags: ReadonlyMap<string, number>,
): Promise<RevisedClick[]> {
  if (flags.size === 0) return [];
  const affected = pairs.filter(({ known }) => known.some(({ id }) => flags.has(id)));
  const rows = await tx.findEach<ClickRow>(
    {
      select: 'click.*',
      from: 'click',
      where: 'click.link_id = asked.link_id and click.visitor = asked.visitor and click.at >= asked.since',
    },
    {
      columns: { link_id: 'bigint', visitor: 'text', since: 'bigint' },
      rows: affected.map(({ linkId, visitor, known }) => [
        linkId,
        visitor,
        Math.min(...known.map(({ at }) => at)),
      ]),
    },
  );
  return rows
    .filter(({ click_id }) => flags.has(click_id))
    .sort((a, b) => a.id - b.id)
    .map((row) => {
      const before = knownClick(row);
      return { rowId: row.id, before, after: { ...before, flags: flags.get(row.click_id) as number } };
    });
}
