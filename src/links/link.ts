import type { AppRouting } from './app-routing.ts';
import type { LinkApps } from './link-app.ts';
import type { Settings } from './setting.ts';

export const CAMPAIGN_FIELDS = ['source', 'medium', 'campaign', 'term', 'content'] as const;
export type CampaignField = (typeof CAMPAIGN_FIELDS)[number];

/** Campaign parameters of a link, under their names without `utm_`. */
export type Campaign = { readonly [K in CampaignField]?: string };

/** How a link looks when it is shared, where that differs from its own title, description and picture. */
export interface Social {
  readonly title?: string;
  readonly description?: string;
  readonly imageUrl?: string;
}

/** Which surface a link was made through. */
export const LINK_SOURCES = ['api', 'bulk', 'vivoldi', 'bit2connect', 'firebase', 'import'] as const;
export type LinkSource = (typeof LINK_SOURCES)[number];

/** One of a link's destinations. Today each link has one, without a condition. */
export interface Route {
  readonly id: number;
  readonly destination: string;
}

/** What a link knows of its group. */
export interface LinkGroup {
  readonly id: number;
  readonly publicId: string;
  readonly name: string;
  readonly settings: Settings;
}

export interface Link {
  readonly id: number;
  readonly publicId: string;
  readonly projectId: number;
  readonly domainId: number;
  /** Null when ungrouped, and as soon as the group is deleted. */
  readonly group: LinkGroup | null;
  readonly code: string;
  /** The code was chosen by hand. */
  readonly hasCustomCode: boolean;
  readonly route: Route;
  readonly title: string;
  readonly description: string;
  readonly imageUrl: string | null;
  readonly memo: string;
  readonly tags: readonly string[];
  readonly settings: Settings;
  readonly campaign: Campaign;
  readonly social: Social;
  readonly apps: LinkApps;
  readonly appRouting: AppRouting;
  /** Where desktops go instead of the destination. */
  readonly desktopUrl: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly externalId: string | null;
  readonly source: LinkSource;
  /** When the link deletes itself. */
  readonly deleteAt: number | null;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What ingest has counted for a link, its opening balance included, foreign clicks as `excludeForeign` says. */
export interface ClickCount {
  readonly clicks: number;
  /** Different ones, ever. */
  readonly visitors: number;
  /** Of any click, wherever it came from. */
  readonly lastClickAt: number | null;
}

export type CountedLink = Link & ClickCount;
