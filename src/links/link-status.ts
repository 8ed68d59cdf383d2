import { effective } from './overlay.ts';
import type { Settings } from './setting.ts';

export type LinkStatus = 'active' | 'paused' | 'notStarted' | 'ended' | 'limitReached';

/**
 * What applies to a link at an instant, passwords apart. The same rules in the same order as a visit's; a test holds
 * the two together.
 *
 * @param slotsTaken clicks that count against a limit
 */
export function linkStatus(
  link: Settings,
  group: Settings | undefined,
  slotsTaken: number,
  now: number,
): LinkStatus {
  if (effective('paused', link, group)) return 'paused';
  const startsAt = effective('startsAt', link, group);
  if (startsAt !== false && now < startsAt) return 'notStarted';
  const endsAt = effective('endsAt', link, group);
  if (endsAt !== false && now >= endsAt) return 'ended';
  const limit = effective('maxClicks', link, group);
  if (limit !== false && slotsTaken >= limit) return 'limitReached';
  return 'active';
}

/** Whether a link leads visitors on now, as far as it says itself: nothing it waits for, nothing that is over. */
export function leadsOn(
  link: { readonly settings: Settings; readonly deleteAt: number | null },
  group: Settings | undefined,
  now: number,
): boolean {
  const isGone = link.deleteAt !== null && link.deleteAt <= now;
  return !isGone && linkStatus(link.settings, group, 0, now) === 'active';
}

/** Whether the end has come, whatever else applies: what is over stays over, paused or not. */
export function hasEnded(link: Settings, group: Settings | undefined, now: number): boolean {
  const endsAt = effective('endsAt', link, group);
  return endsAt !== false && now >= endsAt;
}
