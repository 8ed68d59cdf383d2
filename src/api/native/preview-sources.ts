import { z } from 'zod';
import type { PageTexts } from '../../deeplinks/previews/page-texts.ts';
import type { Link } from '../../links/link.ts';

const sourcedText = z.object({
  value: z.string().nullable(),
  source: z
    .enum(['social', 'link', 'page', 'none'])
    .meta({ description: 'Written for sharing, the link’s own, or read from the page it leads to' }),
});
type SourcedText = z.infer<typeof sourcedText>;

export const previewSourced = z.object({
  title: sourcedText,
  description: sourcedText,
  imageUrl: sourcedText,
});

/** What a preview of a link shows, and where each of it was written; the page speaks only for a link without a title. */
export function previewSources(
  { social, title, description, imageUrl }: Pick<Link, 'social' | 'title' | 'description' | 'imageUrl'>,
  page: PageTexts | null,
): z.infer<typeof previewSourced> {
  const speaking = (social.title ?? title) === '' ? page : null;
  const choose = (
    shared: string | undefined,
    own: string | null,
    read: string | null | undefined,
  ): SourcedText => {
    if (shared !== undefined && shared !== '') return { value: shared, source: 'social' };
    if (shared === undefined && own) return { value: own, source: 'link' };
    return read ? { value: read, source: 'page' } : { value: null, source: 'none' };
  };
  return {
    title: choose(social.title, title, speaking?.title),
    description: choose(social.description, description, speaking?.description),
    imageUrl: choose(social.imageUrl, imageUrl, speaking?.imageUrl),
  };
}
