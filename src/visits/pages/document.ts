import { escapeHtml } from '../../escape-html.ts';
import type { Language } from '../../languages.ts';
import { STYLESHEET } from './stylesheet.ts';
import { drawTracks, type Scene } from './tracks.ts';

/** The colour of the signal; `green` is the product's own. */
export type Tone = 'green' | 'amber' | 'red' | 'blue' | 'slate' | 'plum';

export interface DocumentOptions {
  readonly language: Language;
  readonly tone: Tone;
  readonly scene: Scene;
  /** Plain text: title and heading. */
  readonly heading: string;
  /** Plain text; also the description an unfurler may show. */
  readonly text: string | undefined;
  /** On small screens heading and text are cut short, so that what stands below them is seen at once. */
  readonly brief?: boolean;
  /** Markup, already escaped, for the end of the head. */
  readonly head?: string;
  /** Markup, already escaped, between the drawing and the heading. */
  readonly above?: string;
  /** Markup, already escaped, below the text. */
  readonly below?: string;
}

/** The switch again, small; as data, so that no page asks the server for an icon. */
const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M1 12h14M3 12c5 0 4-8 9-8h3" fill="none" stroke="#12a874" stroke-width="2.5"/></svg>',
)}`;

/** The one layout of all pages around a short link. Everything a caller passes as text is escaped here. */
export function renderDocument(options: DocumentOptions): string {
  const { language, tone, scene, head = '', above = '', below = '' } = options;
  const heading = escapeHtml(options.heading);
  const text = options.text ? escapeHtml(options.text) : '';
  return [
    `<!doctype html><html lang="${language}" class="${tone}${options.brief ? ' brief' : ''}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    '<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex,nofollow">',
    `<title>${heading}</title>`,
    text && `<meta name="description" content="${text}">`,
    `<link rel="icon" href="${ICON}"><style>${STYLESHEET}</style>${head}</head>`,
    `<body><main>${drawTracks(scene)}${above}<h1>${heading}</h1>`,
    text && `<p>${text}</p>`,
    `${below}</main><footer lang="en" translate="no">Switchyard</footer></body></html>`,
  ].join('');
}
