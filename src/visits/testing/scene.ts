import fc from 'fast-check';
import { IN_APP_BROWSERS } from '../../deeplinks/device.ts';
import type { OpenedApp } from '../../links/link-app.ts';
import type { Settings } from '../../links/setting.ts';
import { DESCRIBED_DEVICES, DESCRIBED_VISITORS, describedVisit } from '../described-visit.ts';
import { passwordVersion } from '../link-password.ts';
import type { Visit } from '../visit.ts';
import type { VisitedGroup, VisitedLink } from '../visited-link.ts';

/** A visit of a link, with all that it depends on. */
export interface Scene {
  readonly link: VisitedLink;
  readonly group: VisitedGroup | undefined;
  readonly visit: Visit;
  readonly now: number;
}

export const NOW = 1_800_000_000_000;
/** In every place a link leads to, and in nothing else. */
export const MARKER = 'behind-the-curtain';
/** In everything that is stored of a password. */
export const HASH = '$argon2id$';

const nearby = fc.integer({ min: NOW - 2, max: NOW + 2 });

/** Mostly unset, or hardly a visit would get anywhere; sometimes off. */
const rarely = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | false | undefined> =>
  fc.oneof(
    { weight: 16, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant(false as const) },
    { weight: 2, arbitrary: value },
  );

const settings: fc.Arbitrary<Settings> = fc
  .record({
    paused: rarely(fc.constant(true as const)),
    startsAt: rarely(nearby),
    endsAt: rarely(nearby),
    expiredUrl: rarely(fc.constant('https://over.example/')),
    password: rarely(fc.constantFrom(`${HASH}one`, `${HASH}two`)),
    maxClicks: rarely(fc.integer({ min: 1, max: 3 })),
    redirectType: fc.constantFrom(undefined, 200 as const, 301 as const, 302 as const),
    passQuery: rarely(fc.constant(true as const)),
    qrBypass: fc.constantFrom(undefined, undefined, false as const, true as const),
    pushSubscription: rarely(fc.constant(true as const)),
  })
  .map(
    (record) =>
      Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Settings,
  );

const app = (identifier: string): fc.Arbitrary<OpenedApp | null> =>
  fc.option(
    fc.record({
      identifier: fc.constant(identifier),
      storeUrl: fc.constantFrom(null, `https://store.example/${MARKER}`),
      appStoreId: fc.constantFrom(null, '123456789'),
      minVersion: fc.constant(null),
      customScheme: fc.constantFrom(null, 'myapp'),
      deepLink: fc.constantFrom(null, `https://app.example/${MARKER}`),
      ipadIdentifier: fc.constant(null),
      ipadStoreUrl: fc.constantFrom(null, `https://ipad.example/${MARKER}`),
    }),
  );

const link: fc.Arbitrary<VisitedLink> = fc.record({
  id: fc.constant(1),
  domainId: fc.constant(1),
  groupId: fc.constant(null),
  routeId: fc.constant(11),
  destination: fc.constantFrom(
    `https://shop.example/${MARKER}`,
    `https://shop.example/${MARKER}?a=own#there`,
  ),
  desktopDestination: fc.constantFrom(null, `https://desktop.example/${MARKER}`),
  apps: fc.oneof(
    { weight: 1, arbitrary: fc.constant(null) },
    {
      weight: 4,
      arbitrary: fc
        .record({ ios: app('com.example.ios'), android: app('com.example.android') })
        .map((apps) => (apps.ios === null && apps.android === null ? null : apps)),
    },
  ),
  appRouting: fc.constantFrom(
    {},
    { forceRedirect: true as const },
    { at: 'x', gclid: 'y' },
    { desktopUrlWithoutStore: true as const },
  ),
  campaign: fc.constantFrom({}, { source: 'mail' }),
  settings,
  title: fc.constantFrom('', 'Summer sale'),
  description: fc.constantFrom('', 'Half price'),
  imageUrl: fc.constantFrom(null, 'https://img.example/a.png'),
  deleteAt: fc.constantFrom(...Array(14).fill(null), NOW - 1, NOW + 1),
});

const group: fc.Arbitrary<VisitedGroup> = fc.record({ id: fc.constant(7), settings });

/** Anybody who can come, as described and with the odd header. */
export const visit: fc.Arbitrary<Visit> = fc
  .record({
    visitor: fc.constantFrom(...Array<'person'>(9).fill('person'), ...DESCRIBED_VISITORS),
    device: fc.constantFrom('iphone' as const, 'android' as const, 'android' as const, ...DESCRIBED_DEVICES),
    inApp: fc.option(fc.constantFrom(...IN_APP_BROWSERS), { nil: undefined, freq: 2 }),
    method: fc.constantFrom(...Array<'GET'>(7).fill('GET'), 'HEAD' as const, 'POST' as const),
    prefetch: fc.constantFrom(...Array(11).fill(false), true),
    embedded: fc.constantFrom(...Array(7).fill(false), true),
    query: fc.constantFrom('', 'a=1', 'qr=1', 'd=1', 'd=1&a=1', 'openExternalBrowser=1'),
    unlocked: fc.constantFrom(null, null, ...[`${HASH}one`, `${HASH}two`].map(passwordVersion)),
    slotsTaken: fc.integer({ min: 0, max: 3 }),
    ownHosts: fc.constantFrom<readonly string[]>(
      [],
      [],
      [],
      [...['shop.example', 'desktop.example', 'store.example']],
    ),
  })
  .map(({ visitor, device, inApp, unlocked, slotsTaken, ownHosts, ...rest }) => {
    const isMobile = !['windows', 'mac', 'linux', 'ipadDesktop'].includes(device);
    const person = { visitor, device, inApp: isMobile ? inApp : undefined };
    const { userAgent: _, ...seen } = describedVisit({
      ...(visitor === 'person' ? person : { visitor }),
      ...rest,
    });
    return { ...seen, unlocked, slotsTaken, leadsHere: (url) => ownHosts.includes(new URL(url).host) };
  });

export const scene: fc.Arbitrary<Scene> = fc.record({
  link,
  group: fc.option(group, { nil: undefined }),
  visit,
  now: fc.constant(NOW),
});
