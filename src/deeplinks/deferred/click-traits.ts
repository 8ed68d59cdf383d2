import type { Platform } from '../../links/link-app.ts';
import { deviceOf } from '../device.ts';

/** What a click and an app that is opened later both tell of one device. Texts are empty when nothing is known. */
export interface Traits {
  /** Major and minor version of the operating system: `18.5`. */
  readonly osVersion: string;
  /** BCP 47, lower case: `ko-kr`. */
  readonly language: string;
}

const LONGEST_LANGUAGE = 35;
const LANGUAGE = /^[a-z]{2,3}(?:-[a-z0-9]{1,8})*$/;

/** Since version 26 web views, which do not name Safari's version, say this of every iPhone. */
const FROZEN_IOS = /^18\.[67]$/;

/** What the headers of a visit tell. Whatever browsers write there of all devices alike counts as unknown. */
export function traitsOfVisit(
  userAgent: string,
  acceptLanguage: string,
): Traits & { readonly platform: Platform | null } {
  const { platform, osVersion } = deviceOf(userAgent);
  const version = majorMinor(osVersion);
  return {
    platform: platform === 'other' ? null : platform,
    osVersion: FROZEN_IOS.test(version) && !/\bVersion\//.test(userAgent) ? '' : version,
    language: languageTag(acceptLanguage.split(/[,;]/, 1)[0] ?? ''),
  };
}

/** What an app says of its device. */
export function traitsOfApp(osVersion: string, language: string): Traits {
  return { osVersion: majorMinor(osVersion), language: languageTag(language) };
}

/** `18.5.1` -> `18.5`, `14` -> `14.0`; empty when it is no version. */
function majorMinor(version: string): string {
  const found = /^\D{0,20}?(\d{1,3})(?:[._](\d{1,3}))?(?![\d])/.exec(version);
  return found ? `${Number(found[1])}.${Number(found[2] ?? 0)}` : '';
}

function languageTag(text: string): string {
  const tag = text.trim().slice(0, LONGEST_LANGUAGE).replaceAll('_', '-').toLowerCase();
  return LANGUAGE.test(tag) ? tag : '';
}
