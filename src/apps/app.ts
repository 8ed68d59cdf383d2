import type { AppDetails, Platform } from '../links/link-app.ts';

/** A saved mobile app. Links that name it follow every edit of it. */
export interface App extends AppDetails {
  readonly id: number;
  /** A UUID. */
  readonly publicId: string;
  readonly projectId: number;
  readonly platform: Platform;
  readonly name: string;
  /** Lowest iOS version or Android API level it runs on, for people to read: an app would take it for its `minVersion`. */
  readonly minOsVersion: string | null;
  /** Ten letters and digits of the Apple developer account; without it iOS cannot verify the app. */
  readonly teamId: string | null;
  /** Of the signing certificates, `AA:BB:…`; without one Android cannot verify the app. */
  readonly sha256CertFingerprints: readonly string[];
  /** `myapp` of `myapp://`. */
  readonly customScheme: string | null;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}
