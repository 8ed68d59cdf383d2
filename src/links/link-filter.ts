import type { LinkSource } from './link.ts';
import type { SettingName } from './setting.ts';

/** Which links; what is absent does not matter. */
export interface LinkFilter {
  readonly projectId: number;
  /** Part of a code, title or destination, ignoring case. */
  readonly search?: string;
  /** Part of a code or title, ignoring case. */
  readonly named?: string;
  /** Part of the title, of the memo; ignoring case. */
  readonly title?: string;
  readonly memo?: string;
  readonly groupId?: number | null;
  readonly domainId?: number;
  readonly code?: string;
  readonly tag?: string;
  readonly externalId?: string;
  /** Byte for byte. */
  readonly destination?: string;
  readonly hasCustomCode?: boolean;
  readonly sources?: readonly LinkSource[];
  /** Flags of the link's own settings; `false` is off or unset. */
  readonly flags?: { readonly [K in SettingName]?: boolean };
  /** What applies to the link at `at`, its group considered. */
  readonly status?: { readonly is: 'active' | 'paused' | 'ended'; readonly at: number };
  /** From the first instant to before the second. */
  readonly created?: Span;
  readonly deleting?: Span;
}

export interface Span {
  readonly from?: number;
  readonly until?: number;
}

/** Newest first, unless `oldestFirst`. */
export interface LinkQuery extends LinkFilter {
  readonly limit: number;
  /** Links with a smaller id than this, with a greater one than that. */
  readonly before?: number;
  readonly after?: number;
  readonly offset?: number;
  readonly oldestFirst?: boolean;
}
