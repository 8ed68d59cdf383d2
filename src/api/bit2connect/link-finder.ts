import type { CountedLink } from '../../links/link.ts';
import type { ApiContext } from '../api-context.ts';
import { Refusal } from './refusal.ts';

/**
 * A link by the one name this API has for it: on the default domain, else on any other of the project.
 *
 * @throws Refusal `LINK_NOT_FOUND`
 */
export async function loadLink(context: ApiContext, projectId: number, code: string): Promise<CountedLink> {
  const found =
    (await context.links.findByCode(projectId, context.domains.default.id, code)) ??
    (await context.links.findByCode(projectId, undefined, code));
  if (!found) throw new Refusal('LINK_NOT_FOUND');
  return found;
}
