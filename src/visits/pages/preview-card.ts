import type { Language } from '../../languages.ts';
import { renderDocument } from './document.ts';
import { escapeHtml } from './escape-html.ts';
import { buildPage, type Page } from './page.ts';
import { TEXTS } from './texts.ts';

export interface PreviewCard {
  readonly title: string;
  readonly description?: string | undefined;
  readonly imageUrl?: string | undefined;
  /** The short URL itself; the destination has no place here. */
  readonly url: string;
}

/** Longer texts are cut: unfurlers show far less, and the page stays small. In UTF-16 units. */
const MAX_TITLE_LENGTH = 200;
const MAX_DESCRIPTION_LENGTH = 300;
const MAX_URL_LENGTH = 2048;

/**
 * What a preview fetcher gets of a link that is not protected: Open Graph, which they all read, plus `twitter:card`
 * for the layout on X (it takes title, description and image from Open Graph).
 */
export function renderPreviewCard(card: PreviewCard, language: Language): Page {
  const title = cut(card.title, MAX_TITLE_LENGTH) || 'Switchyard';
  const description = cut(card.description ?? '', MAX_DESCRIPTION_LENGTH);
  const url = webUrl(card.url);
  const image = webUrl(card.imageUrl);
  const head = [
    property('og:type', 'website'),
    property('og:title', title),
    description && property('og:description', description),
    url && property('og:url', url.href),
    image && property('og:image', image.href),
    `<meta name="twitter:card" content="${image ? 'summary_large_image' : 'summary'}">`,
  ];
  const html = renderDocument({
    language,
    tone: 'green',
    scene: 'branching',
    heading: title,
    text: description || undefined,
    head: head.filter(Boolean).join(''),
    // The CSP lets images come over HTTPS only.
    above: image?.protocol === 'https:' ? `<img src="${escapeHtml(image.href)}" alt="">` : '',
    below: `<p><small>${escapeHtml(TEXTS[language].previewNote)}</small></p>`,
  });
  return buildPage({ status: 200, language, html, imageSource: 'https:' });
}

function property(name: string, content: string): string {
  return `<meta property="${name}" content="${escapeHtml(content)}">`;
}

/** One line of at most `maxLength`, never half a character. */
function cut(text: string, maxLength: number): string {
  const line = text
    .slice(0, 4 * maxLength)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  if (line.length <= maxLength) return line.toWellFormed();
  return `${line
    .slice(0, maxLength - 1)
    .replace(/[\uD800-\uDBFF]$/, '')
    .toWellFormed()}…`;
}

/** Absolute and http(s), or nothing: a preview must not carry `javascript:` or `data:`. */
function webUrl(text: string | undefined): URL | undefined {
  if (!text || text.length > MAX_URL_LENGTH) return undefined;
  const url = URL.parse(text);
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url : undefined;
}
