/**
 * The receiver of a group's webhook, or of a project's own (GLOBAL) where there is no group. Where it listens and how
 * often it is called are settings of the group or project; secrets and what has become of it are here.
 */
export interface WebhookEndpoint {
  readonly id: number;
  readonly publicId: string;
  readonly projectId: number;
  readonly groupId: number | null;
  /** Deliveries wait until it goes on. */
  readonly paused: boolean;
  /** Since when the product itself sends nothing any more; null while it does. */
  readonly disabledAt: number | null;
  /** It answered 410, or nothing but failures for days. */
  readonly disabledReason: 'gone' | 'failing' | null;
  /** Until when secrets before the current one sign too, the last of them; null when there is none. */
  readonly previousSecretUntil: number | null;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What people may change of an endpoint; absent leaves it alone. */
export interface WebhookEndpointChange {
  readonly paused?: boolean | undefined;
  /** Only back on: the product alone disables. */
  readonly disabled?: false | undefined;
}
