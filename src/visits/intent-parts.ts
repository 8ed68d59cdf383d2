import { decodeQueryText } from '../links/destination.ts';

/** What an `intent:` URL of ours says, for people. */
export interface IntentParts {
  /** What the app is opened with. */
  readonly deepLink: string;
  /** Where a browser goes when the app is missing. */
  readonly fallback: string;
}

/** Undefined for any other URL. Nobody is sent to what this returns; it is for reading. */
export function intentParts(url: string): IntentParts | undefined {
  const [, rest, scheme, fallback] =
    /^intent:([^#]*)#Intent;(?:.*;)?scheme=([^;]+);(?:.*;)?S\.browser_fallback_url=([^;]*);/.exec(url) ?? [];
  if (rest === undefined || scheme === undefined || fallback === undefined) return undefined;
  return { deepLink: `${scheme}:${rest}`, fallback: decodeQueryText(fallback) };
}
