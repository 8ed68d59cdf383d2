import type { Store } from '../db/open.ts';
import type { Opening } from './opening.ts';
import type { Services } from './services.ts';

/**
 * What an empty database needs before it can serve. Several processes may start on it at once.
 *
 * @returns a key that was made because there was none
 */
export async function setUp(
  { config, publicUrl }: Opening,
  { database }: Store,
  { projects, domainService, keys }: Services,
): Promise<string | undefined> {
  await database.transact('system', async (tx) => {
    await database.takeTurn(tx);
    await projects.ensureDefault(tx, config);
    await domainService.ensureDefault(tx, new URL(publicUrl).host);
  });
  const { id } = await projects.loadDefault();
  return await database.transact('system', async (tx) => {
    await database.takeTurn(tx);
    if (config.bootstrapApiKey) {
      await keys.ensureBootstrap(tx, id, config.bootstrapApiKey);
      return undefined;
    }
    if (await keys.any(tx)) return undefined;
    const { secret } = await keys.create(tx, {
      projectId: id,
      name: 'first key',
      scopes: ['*'],
      expiresAt: null,
    });
    return secret;
  });
}
