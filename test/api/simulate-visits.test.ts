import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { IN_APP_BROWSERS } from '../../src/deeplinks/device.ts';
import {
  DESCRIBED_DEVICES,
  DESCRIBED_VISITORS,
  type DescribedVisit,
  descriptionProblems,
} from '../../src/visits/described-visit.ts';
import { until } from '../support/until.ts';
import { type Answer, Api, type Json, PERSON, PUBLIC_HOST } from './api.ts';

const PASSWORD = 'Open, Sesame!';
const FORM = 'application/x-www-form-urlencoded';
const PAST = '2020-01-01T00:00:00Z';
const FUTURE = '2090-01-01T00:00:00Z';

let api: Api;
beforeAll(async () => {
  api = await Api.open();
  api.secrets.add(PASSWORD);
});
afterAll(async () => {
  await api.close();
});

/** Mostly unset, or hardly a visit would get anywhere. */
const rarely = <T>(value: T) => fc.constantFrom(...Array<undefined>(7).fill(undefined), null, value);
const often = <T>(...values: T[]) => fc.constantFrom(undefined, ...values);

const settings = fc
  .record({
    paused: rarely(true),
    startsAt: fc.oneof(rarely(FUTURE), fc.constant(PAST)),
    endsAt: rarely(PAST),
    expiredUrl: often('https://over.example/?x=ü'),
    password: fc.constantFrom(undefined, undefined, undefined, PASSWORD, PASSWORD),
    maxClicks: fc.constantFrom(undefined, undefined, undefined, 1, 4),
    redirectType: often(200, 200, 301, 302),
    passQuery: often(true, false),
    qrBypass: often(true, false),
    pushSubscription: fc.constantFrom(undefined, undefined, true),
  })
  .filter(({ startsAt, endsAt }) => startsAt !== FUTURE || endsAt !== PAST);

const scheme = fc.constantFrom(undefined, 'shop');
const apps = fc.record({
  ios: fc.option(
    fc.record({
      identifier: fc.constant('com.example.ios'),
      customScheme: scheme,
      appStoreId: fc.constantFrom(undefined, '12345'),
      deepLink: fc.constantFrom(undefined, 'https://deep.example/i?q=1'),
    }),
  ),
  android: fc.option(
    fc.record({
      identifier: fc.constant('com.example.android'),
      customScheme: scheme,
      deepLink: fc.constantFrom(undefined, 'https://deep.example/a?q=1#f'),
    }),
  ),
});

const link = fc.record({
  destination: fc.constantFrom('https://shop.example/p', 'https://shop.example/은?own=1#part'),
  desktopUrl: fc.constantFrom(undefined, 'https://desktop.example/'),
  title: fc.constantFrom(undefined, 'Summer <sale>'),
  campaign: fc.constantFrom(undefined, { source: 'mail' }),
  apps: fc.oneof({ weight: 1, arbitrary: fc.constant(undefined) }, { weight: 3, arbitrary: apps }),
  appRouting: fc.constantFrom(
    ...[undefined, undefined],
    { forceRedirect: true },
    { desktopUrlWithoutStore: true },
    { desktopUrlWithoutStore: true },
  ),
  settings,
});

const usually = <T>(value: T, ...others: T[]) => fc.constantFrom(...Array<T>(6).fill(value), ...others);

