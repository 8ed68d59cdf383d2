import { createHash } from 'node:crypto';
import type { ProjectService } from '../accounts/project-service.ts';
import type { WebhookEndpointService } from '../accounts/webhook-endpoint-service.ts';
import type { AppService } from '../apps/app-service.ts';
import type { Tx } from '../db/database.ts';
import { BASE62 } from '../db/public-id.ts';
import type { ReservedSegments } from '../links/code.ts';
import type { Domain } from '../links/domain.ts';
import { DomainDirectory } from '../links/domain-directory.ts';
import type { DomainService } from '../links/domain-service.ts';
import type { GroupService } from '../links/group-service.ts';
import type { LinkService } from '../links/link-service.ts';
import type { QrLogoService } from '../qr/qr-logo-service.ts';
import type { ImportOptions } from './import-entry.ts';

export interface ImportServices {
  readonly domains: DomainService;
  readonly groups: GroupService;
  readonly apps: AppService;
  readonly links: LinkService;
  readonly projects: ProjectService;
  readonly endpoints: WebhookEndpointService;
  readonly qrLogos: QrLogoService;
  readonly reserved: ReservedSegments;
  readonly publicUrl: string;
  readonly domainAliases: readonly string[];
}

/** Each time a group is deleted and imported again, one more is in use. */
const MOST_IDS = 100;

/** Where the rows of one transaction are taken to, with what earlier ones of it have made. */
export class ImportScene {
  readonly services: ImportServices;
  readonly tx: Tx;
  readonly projectId: number;
  readonly options: ImportOptions;
  #directory: DomainDirectory | undefined;

  constructor(services: ImportServices, tx: Tx, projectId: number, options: ImportOptions) {
    this.services = services;
    this.tx = tx;
    this.projectId = projectId;
    this.options = options;
  }

  async domains(): Promise<DomainDirectory> {
    const { domains, publicUrl } = this.services;
    this.#directory ??= new DomainDirectory(
      publicUrl,
      asServed(await domains.listIn(this.tx, this.projectId), new URL(publicUrl).host),
    );
    return this.#directory;
  }

  /** One has been made. */
  forgetDomains(): void {
    this.#directory = undefined;
  }

  /** @returns undefined when there is none of that name for the project */
  async domainNamed(name: string | undefined): Promise<Domain | undefined> {
    const directory = await this.domains();
    return name === undefined
      ? directory.default
      : directory.named(name, this.projectId, this.services.domainAliases);
  }

  /**
   * Where a group with an id from elsewhere stands, or is to stand. An id that somebody else has, or had, leads to
   * another that follows from it: links find their group by it, however much later they come.
   *
   * @returns undefined when every id that follows is taken, too
   */
  async placeOfGroup(publicId: string): Promise<{ id: string; isThere: boolean } | undefined> {
    let id = publicId;
    for (let step = 0; step < MOST_IDS; step++) {
      const owner = await this.services.groups.ownerOfId(this.tx, this.projectId, id);
      if (owner !== 'other') return { id, isThere: owner === 'project' };
      id = followingGroupId(this.projectId, id);
    }
    return undefined;
  }
}

/** The same for whoever asks, and not another project's. */
function followingGroupId(projectId: number, publicId: string): string {
  const hash = createHash('sha256').update(`${projectId}/${publicId}`).digest();
  return `grp_${[...hash.subarray(0, 16)].map((byte) => BASE62[byte % BASE62.length]).join('')}`;
}

/** Where no server runs, the default domain may still have another name than `PUBLIC_URL` gives it at the next start. */
function asServed(domains: readonly Domain[], host: string): readonly Domain[] {
  const isTaken = domains.some((domain) => !domain.isDefault && domain.host === host);
  return isTaken ? domains : domains.map((domain) => (domain.isDefault ? { ...domain, host } : domain));
}

/** Why a row cannot be placed whose domain is not there. */
export function noDomain(name = ''): string {
  const shown = name.slice(0, 300);
  const [, host = shown, pathPrefix] = /^([^/]+)\/(.+)$/.exec(shown) ?? [];
  const adding = `POST /api/v1/domains ${JSON.stringify({ host, pathPrefix })}`;
  return `there is no domain ${shown}; add it (${adding}), or name the one that is to have the codes (--domain)`;
}
