import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore, type Store } from '../../src/db/open.ts';
import { ENGINES } from '../support/engines.ts';
import { KEY } from './api.ts';
import { Bit2Connect } from './bit2connect-client.ts';
import { pathOf, ROUTES, type Route } from './bit2connect-routes.ts';

/** Of all routes on all engines together; `FUZZ_SEED` to see a failure again. */
const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? (process.env.CI === 'true' ? 10_000 : 1_500));
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = Math.ceil(REQUESTS / ROUTES.length / ENGINES.length);

interface Request {
  readonly code: string;
  readonly id: string;
  readonly query: string;
  readonly payload: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

const HOSTILE_TEXTS = [
  '',
  '\u0000',
  '\ud800',
  "' or 1=1 --",
  '../..',
  'x'.repeat(5_000),
  '__proto__',
  'constructor',
  '\r\nX-Injected: 1',
  '\u202e🚂',
  '%00',
  '9999-12-31T23:59:59-10:00',
  '0000-01-01T00:00:00+10:00',
];

const JUNK: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, false, 0, -1, 0.5, 1e308, 2 ** 53, [], {}, ...HOSTILE_TEXTS),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.jsonValue({ maxDepth: 2 }),
);

const url = fc.oneof(
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
  fc.constant('https://a.test/ä?b#c'),
);
const size = { minLength: 1, maxLength: 30 };
const text = fc.oneof(fc.string(size), fc.string({ ...size, unit: 'grapheme' }));
const moment = fc
  .date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const newCode = fc.stringMatching(/^[A-Za-z0-9_-]{3,12}$/);

/** Every key may be missing; those that must not be are so rarely. */
function some(
  required: Record<string, fc.Arbitrary<unknown>>,
  optional: Record<string, fc.Arbitrary<unknown>>,
) {
  return fc.oneof(
    {
      arbitrary: fc.record({ ...required, ...optional }, { requiredKeys: Object.keys(required) }),
      weight: 9,
    },
    { arbitrary: fc.record({ ...required, ...optional }, { requiredKeys: [] }), weight: 1 },
  );
}

/** What is there for a request to name. */
interface Names {
  readonly codes: string[];
  readonly ios: string[];
  readonly android: string[];
}

/** Mostly good, so that a whole body of these often is. */
function mostly<T>(good: fc.Arbitrary<T>, bad: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: good, weight: 15 }, { arbitrary: bad, weight: 1 });
}

const identifier = mostly(
  fc.constantFrom('com.example.app', 'com.example.other'),
  fc.constant('no identifier'),
);

function payloadOf({ ios, android }: Names): fc.Arbitrary<unknown> {
  const saved = (ids: readonly string[]) =>
    mostly<string | null>(
      fc.constantFrom(null, ...ids),
      fc.oneof(fc.uuid(), fc.constantFrom(...ios, ...android)),
    );
  const section = (schema: fc.Arbitrary<unknown>) => fc.option(schema, { freq: 5 });
  const savable = fc.constantFrom(
    { saveApp: true, appName: 'Kept' },
    { saveApp: false },
    {},
    { saveApp: true },
  );
  const described = (schema: fc.Arbitrary<unknown>) =>
    section(fc.tuple(schema, savable).map(([app, save]) => ({ ...(app as object), ...save })));
  return some(
    { link: url },
    {
      iosAppId: saved(ios),
      androidAppId: saved(android),
      ios: described(
        some(
          { bundleId: identifier },
          { app_store_fallback: url, app_store_id: fc.constant('7'), min_version: text },
        ),
      ),
      android: described(some({ package: identifier }, { store_fallback: url, min_version: text })),
      social: section(some({}, { title: text, description: text, image: url })),
      campaign: section(
        some(
          {},
          { utm_source: text, utm_medium: text, utm_campaign: text, utm_term: text, utm_content: text },
        ),
      ),
      desktop_fallback: section(url),
    },
  );
}

