import type { OpeningPage } from '../../deeplinks/app-route.ts';
import { withClick } from '../../deeplinks/deferred/click-mention.ts';
import { escapeHtml } from '../../escape-html.ts';
import type { Language } from '../../languages.ts';
import { renderDocument } from './document.ts';
import {
  COPY_SCRIPT,
  COPY_SCRIPT_SOURCE,
  OPEN_SCRIPT,
  OPEN_SCRIPT_SOURCE,
  TOUCH_SCRIPT,
  TOUCH_SCRIPT_SOURCE,
} from './open-app-script.ts';
import { buildPage, type Page } from './page.ts';
import { drawDestination, headPage, type SharedText } from './share-tags.ts';
import { TEXTS, type Texts } from './texts.ts';

export interface OpenAppPage extends SharedText {
  readonly opening: OpeningPage;
  /** Of the visit, so that an app which is installed now can ask for it. */
  readonly clickId: string;
}

/**
 * Leads into an app where a redirect would end in an error: a link for each way that there is, the best one first.
 *
 * A Mac that may be an iPad is the exception: only an iPad is to see the page, and what it offers is the iPad's. Where no
 * script says which of the two it is, everybody is led to the web of a Mac, and can come back.
 */
export function renderOpenAppPage(page: OpenAppPage, language: Language): Page {
  const { opening } = page;
  const texts = TEXTS[language];
  const shared = headPage(page, texts.openHeading);
  const { withoutTouchUrl } = opening;
  const copied = copiedOf(page);
  const copySources = copied === null ? [] : [COPY_SCRIPT_SOURCE];
  const scriptSources = [...scriptSourcesOf(opening), ...copySources].join(' ');
  const html = renderDocument({
    language,
    brief: true,
    tone: 'green',
    scene: 'branching',
    ...shared,
    head: withoutTouchUrl === null ? shared.head : awayFromMacs(withoutTouchUrl) + shared.head,
    below:
      // Words may mislead, those of a visitor or of whoever has read a key out of an app: the place does not.
      drawDestination(opening.webUrl, texts) +
      waysOf(opening, texts) +
      `<p><small>${escapeHtml(texts.openNote)}</small></p>` +
      (copied === null ? '' : `<script data-copy="${escapeHtml(copied)}">${COPY_SCRIPT}</script>`) +
      (opensByItself(opening) ? `<script>${OPEN_SCRIPT}</script>` : ''),
  });
  return buildPage({
    status: 200,
    language,
    html,
    imageSource: 'https:',
    ...(scriptSources === '' ? {} : { scriptSource: scriptSources }),
    // As if there were no page between: destinations learn which site sent their visitor, not which link.
    referrerPolicy: 'strict-origin-when-cross-origin',
  });
}

function awayFromMacs(url: string): string {
  const web = escapeHtml(url);
  return (
    `<script data-web="${web}">${TOUCH_SCRIPT}</script>` +
    `<noscript><meta http-equiv="refresh" content="0;url=${web}"></noscript>`
  );
}

function scriptSourcesOf(opening: OpeningPage): string[] {
  if (opening.withoutTouchUrl !== null) return [TOUCH_SCRIPT_SOURCE];
  return opensByItself(opening) ? [OPEN_SCRIPT_SOURCE] : [];
}

function opensByItself({ appUrl, opensByItself, withoutTouchUrl }: OpeningPage): boolean {
  return opensByItself && appUrl !== null && withoutTouchUrl === null;
}

/** What somebody takes along to the store; null where the store hands the click on, or there is none. */
function copiedOf({ opening: { storeUrl }, url, clickId }: OpenAppPage): string | null {
  return storeUrl === null || storeUrl.includes(clickId) ? null : withClick(url, clickId);
}

/** The first way looks like a button, the others like links. */
function waysOf({ appUrl, storeUrl, webUrl }: OpeningPage, texts: Texts): string {
  const ways: [id: string, url: string | null, text: string][] = [
    ['app', appUrl, texts.openApp],
    ['store', storeUrl, texts.getApp],
    ['web', webUrl, texts.openWeb],
  ];
  const there = ways.filter(([, url]) => url !== null);
  return there
    .map(([id, url, text], at) => {
      const look = at === 0 ? ' class="go"' : '';
      return `<a id="${id}"${look} href="${escapeHtml(url ?? '')}">${escapeHtml(text)}</a>`;
    })
    .join('');
}
