import { asciiUrl, parseUrl } from '../../links/destination.ts';
import { guardedRequest, type OutboundAnswer } from '../../outbound/guarded-request.ts';
import type { Resolve } from '../../outbound/resolver.ts';
import { decodePage } from './page-charset.ts';
import { readMetadata } from './page-metadata.ts';
import { PAGE_TEXT_NAMES, type PageTexts, pageTexts } from './page-texts.ts';

export interface PageFetchRules {
  /** Whether pages may lie in a private network, as on a developer's machine. */
  readonly allowPrivate: boolean;
  /** Whether a URL is a short link of our own: that is not a page, and two could lead to each other. */
  readonly isOwn: (url: string) => boolean;
  /** What we are called when we ask. */
  readonly userAgent: string;
  readonly resolve?: Resolve;
  /** For everything, all redirects together. */
  readonly timeoutMs?: number;
}

export type PageFetch =
  | { readonly kind: 'found'; readonly texts: PageTexts }
  | {
      readonly kind: 'failed';
      /** A sentence for whoever has made the link. */
      readonly problem: string;
      /** It may go better later. */
      readonly again: boolean;
    };

const TIMEOUT_MS = 5_000;
const MOST_REDIRECTS = 5;
/** What a page says of itself stands at its beginning. */
const MOST_BYTES = 512 * 1024;

/**
 * Reads a page that a link leads to, as carefully as one reads what others have named: every address of the way is
 * checked, redirects are followed a few times only and never to ourselves, what is not HTML is not read, nor is what is
 * compressed, because it may be larger than it looks. Never throws.
 */
export async function fetchPage(
  url: string,
  rules: PageFetchRules,
  signal?: AbortSignal,
): Promise<PageFetch> {
  const { timeoutMs = TIMEOUT_MS } = rules;
  const endsAt = performance.now() + timeoutMs;
  const seen = new Set<string>();
  for (let next = withoutFragment(asciiUrl(url)); ; ) {
    if (rules.isOwn(next)) return given('It leads to a short link of this installation.');
    if (seen.has(next)) return given('It redirects to itself.');
    if (seen.size > MOST_REDIRECTS) return given(`It redirects more than ${MOST_REDIRECTS} times.`);
    seen.add(next);
    const answer = await ask(next, rules, Math.max(1, Math.round(endsAt - performance.now())), signal);
    if (answer.kind === 'failed') {
      const inTime = performance.now() < endsAt;
      const problem = inTime ? answer.error : `There was no page within ${timeoutMs / 1000} seconds.`;
      return { kind: 'failed', problem, again: !answer.refused };
    }
    const { location } = answer.headers;
    if (answer.status < 300 || answer.status > 399 || location === undefined) return pageIn(answer, next);
    const target = parseUrl(asWritten(location), next);
    if (!target) return given('It redirects to what is not a URL.');
    next = withoutFragment(target.href);
  }
}

function ask(
  url: string,
  { allowPrivate, userAgent, resolve }: PageFetchRules,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<OutboundAnswer> {
  return guardedRequest({
    url,
    method: 'GET',
    headers: {
      accept: 'text/html,application/xhtml+xml;q=0.9',
      'accept-encoding': 'identity',
      'user-agent': userAgent,
    },
    timeoutMs,
    maxAnswerBytes: MOST_BYTES,
    keepAnswerBytes: MOST_BYTES,
    allowPrivate,
    allowPlainHttp: true,
    ...(resolve ? { resolve } : {}),
    ...(signal ? { signal } : {}),
  });
}

type Answered = Extract<OutboundAnswer, { kind: 'answered' }>;

function pageIn({ status, headers, bytes, ending }: Answered, url: string): PageFetch {
  if (status < 200 || status > 299) {
    return { kind: 'failed', problem: `It answers with status ${status}.`, again: isPassing(status) };
  }
  const type = headers['content-type'];
  if (type === undefined || !/^\s*(text\/html|application\/xhtml\+xml)\s*(;|$)/i.test(type)) {
    return given('It is not an HTML page.');
  }
  if (!/^(identity)?$/i.test(headers['content-encoding']?.trim() ?? '')) {
    return given('It is compressed although we have asked for plain text.');
  }
  const metadata = readMetadata(decodePage(bytes, type), PAGE_TEXT_NAMES);
  if (ending === 'broken' && !metadata.isHeadWhole) {
    return { kind: 'failed', problem: 'It hung or broke off before its head had ended.', again: true };
  }
  return { kind: 'found', texts: pageTexts(metadata, url) };
}

/** Headers come byte by byte. Many servers write UTF-8 into this one, although nothing but ASCII may stand there. */
function asWritten(location: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(location, 'latin1'));
  } catch {
    return location;
  }
}

/** The page may be there later: the server is overloaded, or asks for patience. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429;
}

function given(problem: string): PageFetch {
  return { kind: 'failed', problem, again: false };
}

/** Servers are not sent it (RFC 9110, section 4.2.5); and so that a loop is seen. */
function withoutFragment(url: string): string {
  const hash = url.indexOf('#');
  return hash < 0 ? url : url.slice(0, hash);
}
