import { KeyService } from '../accounts/key-service.ts';
import { ProjectService } from '../accounts/project-service.ts';
import { WebhookEndpointService } from '../accounts/webhook-endpoint-service.ts';
import { AppService } from '../apps/app-service.ts';
import type { Store } from '../db/open.ts';
import { ShortLinkService } from '../deeplinks/firebase/short-link-service.ts';
import { PagePreviews } from '../deeplinks/previews/page-previews.ts';
import { PreviewStore } from '../deeplinks/previews/preview-store.ts';
import { ReservedSegments } from '../links/code.ts';
import { DomainService } from '../links/domain-service.ts';
import { GroupService } from '../links/group-service.ts';
import { LinkService } from '../links/link-service.ts';
import { throttled } from '../observability/throttle.ts';
import { QrLogoService } from '../qr/qr-logo-service.ts';
import { ImportService } from '../transfer/import-service.ts';
import type { Opening } from './opening.ts';

/** What the configuration is changed and read through. Nothing here has a life of its own yet. */
export type Services = ReturnType<typeof buildServices>;

export function buildServices({ config, publicUrl, logger }: Opening, { database }: Store) {
  const endpoints = new WebhookEndpointService(database, config.allowPrivateTargets);
  const projects = new ProjectService(database, endpoints);
  const domainService = new DomainService(database);
  const groups = new GroupService(database, endpoints);
  const keys = new KeyService(database);
  const reserved = new ReservedSegments();
  const apps = new AppService(database);
  const previews = new PagePreviews({
    store: new PreviewStore(database),
    fetches: config.fetchPreviews,
    onTrouble: throttled(10_000, (error: unknown, times) => {
      logger.warn({ reason: String(error), times }, 'previews of pages are not to be had now');
    }),
  });
  const links = new LinkService(database, domainService, groups, apps, reserved, previews);
  const shortLinks = new ShortLinkService(database, links, reserved);
  const qrLogos = new QrLogoService(database);
  const imports = new ImportService(database, {
    ...{ domains: domainService, groups, apps, links, projects, endpoints, qrLogos, reserved, publicUrl },
    domainAliases: config.domainAliases,
  });
  return {
    endpoints,
    projects,
    domainService,
    groups,
    keys,
    reserved,
    apps,
    previews,
    links,
    shortLinks,
    imports,
    qrLogos,
  };
}
