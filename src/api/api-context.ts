import type { KeyService } from '../accounts/key-service.ts';
import type { ProjectService } from '../accounts/project-service.ts';
import type { WebhookEndpointService } from '../accounts/webhook-endpoint-service.ts';
import type { AppService } from '../apps/app-service.ts';
import type { LiveClicks } from '../clicks/live-clicks.ts';
import type { Statistics } from '../clicks/statistics/statistics.ts';
import type { RebuildProgress, RebuildReport } from '../clicks/upkeep/rebuild.ts';
import type { Database } from '../db/database.ts';
import type { AssociationFiles } from '../deeplinks/association/association-files.ts';
import type { DeferredService } from '../deeplinks/deferred/deferred-service.ts';
import type { ShortLinkService } from '../deeplinks/firebase/short-link-service.ts';
import type { PagePreviews } from '../deeplinks/previews/page-previews.ts';
import type { ReservedSegments } from '../links/code.ts';
import type { DomainDirectory } from '../links/domain-directory.ts';
import type { DomainService } from '../links/domain-service.ts';
import type { GroupService } from '../links/group-service.ts';
import type { KnownApps } from '../links/known-apps.ts';
import type { LinkService } from '../links/link-service.ts';
import type { ApiMeter } from '../observability/api-meter.ts';
import type { HealthReport } from '../observability/health-report.ts';
import type { Logger } from '../observability/logger.ts';
import type { PaintingThread } from '../qr/painting-thread.ts';
import type { QrLogoService } from '../qr/qr-logo-service.ts';
import type { PushServices } from '../reactions/push/push-services.ts';
import type { Reactions } from '../reactions/reactions.ts';
import type { ImportService } from '../transfer/import-service.ts';
import type { AppVisits } from '../visits/app-visits.ts';
import type { ClientAddress } from '../visits/client-address.ts';
import type { Guesses } from '../visits/guesses.ts';
import type { LongLinks } from '../visits/long-links.ts';
import type { PushInvitations } from '../visits/push-invitations.ts';
import type { Target } from '../visits/visit-directory.ts';
import type { PublishableCalls } from './app-call.ts';
import type { Readiness } from './health-routes.ts';
import type { Principal } from './principal.ts';

/** What the surfaces are given to work with. */
export interface ApiContext {
  readonly database: Database;
  readonly domains: DomainDirectory;
  readonly domainService: DomainService;
  readonly links: LinkService;
  /** Which apps keys inside apps, and long links, may open. */
  readonly knownApps: KnownApps;
  readonly longLinks: LongLinks;
  /** Short links as Firebase makes them. */
  readonly shortLinks: ShortLinkService;
  /** Short links that apps open themselves. */
  readonly appVisits: AppVisits;
  /** One for all surfaces, or each would count for itself. */
  readonly publishableCalls: PublishableCalls;
  /** Which link an app was installed for. */
  readonly deferred: DeferredService;
  readonly apps: AppService;
  /** Which apps may open the links of a host. */
  readonly associations: AssociationFiles;
  /** What the pages that links lead to say of themselves. */
  readonly previews: PagePreviews;
  readonly groups: GroupService;
  readonly imports: ImportService;
  readonly projects: ProjectService;
  readonly keys: KeyService;
  readonly endpoints: WebhookEndpointService;
  readonly qrLogos: QrLogoService;
  /** Who draws QR codes and reads their logos. */
  readonly painting: PaintingThread;
  readonly reactions: Reactions;
  /** What browsers subscribe with; base64url. */
  readonly vapidPublicKey: string;
  /** What visitors who subscribe have to show. */
  readonly invitations: PushInvitations;
  /** Those with which browsers may subscribe. */
  readonly pushServices: PushServices;
  /** Whether there is a mail server. */
  readonly sendsMail: boolean;
  /** Guesses at passwords, of whatever they open; counted over all processes. */
  readonly guesses: Guesses;
  readonly statistics: Statistics;
  readonly reserved: ReservedSegments;
  /** Host names in requests that mean the default domain. */
  readonly domainAliases: readonly string[];
  readonly clientAddress: ClientAddress;
  /** Requests of one key in an hour, where that service's API has a limit. */
  readonly bit2connectRateLimit: number;
  readonly vivoldiRateLimit: { readonly perMinute: number | null; readonly perHour: number | null };
  readonly logger: Logger;
  /** @throws Failure `unauthenticated`, `key-expired` */
  authenticate(key: string | undefined): Promise<Principal>;
  /** A link and its group as visits see them now. @throws Failure `unavailable` */
  targetOf(domainId: number, code: string): Promise<Target>;
  /** Visits that count against a link's limit so far. */
  slotsTaken(linkId: number): Promise<number>;
  /** The same of many links, as far as the store knows. */
  slotsUsed(linkIds: readonly number[]): Promise<ReadonlyMap<number, number>>;
  /** Clicks as they come in. */
  readonly live: LiveClicks;
  /** What clients of a project are told instead of the hash of a visitor. */
  visitorPseudonyms(projectId: number): (visitor: string) => string;
  readiness(): Promise<Readiness>;
  readonly meter: ApiMeter;
  /** In the text format of Prometheus. */
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  isMetricsToken(token: string): boolean;
  /** Whether it is the one in the data folder, which the command line on this machine sends. */
  isControlToken(token: string): boolean;
  reportHealth(): Promise<HealthReport>;
  /** Counts the raw clicks again; see `rebuildStatistics`. */
  rebuildStatistics(dryRun: boolean, onProgress: (progress: RebuildProgress) => void): Promise<RebuildReport>;
}
