import type { Decision } from './decision.ts';
import { flowOf, withoutFlowMark } from './flow.ts';
import { renderFlowPage } from './pages/flow-page.ts';
import type { Page } from './pages/page.ts';
import type { Visit } from './visit.ts';
import type { KnownLink, Target } from './visit-directory.ts';

/** A visit that is looked at instead of gone. */
export interface LookedAt {
  readonly link: KnownLink;
  readonly group: Target['group'];
  /** With the slots that are taken. */
  readonly visit: Visit;
  /** Milliseconds. */
  readonly at: number;
  readonly shortUrl: string;
  /** Of the visited URL, whole, without `?`. */
  readonly query: string;
}

/** What is decided of a visit that is looked at, where it is answered as every visit is: it leaves nothing behind. */
export function lookedAt(decision: Decision): Decision {
  return decision.outcome === 'previewCard' ? { ...decision, record: 'none' } : decision;
}

/** The page that tells where the visit leads; undefined when it is answered as every visit. */
export function flowPageOf(
  { link, group, visit, at, shortUrl, query }: LookedAt,
  language: Parameters<typeof renderFlowPage>[1],
): Page | undefined {
  const flow = flowOf(link, group, visit, at);
  if (!flow) return undefined;
  const kept = withoutFlowMark(query);
  const url = kept === '' ? shortUrl : `${shortUrl}?${kept}`;
  return renderFlowPage({ flow, shortUrl: url, timeZone: link.timeZone }, language);
}
