import fc from 'fast-check';
import { describe, expect, it, test, vi } from 'vitest';
import { type Device, UNKNOWN_DEVICE } from '../deeplinks/device.ts';
import type { OpenedApp } from '../links/link-app.ts';
import type { SettingName, Settings, SettingValues } from '../links/setting.ts';
import { decide } from './decide.ts';
import type { Decision, Outcome } from './decision.ts';
import { passwordInForce, passwordVersion } from './link-password.ts';
import type { Visit } from './visit.ts';
import type { VisitedGroup, VisitedLink } from './visited-link.ts';

const MARKER = 'behind-the-curtain';
const NOW = 1_800_000_000_000;

const aVisit: Visit = {
  method: 'GET',
  visitor: 'person',
  device: UNKNOWN_DEVICE,
  prefetch: false,
  document: true,
  qr: false,
  query: '',
  clickId: 'c0ffee',
  unlocked: null,
  slotsTaken: 0,
  leadsHere: () => false,
};

const leadsTo =
  (...hosts: string[]): Visit['leadsHere'] =>
  (url) =>
    hosts.includes(new URL(url).host);

const onAPhone = (platform: 'ios' | 'android', more: Partial<Device> = {}): Device => ({
  ...UNKNOWN_DEVICE,
  platform,
  ...more,
});

const APP_STORE = 'https://store.example/ios';
/** As a link describes it that says where it is had, and no more. */
const anApp: OpenedApp = {
  identifier: 'com.example.shop',
  storeUrl: APP_STORE,
  appStoreId: null,
  minVersion: null,
  customScheme: null,
  deepLink: null,
  ipadIdentifier: null,
  ipadStoreUrl: null,
};

const aLink: VisitedLink = {
  id: 1,
  domainId: 1,
  groupId: null,
  routeId: 11,
  destination: `https://shop.example/${MARKER}`,
  desktopDestination: null,
  apps: null,
  appRouting: {},
  campaign: {},
  settings: {},
  title: '',
  description: '',
  imageUrl: null,
  deleteAt: null,
};

/** Decides for an ungrouped link with these settings. */
function visitLink(settings: Settings, visit: Partial<Visit> = {}, now = NOW): Decision {
  return decide({ ...aLink, settings }, undefined, { ...aVisit, ...visit }, now);
}

const outcomeOf = (settings: Settings, visit: Partial<Visit> = {}, now = NOW): Outcome =>
  visitLink(settings, visit, now).outcome;

