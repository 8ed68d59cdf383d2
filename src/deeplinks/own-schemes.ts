import type { KnownApp } from '../links/known-apps.ts';
import { customSchemeProblem, type OpenedApp } from '../links/link-app.ts';

type NamedApp = Pick<OpenedApp, 'identifier' | 'ipadIdentifier' | 'customScheme'>;

/** Apps take their own bundle id as a scheme when nothing is said: Firebase told them to. */
export function schemeNamedAs(bundleId: string): string | null {
  return customSchemeProblem(bundleId) === undefined ? bundleId : null;
}

/** The schemes of an app, and of the one that iPads open instead, as far as they are saved. */
export function ownSchemes(
  { identifier, ipadIdentifier }: NamedApp,
  saved: readonly KnownApp[],
): readonly string[] {
  return saved.flatMap((app) =>
    app.customScheme !== null && [identifier, ipadIdentifier].includes(app.identifier)
      ? [app.customScheme]
      : [],
  );
}

/**
 * Pure. Whether a scheme that somebody names for an app is its own. A scheme opens whichever app has taken it, so only
 * what the saved app says of itself shows that; its bundle id (or package name) besides, which nobody else takes.
 */
export function opensByOwnScheme(app: NamedApp, saved: readonly KnownApp[]): boolean {
  const { identifier, ipadIdentifier, customScheme } = app;
  if (customScheme === null) return true;
  const allowed = [identifier, ipadIdentifier, ...ownSchemes(app, saved)];
  return allowed.some((own) => own?.toLowerCase() === customScheme.toLowerCase());
}
