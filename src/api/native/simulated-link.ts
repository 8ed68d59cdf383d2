import type { z } from 'zod';
import { isLongLinkQuery, readLongLinkQuery } from '../../deeplinks/firebase/long-link-parameters.ts';
import { Failure } from '../../errors.ts';
import { joinUrl, splitUrl } from '../../links/destination.ts';
import type { Domain } from '../../links/domain.ts';
import type { CountedLink } from '../../links/link.ts';
import { ShortUrls } from '../../visits/short-urls.ts';
import type { KnownLink, Target } from '../../visits/visit-directory.ts';
import type { ApiContext } from '../api-context.ts';
import type { simulation } from './simulate-schema.ts';

/** A link as visits know it, and as its project does. */
export interface SimulatedLink {
  /** `publicId` is null for the long links of a domain on which none was visited yet: nothing stands for them so far. */
  readonly link: Pick<CountedLink, 'projectId' | 'domainId' | 'code' | 'social' | 'apps'> & {
    readonly publicId: string | null;
  };
  readonly known: KnownLink;
  readonly group: Target['group'];
  /** Of the visit, without `?`. */
  readonly query: string;
  /**
   * Of a Firebase long link the whole query, without `?`; else null. It says its apps and texts itself; the link is
   * the one that stands for all of them.
   */
  readonly longQuery: string | null;
}

/** What it takes to simulate: no journal, nobody who serves. */
export type SimulationContext = Pick<
  ApiContext,
  'database' | 'domains' | 'domainAliases' | 'links' | 'longLinks' | 'projects' | 'slotsTaken' | 'targetOf'
> & { readonly previews: Pick<ApiContext['previews'], 'find'> };

const NO_APPS = { ios: null, android: null };

type Named = Pick<z.infer<typeof simulation>, 'linkId' | 'url' | 'code' | 'domain'>;

/**
 * @param query of the visited URL, whole, without `?`
 * @throws Failure `invalid`, `not-found`, `unavailable`
 */
export async function findSimulated(
  context: SimulationContext,
  projectId: number,
  named: Named,
  query: string,
): Promise<SimulatedLink> {
  const ways = (['linkId', 'url', 'code'] as const).filter((name) => named[name] !== undefined);
  const [way] = ways;
  if (way === undefined) throw Failure.invalidField('linkId', 'name the link: by linkId, url or code');
  if (ways.length > 1) {
    throw Failure.invalid(ways.map((field) => ({ field, message: 'name the link in one way only' })));
  }
  if (named.domain !== undefined && way !== 'code') {
    throw Failure.invalidField('domain', `belongs to code; ${way} says the domain itself`);
  }
  if (named.linkId !== undefined) {
    return await complete(context, await context.links.load(projectId, named.linkId), query);
  }
  if (named.url !== undefined) return await ofUrl(context, projectId, named.url, query);
  const domain =
    named.domain === undefined
      ? context.domains.default
      : context.domains.named(named.domain, projectId, context.domainAliases);
  if (!domain) throw Failure.invalidField('domain', `there is no domain ${named.domain}`);
  return await ofCode(context, projectId, domain, named.code ?? '', query);
}

async function ofUrl(
  context: SimulationContext,
  projectId: number,
  url: string,
  query: string,
): Promise<SimulatedLink> {
  const urls = new ShortUrls(context.domains, context.domainAliases);
  const asked = urls.read(joinUrl(splitUrl(url).base, query, ''));
  if (!asked) {
    throw Failure.invalidField(
      'url',
      'must be a short URL on one of your domains, such as https://go.example.com/sale',
    );
  }
  if (asked.code === '' && isLongLinkQuery(query)) {
    return await ofLongLink(context, projectId, asked.domain, query);
  }
  if (asked.code === '')
    throw Failure.invalidField('url', 'must name a link: it ends where the code would begin');
  return await ofCode(context, projectId, asked.domain, asked.code, query);
}

async function ofCode(
  context: SimulationContext,
  projectId: number,
  domain: Domain,
  code: string,
  query: string,
): Promise<SimulatedLink> {
  const link = await context.links.findByCode(projectId, domain.id, code);
  if (!link) throw Failure.notFound(`A link ${code} on ${domain.host}`);
  return await complete(context, link, query);
}

async function complete(
  context: SimulationContext,
  link: CountedLink,
  query: string,
): Promise<SimulatedLink> {
  const { link: known, group } = await context.targetOf(link.domainId, link.code);
  if (!known || known.id !== link.id) throw Failure.notFound(`Link ${link.publicId}`);
  return { link, known, group, query, longQuery: null };
}

async function ofLongLink(
  context: SimulationContext,
  projectId: number,
  domain: Domain,
  query: string,
): Promise<SimulatedLink> {
  if (domain.projectId !== null && domain.projectId !== projectId) {
    throw Failure.notFound(`A domain ${domain.host} of yours`);
  }
  const longLink = readLongLinkQuery(query);
  const found = await context.longLinks.look(domain, longLink);
  if ('why' in found)
    throw Failure.invalidField('url', found.why || 'is a long link that cannot be followed');
  const { link: known, group } = found.target;
  if (known && !found.hasStandIn && known.projectId === projectId) {
    const link = { publicId: null, projectId, domainId: domain.id, code: '', social: {}, apps: NO_APPS };
    return { link, known, group, query: longLink.visitQuery, longQuery: query };
  }
  const [link] =
    known && found.hasStandIn
      ? await context.links.list({ projectId, before: known.id + 1, after: known.id - 1, limit: 1 })
      : [];
  if (!known || !link) throw Failure.notFound('The link of yours that stands for long links');
  return { link, known, group, query: longLink.visitQuery, longQuery: query };
}
