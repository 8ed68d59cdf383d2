import { platformOf, type VisitorPlatform } from './platform.ts';

/** Apps that show web pages in a browser of their own, in which links into other apps work differently or not at all. */
export const IN_APP_BROWSERS = [
  'kakaotalk',
  'naver',
  'line',
  'instagram',
  'facebook',
  'tiktok',
  'x',
  'wechat',
  'other',
] as const;
export type InAppBrowser = (typeof IN_APP_BROWSERS)[number];

/** What a visitor's device and browser can open, as far as the User-Agent tells. */
export interface Device {
  /** Which apps it can run. */
  readonly platform: VisitorPlatform;
  /** Version of the operating system, such as `18.5`; empty when unknown. */
  readonly osVersion: string;
  readonly isIpad: boolean;
  /** Says that it is a Mac and may be an iPad: only a script on a page could tell. */
  readonly mayBeIpad: boolean;
  /** Comes without Google Play (newer Huawei phones). */
  readonly lacksGooglePlay: boolean;
  readonly inApp: InAppBrowser | null;
}

export const UNKNOWN_DEVICE: Device = {
  platform: 'other',
  osVersion: '',
  isIpad: false,
  mayBeIpad: false,
  lacksGooglePlay: false,
  inApp: null,
};

/** Told from the User-Agent alone. */
export function deviceOf(userAgent: string | undefined): Device {
  return { ...UNKNOWN_DEVICE, platform: platformOf(userAgent) };
}
