import { escapeHtml } from '../../escape-html.ts';
import type { Language } from '../../languages.ts';
import { renderDocument } from './document.ts';
import { buildPage, type Page } from './page.ts';
import { drawDestination, headPage, type SharedText } from './share-tags.ts';
import { TEXTS } from './texts.ts';

export interface ForwardPage extends SharedText {
  /** Absolute http or https URL in plain ASCII. */
  readonly destination: string;
}

/**
 * The page of a link that answers 200: shows what the link is about, says where it leads, and goes there by itself,
 * without a script.
 *
 * It goes at once. A page that moves on while somebody reads it shuts out whoever reads slowly (WCAG 2.2.1), and
 * browsers let an immediate refresh replace the page in their history: Back leads past it instead of forwards again.
 */
export function renderForwardPage(page: ForwardPage, language: Language): Page {
  const { destination } = page;
  const texts = TEXTS[language];
  const shared = headPage(page, texts.onTheWay);
  const html = renderDocument({
    language,
    tone: 'green',
    scene: 'branching',
    ...shared,
    head: `<meta http-equiv="refresh" content="0;url=${escapeHtml(destination)}">${shared.head}`,
    below:
      drawDestination(destination, texts) +
      `<a class="go" href="${escapeHtml(destination)}">${escapeHtml(texts.proceed)}</a>` +
      `<p><small>${escapeHtml(texts.forwardNote)}</small></p>`,
  });
  return buildPage({
    status: 200,
    language,
    html,
    imageSource: 'https:',
    // As if there were no page between: destinations learn which site sent their visitor, not which link.
    referrerPolicy: 'strict-origin-when-cross-origin',
  });
}
