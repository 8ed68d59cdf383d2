import type { Reader, Tx } from '../../db/database.ts';
import type { Link } from '../link.ts';
import { appsFromRow } from '../link-app-row.ts';

type LinkRow = Awaited<ReturnType<ReturnType<typeof linksOf>['execute']>>[number];

/** Links with the code they are known by and their first route. */
export function linksWithCodeAndRoute(db: Reader) {
  return db
    .selectFrom('link')
    .innerJoin('link_code', (join) =>
      join.onRef('link_code.link_id', '=', 'link.id').on('is_primary', '=', 1),
    )
    .innerJoin('link_route', (join) =>
      join.onRef('link_route.link_id', '=', 'link.id').on('position', '=', 0),
    );
}

/** Every live column of a link: its primary code, its first route, its group and its saved apps, if they still live. */
export function linksOf(db: Reader) {
  return linksWithCodeAndRoute(db)
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

/** What `linksOf` has found, with the tags. */
export async function linksFromRows(db: Reader, rows: readonly LinkRow[]): Promise<Link[]> {
  const tags = await tagsOf(
    db,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => linkFromRow(row, tags.get(row.id) ?? []));
}

/** A transaction as a reader: it sees no event tables, and the queries that take one here name none. */
export function configOnly(tx: Tx): Reader {
  return tx.db as unknown as Reader;
}

async function tagsOf(db: Reader, ids: readonly number[]): Promise<Map<number, string[]>> {
  const tags = new Map<number, string[]>();
  if (ids.length === 0) return tags;
  const rows = await db.selectFrom('link_tag').selectAll().where('link_id', 'in', ids).execute();
  for (const { link_id, tag } of rows) tags.set(link_id, [...(tags.get(link_id) ?? []), tag]);
  // In one order everywhere: databases sort Unicode each in their own way.
  for (const own of tags.values()) own.sort();
  return tags;
}

export function linkFromRow(row: LinkRow, tags: readonly string[]): Link {
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
