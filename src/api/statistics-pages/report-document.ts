import { escapeHtml } from '../../escape-html.ts';
import type { Language } from '../../languages.ts';
import type { Page } from '../../visits/pages/page.ts';
import { REPORT_STYLESHEET, REPORT_STYLESHEET_SOURCE } from './report-stylesheet.ts';

export interface ReportDocument {
  readonly status: number;
  readonly language: Language;
  /** Plain text. */
  readonly title: string;
  /** Markup, already escaped. */
  readonly body: string;
}

const SWITCH = '<path d="M1 12h14M3 12c5 0 4-8 9-8h3"/>';
/** As data, so that the page asks the server for no icon. */
const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M1 12h14M3 12c5 0 4-8 9-8h3" fill="none" stroke="#12a874" stroke-width="2.5"/></svg>',
)}`;

export const MARK = `<svg class="mark" viewBox="0 0 16 16" aria-hidden="true" focusable="false">${SWITCH}</svg>`;

/** A page of its own sheet that runs nothing, loads nothing, is kept by nobody and found by no search engine. */
export function buildReportDocument({ status, language, title, body }: ReportDocument): Page {
  const html = [
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    '<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex,nofollow">',
    `<title>${escapeHtml(title)}</title><link rel="icon" href="${ICON}"><style>${REPORT_STYLESHEET}</style></head>`,
    `<body>${body}</body></html>`,
  ].join('');
  return finishPage(status, 'text/html; charset=utf-8', html, {
    'Content-Language': language,
    'Content-Security-Policy': [
      "default-src 'none'",
      `style-src ${REPORT_STYLESHEET_SOURCE}`,
      'img-src data:',
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
  });
}

/** What every answer with figures in it carries. */
export function finishPage(
  status: number,
  contentType: string,
  text: string,
  more: Readonly<Record<string, string>>,
): Page {
  const body = Buffer.from(text, 'utf8');
  const headers = {
    'Content-Type': contentType,
    'Content-Length': String(body.byteLength),
    'Cache-Control': 'no-store',
    Vary: 'Accept-Language, Cookie',
    'X-Robots-Tag': 'noindex, nofollow',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    ...more,
  };
  return { status, headers, body };
}
