import type { Tx } from '../../db/database.ts';
import { parts } from '../../db/statement-parts.ts';
import { Failure, type FieldProblem } from '../../errors.ts';
import { claimCodes } from '../code-claim.ts';
import { pagesOfNew } from '../described-pages.ts';
import type { Group } from '../group.ts';
import { LinkCounts } from '../groups/link-counts.ts';
import { changesBetween } from '../history.ts';
import type { Link, LinkSource } from '../link.ts';
import type { SavedApps } from '../link-app.ts';
import { type AppColumns, appColumns, resolveApps } from '../link-app-row.ts';
import type { PreparedNewLink } from '../link-input.ts';
import { ownAddressProblems } from '../own-address.ts';
import { recordLink } from './link-change.ts';
import type { LinkContext } from './link-context.ts';
import { insertRoutes, insertTags } from './link-parts.ts';
import { lockLinks } from './locked-links.ts';
import { type NewLink, newLinkRow } from './new-link-row.ts';

/** A link of a call, with where the call named it. */
type Wanted = PreparedNewLink & { readonly path: string };

/**
 * Creates all of the links or, by the transaction, none.
 *
 * @throws Failure `code-taken`, `invalid`
 */
export async function createLinks(
  context: LinkContext,
  tx: Tx,
  projectId: number,
  source: LinkSource,
  wanted: readonly Wanted[],
): Promise<Link[]> {
  await holdDomains(context, tx, wanted);
  const links = await withWhatTheyName(context, tx, projectId, wanted);
  const now = Date.now();
  const rows = links.map((link) => newLinkRow(link, projectId, source, now));
  const ids = await insertLinks(tx, rows);
  const made = links.map((link, index) => ({ ...link, id: ids[index] as number }));
  await claimCodes(
    tx,
    projectId,
    made.map(({ id, input, origin, path }) => ({
      domainId: input.domainId,
      code: input.code,
      isCustom: origin?.hasCustomCode,
      linkId: id,
      field: `${path}code`,
    })),
    now,
  );
  for (const { id, input, origin } of made) {
    if (origin?.standsForLongLinks) await context.domains.standInForLongLinks(tx, input.domainId, id);
  }
  const linkParts = made.map(({ id, input: { destination, tags } }) => ({
    linkId: id,
    projectId,
    destination,
    tags,
  }));
  await insertRoutes(tx, linkParts);
  await insertTags(tx, linkParts);
  const publicIds = rows.map(({ public_id }) => public_id);
  const created = await lockLinks(tx, context.dialect, projectId, publicIds);
  // What has been somewhere else before waits for somebody to ask, as all that is made many at a time.
  const moved = new Set(made.flatMap(({ id, origin }) => (origin === undefined ? [] : id)));
  await context.pages?.queue(tx, pagesOfNew(created.filter(({ id }) => !moved.has(id))));
  // After the pages, as whoever edits links does: else the two could wait for each other.
  const counts = new LinkCounts();
  for (const { group } of made) counts.move(null, group);
  await counts.write(tx);
  const byId = new Map(created.map((link) => [link.id, link]));
  return ids.map((id) => {
    const link = byId.get(id) as Link;
    recordLink(tx, link, 'created', changesBetween({}, link));
    return link;
  });
}

/** @throws Failure `invalid` when a domain was deleted since the caller found it, or a link is to lead to itself */
async function holdDomains({ domains }: LinkContext, tx: Tx, wanted: readonly Wanted[]): Promise<void> {
  const held = await domains.hold(tx, [...new Set(wanted.map(({ input }) => input.domainId))]);
  const problems = wanted.flatMap(({ input, path }) => {
    const domain = held.get(input.domainId);
    if (!domain) return [{ field: `${path}domain`, message: 'has just been deleted; choose another' }];
    // Nobody knows the code that it will be given.
    return input.code === undefined ? [] : ownAddressProblems(input, domain, input.code, path);
  });
  if (problems.length > 0) throw Failure.invalid(problems);
}

/** @throws Failure `invalid` when a group or a saved app is not one of the project's */
async function withWhatTheyName(
  context: LinkContext,
  tx: Tx,
  projectId: number,
  wanted: readonly Wanted[],
): Promise<NewLink[]> {
  const groups = new Map<string, Group>();
  for (const { input, path } of wanted) {
    if (input.groupId == null || groups.has(input.groupId)) continue;
    groups.set(input.groupId, await context.groups.require(tx, projectId, input.groupId, `${path}groupId`));
  }
  const saved = askedOnce(context.apps);
  const links: NewLink[] = [];
  const unknownApps: FieldProblem[] = [];
  for (const link of wanted) {
    const { groupId, apps } = link.input;
    const group = groupId == null ? null : (groups.get(groupId) ?? null);
    const { resolved, problems } = await resolveApps(tx, saved, projectId, apps, link.path);
    unknownApps.push(...problems);
    const columns: AppColumns = appColumns({ ios: null, android: null, ...resolved });
    links.push({ ...link, group, apps: columns });
  }
  if (unknownApps.length > 0) throw Failure.invalid(unknownApps);
  return links;
}

/** @returns their ids, in the order of the rows: no engine promises that for what an insert returns */
async function insertLinks(tx: Tx, rows: readonly ReturnType<typeof newLinkRow>[]): Promise<number[]> {
  const ids: number[] = [];
  for (const part of parts(rows)) {
    const inserted = await tx.db.insertInto('link').values(part).returning(['id', 'public_id']).execute();
    const idOf = new Map(inserted.map(({ id, public_id }) => [public_id, id]));
    for (const row of part) ids.push(idOf.get(row.public_id) as number);
  }
  return ids;
}

/** Many links of one call name the same few apps. */
function askedOnce(apps: SavedApps): SavedApps {
  const asked = new Map<string, ReturnType<SavedApps['find']>>();
  return {
    find(tx, projectId, platform, publicId) {
      const key = `${platform}/${publicId}`;
      const found = asked.get(key) ?? apps.find(tx, projectId, platform, publicId);
      asked.set(key, found);
      return found;
    },
  };
}
