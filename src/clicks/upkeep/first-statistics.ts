import type { BatchTransaction, BatchWriter } from '../../db/batch-writer.ts';
import { ClickKind, NOT_A_CLICK } from '../click-record.ts';
import { deviceOf } from '../ingest/enrich.ts';
import { preferredLanguage } from '../ingest/language.ts';
import { LinkProjects } from '../ingest/link-projects.ts';
import { recognise, type Sighting } from '../ingest/visitor-flags.ts';
import { rebuildStatistics } from './rebuild.ts';

const ROWS_PER_PAGE = 10_000;

/**
 * Clicks from a version that had no statistics: tells of each what can still be told (its address is gone, so it has
 * no country) and makes the statistics of them. Once, before anything else is ingested; in one transaction a step.
 *
 * @returns whether there were such clicks
 */
export async function makeFirstStatistics(writer: BatchWriter): Promise<boolean> {
  const [found] = await writer.events.all<{ wanted: number }>(
    `select case when exists (select 1 from click) and not exists (select 1 from click_block) then 1 else 0 end as wanted`,
    [],
  );
  if (found?.wanted !== 1) return false;
  const projects = new LinkProjects(writer.config);
  await writer.transact((tx) => describeClients(tx, projects));
  await writer.transact((tx) => recogniseAll(tx, projects));
  await rebuildStatistics(writer, { dryRun: false });
  return true;
}

async function describeClients(tx: BatchTransaction, projects: LinkProjects): Promise<void> {
  let lastId = 0;
  for (;;) {
    const rows = await tx.all<{
      id: number;
      link_id: number;
      flags: number;
      user_agent: string;
      language: string;
    }>('select id, link_id, flags, user_agent, language from click where id > $1 order by id limit $2', [
      lastId,
      ROWS_PER_PAGE,
    ]);
    if (rows.length === 0) return;
    await projects.learn(rows.map(({ link_id }) => link_id));
    for (const { id, link_id, flags, user_agent, language } of rows) {
      const { device, os, browser } = deviceOf(user_agent, flags);
      await tx.run(
        `update click set device = $1, os = $2, browser = $3, language_tag = $4, project_id = $5 where id = $6`,
        [device, os, browser, preferredLanguage(language), projects.projectOf(link_id), id],
      );
      lastId = id;
    }
  }
}

interface SightingRow {
  readonly id: number;
  readonly click_id: string;
  readonly link_id: number;
  readonly visitor: string;
  readonly at: number;
  readonly flags: number;
}

/** All clicks of a visitor on a link at once, link after link. */
async function recogniseAll(tx: BatchTransaction, projects: LinkProjects): Promise<void> {
  let pair: SightingRow[] = [];
  const finishPair = async () => {
    const [first] = pair;
    if (!first) return;
    const clock = projects.clockOf(projects.projectOf(first.link_id));
    const sightings: Sighting[] = pair.map(({ click_id, at, flags }) => ({ id: click_id, at, flags }));
    const flags = recognise({ last: null, anchor: null }, [], sightings, clock);
    for (const { id, click_id } of pair) {
      await tx.run('update click set flags = $1 where id = $2', [flags.get(click_id) ?? 0, id]);
    }
    pair = [];
  };
  let after: readonly [number, string, number, number] = [0, '', 0, 0];
  for (;;) {
    const rows = await tx.all<SightingRow>(
      `select id, click_id, link_id, visitor, at, flags from click
        where kind = ${ClickKind.click} and flags & ${NOT_A_CLICK} = 0
          and (link_id, visitor, at, id) > ($1, $2, $3, $4)
        order by link_id, visitor, at, id limit $5`,
      [...after, ROWS_PER_PAGE],
    );
    await projects.learn(rows.map(({ link_id }) => link_id));
    for (const row of rows) {
      if (pair[0] && (pair[0].link_id !== row.link_id || pair[0].visitor !== row.visitor)) await finishPair();
      pair.push(row);
      after = [row.link_id, row.visitor, row.at, row.id];
    }
    if (rows.length < ROWS_PER_PAGE) break;
  }
  await finishPair();
}
