import type { Reader } from '../db/database.ts';
import { canBeFound } from '../db/dialect.ts';
import { parts } from '../db/statement-parts.ts';

/**
 * What links and groups are called, for whoever has only their numbers or ids. Deleted ones keep their names: their
 * clicks have happened.
 */
export interface LinkName {
  readonly id: number;
  readonly publicId: string;
  readonly domainId: number;
  /** Null when a new link has taken over the code of this deleted one. */
  readonly code: string | null;
  readonly title: string;
}

export interface GroupName {
  readonly id: number;
  readonly publicId: string;
  readonly name: string;
}

/** By number, or by public id: texts are public ids. What the project has not is not among the answers. */
export async function loadLinkNames(
  read: Reader,
  projectId: number,
  wanted: readonly number[] | readonly string[],
): Promise<LinkName[]> {
  const found: LinkName[] = [];
  for (const part of parts<number | string>(wanted)) {
    const rows = await read
      .selectFrom('link')
      .leftJoin('link_code', (join) =>
        join.onRef('link_code.link_id', '=', 'link.id').on('is_primary', '=', 1),
      )
      .select(['link.id', 'link.public_id', 'link.domain_id', 'link_code.code', 'link.title'])
      .where('link.project_id', '=', projectId)
      .where((eb) =>
        isNumbers(part) ? eb('link.id', 'in', part) : eb('link.public_id', 'in', findable(part)),
      )
      .execute();
    found.push(
      ...rows.map(({ id, public_id, domain_id, code, title }) => ({
        id,
        publicId: public_id,
        domainId: domain_id,
        code,
        title,
      })),
    );
  }
  return found;
}

/** By number, or by public id, as `loadLinkNames`. */
export async function loadGroupNames(
  read: Reader,
  projectId: number,
  wanted: readonly number[] | readonly string[],
): Promise<GroupName[]> {
  const found: GroupName[] = [];
  for (const part of parts<number | string>(wanted)) {
    const rows = await read
      .selectFrom('link_group')
      .select(['id', 'public_id', 'name'])
      .where('project_id', '=', projectId)
      .where((eb) => (isNumbers(part) ? eb('id', 'in', part) : eb('public_id', 'in', findable(part))))
      .execute();
    found.push(...rows.map(({ id, public_id, name }) => ({ id, publicId: public_id, name })));
  }
  return found;
}

/** Where the routes of a link lead now, by their numbers. */
export async function loadDestinations(
  read: Reader,
  projectId: number,
  routeIds: readonly number[],
): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  for (const part of parts(routeIds)) {
    const rows = await read
      .selectFrom('link_route')
      .innerJoin('link', 'link.id', 'link_route.link_id')
      .select(['link_route.id', 'link_route.destination'])
      .where('link.project_id', '=', projectId)
      .where('link_route.id', 'in', part)
      .execute();
    for (const { id, destination } of rows) found.set(id, destination);
  }
  return found;
}

function isNumbers(part: readonly (number | string)[]): part is number[] {
  return typeof part[0] === 'number';
}

/** An `in` of nothing is no SQL on every engine: what cannot be found is looked for as the empty text. */
function findable(part: readonly (number | string)[]): string[] {
  return part.map((id) => (typeof id === 'string' && canBeFound(id) ? id : ''));
}
