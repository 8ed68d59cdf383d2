import { listAssociatedApps } from '../../apps/associated-apps.ts';
import { appFor } from '../../deeplinks/app-route.ts';
import { claimedUrls } from '../../deeplinks/association/claimed-urls.ts';
import { opensApp } from '../../deeplinks/association/url-component.ts';
import type { Platform } from '../../links/link-app.ts';
import { type Circumstances, isLookedAt } from '../../visits/rules.ts';
import type { ApiContext } from '../api-context.ts';
import { isAssociated } from './app-explanation.ts';

const OPENS =
  'The short domain names the app as its own, so the system opens it and nobody asks here: the rules below are for a link that is typed into a browser, or when the app has not been verified yet. The app then asks what the link means, and that is counted.';
const OPENS_ON_THE_WAY =
  'The short domain names the app as its own, and the system sees the link on its way to the device’s own browser: it can open the app right then, and "next" is for when it does not.';

interface Opens {
  readonly value: boolean;
  readonly why: string;
}

/**
 * Whether the system opens an app that is there before anybody asks the server, or while the link is handed over.
 *
 * @param visited the whole URL
 */
export async function opensByItself(
  { database, domains }: Pick<ApiContext, 'database' | 'domains'>,
  projectId: number,
  { link: { apps }, visit }: Circumstances,
  visited: URL,
  isHandedOver: boolean,
): Promise<Opens> {
  const { device } = visit;
  const app = apps && appFor(apps, device);
  if (visit.visitor !== 'person') return no('Programs and robots open no apps.');
  if (!isLookedAt(visit) || visit.method !== 'GET' || visit.prefetch) {
    return no(
      'Only a link that somebody opens can open an app: no picture or frame, form, HEAD or fetch ahead.',
    );
  }
  if (!app) return no('The link has no app for this device.');
  if (device.inApp !== null && !isHandedOver) {
    return no('The browser inside another app follows the link itself, and does not ask the system.');
  }
  const platform: Platform = device.platform === 'android' ? 'android' : 'ios';
  // Android asks the app's own manifest which URLs are the app's.
  if (
    platform === 'ios' &&
    !opensApp(
      claimedUrls(domains.ofHost(visited.host), () => true, []),
      visited,
    )
  ) {
    return no('The short domain keeps this URL for the browser: it shows a page of its own there.');
  }
  const { identifier } = app;
  if (!isAssociated(platform, identifier, await listAssociatedApps(database, [projectId]))) {
    return no(`The short domain cannot name ${identifier} as its app; "apps" says what is missing.`);
  }
  return { value: true, why: isHandedOver ? OPENS_ON_THE_WAY : OPENS };
}

function no(why: string): Opens {
  return { value: false, why };
}
