import { sql } from 'kysely';
import type { Reader } from '../db/database.ts';
import type { ClickCount, Link } from './link.ts';
import { effective } from './overlay.ts';

/** Clicks from here are nobody's abroad: the country is the project's own, or not known. */
const IS_FOREIGN = sql`coalesce(country, '') not in ('', home_country)`;

/** All that has been counted for a link, here and where it was before, and how much of it is foreign. */
export interface ClickBalance {
  readonly clicks: number;
  readonly visitors: number;
  readonly foreignClicks: number;
  readonly foreignVisitors: number;
  readonly lastClickAt: number | null;
}

/**
 * What links show of their clicks and visitors, the opening balance of an import included. What foreign clicks come
 * to is kept apart by country and left out here, so that switching `excludeForeign` on or off, for a link or for a
 * group of a million, changes what has long been counted, and changes it back.
 */
export async function loadFigures(
  read: Reader,
  links: readonly Pick<Link, 'id' | 'settings' | 'group'>[],
): Promise<Map<number, ClickCount>> {
  const balances = await loadBalances(
    read,
    links.map(({ id }) => id),
  );
  return new Map(
    links.map(({ id, settings, group }) => {
      const balance = balances.get(id);
      if (!balance) return [id, NO_CLICKS];
      const excludesForeign = effective('excludeForeign', settings, group?.settings) === true;
      return [
        id,
        {
          clicks: balance.clicks - (excludesForeign ? balance.foreignClicks : 0),
          visitors: balance.visitors - (excludesForeign ? balance.foreignVisitors : 0),
          lastClickAt: balance.lastClickAt,
        },
      ];
    }),
  );
}

/** Whatever `excludeForeign` says. Links that are not there have none. */
export async function loadBalances(
  read: Reader,
  linkIds: readonly number[],
): Promise<Map<number, ClickBalance>> {
  if (linkIds.length === 0) return new Map();
  const rows = await read
    .selectFrom('link')
    .innerJoin('project', 'project.id', 'link.project_id')
    .leftJoin('link_counter', 'link_counter.link_id', 'link.id')
    .leftJoin('link_tally', 'link_tally.link_id', 'link.id')
    .select([
      'link.id',
      'imported_clicks',
      'imported_visitors',
      'imported_foreign_clicks',
      'imported_foreign_visitors',
      'link_counter.clicks',
      'last_click_at',
      sumOf(sql`link_tally.visitors`).as('visitors'),
      sumOf(sql`case when ${IS_FOREIGN} then link_tally.clicks else 0 end`).as('foreign_clicks'),
      sumOf(sql`case when ${IS_FOREIGN} then link_tally.visitors else 0 end`).as('foreign_visitors'),
    ])
    .where('link.id', 'in', linkIds)
    .groupBy([
      'link.id',
      'imported_clicks',
      'imported_visitors',
      'imported_foreign_clicks',
      'imported_foreign_visitors',
      'link_counter.clicks',
      'last_click_at',
    ])
    .execute();
  return new Map(
    rows.map((row) => [
      row.id,
      {
        clicks: (row.clicks ?? 0) + row.imported_clicks,
        visitors: row.visitors + row.imported_visitors,
        foreignClicks: row.foreign_clicks + row.imported_foreign_clicks,
        foreignVisitors: row.foreign_visitors + row.imported_foreign_visitors,
        lastClickAt: row.last_click_at,
      },
    ]),
  );
}

/** Of a link that has just been made. */
export const NO_CLICKS: ClickCount = { clicks: 0, visitors: 0, lastClickAt: null };

/** A sum of integers is one again, which the engines do not agree about. */
function sumOf(term: ReturnType<typeof sql>) {
  return sql<number>`cast(coalesce(sum(${term}), 0) as bigint)`;
}
