import { z } from 'zod';
import { withCampaign } from '../../deeplinks/campaign.ts';
import { Failure } from '../../errors.ts';
import type { Campaign, CountedLink } from '../../links/link.ts';
import type { LinkInput, NewLinkInput } from '../../links/link-input.ts';
import { effective, explainSettings } from '../../links/overlay.ts';
import type { ApiContext } from '../api-context.ts';
import { explainedApps } from './app-explanation.ts';
import { appDetails, appId, customScheme, identifier } from './app-schema.ts';
import { previewSourced } from './preview-sources.ts';
import { instant, iso, milliseconds, nextCursor, publicId } from './schema.ts';
import {
  explainedSettings,
  linkSettings,
  linkSettingsPatch,
  patchFromApi,
  settingsToApi,
  settingToApi,
} from './setting-schema.ts';

const campaign = {
  source: z.string().nullable(),
  medium: z.string().nullable(),
  campaign: z.string().nullable(),
  term: z.string().nullable(),
  content: z.string().nullable(),
};

const social = {
  title: z.string().nullable(),
  description: z.string().nullable(),
  imageUrl: z.string().nullable(),
};

const ofThisLinkAlone = {
  deepLink: z
    .string()
    .nullable()
    .optional()
    .meta({ description: 'What the app is opened with on this platform; the destination when absent' }),
  ipadIdentifier: z
    .string()
    .nullable()
    .optional()
    .meta({ description: 'Bundle id of another app for iPads' }),
  ipadStoreUrl: z.string().nullable().optional().meta({ description: 'Where iPads without the app go' }),
};

/** @returns undefined where it is one of the two kinds, and what is wrong stands in it */
function notAnApp(input: unknown): string | undefined {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return 'must be an object, such as {"savedAppId": "…"}';
  if ('savedAppId' in input && 'identifier' in input) return 'give savedAppId or identifier, not both';
  if ('savedAppId' in input || 'identifier' in input) return undefined;
  return 'needs savedAppId (a saved app) or identifier (its bundle id or package name)';
}

const linkAppInput = z
  .union(
    [
      z.strictObject({ savedAppId: appId }),
      z.strictObject({ identifier, ...appDetails, customScheme, ...ofThisLinkAlone }),
    ],
    { error: ({ input }) => notAnApp(input) },
  )
  .nullable()
  .meta({ description: 'A saved app to follow, or an app described here; null for none' });

const linkApp = z
  .object({
    savedAppId: appId.nullable().meta({ description: 'The saved app this follows, if any' }),
    identifier: z.string(),
    storeUrl: z.string().nullable(),
    appStoreId: z.string().nullable(),
    minVersion: z.string().nullable(),
    customScheme: z.string().nullable(),
    deepLink: z.string().nullable(),
    ipadIdentifier: z.string().nullable(),
    ipadStoreUrl: z.string().nullable(),
  })
  .nullable();

const storeParameter = z.string().nullable();
const appRouting = {
  forceRedirect: z.boolean().meta({ description: 'Never a page of ours in between' }),
  desktopUrlWithoutStore: z
    .boolean()
    .meta({ description: 'Phones that no store has an app of the link for go to `desktopUrl`' }),
  gclid: storeParameter.meta({ description: 'Google Ads click id, for Google Play' }),
  at: storeParameter.meta({ description: 'App Store: affiliate token' }),
  ct: storeParameter.meta({ description: 'App Store: campaign' }),
  mt: storeParameter.meta({ description: 'App Store: media type' }),
  pt: storeParameter.meta({ description: 'App Store: provider token' }),
};

