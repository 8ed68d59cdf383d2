import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { waysToApp } from '../deeplinks/app-route.ts';
import { LANGUAGES } from '../languages.ts';
import type { OpenedApp } from '../links/link-app.ts';
import { decide } from './decide.ts';
import { placesOf } from './decided-places.ts';
import { describedVisit } from './described-visit.ts';
import { FLOW_TEXTS } from './pages/flow-texts.ts';
import { TRACE_TEXTS } from './pages/trace-texts.ts';
import { appLinkOf, RULES } from './rules.ts';
import { NOW, scene } from './testing/scene.ts';
import { traceVisit } from './trace.ts';
import { APP_STEP_REASONS, type AppStepReason, appStepsOf } from './trace-app-steps.ts';
import { REASON_CODES, type ReasonCode } from './trace-reason.ts';
import type { VisitedLink } from './visited-link.ts';

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
      redirect: [
        ...(['toApp', 'toStore', 'toRealBrowser', 'temporary', 'permanent'] as const),
        ...(['noPageForPrograms', 'noPageForScans', 'noPageAfterForm'] as const),
        ...(['noPageToHere', 'temporaryForApps'] as const),
      ],
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
        const of = { link, group, visit, now };
        const steps = appStepsOf(of, decision);
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
        const appLink = appLinkOf(of);
        if (!appLink) throw new Error('there are steps without an app');
        const ways = waysToApp(appLink, visit.device, visit.clickId);
        const verdicts = Object.fromEntries(steps.map(({ step, verdict }) => [step, verdict]));
        const instead = ways.storeUrl === null ? 'web' : 'store';
        if (via === 'app') expect(verdicts[instead]).toBe('instead');
        else expect(Object.values(verdicts)).not.toContain('instead');
        expect(verdicts.association).toBe(via === 'browser' ? 'possible' : 'notTaken');
        const noStore = steps.some(({ reason }) => reason === 'noStore');
        expect(noStore).toBe(ways.storeUrl === null);
        for (const url of placesOf(of, decision)) expect(url).not.toMatch(/^intent:/);
      }),
      { numRuns: 8_000 },
    );
    expect([...seen].sort()).toEqual([...APP_STEP_REASONS].sort());
  });
});

describe('the ways into an app, one by one', () => {
  const app: OpenedApp = {
    identifier: 'com.example.shop',
    storeUrl: null,
    appStoreId: null,
    minVersion: null,
    customScheme: null,
    deepLink: null,
    ipadIdentifier: null,
    ipadStoreUrl: null,
  };
  const link: VisitedLink = {
    ...{ id: 1, domainId: 1, groupId: null, routeId: 1, desktopDestination: null, deleteAt: null },
    ...{ appRouting: {}, campaign: {}, settings: {}, title: '', description: '', imageUrl: null },
    destination: 'https://shop.example/p',
    apps: null,
  };

  function told(
    changes: Partial<VisitedLink>,
    described: Parameters<typeof describedVisit>[0],
  ): { readonly places: readonly string[]; readonly steps: Readonly<Record<string, string>> } {
    const of = {
      link: { ...link, ...changes },
      group: undefined,
      visit: describedVisit(described),
      now: NOW,
    };
    const decision = decide(of.link, undefined, of.visit, NOW);
    const steps = appStepsOf(of, decision).map(({ step, verdict, reason }) => [step, `${verdict} ${reason}`]);
    return { places: placesOf(of, decision), steps: Object.fromEntries(steps) };
  }
  const onAndroid = (android: Partial<OpenedApp>) => ({ ios: null, android: { ...app, ...android } });
  const onIos = (ios: Partial<OpenedApp>) => ({ ios: { ...app, ...ios }, android: null });

  test('a fragment in the deep link hides nothing of the intent', () => {
    const deepLink = 'https://shop.example/p#a#Intent;scheme=x;S.browser_fallback_url=y;end';
    const { places, steps } = told({ apps: onAndroid({ deepLink }) }, { device: 'android' });
    expect(steps).toMatchObject({ app: 'taken opensApp', store: 'instead ifNotInstalled' });
    expect(places[0]).toBe(deepLink);
    expect(places[1]).toMatch(/^https:\/\/play\.google\.com\//);
  });

  test('an iPhone with neither store nor scheme has none of them, from no browser', () => {
    const { steps } = told({ apps: onIos({}) }, { device: 'iphone' });
    expect(steps).toMatchObject({ app: 'notTaken noWayIn', store: 'notTaken noStore', web: 'taken toWeb' });
  });

  test('without a store the web is where a device without the app goes', () => {
    const { places, steps } = told({ apps: onAndroid({}) }, { device: 'huawei' });
    expect(steps).toMatchObject({
      app: 'taken opensApp',
      store: 'notTaken noStore',
      web: 'instead lastResort',
    });
    expect(places).toEqual(['https://shop.example/p', 'https://shop.example/p']);
  });

  test('a store page at the destination’s own address is one', () => {
    const apps = onAndroid({ storeUrl: 'https://shop.example/p?x=1' });
    const { places, steps } = told({ apps }, { device: 'android' });
    expect(steps).toMatchObject({ store: 'instead ifNotInstalled', web: 'notTaken otherComesFirst' });
    expect(places[1]).toBe('https://shop.example/p?x=1');
  });

  test('what only a page could offer is told so where none is shown', () => {
    const apps = onIos({ customScheme: 'shop', appStoreId: '1' });
    const forced = { apps, appRouting: { forceRedirect: true as const } };
    expect(told(forced, { device: 'iphone' }).steps).toMatchObject({
      app: 'notTaken needsPage',
      store: 'taken toStore',
    });
    expect(told(forced, { device: 'ipadDesktop' }).steps).toMatchObject({
      store: 'notTaken needsPage',
      web: 'taken toWeb',
    });
  });

  test.each(['kakaotalk', 'line'] as const)('%s leaves all but the system to the real browser', (inApp) => {
    const apps = onAndroid({});
    const { places, steps } = told({ apps }, { device: 'android', inApp });
    expect(places).toEqual([]);
    expect(steps).toEqual({
      association: 'possible seenOnTheWay',
      app: 'notTaken inRealBrowser',
      store: 'notTaken inRealBrowser',
      web: 'notTaken inRealBrowser',
    });
  });

  test.each([{ qr: true }, { visitor: 'automated' }, { embedded: true }] as const)(
    'there are none for a visit that is for the web: %j',
    (more) => {
      const settings = { qrBypass: true as const };
      expect(told({ apps: onAndroid({}), settings }, { device: 'android', ...more }).steps).toEqual({});
    },
  );
});

test.each(LANGUAGES)('all of it has words in %s, and no two reasons the same', (language) => {
  const { reasons, appSteps } = TRACE_TEXTS[language];
  expect(Object.keys(reasons).sort()).toEqual([...REASON_CODES].sort());
  expect(new Set(Object.values(reasons)).size).toBe(REASON_CODES.length);
  expect(Object.keys(appSteps).sort()).toEqual([...APP_STEP_REASONS].sort());
  for (const text of [...Object.values(reasons), ...Object.values(appSteps)]) expect(text).toMatch(/[.。]$/);
  expect(JSON.stringify(FLOW_TEXTS[language])).not.toMatch(/""/);
});
