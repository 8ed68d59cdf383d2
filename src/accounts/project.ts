import type { Language } from '../languages.ts';

/** A tenant: its links, groups, domains, apps and keys are seen by nobody else. */
export interface Project {
  readonly id: number;
  readonly publicId: string;
  readonly name: string;
  readonly timeZone: string;
  readonly homeCountry: string;
  readonly language: Language;
  readonly notificationAddresses: readonly string[];
  /** Clicks between two notifications. */
  readonly notifyEvery: number;
  readonly webhookEnabled: boolean;
  readonly webhookUrl: string | null;
  readonly webhookMetric: 'clicks' | 'visitors' | null;
  readonly webhookFrequency: number | null;
  /** For how long after a click a new installation may be matched with it by its likeness; 0: no deferred links at all. */
  readonly deferredWindowMinutes: number;
  /** Whether address and device may tell which click an installation belongs to. */
  readonly fingerprintMatching: boolean;
  /** Where long links and keys inside apps may lead, beside the hosts in use: `www.example.com`, `*.example.com`. */
  readonly allowedHosts: readonly string[];
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}