const visitor = fc
  .record({
    visitor: fc.constantFrom(...Array(5).fill(undefined), ...DESCRIBED_VISITORS),
    device: fc.constantFrom(undefined, ...DESCRIBED_DEVICES),
    inApp: fc.constantFrom(undefined, undefined, 'kakaotalk' as const, 'line' as const, ...IN_APP_BROWSERS),
    method: usually<'GET' | 'HEAD' | 'POST' | undefined>(undefined, 'HEAD', 'POST', 'POST', 'POST'),
    prefetch: usually(undefined, true),
    embedded: usually(undefined, true),
    qr: fc.constantFrom(undefined, undefined, true),
    passwordGiven: fc.constantFrom(undefined, true, true, true),
    language: fc.constantFrom(undefined, 'ko-KR,ko', 'ja'),
    query: fc.constantFrom(
      ...[undefined, undefined, 'utm_source=z&x=1', 'x=%EC%9D%80&x=2', 'k=v%23w', 'd=2&a', 'qr=0&b=c'],
      ...['d=1', 'd=1&a=1', 'qr=1&a=1', 'openExternalBrowser=1', `b=${'x'.repeat(3_985)}`],
    ),
  })
  .filter((described) => descriptionProblems(described).length === 0);

type Visitor = DescribedVisit & { readonly language?: string | undefined };

interface Scene {
  readonly group: object | null;
  readonly link: object;
  readonly visitors: readonly Visitor[];
}

const scene: fc.Arbitrary<Scene> = fc.record({
  group: fc.option(settings),
  link,
  visitors: fc.array(visitor, { minLength: 5, maxLength: 5 }),
});

/** What chance might leave out: pages, a password entered earlier and now, scans, looks, and who gets no page. */
const NAMED: Scene[] = [
  {
    group: null,
    link: { settings: { password: PASSWORD, pushSubscription: true, maxClicks: 4 } },
    visitors: [{}, { passwordGiven: true }, { passwordGiven: true, method: 'POST' }, { method: 'HEAD' }],
  },
  {
    group: null,
    link: { settings: { password: PASSWORD, redirectType: 200 } },
    visitors: [{ passwordGiven: true }, { passwordGiven: true, method: 'POST', query: 'a=1' }],
  },
  {
    group: null,
    link: { settings: { redirectType: 200, qrBypass: true }, title: 'Summer <sale>' },
    visitors: [{}, { qr: true }, { qr: true, visitor: 'unfurler' }, { prefetch: true }, { embedded: true }],
  },
  {
    group: null,
    link: {
      apps: { ios: { identifier: 'com.example.ios', customScheme: 'shop' }, android: null },
      settings: {},
    },
    visitors: [
      { device: 'iphone' },
      { device: 'iphone', query: 'd=1' },
      { device: 'iphone', method: 'HEAD' },
      { device: 'iphone', inApp: 'kakaotalk', qr: true },
      { device: 'iphone', inApp: 'line', qr: true },
    ],
  },
];

/** What a click has of a visit. */
interface Recorded {
  readonly crawler: boolean;
  readonly qr: boolean;
  readonly automated: boolean;
}

test('whatever a link and its visitor are like, the visit comes to what was said of it', {
  timeout: 240_000,
}, async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(scene, { minLength: 4, maxLength: 4 }), async (scenes) => {
      const visited: { readonly id: string; readonly clicks: readonly Recorded[] }[] = [];
      for (const scene of scenes) visited.push(await visitAll(scene, seen));
      await untilAllAreCounted();
      for (const { id, clicks } of visited) {
        const about = `clicks of ${JSON.stringify(scenes[visited.findIndex((one) => one.id === id)])}`;
        expect(await recordedOf(id), about).toEqual(clicks);
      }
    }),
    { numRuns: 9, examples: [[NAMED]] },
  );
  expect([...seen]).toEqual(expect.arrayContaining(['flowPage', 'openApp', 'pushInvitation', 'forwardPage']));
});

