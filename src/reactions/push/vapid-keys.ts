import webPush from 'web-push';
import type { Database } from '../../db/database.ts';

/** How this installation identifies itself to push services (RFC 8292); base64url. */
export interface VapidKeys {
  /** Browsers are given it when they subscribe: subscriptions are bound to it, so it must never change. */
  readonly publicKey: string;
  readonly privateKey: string;
}

const NAME = 'vapid-keys-1';

/** Made at the first start and kept in the database, so that every process on it has the same. */
export async function ensureVapidKeys(database: Database): Promise<VapidKeys> {
  await database.transact('system', async (tx) => {
    await tx.db
      .insertInto('instance_value')
      .values({ name: NAME, value: JSON.stringify(webPush.generateVAPIDKeys()) })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
  });
  const { value } = await database.read
    .selectFrom('instance_value')
    .select('value')
    .where('name', '=', NAME)
    .executeTakeFirstOrThrow();
  return JSON.parse(value) as VapidKeys;
}
