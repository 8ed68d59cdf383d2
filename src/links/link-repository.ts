import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Reader, Tx } from '../db/database.ts';
import type { Dialect } from '../db/dialect.ts';
import type { ClickCount, CountedLink, Link } from './link.ts';

export interface LinkQuery {
  readonly projectId: number;
  /** Part of a code, title or destination, ignoring case. */
  readonly search?: string;
  readonly groupId?: number | null;
  readonly domainId?: number;
  readonly code?: string;
  readonly tag?: string;
  readonly externalId?: string;
  readonly destination?: string;
  /** Links with a smaller id than this; newest come first. */
  readonly before?: number;
  readonly limit: number;
}

/** What ingest has counted, on top of the opening balance. */
const CLICKS = sql<number>`coalesce(clicks, 0) + imported_clicks`.as('clicks');

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
    let rows = linksOf(read)
      .leftJoin('link_counter', 'link_counter.link_id', 'link.id')
      .select([CLICKS, 'link_counter.last_click_at'])
      .where('link.project_id', '=', query.projectId)
      .where('link.deleted_at', 'is', null);
    const { search, groupId, domainId, code, tag, externalId, destination, before } = query;
    if (search !== undefined) {
      rows = rows.where((eb) =>
        eb.or([
          this.#dialect.contains(eb.ref('link_code.code'), search),
          this.#dialect.contains(eb.ref('link.title'), search),
          this.#dialect.contains(eb.ref('link_route.destination'), search),
        ]),
      );
    }
    if (groupId === null) rows = rows.where('link_group.id', 'is', null);
    else if (groupId !== undefined) rows = rows.where('link.group_id', '=', groupId);
    if (domainId !== undefined) rows = rows.where('link.domain_id', '=', domainId);
    if (code !== undefined) rows = rows.where('link_code.code', '=', code);
    if (externalId !== undefined) rows = rows.where('link.external_id', '=', externalId);
    if (destination !== undefined) {
      rows = rows
        .where('link_route.destination_hash', '=', destinationHash(destination))
        .where('link_route.destination', '=', destination);
    }
    if (tag !== undefined) {
      rows = rows.where(
        'link.id',
        'in',
        read.selectFrom('link_tag').select('link_id').where('tag', '=', tag),
      );
    }
    if (before !== undefined) rows = rows.where('link.id', '<', before);
    const found = await rows.orderBy('link.id', 'desc').limit(query.limit).execute();
    const tags = await this.#tagsOf(
      read,
      found.map(({ id }) => id),
    );
    return found.map((row) => ({
      ...linkFromRow(row, tags.get(row.id) ?? []),
      clicks: row.clicks,
      lastClickAt: row.last_click_at,
    }));
  }

  async find(read: Reader, projectId: number, publicId: string): Promise<CountedLink | undefined> {
    const row = await linksOf(read)
      .leftJoin('link_counter', 'link_counter.link_id', 'link.id')
      .select([CLICKS, 'link_counter.last_click_at'])
      .where('link.project_id', '=', projectId)
      .where('link.public_id', '=', publicId)
      .where('link.deleted_at', 'is', null)
      .executeTakeFirst();
    if (!row) return undefined;
    const tags = await this.#tagsOf(read, [row.id]);
    return {
      ...linkFromRow(row, tags.get(row.id) ?? []),
      clicks: row.clicks,
      lastClickAt: row.last_click_at,
    };
  }

  async countOf(read: Reader, linkId: number): Promise<ClickCount> {
    const row = await read
      .selectFrom('link')
      .leftJoin('link_counter', 'link_counter.link_id', 'link.id')
      .select([CLICKS, 'link_counter.last_click_at'])
      .where('link.id', '=', linkId)
      .executeTakeFirst();
    return { clicks: row?.clicks ?? 0, lastClickAt: row?.last_click_at ?? null };
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

/** Every live column of a link: its primary code, its first route and its group, if that still lives. */
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
    .select([
      'link.id',
      'link.public_id',
      'link.project_id',
      'link.domain_id',
      'link_group.id as group_id',
      'link_group.public_id as group_public_id',
      'link_code.code',
      'link_route.id as route_id',
      'link_route.destination',
      'link.title',
      'link.description',
      'link.image_url',
      'link.memo',
      'link.settings',
      'link.campaign',
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
    groupId: row.group_id,
    groupPublicId: row.group_public_id,
    code: row.code,
    route: { id: row.route_id, destination: row.destination },
    title: row.title,
    description: row.description,
    imageUrl: row.image_url,
    memo: row.memo,
    tags,
    settings: JSON.parse(row.settings),
    campaign: JSON.parse(row.campaign),
    metadata: JSON.parse(row.metadata),
    externalId: row.external_id,
    source: row.source as Link['source'],
    deleteAt: row.delete_at,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function destinationHash(destination: string): string {
  return createHash('sha256').update(destination).digest('hex').slice(0, 16);
}

/** Cuts a long list into pieces a statement can take. */
export function* parts<T>(all: readonly T[], size: number = ROWS_PER_STATEMENT): Generator<T[]> {
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size);
}
