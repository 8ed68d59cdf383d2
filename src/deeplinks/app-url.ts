import { customSchemeProblem, identifierProblem, type OpenedApp } from '../links/link-app.ts';

const HTTP_URL = /^(https?):\/\/([\x21-\x7e]+)$/i;

/**
 * The deep link under the app's own scheme: `https://shop.example/p/1` as `myapp://shop.example/p/1`. Null without a
 * scheme, or with one that stood in the database before there were rules for it.
 *
 * @param deepLink http or https URL in plain ASCII
 */
export function schemeUrl(deepLink: string, scheme: string | null): string | null {
  const [, , rest] = HTTP_URL.exec(deepLink) ?? [];
  return scheme === null || rest === undefined || !isOwnScheme(scheme) ? null : `${scheme}://${rest}`;
}

/**
 * An `intent:` URL, by which browsers on Android open an app, or `fallback` where it is not installed.
 *
 * @NOTE Android cuts at the last `#` (`Intent.parseUri`), so that a fragment of the deep link stays one, whatever is in
 * it: what follows the last `#` is ours alone, and holds nothing that anybody else has written unencoded.
 *
 * @param deepLink http or https URL in plain ASCII
 * @param fallback http or https URL
 */
export function intentUrl(
  deepLink: string,
  { identifier, customScheme }: Pick<OpenedApp, 'identifier' | 'customScheme'>,
  fallback: string,
): string | null {
  const [, webScheme = '', rest] = HTTP_URL.exec(deepLink) ?? [];
  if (rest === undefined || identifierProblem('android', identifier) !== undefined) return null;
  const scheme = customScheme !== null && isOwnScheme(customScheme) ? customScheme : webScheme.toLowerCase();
  return (
    `intent://${rest}#Intent;scheme=${scheme};package=${identifier};` +
    `S.browser_fallback_url=${encodeURIComponent(fallback)};end`
  );
}

/** What `schemeUrl` or `intentUrl` open an app with, for people to read. */
export function openedWith(deepLink: string, scheme: string | null): string {
  return schemeUrl(deepLink, scheme) ?? deepLink;
}

function isOwnScheme(scheme: string): boolean {
  return customSchemeProblem(scheme) === undefined;
}
