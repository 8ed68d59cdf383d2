import type { Generated } from 'kysely';

/** Events: large, appended, written by ingest alone. */
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
