import { createHash } from 'node:crypto';
import { type Expression, type ExpressionBuilder, expressionBuilder, type SqlBool, sql } from 'kysely';
import type { Reader, Tx } from '../db/database.ts';
import { canBeFound, type Dialect } from '../db/dialect.ts';
import type { ConfigTables } from '../db/tables/config-tables.ts';
import type { ClickCount, CountedLink, Link, LinkSource } from './link.ts';
import { appsFromRow } from './link-app-row.ts';
import { loadFigures, NO_CLICKS } from './link-figures.ts';
import type { SettingName } from './setting.ts';

/** Which links; what is absent does not matter. */
export interface LinkFilter {
  readonly projectId: number;
  /** Part of a code, title or destination, ignoring case. */
  readonly search?: string;
  /** Part of a code or title, ignoring case. */
  readonly named?: string;
  /** Part of the title, of the memo; ignoring case. */
  readonly title?: string;
  readonly memo?: string;
  readonly groupId?: number | null;
  readonly domainId?: number;
  readonly code?: string;
  readonly tag?: string;
  readonly externalId?: string;
  /** Byte for byte. */
  readonly destination?: string;
  readonly hasCustomCode?: boolean;
  readonly sources?: readonly LinkSource[];
  /** Flags of the link's own settings; `false` is off or unset. */
  readonly flags?: { readonly [K in SettingName]?: boolean };
  /** What applies to the link at `at`, its group considered. */
  readonly status?: { readonly is: 'active' | 'paused' | 'ended'; readonly at: number };
  /** From the first instant to before the second. */
  readonly created?: Span;
  readonly deleting?: Span;
}

export interface Span {
  readonly from?: number;
  readonly until?: number;
}

/** Newest first, unless `oldestFirst`. */
export interface LinkQuery extends LinkFilter {
  readonly limit: number;
  /** Links with a smaller id than this, with a greater one than that. */
  readonly before?: number;
  readonly after?: number;
  readonly offset?: number;
  readonly oldestFirst?: boolean;
}

/** The link that has a code. */
export interface CodeHolder {
  readonly projectId: number;
  readonly publicId: string;
  readonly destination: string;
  readonly isDeleted: boolean;
  /** The code was chosen by hand: its project may use it again once the link is deleted. */
  readonly isCustom: boolean;
}

/** Bound parameters of one statement; SQLite's limit is 32,766. */
const ROWS_PER_STATEMENT = 500;

type LinkRow = Awaited<ReturnType<ReturnType<typeof linksOf>['execute']>>[number];

