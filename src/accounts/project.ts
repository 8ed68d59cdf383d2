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
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}
