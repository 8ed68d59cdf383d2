import { type Expression, expressionBuilder, type SqlBool, sql } from 'kysely';
import { canBeFound, type Dialect } from '../../db/dialect.ts';
import type { ConfigTables } from '../../db/tables/config-tables.ts';
import type { LinkFilter, Span } from '../link-filter.ts';
import { destinationHash } from '../route-columns.ts';
import { hasStatus, liveGroup } from './status-condition.ts';

/** A condition on `link`; of a search also on the joined `link_code` and `link_route`: `matchingLinks` joins them. */
export function linkCondition(dialect: Dialect, query: LinkFilter): Expression<SqlBool> {
  const link = expressionBuilder<ConfigTables, 'link' | 'link_code' | 'link_route'>();
  const all: Expression<SqlBool>[] = [
    link('link.project_id', '=', query.projectId),
    link('link.deleted_at', 'is', null),
  ];
  const { search, named, title, memo, groupId, domainId, code, hasCustomCode } = query;
  const { tag, externalId, destination } = query;
  const contains = dialect.contains;
  const inTitle = (text: string) => contains(link.ref('link.title'), text);
  const inCode = (text: string) => contains(link.ref('link_code.code'), text);
  if (search !== undefined) {
    all.push(
      link.or([inTitle(search), inCode(search), contains(link.ref('link_route.destination'), search)]),
    );
  }
  if (named !== undefined) all.push(link.or([inTitle(named), inCode(named)]));
  if (title !== undefined) all.push(inTitle(title));
  if (memo !== undefined) all.push(contains(link.ref('link.memo'), memo));
  if (groupId === null) all.push(link.not(link.exists(liveGroup(link))));
  else if (groupId !== undefined) {
    all.push(link('link.group_id', '=', groupId), link.exists(liveGroup(link)));
  }
  if (domainId !== undefined) all.push(link('link.domain_id', '=', domainId));
  if (code !== undefined) {
    const codes = link
      .selectFrom('link_code')
      .select('link_id')
      .where('is_primary', '=', 1)
      .where('code', '=', canBeFound(code) ? code : '');
    // The index of codes begins with the domain: of one, or of each in turn.
    const there =
      domainId === undefined
        ? codes.where('domain_id', 'in', (eb) => eb.selectFrom('domain').select('id'))
        : codes.where('domain_id', '=', domainId);
    all.push(link('link.id', 'in', there));
  }
  if (hasCustomCode !== undefined) {
    const such = link
      .selectFrom('link_code')
      .select('id')
      .whereRef('link_code.link_id', '=', 'link.id')
      .where('is_primary', '=', 1)
      .where('is_custom', '=', hasCustomCode ? 1 : 0);
    all.push(link.exists(such));
  }
  if (externalId !== undefined) all.push(link('link.external_id', '=', externalId));
  if (destination !== undefined) {
    const routes = link
      .selectFrom('link_route')
      .select('link_id')
      .where('destination_hash', '=', destinationHash(destination))
      .where('project_id', '=', query.projectId)
      .where('destination', '=', destination);
    all.push(link('link.id', 'in', routes));
  }
  if (tag !== undefined) {
    const tagged = link
      .selectFrom('link_tag')
      .select('link_id')
      .where('project_id', '=', query.projectId)
      .where('tag', '=', tag);
    all.push(link('link.id', 'in', tagged));
  }
  if (query.sources) all.push(link('link.source', 'in', [...query.sources]));
  all.push(...within(link.ref('link.created_at'), query.created));
  all.push(...within(link.ref('link.delete_at'), query.deleting));
  for (const [name, wanted] of Object.entries(query.flags ?? {})) {
    const own = dialect.numericSetting(link.ref('link.settings'), name);
    all.push(wanted ? sql<SqlBool>`${own} = 1` : sql<SqlBool>`coalesce(${own}, -1) <> 1`);
  }
  if (query.status) all.push(hasStatus(dialect, query.status));
  return link.and(all);
}

function within(at: Expression<number | null>, { from, until }: Span = {}): Expression<SqlBool>[] {
  return [
    ...(from === undefined ? [] : [sql<SqlBool>`${at} >= ${from}`]),
    ...(until === undefined ? [] : [sql<SqlBool>`${at} < ${until}`]),
  ];
}
