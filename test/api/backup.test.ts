import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { clickRecord } from '../../src/clicks/testing/click-records.ts';
import { logoPng } from '../../src/qr/testing/logos.ts';
import { backupOf, restoreInto, rowsIn, WAYS } from '../stores/moving.ts';
import type { EngineUnderTest } from '../support/engines.ts';
import { AMERICA, ingestPast, JAPAN, KOREA, numberOfLink } from '../support/past-clicks.ts';
import { ScriptedReceiver } from '../support/scripted-receiver.ts';
import { checkStatistics, type StatisticsCheck } from '../support/statistics-check.ts';
import { until } from '../support/until.ts';
import { type Answer, Api, type Json, PERSON, PUBLIC_HOST } from './api.ts';
import { subscribeThrough } from './push-visitor.ts';

const ENV = { ALLOW_PRIVATE_TARGETS: 'true', PUSH_SERVICES: 'push.example' };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Questions whose answers are the same before and after. */
const QUESTIONS = [
  '/project',
  '/domains',
  '/groups?limit=100',
  '/links?limit=100',
  '/apps',
  '/keys',
  '/changes?limit=100',
  '/webhook-endpoints',
  '/deliveries?limit=100',
  '/push-subscribers',
  '/push-messages',
  '/stats',
  '/stats?from=1970-01-01&compare=previous&crawlers=include',
  '/stats?interval=day&breakdown=country',
  '/stats?interval=hour&breakdown=link,group&breakdown=route',
  '/stats?repeats=exclude&automated=exclude&foreign=exclude&breakdown=referrer',
  '/stats?breakdown=browser&breakdown=os&breakdown=device&breakdown=language',
] as const;

async function answersOf(api: Api): Promise<Record<string, Json>> {
  const answers: Record<string, Json> = {};
  for (const path of QUESTIONS) answers[path] = await api.ok('GET', path);
  // A line for each raw click.
  answers.clicks = (await api.call('GET', '/clicks')).text.trim().split('\n');
  for (const key of answers['/keys'].keys) delete key.lastUsedAt;
  return answers;
}

const cookieOf = ({ headers }: Answer) => String(headers['set-cookie']?.[0]).split(';', 1)[0] as string;
const vapidKeyOf = async (api: Api) =>
  /"([\w-]{87})"/.exec((await api.send('GET', '/sw.js', undefined, {})).text)?.[1];

interface Made {
  readonly key: string;
  readonly cookie: string;
  readonly limited: Json;
  readonly told: Json;
  readonly asked: Json;
  readonly endpointId: string;
  readonly waiting: Json;
  readonly vapidKey: string | undefined;
  readonly highestLink: number;
}

async function fill(api: Api, receiver: ScriptedReceiver): Promise<Made> {
  await api.ok('POST', '/domains', { body: { host: 'links.acme.test', pathPrefix: 'share' } });
  const hook = (path: string, every: number) => ({
    ...{ webhookEnabled: true, webhookUrl: receiver.url(path), webhookFrequency: every },
  });
  const held = await api.group({ ...hook('/held', 1), excludeForeign: true }, 'Held');
  const counted = await api.group(hook('/counted', 50), 'Counted');
  await api.ok('PUT', `/groups/${held.id}/qr-logo`, {
    text: await logoPng('disc', 300, 300),
    headers: { 'content-type': 'image/png' },
  });
  const { endpoints } = await api.ok('GET', '/webhook-endpoints');
  const endpointId = endpoints.find((one: Json) => one.group?.id === held.id).id;
  await api.ok('PATCH', `/webhook-endpoints/${endpointId}`, { body: { paused: true } });
  await api.ok('POST', '/apps', { body: { platform: 'ios', name: 'Acme', identifier: 'com.acme' } });

  const past = await api.link({ code: 'past', groupId: held.id, tags: ['a', 'b'] });
  const linkId = await numberOfLink(api.location, 'past');
  const records = Array.from({ length: 60 }, (_, n) =>
    clickRecord({
      ...{ linkId, at: Date.now() - (n % 40) * DAY_MS - n * HOUR_MS, userAgent: PERSON },
      address: [...KOREA, JAPAN, AMERICA][n % 5] as string,
    }),
  );
  await ingestPast(api.location, records);

  await api.visit('/past', { 'x-forwarded-for': KOREA[0] });
  const waiting = async () =>
    (await api.ok('GET', '/deliveries?limit=100')).deliveries.find(({ state }: Json) => state === 'waiting');
  await until(async () => (await waiting()) !== undefined, 'the webhook waits');

  const locked = await api.link({ code: 'locked', settings: { password: 'open sesame' } });
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const entered = await api.send('POST', `/${locked.code}`, 'password=open+sesame', {
    ...form,
    host: PUBLIC_HOST,
    'user-agent': PERSON,
  });
  expect(entered.status).toBe(303);
  await api.send('POST', `/${locked.code}`, 'password=wrong', {
    ...form,
    host: PUBLIC_HOST,
    'user-agent': PERSON,
  });

  const limited = await api.link({ code: 'limited', settings: { maxClicks: 3 } });
  for (const address of [KOREA[0], KOREA[1]]) await api.visit('/limited', { 'x-forwarded-for': address });
  const told = await api.link({ code: 'told', groupId: counted.id });
  const toldId = await numberOfLink(api.location, 'told');
  const earlier = Array.from({ length: 48 }, (_, n) =>
    clickRecord({ linkId: toldId, at: Date.now() - (n + 1) * DAY_MS, userAgent: PERSON, address: KOREA[2] }),
  );
  await ingestPast(api.location, earlier);
  await api.visit('/told', { 'x-forwarded-for': KOREA[2] });
  const push = await api.link({ code: 'push', settings: { pushSubscription: true } });
  expect((await subscribeThrough(api, push)).status).toBeLessThan(300);
  const later = new Date(Date.now() + DAY_MS).toISOString();
  await api.ok('POST', '/push-messages', {
    body: { title: 'Later', body: 'x', url: 'https://shop.example/', to: { all: true }, sendAt: later },
  });
  const asked = await api.link({ code: 'asked' });
  await api.ok('POST', '/links', {
    body: { destination: 'https://example.com/once', code: 'once' },
    headers: { 'idempotency-key': 'make-it-once' },
  });
  const { key } = await api.ok('POST', '/keys', { body: { name: 'carried', scopes: ['links:read'] } });
  const gone = await api.link({ code: 'gone' });
  const highestLink = await numberOfLink(api.location, 'gone');
  await api.ok('DELETE', `/links/${gone.id}`);
  for (const { id, clicks } of [
    { id: limited.id, clicks: 2 },
    { id: told.id, clicks: 49 },
    { id: past.id, clicks: 25 },
  ])
    await until(async () => (await api.ok('GET', `/links/${id}`)).clicks >= clicks, 'clicks were counted');
  return {
    ...{ key, limited, told, asked, endpointId, highestLink, cookie: cookieOf(entered) },
    ...{ waiting: await waiting(), vapidKey: await vapidKeyOf(api) },
  };
}

