import type { Language } from '../../languages.ts';
import { STYLESHEET_SOURCE } from './stylesheet.ts';

/** A finished answer: nothing is left to do but to send it. */
export interface Page {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface PageOptions {
  readonly status: number;
  readonly language: Language;
  readonly html: string;
  /** What `img-src` allows beyond this host and `data:`. */
  readonly imageSource?: 'https:';
  /** A stylesheet beside that of all pages, as `style-src` names it. */
  readonly styleSource?: string;
  /** The scripts of the page, as `script-src` names them; they may call this host and load a service worker from it. */
  readonly scriptSource?: string;
  /** What `Referrer-Policy` says; by default nobody learns of a short link. */
  readonly referrerPolicy?: 'no-referrer' | 'strict-origin-when-cross-origin';
  readonly cacheControl?: 'no-store' | 'private, no-cache';
  readonly retryAfterSeconds?: number;
}

/** Wraps a document in the headers every page of a short link carries. */
export function buildPage(options: PageOptions): Page {
  const { status, language, html, retryAfterSeconds } = options;
  const body = Buffer.from(html, 'utf8');
  const headers: Record<string, string> = {
    'Content-Type': 'text/html; charset=utf-8',
    // Known here, so that a server calling `writeHead` does not fall back to chunks.
    'Content-Length': String(body.byteLength),
    'Content-Language': language,
    'Cache-Control': options.cacheControl ?? 'no-store',
    Vary: 'Accept-Language',
    'X-Robots-Tag': 'noindex, nofollow',
    'Content-Security-Policy': contentSecurityPolicy(options),
    'Referrer-Policy': options.referrerPolicy ?? 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
  if (retryAfterSeconds !== undefined) headers['Retry-After'] = String(retryAfterSeconds);
  return Object.freeze({ status, headers: Object.freeze(headers), body });
}

/** @NOTE No `form-action`: browsers apply it to the redirect that follows a password as well. */
function contentSecurityPolicy({ imageSource, styleSource, scriptSource }: PageOptions): string {
  return [
    "default-src 'none'",
    ...(scriptSource ? [`script-src ${scriptSource}`, "connect-src 'self'", "worker-src 'self'"] : []),
    `style-src ${STYLESHEET_SOURCE}${styleSource ? ` ${styleSource}` : ''}`,
    `img-src 'self' data:${imageSource ? ` ${imageSource}` : ''}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
