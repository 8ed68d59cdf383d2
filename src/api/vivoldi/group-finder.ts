import type { Group } from '../../links/group.ts';
import type { ApiContext } from '../api-context.ts';
import { Refusal } from './refusal.ts';

/** @throws Refusal naming `field` */
export async function loadGroup(
  context: ApiContext,
  projectId: number,
  number: number,
  field = 'grpIdx',
): Promise<Group> {
  const group = await context.groups.findByNumber(projectId, number);
  if (!group) throw new Refusal({ kind: 'unknownGroup', field });
  return group;
}

/**
 * What a link's `grpIdx` says in the core's words: absent leaves it where it is, null and 0 take it out of any group.
 *
 * @throws Refusal
 */
export async function findGroupId(
  context: ApiContext,
  projectId: number,
  number: number | null | undefined,
): Promise<string | null | undefined> {
  if (number === undefined) return undefined;
  return number ? (await loadGroup(context, projectId, number)).publicId : null;
}
