import type { Database, Reader } from '../db/database.ts';
import type { Lookup } from '../db/lookup.ts';

const TAKEN = `
  select coalesce(link_slot.taken, 0) + coalesce(link_counter.clicks_unslotted, 0)
           + coalesce(link.imported_slots, 0) as taken
    from (select cast($1 as bigint) as link_id) as asked
    left join link on link.id = asked.link_id
    left join link_slot on link_slot.link_id = asked.link_id
    left join link_counter on link_counter.link_id = asked.link_id`;

/** What counts against the limit and is no slot of ours: clicks without a limit, and from before the link was here. */
const NOT_BY_SLOTS = `(coalesce((select clicks_unslotted from link_counter where link_id = $1), 0)
  + coalesce((select imported_slots from link where id = $1), 0))`;

/** One statement, so that however many ask at once, the row's lock lets exactly as many through as there are slots. */
const TAKE = `
  insert into link_slot (link_id, taken)
  select cast($1 as bigint), 1
   where ${NOT_BY_SLOTS} < $2
      on conflict (link_id) do update set taken = link_slot.taken + 1
   where link_slot.taken + ${NOT_BY_SLOTS} < $2
  returning taken`;

const GIVE_BACK = 'update link_slot set taken = taken - 1 where link_id = $1 returning taken';

/** Where one process serves, what ingest has counted is the truth; a backup of where many do brings it to theirs. */
const COUNTED = `
  select coalesce(slots_taken, 0) + coalesce(clicks_unslotted, 0) + coalesce(imported_slots, 0) as taken
    from (select cast($1 as bigint) as link_id) as asked
    left join link on link.id = asked.link_id
    left join link_counter on link_counter.link_id = asked.link_id`;

type Row = { taken: number };

/** Slots in the database: where many processes serve, a row of `link_slot` is the truth. */
export class DatabaseSlotStore {
  readonly #taken: Lookup<Row>;
  readonly #take: Lookup<Row>;
  readonly #giveBack: Lookup<Row>;

  constructor(database: Database) {
    this.#taken = database.prepareLookup<Row>(TAKEN);
    this.#take = database.prepareLookup<Row>(TAKE);
    this.#giveBack = database.prepareLookup<Row>(GIVE_BACK);
  }

  async taken(linkId: number): Promise<number> {
    return (await this.#taken(linkId))?.taken ?? 0;
  }

  async take(linkId: number, limit: number): Promise<boolean> {
    return (await this.#take(linkId, limit)) !== undefined;
  }

  giveBack(linkId: number): void {
    void (async () => this.#giveBack(linkId))().catch(() => {});
  }
}

/** What ingest has counted so far against a link's limit. */
export function prepareSlotCount(database: Database): (linkId: number) => number | Promise<number> {
  const lookup = database.prepareLookup<Row>(COUNTED);
  return (linkId) => {
    const row = lookup(linkId);
    return row instanceof Promise ? row.then((found) => found?.taken ?? 0) : (row?.taken ?? 0);
  };
}

/** What counts against the click limit of each of these links, or would if there were one. */
export async function loadSlotsUsed(read: Reader, linkIds: readonly number[]): Promise<Map<number, number>> {
  if (linkIds.length === 0) return new Map();
  const rows = await read
    .selectFrom('link')
    .leftJoin('link_counter', 'link_counter.link_id', 'link.id')
    .leftJoin('link_slot', 'link_slot.link_id', 'link.id')
    .select(['link.id', 'imported_slots', 'slots_taken', 'clicks_unslotted', 'taken'])
    .where('link.id', 'in', linkIds)
    .execute();
  return new Map(
    rows.map(({ id, imported_slots, slots_taken, clicks_unslotted, taken }) => [
      id,
      // Where many processes serve, a row of `link_slot` is ahead of what ingest has counted; else behind.
      imported_slots + Math.max(slots_taken ?? 0, taken ?? 0) + (clicks_unslotted ?? 0),
    ]),
  );
}
