import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type Answer, Api, type Json, PUBLIC_HOST } from './api.ts';
import { OPERATIONS } from './operations.ts';
import { newSubscription, subscribeThrough } from './push-visitor.ts';

/** Of every operation; `FUZZ_RUNS` for more, `FUZZ_SEED` to see a failure again. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 120);
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

interface Request {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
  /** Of a picture, sent in place of the body. */
  readonly bytes: Buffer | undefined;
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
  '9999-12-31T23:59:59-10:00',
  '0000-01-01T00:00:00+10:00',
];

const MOMENTS = ['1970-01-01', '2026-03-01', '2026-03-01T10:00', '2026-03-31T23:59:59Z', '9999-12-31'];
const FILTERS = [
  'country:KR,JP,',
  '!browser:Chrome',
  'city:a\\,b',
  'qr:yes',
  '!client:crawler',
  'hourOfDay:0,23',
  '!weekday:7',
  'route:1',
  'group:',
  'link:nothing',
  'utmSource:',
];

const JUNK: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, false, 0, -1, 0.5, 1e308, 2 ** 53, [], {}, ...HOSTILE_TEXTS),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.jsonValue({ maxDepth: 2 }),
);

/** What a value has to be called for the core to have a chance to take it. */
class Known {
  readonly ids: Record<string, string[]> = {
    link: [],
    group: [],
    app: [],
    domain: [],
    key: [],
    notificationSubscription: [],
    pushSubscriber: [],
    pushMessage: [],
    webhookEndpoint: [],
    delivery: [],
  };
  readonly #byName: Record<string, () => fc.Arbitrary<unknown>>;

  constructor() {
    const url = () =>
      fc.oneof(
        fc.webUrl({ withFragments: true, withQueryParameters: true }),
        fc.constant('https://a.test/ä?b#c'),
      );
    const idOf = (kind: string) => fc.constantFrom('nothing', ...(this.ids[kind] as string[]));
    this.#byName = {
      destination: url,
      expiredUrl: url,
      imageUrl: url,
      webhookUrl: url,
      domain: () => fc.constantFrom(PUBLIC_HOST, 'vvd.bz', `http://${PUBLIC_HOST}/`, 'nowhere.test'),
      host: () => fc.domain(),
      timeZone: () => fc.constantFrom('Asia/Seoul', 'UTC', 'America/St_Johns', 'Mars/Olympus'),
      savedAppId: () => idOf('app'),
      identifier: () => fc.constantFrom('com.example.app', 'com.example.other', 'no package'),
      desktopUrl: url,
      storeUrl: url,
      groupId: () => idOf('group'),
      linkId: () => fc.array(idOf('link'), { minLength: 1, maxLength: 3 }),
      from: () => fc.constantFrom(...MOMENTS),
      to: () => fc.constantFrom(...MOMENTS),
      filter: () => fc.array(fc.constantFrom(...FILTERS), { maxLength: 3 }),
      linkIds: () => fc.array(idOf('link'), { minLength: 1, maxLength: 5 }),
      code: () => fc.stringMatching(/^[a-z0-9]{1,12}$/),
      password: () => fc.string({ minLength: 4, maxLength: 8 }),
    };
  }

  byName(name: string): fc.Arbitrary<unknown> | undefined {
    return this.#byName[name]?.();
  }
}

/** Values of the shape that a JSON schema of the document describes. */
function shaped(schema: Json, document: Json, known: Known, name = ''): fc.Arbitrary<unknown> {
  const inner = (one: Json, innerName = name) => shaped(one, document, known, innerName);
  if (schema.$ref) return inner(document.components.schemas[schema.$ref.split('/').at(-1)]);
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((one: Json) => inner(one)));
  if (Array.isArray(schema.type))
    return fc.oneof(...schema.type.map((type: string) => inner({ ...schema, type })));
  const likely = schema.type === 'string' || schema.type === 'array' ? known.byName(name) : undefined;
  if (likely) return fc.oneof({ arbitrary: likely, weight: 9 }, { arbitrary: JUNK, weight: 1 });
  switch (schema.type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      return fc.oneof(
        fc.integer({ min: Math.max(schema.minimum ?? -10, -1e9), max: Math.min(schema.maximum ?? 1e9, 1e9) }),
        fc.constantFrom(0, 1, 50, 100, 200, 300, 301, 302, 1000),
      );
    case 'array':
      return fc.array(inner(schema.items ?? {}), { minLength: schema.minItems ?? 0, maxLength: 4 });
    case 'object': {
      const required: string[] = schema.required ?? [];
      const properties = Object.fromEntries(
        Object.entries<Json>(schema.properties ?? {}).map(([key, value]) => [key, inner(value, key)]),
      );
      if (Object.keys(properties).length > 0) return fc.record(properties, { requiredKeys: required });
      return fc.dictionary(fc.string({ maxLength: 10 }), inner(schema.additionalProperties || {}), {
        maxKeys: 4,
      });
    }
    case 'string':
      return text(schema);
    default:
      return JUNK;
  }
}

