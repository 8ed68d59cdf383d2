import { z } from 'zod';
import type { PagePreview } from '../../deeplinks/previews/page-preview.ts';
import { shownTexts } from '../../deeplinks/previews/shown-texts.ts';
import type { Link } from '../../links/link.ts';
import { iso } from './schema.ts';

const texts = {
  title: z.string(),
  description: z.string(),
  imageUrl: z.string().nullable(),
};

export const linkPreview = z
  .object({
    card: z.object(texts).nullable().meta({
      description:
        'What chats are told of the link when it is not protected: what was written for sharing, else its own title, description and picture, else what its page says. Null when there is nothing to tell: they are led on to the page',
    }),
    page: z
      .object({
        url: z.string(),
        state: z.enum(['unread', 'waiting', 'fetching', 'found', 'failed']).meta({
          description:
            '`unread`: nobody has needed it. `waiting`, `fetching`: it is on its way. `found`: it was read. `failed`: `problem` says why not',
        }),
        ...texts,
        problem: z
          .string()
          .nullable()
          .meta({ description: 'Why the last try has found nothing, in a sentence' }),
        fetchedAt: z.string().nullable().meta({ description: 'When the texts were read' }),
      })
      .meta({ description: 'What the page that the link leads to says of itself' }),
  })
  .meta({ id: 'LinkPreview' });

export function linkPreviewToApi(
  { title, description, imageUrl, social, route }: Link,
  page: PagePreview | undefined,
): z.infer<typeof linkPreview> {
  const own = {
    title: social.title ?? title,
    description: social.description ?? description,
    imageUrl: social.imageUrl ?? imageUrl,
  };
  const { title: shownTitle, description: shownText, imageUrl: shownImage } = shownTexts(own, page ?? null);
  const card = { title: shownTitle, description: shownText, imageUrl: shownImage };
  return {
    card: card.title === '' && card.description === '' && card.imageUrl === null ? null : card,
    page: {
      url: route.destination,
      state: page?.state ?? 'unread',
      title: page?.title ?? '',
      description: page?.description ?? '',
      imageUrl: page?.imageUrl ?? null,
      problem: page?.problem || null,
      fetchedAt: iso(page?.fetchedAt ?? null),
    },
  };
}
