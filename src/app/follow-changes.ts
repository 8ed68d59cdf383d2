import type { Change } from '../db/change.ts';
import type { Logger } from '../observability/logger.ts';
import { ShortUrls } from '../visits/short-urls.ts';
import type { Memory } from './memory.ts';
import type { Opening } from './opening.ts';
import type { Parts } from './parts.ts';
import type { Services } from './services.ts';

type FollowingParts = Pick<Parts, 'store' | 'services' | 'memory' | 'clicks' | 'reactions'>;

/** From here on everything in memory is up to date with every edit, whoever makes it. */
export async function followChanges(opening: Opening, parts: FollowingParts): Promise<void> {
  const { config, logger, disposals } = opening;
  const { database, feed } = parts.store;
  const { previews, domainService } = parts.services;
  const follow = (changes: readonly Change[]) => tell(parts, changes, logger);
  database.onCommit(follow);
  await feed.start(follow);
  disposals.add(() => feed.stop());
  if (config.fetchPreviews) {
    startPreviews(opening, previews, parts.memory);
    database.onCommit((changes) => previews.follow(changes));
    disposals.add(() => previews.stop());
  }
  // What another process changed between the first reading and the start of the feed.
  parts.memory.domains.replace(await domainService.loadAll());
}

async function tell(parts: FollowingParts, changes: readonly Change[], logger: Logger): Promise<void> {
  const { services, memory, clicks, reactions } = parts;
  memory.directory.follow(changes);
  memory.hosts.follow(changes);
  memory.knownApps.follow(changes);
  memory.associations.follow(changes);
  clicks.statistics.follow(changes);
  reactions.reactions.follow(changes);
  for (const { entity, entityId } of changes) {
    if (entity === 'link') clicks.slots.forget(entityId);
    if (entity === 'group') clicks.slots.forgetAll();
  }
  if (changes.some(({ entity }) => entity === 'api-key')) services.keys.forget();
  if (changes.some(({ entity }) => entity === 'domain')) {
    await services.domainService.loadAll().then(
      (all) => memory.domains.replace(all),
      (error: unknown) => logger.error({ err: error }, 'the domains could not be read again'),
    );
  }
}

function startPreviews({ config, publicUrl }: Opening, previews: Services['previews'], { domains }: Memory) {
  const shortUrls = new ShortUrls(domains, []);
  previews.start({
    allowPrivate: config.allowPrivateTargets,
    isOwn: (url) => shortUrls.read(url) !== undefined,
    userAgent: `Mozilla/5.0 (compatible; SwitchyardBot/1.0; +${publicUrl})`,
  });
}
