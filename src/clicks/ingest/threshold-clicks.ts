import type { ThresholdClick } from '../../reactions/thresholds/threshold-click.ts';
import { ClickFlag, countsAsClick } from '../click-record.ts';
import type { Recognised } from './recognise-visitors.ts';

interface Judged {
  readonly kind: number;
  readonly flags: number;
}

/**
 * What a batch says to thresholds: every counted click that is no repeat, every new visitor, and the stored clicks of
 * which that has changed.
 */
export function thresholdClicksOf({ clicks, revised }: Recognised): ThresholdClick[] {
  const found: ThresholdClick[] = [];
  for (const { id, at, linkId, groupId, country, kind, flags } of clicks) {
    const { clicks, visitors } = movesOf({ kind, flags });
    if (clicks !== 0 || visitors !== 0) found.push({ id, at, linkId, groupId, country, clicks, visitors });
  }
  for (const { clickId: id, before, after } of revised) {
    const [was, is] = [movesOf(before), movesOf(after)];
    if (was.clicks === is.clicks && was.visitors === is.visitors) continue;
    const { at, linkId, groupId, country } = after;
    const [clicks, visitors] = [changeOf(was.clicks, is.clicks), changeOf(was.visitors, is.visitors)];
    found.push({ id, at, linkId, groupId, country, clicks, visitors });
  }
  return found;
}

function movesOf({ kind, flags }: Judged): { clicks: 0 | 1; visitors: 0 | 1 } {
  if (!countsAsClick({ kind: kind as 1, flags })) return { clicks: 0, visitors: 0 };
  return { clicks: flags & ClickFlag.repeat ? 0 : 1, visitors: flags & ClickFlag.newEver ? 1 : 0 };
}

function changeOf(was: 0 | 1, is: 0 | 1): -1 | 0 | 1 {
  return (is - was) as -1 | 0 | 1;
}
