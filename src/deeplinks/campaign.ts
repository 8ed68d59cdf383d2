import { joinUrl, nameOf, splitUrl } from '../links/destination.ts';
import { CAMPAIGN_FIELDS, type Campaign } from '../links/link.ts';

/**
 * Sets `utm_*` parameters on a destination. The campaign wins over a parameter of the same name; everything else,
 * the fragment included, stays byte for byte.
 */
export function withCampaign(destination: string, campaign: Campaign): string {
  const set = CAMPAIGN_FIELDS.filter((field) => campaign[field] !== undefined);
  if (set.length === 0) return destination;
  const { base, query, fragment } = splitUrl(destination);
  const names = new Set(set.map((field) => `utm_${field}`));
  const kept = query ? query.split('&').filter((pair) => !names.has(nameOf(pair))) : [];
  const added = set.map((field) => `utm_${field}=${encodeURIComponent(campaign[field] ?? '')}`);
  return joinUrl(base, [...kept, ...added].join('&'), fragment);
}
