import { type ExpressionBuilder, expressionBuilder, type SqlBool, sql } from 'kysely';
import type { Dialect } from '../../db/dialect.ts';
import type { ConfigTables } from '../../db/tables/config-tables.ts';
import type { LinkFilter } from '../link-filter.ts';
import type { SettingName } from '../setting.ts';

/** The rule of the overlay, in SQL: the group's value if it has one, else the link's, else off. */
export function hasStatus(dialect: Dialect, { is, at }: NonNullable<LinkFilter['status']>) {
  const link = expressionBuilder<ConfigTables, 'link'>();
  const effective = (name: SettingName) => {
    const ofGroup = liveGroup(link)
      .clearSelect()
      .select((eb) => sql`${dialect.numericSetting(eb.ref('link_group.settings'), name)}`.as('value'));
    return sql<number>`coalesce((${ofGroup}), ${dialect.numericSetting(link.ref('link.settings'), name)}, -1)`;
  };
  const ended = sql<SqlBool>`(${effective('endsAt')} >= 0 and ${effective('endsAt')} <= ${at})`;
  const paused = sql<SqlBool>`${effective('paused')} = 1`;
  if (is === 'ended') return ended;
  return is === 'paused'
    ? sql<SqlBool>`(${paused} and not ${ended})`
    : sql<SqlBool>`(not ${paused} and not ${ended})`;
}

/** The group of the link in hand, if it lives. */
export function liveGroup(link: ExpressionBuilder<ConfigTables, 'link'>) {
  return link
    .selectFrom('link_group')
    .select('link_group.id')
    .whereRef('link_group.id', '=', 'link.group_id')
    .where('link_group.deleted_at', 'is', null);
}
