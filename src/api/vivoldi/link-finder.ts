import type { Domain } from '../../links/domain.ts';
import type { Link } from '../../links/link.ts';
import type { ApiContext } from '../api-context.ts';
import type { LinkIdentity } from './link-schema.ts';
import { Refusal } from './refusal.ts';

/** The domain a client names, the default one when it names none; undefined when there is no such domain for it. */
export function findDomain(
  context: ApiContext,
  projectId: number,
  named: string | null | undefined,
): Domain | undefined {
  if (named == null) return context.domains.default;
  return context.domains.named(named, projectId, context.domainAliases);
}

/**
 * The link a client means by id and domain. That the link is on another domain is said, as it is documented.
 *
 * @throws Refusal
 */
export async function loadLink(
  context: ApiContext,
  projectId: number,
  { linkId, domain: named }: LinkIdentity,
): Promise<Link> {
  const domain = findDomain(context, projectId, named);
  if (!domain) throw new Refusal({ kind: 'unknownDomain', field: 'domain' });
  const link = await context.links.findByCode(projectId, domain.id, linkId);
  if (link) return link;
  const elsewhere = await context.links.findByCode(projectId, undefined, linkId);
  throw new Refusal(
    elsewhere ? { kind: 'otherDomain', field: 'domain' } : { kind: 'unknownLink', field: 'linkId' },
  );
}
