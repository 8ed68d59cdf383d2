import { escapeHtml } from '../../escape-html.ts';
import type { Language } from '../../languages.ts';
import { renderDocument } from './document.ts';
import { buildPage, type Page } from './page.ts';
import { PUSH_SCRIPT, PUSH_SCRIPT_SOURCE } from './push-script.ts';
import { drawDestination, headPage, type SharedText } from './share-tags.ts';
import { TEXTS } from './texts.ts';

export interface PushPage extends SharedText {
  /** Absolute http or https URL in plain ASCII. */
  readonly destination: string;
  /** Of this visit, for whoever subscribes. */
  readonly token: string;
  /** Base64url. */
  readonly vapidPublicKey: string;
}

/**
 * Asks whether a visitor wants notifications, and leads on whatever the answer. The question is hidden until the script
 * has found a browser that can be asked; what is left without it is a page that says where it leads, with a link there.
 */
export function renderPushPage(page: PushPage, language: Language): Page {
  const { destination, token, vapidPublicKey } = page;
  const texts = TEXTS[language];
  const sender = URL.parse(page.url)?.host ?? '';
  const html = renderDocument({
    language,
    brief: true,
    tone: 'blue',
    scene: 'signal',
    ...headPage(page, texts.pushHeading),
    below:
      drawDestination(destination, texts) +
      `<div id="ask" data-token="${escapeHtml(token)}" data-key="${escapeHtml(vapidPublicKey)}" hidden>` +
      `<p>${escapeHtml(texts.pushQuestion(sender))}</p>` +
      `<button id="allow" class="go" type="button">${escapeHtml(texts.pushAllow)}</button></div>` +
      `<a id="next" class="go" href="${escapeHtml(destination)}">${escapeHtml(texts.proceed)}</a>` +
      `<script>${PUSH_SCRIPT}</script>`,
  });
  return buildPage({
    status: 200,
    language,
    html,
    imageSource: 'https:',
    scriptSource: PUSH_SCRIPT_SOURCE,
    // As if there were no page between: destinations learn which site sent their visitor, not which link.
    referrerPolicy: 'strict-origin-when-cross-origin',
  });
}
