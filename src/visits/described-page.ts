import type { PageTexts } from '../deeplinks/previews/page-texts.ts';
import { lacksTexts, shownTexts } from '../deeplinks/previews/shown-texts.ts';
import type { Decision } from './decision.ts';
import type { Visit } from './visit.ts';
import type { KnownLink, Target } from './visit-directory.ts';

/** What the pages that links lead to say of themselves. */
export interface DescribedPages {
  /**
   * Null when a page says nothing, or nothing is known of it within `patienceMs`. At once when there is nothing to wait
   * for. Must not reject.
   */
  textsOf(url: string, patienceMs: number): PageTexts | null | Promise<PageTexts | null>;
}

/** For a house that reads no pages. */
export const NO_PAGES: DescribedPages = { textsOf: () => null };

/** A page that was asked about for a visit, and what it says. */
export interface AskedPage {
  readonly url: string;
  readonly texts: PageTexts | null;
}

/** A chat that shows a card waits longer than that for it; people do not wait for a picture. */
const UNFURLER_WAITS_MS = 2_000;

/**
 * For how long the answer to a visit may wait for what the page says, in milliseconds; undefined when it shows nothing
 * of it. It is asked about after the decision only: whoever is not let in never has the page asked about.
 */
function patienceWith(link: KnownLink, { visitor }: Visit, decision: Decision): number | undefined {
  if (!lacksTexts(link)) return undefined;
  switch (decision.outcome) {
    case 'previewCard':
    case 'redirect':
      return visitor === 'unfurler' ? UNFURLER_WAITS_MS : undefined;
    case 'forwardPage':
    case 'openApp':
    case 'pushInvitation':
      // What people open carries the tags of the card, too, and nobody waits for them.
      return 0;
    default:
      return undefined;
  }
}

/**
 * The page that speaks for a link, asked for a visit that has been decided. Null when there is nothing to ask or nothing
 * is told now; a promise when the visit has to wait.
 */
export function askPage(
  pages: DescribedPages,
  link: KnownLink,
  visit: Visit,
  decision: Decision,
): AskedPage | null | Promise<AskedPage> {
  const patienceMs = patienceWith(link, visit, decision);
  if (patienceMs === undefined) return null;
  const { pageUrl: url } = link;
  const told = pages.textsOf(url, patienceMs);
  if (told instanceof Promise) return told.then((texts) => ({ url, texts }));
  return told && { url, texts: told };
}

/** The link as it is shown: what it does not say of itself, its page says. */
export function describedBy(target: Target, page: AskedPage | null): Target {
  const { link } = target;
  if (!link || !page?.texts || page.url !== link.pageUrl) return target;
  const { title, description, imageUrl } = shownTexts(link, page.texts);
  return { ...target, link: { ...link, title, description, imageUrl } };
}
