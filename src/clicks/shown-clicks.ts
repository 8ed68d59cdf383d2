import { type SqlBool, sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { CODE_OF_CLICK, LINK_OF_CLICK } from './click-names.ts';
import { ClickFlag, ClickKind, NOT_A_CLICK } from './click-record.ts';

/** A click as it is shown while it happens. */
export interface ShownClick {
  readonly at: number;
  readonly projectId: number;
  readonly linkId: number;
  readonly groupId: number | null;
  readonly link: string | null;
  readonly code: string | null;
  readonly country: string;
  readonly city: string;
  readonly device: string;
  readonly browser: string;
  readonly referrer: string;
  readonly qr: boolean;
}

/** Whose clicks are shown. */
export interface ShownScope {
  readonly projectId: number;
  readonly linkId: number | undefined;
  /** The group the link was in when it was clicked. */
  readonly groupId: number | undefined;
}

export function shows({ projectId, linkId, groupId }: ShownScope, click: ShownClick): boolean {
  return (
    click.projectId === projectId &&
    (linkId === undefined || click.linkId === linkId) &&
    (groupId === undefined || click.groupId === groupId)
  );
}

const ROWS_AT_ONCE = 1_000;

/** What one reading came to: the clicks of some rows, which end with row `until`. */
export interface ShownPage {
  readonly clicks: readonly ShownClick[];
  readonly until: number;
}

/** The clicks of all projects after one row, up to another, oldest first. */
export async function* readShownClicks(
  { read, dialect }: Database,
  after: number,
  last: number,
): AsyncGenerator<ShownPage> {
  for (let start = after; start < last; ) {
    const until = Math.min(start + ROWS_AT_ONCE, last);
    const rows = await read
      .selectFrom('click')
      .select([
        'click.at',
        'click.project_id as projectId',
        'click.link_id as linkId',
        'click.group_id as groupId',
        LINK_OF_CLICK,
        CODE_OF_CLICK,
        'click.country',
        'click.city',
        'click.device',
        'click.browser',
        'click.referrer_host as referrer',
        'click.flags',
      ])
      .where('click.id', '>', start)
      .where('click.id', '<=', until)
      .where(isShown(dialect))
      .orderBy('click.id')
      .execute();
    yield { clicks: rows.map(({ flags, ...row }) => ({ ...row, qr: (flags & ClickFlag.qr) !== 0 })), until };
    start = until;
  }
}

/**
 * Whether a row of `click` counts where clicks are shown: no crawler, and not from abroad when the link's effective
 * `excludeForeign` (its group's value if it has one, else its own) is on now. Nearly all rows are decided by their own
 * columns, before anything else is looked up.
 */
export function isShown({ numericSetting }: Database['dialect']) {
  const ofGroup = numericSetting(sql.ref('own_group.settings'), 'excludeForeign');
  const ofLink = numericSetting(sql.ref('own_link.settings'), 'excludeForeign');
  return sql<SqlBool>`(
    click.kind = ${sql.lit(ClickKind.click)} and click.flags & ${sql.lit(NOT_A_CLICK)} = 0
    and not (click.country <> ''
      and click.country <> (select home_country from project where project.id = click.project_id)
      and coalesce((
        select coalesce(${ofGroup}, ${ofLink}) from link as own_link
          left join link_group as own_group on own_group.id = own_link.group_id and own_group.deleted_at is null
         where own_link.id = click.link_id), -1) = 1))`;
}
