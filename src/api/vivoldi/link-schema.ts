import { z } from 'zod';
import type { ReservedSegments } from '../../links/code.ts';
import {
  brandLinkId,
  choice,
  httpUrl,
  linkList,
  localTime,
  name,
  neverEmpty,
  optional,
  refused,
  required,
  secureUrl,
  text,
  unlessEmpty,
  wholeNumber,
  yesNo,
} from './field-rules.ts';
import { pages } from './list-page.ts';
import { LINK_SETTING_FIELDS, shapeOf, WEBHOOK_FIELDS } from './setting-fields.ts';

const LONGEST_TITLE = 255;
const LONGEST_DESCRIPTION = 1_000;
export const LONGEST_MEMO = 500;

/** 0 stands for none. */
export const groupNumber = wholeNumber(0, Number.MAX_SAFE_INTEGER);

type WebhookField = keyof typeof WEBHOOK_FIELDS;
const noWebhooks = Object.fromEntries(
  Object.keys(WEBHOOK_FIELDS).map((field) => [field, refused('belongsToGroups')]),
) as Record<WebhookField, ReturnType<typeof refused>>;

const written = {
  grpIdx: optional(groupNumber),
  description: optional(text({ max: LONGEST_DESCRIPTION })),
  metaImg: optional(secureUrl),
  memo: optional(text({ max: LONGEST_MEMO })),
  delYmdt: optional(localTime),
  ...shapeOf(LINK_SETTING_FIELDS),
  ...noWebhooks,
};

export function newLink(reserved: ReservedSegments) {
  return z.object({
    url: required(httpUrl),
    domain: optional(name),
    brandLinkId: optional(brandLinkId(reserved)),
    reuseYn: optional(yesNo),
    ttl: optional(text({ max: LONGEST_TITLE })),
    ...written,
  });
}
export type NewLink = z.output<ReturnType<typeof newLink>>;

/** What the service's largest documented plan allows in one call. */
const LINKS_PER_CALL = 300;

export function newLinks(oneLink: ReturnType<typeof newLink>) {
  return z.object({ links: required(linkList(LINKS_PER_CALL)).pipe(z.array(oneLink)) });
}

const identity = { linkId: required(name), domain: optional(name) };

export const linkUpdate = z.object({
  ...identity,
  url: neverEmpty(httpUrl),
  ttl: unlessEmpty(text({ max: LONGEST_TITLE })),
  ...written,
});
export type LinkUpdate = z.output<typeof linkUpdate>;

export const linkIdentity = z.object(identity);
export type LinkIdentity = z.output<typeof linkIdentity>;

/** How a link came to be, in this API's numbers; 0 is "in any way". */
export const CREATE_TYPES = { dashboard: 270, api: 272, bulk: 274 } as const;

export const linkListQuery = z.object({
  regStartYmdt: optional(localTime),
  regEndYmdt: optional(localTime),
  pages,
  linkId: optional(name),
  domain: optional(name),
  createTypeIdx: optional(choice(0, ...Object.values(CREATE_TYPES))),
  grpIdx: optional(groupNumber),
  url: optional(name),
  ttl: optional(name),
  memo: optional(name),
  brandLinkYn: optional(yesNo),
  notfSubscYn: optional(yesNo),
  qrBypassYn: optional(yesNo),
  pushNotifyYn: optional(yesNo),
  mailNotifyYn: optional(yesNo),
  blockOverseasSticsYn: optional(yesNo),
  startDelYmdt: optional(localTime),
  endDelYmdt: optional(localTime),
});
export type LinkListQuery = z.output<typeof linkListQuery>;
