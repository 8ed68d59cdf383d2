import type { FirebaseLink } from '../../deeplinks/firebase/firebase-link.ts';
import { namedHosts } from '../../deeplinks/firebase/named-hosts.ts';
import type { OwnAppRules } from '../own-app-rules.ts';

/** What a key inside an app may not say in a link: a sentence that begins with the parameter, or undefined. */
export function appKeyProblem(link: FirebaseLink, rules: OwnAppRules): string | undefined {
  const { ios, android } = link.apps;
  if (ios === null && android === null) return 'This key only makes links that open the apps it is for.';
  const named = [
    ['apn', 'android', android?.identifier],
    ['ibi', 'ios', ios?.identifier],
    ['ipbi', 'ios', ios?.ipadIdentifier],
  ] as const;
  for (const [parameter, platform, identifier] of named) {
    if (identifier && !rules.mayName({ platform, identifier }))
      return `${parameter} names an app that this key is not for.`;
  }
  if (ios?.appStoreId && !rules.mayNameInAppStore(ios.identifier, ios.appStoreId))
    return 'isi must be the appStoreId of the app that the project has saved under this bundle id.';
  if (ios && !rules.mayOpenBy(ios)) return 'ius must be the scheme of the app that the project has saved.';
  const elsewhere = namedHosts(link).find(({ url }) => !rules.mayLeadTo(url));
  if (elsewhere)
    return `${elsewhere.parameter} leads to a page of an app store that is none of this key’s apps.`;
  return undefined;
}
