import type { Tx } from '../../db/database.ts';
import type { Link, LinkSource } from '../../links/link.ts';
import type { PreparedNewLink } from '../../links/link-input.ts';
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
  return await context.database.transact(actor, async (tx) => {
    if (!wishes.some(({ mayReuse }) => mayReuse)) return await create(context, tx, projectId, source, wishes);
    // Two calls at the same time shall find each other's link instead of making two.
    
    return await findOrCreate(context, tx, projectId, source, wishes);
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
  const groupIds = await findGroupIds(context, projectId, inputs);
  refuseAny(
    inputs.flatMap(({ grpIdx }, index): Problem[] => [
      ...(domains[index] ? [] : [{ kind: 'unknownDomain', field: `${pathOf(index)}domain` } as const]),
      ...(!grpIdx || groupIds.has(grpIdx)
        ? []
        : [{ kind: 'unknownGroup', field: `${pathOf(index)}grpIdx` } as const]),
    ]),
  );
  return await Promise.all(
    inputs.map(async (input, index): Promise<Wish> => {
      const path = pathOf(index);
      const link = linkFromClient(input, groupIds.get(input.grpIdx ?? 0), clock);
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
      return { prepared, mayReuse: input.reuseYn === true, path };
    }),
  );
}

/** By the numbers the links name; what is missing there is no group. */
async function findGroupIds(
  context: ApiContext,
  projectId: number,
  inputs: readonly NewLink[],
): Promise<Map<number, string>> {
  const ids = new Map<number, string>();
  for (const number of new Set(inputs.map(({ grpIdx }) => grpIdx))) {
    const group = number ? await context.groups.findByNumber(projectId, number) : undefined;
    if (group) ids.set(group.id, group.publicId);
  }
  return ids;
}

function create(
  context: ApiContext,
  tx: Tx,
  projectId: number,
  source: LinkSource,
  wishes: readonly Wish[],
): Promise<Link[]> {
  return context.links.create(
    tx,
    projectId,
    source,
    wishes.map(({ prepared }) => prepared),
    (index) => wishes[index]?.path ?? '',
  );
}

/** One after another in the caller's order, made in as few steps as that allows: a link can be the next one's to use. */
async function findOrCreate(
  context: ApiContext,
  tx: Tx,
  projectId: number,
  source: LinkSource,
  wishes: readonly Wish[],
): Promise<Link[]> {
  const found = new Map<Wish, Link>();
  let waiting: Wish[] = [];
  const createWaiting = async () => {
    const created = await create(context, tx, projectId, source, waiting);
    waiting.forEach((wish, index) => {
      found.set(wish, created[index] as Link);
    });
    waiting = [];
  };
  for (const wish of wishes) {
    const { domainId, destination } = wish.prepared.input;
    if (wish.mayReuse) {
      const isWaiting = waiting.some(
        ({ prepared: { input } }) => input.domainId === domainId && input.destination === destination,
      );
      if (isWaiting) await createWaiting();
      const link = await context.links.findReusable(tx, projectId, domainId, destination, Date.now());
      if (link) {
        found.set(wish, link);
        continue;
      }
    }
    waiting.push(wish);
  }
  if (waiting.length > 0) await createWaiting();
  return wishes.map((wish) => found.get(wish) as Link);
}