async function visitAll({ group, link, visitors }: Scene, seen: Set<string>) {
  const groupId = group === null ? undefined : (await api.group(group)).id;
  const made = await api.link({ ...link, groupId });
  const clicks: Recorded[] = [];
  let cookie: string | undefined;
  for (const described of visitors) {
    const body = { linkId: made.id, visitor: described };
    const said = await api.ok('POST', '/simulate', { body });
    if (described.passwordGiven && described.method !== 'POST') cookie ??= await unlock(made.code);
    const answer = await come(made.code, described, said.visitor.userAgent, cookie);
    const about = JSON.stringify({ said, group, link, described }, undefined, 1);
    expect(answer.status, about).toBe(said.status);
    const leads = answer.status >= 300 && answer.status < 400;
    expect(withoutClickId(answer.headers.location), about).toBe(
      leads ? withoutClickId(said.destination) : undefined,
    );
    if (answer.status === 200 && described.method !== 'HEAD') {
      for (const url of [said.destination, ...Object.values<string | null>(said.page ?? {})]) {
        if (url !== null) expect(withoutClickId(answer.text), about).toContain(withoutClickId(url));
      }
    }
    const { as, takesSlot, qr, automated } = said.recorded;
    if (as === 'click' || as === 'crawler') clicks.push({ crawler: as === 'crawler', qr, automated });
    const [before, after] = [takenIn(said), takenIn(await api.ok('POST', '/simulate', { body }))];
    if (before !== undefined && after !== undefined) expect(after - before, about).toBe(takesSlot ? 1 : 0);
    seen.add(said.outcome);
  }
  return { id: made.id, clicks };
}

/** The visit as it was described. */
async function come(
  code: string,
  { method = 'GET', query, qr, prefetch, embedded, passwordGiven, language }: Visitor,
  userAgent: string,
  cookie: string | undefined,
): Promise<Answer> {
  const hasMark = query?.split('&').includes('qr=1');
  const whole = [query, qr && !hasMark ? 'qr=1' : undefined].filter(Boolean).join('&');
  const isForm = method === 'POST';
  return await api.send(method, `/${code}${whole && `?${whole}`}`, isForm ? formOf(PASSWORD) : undefined, {
    host: PUBLIC_HOST,
    'user-agent': userAgent,
    ...(isForm ? { 'content-type': FORM } : {}),
    ...(language === undefined ? {} : { 'accept-language': language }),
    ...(prefetch ? { 'sec-purpose': 'prefetch' } : {}),
    ...(embedded ? { 'sec-fetch-dest': 'image' } : {}),
    ...(!isForm && passwordGiven && cookie !== undefined ? { cookie } : {}),
  });
}

/** The cookie of somebody who has entered the password earlier, and only looked. */
async function unlock(code: string): Promise<string | undefined> {
  const { headers } = await api.send('POST', `/${code}?d=1`, formOf(PASSWORD), {
    host: PUBLIC_HOST,
    'user-agent': PERSON,
    'content-type': FORM,
  });
  return headers['set-cookie']?.[0]?.split(';')[0];
}

function formOf(password: string): string {
  return new URLSearchParams({ password }).toString();
}

/** Simulated visits have no click, real ones one of their own. */
function withoutClickId<T extends string | undefined | null>(text: T) {
  return text?.replaceAll('&amp;', '&').replace(/(click_id(?:=|%3D|%253D))[0-9a-f]{32}/g, '$1');
}

function takenIn(said: Json): number | undefined {
  const why = said.rules.find(({ rule }: Json) => rule === 'limit')?.why;
  const taken = /\((\d+) of \d+ taken\)/.exec(why ?? '')?.[1];
  return taken === undefined ? undefined : Number(taken);
}

/** One journal has all visits in their order. */
async function untilAllAreCounted(): Promise<void> {
  const marker = await api.link();
  await api.visit(`/${marker.code}`);
  const isCounted = async () => (await api.ok('GET', `/links/${marker.id}`)).clicks === 1;
  await until(isCounted, 'the last visit is counted', 60_000);
}

async function recordedOf(linkId: string): Promise<Recorded[]> {
  const { text } = await api.call('GET', `/clicks?linkId=${linkId}&crawlers=include&format=ndjson`);
  const clicks = text.split('\n').filter(Boolean);
  return clicks.map((line) => {
    const { crawler, qr, automated } = JSON.parse(line);
    return { crawler, qr, automated };
  });
}
