import { joinUrl, nameOf, splitUrl } from '../links/destination.ts';
import { CAMPAIGN_FIELDS, type Campaign } from '../links/link.ts';

/**
 * Sets `utm_*` parameters on a destination. The campaign wins over a parameter of the same name; everything else,
 * the fragment included, stays byte for byte.
 */
export function withCampaign(destination: string, campaign: Campaign): string {
  const set = CAMPAIGN_FIELDS.filter((field) => campaign[field] !== undefined);
  return withParameters(
    destination,
    Object.fromEntries(set.map((field) => [`utm_${field}`, campaign[field] ?? ''])),
  );
}

/** Sets parameters on a URL, in place of those of the same name; everything else stays byte for byte. */
export function withParameters(url: string, parameters: Readonly<Record<string, string>>): string {
  const names = new Set(Object.keys(parameters));
  if (names.size === 0) return url;
  const { base, query, fragment } = splitUrl(url);
  const kept = query ? query.split('&').filter((pair) => !names.has(nameOf(pair))) : [];
  const added = Object.entries(parameters).map((pair) => pair.map(encoded).join('='));
  return joinUrl(base, [...kept, ...added].join('&'), fragment);
}

/** Half of a surrogate pair cannot be written in a URL. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