describe('anything at all', () => {
  /** Every value is a few milliseconds from every other, so that all orders and all edges come up. */
  const nearby = fc.integer({ min: NOW - 3, max: NOW + 3 });

  const values: { [K in SettingName]: fc.Arbitrary<SettingValues[K]> } = {
    paused: fc.constant(true),
    startsAt: nearby,
    endsAt: nearby,
    expiredUrl: fc.constantFrom('https://over.example/', 'https://sorry.example/?a=1'),
    password: fc.constantFrom('hash-one', 'hash-two'),
    maxClicks: fc.integer({ min: 1, max: 3 }),
    redirectType: fc.constantFrom(200, 301, 302),
    passQuery: fc.constant(true),
    qrBypass: fc.constant(true),
    excludeForeign: fc.constant(true),
    notifyByPush: fc.constant(true),
    notifyByMail: fc.constant(true),
    notifyEvery: fc.integer({ min: 1, max: 100 }),
    statsPassword: fc.constantFrom('hash-one', 'hash-two'),
    pushSubscription: fc.constant(true),
    webhookEnabled: fc.constant(true),
    webhookUrl: fc.constant('https://hook.example/'),
    webhookMetric: fc.constantFrom('clicks', 'visitors'),
    webhookFrequency: fc.constantFrom(1, 50, 100, 300, 500, 1000),
  };

  const neverOff = new Set<string>(['redirectType', 'notifyEvery', 'webhookMetric', 'webhookFrequency']);
  /** What ends most visits early is mostly unset, or nothing else would ever be looked at. */
  const rare = new Set<string>(['paused', 'startsAt', 'endsAt', 'password', 'maxClicks']);

  const settings: fc.Arbitrary<Settings> = fc
    .record(
      Object.fromEntries(
        Object.entries<fc.Arbitrary<unknown>>(values).map(([name, value]) => [
          name,
          fc.oneof(
            { weight: rare.has(name) ? 5 : 2, arbitrary: fc.constant(undefined) },
            { weight: neverOff.has(name) ? 0 : 2, arbitrary: fc.constant(false) },
            { weight: 2, arbitrary: value },
          ),
        ]),
      ),
    )
    .map(
      (record) =>
        Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Settings,
    );

  const link: fc.Arbitrary<VisitedLink> = fc.record({
    id: fc.constantFrom(1, 2),
    domainId: fc.constant(1),
    groupId: fc.constantFrom(null, 7),
    routeId: fc.constantFrom(11, 12),
    destination: fc.constantFrom(
      `https://shop.example/${MARKER}`,
      `https://shop.example/${MARKER}?a=own`,
      `https://shop.example/${MARKER}?a=own#there`,
    ),
    desktopDestination: fc.constantFrom(
      null,
      `https://desktop.example/${MARKER}`,
      `https://desktop.example/${MARKER}?a=own#there`,
    ),
    apps: fc.constantFrom(
      null,
      null,
      { ios: anApp, android: anApp },
      { ios: { ...anApp, customScheme: 'shop' }, android: null },
      { ios: { ...anApp, storeUrl: null }, android: anApp },
      { ios: { ...anApp, storeUrl: null, customScheme: 'shop' }, android: anApp },
      { ios: null, android: { ...anApp, deepLink: `https://app.example/${MARKER}?a=own` } },
    ),
    appRouting: fc.constantFrom({}, { desktopUrlWithoutStore: true }),
    campaign: fc.constant({}),
    settings,
    title: fc.constantFrom('', 'Summer sale'),
    description: fc.constantFrom('', 'Half price'),
    imageUrl: fc.constantFrom(null, 'https://img.example/a.png'),
    deleteAt: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: nearby }),
  });

  const group: fc.Arbitrary<VisitedGroup> = fc.record({ id: fc.constantFrom(7, 8), settings });

  const visit: fc.Arbitrary<Visit> = fc.record({
    method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST'),
    visitor: fc.constantFrom('person', 'person', 'automated', 'unfurler', 'crawler'),
    device: fc.constantFrom(
      onAPhone('ios'),
      onAPhone('ios', { inApp: 'kakaotalk' }),
      onAPhone('android'),
      onAPhone('android', { inApp: 'facebook' }),
      UNKNOWN_DEVICE,
      UNKNOWN_DEVICE,
      { ...UNKNOWN_DEVICE, mayBeIpad: true },
    ),
    clickId: fc.constant('c0ffee'),
    prefetch: fc.constantFrom(false, false, false, true),
    document: fc.constantFrom(true, true, true, false),
    qr: fc.boolean(),
    query: fc.constantFrom(
      ...['', 'b=2', 'a=theirs', 'a=theirs&b=2&c', 'qr=1', 'qr=1&d=x&b=2', 'b=2&openExternalBrowser=1'],
    ),
    unlocked: fc.constantFrom(null, ...['hash-one', 'hash-two', 'hash-old'].map(passwordVersion)),
    slotsTaken: fc.integer({ min: 0, max: 4 }),
    leadsHere: fc.constantFrom(
      ...[[], [], ['shop.example', 'store.example'], ['desktop.example']].map((own) => leadsTo(...own)),
    ),
  });

  const scene = fc.record({
    link: fc.oneof(
      { weight: 30, arbitrary: link as fc.Arbitrary<VisitedLink | undefined> },
      { weight: 1, arbitrary: fc.constant(undefined) },
    ),
    group: fc.option(group, { nil: undefined }),
    visit,
    now: fc.constant(NOW),
  });

  interface Scene {
    readonly link: VisitedLink | undefined;
    readonly group: VisitedGroup | undefined;
    readonly visit: Visit;
    readonly now: number;
  }

  /** What the documentation says is in force when nobody says anything. */
  const DOCUMENTED_DEFAULTS = {
    paused: false,
    startsAt: false,
    endsAt: false,
    expiredUrl: false,
    password: false,
    maxClicks: false,
    redirectType: 302,
    passQuery: true,
    qrBypass: false,
    pushSubscription: false,
  } as const;

  /** The facts of a scene, as somebody would put them who has read the Rulings and not the code. */
  function factsOf({ link, group, visit, now }: Scene & { link: VisitedLink }) {
    const inForce = { ...DOCUMENTED_DEFAULTS, ...link.settings, ...group?.settings } as Required<Settings>;
    const { startsAt, endsAt, password, maxClicks } = inForce;
    return {
      inForce,
      hasStarted: startsAt === false || startsAt <= now,
      hasEnded: endsAt !== false && endsAt <= now,
      isFull: maxClicks !== false && visit.slotsTaken >= maxClicks,
      isLocked: password !== false && visit.unlocked !== passwordVersion(password),
      isProtected: password !== false || maxClicks !== false,
      isRobot: ['crawler', 'unfurler'].includes(visit.visitor),
      isLookedAt: visit.visitor === 'person' && visit.document,
      isQrBypass: visit.qr && inForce.qrBypass !== false,
      isForm: visit.method === 'POST',
    };
  }

  /** The query of the visited URL is handed on, except what the URL has already and our own marks. */
  function handingOn(url: string, query: string, passQuery: boolean): string {
    const [beforeHash = '', ...hash] = url.split('#');
    const hasOwnA = beforeHash.includes('?a=');
    const handedOn = passQuery
      ? query
          .split('&')
          .filter((pair) => pair !== '' && !/^(?:d|qr|openExternalBrowser)(?:=|$)/.test(pair))
          .filter((pair) => !(hasOwnA && pair.startsWith('a=')))
      : [];
    const added = handedOn.length === 0 ? '' : `${hasOwnA ? '&' : '?'}${handedOn.join('&')}`;
    return `${beforeHash}${added}${hash.length > 0 ? `#${hash.join('#')}` : ''}`;
  }

  /** Desktops go where the link says desktops go, as do phones without a store, where it says that too. */
  function whereTo({ link, visit }: Scene & { link: VisitedLink }, passQuery: boolean): string {
    const { platform } = visit.device;
    const hasStore = platform !== 'other' && (link.apps?.[platform]?.storeUrl ?? null) !== null;
    const goesElsewhere = platform === 'other' || (link.appRouting.desktopUrlWithoutStore && !hasStore);
    const url = goesElsewhere ? (link.desktopDestination ?? link.destination) : link.destination;
    return handingOn(url, visit.query, passQuery);
  }

  type Forwards = Extract<Decision, { destination: string }>;

  /** What the documentation says of a link with apps: undefined where it goes to the web. */
  function intoTheApp(
    { link, visit }: Scene & { link: VisitedLink },
    passQuery: boolean,
    shown: object,
    forwarding: Omit<Forwards, 'outcome'>,
  ): Decision | undefined {
    const { device } = visit;
    const on = device.mayBeIpad ? 'ios' : device.platform;
    const app = on === 'other' ? null : link.apps?.[on];
    if (!app) return undefined;
    const web = forwarding.destination;
    const { storeUrl } = app;
    const withoutApp = storeUrl ?? web;
    const deepLink = handingOn(app.deepLink ?? link.destination, visit.query, passQuery);
    const scheme = app.customScheme === null ? null : deepLink.replace(/^https/, app.customScheme);
    const intent =
      `${deepLink.replace(/^https/, 'intent')}#Intent;scheme=https;package=com.example.shop;` +
      `S.browser_fallback_url=${encodeURIComponent(withoutApp)};end`;
    const go = (via: Forwards['via'], destination: string) =>
      ({
        outcome: 'redirect',
        status: visit.method === 'POST' ? 303 : 302,
        ...forwarding,
        via,
        destination,
      }) as Decision;
    const onIos = { link, visit: { ...visit, device: onAPhone('ios') }, group: undefined, now: NOW };
    const iosWeb = whereTo(onIos, passQuery);
    const open = (appUrl: string | null, onlyForTouch: boolean) =>
      ({
        outcome: 'openApp',
        page: {
          ...{ appUrl, storeUrl, webUrl: onlyForTouch ? iosWeb : web, opensByItself: false },
          withoutTouchUrl: onlyForTouch ? web : null,
        },
        ...shown,
        ...forwarding,
        via: 'page',
        destination: onlyForTouch ? web : withoutApp,
      }) as Decision;
    if (device.mayBeIpad && scheme === null && storeUrl === null) return undefined;
    if (device.mayBeIpad) return visit.leadsHere(web) ? undefined : open(scheme, true);
    if (device.inApp === 'kakaotalk' && visit.unlocked === null && !/openExternal/.test(visit.query)) {
      return { ...go('browser', withoutApp), record: 'none', limit: null } as Decision;
    }
    if (on === 'ios' && scheme === null) return storeUrl === null ? undefined : go('store', storeUrl);
    if (on === 'ios') return open(scheme, false);
    // Whoever lacks the app would go on to its store by itself.
    const mayCircle = visit.leadsHere(withoutApp);
    return device.inApp === null && !mayCircle ? go('app', intent) : open(intent, false);
  }

  /** The Rulings as a list: the first line that applies says what happens. */
  function oracle(scene: Scene): Decision {
    const { link, group, visit, now } = scene;
    if (link === undefined) return { outcome: 'unknown' };
    const known = { ...scene, link };
    const { inForce, ...is } = factsOf(known);
    const shown = { title: link.title, description: link.description, imageUrl: link.imageUrl };
    const forwarding = {
      destination: whereTo(known, inForce.passQuery !== false),
      routeId: link.routeId,
      via: 'web' as const,
      limit: inForce.maxClicks === false || visit.method === 'HEAD' ? null : inForce.maxClicks,
      record: (visit.method === 'HEAD'
        ? 'none'
        : is.isRobot
          ? 'crawler'
          : !is.isQrBypass
            ? 'click'
            : inForce.maxClicks === false
              ? 'none'
              : 'uncounted') as 'none' | 'crawler' | 'click' | 'uncounted',
    };
    const isForApps = is.isLookedAt && !is.isQrBypass;
    const isForPages = is.isLookedAt && !is.isForm && !is.isQrBypass;
    const usualStatus = inForce.redirectType === 301 && link.apps === null ? 301 : 302;
    const intoApp = isForApps ? intoTheApp(known, inForce.passQuery !== false, shown, forwarding) : undefined;
    // A page that stands before it leads to what a page can lead to: the store, or the web.
    const { platform } = visit.device;
    const storeUrl = intoApp && platform !== 'other' ? (link.apps?.[platform]?.storeUrl ?? null) : null;
    const afterAPage = storeUrl === null ? forwarding : { ...forwarding, destination: storeUrl };
    const rulings: [name: string, applies: boolean, outcome: Decision][] = [
      ['it deleted itself', link.deleteAt !== null && link.deleteAt <= now, { outcome: 'unknown' }],
      ['5: paused', inForce.paused !== false, { outcome: 'paused' }],
      ['2: a robot too early', !is.hasStarted && is.isRobot, { outcome: 'protected' }],
      ['5: not started', !is.hasStarted, { outcome: 'notStarted', startsAt: Number(inForce.startsAt) }],
      ['5: ended', is.hasEnded, { outcome: 'ended', expiredUrl: inForce.expiredUrl || null }],
      ['2: a robot at a protected link', is.isRobot && is.isProtected, { outcome: 'protected' }],
      ['5: limit reached', is.isFull, { outcome: 'limitReached' }],
      [
        '6: password',
        is.isLocked,
        {
          outcome: 'passwordRequired',
          password: {
            hash: String(inForce.password),
            owner:
              group !== undefined && 'password' in group.settings
                ? { kind: 'group', id: group.id }
                : { kind: 'link', id: link.id },
          },
        },
      ],
      ['2: HEAD at a protected link', visit.method === 'HEAD' && is.isProtected, { outcome: 'protected' }],
      ['2: prefetch', visit.prefetch, { outcome: 'prefetch' }],
      [
        '2: an unfurler, and there is something to show',
        visit.visitor === 'unfurler' && `${link.title}${link.description}${link.imageUrl ?? ''}` !== '',
        {
          outcome: 'previewCard',
          ...shown,
          routeId: link.routeId,
          record: visit.method === 'HEAD' ? 'none' : 'crawler',
        },
      ],
      [
        'push invitation, for people',
        inForce.pushSubscription !== false && isForPages && !visit.leadsHere(afterAPage.destination),
        { outcome: 'pushInvitation', ...shown, ...afterAPage },
      ],
      ['an app for the device in hand', intoApp !== undefined, intoApp ?? { outcome: 'unknown' }],
      [
        'the page that forwards people',
        inForce.redirectType === 200 && isForPages && !visit.leadsHere(forwarding.destination),
        { outcome: 'forwardPage', ...shown, ...forwarding },
      ],
      ['the redirect', true, { outcome: 'redirect', status: is.isForm ? 303 : usualStatus, ...forwarding }],
    ];
    const [, , outcome] = rulings.find(([, applies]) => applies) ?? [];
    return outcome as Decision;
  }

  const decideScene = ({ link, group, visit, now }: Scene) => decide(link, group, visit, now);

  test('equals what the Rulings say, and all outcomes come up', () => {
    const seen = new Set<Outcome>();
    fc.assert(
      fc.property(scene, (scene) => {
        const decision = decideScene(scene);
        seen.add(decision.outcome);
        expect(decision).toEqual(oracle(scene));
      }),
      { numRuns: 5_000 },
    );
    expect([...seen].sort()).toEqual(
      [
        'unknown',
        'paused',
        'notStarted',
        'ended',
        'limitReached',
        'passwordRequired',
        'protected',
        'prefetch',
        'previewCard',
        'redirect',
        'forwardPage',
        'openApp',
        'pushInvitation',
      ].sort(),
    );
  });

  test('says the destination only when every check has been passed', () => {
    let hidden = 0;
    let shown = 0;
    fc.assert(
      fc.property(scene, (scene) => {
        const told = JSON.stringify(decideScene(scene)).includes(MARKER);
        const { link, visit, now } = scene;
        if (link === undefined) return;
        const { inForce, ...is } = factsOf({ ...scene, link });
        const isHidden =
          (link.deleteAt !== null && link.deleteAt <= now) ||
          inForce.paused !== false ||
          !is.hasStarted ||
          is.hasEnded ||
          is.isFull ||
          is.isLocked ||
          visit.prefetch ||
          (is.isProtected && (is.isRobot || visit.method === 'HEAD'));
        if (isHidden) expect(told).toBe(false);
        if (isHidden) hidden++;
        else if (told) shown++;
      }),
      { numRuns: 3_000 },
    );
    expect(hidden).toBeGreaterThan(100);
    expect(shown).toBeGreaterThan(100);
  });

  test('only a GET or a form by a person (or a program) takes a slot or counts', () => {
    fc.assert(
      fc.property(scene, (scene) => {
        const decision = decideScene(scene);
        if (!('record' in decision)) return;
        const limit = 'limit' in decision ? decision.limit : null;
        const counts = decision.record === 'click' || limit !== null;
        const { method, visitor, prefetch } = scene.visit;
        if (counts)
          expect([method !== 'HEAD', prefetch, ['person', 'automated'].includes(visitor)]).toEqual([
            true,
            false,
            true,
          ]);
        if (limit !== null) expect(['click', 'uncounted']).toContain(decision.record);
      }),
    );
  });

  test('leaving the group gives a link its own behaviour back, whatever the group was switched to', () => {
    fc.assert(
      fc.property(scene, fc.array(group, { maxLength: 4 }), ({ link, visit, now }, switched) => {
        const { leadsHere, ...seen } = visit;
        const copy = structuredClone({ link, seen, switched });
        const theirs = deepFreeze({ ...copy, visit: { ...copy.seen, leadsHere } });
        const ownBehaviour = decide(link, undefined, visit, now);
        for (const group of theirs.switched) decide(theirs.link, group, theirs.visit, now);
        expect(decide(theirs.link, undefined, theirs.visit, now)).toEqual(ownBehaviour);
        expect(theirs).toEqual({ link, seen, visit, switched });
      }),
    );
  });

  test('a group that says nothing changes nothing', () => {
    fc.assert(
      fc.property(scene, ({ link, visit, now }) => {
        expect(decide(link, { id: 7, settings: {} }, visit, now)).toEqual(
          decide(link, undefined, visit, now),
        );
      }),
    );
  });

  test('where a group speaks, what the link says is without effect', () => {
    fc.assert(
      fc.property(scene, group, settings, ({ link, visit, now }, group, otherSettings) => {
        fc.pre(link !== undefined);
        const silenced = Object.keys(group.settings);
        const rewritten = Object.fromEntries([
          ...Object.entries(link.settings).filter(([name]) => !silenced.includes(name)),
          ...Object.entries(otherSettings).filter(([name]) => silenced.includes(name)),
        ]) as Settings;
        expect(decide({ ...link, settings: rewritten }, group, visit, now)).toEqual(
          decide(link, group, visit, now),
        );
      }),
    );
  });
});

