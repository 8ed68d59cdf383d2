import { randomBytes } from 'node:crypto';
import type { Database } from '../db/database.ts';

/**
 * What each secret keys. One secret, one purpose: whoever learns one of them gains nothing elsewhere. The number
 * leaves room for a successor beside it.
 */
export type InstanceSecretName =
  /** Visitor hashes. */
  | 'visitor-secret-1'
  /** Cookies of visitors who have entered a password. */
  | 'unlock-secret-1'
  /** Cookies of people who have opened a statistics page. */
  | 'statistics-page-secret-1'
  /** The networks wrong passwords come from. */
  | 'guess-secret-1'
  /** Networks that clicks towards apps came from, and devices that ask for them. */
  | 'deferred-secret-1'
  /** What raw clicks call a visitor. */
  | 'pseudonym-secret-1'
  /** What a page that asks for a subscription carries, to show that a visit has led to it. */
  | 'push-invitation-secret-1';

/**
 * A secret of this installation, made at the first start and kept in the database, so that every process on it
 * computes the same with it. 32 bytes, hex.
 */
export async function ensureInstanceSecret(database: Database, name: InstanceSecretName): Promise<string> {
  await database.transact('system', async (tx) => {
    await tx.db
      .insertInto('instance_value')
      .values({ name, value: randomBytes(32).toString('hex') })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
  });
  const row = await database.read
    .selectFrom('instance_value')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  return row.value;
}
