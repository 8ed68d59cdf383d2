import type { AppIdentity } from '../deeplinks/app-identity.ts';
import { UNKNOWN_DEVICE } from '../deeplinks/device.ts';
import type { VisitorPlatform } from '../deeplinks/platform.ts';
import { newClickId } from './click-id.ts';
import type { Visit } from './visit.ts';

/** Who asks what a link means, and of whom. */
export interface AppAsker {
  /** Links of other projects are unknown to it. */
  readonly projectId: number;
  /** The only apps it may open links for; null: any, and none. */
  readonly apps: readonly AppIdentity[] | null;
  readonly platform: VisitorPlatform;
  readonly address: string;
  readonly userAgent: string | undefined;
  readonly language: string | undefined;
  /** Milliseconds. */
  readonly at: number;
}

/**
 * A person, and no page: an app that has the link already is not to be led into an app, nor shown anything of ours.
 * A scan mark is noted and bypasses nothing.
 *
 * @param query of the visited URL, without `?`
 */
export function visitOfApp({ platform, at }: AppAsker, query: string): Visit {
  return {
    method: 'GET',
    visitor: 'person',
    device: { ...UNKNOWN_DEVICE, platform },
    prefetch: false,
    document: false,
    qr: false,
    query,
    clickId: newClickId(at),
    unlocked: null,
    slotsTaken: 0,
    leadsHere: () => false,
  };
}