describe('Ruling 5 and 7: states of a link', () => {
  it('knows no deleted link, and none whose time to delete itself has come', () => {
    expect(decide(undefined, undefined, aVisit, NOW)).toEqual({ outcome: 'unknown' });
    expect(decide({ ...aLink, deleteAt: NOW }, undefined, aVisit, NOW)).toEqual({ outcome: 'unknown' });
    expect(decide({ ...aLink, deleteAt: NOW + 1 }, undefined, aVisit, NOW).outcome).toBe('redirect');
  });

  it('starts in the very millisecond of startsAt', () => {
    expect(visitLink({ startsAt: NOW + 1 })).toEqual({ outcome: 'notStarted', startsAt: NOW + 1 });
    expect(outcomeOf({ startsAt: NOW })).toBe('redirect');
  });

  it('has ended in the very millisecond of endsAt', () => {
    expect(outcomeOf({ endsAt: NOW + 1 })).toBe('redirect');
    expect(visitLink({ endsAt: NOW })).toEqual({ outcome: 'ended', expiredUrl: null });
    expect(visitLink({ endsAt: NOW, expiredUrl: 'https://over.example/' })).toEqual({
      outcome: 'ended',
      expiredUrl: 'https://over.example/',
    });
  });

  it('is never open when startsAt = endsAt', () => {
    const settings = { startsAt: NOW, endsAt: NOW };
    expect([NOW - 1, NOW, NOW + 1].map((now) => outcomeOf(settings, {}, now))).toEqual([
      'notStarted',
      'ended',
      'ended',
    ]);
  });

  it('takes 1970 for an instant like any other', () => {
    expect(outcomeOf({ endsAt: 0 })).toBe('ended');
    expect(outcomeOf({ startsAt: 0 })).toBe('redirect');
  });

  it('checks paused before the schedule, the schedule before the limit, the limit before the password', () => {
    const everything: Settings = { paused: true, startsAt: NOW + 1, maxClicks: 1, password: 'hash' };
    const full = { slotsTaken: 1 };
    expect(outcomeOf(everything, full)).toBe('paused');
    expect(outcomeOf({ ...everything, paused: false }, full)).toBe('notStarted');
    expect(outcomeOf({ ...everything, paused: false, startsAt: false, endsAt: NOW }, full)).toBe('ended');
    expect(outcomeOf({ ...everything, paused: false, startsAt: false }, full)).toBe('limitReached');
    expect(outcomeOf({ ...everything, paused: false, startsAt: false })).toBe('passwordRequired');
  });

  it('lets a group pause, and with "off" lift, what its links say', () => {
    const over = (settings: Settings): VisitedGroup => ({ id: 7, settings });
    const paused = { ...aLink, settings: { paused: true } } as const;
    expect(decide(aLink, over({ paused: true }), aVisit, NOW).outcome).toBe('paused');
    expect(decide(paused, over({ paused: false }), aVisit, NOW).outcome).toBe('redirect');
    expect(decide(paused, over({}), aVisit, NOW).outcome).toBe('paused');
    expect(decide(paused, undefined, aVisit, NOW).outcome).toBe('paused');
  });
});

