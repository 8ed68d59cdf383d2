import { LinkProjects } from '../../src/clicks/ingest/link-projects.ts';
import { recognise, type Sighting } from '../../src/clicks/ingest/visitor-flags.ts';
import { type RebuildReport, rebuildStatistics } from '../../src/clicks/upkeep/rebuild.ts';
import { openBatchWriter } from '../../src/db/open.ts';
import type { StoreLocation } from '../../src/db/store-location.ts';

export interface StatisticsCheck {
  /** What a rebuild would find to be different: blocks against raw clicks, tallies against blocks. */
  readonly rebuild: RebuildReport;
  /** Clicks whose visitor flags are not what all clicks of the visitor on the link, looked at at once, say. */
  readonly wrongFlags: number;
  /** Links whose counter is not the sum of their tallies. */
  readonly wrongCounters: number;
  readonly facts: number;
}

/** Looks at everything statistics consist of, past the product, in a store that nobody writes to. */
export async function checkStatistics(location: StoreLocation): Promise<StatisticsCheck> {
  const writer = openBatchWriter(location);
  try {
    const rebuild = await rebuildStatistics(writer, { dryRun: true });
    const rows = await writer.events.all<Sighting & { link_id: number; visitor: string }>(
      `select click_id as id, at, flags, link_id, visitor from click where kind = 1 and flags & 18 = 0`,
      [],
    );
    const projects = new LinkProjects(writer.config);
    await projects.learn(rows.map(({ link_id }) => link_id));
    const pairs = Map.groupBy(rows, ({ link_id, visitor }) => `${link_id} ${visitor}`);
    let wrongFlags = 0;
    for (const sightings of pairs.values()) {
      const { link_id } = sightings[0] as { link_id: number };
      const right = recognise(
        { last: null, anchor: null },
        [],
        sightings,
        projects.clockOf(projects.projectOf(link_id)),
      );
      wrongFlags += sightings.filter(({ id, flags }) => right.get(id) !== flags).length;
    }
    const [counters] = await writer.events.all<{ n: number }>(
      `select count(*) as n from link_counter
        where clicks <> (select coalesce(sum(clicks), 0) from link_tally where link_tally.link_id = link_counter.link_id)`,
      [],
    );
    const [facts] = await writer.events.all<{ n: number }>(
      'select coalesce(sum(rows), 0) as n from click_block',
      [],
    );
    return { rebuild, wrongFlags, wrongCounters: counters?.n ?? -1, facts: facts?.n ?? 0 };
  } finally {
    await writer.close();
  }
}