function text({ format, pattern, maxLength = 60, minLength = 0 }: Json): fc.Arbitrary<string> {
  if (format === 'date-time') {
    const moment = fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true });
    return moment.map((date) => date.toISOString());
  }
  if (format === 'email') return fc.emailAddress();
  if (pattern && pattern.length < 60) return fc.stringMatching(new RegExp(pattern));
  const size = { minLength, maxLength: Math.min(maxLength, 40) };
  return fc.oneof(fc.string(size), fc.string({ ...size, unit: 'grapheme' }));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Spoils a value in one place: replaced, removed, doubled or given a key nobody knows. */
function mutated(value: unknown): fc.Arbitrary<unknown> {
  const places: (readonly (string | number)[])[] = [];
  const walk = (node: unknown, path: readonly (string | number)[]) => {
    places.push(path);
    if (Array.isArray(node)) for (const [index, one] of node.entries()) walk(one, [...path, index]);
    else if (node && typeof node === 'object')
      for (const [key, one] of Object.entries(node)) walk(one, [...path, key]);
  };
  walk(value, []);
  return fc
    .record({
      place: fc.constantFrom(...places),
      junk: JUNK,
      key: fc.constantFrom('extra', 'constructor', 'toString'),
    })
    .chain(({ place, junk, key }) =>
      fc.constantFrom('replace', 'remove', 'add').map((how) => {
        if (place.length === 0) return how === 'add' && isRecord(value) ? { ...value, [key]: junk } : junk;
        const copy = structuredClone(value) as Json;
        let parent = copy;
        for (const step of place.slice(0, -1)) parent = parent[step];
        const last = place.at(-1) as string | number;
        if (how === 'remove' && !Array.isArray(parent)) delete parent[last];
        else if (how === 'add' && isRecord(parent[last])) parent[last][key] = junk;
        else parent[last] = junk;
        return copy;
      }),
    );
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

function inQuery(value: unknown): string {
  return value instanceof Object ? JSON.stringify(value) : String(value);
}

function requests(
  operation: Json,
  template: string,
  idKind: string | undefined,
  document: Json,
  known: Known,
): fc.Arbitrary<Request> {
  const parameters: Json[] = operation.parameters ?? [];
  const of = (where: string) => parameters.filter((one) => one.in === where);
  const bodySchema = operation.requestBody?.content['application/json']?.schema;
  const takesPicture = operation.requestBody?.content['image/png'] !== undefined;
  const sane = bodySchema ? shaped(bodySchema, document, known) : fc.constant(undefined);
  const body = bodySchema
    ? fc.oneof({ arbitrary: sane, weight: 2 }, { arbitrary: sane.chain(mutated), weight: 3 })
    : sane;
  const id = fc.oneof(
    { arbitrary: fc.constantFrom('unknown', ...(idKind ? (known.ids[idKind] as string[]) : [])), weight: 9 },
    {
      arbitrary: fc.oneof(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 70 }),
        fc.constantFrom('%00', '%ED', '\u0000'),
      ),
      weight: 1,
    },
  );
  const query = fc.record(
    Object.fromEntries(
      of('query').map(({ name, schema }) => [
        name,
        fc.oneof(shaped(schema, document, known, name), JUNK).map((value) => [value].flat().map(inQuery)),
      ]),
    ),
    { requiredKeys: [] },
  );
  const headers = fc.record(
    Object.fromEntries(
      of('header').map(({ name }) => [
        name,
        fc.constantFrom('"1"', '"2"', '*', 'W/"1"', 'junk', '', 'key-1', 'key-2', 'x'.repeat(300)),
      ]),
    ),
    { requiredKeys: [] },
  );
  const picture = takesPicture
    ? fc.record({
        bytes: fc
          .tuple(fc.constantFrom('', '89504e470d0a1a0a', 'ffd8ffe0'), fc.uint8Array({ maxLength: 300 }))
          .map(([magic, rest]) => Buffer.concat([Buffer.from(magic, 'hex'), rest])),
        type: fc.constantFrom('image/png', 'image/jpeg', 'image/svg+xml', 'application/json'),
      })
    : fc.constant(undefined);
  return fc.record({ id, query, headers, body, picture }).map(({ id, query, headers, body, picture }) => ({
    path:
      template.replace('{id}', /^%[0-9A-F]{2}$/.test(id) ? id : encodeURIComponent(id.toWellFormed())) +
      (Object.keys(query).length > 0
        ? `?${Object.entries(query as Record<string, string[]>)
            .flatMap(([name, values]) =>
              values.map((value) => `${name}=${encodeURIComponent(value.toWellFormed())}`),
            )
            .join('&')}`
        : ''),
    headers: { ...headers, ...(picture ? { 'content-type': picture.type } : {}) } as Record<string, string>,
    body,
    bytes: picture?.bytes,
  }));
}

