import type { CountedLink, Link, LinkSource } from '../../links/link.ts';
import type { LinkInput } from '../../links/link-input.ts';
import type { ApiContext } from '../api-context.ts';
import { CREATE_TYPES, type LinkUpdate, type NewLink } from './link-schema.ts';
import type { ProjectClock } from './project-clock.ts';
import { LINK_SETTING_FIELDS } from './setting-fields.ts';
import { printEffective, printSettings, settingsPatch } from './setting-translation.ts';

/** The only type of link there is here: one that leads to a URL. */
const TYPE = { typeIdx: 103, typeNm: 'URL' } as const;

/** @param groupId as `findGroupId` has found it */
export function linkFromClient(
  input: NewLink | LinkUpdate,
  groupId: string | null | undefined,
  clock: ProjectClock,
) {
  return {
    groupId,
    title: textOf(input.ttl),
    description: textOf(input.description),
    imageUrl: input.metaImg,
    memo: textOf(input.memo),
    deleteAt: input.delYmdt == null ? input.delYmdt : clock.instantOf(input.delYmdt),
    settings: settingsPatch(LINK_SETTING_FIELDS, input, clock),
  } satisfies LinkInput;
}

function textOf(text: string | null | undefined): string | undefined {
  return text === null ? '' : text;
}

/**
 * A link in a list: its own values as documented, and what is in force beside them.
 *
 * @param pageTitles what pages are called, by URL: a link without a title is called as its page is
 */
export function linkToClient(
  context: ApiContext,
  link: CountedLink,
  clock: ProjectClock,
  pageTitles: ReadonlyMap<string, string>,
) {
  const { settings, group } = link;
  const { unset, ...own } = printSettings(LINK_SETTING_FIELDS, settings, clock);
  return {
    linkId: link.code,
    domain: domainOf(context, link),
    ...TYPE,
    ttl: link.title || (pageTitles.get(link.route.destination) ?? ''),
    url: link.route.destination,
    grpIdx: group?.id ?? 0,
    grpNm: group?.name ?? null,
    createTypeIdx: createTypeOf(link.source),
    brandLinkYn: link.hasCustomCode ? 'Y' : 'N',
    description: link.description,
    metaImg: link.imageUrl,
    memo: link.memo,
    acesCnt: link.clicks,
    pernCnt: link.visitors,
    ...own,
    delYmdt: link.deleteAt === null ? null : clock.textOf(link.deleteAt),
    regYmdt: clock.textOf(link.createdAt),
    modYmdt: clock.textOf(link.updatedAt),
    effective: printEffective(settings, group?.settings, clock),
    unset,
  };
}

/** The domain of a link as this API writes it, with its scheme. */
export function domainOf(context: ApiContext, { domainId }: Link): string {
  return context.domains.shortUrl(domainId, '').replace(/\/$/, '');
}

/** Every source but the two that make many at once is a call of an API. */
const BULK: readonly LinkSource[] = ['bulk', 'import'];
const SINGLE: readonly LinkSource[] = ['api', 'vivoldi', 'bit2connect', 'firebase'];

function createTypeOf(source: Link['source']): number {
  return BULK.includes(source) ? CREATE_TYPES.bulk : CREATE_TYPES.api;
}

/** The sources of links a list is asked for; undefined: any. Nothing is made in a dashboard yet. */
export function sourcesOf(createType: number | null | undefined): readonly LinkSource[] | undefined {
  if (!createType) return undefined;
  if (createType === CREATE_TYPES.bulk) return BULK;
  return createType === CREATE_TYPES.api ? SINGLE : [];
}
