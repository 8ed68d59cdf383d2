import { asciiUrl } from '../../links/destination.ts';
import type { Shown } from '../decision.ts';
import type { Going } from '../going.ts';
import type { SharedText } from '../pages/share-tags.ts';
import { queryOf } from '../request-url.ts';

/** What is said of a visited link to those who share it further. */
export function sharedText(
  { request, longLink }: Going,
  { title, description, imageUrl }: Shown,
  shortUrl: string,
): SharedText {
  // Without its query it would be the card of another page.
  const url = longLink ? asciiUrl(`${shortUrl}?${queryOf(request.url ?? '')}`) : shortUrl;
  return { title, description, imageUrl: imageUrl ?? undefined, url, isVisitors: longLink !== null };
}
