import type { Generated } from 'kysely';

/**
 * Configuration: small, precious, read hot. Instants are integer milliseconds, JSON is text on both engines,
 * and `version` counts the edits of a row (it is the row's ETag).
 */
export interface ConfigTables {
  instance_value: { name: string; value: string };
  project: ProjectTable;
  domain: DomainTable;
  api_key: ApiKeyTable;
  link_group: GroupTable;
  link: LinkTable;
  link_code: LinkCodeTable;
  link_route: LinkRouteTable;
  /** The project is its link's: tags are found by it. */
  link_tag: { link_id: number; project_id: number; tag: string };
  change: ChangeTable;
  idempotent_answer: IdempotentAnswerTable;
  app: AppTable;
  guess_window: GuessWindowTable;
  webhook_endpoint: WebhookEndpointTable;
  page_preview: PagePreviewTable;
  qr_logo: QrLogoTable;
  firebase_link: FirebaseLinkTable;
  import_run: ImportRunTable;
}

export interface ProjectTable {
  id: Generated<number>;
  public_id: string;
  name: string;
  time_zone: string;
  home_country: string;
  /** `en`, `ko` or `ja`: of mail and of pages that know no better. */
  language: string;
  /** JSON array of mail addresses. */
  notification_addresses: Generated<string>;
  /** Clicks between two notifications. */
  notify_every: Generated<number>;
  webhook_enabled: Generated<number>;
  webhook_url: string | null;
  webhook_metric: string | null;
  webhook_frequency: number | null;
  /** For how long after a click an app that is opened for the first time may still learn of it. */
  deferred_window_minutes: Generated<number>;
  /** Whether address and device may tell which click an app's first opening belongs to. */
  fingerprint_matching: Generated<number>;
  /** JSON array: hosts that Firebase long links and links made in apps may lead to, beside those already in use. */
  allowed_hosts: Generated<string>;
  /** Which instance secret keys the visitor hashes. */
  visitor_key_id: Generated<number>;
  version: Generated<number>;
  created_at: number;
  updated_at: number;
}

export interface DomainTable {
  id: Generated<number>;
  public_id: string;
  /** Null: every project may use it (the default domain). */
  project_id: number | null;
  /** Host and, when unusual, port: `go.example.com`, `localhost:8080`. Lower case. */
  host: string;
  /** First path segments that belong to the domain's links, without slashes at the ends; mostly empty. */
  path_prefix: Generated<string>;
  is_default: Generated<number>;
  /** The link that stands for all Firebase long links of the domain: their clicks are its clicks. */
  long_link_id: Generated<number | null>;
  version: Generated<number>;
  created_at: number;
  updated_at: number;
  deleted_at: number | null;
}

export interface ApiKeyTable {
  id: Generated<number>;
  public_id: string;
  project_id: number;
  name: string;
  /** SHA-256 of the key, hex. The key itself is shown once and kept nowhere. */
  key_hash: string;
  /** First characters of the key, to tell keys apart in lists. */
  hint: string;
  /** JSON array of scopes. */
  scopes: string;
  /** JSON: the app a publishable key is bound to; null for keys of servers. */
  app_restriction: string | null;
  expires_at: number | null;
  created_at: number;
  revoked_at: number | null;
  last_used_at: number | null;
}

export interface GroupTable {
  id: Generated<number>;
  public_id: string;
  project_id: number;
  name: string;
  memo: Generated<string>;
  /** JSON object: only the settings that are set. */
  settings: Generated<string>;
  /** Maintained with every change of membership; counting a million rows is no answer to a list. */
  link_count: Generated<number>;
  version: Generated<number>;
  created_at: number;
  updated_at: number;
  /** A deleted group is this one value; its links are let go later and behave as ungrouped at once. */
  deleted_at: number | null;
}

export interface LinkTable {
  id: Generated<number>;
  public_id: string;
  project_id: number;
  domain_id: number;
  group_id: number | null;
  title: Generated<string>;
  description: Generated<string>;
  image_url: string | null;
  memo: Generated<string>;
  settings: Generated<string>;
  /** JSON object of `source`, `medium`, `campaign`, `term`, `content`. */
  campaign: Generated<string>;
  /** JSON object of `title`, `description`, `imageUrl`: how the link looks when it is shared. */
  social: Generated<string>;
  /** Where desktops go instead of the destination. */
  desktop_url: Generated<string | null>;
  /** Saved apps; one that has been deleted counts as none. */
  ios_app_id: Generated<number | null>;
  android_app_id: Generated<number | null>;
  /** JSON object of `ios` and `android`: an app described by the link itself, where it names no saved one. */
  app_details: Generated<string>;
  /** JSON object: `AppRouting`. */
  app_routing: Generated<string>;
  /** JSON object of the caller's own. */
  metadata: Generated<string>;
  external_id: string | null;
  /** Which surface made it: `api`, `vivoldi`, `bit2connect`, `firebase`, `import`. */
  source: string;
  /** What `maxClicks` is counted over: `link` (later also `group`). */
  limit_scope: Generated<string>;
  /** Opening balance brought along by an import. */
  imported_clicks: Generated<number>;
  imported_visitors: Generated<number>;
  /** Of these, what was foreign where they were counted. */
  imported_foreign_clicks: Generated<number>;
  imported_foreign_visitors: Generated<number>;
  /** What counted against its click limit where it was before. */
  imported_slots: Generated<number>;
  /** When the link deletes itself; null for never. */
  delete_at: number | null;
  version: Generated<number>;
  created_at: number;
  updated_at: number;
  deleted_at: number | null;
}

