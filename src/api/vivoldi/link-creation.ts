import type { Tx } from '../../db/database.ts';
import type { Group } from '../../links/group.ts';
import type { Link, LinkSource } from '../../links/link.ts';
import type { PreparedNewLink } from '../../links/link-input.ts';
import { leadsOn } from '../../links/link-status.ts';
import { applySettings } from '../../links/settings-change.ts';
import type { ApiContext } from '../api-context.ts';
import type { Principal } from '../principal.ts';
import { findDomain } from './link-finder.ts';
import type { NewLink } from './link-schema.ts';
import { linkFromClient } from './link-translation.ts';
import { ProjectClock } from './project-clock.ts';
import { type Problem, refuseAny } from './refusal.ts';
import { requireOrder } from './setting-translation.ts';

/** A link that is asked for, ready to be made. */
interface Wish {
  readonly prepared: PreparedNewLink;
  readonly group: Group | undefined;
  readonly mayReuse: boolean;
  /** Where the caller named it: `links[3].`, or nothing where there is one. */
  readonly path: string;
}

/**
 * Makes all of the links or none; one that may be used again is found instead.
 *
 * @returns them in the order of `inputs`
 * @throws Refusal, Failure
 */
export async function createLinks(
  context: ApiContext,
  { projectId, actor }: Principal,
  source: LinkSource,
  inputs: readonly NewLink[],
  pathOf: (index: number) => string = () => '',
): Promise<Link[]> {
  const wishes = await prepareAll(context, projectId, inputs, pathOf);
  const create = (tx: Tx, wanted: readonly Wish[]) =>
    context.links.create(
      tx,
      projectId,
      source,
      wanted.map(({ prepared }) => prepared),
      (index) => wanted[index]?.path ?? '',
    );
  return await context.database.transact(actor, async (tx) => {
    if (!wishes.some(({ mayReuse }) => mayReuse)) return await create(tx, wishes);
    // Two calls at the same time shall find each other's link instead of making two.
    await context.database.takeTurnIn(tx, `reuse:${projectId}`);
    const { found, wanted, sameAs } = await findReusable(context, tx, projectId, wishes);
    const created = wanted.length > 0 ? await create(tx, wanted) : [];
    wanted.forEach((wish, index) => {
      found.set(wish, created[index] as Link);
    });
    return wishes.map((wish) => found.get(sameAs.get(wish) ?? wish) as Link);
  });
}

/** Everything that can be refused without writing, and the slow work, before a transaction is open. */
async function prepareAll(
  context: ApiContext,
  projectId: number,
  inputs: readonly NewLink[],
  pathOf: (index: number) => string,
): Promise<Wish[]> {
  const clock = await ProjectClock.of(context, projectId);
  const domains = inputs.map(({ domain }) => findDomain(context, projectId, domain));
  const groups = await findGroups(context, projectId, inputs);
  refuseAny(
    inputs.flatMap(({ grpIdx }, index): Problem[] => [
      ...(domains[index] ? [] : [{ kind: 'unknownDomain', field: `${pathOf(index)}domain` } as const]),
      ...(!grpIdx || groups.has(grpIdx)
        ? []
        : [{ kind: 'unknownGroup', field: `${pathOf(index)}grpIdx` } as const]),
    ]),
  );
  return await Promise.all(
    inputs.map(async (input, index): Promise<Wish> => {
      const path = pathOf(index);
      const group = groups.get(input.grpIdx ?? 0);
      const link = linkFromClient(input, group?.publicId, clock);
      requireOrder(link.settings, link.settings, path);
      const prepared = await context.links.prepareNew(
        {
          ...link,
          destination: input.url,
          domainId: (domains[index] ?? context.domains.default).id,
          code: input.brandLinkId ?? undefined,
        },
        path,
      );
      return { prepared, group, mayReuse: input.reuseYn === true, path };
    }),
  );
}

/** By the numbers the links name; what is missing there is no group. */
async function findGroups(
  context: ApiContext,
  projectId: number,
  inputs: readonly NewLink[],
): Promise<Map<number, Group>> {
  const groups = new Map<number, Group>();
  for (const number of new Set(inputs.map(({ grpIdx }) => grpIdx))) {
    const group = number ? await context.groups.findByNumber(projectId, number) : undefined;
    if (group) groups.set(group.id, group);
  }
  return groups;
}

/**
 * What is there already, what has to be made, and what is answered by another link of the same call: as if one were
 * made after the other, in the caller's order.
 */
async function findReusable(context: ApiContext, tx: Tx, projectId: number, wishes: readonly Wish[]) {
  const now = Date.now();
  const found = new Map<Wish, Link>();
  const wanted: Wish[] = [];
  const sameAs = new Map<Wish, Wish>();
  for (const wish of wishes) {
    const { domainId, destination } = wish.prepared.input;
    const link = wish.mayReuse
      ? await context.links.findReusable(tx, projectId, domainId, destination, now)
      : undefined;
    const before = wish.mayReuse ? wanted.find((other) => canStandIn(other, wish, now)) : undefined;
    if (link) found.set(wish, link);
    else if (before) sameAs.set(wish, before);
    else wanted.push(wish);
  }
  return { found, wanted, sameAs };
}

/** The rule of links that are there, for one that is about to be. */
function canStandIn({ prepared, group, path }: Wish, { prepared: { input } }: Wish, now: number): boolean {
  const { domainId, destination, deleteAt = null } = prepared.input;
  if (domainId !== input.domainId || destination !== input.destination) return false;
  return leadsOn({ settings: applySettings({}, prepared.settings, path), deleteAt }, group?.settings, now);
}
