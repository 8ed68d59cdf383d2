import type { Generated } from 'kysely';

/** Events: large, appended, written by ingest alone. */
export interface EventTables {
  click: ClickTable;
  link_counter: LinkCounterTable;
  link_slot: { link_id: number; taken: number };
  journal_segment: JournalSegmentTable;
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