function bodyOf({ method, path }: Route, names: Names): fc.Arbitrary<unknown> {
  if (path.endsWith('/status')) return some({ status: fc.constantFrom('ACTIVE', 'PAUSED', 'ARCHIVED') }, {});
  if (path.startsWith('/links')) {
    const code = method === 'POST' ? { code: mostly(newCode, fc.constantFrom(...names.codes)) } : {};
    const expiresAt = fc.option(mostly(fc.constant('2090-01-01T00:00:00+09:00'), moment));
    return some({ payload: payloadOf(names) }, { ...code, name: fc.option(text), expiresAt });
  }
  const optional = {
    appStoreFallback: fc.option(url),
    playStoreFallback: fc.option(url),
    appStoreId: mostly(fc.constantFrom('7', ''), fc.constant('id7')),
    iosMinVersion: text,
    androidMinVersion: text,
    teamId: mostly(fc.constant('ABCDE12345'), fc.constant('x')),
    sha256CertFingerprints: fc.array(mostly(fc.constant(Array(32).fill('ab').join(':')), fc.constant('x')), {
      maxLength: 3,
    }),
    customScheme: mostly<string | null>(fc.constantFrom('shop', null), fc.constant('javascript')),
  };
  const ids = { bundleId: identifier, packageName: identifier };
  const platform = fc.constantFrom('IOS', 'ANDROID');
  return method === 'POST'
    ? some({ platform, name: text, ...ids }, optional)
    : some({}, { name: text, ...ids, ...optional });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Spoils a value in one place: replaced, removed, or given a key nobody knows. */
function spoiled(value: unknown): fc.Arbitrary<unknown> {
  const places: (readonly string[])[] = [];
  const walk = (node: unknown, path: readonly string[]) => {
    places.push(path);
    if (isRecord(node)) for (const [key, inner] of Object.entries(node)) walk(inner, [...path, key]);
  };
  walk(value, []);
  const key = fc.constantFrom('extra', 'constructor', 'toString', 'payload');
  const how = fc.constantFrom('replace', 'remove', 'add');
  return fc
    .record({ place: fc.constantFrom(...places), junk: JUNK, key, how })
    .map(({ place, junk, key, how }) => {
      const root: Record<string, unknown> = { value: structuredClone(value) };
      let parent = root;
      const [last = '', ...back] = ['value', ...place].reverse();
      for (const step of back.reverse()) parent = parent[step] as Record<string, unknown>;
      const node = parent[last];
      if (how === 'remove') delete parent[last];
      else if (how === 'add' && isRecord(node)) node[key] = junk;
      else parent[last] = junk;
      return root.value;
    });
}

const RAW = fc.oneof(
  fc.constantFrom(
    '',
    '{',
    '[',
    '{"payload":{"link":"https://a.test/"}',
    '{"__proto__":{}}',
    '[[[[',
    '"\\ud800"',
    'NaN',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const TYPES = fc.oneof(
  { arbitrary: fc.constant('application/json'), weight: 12 },
  {
    arbitrary: fc.constantFrom(
      'application/json; charset=utf-8',
      'application/json;charset=latin1',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/plain',
      'nonsense',
    ),
    weight: 1,
  },
);
const KEYS = fc.oneof(
  { arbitrary: fc.constant(KEY), weight: 20 },
  { arbitrary: fc.constantFrom('', 'none'), weight: 1 },
);

const QUERY = fc.record(
  Object.fromEntries(
    ['page', 'pageSize', 'limit', 'status', 'search', 'sortBy', 'order', 'platform', 'constructor'].map(
      (name) => [
        name,
        fc.oneof(
          fc.constantFrom(
            '1',
            '2',
            '100',
            '-1',
            '1e3',
            '9007199254740993',
            'active',
            'PAUSED',
            'deleted',
            'asc',
            'ios',
          ),
          fc.constantFrom('createdAt', '', '%', '\u0000', 'x'.repeat(300), '한글', "'"),
        ),
      ],
    ),
  ),
  { requiredKeys: [] },
);

function requestsOf(route: Route, names: Names): fc.Arbitrary<Request> {
  const odd = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 110 }),
    fc.constantFrom('\u0000', '..', '__proto__', 'check', 'a/b'),
  );
  const sane = bodyOf(route, names);
  const asJson = fc
    .oneof({ arbitrary: sane, weight: 1 }, { arbitrary: sane.chain(spoiled), weight: 1 })
    .map((body) => JSON.stringify(body));
  const payload = route.body
    ? fc.oneof({ arbitrary: asJson, weight: 9 }, { arbitrary: RAW, weight: 1 })
    : fc.option(RAW, { freq: 10, nil: undefined });
  return fc
    .record({
      code: mostly(fc.constantFrom(...names.codes), odd),
      id: mostly(fc.constantFrom(...names.ios, ...names.android), odd),
      query: route.method === 'GET' ? QUERY : fc.constant({}),
      payload,
      type: TYPES,
      key: KEYS,
    })
    .map(({ code, id, query, payload, type, key }) => ({
      code: code.toWellFormed(),
      id: id.toWellFormed(),
      query: new URLSearchParams(query as Record<string, string>).toString(),
      payload,
      headers: { 'x-api-key': key, ...(payload === undefined ? {} : { 'content-type': type }) },
    }));
}

