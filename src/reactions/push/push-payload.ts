/** What a browser is sent, as JSON: all that its service worker needs to show a notification and follow a tap on it. */
export interface PushPayload {
  /** Event id of the delivery. */
  readonly id: string;
  readonly title: string;
  readonly body: string;
  /** http(s): opened by a tap. */
  readonly url: string;
  readonly image: string | null;
  /** A newer notification takes the place of an older one with the same tag. */
  readonly tag: string;
  /** Whether one that takes the place of another makes itself heard again. */
  readonly renotify: boolean;
  /** Whether the sender counts who has seen and followed it. */
  readonly receipts: boolean;
}
