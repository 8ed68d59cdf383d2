import type { Database } from '../db/database.ts';
import type { Lookup } from '../db/lookup.ts';
import type { AppRouting } from './app-routing.ts';
import type { Campaign, Social } from './link.ts';
import type { OpenedApp, Platform } from './link-app.ts';
import { describedApps } from './link-app-row.ts';
import type { Settings } from './setting.ts';

/** What a visit has to know of a link. */
export interface FoundLink {
  readonly id: number;
  readonly projectId: number;
  readonly domainId: number;
  readonly groupId: number | null;
  readonly routeId: number;
  readonly destination: string;
  /** Where desktops go instead of the destination. */
  readonly desktopUrl: string | null;
  readonly campaign: Campaign;
  readonly settings: Settings;
  /** Title, description and picture as the link is shared: what was written for that, else its own. */
  readonly title: string;
  readonly description: string;
  readonly imageUrl: string | null;
  readonly deleteAt: number | null;
  readonly timeZone: string;
  /** By row: the saved apps the link follows. */
  readonly iosAppId: number | null;
  readonly androidAppId: number | null;
  /** The apps it describes itself. */
  readonly describedApps: { readonly [P in Platform]?: OpenedApp };
  readonly appRouting: AppRouting;
}

/** A saved app that lives. */
export type FoundApp = OpenedApp;

export interface FoundGroup {
  readonly id: number;
  readonly settings: Settings;
}

const LINK_BY_CODE = `
  select link.id, link.project_id, link.domain_id, link.group_id, link.title, link.description, link.image_url,
         link.settings, link.campaign, link.social, link.desktop_url, link.delete_at,
         link.ios_app_id, link.android_app_id, link.app_details, link.app_routing, link_route.id as route_id, link_route.destination,
         project.time_zone
    from link_code
    join link on link.id = link_code.link_id and link.deleted_at is null
    join link_route on link_route.link_id = link.id and link_route.position = 0
    join project on project.id = link.project_id
   where link_code.domain_id = $1 and link_code.code = $2`;

const APP_BY_ID = `
  select identifier, store_url, app_store_id, min_version, custom_scheme from app
   where id = $1 and deleted_at is null`;

const IOS_APP_BY_IDENTIFIER = `
  select identifier, store_url, app_store_id, min_version, custom_scheme from app
   where project_id = $1 and identifier = $2 and platform = 'ios' and deleted_at is null
   order by id limit 1`;

const GROUP_BY_ID = 'select id, settings from link_group where id = $1 and deleted_at is null';

interface LinkRow {
  id: number;
  project_id: number;
  domain_id: number;
  group_id: number | null;
  route_id: number;
  destination: string;
  desktop_url: string | null;
  campaign: string;
  social: string;
  settings: string;
  title: string;
  description: string;
  image_url: string | null;
  delete_at: number | null;
  time_zone: string;
  ios_app_id: number | null;
  android_app_id: number | null;
  app_details: string;
  app_routing: string;
}

interface AppRow {
  identifier: string;
  store_url: string | null;
  app_store_id: string | null;
  min_version: string | null;
  custom_scheme: string | null;
}

/** The queries behind a visit, prepared once. Synchronous where the database is a file of this process. */
export class LinkLookup {
  readonly #link: Lookup<LinkRow>;
  readonly #group: Lookup<{ id: number; settings: string }>;
  readonly #app: Lookup<AppRow>;
  readonly #iosApp: Lookup<AppRow>;

  constructor(database: Database) {
    this.#link = database.prepareLookup<LinkRow>(LINK_BY_CODE);
    this.#group = database.prepareLookup<{ id: number; settings: string }>(GROUP_BY_ID);
    this.#app = database.prepareLookup<AppRow>(APP_BY_ID);
    this.#iosApp = database.prepareLookup<AppRow>(IOS_APP_BY_IDENTIFIER);
  }

  findLink(domainId: number, code: string): FoundLink | undefined | Promise<FoundLink | undefined> {
    const row = this.#link(domainId, code);
    return row instanceof Promise ? row.then(linkFromRow) : linkFromRow(row);
  }

  findGroup(id: number): FoundGroup | undefined | Promise<FoundGroup | undefined> {
    const row = this.#group(id);
    return row instanceof Promise ? row.then(groupFromRow) : groupFromRow(row);
  }

  findApp(id: number): FoundApp | undefined | Promise<FoundApp | undefined> {
    const row = this.#app(id);
    return row instanceof Promise ? row.then(appFromRow) : appFromRow(row);
  }

  /** Of several that are saved under one bundle id the first. */
  findIosApp(projectId: number, identifier: string): FoundApp | undefined | Promise<FoundApp | undefined> {
    const row = this.#iosApp(projectId, identifier);
    return row instanceof Promise ? row.then(appFromRow) : appFromRow(row);
  }
}

function linkFromRow(row: LinkRow | undefined): FoundLink | undefined {
  if (!row) return undefined;
  const social: Social = JSON.parse(row.social);
  return {
    id: row.id,
    projectId: row.project_id,
    domainId: row.domain_id,
    groupId: row.group_id,
    routeId: row.route_id,
    destination: row.destination,
    desktopUrl: row.desktop_url,
    campaign: JSON.parse(row.campaign),
    settings: JSON.parse(row.settings),
    title: social.title ?? row.title,
    description: social.description ?? row.description,
    imageUrl: social.imageUrl ?? row.image_url,
    deleteAt: row.delete_at,
    timeZone: row.time_zone,
    iosAppId: row.ios_app_id,
    androidAppId: row.android_app_id,
    describedApps: describedApps(row.app_details),
    appRouting: JSON.parse(row.app_routing),
  };
}

function appFromRow(row: AppRow | undefined): FoundApp | undefined {
  return (
    row && {
      identifier: row.identifier,
      storeUrl: row.store_url,
      appStoreId: row.app_store_id,
      minVersion: row.min_version,
      customScheme: row.custom_scheme,
      deepLink: null,
      ipadIdentifier: null,
      ipadStoreUrl: null,
    }
  );
}

function groupFromRow(row: { id: number; settings: string } | undefined): FoundGroup | undefined {
  return row && { id: row.id, settings: JSON.parse(row.settings) };
}
