import { escapeHtml } from '../../escape-html.ts';
import type { Texts } from './texts.ts';

/** What is written about a link, as it is shown to people and to those who preview for them. */
export interface SharedText {
  readonly title: string;
  readonly description?: string | undefined;
  readonly imageUrl?: string | undefined;
  /** The short URL itself; the destination has no place in a preview. */
  readonly url: string;
  /** Not its owner wrote it but a visitor, into a long link: it is for previews, and no page of ours says it to people. */
  readonly isVisitors?: boolean | undefined;
}

/** The same, fit to be shown. */
export interface Shared {
  /** Never empty: without a title of its own a link is called by the host of its short URL. */
  readonly title: string;
  /** May be empty. */
  readonly description: string;
  /** Undefined when there is none that a page may load; plain http images are for previewers only. */
  readonly imageUrl: string | undefined;
  /** Markup for the head: Open Graph, which they all read, and `twitter:card` for the layout on X. */
  readonly tags: string;
}

/** Longer texts are cut: unfurlers show far less, and the page stays small. In UTF-16 units. */
const MAX_TITLE_LENGTH = 200;
const MAX_DESCRIPTION_LENGTH = 300;
const MAX_URL_LENGTH = 2048;

export function describeShare(text: SharedText): Shared {
  const url = webUrl(text.url);
  const image = webUrl(text.imageUrl);
  const title = cut(text.title, MAX_TITLE_LENGTH) || url?.host || 'Switchyard';
  const description = cut(text.description ?? '', MAX_DESCRIPTION_LENGTH);
  const tags = [
    property('og:type', 'website'),
    property('og:title', title),
    description && property('og:description', description),
    url && property('og:url', url.href),
    image && property('og:image', image.href),
    `<meta name="twitter:card" content="${image ? 'summary_large_image' : 'summary'}">`,
  ];
  return {
    title,
    description,
    // The CSP of these pages lets images come over HTTPS only.
    imageUrl: image?.protocol === 'https:' ? image.href : undefined,
    tags: tags.filter(Boolean).join(''),
  };
}

/** The same at the head of a page that leads people on. @param usual what it is headed with where nobody wrote anything */
export function headPage(page: SharedText, usual: string) {
  const { title, description, imageUrl, tags } = describeShare(page);
  if (page.isVisitors) return { heading: usual, text: undefined, head: tags };
  return {
    heading: page.title.trim() === '' ? usual : title,
    text: description || undefined,
    head: tags,
    above: drawImage(imageUrl),
  };
}

/** @param destination absolute http or https URL */
export function drawDestination(destination: string, { leadsTo }: Pick<Texts, 'leadsTo'>): string {
  const host = escapeHtml(URL.parse(destination)?.host ?? '');
  return `<dl><dt>${escapeHtml(leadsTo)}</dt><dd><b>${host}</b></dd></dl>`;
}

/** The picture above the heading; it decorates what the heading says. */
export function drawImage(imageUrl: string | undefined): string {
  return imageUrl === undefined ? '' : `<img src="${escapeHtml(imageUrl)}" alt="">`;
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
