import type { Reader } from '../db/database.ts';
import { QUARTER_MS } from './blocks/fact.ts';

/** Number of the oldest row there is; 1 when there is none. */
export async function firstRow(read: Reader): Promise<number> {
  // Both ends in one statement would be a look at every row.
  const row = await read
    .selectFrom('click')
    .select((eb) => eb.fn.min('id').as('id'))
    .executeTakeFirst();
  return row?.id ?? 1;
}

/** Number of the newest row; 0 when there is none. */
export async function lastRow(read: Reader): Promise<number> {
  const row = await read
    .selectFrom('click')
    .select((eb) => eb.fn.max('id').as('id'))
    .executeTakeFirst();
  return row?.id ?? 0;
}

/** From when on all raw clicks are kept, in milliseconds; undefined when none has ever been deleted. */
export async function rawClicksKeptFrom(read: Reader): Promise<number | undefined> {
  const row = await read
    .selectFrom('statistics_state')
    .select('value')
    .where('name', '=', 'raw-from')
    .executeTakeFirst();
  return row ? row.value * QUARTER_MS : undefined;
}
