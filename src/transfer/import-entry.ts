import type { MovedEndpoint } from '../accounts/moved-endpoint.ts';
import type { ProjectInput } from '../accounts/project-service.ts';
import type { NewAppInput } from '../apps/app-input.ts';
import type { AppOrigin } from '../apps/app-service.ts';
import type { PreparedGroup } from '../links/group-input.ts';
import type { GroupOrigin } from '../links/group-service.ts';
import type { PreparedNewLink } from '../links/link-input.ts';
import type { PreparedLogo } from '../qr/logo-picture.ts';

/** What one row of an import asks for: checked, hashed, and not looked up yet. */
export type ImportEntry =
  | {
      readonly kind: 'project';
      readonly input: ProjectInput;
      readonly endpoint: MovedEndpoint | undefined;
    }
  | {
      readonly kind: 'domain';
      readonly host: string;
      readonly pathPrefix: string;
      readonly isDefault: boolean;
      readonly createdAt?: number | undefined;
    }
  | { readonly kind: 'group'; readonly group: PreparedGroup & { readonly name: string } & GroupOrigin }
  | { readonly kind: 'app'; readonly input: NewAppInput; readonly origin: AppOrigin }
  | {
      readonly kind: 'qr-logo';
      /** Of the group whose codes carry it; undefined: all of the project's. */
      readonly groupId: string | undefined;
      readonly logo: PreparedLogo;
    }
  | LinkEntry
  | ReservedCodeEntry
  /** Broken by itself, whatever is there already. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface LinkEntry {
  readonly kind: 'link';
  /** As the row names it; the default one when absent. */
  readonly domain: string | undefined;
  /** Of a link without a `groupId`. */
  readonly groupName: string | undefined;
  /** Its `domainId` is set when the domain has been found. */
  readonly prepared: PreparedNewLink;
  /** The request of Firebase's call that made it, if one did: SHA-256 in hex. */
  readonly firebaseRequest: string | undefined;
}

/** The code of a link that has been deleted there, and is to stay reserved here. */
export interface ReservedCodeEntry {
  readonly kind: 'reserved-code';
  readonly domain: string | undefined;
  readonly code: string;
  readonly isCustom: boolean;
  readonly publicId: string | undefined;
  readonly createdAt: number;
  readonly deletedAt: number;
}

/** What to do with a row whose code somebody else has, or leads elsewhere. */
export const ON_CONFLICT = ['skip', 'rename', 'fail'] as const;
export type OnConflict = (typeof ON_CONFLICT)[number];

export interface ImportOptions {
  readonly onConflict: OnConflict;
  /** Name of the group of links that name none; made when there is none. */
  readonly group?: string | undefined;
}

/**
 * What became of a row. `exists`: what it asks for is there already, and was left as it is; `refused`: it cannot be
 * taken, for the reason given.
 */
export interface RowOutcome {
  readonly outcome: 'created' | 'exists' | 'refused';
  readonly reason: string | null;
  readonly shortUrl: string | null;
}

export const CREATED: RowOutcome = { outcome: 'created', reason: null, shortUrl: null };

export function exists(reason: string | null, shortUrl: string | null = null): RowOutcome {
  return { outcome: 'exists', reason, shortUrl };
}

export function refused(reason: string): RowOutcome {
  return { outcome: 'refused', reason, shortUrl: null };
}
