/** An app as its store knows it. */
export interface AppIdentity {
  readonly platform: 'ios' | 'android';
  /** iOS bundle id or Android package name. */
  readonly identifier: string;
}

/** What a publishable key may do at most: it is readable in every copy of an app. */
export const PUBLISHABLE_SCOPES = ['deeplinks:open', 'deeplinks:create'] as const;

/** One key may stand in the apps of both stores, and in their variants. */
export const MOST_APPS = 20;
