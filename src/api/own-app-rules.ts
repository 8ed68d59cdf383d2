import type { AppIdentity } from '../accounts/app-restriction.ts';
import { allows } from '../accounts/scope.ts';
import { opensByOwnScheme } from '../deeplinks/own-schemes.ts';
import { appStoreIdOf, isStorePageOf } from '../deeplinks/store-page.ts';
import { urlHost } from '../links/destination.ts';
import type { KnownApp } from '../links/known-apps.ts';
import { isStoreHost } from '../links/known-hosts.ts';
import type { OpenedApp } from '../links/link-app.ts';
import type { Principal } from './principal.ts';

/** Whether a key makes links to wherever it likes; every other only to places the project leads to anyway. */
export function leadsAnywhere({ apps, scopes }: Pick<Principal, 'apps' | 'scopes'>): boolean {
  return apps === null && allows(scopes, 'links:write');
}

/** What a key inside an app may name in a link: its own apps, and nobody else's page in a store. */
export class OwnAppRules {
  readonly #apps: readonly AppIdentity[];
  /** Each of the key's apps as the project has saved it, or with all that a name tells. */
  readonly #known: readonly KnownApp[];

  /** @param saved of the project */
  constructor(apps: readonly AppIdentity[], saved: readonly KnownApp[]) {
    this.#apps = apps;
    this.#known = apps.flatMap((app) => {
      const found = saved.filter((one) => isSame(one, app));
      return found.length > 0 ? found : [{ ...app, storeUrl: null, appStoreId: null, customScheme: null }];
    });
  }

  mayName(app: AppIdentity): boolean {
    return this.#apps.some((own) => isSame(own, app));
  }

  /** Only what the saved app says of itself shows that a number is its own. */
  mayNameInAppStore(bundleId: string, appStoreId: string): boolean {
    return this.#of('ios', bundleId).some((app) => appStoreIdOf(app) === appStoreId);
  }

  mayOpenBy(iosApp: OpenedApp): boolean {
    return opensByOwnScheme(
      iosApp,
      this.#known.filter(({ platform }) => platform === 'ios'),
    );
  }

  /** Whether a URL may stand in a link, as far as app stores go. */
  mayLeadTo(url: string): boolean {
    return !isStoreHost(urlHost(url)) || isStorePageOf(url, this.#known);
  }

  #of(platform: AppIdentity['platform'], identifier: string): readonly KnownApp[] {
    return this.#known.filter((one) => isSame(one, { platform, identifier }));
  }
}

function isSame(one: AppIdentity, other: AppIdentity): boolean {
  return one.platform === other.platform && one.identifier === other.identifier;
}