describe('Ruling 1: limits', () => {
  it('leads on while there are slots, and says which limit the slot is taken of', () => {
    expect(visitLink({ maxClicks: 2 }, { slotsTaken: 1 })).toMatchObject({
      outcome: 'redirect',
      record: 'click',
      limit: 2,
    });
    expect(visitLink({ maxClicks: 2 }, { slotsTaken: 2 })).toEqual({ outcome: 'limitReached' });
    expect(visitLink({ maxClicks: 2 }, { slotsTaken: 9 })).toEqual({ outcome: 'limitReached' });
  });

  it('looks at no slots without a limit', () => {
    expect(visitLink({}, { slotsTaken: 1e9 })).toMatchObject({ outcome: 'redirect', limit: null });
    expect(visitLink({ maxClicks: false }, { slotsTaken: 1e9 })).toMatchObject({ limit: null });
  });

  it('records a QR scan as a click, unless the scan is to pass by', () => {
    expect(visitLink({}, { qr: true })).toMatchObject({ record: 'click' });
    expect(visitLink({ qrBypass: true }, { qr: true })).toMatchObject({ record: 'none', limit: null });
    expect(visitLink({ qrBypass: true })).toMatchObject({ record: 'click' });
  });

  it('takes a slot for a scan that passes by, and shows it no invitation', () => {
    const settings: Settings = { qrBypass: true, maxClicks: 3, pushSubscription: true };
    expect(visitLink(settings, { qr: true })).toMatchObject({
      outcome: 'redirect',
      record: 'uncounted',
      limit: 3,
    });
    expect(visitLink(settings)).toMatchObject({ outcome: 'pushInvitation', record: 'click', limit: 3 });
  });
});