describe.each(ENGINES)('requests nobody thought of, on $name', (engine) => {
  let api: Api;
  let document: Json;
  const known = new Known();
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  let writes: () => unknown = () => undefined;
  let closeWrites = () => {};

  beforeAll(async () => {
    console.log(`fuzz: FUZZ_SEED=${SEED} FUZZ_RUNS=${RUNS}`);
    api = await Api.open(engine);
    document = api.app.server.swagger();
    ajv.addSchema(JSON.parse(JSON.stringify(document)), 'document');
    for (let index = 0; index < 3; index++) {
      const group = await api.group({}, `g${index}`);
      known.ids.group?.push(group.id);
      known.ids.link?.push((await api.link({ groupId: group.id })).id);
      const webhook = { webhookEnabled: true, webhookUrl: `http://127.0.0.1:9/${index}` };
      await api.ok('PATCH', `/groups/${group.id}`, { body: { settings: webhook } });
      const [endpoint] = (await api.ok('GET', '/webhook-endpoints?limit=1')).endpoints;
      known.ids.webhookEndpoint?.push(endpoint.id);
      const { eventId } = await api.ok('POST', `/webhook-endpoints/${endpoint.id}/test`);
      known.ids.delivery?.push(eventId);
      const app = { platform: index === 0 ? 'android' : 'ios', name: 'x', identifier: 'com.example.x' };
      known.ids.app?.push((await api.ok('POST', '/apps', { body: app })).id);
      known.ids.domain?.push((await api.ok('POST', '/domains', { body: { host: `d${index}.test` } })).id);
      known.ids.key?.push(
        (await api.ok('POST', '/keys', { body: { name: 'x', scopes: ['links:read'] } })).id,
      );
      const asking = await api.link({ settings: { pushSubscription: true } });
      await subscribeThrough(api, asking, newSubscription('http://127.0.0.1:9'));
      const [subscriber] = (await api.ok('GET', '/push-subscribers?limit=1')).subscribers;
      known.ids.pushSubscriber?.push(subscriber.id);
      const message = { title: 'x', url: 'https://a.test/', to: { linkId: asking.id } };
      known.ids.pushMessage?.push((await api.ok('POST', '/push-messages', { body: message })).id);
      const browser = OPERATIONS.find(({ id }) => id === 'createNotificationSubscription')?.body;
      const subscribed = { ...browser, endpoint: `http://127.0.0.1:9/${index}` };
      known.ids.notificationSubscription?.push(
        (await api.ok('POST', '/notification-subscriptions', { body: subscribed })).id,
      );
    }
    if (engine.name === 'SQLite') {
      // Changes whenever another connection has written the file.
      const file = new Sqlite(join(api.location.dataDir, 'switchyard.db'), { readonly: true });
      writes = () => file.pragma('data_version', { simple: true });
      closeWrites = () => file.close();
    } else {
      // Every write is in the change log.
      writes = async () => (await api.call('GET', '/changes?limit=100')).text;
    }
  });
  afterAll(async () => {
    closeWrites();
    await api.close();
  });

  const validators = new Map<string, ValidateFunction>();
  const problemOf = (
    operation: Json,
    where: string,
    { status, json, text, headers }: Answer,
  ): string | undefined => {
    const response = operation.responses[status];
    if (!response) return `answered ${status}, which is not documented: ${JSON.stringify(json)}`;
    const types = Object.keys(response.content ?? {});
    if (types.length === 0) return json === undefined ? undefined : 'answered where nothing is documented';
    const type = String(headers['content-type']).split(';')[0] as string;
    if (!types.includes(type)) return `answered ${type} instead of ${types}`;
    const pointer = `${where}/responses/${status}/content/${type.replaceAll('/', '~1')}/schema`;
    let validate = validators.get(pointer);
    if (!validate) {
      validate = ajv.compile({ $ref: `document#${pointer}` });
      validators.set(pointer, validate);
    }
    const check = validate;
    const valid =
      type === 'application/x-ndjson'
        ? linesOf(text).every((line) => check(JSON.parse(line)))
        : validate(type === 'text/csv' ? text : json);
    return valid ? undefined : `${ajv.errorsText(validate.errors)}: ${text}`;
  };

  const ending = OPERATIONS.filter(({ endless }) => !endless);
  test.each(ending.map((one) => [one.id, one] as const))('%s', async (_, { method, path, idOf }) => {
    const full = `/api/v1${path}`;
    const operation = document.paths[full][method.toLowerCase()];
    const where = `/paths/${full.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}/${method.toLowerCase()}`;
    const runs = engine.name === 'SQLite' ? RUNS : Math.ceil(RUNS / 3);
    await fc.assert(
      fc.asyncProperty(requests(operation, path, idOf, document, known), async (request) => {
        const before = await writes();
        const answer = await api.call(method, request.path, {
          headers: request.headers,
          ...(request.body === undefined ? {} : { body: request.body }),
          ...(request.bytes === undefined ? {} : { text: request.bytes }),
        });
        expect(problemOf(operation, where, answer)).toBeUndefined();
        if (answer.status >= 400 || method === 'GET') expect(await writes()).toEqual(before);
        if (answer.status === 422) expect(answer.json.errors?.length).toBeGreaterThan(0);
      }),
      { numRuns: runs, seed: SEED, endOnFailure: false, interruptAfterTimeLimit: 25_000 },
    );
  });

  test('and afterwards everything is still listed', async () => {
    await api.state();
    expect((await api.visit('/healthz')).status).toBe(200);
  });
});