const written = {
  groupId: publicId.nullable().optional().meta({ description: 'Group the link belongs to; null for none' }),
  title: z.string().optional(),
  description: z.string().optional(),
  imageUrl: z.string().nullable().optional(),
  memo: z.string().optional().meta({ description: 'For you; visitors never see it' }),
  tags: z.array(z.string()).optional(),
  settings: linkSettingsPatch.optional(),
  campaign: z
    .strictObject(campaign)
    .partial()
    .optional()
    .meta({ description: 'Set as `utm_*` on the destination; null removes one' }),
  social: z.strictObject(social).partial().nullable().optional().meta({
    description:
      'How the link looks when shared, if unlike title, description and image; replaced as a whole',
  }),
  apps: z
    .strictObject({ ios: linkAppInput, android: linkAppInput })
    .partial()
    .optional()
    .meta({ description: 'The app the link opens, platform by platform' }),
  appRouting: z.strictObject(appRouting).partial().nullable().optional().meta({
    description: 'How the link leads to its apps, and what their stores are told; replaced as a whole',
  }),
  desktopUrl: z.string().nullable().optional().meta({ description: 'Where desktops go instead' }),
  metadata: z
    .record(z.string(), z.string())
    .optional()
    .meta({ description: 'Your own names and values; replaced as a whole' }),
  externalId: z.string().nullable().optional().meta({ description: 'Your own id of this link' }),
  deleteAt: instant.nullable().optional().meta({ description: 'When the link deletes itself' }),
};

export const newLink = z
  .strictObject({
    destination: z.string().meta({
      description: 'Where visitors go: an http or https URL',
      example: 'https://example.com/summer',
    }),
    domain: z
      .string()
      .max(300)
      .optional()
      .meta({ description: 'Short domain; the default one when absent', example: 'go.example.com' }),
    code: z
      .string()
      .max(200)
      .optional()
      .meta({ description: 'The path of the short URL; a random one when absent', example: 'summer-sale' }),
    ...written,
  })
  .meta({ id: 'NewLink' });

export const newLinks = z
  .strictObject({ links: z.array(newLink).min(1).max(1_000) })
  .meta({ id: 'NewLinks' });

export const linkPatch = z
  .strictObject({ destination: z.string().optional(), ...written })
  .meta({ id: 'LinkPatch', description: 'Absent fields are left alone' });