describe('Ruling 2: who does not come to go', () => {
  const withTitle = { ...aLink, title: 'Summer sale', description: 'Half price', imageUrl: null };

  it('shows an unfurler the card, without the destination', () => {
    const decision = decide(withTitle, undefined, { ...aVisit, visitor: 'unfurler' }, NOW);
    expect(decision).toEqual({
      outcome: 'previewCard',
      title: 'Summer sale',
      description: 'Half price',
      imageUrl: null,
      routeId: withTitle.routeId,
      record: 'crawler',
    });
  });

  it.each([{ title: 'Sale' }, { description: 'Half price' }, { imageUrl: 'https://img.example/a.png' }])(
    'shows the card for %j alone',
    (shown) => {
      const unfurler: Visit = { ...aVisit, visitor: 'unfurler' };
      expect(decide({ ...aLink, ...shown }, undefined, unfurler, NOW).outcome).toBe('previewCard');
    },
  );

  it('sends an unfurler on where there is nothing to show, uncounted', () => {
    expect(visitLink({}, { visitor: 'unfurler' })).toMatchObject({
      outcome: 'redirect',
      destination: aLink.destination,
      record: 'crawler',
    });
  });

  it('redirects other crawlers, uncounted and without an invitation', () => {
    const crawler: Visit = { ...aVisit, visitor: 'crawler' };
    expect(decide(withTitle, undefined, crawler, NOW)).toMatchObject({
      outcome: 'redirect',
      record: 'crawler',
    });
    expect(visitLink({ pushSubscription: true }, crawler)).toMatchObject({
      outcome: 'redirect',
      record: 'crawler',
    });
  });

  it.each(['crawler', 'unfurler'] as const)('shows a %s nothing of a protected link', (visitor) => {
    for (const settings of [{ password: 'hash' }, { maxClicks: 5 }, { startsAt: NOW + 1 }]) {
      const decision = decide({ ...withTitle, settings }, undefined, { ...aVisit, visitor }, NOW);
      expect(decision).toEqual({ outcome: 'protected' });
    }
  });

  it('counts nothing for HEAD, which sees a destination only where it is not protected', () => {
    const head = { method: 'HEAD', unlocked: passwordVersion('hash') } as const;
    expect(visitLink({}, head)).toMatchObject({ outcome: 'redirect', record: 'none', limit: null });
    expect(visitLink({ maxClicks: 5 }, head)).toEqual({ outcome: 'protected' });
    expect(visitLink({ password: 'hash' }, head)).toEqual({ outcome: 'protected' });
    expect(outcomeOf({ startsAt: NOW + 1 }, head)).toBe('notStarted');
  });

  it('makes a browser that fetches ahead come again', () => {
    expect(visitLink({}, { prefetch: true })).toEqual({ outcome: 'prefetch' });
    expect(visitLink({ maxClicks: 1 }, { prefetch: true })).toEqual({ outcome: 'prefetch' });
    expect(outcomeOf({ paused: true }, { prefetch: true })).toBe('paused');
  });
});

