import type { Generated } from 'kysely';

/** Events: large, appended; clicks are written by the ingest thread, deliveries by it and the delivery thread. */
export interface EventTables {
  click: ClickTable;
  link_counter: LinkCounterTable;
  link_slot: { link_id: number; taken: number };
  journal_segment: JournalSegmentTable;
  click_block: ClickBlockTable;
  click_block_column: ClickBlockColumnTable;
  dimension_value: DimensionValueTable;
  link_tally: LinkTallyTable;
  /** `raw-from`: raw clicks from before this quarter hour have been deleted. */
  statistics_state: { name: string; value: number };
  delivery: DeliveryTable;
  delivery_attempt: DeliveryAttemptTable;
  delivery_lane: DeliveryLaneTable;
  push_subscription: PushSubscriptionTable;
  /** Through which links (and groups of that moment) a visitor has subscribed. */
  push_subscription_link: {
    subscription_id: number;
    link_id: number;
    group_id: number | null;
    created_at: number;
  };
  push_message: PushMessageTable;
  deferred_click: DeferredClickTable;
  deferred_device: DeferredDeviceTable;
  app_event_tally: AppEventTallyTable;
}

export interface ClickTable {
  id: Generated<number>;
  click_id: string;
  kind: number;
  at: number;
  link_id: number;
  group_id: number | null;
  domain_id: number;
  route_id: number;
  flags: number;
  /** Keyed hash of address and user agent, 16 hex digits. */
  visitor: string;
  user_agent: string;
  language: string;
  referrer_host: string;
  /** JSON object, or null when the visited URL carried no `utm_*`. */
  utm: string | null;
  country: string;
  region: string;
  city: string;
  device: string;
  os: string;
  browser: string;
  language_tag: string;
  project_id: number;
}

/** Facts of many clicks as columns (`src/clicks/blocks`). Rows of one `run` were ordered together. */
export interface ClickBlockTable {
  id: Generated<number>;
  project_id: number;
  /** Blocks that were built at once share it; their links do not overlap but at the edges. */
  run: number;
  /** Facts of the whole run. */
  run_rows: number;
  rows: number;
  min_link: number;
  max_link: number;
  /** Quarter hours since 1970, both inclusive. */
  from_quarter: number;
  to_quarter: number;
  /** Facts from before this quarter hour have lost their visitors. */
  visitors_until: Generated<number>;
}

export interface ClickBlockColumnTable {
  block_id: number;
  /** One of `FACT_COLUMNS`; a column in which all facts say the usual is not there. */
  name: string;
  data: Uint8Array;
}

/** The text of each code in a block. Row 1 stands for every text that found no room. */
export interface DimensionValueTable {
  id: Generated<number>;
  project_id: number;
  dimension: string;
  value: string;
  /** Days since 1970 (UTC) of the click that brought it: so many new ones a day are taken. */
  day: number;
  /** Whose click that was: so many a link. */
  link_id: Generated<number>;
}

/** What a link has had in all, by country, so that foreign clicks can be left out whenever somebody says so. */
export interface LinkTallyTable {
  link_id: number;
  /** ISO 3166-1 alpha-2, or empty when unknown. */
  country: string;
  clicks: number;
  /** Of `clicks`. */
  repeats: number;
  /** Different ones, each in the country of the first click. */
  visitors: number;
}

/** `clicks` is what people are shown; the other two together are what a click limit compares with. */
export interface LinkCounterTable {
  link_id: number;
  clicks: number;
  /** Visits that took a slot of a limit. */
  slots_taken: number;
  /** Clicks from times when the link had no limit. */
  clicks_unslotted: number;
  first_click_at: number | null;
  last_click_at: number | null;
  /** Clicks and visitors that qualified for thresholds when they happened (`src/reactions/thresholds`); never go back. */
  threshold_clicks: Generated<number>;
  threshold_visitors: Generated<number>;
}

/** How far ingest has come in a journal segment. Written in the same transaction as the clicks it speaks of. */
export interface JournalSegmentTable {
  uuid: string;
  sequence: number;
  /** Bytes of the segment that are in the tables. */
  offset_bytes: number;
  records: number;
  /** When the sealed segment was read to its end; null while there may be more. */
  finished_at: number | null;
}

