import type { BatchTransaction } from '../../db/batch-writer.ts';
import { ClickFlag, ClickKind, countsAsClick, NOT_A_CLICK } from '../click-record.ts';
import type { EnrichedClick } from './enrich.ts';
import { type ClickRow, type KnownClick, knownClick } from './known-click.ts';
import type { LinkProjects } from './link-projects.ts';
import { type Before, REPEAT_MS, recognise, type Sighting } from './visitor-flags.ts';

export interface Recognised {
  /** The clicks of the batch, with the flags that tell whether their visitors are new. */
  readonly clicks: readonly EnrichedClick[];
  readonly revised: readonly RevisedClick[];
}

/** A stored click whose flags change, as it was and as it is now. */
export interface RevisedClick {
  readonly rowId: number;
  readonly clickId: string;
  readonly before: KnownClick;
  readonly after: KnownClick;
}

/** Fresh clicks of one visitor on one link. */
interface Pair {
  readonly linkId: number;
  readonly visitor: string;
  readonly fresh: EnrichedClick[];
  /** The first of them. */
  since: number;
  before: Before;
  readonly known: Sighting[];
}

const COUNTED = `click.kind = ${ClickKind.click} and click.flags & ${NOT_A_CLICK} = 0`;

const ITS_OWN = 'click.link_id = asked.link_id and click.visitor = asked.visitor';

/** Nearly always nothing is stored that is later than what comes in, and this finds nothing. */
const KNOWN = {
  select: 'click.click_id, click.at, click.flags',
  from: 'click',
  where: `${ITS_OWN} and click.at >= asked.since and ${COUNTED}`,
};

/** Answered by the index alone: a visitor may have clicked thousands of times in the last five seconds. */
const BEFORE = `
  select asked.n,
    (select click.at from click where ${ITS_OWN} and click.at < asked.since and ${COUNTED}
      order by click.at desc limit 1) as last,
    (select click.at from click where ${ITS_OWN} and click.at < asked.since and click.at > asked.since - ${REPEAT_MS}
        and ${COUNTED} and click.flags & ${ClickFlag.repeat} = 0
      order by click.at desc limit 1) as anchor
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
  for (const { linkId, before, known, fresh } of pairs) {
    const clock = projects.clockOf(projects.projectOf(linkId));
    for (const [id, value] of recognise(before, known, fresh, clock)) flags.set(id, value);
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
    const { linkId, visitor, at: since } = click;
    const key = `${linkId} ${visitor}`;
    const pair = pairs.get(key);
    if (pair) {
      pair.fresh.push(click);
      pair.since = Math.min(pair.since, since);
    } else pairs.set(key, { linkId, visitor, since, fresh: [click], known: [], before: NOTHING });
  }
  return [...pairs.values()];
}

const NOTHING: Before = { last: null, anchor: null };

async function loadSightings(tx: BatchTransaction, pairs: readonly Pair[]): Promise<void> {
  const asked = {
    columns: { link_id: 'bigint', visitor: 'text', since: 'bigint' },
    rows: pairs.map(({ linkId, visitor, since }) => [linkId, visitor, since]),
  } as const;
  for (const { n, ...before } of await tx.allOf<Before & { readonly n: number }>(BEFORE, asked)) {
    (pairs[n] as Pair).before = before;
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
    { ...KNOWN, select: 'click.*' },
    {
      columns: { link_id: 'bigint', visitor: 'text', since: 'bigint' },
      rows: affected.map(({ linkId, visitor, since }) => [linkId, visitor, since]),
    },
  );
  return rows
    .filter(({ click_id }) => flags.has(click_id))
    .sort((a, b) => a.id - b.id)
    .map((row) => {
      const before = knownClick(row);
      const after = { ...before, flags: flags.get(row.click_id) as number };
      return { rowId: row.id, clickId: row.click_id, before, after };
    });
}
