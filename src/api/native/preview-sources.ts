import { z } from 'zod';
import type { PageTexts } from '../../deeplinks/previews/page-texts.ts';
import type { Social } from '../../links/link.ts';
import { decide } from '../../visits/decide.ts';
import type { Decision } from '../../visits/decision.ts';
import { describedBy } from '../../visits/described-page.ts';
import { describedVisit } from '../../visits/described-visit.ts';
import type { KnownLink, Target } from '../../visits/visit-directory.ts';

const sourcedText = z.object({
  value: z.string().nullable(),
  source: z
    .enum(['social', 'link', 'page', 'none'])
    .meta({ description: 'Written for sharing, the link’s own, or read from the page it leads to' }),
});
type SourcedText = z.infer<typeof sourcedText>;

export const previewSourced = z.object({
  shows: z.enum(['card', 'page', 'protected', 'notice']).meta({
    description:
      'What a chat gets. `card`: these texts. `page`: there are none, so it is led on and shows the page. `protected`: a page that tells nothing of the link. `notice`: that it is paused, has ended or is gone',
  }),
  title: sourcedText,
  description: sourcedText,
  imageUrl: sourcedText,
});

export interface Previewed {
  readonly known: KnownLink;
  readonly group: Target['group'];
  /** What was written for sharing. */
  readonly social: Social;
  /** What the page says that the link leads to; null when it does not speak for the link, or nothing is known. */
  readonly page: PageTexts | null;
}

/** What chats show of a link at an instant, decided as their visits are, and where each of it was written. */
export function previewSources(
  { known, group, social, page }: Previewed,
  now: number,
): z.infer<typeof previewSourced> {
  const target = describedBy({ link: known, group }, { url: known.pageUrl, texts: page });
  const decision = decide(target.link, group, describedVisit({ visitor: 'unfurler' }), now);
  const card = decision.outcome === 'previewCard' ? decision : undefined;
  const sourced = (name: 'title' | 'description' | 'imageUrl'): SourcedText => {
    const value = card?.[name] || null;
    if (value === null) return { value, source: 'none' };
    if (!known[name]) return { value, source: 'page' };
    return { value, source: social[name] === undefined ? 'link' : 'social' };
  };
  return {
    shows: shownWith(decision),
    title: sourced('title'),
    description: sourced('description'),
    imageUrl: sourced('imageUrl'),
  };
}

function shownWith(decision: Decision): z.infer<typeof previewSourced>['shows'] {
  switch (decision.outcome) {
    case 'previewCard':
      return 'card';
    case 'protected':
      return 'protected';
    case 'redirect':
      return 'page';
    default:
      return decision.outcome === 'ended' && decision.expiredUrl !== null ? 'page' : 'notice';
  }
}
