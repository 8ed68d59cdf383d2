import { type Explained, explainSettings } from '../links/overlay.ts';
import type { SettingName } from '../links/setting.ts';
import type { Decision } from './decision.ts';
import { RULES, type RuleName } from './rules.ts';
import { REASONS, type Reason } from './trace-reason.ts';
import type { Visit } from './visit.ts';
import type { VisitedGroup, VisitedLink } from './visited-link.ts';

export interface TracedRule {
  readonly rule: RuleName;
  readonly verdict: 'passed' | 'decides';
  readonly reason: Reason;
  /** What it looked at, in force. Secrets are the hashes they are stored as: whoever shows them shows that they are set. */
  readonly settings: readonly Explained[];
}

export interface Trace {
  readonly decision: Decision;
  /** Every rule that was asked, in order; the last one decides. */
  readonly rules: readonly TracedRule[];
}

/**
 * What a visit leads to, as `decide` says it, and what each rule had to say on the way there. For whoever asks why:
 * visits themselves are decided without it.
 */
export function traceVisit(
  link: VisitedLink | undefined,
  group: VisitedGroup | undefined,
  visit: Visit,
  now: number,
): Trace {
  if (!link) {
    const rule = { rule: 'exists', verdict: 'decides', reason: { code: 'noLink' }, settings: [] } as const;
    return { decision: { outcome: 'unknown' }, rules: [rule] };
  }
  const circumstances = { link, group, visit, now };
  const explained = explainSettings(link.settings, group?.settings);
  const rules: TracedRule[] = [];
  for (const { name, settings, decide: speak } of RULES) {
    const decision: Decision | undefined = speak(circumstances);
    const lookedAt: readonly SettingName[] = settings;
    rules.push({
      rule: name,
      verdict: decision ? 'decides' : 'passed',
      reason: REASONS[name](circumstances, decision),
      settings: explained.filter(({ name }) => lookedAt.includes(name)),
    });
    if (decision) return { decision, rules };
  }
  throw new Error('no rule has decided');
}
