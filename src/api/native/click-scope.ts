import { Failure } from '../../errors.ts';
import { loadGroupNames, loadLinkNames } from '../../links/link-names.ts';
import type { ApiContext } from '../api-context.ts';
import { publicId } from './schema.ts';

/** Whose clicks: without either, those of the project. */
export const clickScopeQuery = {
  linkId: publicId.optional().meta({ description: 'Of this link; deleted ones keep their clicks' }),
  groupId: publicId.optional().meta({
    description: 'Of the clicks that happened while their link was in this group',
  }),
};

export interface ClickScope {
  readonly projectId: number;
  readonly linkId: number | undefined;
  readonly groupId: number | undefined;
}

/** @throws Failure `invalid`, `not-found` */
export async function clickScopeOf(
  { database }: ApiContext,
  projectId: number,
  query: { readonly linkId?: string | undefined; readonly groupId?: string | undefined },
): Promise<ClickScope> {
  if (query.linkId !== undefined && query.groupId !== undefined) {
    throw Failure.invalidField('querystring.groupId', 'cannot be sent together with linkId');
  }
  const numberOf = async (id: string | undefined, kind: 'Link' | 'Group') => {
    if (id === undefined) return undefined;
    const load = kind === 'Link' ? loadLinkNames : loadGroupNames;
    const [found] = await load(database.read, projectId, [id]);
    if (!found) throw Failure.notFound(`${kind} ${id}`);
    return found.id;
  };
  return {
    projectId,
    linkId: await numberOf(query.linkId, 'Link'),
    groupId: await numberOf(query.groupId, 'Group'),
  };
}