describe.each(WAYS)('an installation that moves from $name', ({ from, to }) => {
  const places: EngineUnderTest[] = [];
  let receiver: ScriptedReceiver;
  let made: Made;
  let before: Record<string, Json>;
  let api: Api;
  let backup: string;
  let again: string;
  let check: StatisticsCheck;
  beforeAll(async () => {
    receiver = await ScriptedReceiver.open();
    const [old, fresh] = [await from.open(), await to.open()];
    places.push(old, fresh);
    const staying = { location: old.location, close: async () => {} };
    const source = await Api.open({ ...from, open: async () => staying }, { env: ENV });
    try {
      made = await fill(source, receiver);
      before = await answersOf(source);
    } finally {
      await source.close();
    }
    backup = await backupOf(old.location);
    await restoreInto(fresh.location, backup);
    again = await backupOf(fresh.location);
    check = await checkStatistics(fresh.location);
    api = await Api.over({ location: fresh.location, close: async () => {} }, { env: ENV });
  });
  afterAll(async () => {
    await api?.close();
    await receiver.close();
    for (const place of places) await place.close();
  });

  test('a backup of it has the same lines, and its statistics agree with its raw clicks', () => {
    expect(again).toBe(backup);
    const { click, click_block, link_slot, guess_window, idempotent_answer, push_subscription } =
      rowsIn(backup);
    expect(
      [click, click_block, link_slot, guess_window, idempotent_answer, push_subscription].includes(0),
    ).toBe(false);
    expect(check).toMatchObject({ wrongFlags: 0, wrongCounters: 0 });
  });

  test('answers every question as before', async () => {
    const after = await answersOf(api);
    for (const [question, was] of Object.entries(before)) expect(after[question], question).toEqual(was);
  });

  test('keys, cookies and the keys of subscriptions are good', async () => {
    const { status } = await api.call('GET', '/links', { key: made.key });
    expect(status).toBe(200);
    expect((await api.visit('/locked', { cookie: made.cookie })).status).toBe(302);
    expect((await api.visit('/locked')).status).toBe(200);
    expect(await vapidKeyOf(api)).toBe(made.vapidKey);
    const once = await api.call('POST', '/links', {
      body: { destination: 'https://example.com/once', code: 'once' },
      headers: { 'idempotency-key': 'make-it-once' },
    });
    expect(once.status).toBe(201);
  });

  test('a limited link has as many clicks left as before', async () => {
    expect((await api.visit('/limited', { 'x-forwarded-for': JAPAN })).status).toBe(302);
    expect((await api.visit('/limited', { 'x-forwarded-for': AMERICA })).status).toBe(403);
    expect((await api.visit('/limited', { 'x-forwarded-for': AMERICA })).status).toBe(403);
  });

  test('what waited is sent, under the name it had', async () => {
    expect(receiver.at('/held')).toEqual([]);
    await api.ok('PATCH', `/webhook-endpoints/${made.endpointId}`, { body: { paused: false } });
    await until(() => receiver.at('/held').length > 0, 'the webhook came', 20_000);
    expect(receiver.at('/held').map(({ headers }) => headers['webhook-id'])).toContain(
      made.waiting.eventId ?? made.waiting.id,
    );
  });

  test('no number and no code is given twice', async () => {
    await api.refused(409, 'POST', '/links', { body: { destination: 'https://example.com/', code: 'past' } });
    await api.link({ code: 'fresh' });
    expect(await numberOfLink(api.location, 'fresh')).toBeGreaterThan(made.highestLink);
  });

  test('a visitor of before is known, and webhooks count on', async () => {
    const totals = async () => (await api.ok('GET', `/stats?linkId=${made.told.id}&from=1970-01-01`)).totals;
    // One of them under the secret of the past.
    expect(await totals()).toMatchObject({ clicks: 49, newVisitors: 2 });
    // Within five seconds of the last click it would be a repeat, which does not count.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 });
    await api.visit('/told', { 'x-forwarded-for': KOREA[2] });
    vi.useRealTimers();
    const clicks = async () => (await api.ok('GET', `/links/${made.told.id}`)).clicks;
    await until(async () => (await clicks()) === 50, 'the click was counted');
    expect(await totals()).toMatchObject({ clicks: 50, newVisitors: 2 });
    await until(() => receiver.at('/counted').length === 1, 'the fiftieth click was told');
  });
});
