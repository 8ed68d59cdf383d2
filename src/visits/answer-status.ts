import type { Decision } from './decision.ts';
import { renderNotice } from './pages/notice-page.ts';
import { redirectStatus } from './rules.ts';
import type { Visit } from './visit.ts';

/** The status with which a visit that is decided so is answered. */
export function statusOf(decision: Decision, visit: Pick<Visit, 'method'>): number {
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
      return decision.expiredUrl === null
        ? renderNotice({ kind: 'ended' }, 'en').status
        : redirectStatus(visit);
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
