import type { AppIdentity } from '../accounts/app-restriction.ts';
import type { OpenedApp } from '../links/link-app.ts';

export type { AppIdentity } from '../accounts/app-restriction.ts';

/** Whether a link that opens these apps opens one of those named; on an iPad it may be another than on an iPhone. */
export function opensOneOf(
  apps: { readonly ios: OpenedApp | null; readonly android: OpenedApp | null } | null,
  wanted: readonly AppIdentity[],
): boolean {
  return wanted.some(({ platform, identifier }) => {
    const app = apps?.[platform];
    return app != null && (app.identifier === identifier || app.ipadIdentifier === identifier);
  });
}
