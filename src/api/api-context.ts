import type { KeyService } from '../accounts/key-service.ts';
import type { ProjectService } from '../accounts/project-service.ts';
import type { AppService } from '../apps/app-service.ts';
import type { Database } from '../db/database.ts';
import type { ReservedSegments } from '../links/code.ts';
import type { DomainDirectory } from '../links/domain-directory.ts';
import type { DomainService } from '../links/domain-service.ts';
import type { GroupService } from '../links/group-service.ts';
import type { LinkService } from '../links/link-service.ts';
import type { Logger } from '../observability/logger.ts';
import type { ClientAddress } from '../visits/client-address.ts';
import type { Readiness } from './health-routes.ts';
import type { Principal } from './principal.ts';

/** What the surfaces are given to work with. */
export interface ApiContext {
  readonly database: Database;
  readonly domains: DomainDirectory;
  readonly domainService: DomainService;
  readonly links: LinkService;
  readonly apps: AppService;
  readonly groups: GroupService;
  readonly projects: ProjectService;
  readonly keys: KeyService;
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
  /** Visits that count against a link's limit so far. */
  slotsTaken(linkId: number): Promise<number>;
  readiness(): Promise<Readiness>;
}
