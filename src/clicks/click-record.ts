/** What one visit leaves in the journal: everything the visit knows, nothing that can be worked out later. */
export interface ClickRecord {
  /** Unguessable and ordered by time (UUIDv7 without dashes, 32 hex digits); handed to apps, so never an integer. */
  readonly id: string;
  readonly kind: ClickKind;
  /** Instant of the visit in milliseconds since 1970. */
  readonly at: number;
  readonly linkId: number;
  /** The group the link belonged to when it was visited. */
  readonly groupId: number | null;
  readonly domainId: number;
  /** Which of the link's destinations was chosen. */
  readonly routeId: number;
  /** A sum of `ClickFlag` values. */
  readonly flags: number;
  /** Lives only in the journal: ingest turns it into a keyed visitor hash and forgets it. */
  readonly address: string;
  readonly userAgent: string;
  readonly language: string;
  readonly referrer: string;
  /** `utm_*` parameters of the visited URL, as [name without `utm_`, value] pairs; null when there are none. */
  readonly utm: readonly (readonly [string, string])[] | null;
  /** Of what apps do, and of visits by devices for which the link has an app; null of all others. */
  readonly app: AppTrace | null;
}

export interface AppTrace {
  /** `ios` or `android`; `other` when an app does not say. */
  readonly platform: string;
  /** Of a visited URL, without `?`: some of it may be for the app. */
  readonly query: string;
  /** Version of the password that has let the visitor in, not the password; null where none was needed. */
  readonly unlocked: string | null;
}

export const ClickKind = { click: 1, appOpen: 2, install: 3, conversion: 4 } as const;
export type ClickKind = (typeof ClickKind)[keyof typeof ClickKind];

export const ClickFlag = {
  /** The visit came through a QR image (`?qr=1`). */
  qr: 1,
  /** A crawler or preview fetcher that says so: kept for statistics, counted nowhere. */
  crawler: 2,
  /** An HTTP library or a missing User-Agent: counted, can be filtered out. */
  automated: 4,
  /** The visit took one of the link's limited clicks. */
  slot: 8,
  /** Not a click (a QR scan past a group's `qrBypass`); the record exists only for the slot it took. */
  uncounted: 16,
  // From here on known at ingest alone.
  /** Within five seconds of the visitor's last click on the link that was no repeat. */
  repeat: 32,
  /** The visitor's first click on the link in that hour of the project's clock. */
  newThisHour: 64,
  newToday: 128,
  newEver: 256,
  /** The visitor was sent towards an app or its store. Which clicks apps may ask for, `app` says. */
  towardsApp: 1 << 24,
} as const;

/** From this bit on (room for fifteen) one for each text dimension, in their order: statistics have no code for the text, it is "other". */
export const FIRST_FOLDED_FLAG = 512;

/** Whoever has one of these moves no counter. */
export const NOT_A_CLICK = ClickFlag.crawler | ClickFlag.uncounted;

/** Whether the record moves the `clicks` counter of its link. */
export function countsAsClick(record: Pick<ClickRecord, 'kind' | 'flags'>): boolean {
  return record.kind === ClickKind.click && (record.flags & NOT_A_CLICK) === 0;
}
