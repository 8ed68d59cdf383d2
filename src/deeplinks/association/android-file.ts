import type { AssociatedApp } from '../../apps/associated-apps.ts';

export const ANDROID_PATH = '/.well-known/assetlinks.json';
export const HANDLE_ALL_URLS = 'delegate_permission/common.handle_all_urls';

/** One statement of `assetlinks.json`: this host lets an app open its URLs. Which ones, the app's manifest says. */
export interface AppStatement {
  readonly relation: readonly [typeof HANDLE_ALL_URLS];
  readonly target: {
    readonly namespace: 'android_app';
    readonly package_name: string;
    /** An app signed with any of them is the one. */
    readonly sha256_cert_fingerprints: readonly string[];
  };
}

/**
 * The apps of one host: a statement for each package, with the certificates of all saved apps that are that package.
 *
 * @returns undefined when there is no app that Android could verify
 */
export function androidFile(apps: readonly AssociatedApp[]): readonly AppStatement[] | undefined {
  const certificates = new Map<string, Set<string>>();
  for (const { platform, identifier, sha256CertFingerprints } of apps) {
    if (platform !== 'android' || sha256CertFingerprints.length === 0) continue;
    const known = certificates.get(identifier) ?? new Set();
    for (const fingerprint of sha256CertFingerprints) known.add(fingerprint);
    certificates.set(identifier, known);
  }
  if (certificates.size === 0) return undefined;
  return [...certificates].map(([identifier, fingerprints]) => ({
    relation: [HANDLE_ALL_URLS],
    target: {
      namespace: 'android_app',
      package_name: identifier,
      sha256_cert_fingerprints: [...fingerprints],
    },
  }));
}