describe.each(ENGINES)('requests nobody thought of, to the Bit2Connect API on $name', (engine) => {
  let client: Bit2Connect;
  let store: Store;
  const names: Names = { codes: ['nothing'], ios: [], android: [] };

  beforeAll(async () => {
    console.log(`fuzz: FUZZ_SEED=${SEED} FUZZ_REQUESTS=${REQUESTS}`);
    client = await Bit2Connect.open(engine, { env: { BIT2CONNECT_RATE_LIMIT: '1000000' } });
    store = await openStore(client.api.location);
    for (let index = 0; index < 4; index++) {
      const ios = await client.app({ platform: 'IOS', name: 'x', bundleId: `com.example.n${index}` });
      const android = await client.app({
        platform: 'ANDROID',
        name: 'x',
        packageName: `com.example.n${index}`,
      });
      names.ios.push(ios.id);
      names.android.push(android.id);
      const code = `there-${index}`;
      await client.link(code, { iosAppId: ios.id, android: { package: 'com.example.x' } });
      names.codes.push(code);
    }
  });
  afterAll(async () => {
    await store.feed.stop();
    await store.database.close();
    await client.close();
  });

  /** Every write is in the change log, and whatever was half done would show in the number of rows. */
  async function state(): Promise<string> {
    const { read } = store.database;
    const counts = await Promise.all(
      (['link', 'link_code', 'link_route', 'app'] as const).map((table) =>
        read
          .selectFrom(table)
          .select((eb) => eb.fn.countAll().as('n'))
          .executeTakeFirstOrThrow(),
      ),
    );
    const { last } = await read
      .selectFrom('change')
      .select((eb) => eb.fn.max('id').as('last'))
      .executeTakeFirstOrThrow();
    return JSON.stringify([...counts.map(({ n }) => Number(n)), Number(last)]);
  }

  let before = '';
  const statuses = new Map<number, number>();

  test.each(ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))(
    '%s',
    async (_, route) => {
      before = await state();
      await fc.assert(
        fc.asyncProperty(requestsOf(route, names), async (request) => {
          const path = pathOf(route, request) + (request.query === '' ? '' : `?${request.query}`);
          const { status, text } = await client.call(route.method, path, {
            key: null,
            headers: request.headers,
            ...(request.payload === undefined ? {} : { text: request.payload }),
          });
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          expect(status, text).toBeLessThan(500);
          const after = await state();
          if (status >= 400 || route.method === 'GET') expect(after, text).toBe(before);
          else expect(after, text).not.toBe(before);
          before = after;
        }),
        { numRuns: RUNS, seed: SEED, endOnFailure: true },
      );
    },
  );

  test('and it was no monologue: much was done, much refused, and everything still works', async () => {
    for (const status of [200, 201, 400, 401, 404, 415, 422])
      expect(statuses.get(status), `${status}: ${JSON.stringify([...statuses])}`).toBeGreaterThan(0);
    await client.link('afterwards');
    expect((await client.api.visit('/afterwards')).status).toBe(302);
    await client.ok('GET', '/links?limit=100');
    await client.ok('GET', '/mobile-apps');
  });
});