describe('Ruling 3: programs', () => {
  it.each(['automated', 'crawler'] as const)('leads %s on without a page for eyes', (visitor) => {
    for (const settings of [{ redirectType: 200 }, { pushSubscription: true }] as const) {
      expect(visitLink(settings, { visitor })).toMatchObject({ outcome: 'redirect', status: 302 });
    }
  });

  it('redirects and counts them', () => {
    expect(visitLink({}, { visitor: 'automated' })).toMatchObject({ outcome: 'redirect', record: 'click' });
    expect(visitLink({ maxClicks: 1 }, { visitor: 'automated' })).toMatchObject({
      record: 'click',
      limit: 1,
    });
  });
});

describe('Ruling 6: passwords', () => {
  it('asks for it, and names whose it is', () => {
    const link = { ...aLink, settings: { password: 'own' } };
    expect(decide(link, undefined, aVisit, NOW)).toEqual({
      outcome: 'passwordRequired',
      password: { owner: { kind: 'link', id: 1 }, hash: 'own' },
    });
    expect(decide(link, { id: 7, settings: { password: 'theirs' } }, aVisit, NOW)).toEqual({
      outcome: 'passwordRequired',
      password: { owner: { kind: 'group', id: 7 }, hash: 'theirs' },
    });
    expect(decide(link, { id: 7, settings: { password: false } }, aVisit, NOW).outcome).toBe('redirect');
  });

  it('is the group’s only where the group speaks of it', () => {
    const link = { ...aLink, settings: { password: 'own' } };
    expect(passwordInForce(link, { id: 7, settings: {} })).toEqual({
      owner: { kind: 'link', id: 1 },
      hash: 'own',
    });
    expect(passwordInForce(link, { id: 7, settings: { password: false } })).toBeUndefined();
    expect(passwordInForce(aLink, undefined)).toBeUndefined();
  });

  it('opens to who has unlocked this password, not to who has unlocked an older one', () => {
    expect(outcomeOf({ password: 'new' }, { unlocked: passwordVersion('new') })).toBe('redirect');
    expect(outcomeOf({ password: 'new' }, { unlocked: passwordVersion('old') })).toBe('passwordRequired');
    expect(outcomeOf({ password: 'new' }, { unlocked: '' })).toBe('passwordRequired');
    expect(passwordVersion('new')).not.toContain('new');
  });
});

