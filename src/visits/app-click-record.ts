import { ClickFlag, type ClickKind, type ClickRecord } from '../clicks/click-record.ts';
import type { AppAsker } from './app-asker.ts';
import type { Visit } from './visit.ts';
import type { KnownLink, Target } from './visit-directory.ts';
import { kept } from './visit-record.ts';
import { hasQrMark, utmOf } from './visit-request.ts';

/** What is counted: that the app was opened, or that it was for the first time. */
export type AppEvent = typeof ClickKind.appOpen | typeof ClickKind.install;

/** What the journal keeps of a link that an app has opened. */
export function appClickRecord(
  kind: AppEvent,
  { link, group }: Target,
  { clickId, query }: Visit,
  { at, address, userAgent, language, platform }: AppAsker,
  tookSlot: boolean,
): ClickRecord {
  const { id, domainId, routeId } = link as KnownLink;
  return {
    id: clickId,
    kind,
    at,
    linkId: id,
    groupId: group?.id ?? null,
    domainId,
    routeId,
    flags: (tookSlot ? ClickFlag.slot : 0) | (hasQrMark(query) ? ClickFlag.qr : 0),
    address,
    userAgent: kept(userAgent),
    language: kept(language),
    referrer: '',
    utm: utmOf(query),
    app: { platform, query: '', unlocked: null },
  };
}
