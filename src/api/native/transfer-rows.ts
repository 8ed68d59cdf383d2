import type { MovedEndpoint } from '../../accounts/moved-endpoint.ts';
import type { Project } from '../../accounts/project.ts';
import type { App } from '../../apps/app.ts';
import type { Domain } from '../../links/domain.ts';
import type { DomainDirectory } from '../../links/domain-directory.ts';
import type { Group } from '../../links/group.ts';
import { CAMPAIGN_FIELDS } from '../../links/link.ts';
import { type LinkApp, PLATFORMS } from '../../links/link-app.ts';
import type { ReservedCode } from '../../links/reserved-codes.ts';
import { SETTING_NAMES, SETTING_RULES, type Settings } from '../../links/setting.ts';
import type { Exported, ExportedLink } from '../../transfer/export-pages.ts';
import { appToApi } from './app-schema.ts';
import { projectToApi } from './project-routes.ts';
import { iso } from './schema.ts';
import { settingToApi } from './setting-schema.ts';

type Json = Readonly<Record<string, unknown>>;

/** A line of an export: what an import takes to make the same again. */
export function rowOf(domains: DomainDirectory, one: Exported): Json {
  switch (one.kind) {
    case 'link':
      return linkRow(domains, one);
    case 'group':
      return groupRow(one.group, one.endpoint);
    case 'app':
      return appRow(one.app);
    case 'domain':
      return domainRow(one.domain);
    case 'project':
      return projectRow(one.project, one.endpoint);
    case 'qr-logo':
      return { kind: 'qr-logo', ...withContent({ groupId: one.logo.groupPublicId }), data: one.logo.data };
    case 'reserved-code':
      return reservedCodeRow(domains, one.reserved);
  }
}

function domainRow({ host, pathPrefix, isDefault, createdAt }: Domain): Json {
  return { kind: 'domain', host, pathPrefix, isDefault, createdAt: isDefault ? undefined : iso(createdAt) };
}

function projectRow(project: Project, endpoint: MovedEndpoint | undefined): Json {
  const { id: _, version: __, createdAt: ___, updatedAt: ____, ...settings } = projectToApi(project);
  return { kind: 'project', ...settings, ...withContent({ webhookEndpoint: endpointRow(endpoint) }) };
}

function endpointRow(endpoint: MovedEndpoint | undefined): Json | undefined {
  if (!endpoint) return undefined;
  const { secret, previousSecrets, paused, disabledAt, disabledReason, createdAt } = endpoint;
  return {
    secret,
    previousSecrets: previousSecrets.map((previous) => ({ ...previous, until: iso(previous.until) })),
    paused,
    disabledAt: iso(disabledAt),
    disabledReason,
    createdAt: iso(createdAt),
  };
}

function reservedCodeRow(domains: DomainDirectory, one: ReservedCode): Json {
  return {
    kind: 'reserved-code',
    id: one.publicId,
    ...withContent({ domain: domainName(domains, one.domainId) }),
    code: one.code,
    ...(one.isCustom ? {} : { generatedCode: true }),
    createdAt: iso(one.createdAt),
    deletedAt: iso(one.deletedAt),
  };
}

function groupRow(
  { publicId, name, memo, settings, createdAt }: Group,
  endpoint: MovedEndpoint | undefined,
): Json {
  return {
    kind: 'group',
    id: publicId,
    name,
    ...withContent({ memo, ...settingsRow(settings), webhookEndpoint: endpointRow(endpoint) }),
    createdAt: iso(createdAt),
  };
}

function appRow(app: App): Json {
  const { id, version: _, updatedAt: __, createdAt, ...rest } = appToApi(app);
  return { kind: 'app', id, ...withContent(rest), createdAt };
}

/** What is on the default domain names none: the default domain of another installation has another name. */
function domainName(domains: DomainDirectory, id: number): string | undefined {
  const domain = domains.byId(id);
  const isElsewhere = domain !== undefined && !domain.isDefault;
  return isElsewhere ? [domain.host, domain.pathPrefix].filter(Boolean).join('/') : undefined;
}

function linkRow(
  domains: DomainDirectory,
  { link, balance, limitUsed, standsForLongLinks, firebaseRequest }: ExportedLink,
): Json {
  const { title, description, imageUrl } = link.social;
  return {
    kind: 'link',
    id: link.publicId,
    ...withContent({
      domain: domainName(domains, link.domainId),
      code: link.code,
      destination: link.route.destination,
      title: link.title,
      description: link.description,
      imageUrl: link.imageUrl,
      memo: link.memo,
      groupId: link.group?.publicId,
      group: link.group?.name,
      tags: link.tags,
      ...settingsRow(link.settings),
      // In one order, whatever order its caller had.
      campaign: withContent(Object.fromEntries(CAMPAIGN_FIELDS.map((name) => [name, link.campaign[name]]))),
      social: withContent({ title, description, imageUrl }),
      apps: withContent(
        Object.fromEntries(PLATFORMS.map((platform) => [platform, appOf(link.apps[platform])])),
      ),
      appRouting: link.appRouting,
      desktopUrl: link.desktopUrl,
      metadata: link.metadata,
      externalId: link.externalId,
      source: link.source,
      generatedCode: link.hasCustomCode ? undefined : true,
      standsForLongLinks: standsForLongLinks || undefined,
      firebaseRequest,
      deleteAt: iso(link.deleteAt),
      createdAt: iso(link.createdAt),
      clicks: balance?.clicks || undefined,
      visitors: balance?.visitors || undefined,
      foreignClicks: balance?.foreignClicks || undefined,
      foreignVisitors: balance?.foreignVisitors || undefined,
      limitUsed: limitUsed === (balance?.clicks ?? 0) ? undefined : limitUsed,
    }),
  };
}

function appOf(app: LinkApp | null): Json | undefined {
  if (!app) return undefined;
  const { savedAppId, ...described } = app;
  return savedAppId === null ? withContent(described) : { savedAppId };
}

/** What is set, in the order of the list of settings; of secrets their hashes. */
function settingsRow(settings: Settings): { settings: Json; secretHashes: Json } {
  const set = SETTING_NAMES.filter((name) => settings[name] !== undefined);
  const isHash = (name: (typeof set)[number]) =>
    SETTING_RULES[name].secret && typeof settings[name] === 'string';
  const pick = (names: typeof set, value: (name: (typeof set)[number]) => unknown) =>
    Object.fromEntries(names.map((name) => [name, value(name)]));
  return {
    settings: pick(
      set.filter((name) => !isHash(name)),
      (name) => settingToApi(name, settings[name]),
    ),
    secretHashes: pick(set.filter(isHash), (name) => settings[name]),
  };
}

/** Without what is not there or empty: most of most links is. */
function withContent(object: Json): Json {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => {
      if (value === undefined || value === null || value === '') return false;
      return typeof value !== 'object' || Object.keys(value).length > 0;
    }),
  );
}
