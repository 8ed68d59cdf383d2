import { randomBytes } from 'node:crypto';
import type { Database } from '../db/database.ts';

/**
 * The secret that keys visitor hashes, made at the first start and kept in the database, so that every process on
 * it gives one visitor one hash. 32 bytes, hex.
 */
export async function ensureInstanceSecret(database: Database): Promise<string> {
  await database.transact('system', async (tx) => {
    await tx.db
      .insertInto('instance_value')
      .values({ name: 'visitor-secret-1', value: randomBytes(32).toString('hex') })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
  });
  const row = await database.read
    .selectFrom('instance_value')
    .select('value')
    .where('name', '=', 'visitor-secret-1')
    .executeTakeFirstOrThrow();
  return row.value;
}
