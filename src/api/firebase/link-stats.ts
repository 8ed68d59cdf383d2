import { ClickKind } from '../../clicks/click-record.ts';

export interface EventStat {
  readonly platform: Platform;
  /** A 64-bit number is a text in Google's JSON. */
  readonly count: string;
  readonly event: 'CLICK' | 'REDIRECT' | 'APP_INSTALL' | 'APP_FIRST_OPEN' | 'APP_RE_OPEN';
}

type Platform = 'ANDROID' | 'IOS' | 'DESKTOP' | 'OTHER';

const PLATFORM_OF_SYSTEM: Readonly<Record<string, Platform>> = {
  Android: 'ANDROID',
  iOS: 'IOS',
  Windows: 'DESKTOP',
  macOS: 'DESKTOP',
  Linux: 'DESKTOP',
  ChromeOS: 'DESKTOP',
  BSD: 'DESKTOP',
};
const PLATFORM_OF_APP: Readonly<Record<string, Platform>> = { android: 'ANDROID', ios: 'IOS' };

export interface AppEventCount {
  readonly platform: string;
  readonly kind: number;
  readonly count: number | string;
}

/**
 * Pure. Events of a link by platform, those without any left out. Google's `CLICK` is any, however it was handled, and
 * `REDIRECT` one that was led on (to a store, into an app, to the web). What we count as a click has always been led on;
 * a link that the system gave to the app was clicked too, and nobody was asked where it leads. That an app was opened for
 * the first time is known of both platforms; an installation only of Android's store, which says so by its referrer.
 *
 * @param systems clicks by operating system, as statistics call it
 */
export function eventStats(
  systems: readonly { readonly value: string; readonly clicks: number }[],
  events: readonly AppEventCount[],
): EventStat[] {
  const counts = new Map<string, number>();
  const add = (event: EventStat['event'], platform: Platform, count: number) => {
    const key = `${event} ${platform}`;
    counts.set(key, (counts.get(key) ?? 0) + count);
  };
  for (const { value, clicks } of systems) {
    const platform = PLATFORM_OF_SYSTEM[value] ?? 'OTHER';
    add('CLICK', platform, clicks);
    add('REDIRECT', platform, clicks);
  }
  for (const { platform: app, kind, count } of events) {
    const platform = PLATFORM_OF_APP[app] ?? 'OTHER';
    if (kind === ClickKind.appOpen) {
      add('CLICK', platform, Number(count));
      add('APP_RE_OPEN', platform, Number(count));
    } else if (kind === ClickKind.install) {
      add('APP_FIRST_OPEN', platform, Number(count));
      if (platform === 'ANDROID') add('APP_INSTALL', platform, Number(count));
    }
  }
  return [...counts]
    .filter(([, count]) => count > 0)
    .map(([key, count]) => {
      const [event, platform] = key.split(' ') as [EventStat['event'], Platform];
      return { platform, count: String(count), event };
    });
}