/** One message to one receiver: the outbox, and afterwards the log. See `src/reactions/delivery/delivery.ts`. */
export interface DeliveryTable {
  id: Generated<number>;
  /** 32 hex digits, derived from what happened and for whom; the same at every attempt and replay. */
  event_id: string;
  lane: string;
  /** `webhook`, `mail` or `push`. */
  channel: string;
  /** `clicks`, `test`, `endpoint-disabled`, `message`. */
  kind: string;
  project_id: number;
  endpoint_id: number | null;
  subscription_id: number | null;
  message_id: number | null;
  link_id: number | null;
  group_id: number | null;
  /** JSON. Of a webhook the very bytes that are sent. */
  body: string;
  /** 0 waiting, 1 delivered, 2 failed (given up), 3 not sent. */
  state: Generated<number>;
  /** Of a delivery that failed or was not sent: why, as a word of `FinalReason`. */
  reason: string | null;
  attempts: Generated<number>;
  created_at: number;
  /** Not tried before. */
  due_at: number;
  finished_at: number | null;
  /** Of a push message: when the browser showed it, and when somebody followed it. */
  shown_at: number | null;
  clicked_at: number | null;
}

export interface DeliveryAttemptTable {
  delivery_id: number;
  /** 1, 2, … */
  number: number;
  at: number;
  duration_ms: number;
  /** HTTP (or SMTP) status; null when there was no answer. */
  status: number | null;
  /** Why there was none, or why it does not count. */
  error: string | null;
  /** The first 4 kB of it. */
  answer: Generated<string>;
}

/** Deliveries that only delay each other. See `src/reactions/delivery/lane.ts`. */
export interface DeliveryLaneTable {
  lane: string;
  channel: string;
  project_id: number;
  /** Deliveries of state 0; maintained by all who write deliveries. */
  waiting: Generated<number>;
  /** How many were not kept because too many waited. */
  dropped: Generated<number>;
  /** When the next delivery is due; null when none waits. */
  due_at: number | null;
  /** Nothing is tried before. */
  open_at: Generated<number>;
  /** Why nothing is sent although it is due, such as `paused`; asked again from time to time. */
  held: string | null;
  /** First failure since the last success. */
  failing_since: number | null;
  lease_owner: string | null;
  lease_until: Generated<number>;
}

export interface PushSubscriptionTable {
  id: Generated<number>;
  public_id: string;
  project_id: number;
  /** `visitors` (subscribers) or `people` (of the project itself). */
  audience: string;
  /** URL at the browser maker's push service; whoever knows it and the keys can write to the browser. */
  endpoint: string;
  /** SHA-256, hex. */
  endpoint_hash: string;
  p256dh: string;
  auth: string;
  language: Generated<string>;
  label: Generated<string>;
  created_at: number;
}

/** A message to subscribers, and what has become of it. */
export interface PushMessageTable {
  id: Generated<number>;
  public_id: string;
  project_id: number;
  /** `all`, `group` or `link`. */
  target: string;
  group_id: number | null;
  link_id: number | null;
  title: string;
  body: string;
  url: string;
  image_url: string | null;
  /** `scheduled`, `sending`, `sent`, `cancelled`. */
  state: string;
  due_at: number;
  /** Subscriptions up to this id have their delivery. */
  fanned_out_to: Generated<number>;
  recipients: Generated<number>;
  sent: Generated<number>;
  failed: Generated<number>;
  gone: Generated<number>;
  shown: Generated<number>;
  clicked: Generated<number>;
  actor: string;
  created_at: number;
  /** When the last recipient's delivery had come to its end, or it was cancelled. */
  finished_at: number | null;
}

/** A click that led to an app store: whoever opens the app for the first time may learn of it, once. */
export interface DeferredClickTable {
  click_id: string;
  project_id: number;
  link_id: number;
  at: number;
  /** Deleted after that. */
  expires_at: number;
  /** `ios` or `android`. */
  platform: string;
  /** `18.5`; empty when unknown. */
  os_version: string;
  /** `ko-kr`; empty when unknown. */
  language: string;
  /** Keyed hash of the address; the address itself is not kept. Empty: found by its name alone. */
  network: string;
  /** Of the visited URL, for the parameters that travel on to the app. */
  query: Generated<string>;
  /** Version of the password that has let the visitor in; null where none was needed. */
  unlocked: string | null;
  claimed_at: number | null;
  /** Keyed hash of the device that has learnt of it. */
  claimed_by: string | null;
}

/** An app on a device that has asked, so that it is told at most once. */
export interface DeferredDeviceTable {
  project_id: number;
  /** Keyed hash. */
  device: string;
  /** Of its first question. */
  at: number;
  /** What it was told of: null for nothing, empty for a link that was named without a click. */
  click_id: string | null;
}

/** Events of apps by link, day (UTC, since 1970), platform and `ClickKind`. */
export interface AppEventTallyTable {
  link_id: number;
  day: number;
  platform: string;
  kind: number;
  count: number;
}