describe('where it leads', () => {
  it('hands the query on, unless it is switched off', () => {
    expect(visitLink({}, { query: 'a=1' })).toMatchObject({ destination: `${aLink.destination}?a=1` });
    expect(visitLink({ passQuery: false }, { query: 'a=1' })).toMatchObject({
      destination: aLink.destination,
    });
  });

  it('redirects with 302, with 301 where asked for, and with a page for 200', () => {
    expect(visitLink({})).toMatchObject({ outcome: 'redirect', status: 302 });
    expect(visitLink({ redirectType: 301 })).toMatchObject({ outcome: 'redirect', status: 301 });
    expect(visitLink({ redirectType: 200 })).toMatchObject({ outcome: 'forwardPage', record: 'click' });
  });

  it('leads on for good only where it leads everybody to the same place', () => {
    const settings = { redirectType: 301 } as const;
    const link = { ...aLink, settings, apps: { ios: anApp, android: null } };
    expect(decide(link, undefined, aVisit, NOW)).toMatchObject({ status: 302, via: 'web' });
    expect(decide({ ...link, apps: null }, undefined, aVisit, NOW)).toMatchObject({ status: 301 });
  });

  it('shows no page that goes on by itself to a domain of this installation', () => {
    const again = 'https://shop.example/again';
    const visit = { ...aVisit, leadsHere: leadsTo('shop.example') };
    const mac = { ...UNKNOWN_DEVICE, mayBeIpad: true };
    const naver = onAPhone('android', { inApp: 'naver' });
    const shop = { ...anApp, customScheme: 'shop' };
    const apps = { ios: shop, android: { ...shop, storeUrl: again } };
    for (const destination of [aLink.destination, again]) {
      const link = { ...aLink, destination };
      const lead = { outcome: 'redirect', via: 'web', status: 302, destination, record: 'click' };
      expect(decide({ ...link, apps }, undefined, { ...visit, device: mac }, NOW)).toMatchObject(lead);
      for (const settings of [{ redirectType: 200 }, { pushSubscription: true }] as const)
        expect(decide({ ...link, settings }, undefined, visit, NOW)).toMatchObject(lead);
      // A page to tap on is no step of a circle; it opens nothing by itself.
      for (const device of [naver, onAPhone('android')])
        expect(decide({ ...link, apps }, undefined, { ...visit, device }, NOW)).toMatchObject({
          outcome: 'openApp',
          page: { appUrl: expect.stringMatching(/^intent:/), storeUrl: again, opensByItself: false },
        });
      const forced = { ...link, apps, appRouting: { forceRedirect: true as const } };
      for (const device of [naver, onAPhone('android')])
        expect(decide(forced, undefined, { ...visit, device }, NOW)).toMatchObject({
          outcome: 'redirect',
          via: 'store',
          destination: again,
        });
      const elsewhere = { ...link, desktopDestination: 'https://desktop.example/', apps };
      expect(decide(elsewhere, undefined, { ...visit, device: mac }, NOW).outcome).toBe('openApp');
    }
    const others = { ...aVisit, device: naver };
    expect(decide({ ...aLink, apps }, undefined, others, NOW)).toMatchObject({
      page: { opensByItself: true },
    });
    expect(
      decide({ ...aLink, apps }, undefined, { ...aVisit, device: onAPhone('android') }, NOW),
    ).toMatchObject({ outcome: 'redirect', via: 'app' });
  });

  it('leads a scan that passes by on without a page', () => {
    const settings: Settings = { redirectType: 200, qrBypass: true };
    expect(visitLink(settings, { qr: true })).toMatchObject({
      outcome: 'redirect',
      status: 302,
      record: 'none',
    });
    expect(outcomeOf({ redirectType: 200 }, { qr: true })).toBe('forwardPage');
    expect(outcomeOf(settings)).toBe('forwardPage');
  });

  it('leads whoever has just entered the password on without a page, with a GET, and into the app', () => {
    const entered = { method: 'POST', unlocked: passwordVersion('hash') } as const;
    for (const more of [
      {},
      { redirectType: 200 },
      { redirectType: 301 },
      { pushSubscription: true },
    ] as const) {
      const settings: Settings = { password: 'hash', maxClicks: 2, ...more };
      expect(visitLink(settings, entered)).toMatchObject({
        outcome: 'redirect',
        status: 303,
        destination: aLink.destination,
        record: 'click',
        limit: 2,
      });
    }
    const link = { ...aLink, apps: { ios: { ...anApp, customScheme: 'shop' }, android: anApp } };
    const into = (platform: 'ios' | 'android', settings: Settings) =>
      decide({ ...link, settings }, undefined, { ...aVisit, ...entered, device: onAPhone(platform) }, NOW);
    for (const settings of [{ password: 'hash' }, { password: 'hash', pushSubscription: true }] as const) {
      expect(into('ios', settings)).toMatchObject({ outcome: 'openApp' });
      expect(into('android', settings)).toMatchObject({ outcome: 'redirect', status: 303, via: 'app' });
    }
  });

  it('leads on without a page where the link stands for a picture or a frame, which counts the same', () => {
    for (const settings of [{ redirectType: 200 }, { pushSubscription: true }] as const) {
      expect(visitLink(settings, { document: false })).toMatchObject({
        outcome: 'redirect',
        status: 302,
        record: 'click',
      });
    }
  });

  it('sends desktops to a place of their own, phones never', () => {
    const link = { ...aLink, desktopDestination: 'https://desktop.example/#there' };
    const where = (visit: Partial<Visit>, settings: Settings = {}) =>
      decide({ ...link, settings }, undefined, { ...aVisit, ...visit }, NOW);
    expect(where({})).toMatchObject({ destination: 'https://desktop.example/#there' });
    expect(where({ query: 'a=1' })).toMatchObject({ destination: 'https://desktop.example/?a=1#there' });
    expect(where({ query: 'a=1' }, { passQuery: false })).toMatchObject({
      destination: 'https://desktop.example/#there',
    });
    for (const platform of ['ios', 'android'] as const) {
      expect(where({ device: onAPhone(platform) })).toMatchObject({ destination: aLink.destination });
    }
  });
});

