import type { Link } from '../../links/link.ts';
import { hasEnded } from '../../links/link-status.ts';
import { effective } from '../../links/overlay.ts';
import { Refusal } from './refusal.ts';

export type ShownStatus = 'ACTIVE' | 'PAUSED' | 'EXPIRED';

/** What applies to a link, its group considered. One that has not begun, or is used up, is active here. */
export function shownStatus({ settings, group }: Link, now: number): ShownStatus {
  if (hasEnded(settings, group?.settings, now)) return 'EXPIRED';
  return effective('paused', settings, group?.settings) ? 'PAUSED' : 'ACTIVE';
}

/** @throws Refusal when the link is over, by its own end or its group's */
export function requireEditable(link: Link): void {
  if (shownStatus(link, Date.now()) === 'EXPIRED') throw new Refusal('LINK_EXPIRED');
}

/**
 * ACTIVE and PAUSED lead to each other, nothing leads out of EXPIRED, and what a group decides no link undecides.
 *
 * @throws Refusal
 */
export function requireTransition(link: Link, wanted: 'ACTIVE' | 'PAUSED'): void {
  const status = shownStatus(link, Date.now());
  const [done, doing] = wanted === 'ACTIVE' ? ['active', 'activated'] : ['paused', 'paused'];
  if (status === 'EXPIRED') throw notAllowed(`An expired link cannot be ${doing}`);
  if (status === wanted) throw notAllowed(`Link is already ${done}`);
  if (link.group?.settings.paused !== undefined) {
    throw notAllowed(
      `Link cannot be ${doing}: its group "${link.group.name}" keeps it ${status.toLowerCase()}`,
    );
  }
}

function notAllowed(message: string): Refusal {
  return new Refusal('BAD_REQUEST', { message });
}
