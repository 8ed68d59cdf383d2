import type { Decision } from './decision.ts';
import { renderNotice } from './pages/notice-page.ts';

/** The status with which a visit that is decided so is answered. */
export function statusOf(decision: Decision): number {
  switch (decision.outcome) {
    case 'redirect':
      return decision.status;
    case 'forwardPage':
    case 'openApp':
    case 'pushInvitation':
    case 'previewCard':
    case 'passwordRequired':
      return 200;
    case 'ended':
      return decision.expiredUrl === null ? renderNotice({ kind: 'ended' }, 'en').status : 302;
    case 'notStarted': {
      const { outcome: kind, startsAt } = decision;
      return renderNotice({ kind, startsAt, timeZone: 'UTC' }, 'en').status;
    }
    case 'prefetch':
      return renderNotice({ kind: 'tryAgain' }, 'en').status;
    default:
      return renderNotice({ kind: decision.outcome }, 'en').status;
  }
}
