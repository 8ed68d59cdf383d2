import type { Language } from '../../languages.ts';
import { linkName } from '../mail/threshold-section.ts';
import type { ThresholdNotice } from '../thresholds/threshold-notice.ts';
import { withoutReordering } from './line-problem.ts';
import type { PushPayload } from './push-payload.ts';
import { PUSH_TEXTS } from './push-texts.ts';

/** Where people of a project allow notifications, and see who gets them. */
export const NOTIFICATION_PAGE_PATH = '/app/notifications';

/**
 * What the project's people are shown about a threshold. A tap does not lead to the link itself: that would be the
 * next click.
 *
 * @param eventId of the delivery
 * @param publicUrl of the installation
 */
export function thresholdPayload(
  notice: ThresholdNotice,
  eventId: string,
  language: Language,
  publicUrl: string,
): PushPayload {
  const texts = PUSH_TEXTS[language];
  const number = new Intl.NumberFormat(language);
  return {
    id: eventId,
    title: texts.clicks(withoutReordering(linkName(notice)), number.format(notice.clicks)),
    body: texts.visitors(number.format(notice.visitors)),
    url: `${publicUrl}${NOTIFICATION_PAGE_PATH}`,
    image: null,
    tag: `link:${notice.linkId}`,
    // Each multiple is news, also while the one before is still on the screen.
    renotify: true,
    receipts: false,
  };
}