describe('a link that opens apps', () => {
  const apps = { ios: { ...anApp, customScheme: 'shop' }, android: anApp };
  const link = { ...aLink, apps };
  const decideFor = (visit: Partial<Visit>, settings: Settings = {}, group?: Settings) =>
    decide({ ...link, settings }, group && { id: 7, settings: group }, { ...aVisit, ...visit }, NOW);
  const IPHONE = { device: onAPhone('ios') };
  const PIXEL = { device: onAPhone('android') };

  it('leads an iPhone to a page, an Android phone into the app, a desktop to the web', () => {
    expect(decideFor(IPHONE)).toMatchObject({
      outcome: 'openApp',
      page: { appUrl: `shop://shop.example/${MARKER}`, storeUrl: APP_STORE },
      via: 'page',
      record: 'click',
    });
    expect(decideFor(PIXEL)).toMatchObject({ outcome: 'redirect', status: 302, via: 'app', record: 'click' });
    expect(decideFor({})).toMatchObject({ outcome: 'redirect', via: 'web', destination: aLink.destination });
  });

  it('goes to the web of desktops on a phone that no store has the app for, tapped and scanned, if it says so', () => {
    const bare = { ...anApp, storeUrl: null };
    const elsewhere = `https://desktop.example/${MARKER}`;
    const homeless = {
      ...link,
      apps: { ios: bare, android: bare },
      desktopDestination: elsewhere,
      appRouting: { desktopUrlWithoutStore: true },
      settings: { qrBypass: true },
    } as const;
    const where = (device: Device, qr: boolean, apps: VisitedLink['apps'] = homeless.apps) =>
      decide({ ...homeless, apps }, undefined, { ...aVisit, device, qr }, NOW);
    const lacking = onAPhone('android', { lacksGooglePlay: true });
    const web = { outcome: 'redirect', status: 302, via: 'web', destination: elsewhere };
    for (const qr of [false, true]) {
      expect(where(onAPhone('ios'), qr)).toMatchObject(web);
      expect(where({ ...UNKNOWN_DEVICE, mayBeIpad: true }, qr)).toMatchObject(web);
    }
    expect(where(lacking, true)).toMatchObject(web);
    expect(where(lacking, false)).toMatchObject({
      destination: expect.stringContaining(`url=${encodeURIComponent(elsewhere)};`),
    });
    // Google Play has it for every other phone.
    expect(where(onAPhone('android'), true)).toMatchObject({ destination: aLink.destination });
    const page = where(onAPhone('ios'), false, { ios: { ...bare, customScheme: 'shop' }, android: null });
    expect(page).toMatchObject({ outcome: 'openApp', page: { storeUrl: null, webUrl: elsewhere } });
  });

  it('obeys what its group says before anything is opened', () => {
    for (const device of [IPHONE, PIXEL]) {
      const outcome = (group: Settings, visit: Partial<Visit> = {}) =>
        decideFor({ ...device, ...visit }, {}, group).outcome;
      expect(outcome({ paused: true })).toBe('paused');
      expect(outcome({ startsAt: NOW + 1 })).toBe('notStarted');
      expect(outcome({ endsAt: NOW })).toBe('ended');
      expect(outcome({ maxClicks: 1 }, { slotsTaken: 1 })).toBe('limitReached');
      expect(outcome({ password: 'theirs' })).toBe('passwordRequired');
      expect(decideFor(device, {}, { maxClicks: 1 })).toMatchObject({ record: 'click', limit: 1 });
    }
  });

  it('shows robots, programs, pictures and scans that pass by what it says to the web', () => {
    const bypass: Settings = { qrBypass: true };
    for (const device of [IPHONE, PIXEL]) {
      for (const visit of [{ visitor: 'crawler' }, { visitor: 'automated' }, { document: false }] as const) {
        expect(decideFor({ ...device, ...visit })).toMatchObject({
          via: 'web',
          destination: aLink.destination,
        });
      }
      expect(decideFor({ ...device, qr: true }, bypass)).toMatchObject({ via: 'web', record: 'none' });
      expect(decideFor({ ...device, qr: true })).not.toMatchObject({ via: 'web' });
    }
  });

  it('leads a HEAD where it leads a GET, and leaves nothing of it behind', () => {
    for (const device of [IPHONE, PIXEL, { device: onAPhone('android', { inApp: 'kakaotalk' }) }, {}]) {
      for (const settings of [{}, { pushSubscription: true }, { redirectType: 200 }] as const) {
        const got = decideFor(device, settings);
        expect(decideFor({ ...device, method: 'HEAD' }, settings)).toEqual({ ...got, record: 'none' });
      }
    }
  });

  it('counts a visit that is handed to the real browser when it comes from there', () => {
    const kakao = { device: onAPhone('ios', { inApp: 'kakaotalk' }) };
    const first = decideFor(kakao, { maxClicks: 1 });
    expect(first).toMatchObject({ outcome: 'redirect', via: 'browser', record: 'none', limit: null });
    expect(decideFor({ ...kakao, query: 'openExternalBrowser=1' }, { maxClicks: 1 })).toMatchObject({
      outcome: 'openApp',
      record: 'click',
      limit: 1,
    });
    // Whoever has entered a password here would have to do it again there.
    const unlocked = { ...kakao, unlocked: passwordVersion('hash') };
    expect(decideFor(unlocked, { password: 'hash' })).toMatchObject({ outcome: 'openApp' });
  });

  it('opens the app with what is said for that platform, and the query of the visit', () => {
    const android = { ...anApp, deepLink: 'https://app.example/in?a=own#x' };
    const decision = decide(
      { ...aLink, apps: { ios: null, android } },
      undefined,
      { ...aVisit, ...PIXEL, query: 'a=theirs&b=2' },
      NOW,
    );
    expect(decision).toMatchObject({
      destination: expect.stringMatching(/^intent:\/\/app\.example\/in\?a=own&b=2#x#Intent;/),
    });
  });

  it('reads a query of a thousand parameters once, and a longer one not at all', () => {
    const decodingsOf = (query: string) => {
      const decoded = vi.spyOn(globalThis, 'decodeURIComponent');
      for (const device of [IPHONE, {}]) decideFor({ ...device, query });
      const { length } = decoded.mock.calls;
      decoded.mockRestore();
      return length;
    };
    expect(decodingsOf('%61&'.repeat(990))).toBeLessThanOrEqual(990);
    expect(decodingsOf('%62&'.repeat(3_500))).toBe(0);
    expect(decideFor({ query: 'a&'.repeat(7_000) })).toMatchObject({ destination: aLink.destination });
  });

  it('asks for notifications first, on a page that leads to a place any browser can go', () => {
    for (const device of [IPHONE, PIXEL]) {
      expect(decideFor(device, { pushSubscription: true })).toMatchObject({
        outcome: 'pushInvitation',
        destination: APP_STORE,
      });
    }
  });
});

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
