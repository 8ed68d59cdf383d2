import { urlHost } from '../../links/destination.ts';
import type { FirebaseLink } from './firebase-link.ts';
import type { LongLinkParameter } from './long-link-parameters.ts';

export interface NamedHost {
  readonly parameter: LongLinkParameter;
  readonly url: string;
  /** Its host, as `urlHost` gives it. */
  readonly host: string;
  /** For whoever has not got the app: an app store does as well. */
  readonly isFallback: boolean;
}

/** Every host somebody may be sent to by such a link, or that sees who looks at its picture. */
export function namedHosts({
  destination,
  desktopUrl,
  apps: { ios, android },
  social,
}: FirebaseLink): NamedHost[] {
  const urls: [LongLinkParameter, string | null | undefined, boolean][] = [
    ['link', destination, false],
    ['al', android?.deepLink, false],
    ['afl', android?.storeUrl, true],
    ['ifl', ios?.storeUrl, true],
    ['ipfl', ios?.ipadStoreUrl, true],
    ['ofl', desktopUrl, true],
    ['si', social.imageUrl, false],
  ];
  return urls.flatMap(([parameter, url, isFallback]) =>
    url == null ? [] : [{ parameter, url, host: urlHost(url), isFallback }],
  );
}
