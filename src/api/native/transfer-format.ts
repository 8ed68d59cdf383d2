import type { App } from '../../apps/app.ts';
import type { Domain } from '../../links/domain.ts';
import type { DomainDirectory } from '../../links/domain-directory.ts';
import type { Group } from '../../links/group.ts';
import { type LinkApp, PLATFORMS } from '../../links/link-app.ts';
import { SETTING_NAMES, SETTING_RULES, type SettingName, type Settings } from '../../links/setting.ts';
import { type Exported, type ExportServices, exportPages, linkPages } from '../../transfer/export-pages.ts';
import { CSV_HEAD, csvLine } from '../../transfer/link-csv.ts';
import { EXPORT_VERSION } from '../../transfer/sources/ndjson.ts';
import { appToApi } from './app-schema.ts';
import { projectToApi } from './project-routes.ts';
import { iso } from './schema.ts';
import { settingToApi } from './setting-schema.ts';

export const EXPORT_FORMATS = ['ndjson', 'csv'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

type Json = Readonly<Record<string, unknown>>;

/**
 * A whole export, some hundred lines at a time. NDJSON has everything in the form in which an import takes it; CSV has
 * the links, without what opens them.
 */
export async function* exportText(
  services: ExportServices & { readonly domains: DomainDirectory },
  projectId: number,
  format: ExportFormat,
): AsyncGenerator<string> {
  const { domains } = services;
  if (format === 'csv') {
    yield CSV_HEAD;
    for await (const page of linkPages(services, projectId))
      yield page.map((one) => csvLine(rowOf(domains, asTableRow(one)))).join('');
    return;
  }
  const head = { kind: 'switchyard-export', version: EXPORT_VERSION, exportedAt: iso(Date.now()) };
  yield `${JSON.stringify(head)}\n`;
  for await (const page of exportPages(services, projectId)) {
    if (page.length > 0) yield page.map((one) => `${JSON.stringify(rowOf(domains, one))}\n`).join('');
  }
}

/** What decides who comes through a link, and when. */
const PROTECTIVE = [
  'paused',
  'startsAt',
  'endsAt',
  'expiredUrl',
  'password',
  'maxClicks',
  'qrBypass',
] as const satisfies SettingName[];

/** A table names groups and does not hold them: what a group protects its links with stands in their own rows. */
function asTableRow(one: Exported): Exported {
  if (one.kind !== 'link' || !one.link.group) return one;
  const { link } = one;
  const { settings: decided } = one.link.group;
  const taken = PROTECTIVE.filter((name) => decided[name] !== undefined).map((name) => [name, decided[name]]);
  return { ...one, link: { ...link, settings: { ...link.settings, ...Object.fromEntries(taken) } } };
}

function rowOf(domains: DomainDirectory, one: Exported): Json {
  if (one.kind === 'link') return linkRow(domains, one);
  if (one.kind === 'group') return groupRow(one.group);
  if (one.kind === 'app') return appRow(one.app);
  if (one.kind === 'domain') return domainRow(one.domain);
  const { id: _, version: __, createdAt: ___, updatedAt: ____, ...settings } = projectToApi(one.project);
  return { kind: 'project', ...settings };
}

function domainRow({ host, pathPrefix, isDefault, createdAt }: Domain): Json {
  return { kind: 'domain', host, pathPrefix, isDefault, createdAt: isDefault ? undefined : iso(createdAt) };
}

function groupRow({ publicId, name, memo, settings, createdAt }: Group): Json {
  return {
    kind: 'group',
    id: publicId,
    name,
    ...filled({ memo, ...settingsRow(settings) }),
    createdAt: iso(createdAt),
  };
}

function appRow(app: App): Json {
  const { id, version: _, updatedAt: __, createdAt, ...rest } = appToApi(app);
  return { kind: 'app', id, ...filled(rest), createdAt };
}

/** A link on the default domain names none: the default domain of another installation has another name. */
function linkRow(
  domains: DomainDirectory,
  { link, limitUsed, standsForLongLinks }: Extract<Exported, { kind: 'link' }>,
): Json {
  const domain = domains.byId(link.domainId);
  const isElsewhere = domain !== undefined && !domain.isDefault;
  return {
    kind: 'link',
    id: link.publicId,
    ...filled({
      domain: isElsewhere ? [domain.host, domain.pathPrefix].filter(Boolean).join('/') : undefined,
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
      campaign: link.campaign,
      social: link.social,
      apps: filled(Object.fromEntries(PLATFORMS.map((platform) => [platform, appOf(link.apps[platform])]))),
      appRouting: link.appRouting,
      desktopUrl: link.desktopUrl,
      metadata: link.metadata,
      externalId: link.externalId,
      source: link.source,
      generatedCode: link.hasCustomCode ? undefined : true,
      standsForLongLinks: standsForLongLinks || undefined,
      deleteAt: iso(link.deleteAt),
      createdAt: iso(link.createdAt),
      clicks: link.clicks || undefined,
      visitors: link.visitors || undefined,
      limitUsed: limitUsed === link.clicks ? undefined : limitUsed,
    }),
  };
}

function appOf(app: LinkApp | null): Json | undefined {
  if (!app) return undefined;
  const { savedAppId, ...described } = app;
  return savedAppId === null ? filled(described) : { savedAppId };
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
function filled(object: Json): Json {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => {
      if (value === undefined || value === null || value === '') return false;
      return typeof value !== 'object' || Object.keys(value).length > 0;
    }),
  );
}
