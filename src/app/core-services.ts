import { ProjectService } from '../accounts/project-service.ts';
import { WebhookEndpointService } from '../accounts/webhook-endpoint-service.ts';
import { AppService } from '../apps/app-service.ts';
import type { Database } from '../db/database.ts';
import type { PagePreviews } from '../deeplinks/previews/page-previews.ts';
import { ReservedSegments } from '../links/code.ts';
import { DomainService } from '../links/domain-service.ts';
import { GroupService } from '../links/group-service.ts';
import { LinkService } from '../links/link-service.ts';
import { QrLogoService } from '../qr/qr-logo-service.ts';

/**
 * What projects and their links are edited through, with a server and without one.
 *
 * @param previews reads the pages that new links lead to; left out, nothing is read for them
 */
export function buildCoreServices(database: Database, allowPrivateTargets: boolean, previews?: PagePreviews) {
  const endpoints = new WebhookEndpointService(database, allowPrivateTargets);
  const projects = new ProjectService(database, endpoints);
  const domainService = new DomainService(database);
  const groups = new GroupService(database, endpoints);
  const reserved = new ReservedSegments();
  const apps = new AppService(database);
  const links = new LinkService(database, domainService, groups, apps, reserved, previews);
  const qrLogos = new QrLogoService(database);
  return { endpoints, projects, domainService, groups, reserved, apps, links, qrLogos };
}