/** All SQL about links that is not the visit's own lookup. */
export class LinkRepository {
  readonly #dialect: Dialect;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  async list(read: Reader, query: LinkQuery): Promise<CountedLink[]> {
    const found = await linksOf(read)
      .where(this.#matches(query))
      .orderBy('link.id', query.oldestFirst ? 'asc' : 'desc')
      .$if(query.before !== undefined, (rows) => rows.where('link.id', '<', query.before ?? 0))
      .$if(query.after !== undefined, (rows) => rows.where('link.id', '>', query.after ?? 0))
      .limit(query.limit)
      .$if(query.offset !== undefined, (rows) => rows.offset(query.offset ?? 0))
      .execute();
    const tags = await this.#tagsOf(
      read,
      found.map(({ id }) => id),
    );
    return await counted(
      read,
      found.map((row) => linkFromRow(row, tags.get(row.id) ?? [])),
    );
  }

  async count(read: Reader, query: LinkFilter): Promise<number> {
    const { n } = await read
      .selectFrom('link')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .where(this.#matches(query))
      .executeTakeFirstOrThrow();
    return n;
  }

  /** A condition on the table `link` alone, so that counting joins nothing it does not need. */
  #matches(query: LinkFilter): Expression<SqlBool> {
    const link = expressionBuilder<ConfigTables, 'link'>();
    const all: Expression<SqlBool>[] = [
      link('link.project_id', '=', query.projectId),
      link('link.deleted_at', 'is', null),
    ];
    const { search, named, title, memo, groupId, domainId, code, tag, externalId, destination } = query;
    const contains = this.#dialect.contains;
    const inTitle = (text: string) => contains(link.ref('link.title'), text);
    const inCode = (text: string) =>
      link.exists(
        link
          .selectFrom('link_code')
          .select('id')
          .whereRef('link_code.link_id', '=', 'link.id')
          .where('is_primary', '=', 1)
          .where((eb) => contains(eb.ref('link_code.code'), text)),
      );
    if (search !== undefined) {
      const inDestination = link.exists(
        link
          .selectFrom('link_route')
          .select('id')
          .whereRef('link_route.link_id', '=', 'link.id')
          .where((eb) => contains(eb.ref('link_route.destination'), search)),
      );
      all.push(link.or([inTitle(search), inCode(search), inDestination]));
    }
    if (named !== undefined) all.push(link.or([inTitle(named), inCode(named)]));
    if (title !== undefined) all.push(inTitle(title));
    if (memo !== undefined) all.push(contains(link.ref('link.memo'), memo));
    if (groupId === null) all.push(link.not(link.exists(liveGroup(link))));
    else if (groupId !== undefined) {
      all.push(link('link.group_id', '=', groupId), link.exists(liveGroup(link)));
    }
    if (domainId !== undefined) all.push(link('link.domain_id', '=', domainId));
    if (code !== undefined || query.hasCustomCode !== undefined) {
      let codes = link.selectFrom('link_code').select('link_id').where('is_primary', '=', 1);
      if (code !== undefined) {
        codes = codes.where('code', '=', canBeFound(code) ? code : '');
        // The index of codes begins with the domain: of one, or of each in turn.
        codes =
          domainId === undefined
            ? codes.where('domain_id', 'in', (eb) => eb.selectFrom('domain').select('id'))
            : codes.where('domain_id', '=', domainId);
      }
      if (query.hasCustomCode !== undefined)
        codes = codes.where('is_custom', '=', query.hasCustomCode ? 1 : 0);
      all.push(link('link.id', 'in', codes));
    }
    if (externalId !== undefined) all.push(link('link.external_id', '=', externalId));
    if (destination !== undefined) {
      const routes = link
        .selectFrom('link_route')
        .select('link_id')
        .where('destination_hash', '=', destinationHash(destination))
        .where('destination', '=', destination);
      all.push(link('link.id', 'in', routes));
    }
    if (tag !== undefined) {
      all.push(link('link.id', 'in', link.selectFrom('link_tag').select('link_id').where('tag', '=', tag)));
    }
    if (query.sources) all.push(link('link.source', 'in', [...query.sources]));
    all.push(...within(link.ref('link.created_at'), query.created));
    all.push(...within(link.ref('link.delete_at'), query.deleting));
    for (const [name, wanted] of Object.entries(query.flags ?? {})) {
      const own = this.#dialect.numericSetting(link.ref('link.settings'), name);
      all.push(wanted ? sql<SqlBool>`${own} = 1` : sql<SqlBool>`coalesce(${own}, -1) <> 1`);
    }
    if (query.status) all.push(this.#hasStatus(query.status));
    return link.and(all);
  }

  /** The rule of the overlay, in SQL: the group's value if it has one, else the link's, else off. */
  #hasStatus({ is, at }: { readonly is: 'active' | 'paused' | 'ended'; readonly at: number }) {
    const link = expressionBuilder<ConfigTables, 'link'>();
    const effective = (name: SettingName) => {
      const ofGroup = liveGroup(link)
        .clearSelect()
        .select((eb) =>
          sql`${this.#dialect.numericSetting(eb.ref('link_group.settings'), name)}`.as('value'),
        );
      return sql<number>`coalesce((${ofGroup}), ${this.#dialect.numericSetting(link.ref('link.settings'), name)}, -1)`;
    };
    const ended = sql<SqlBool>`(${effective('endsAt')} >= 0 and ${effective('endsAt')} <= ${at})`;
    const paused = sql<SqlBool>`${effective('paused')} = 1`;
    if (is === 'ended') return ended;
    return is === 'paused'
      ? sql<SqlBool>`(${paused} and not ${ended})`
      : sql<SqlBool>`(not ${paused} and not ${ended})`;
  }

  async find(read: Reader, projectId: number, publicId: string): Promise<CountedLink | undefined> {
    const row = await linksOf(read)
      .where('link.project_id', '=', projectId)
      .where('link.public_id', '=', publicId)
      .where('link.deleted_at', 'is', null)
      .executeTakeFirst();
    if (!row) return undefined;
    const tags = await this.#tagsOf(read, [row.id]);
    const [found] = await counted(read, [linkFromRow(row, tags.get(row.id) ?? [])]);
    return found;
  }

  async countOf(read: Reader, link: Link): Promise<ClickCount> {
    return (await loadFigures(read, [link])).get(link.id) ?? NO_CLICKS;
  }

  /** The same rule as `claimCodes`: the codes of others and living links are taken, also those of deleted links. */
  async isFree(read: Reader, projectId: number, domainId: number, code: string): Promise<boolean> {
    const row = await read
      .selectFrom('link_code')
      .innerJoin('link', 'link.id', 'link_code.link_id')
      .select(['is_custom', 'project_id', 'deleted_at'])
      .where('link_code.domain_id', '=', domainId)
      .where('code', '=', canBeFound(code) ? code : '')
      .executeTakeFirst();
    return !row || (row.is_custom === 1 && row.project_id === projectId && row.deleted_at !== null);
  }

  async codeHolders(tx: Tx, domainId: number, codes: readonly string[]): Promise<Map<string, CodeHolder>> {
    const holders = new Map<string, CodeHolder>();
    for (const part of parts(codes.filter(canBeFound))) {
      const rows = await tx.db
        .selectFrom('link_code')
        .innerJoin('link', 'link.id', 'link_code.link_id')
        .leftJoin('link_route', (join) =>
          join.onRef('link_route.link_id', '=', 'link.id').on('position', '=', 0),
        )
        .select(['code', 'is_custom', 'project_id', 'public_id', 'destination', 'deleted_at'])
        .where('link_code.domain_id', '=', domainId)
        .where('code', 'in', part)
        .execute();
      for (const row of rows) {
        holders.set(row.code, {
          projectId: row.project_id,
          publicId: row.public_id,
          destination: row.destination ?? '',
          isDeleted: row.deleted_at !== null,
          isCustom: row.is_custom === 1,
        });
      }
    }
    return holders;
  }

  async idsInUse(tx: Tx, publicIds: readonly string[]): Promise<Set<string>> {
    const used = new Set<string>();
    for (const part of parts(publicIds)) {
      const rows = await tx.db
        .selectFrom('link')
        .select('public_id')
        .where('public_id', 'in', part)
        .execute();
      for (const { public_id } of rows) used.add(public_id);
    }
    return used;
  }

  /** Oldest first. */
  async ofDestination(
    tx: Tx,
    projectId: number,
    domainId: number,
    destination: string,
    limit: number,
  ): Promise<Link[]> {
    const rows = await linksOf(configOnly(tx))
      .where(this.#matches({ projectId, domainId, destination }))
      .orderBy('link.id')
      .limit(limit)
      .execute();
    return rows.map((row) => linkFromRow(row, []));
  }

  /** Reads links in order to change them in this transaction, in the order of their ids. */
  async lock(tx: Tx, projectId: number, publicIds: readonly string[]): Promise<Link[]> {
    const wanted: number[] = [];
    for (const part of parts(publicIds)) {
      const found = await tx.db
        .selectFrom('link')
        .select('id')
        .where('project_id', '=', projectId)
        .where('public_id', 'in', part)
        .execute();
      wanted.push(...found.map(({ id }) => id));
    }
    const links: Link[] = [];
    // In one order over all parts: two that want the same links then wait for each other instead of deadlocking.
    for (const part of parts(wanted.sort((a, b) => a - b))) {
      const locked = await tx.db
        .selectFrom('link')
        .select('id')
        .where('id', 'in', part)
        .where('deleted_at', 'is', null)
        .orderBy('id')
        .modifyEnd(sql.raw(this.#dialect.forUpdate))
        .execute();
      const ids = locked.map(({ id }) => id);
      if (ids.length === 0) continue;
      const rows = await linksOf(configOnly(tx)).where('link.id', 'in', ids).orderBy('link.id').execute();
      const tags = await this.#tagsOf(configOnly(tx), ids);
      links.push(...rows.map((row) => linkFromRow(row, tags.get(row.id) ?? [])));
    }
    return links;
  }

  async #tagsOf(db: Reader, ids: readonly number[]): Promise<Map<number, string[]>> {
    const tags = new Map<number, string[]>();
    if (ids.length === 0) return tags;
    const rows = await db.selectFrom('link_tag').selectAll().where('link_id', 'in', ids).execute();
    for (const { link_id, tag } of rows) tags.set(link_id, [...(tags.get(link_id) ?? []), tag]);
    // In one order everywhere: databases sort Unicode each in their own way.
    for (const own of tags.values()) own.sort();
    return tags;
  }
}

async function counted(read: Reader, links: readonly Link[]): Promise<CountedLink[]> {
  const figures = await loadFigures(read, links);
  return links.map((link) => ({ ...link, ...(figures.get(link.id) ?? NO_CLICKS) }));
}

/** Every live column of a link: its primary code, its first route, its group and its saved apps, if they still live. */
function linksOf(db: Reader) {
  return db
    .selectFrom('link')
    .innerJoin('link_code', (join) =>
      join.onRef('link_code.link_id', '=', 'link.id').on('is_primary', '=', 1),
    )
    .innerJoin('link_route', (join) =>
      join.onRef('link_route.link_id', '=', 'link.id').on('position', '=', 0),
    )
    .leftJoin('link_group', (join) =>
      join.onRef('link_group.id', '=', 'link.group_id').on('link_group.deleted_at', 'is', null),
    )
    .leftJoin('app as ios_app', (join) =>
      join.onRef('ios_app.id', '=', 'link.ios_app_id').on('ios_app.deleted_at', 'is', null),
    )
    .leftJoin('app as android_app', (join) =>
      join.onRef('android_app.id', '=', 'link.android_app_id').on('android_app.deleted_at', 'is', null),
    )
    .select([
      'link.id',
      'link.public_id',
      'link.project_id',
      'link.domain_id',
      'link_group.id as group_id',
      'link_group.public_id as group_public_id',
      'link_group.name as group_name',
      'link_group.settings as group_settings',
      'link_code.code',
      'link_code.is_custom',
      'link_route.id as route_id',
      'link_route.destination',
      'link.title',
      'link.description',
      'link.image_url',
      'link.memo',
      'link.settings',
      'link.campaign',
      'link.social',
      'link.desktop_url',
      'link.app_details',
      'link.app_routing',
      'ios_app.public_id as ios_public_id',
      'ios_app.identifier as ios_identifier',
      'ios_app.store_url as ios_store_url',
      'ios_app.app_store_id as ios_app_store_id',
      'ios_app.min_version as ios_min_version',
      'ios_app.custom_scheme as ios_custom_scheme',
      'android_app.public_id as android_public_id',
      'android_app.identifier as android_identifier',
      'android_app.store_url as android_store_url',
      'android_app.min_version as android_min_version',
      'android_app.custom_scheme as android_custom_scheme',
      'link.metadata',
      'link.external_id',
      'link.source',
      'link.delete_at',
      'link.version',
      'link.created_at',
      'link.updated_at',
    ]);
}

/** A transaction as a reader: it sees no event tables, and the queries that take one here name none. */
function configOnly(tx: Tx): Reader {
  return tx.db as unknown as Reader;
}

function linkFromRow(row: LinkRow, tags: readonly string[]): Link {
  return {
    id: row.id,
    publicId: row.public_id,
    projectId: row.project_id,
    domainId: row.domain_id,
    group: groupFromRow(row),
    code: row.code,
    hasCustomCode: row.is_custom === 1,
    route: { id: row.route_id, destination: row.destination },
    title: row.title,
    description: row.description,
    imageUrl: row.image_url,
    memo: row.memo,
    tags,
    settings: JSON.parse(row.settings),
    campaign: JSON.parse(row.campaign),
    social: JSON.parse(row.social),
    apps: appsFromRow(row),
    appRouting: JSON.parse(row.app_routing),
    desktopUrl: row.desktop_url,
    metadata: JSON.parse(row.metadata),
    externalId: row.external_id,
    source: row.source as Link['source'],
    deleteAt: row.delete_at,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function groupFromRow(row: LinkRow): Link['group'] {
  return row.group_id === null
    ? null
    : {
        id: row.group_id,
        publicId: row.group_public_id ?? '',
        name: row.group_name ?? '',
        settings: JSON.parse(row.group_settings ?? '{}'),
      };
}

/** The group of the link in hand, if it lives. */
function liveGroup(link: ExpressionBuilder<ConfigTables, 'link'>) {
  return link
    .selectFrom('link_group')
    .select('link_group.id')
    .whereRef('link_group.id', '=', 'link.group_id')
    .where('link_group.deleted_at', 'is', null);
}

function within(at: Expression<number | null>, { from, until }: Span = {}): Expression<SqlBool>[] {
  return [
    ...(from === undefined ? [] : [sql<SqlBool>`${at} >= ${from}`]),
    ...(until === undefined ? [] : [sql<SqlBool>`${at} < ${until}`]),
  ];
}

export function destinationHash(destination: string): string {
  return createHash('sha256').update(destination).digest('hex').slice(0, 16);
}

/** Cuts a long list into pieces a statement can take. */
export function* parts<T>(all: readonly T[], size: number = ROWS_PER_STATEMENT): Generator<T[]> {
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size);
}
