import type { Settings } from './setting.ts';

export const CAMPAIGN_FIELDS = ['source', 'medium', 'campaign', 'term', 'content'] as const;
export type CampaignField = (typeof CAMPAIGN_FIELDS)[number];

/** Campaign parameters of a link, under their names without `utm_`. */
export type Campaign = { readonly [K in CampaignField]?: string };

/** Which surface a link was made through. */
export type LinkSource = 'api' | 'bulk' | 'vivoldi' | 'bit2connect' | 'firebase' | 'import';

/** One of a link's destinations. Today each link has one, without a condition. */
export interface Route {
  readonly id: number;
  readonly destination: string;
}

export interface Link {
  readonly id: number;
  readonly publicId: string;
  readonly projectId: number;
  readonly domainId: number;
  /** Null when ungrouped, and as soon as the group is deleted. */
  readonly groupId: number | null;
  readonly groupPublicId: string | null;
  readonly code: string;
  readonly route: Route;
  readonly title: string;
  readonly description: string;
  readonly imageUrl: string | null;
  readonly memo: string;
  readonly tags: readonly string[];
  readonly settings: Settings;
  readonly campaign: Campaign;
  readonly metadata: Readonly<Record<string, string>>;
  readonly externalId: string | null;
  readonly source: LinkSource;
  /** When the link deletes itself. */
  readonly deleteAt: number | null;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ClickCount {
  readonly clicks: number;
  readonly lastClickAt: number | null;
}

/** A link with what ingest has counted for it, its opening balance included. */
export type CountedLink = Link & ClickCount;
