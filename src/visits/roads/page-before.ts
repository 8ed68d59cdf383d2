import type { Onward } from '../decision.ts';
import { type Going, languageOf, shortUrlOf } from '../going.ts';
import { renderForwardPage } from '../pages/forward-page.ts';
import { renderOpenAppPage } from '../pages/open-app-page.ts';
import type { Page } from '../pages/page.ts';
import { renderPushPage } from '../pages/push-page.ts';
import type { KnownLink, Target } from '../visit-directory.ts';
import type { VisitParts } from '../visit-parts.ts';
import { sharedText } from './shared-text.ts';

/** The page that stands between a visitor and the destination. */
export function pageBefore(
  going: Going,
  decision: Exclude<Onward, { outcome: 'redirect' }>,
  { link, group }: Target,
  { domains, invitations }: Pick<VisitParts, 'domains' | 'invitations'>,
): Page {
  const language = languageOf(going);
  const { destination } = decision;
  const shared = { ...sharedText(going, decision, shortUrlOf(going, domains)), destination };
  switch (decision.outcome) {
    case 'forwardPage':
      return renderForwardPage(shared, language);
    case 'openApp':
      return renderOpenAppPage({ ...shared, opening: decision.page, clickId: going.visit.clickId }, language);
    case 'pushInvitation': {
      const asked = { linkId: (link as KnownLink).id, groupId: group?.id ?? null };
      const token = invitations.seal(asked, going.at);
      return renderPushPage({ ...shared, token, vapidPublicKey: invitations.vapidPublicKey }, language);
    }
  }
}
