import type { Tx } from '../../db/database.ts';
import { requireVersion } from '../../db/row-version.ts';
import { Failure } from '../../errors.ts';
import { appRoutingOf } from '../app-routing.ts';
import { pagesOfChanged } from '../described-pages.ts';
import { LinkCounts } from '../groups/link-counts.ts';
import { changesBetween } from '../history.ts';
import type { Link, Social } from '../link.ts';
import { appColumns, resolveApps, withoutRowIds } from '../link-app-row.ts';
import type { LinkInput, PreparedLink } from '../link-input.ts';
import { ownAddressProblems } from '../own-address.ts';
import { routeColumns } from '../route-columns.ts';
import { applySettings } from '../settings-change.ts';
import { recordLink } from './link-change.ts';
import type { LinkContext } from './link-context.ts';
import { insertTags } from './link-parts.ts';
import { lockLink } from './locked-links.ts';
import { mergedFields, storedFields } from './text-fields.ts';

export interface UpdateConditions {
  /** What `If-Match` named. */
  readonly version?: number | undefined;
  /** Looks at the locked link before anything is written; throws the Failure that refuses. */
  readonly allow?: (before: Link) => void;
}

/** @returns the link as it is now. @throws Failure `not-found`, `stale`, `invalid` */
export async function updateLink(
  context: LinkContext,
  tx: Tx,
  projectId: number,
  publicId: string,
  { input, settings }: PreparedLink,
  { version, allow }: UpdateConditions = {},
): Promise<Link> {
  const before = await lockLink(tx, context.dialect, projectId, publicId);
  requireVersion(before.version, version);
  allow?.(before);
  await refuseItself(context, tx, before, input);
  const group = await groupAfter(context, tx, before, input.groupId);
  const apps = await resolveApps(tx, context.apps, projectId, input.apps, '', before.apps);
  if (apps.problems.length > 0) throw Failure.invalid(apps.problems);
  const changedApps = apps.resolved;
  const after: Link = {
    ...before,
    group,
    route: { ...before.route, destination: input.destination ?? before.route.destination },
    title: input.title ?? before.title,
    description: input.description ?? before.description,
    imageUrl: input.imageUrl === undefined ? before.imageUrl : input.imageUrl,
    memo: input.memo ?? before.memo,
    tags: input.tags ? [...new Set(input.tags)].sort() : before.tags,
    settings: applySettings(before.settings, settings),
    campaign: mergedFields(before.campaign, input.campaign ?? {}),
    social: input.social === undefined ? before.social : (storedFields(input.social ?? {}) as Social),
    apps: { ...before.apps, ...withoutRowIds(changedApps) },
    appRouting: input.appRouting === undefined ? before.appRouting : appRoutingOf(input.appRouting ?? {}),
    desktopUrl: input.desktopUrl === undefined ? before.desktopUrl : input.desktopUrl,
    metadata: input.metadata ?? before.metadata,
    externalId: input.externalId === undefined ? before.externalId : input.externalId,
    deleteAt: input.deleteAt === undefined ? before.deleteAt : input.deleteAt,
    version: before.version + 1,
    updatedAt: Date.now(),
  };
  await tx.db
    .updateTable('link')
    .set({
      group_id: after.group?.id ?? null,
      title: after.title,
      description: after.description,
      image_url: after.imageUrl,
      memo: after.memo,
      settings: JSON.stringify(after.settings),
      campaign: JSON.stringify(after.campaign),
      social: JSON.stringify(after.social),
      desktop_url: after.desktopUrl,
      ...(input.apps ? appColumns(changedApps, before.apps) : {}),
      app_routing: JSON.stringify(after.appRouting),
      metadata: JSON.stringify(after.metadata),
      external_id: after.externalId,
      delete_at: after.deleteAt,
      version: after.version,
      updated_at: after.updatedAt,
    })
    .where('id', '=', before.id)
    .execute();
  await writeRoute(tx, before, after);
  if (input.tags) await replaceTags(tx, after);
  await context.pages?.queue(tx, pagesOfChanged(before, after));
  const counts = new LinkCounts();
  counts.move(before.group, after.group);
  await counts.write(tx);
  recordLink(tx, after, 'updated', changesBetween(before, after));
  return after;
}

/** @throws Failure `invalid` when a link is to lead to itself from now on */
async function refuseItself({ domains }: LinkContext, tx: Tx, link: Link, input: LinkInput): Promise<void> {
  const { destination, desktopUrl, apps, settings } = input;
  if (destination === undefined && desktopUrl == null && !apps && settings?.expiredUrl == null) return;
  const problems = ownAddressProblems(input, await domains.ofLink(tx, link), link.code);
  if (problems.length > 0) throw Failure.invalid(problems);
}

/** @throws Failure `invalid` when the wanted group is none of the project's */
async function groupAfter(
  { groups }: LinkContext,
  tx: Tx,
  link: Link,
  wanted: LinkInput['groupId'],
): Promise<Link['group']> {
  if (wanted === undefined) return link.group;
  return wanted === null ? null : await groups.require(tx, link.projectId, wanted, 'groupId');
}

async function writeRoute(tx: Tx, before: Link, { route }: Link): Promise<void> {
  if (route.destination === before.route.destination) return;
  await tx.db
    .updateTable('link_route')
    .set(routeColumns(route.destination))
    .where('id', '=', route.id)
    .execute();
}

async function replaceTags(tx: Tx, { id, projectId, tags }: Link): Promise<void> {
  await tx.db.deleteFrom('link_tag').where('link_id', '=', id).execute();
  await insertTags(tx, [{ linkId: id, projectId, tags }]);
}
