import { type FirebaseLink, longLinkParameters } from '../../deeplinks/firebase/firebase-link.ts';
import { isLongLinkQuery, writeLongLinkQuery } from '../../deeplinks/firebase/long-link-parameters.ts';
import type { OpenedLink } from '../../deeplinks/opened-link.ts';
import { splitUrl } from '../../links/destination.ts';
import type { ApiContext } from '../api-context.ts';

/** A link that was opened, as Firebase's clients are told of it. */
export interface SaidLink {
  /** The link as a long link: that itself, where it was one. */
  readonly resolvedLink: string;
  /** Where an iPhone goes for the app, or a newer one; else where the link leads. */
  readonly fallbackLink: string;
}

/** @throws Failure `not-found` when the link was deleted a moment ago */
export async function sayLink(context: ApiContext, projectId: number, opened: OpenedLink): Promise<SaidLink> {
  const fallbackLink = opened.storeUrl ?? opened.webUrl;
  const { query = '' } = splitUrl(opened.shortUrl);
  if (isLongLinkQuery(query)) {
    return { resolvedLink: opened.shortUrl, fallbackLink };
  }
  const link = await context.links.load(projectId, opened.id);
  const { destination } = link.route;
  const said: FirebaseLink = { ...link, destination };
  const root = context.domains.shortUrl(link.domainId, '');
  const resolvedLink = `${root}?${writeLongLinkQuery(longLinkParameters(said))}`;
  return { resolvedLink, fallbackLink };
}
