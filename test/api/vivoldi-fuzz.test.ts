import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { KEY, STRANGER } from './api.ts';
import { IN_KOREAN, URL_A, Vivoldi } from './vivoldi-client.ts';
import { type FieldCase, GROUP_FIELDS, NEW_LINK_FIELDS } from './vivoldi-fields.ts';
import { ROUTES, type Route } from './vivoldi-routes.ts';

/** Over both engines; `FUZZ_SEED` to see a failure again. */
const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? (process.env.CI === 'true' ? 10_000 : 1_500));
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

interface Request {
  readonly method: string;
  readonly path: string;
  readonly text: string | Buffer | undefined;
  readonly headers: Record<string, string>;
  readonly key: string | null;
}

const JUNK: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    ...[null, true, false, 0, -1, 0.5, 1e308, 2 ** 53, [], {}, '', '\u0000', '\ud800'],
    ...['__proto__', "' or 1=1 --", 'x'.repeat(4_000), '\r\nX: 1', '\u202e🚂', '%00', '9'.repeat(400)],
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Hashing takes longer than everything else together. */
const SLOW = new Set(['pwd', 'nonmemberSticsPwd']);

function mostlyGood({ good, bad }: FieldCase): fc.Arbitrary<unknown> {
  const written = good.map(([value]) => value);
  return fc.oneof(
    { arbitrary: fc.constantFrom(null, '', ...written), weight: 12 },
    { arbitrary: fc.constantFrom(...bad), weight: 1 },
    { arbitrary: JUNK, weight: 1 },
  );
}

/** Some of the fields, mostly with values that are taken. */
function someOf(fields: readonly FieldCase[]): fc.Arbitrary<Record<string, unknown>> {
  const isRare = (name: string) => (SLOW.has(name) ? 60 : 3);
  const parts = fields.map((field) =>
    fc.oneof(
      { arbitrary: fc.constant({}), weight: isRare(field.name) },
      { arbitrary: mostlyGood(field).map((value) => ({ [field.name]: value })), weight: 1 },
    ),
  );
  const extra = fc.dictionary(fc.constantFrom('extra', 'constructor', 'kakaoNotifyYn', '__proto__'), JUNK, {
    maxKeys: 1,
  });
  return fc.tuple(extra, ...parts).map((all) => Object.assign({}, ...all) as Record<string, unknown>);
}

const mostly = (value: fc.Arbitrary<unknown>, weight = 15) =>
  fc.oneof({ arbitrary: value, weight }, { arbitrary: JUNK, weight: 1 });