export const link = z
  .object({
    id: publicId,
    shortUrl: z.string(),
    domain: z.string(),
    code: z.string(),
    destination: z.string(),
    groupId: publicId.nullable(),
    title: z.string(),
    description: z.string(),
    imageUrl: z.string().nullable(),
    memo: z.string(),
    tags: z.array(z.string()),
    settings: linkSettings,
    campaign: z.object(campaign),
    social: z.object(social),
    apps: z
      .object({ ios: linkApp, android: linkApp })
      .meta({ description: 'As they are now: a saved app is followed, not copied' }),
    appRouting: z.object(appRouting),
    desktopUrl: z.string().nullable(),
    metadata: z.record(z.string(), z.string()),
    externalId: z.string().nullable(),
    source: z.string().meta({ description: 'Which surface made it' }),
    deleteAt: instant.nullable(),
    clicks: z.int().meta({
      description:
        'Counted so far, foreign ones as `excludeForeign` says now; a click appears within a second',
    }),
    visitors: z.int().meta({ description: 'Different ones so far, likewise' }),
    lastClickAt: instant.nullable(),
    version: z.int(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'Link' });

export const linkPage = z.object({ links: z.array(link), nextCursor }).meta({ id: 'LinkPage' });

export const linkExplanation = z
  .object({
    linkId: publicId,
    shortUrl: z.string(),
    group: z.object({ id: publicId, name: z.string() }).nullable(),
    status: z
      .enum(['active', 'paused', 'notStarted', 'ended', 'limitReached'])
      .meta({ description: 'What a visitor meets now, passwords apart' }),
    passwordProtected: z.boolean(),
    settings: explainedSettings,
    destination: z
      .object({
        value: z.string().meta({ description: 'With its campaign parameters' }),
        own: z.string(),
        desktop: z.string().nullable().meta({ description: 'Where desktops go instead, likewise' }),
        campaign: z.object(campaign),
      })
      .meta({ description: 'Where the web goes, as it comes out' }),
    apps: explainedApps,
    preview: previewSourced.meta({ description: 'What chats show now, and where each of it was written' }),
  })
  .meta({ id: 'LinkExplanation' });

/** @param path of the link in the caller's own input, to name broken fields */
export function newLinkFromApi(
  context: ApiContext,
  projectId: number,
  input: z.infer<typeof newLink>,
  path = '',
): NewLinkInput {
  const { domain: named, destination, code } = input;
  const domain =
    named === undefined
      ? context.domains.default
      : context.domains.named(named, projectId, context.domainAliases);
  if (!domain) throw Failure.invalidField(`${path}domain`, `there is no domain ${named}; add it first`);
  return { ...linkFromApi(input), destination, domainId: domain.id, code };
}

export function linkFromApi(input: z.infer<typeof linkPatch>): LinkInput {
  return {
    ...input,
    settings: input.settings && patchFromApi(input.settings),
    deleteAt: typeof input.deleteAt === 'string' ? milliseconds(input.deleteAt) : input.deleteAt,
  };
}

export function linkToApi(context: ApiContext, counted: CountedLink): z.infer<typeof link> {
  const domain = context.domains.byId(counted.domainId) ?? context.domains.default;
  const { campaign: own, appRouting: routing } = counted;
  return {
    id: counted.publicId,
    shortUrl: context.domains.shortUrl(counted.domainId, counted.code),
    domain: domain.pathPrefix === '' ? domain.host : `${domain.host}/${domain.pathPrefix}`,
    code: counted.code,
    destination: counted.route.destination,
    groupId: counted.group?.publicId ?? null,
    title: counted.title,
    description: counted.description,
    imageUrl: counted.imageUrl,
    memo: counted.memo,
    tags: [...counted.tags],
    settings: settingsToApi(counted.settings, 'link') as z.infer<typeof linkSettings>,
    campaign: campaignToApi(own),
    social: {
      title: counted.social.title ?? null,
      description: counted.social.description ?? null,
      imageUrl: counted.social.imageUrl ?? null,
    },
    apps: { ...counted.apps },
    appRouting: {
      forceRedirect: routing.forceRedirect ?? false,
      desktopUrlWithoutStore: routing.desktopUrlWithoutStore ?? false,
      gclid: routing.gclid ?? null,
      at: routing.at ?? null,
      ct: routing.ct ?? null,
      mt: routing.mt ?? null,
      pt: routing.pt ?? null,
    },
    desktopUrl: counted.desktopUrl,
    metadata: { ...counted.metadata },
    externalId: counted.externalId,
    source: counted.source,
    deleteAt: iso(counted.deleteAt),
    clicks: counted.clicks,
    visitors: counted.visitors,
    lastClickAt: iso(counted.lastClickAt),
    version: counted.version,
    createdAt: iso(counted.createdAt),
    updatedAt: iso(counted.updatedAt),
  };
}

export function linkExplanationToApi(
  context: ApiContext,
  counted: CountedLink,
  status: z.infer<typeof linkExplanation>['status'],
  { apps, preview }: Pick<z.infer<typeof linkExplanation>, 'apps' | 'preview'>,
): z.infer<typeof linkExplanation> {
  const { group, campaign: own, route, desktopUrl } = counted;
  return {
    linkId: counted.publicId,
    shortUrl: context.domains.shortUrl(counted.domainId, counted.code),
    group: group ? { id: group.publicId, name: group.name } : null,
    status,
    passwordProtected: effective('password', counted.settings, group?.settings) !== false,
    settings: Object.fromEntries(
      explainSettings(counted.settings, group?.settings).map(({ name, value, source }) => [
        name,
        {
          value: settingToApi(name, value),
          source,
          link: settingToApi(name, counted.settings[name]),
          group: settingToApi(name, group?.settings[name]),
        },
      ]),
    ),
    destination: {
      value: withCampaign(route.destination, own),
      own: route.destination,
      desktop: desktopUrl === null ? null : withCampaign(desktopUrl, own),
      campaign: campaignToApi(own),
    },
    apps,
    preview,
  };
}

function campaignToApi(own: Campaign) {
  return {
    source: own.source ?? null,
    medium: own.medium ?? null,
    campaign: own.campaign ?? null,
    term: own.term ?? null,
    content: own.content ?? null,
  };
}
