import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { LANGUAGES } from '../languages.ts';
import { decide } from './decide.ts';
import { FLOW_TEXTS } from './pages/flow-texts.ts';
import { TRACE_TEXTS } from './pages/trace-texts.ts';
import { RULES } from './rules.ts';
import { scene } from './testing/scene.ts';
import { traceVisit } from './trace.ts';
import { APP_STEP_REASONS, type AppStepReason, appStepsOf } from './trace-app-steps.ts';
import { REASON_CODES, type ReasonCode } from './trace-reason.ts';

const NAMES: readonly string[] = RULES.map(({ name }) => name);

describe('a trace', () => {
  test('decides as `decide` does, and every rule up to the one that decides is in it once, in order', () => {
    fc.assert(
      fc.property(scene, ({ link, group, visit, now }) => {
        const { decision, rules } = traceVisit(link, group, visit, now);
        expect(decision).toEqual(decide(link, group, visit, now));
        expect(rules.map(({ rule }) => rule)).toEqual(NAMES.slice(0, rules.length));
        expect(rules.map(({ verdict }) => verdict)).toEqual([
          ...rules.slice(1).map(() => 'passed'),
          'decides',
        ]);
      }),
      { numRuns: 3_000 },
    );
  });

  test('says of every setting what is in force, and that the group comes first', () => {
    fc.assert(
      fc.property(scene, ({ link, group, visit, now }) => {
        for (const { rule, settings } of traceVisit(link, group, visit, now).rules) {
          const looked: readonly string[] = RULES.find(({ name }) => name === rule)?.settings ?? [];
          expect(settings.map(({ name }) => name).sort()).toEqual([...looked].sort());
          for (const { name, value, source } of settings) {
            const [over, own] = [group?.settings[name], link.settings[name]];
            expect(source).toBe(over !== undefined ? 'group' : own !== undefined ? 'link' : 'default');
            if (source !== 'default') expect(value).toBe(over ?? own);
          }
        }
      }),
    );
  });

  test('gives every reason there is, and the one that fits', () => {
    const seen = new Set<ReasonCode>(['noLink']);
    const fits: Partial<Record<string, readonly ReasonCode[]>> = {
      unknown: ['deletedItself'],
      paused: ['paused'],
      notStarted: ['notStarted'],
      ended: ['ended', 'endedElsewhere'],
      limitReached: ['usedUp'],
      passwordRequired: ['locked'],
      protected: ['robotTooEarly', 'robotGuarded', 'headersGuarded'],
      prefetch: ['prefetch'],
      previewCard: ['card'],
      pushInvitation: ['invites'],
      openApp: ['openingPage'],
      forwardPage: ['forwardPage'],
      redirect: ['toApp', 'toStore', 'toRealBrowser', 'temporary', 'permanent', 'noPageForPrograms'],
    };
    fc.assert(
      fc.property(scene, ({ link, group, visit, now }) => {
        const { decision, rules } = traceVisit(link, group, visit, now);
        for (const { reason } of rules) seen.add(reason.code);
        expect(fits[decision.outcome]).toContain(rules.at(-1)?.reason.code);
        const passed = rules.slice(0, -1).map(({ reason }) => reason.code);
        const deciding = Object.values(fits).flat();
        expect(passed.filter((code) => deciding.includes(code))).toEqual([]);
      }),
      { numRuns: 8_000 },
    );
    expect([...seen].sort()).toEqual([...REASON_CODES].sort());
  });

  it('of no link says so', () => {
    expect(traceVisit(undefined, undefined, fc.sample(scene, 1)[0]?.visit as never, 0)).toEqual({
      decision: { outcome: 'unknown' },
      rules: [{ rule: 'exists', verdict: 'decides', reason: { code: 'noLink' }, settings: [] }],
    });
  });
});

describe('the ways into an app', () => {
  test('are told where there is an app, and are what the decision does', () => {
    const seen = new Set<AppStepReason>();
    fc.assert(
      fc.property(scene, ({ link, group, visit, now }) => {
        const { decision } = traceVisit(link, group, visit, now);
        const steps = appStepsOf(link, visit, decision);
        for (const { reason } of steps) seen.add(reason);
        if (steps.length === 0) return;
        const taken = steps.filter(({ verdict }) => verdict === 'taken').map(({ step }) => step);
        const via = 'via' in decision ? decision.via : null;
        expect(taken).toEqual(via === 'page' || via === 'browser' ? [] : [via]);
        if (decision.outcome === 'openApp') {
          const offered = steps.filter(({ verdict }) => verdict === 'offered').map(({ step }) => step);
          const { appUrl, storeUrl } = decision.page;
          expect(offered).toEqual([...(appUrl ? ['app'] : []), ...(storeUrl ? ['store'] : []), 'web']);
        }
      }),
      { numRuns: 8_000 },
    );
    expect([...seen].sort()).toEqual([...APP_STEP_REASONS].sort());
  });
});

test.each(LANGUAGES)('all of it has words in %s, and no two reasons the same', (language) => {
  const { reasons, appSteps } = TRACE_TEXTS[language];
  expect(Object.keys(reasons).sort()).toEqual([...REASON_CODES].sort());
  expect(new Set(Object.values(reasons)).size).toBe(REASON_CODES.length);
  expect(Object.keys(appSteps).sort()).toEqual([...APP_STEP_REASONS].sort());
  for (const text of [...Object.values(reasons), ...Object.values(appSteps)]) expect(text).toMatch(/[.。]$/);
  expect(JSON.stringify(FLOW_TEXTS[language])).not.toMatch(/""/);
});
