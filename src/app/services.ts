import { KeyService } from '../accounts/key-service.ts';
import type { Store } from '../db/open.ts';
import { ShortLinkService } from '../deeplinks/firebase/short-link-service.ts';
import { PagePreviews } from '../deeplinks/previews/page-previews.ts';
import { PreviewStore } from '../deeplinks/previews/preview-store.ts';
import { throttled } from '../observability/throttle.ts';
import { ImportService } from '../transfer/import-service.ts';
import { buildCoreServices } from './core-services.ts';
import type { Opening } from './opening.ts';

/** What the configuration is changed and read through. Nothing here has a life of its own yet. */
export type Services = ReturnType<typeof buildServices>;

export function buildServices({ config, publicUrl, logger }: Opening, { database }: Store) {
  const previews = new PagePreviews({
    store: new PreviewStore(database),
    fetches: config.fetchPreviews,
    onTrouble: throttled(10_000, (error: unknown, times) => {
      logger.warn({ reason: String(error), times }, 'previews of pages are not to be had now');
    }),
  });
  const core = buildCoreServices(database, config.allowPrivateTargets, previews);
  const keys = new KeyService(database);
  const shortLinks = new ShortLinkService(database, core.links, core.reserved);
  const { domainAliases } = config;
  const imports = new ImportService(database, {
    ...core,
    ...{ domains: core.domainService, publicUrl, domainAliases },
  });
  return { ...core, keys, previews, shortLinks, imports };
}