/** What forms and query strings can carry of a value. */
function asText(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

/** What a request says by name: of links that are there, groups that are there, and others. */
class Requests {
  readonly #links: readonly string[];
  readonly #groups: readonly number[];

  constructor(links: readonly string[], groups: readonly number[]) {
    this.#links = links;
    this.#groups = groups;
  }

  any(): fc.Arbitrary<Request> {
    return fc.oneof(...ROUTES.map((route) => this.#of(route)));
  }

  #of(route: Route): fc.Arbitrary<Request> {
    const sent = route.body === undefined ? this.#query(route) : this.#body(route);
    const headers = fc.record({
      language: fc.constantFrom({}, {}, IN_KOREAN, { 'accept-language': 'ja' }),
      key: fc.oneof(
        { arbitrary: fc.constantFrom(KEY, STRANGER), weight: 30 },
        { arbitrary: fc.constantFrom(null, 'no-key-at-all'), weight: 1 },
      ),
      path: fc.oneof(
        { arbitrary: fc.constant(''), weight: 40 },
        { arbitrary: fc.constantFrom('/', '/x', '%', '%00', '/../v9', ';a=b'), weight: 1 },
      ),
    });
    return fc.tuple(sent, headers).map(([{ query = '', ...rest }, { language, key, path }]) => ({
      method: route.method,
      path: `${route.path}${path}${query}`,
      key,
      text: rest.text,
      headers: { ...language, ...rest.headers },
    }));
  }

  #body(route: Route): fc.Arbitrary<Sent> {
    const fields = mostly(this.#fieldsOf(route), 30);
    const asJson = fields.map((body): Sent => ({ text: JSON.stringify(body) ?? '', headers: {} }));
    const asForm = fields.map(
      (body): Sent => ({
        text: new URLSearchParams(
          Object.entries(Object(body)).map(([name, value]): [string, string] => [name, asText(value ?? '')]),
        ).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
    );
    const asWhatever = fc
      .tuple(asJson, fc.constantFrom('text/plain', 'application/xml', '', 'multipart/form-data', 'x/y; z'))
      .map(([{ text }, type]): Sent => ({ text, headers: { 'content-type': type } }));
    const cutOff = fc
      .tuple(asJson, fc.double({ min: 0, max: 1, noNaN: true }))
      .map(
        ([{ text = '' }, at]): Sent => ({ text: text.slice(0, Math.floor(at * text.length)), headers: {} }),
      );
    const bytes = fc
      .uint8Array({ maxLength: 40 })
      .map((raw): Sent => ({ text: Buffer.from(raw), headers: {} }));
    return fc.oneof(
      { arbitrary: asJson, weight: 20 },
      { arbitrary: asForm, weight: 4 },
      { arbitrary: cutOff, weight: 1 },
      { arbitrary: asWhatever, weight: 1 },
      { arbitrary: bytes, weight: 1 },
    );
  }

  #fieldsOf({ path }: Route): fc.Arbitrary<unknown> {
    const newLink = fc
      .record({
        url: mostly(fc.constantFrom(URL_A, 'https://example.com/끝'), 30),
        more: someOf(NEW_LINK_FIELDS),
      })
      .map(({ url, more }) => ({ ...more, url }));
    if (path.endsWith('/createBulk')) {
      return fc.record({ links: mostly(fc.array(mostly(newLink, 40), { maxLength: 4 }), 30) });
    }
    if (path.endsWith('/create') && path.startsWith('link/')) {
      const code = fc.oneof(
        { arbitrary: fc.constant({}), weight: 3 },
        {
          arbitrary: fc.stringMatching(/^[a-z0-9]{1,3}$/).map((brandLinkId) => ({ brandLinkId })),
          weight: 1,
        },
      );
      return fc.tuple(newLink, code).map(([link, own]) => ({ ...link, ...own }));
    }
    if (path === 'link-group/v1/create') {
      return fc
        .tuple(someOf(GROUP_FIELDS), mostly(fc.constant('Summer')))
        .map(([more, nm]) => ({ ...more, nm }));
    }
    if (path === 'link-group/v1/update') {
      const which = mostly(fc.constantFrom(...this.#groups, 999_999_999));
      return fc.tuple(someOf(GROUP_FIELDS), which).map(([more, grpIdx]) => ({ ...more, grpIdx }));
    }
    const settings = someOf(NEW_LINK_FIELDS.filter(({ name }) => name !== 'domain'));
    return fc
      .tuple(settings, this.#link(), fc.constantFrom({}, {}, { grpIdx: this.#groups[0] }))
      .map(([more, link, group]) => ({ ...more, ...link, ...group }));
  }

  #link() {
    return fc.record({
      linkId: mostly(fc.constantFrom(...this.#links, 'nothing')),
      domain: mostly(fc.constantFrom('https://vvd.bz', 'http://go.test', 'https://nowhere.test')),
    });
  }

  #statistics() {
    const day = mostly(fc.constantFrom('2026-03-01', '2026-03-31', '1970-01-01', '9999-12-31', '2026-02-30'));
    const groups = fc.constantFrom(...this.#groups, 0, this.#groups.join(), `${this.#groups[0]}, 999999999`);
    const [grpIdx, groupIdx, grpIdxList, pages] = [mostly(groups), mostly(groups), mostly(groups), fc.nat(3)];
    const named = {
      ymd: day,
      startYmd: day,
      endYmd: day,
      grpIdx,
      groupIdx,
      grpIdxList,
      pages: mostly(pages),
    };
    const rest = fc.record(named, { requiredKeys: ['ymd', 'startYmd', 'endYmd'] });
    return fc
      .tuple(this.#link(), rest, fc.boolean())
      .map(([link, rest, isNamed]): object => ({ ...(isNamed ? link : {}), ...rest }));
  }

  #query({ path }: Route): fc.Arbitrary<Sent> {
    const time = fc.constantFrom('2026-01-01 00:00:00', '2026-06-30 23:59:59', '2026-12-31 23:59:59');
    const yesNo = fc.constantFrom('Y', 'N', '');
    const deletesLink = path === 'link/v1/delete';
    const query: fc.Arbitrary<object> = path.includes('/clicks-by-')
      ? this.#statistics()
      : path.startsWith('link-group')
        ? fc.record(
            {
              grpIdx: mostly(fc.constantFrom(...this.#groups, 0)),
              nm: mostly(fc.constantFrom('um', '%')),
              pages: mostly(fc.nat(3)),
            },
            { requiredKeys: [] },
          )
        : fc
            .tuple(
              this.#link(),
              fc.record(
                {
                  regStartYmdt: mostly(time),
                  regEndYmdt: mostly(time),
                  pages: mostly(fc.nat(3)),
                  createTypeIdx: mostly(fc.constantFrom(0, 270, 272, 274)),
                  grpIdx: mostly(fc.constantFrom(...this.#groups, 0)),
                  url: mostly(fc.constant(URL_A)),
                  ttl: mostly(fc.constant('_%')),
                  memo: mostly(fc.constant('x')),
                  brandLinkYn: mostly(yesNo),
                  notfSubscYn: mostly(yesNo),
                  blockOverseasSticsYn: mostly(yesNo),
                  startDelYmdt: mostly(time),
                  endDelYmdt: mostly(time),
                },
                { requiredKeys: [] },
              ),
              fc.boolean(),
            )
            .map(([link, rest, isNamed]) => ({ ...(isNamed || deletesLink ? link : {}), ...rest }));
    return fc.tuple(query, fc.constantFrom('', '', '', '&pages=1', '&=&&', '&a[b]=c', '&%zz')).map(
      ([named, more]): Sent => ({
        query: `?${Object.entries(named)
          .map(([name, value]) => `${name}=${encodeURIComponent(asText(value).toWellFormed())}`)
          .join('&')}${more}`,
        text: undefined,
        headers: {},
      }),
    );
  }
}

interface Sent {
  readonly query?: string;
  readonly text: string | Buffer | undefined;
  readonly headers: Record<string, string>;
}

describe.each(ENGINES)('requests nobody thought of, on $name', (engine) => {
  let vivoldi: Vivoldi;
  beforeAll(async () => {
    vivoldi = await Vivoldi.open(engine);
  });
  afterAll(() => vivoldi.close());

  test('are answered in the envelope, never by 5xx, and change nothing when they are refused', async () => {
    const groups = [await vivoldi.group(), await vivoldi.group()];
    const links = await Promise.all(groups.map((grpIdx) => vivoldi.link({ grpIdx })));
    const tally = { taken: 0, refused: 0 };
    let before = await vivoldi.writes();
    await fc.assert(
      fc.asyncProperty(new Requests(links, groups).any(), async ({ method, path, text, headers, key }) => {
        const { json } = await vivoldi.call(method, path, {
          headers,
          key,
          ...(text === undefined ? {} : { text }),
        });
        if (json.code !== 0 && headers['accept-language'] === IN_KOREAN['accept-language'])
          expect(json.message).toMatch(/[가-힣]/);
        const after = await vivoldi.writes();
        if (json.code !== 0 || method === 'GET') expect(after).toEqual(before);
        before = after;
        tally[json.code === 0 ? 'taken' : 'refused']++;
      }),
      { numRuns: Math.ceil(REQUESTS / ENGINES.length), seed: SEED + ENGINES.indexOf(engine) },
    );
    console.log(`fuzz of Vivoldi on ${engine.name}: FUZZ_SEED=${SEED} ${JSON.stringify(tally)}`);
    // A run in which nearly all is refused for the same reason would prove little.
    expect(Math.min(tally.taken, tally.refused)).toBeGreaterThan((tally.taken + tally.refused) / 10);
    expect((await vivoldi.api.visit('/healthz')).status).toBe(200);
  }, 120_000);
});