/** The paths that lead to a link: one is primary, others are former or additional ones. */
export interface LinkCodeTable {
  id: Generated<number>;
  domain_id: number;
  code: string;
  link_id: number;
  is_primary: number;
  /** Chosen by hand (a brand id), not generated. */
  is_custom: number;
  created_at: number;
}

/** The destinations of a link. The first whose condition holds is taken; today there is one, without condition. */
export interface LinkRouteTable {
  id: Generated<number>;
  link_id: number;
  /** Its link's: routes are found by it. */
  project_id: number;
  position: number;
  condition: string | null;
  weight: Generated<number>;
  destination: string;
  /** First 16 hex digits of the destination's SHA-256: finds links by destination without indexing 3 kB texts. */
  destination_hash: string;
  /** Host and, when unusual, port; null once the link is deleted, which speaks for no host any more. */
  destination_host: string | null;
}

/** Append-only: history for people, and the feed by which other processes follow. */
export interface ChangeTable {
  id: Generated<number>;
  at: number;
  project_id: number | null;
  /** `key:<public id>`, `cli`, `system`. */
  actor: string;
  entity: string;
  entity_id: number;
  public_id: string;
  action: string;
  version: number;
  /** JSON object: changed fields as `{ name: { from, to } }`, secrets left out. */
  data: string;
  /** JSON array of `domainId/code` the change touches in link indexes. */
  codes: string;
}

export interface IdempotentAnswerTable {
  project_id: number;
  key: string;
  /** SHA-256 of method, path and body: the same key with another request is refused. */
  fingerprint: string;
  status: number;
  body: string;
  created_at: number;
}

/** A saved mobile app: links name it and follow every edit of it. */
export interface AppTable {
  id: Generated<number>;
  /** A UUID. */
  public_id: string;
  project_id: number;
  /** `ios` or `android`; never changes. */
  platform: string;
  name: string;
  /** Bundle id or package name. */
  identifier: string;
  store_url: string | null;
  app_store_id: string | null;
  min_version: string | null;
  min_os_version: string | null;
  team_id: string | null;
  /** JSON array. */
  sha256_fingerprints: Generated<string>;
  custom_scheme: string | null;
  version: Generated<number>;
  created_at: number;
  updated_at: number;
  deleted_at: number | null;
}

/** Guesses at a password within a window of time, by source and over all. */
export interface GuessWindowTable {
  /** Whose password: `group:12`, `link:345`. */
  owner: string;
  /** Keyed hash of the guesser's network; empty for all of them together. */
  source: string;
  started_at: number;
  used: number;
}

/**
 * The receiver of a group's webhook, or of its project's where `group_id` is null. Its URL, metric and frequency are
 * settings of the group or project; here is what belongs to the receiver itself.
 */
export interface WebhookEndpointTable {
  id: Generated<number>;
  public_id: string;
  project_id: number;
  group_id: number | null;
  /** `whsec_` and base64. */
  secret: string;
  /** JSON array of `PreviousSecret`: they sign too for a while, so that a receiver can change over in its own time. */
  previous_secrets: Generated<string>;
  /** What is due waits. */
  paused: Generated<number>;
  /** Since when the product itself sends nothing any more, and why: `gone` (it answered 410), `failing` (for days). */
  disabled_at: Generated<number | null>;
  disabled_reason: Generated<string | null>;
  version: Generated<number>;
  created_at: number;
  updated_at: number;
}

/** What a destination says of itself, fetched once for all links that lead there. */
export interface PagePreviewTable {
  /** SHA-256 of the URL, hex. */
  url_hash: string;
  url: string;
  /** Of the URL, with its port when unusual: one host is asked by one at a time. */
  host: string;
  title: Generated<string>;
  description: Generated<string>;
  image_url: string | null;
  /** `waiting`, `fetching`, `found`, `failed`. */
  state: string;
  /** Why the last try has found nothing, in a sentence; empty when it has. */
  problem: Generated<string>;
  tries: Generated<number>;
  /** When it is to be fetched, at the earliest; while it is being fetched, when somebody else may. */
  due_at: number;
  /** When the texts were found. */
  fetched_at: number | null;
}

/** The picture in the middle of QR codes: of a group, or of a project where `group_id` is null. */
export interface QrLogoTable {
  id: Generated<number>;
  project_id: number;
  group_id: number | null;
  /** A PNG of our own making, base64. */
  data: string;
  /** First 32 hex digits of the SHA-256 of the picture. */
  digest: string;
  width: number;
  height: number;
  updated_at: number;
}

/** A short link made with Firebase's call: the same input gives the same link. */
export interface FirebaseLinkTable {
  project_id: number;
  /** SHA-256 of what was asked for, hex. */
  fingerprint: string;
  link_id: number;
}

/** How far an import has come, so that it goes on where it was cut. */
export interface ImportRunTable {
  id: Generated<number>;
  public_id: string;
  project_id: number;
  /** `firebase`, `csv`, `bitly`, … */
  kind: string;
  /** SHA-256 of the file and of how it was to be read. */
  fingerprint: string;
  /** Rows that are done. */
  position: Generated<number>;
  created: Generated<number>;
  skipped: Generated<number>;
  failed: Generated<number>;
  finished_at: number | null;
  created_at: number;
  updated_at: number;
}
