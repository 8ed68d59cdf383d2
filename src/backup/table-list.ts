import type { StoreShape, TableShape } from '../db/table-shape.ts';
import type { ConfigTables } from '../db/tables/config-tables.ts';
import type { EventTables } from '../db/tables/event-tables.ts';
import type { TableReading } from '../db/whole-store.ts';

/** What a backup does with a table beyond taking all of its rows. */
type Rule = Pick<TableReading, 'instead' | 'from' | 'isLarge'>;

/** PostgreSQL's indexes take no text of 2.7 kB. A link to such a host leads where it did, and is not found by it. */
const HOST = 'case when length(destination_host) > 2000 then null else destination_host end';

/**
 * Every table there is, in the order of the file: one that is forgotten here does not compile.
 *
 * What is not carried: who was at work on something. A lease would keep a lane waiting for a process that is gone; a
 * page that was being read is read again when its time is over.
 */
const CONFIG: Readonly<Record<keyof ConfigTables, Rule>> = {
  instance_value: {},
  project: {},
  domain: {},
  api_key: {},
  link_group: {},
  app: {},
  link: {},
  link_code: {},
  link_route: { instead: { destination_host: HOST } },
  link_tag: {},
  webhook_endpoint: {},
  qr_logo: { isLarge: true },
  firebase_link: {},
  import_run: {},
  page_preview: {},
  guess_window: {},
  idempotent_answer: { isLarge: true },
  change: {},
};

/**
 * Slots of limited links: where one process serves, its journal and `link_counter` are the truth; where many do,
 * `link_slot` is. Whoever reads the backup may be either, so both have the greater of the two.
 */
const SLOTS = `(select link_id, max(taken) as taken
   from (select link_id, taken from link_slot
         union all select link_id, slots_taken from link_counter where slots_taken > 0) as counted
  group by link_id)`;

/** Also links whose every click was lost after it had taken its slot. */
const COUNTERS = `(select coalesce(link_counter.link_id, link_slot.link_id) as either_id, taken, link_counter.*
   from link_counter full join link_slot on link_slot.link_id = link_counter.link_id)`;

const COUNTED = {
  link_id: 'either_id',
  clicks: 'coalesce(clicks, 0)',
  slots_taken: 'case when taken > coalesce(slots_taken, 0) then taken else coalesce(slots_taken, 0) end',
  clicks_unslotted: 'coalesce(clicks_unslotted, 0)',
  threshold_clicks: 'coalesce(threshold_clicks, 0)',
  threshold_visitors: 'coalesce(threshold_visitors, 0)',
};

const EVENTS: Readonly<Record<keyof EventTables, Rule>> = {
  click: {},
  link_counter: { from: COUNTERS, instead: COUNTED },
  link_slot: { from: SLOTS },
  link_tally: {},
  journal_segment: {},
  click_block: {},
  click_block_column: { isLarge: true },
  dimension_value: {},
  statistics_state: {},
  delivery: {},
  delivery_attempt: {},
  delivery_lane: { instead: { lease_owner: 'cast(null as text)', lease_until: '0' } },
  push_subscription: {},
  push_subscription_link: {},
  push_message: {},
  deferred_click: {},
  deferred_device: {},
  app_event_tally: {},
};

/** How the tables of a store of this shape are read, in the order of the file. */
export function readingsOf({ config, events }: StoreShape): TableReading[] {
  return [...readings(CONFIG, config), ...readings(EVENTS, events)];
}

/** @throws Error when the list and the store do not name the same tables */
function readings(rules: Readonly<Record<string, Rule>>, tables: readonly TableShape[]): TableReading[] {
  const unknown = tables.find(({ name }) => rules[name] === undefined);
  if (unknown) throw new Error(`no backup knows the table ${unknown.name}`);
  return Object.entries(rules).flatMap(([name, rule]) => {
    // A store of an older version may lack it.
    const table = tables.find((one) => one.name === name);
    return table ? [{ table, ...rule }] : [];
  });
}
