import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { insertRun } from '../../src/clicks/blocks/block-store.ts';
import { FACT_COLUMNS, type FactTable } from '../../src/clicks/blocks/fact.ts';
import { DIMENSIONS } from '../../src/clicks/statistics/question.ts';
import { openBatchWriter } from '../../src/db/open.ts';
import { ENGINES } from '../support/engines.ts';
import { numberOfLink } from '../support/past-clicks.ts';
import { until } from '../support/until.ts';
import { Api, KEY, PUBLIC_HOST } from './api.ts';

const QUARTER = Date.UTC(2026, 5, 14, 15) / 900_000;
const CLICKS = 400_000;
const QUESTIONS = 40;
/** One is being counted, 32 of an owner wait. */
const REFUSED = QUESTIONS - 33;
const RANGE = 'from=2026-06-01T00:00:00Z&to=2026-07-01T00:00:00Z';
const LONG = `/api/v1/stats?${RANGE}&limit=1000&breakdown=${DIMENSIONS.join()}`;

const PAGE = '/busy/stats';
const PASSWORD = 'let me count';

interface Pending {
  readonly going: ClientRequest;
  response: IncomingMessage | undefined;
  body: string;
}

describe.each(ENGINES)('many questions at once on $name', (engine) => {
  let api: Api;
  const posted = vi.spyOn(Worker.prototype, 'postMessage');
  /** What the counting threads were told. */
  const told = (kind: string) =>
    posted.mock.calls.filter(([message]) => (message as { kind?: string } | null)?.kind === kind).length;

  beforeEach(async () => {
    api = await Api.open(engine);
    await api.link({ code: 'busy', settings: { statsPassword: PASSWORD } });
    const link = await numberOfLink(api.location, 'busy');
    const table = Object.fromEntries(
      FACT_COLUMNS.map((name) => [name, new Uint32Array(CLICKS)]),
    ) as FactTable;
    table.weight.fill(1);
    table.link.fill(link);
    for (let row = 0; row < CLICKS; row++) {
      table.quarter[row] = QUARTER + (row % 96);
      table.visitorHigh[row] = row + 1;
      table.visitorLow[row] = Math.imul(row + 1, 0x9e3779b1) >>> 0;
    }
    const writer = openBatchWriter(api.location);
    await writer.transact((tx) => insertRun(tx, 1, table));
    await writer.close();
    posted.mockClear();
  });
  afterEach(() => api.close());

  const ask = (): Pending => {
    const going = request({
      host: '127.0.0.1',
      port: api.port,
      path: LONG,
      agent: false,
      headers: { authorization: `Bearer ${KEY}` },
    });
    const pending: Pending = { going, response: undefined, body: '' };
    going.on('error', () => {});
    going.on('response', (response) => {
      pending.response = response;
      response.setEncoding('utf8').on('data', (text: string) => {
        pending.body += text;
      });
    });
    going.end();
    return pending;
  };
  const askMany = async (): Promise<Pending[]> => {
    const all = Array.from({ length: QUESTIONS }, ask);
    // One that has been answered meanwhile has left its place to another.
    const answered = (...statuses: readonly number[]) =>
      all.filter(({ response }) => statuses.includes(response?.statusCode ?? 0)).length;
    await until(() => answered(503) > 0 && answered(503, 200) >= REFUSED, 'what is too much is refused');
    return all;
  };

  test('those that were given up are not counted, and the next one is', async () => {
    const all = await askMany();
    const refused = all.find(({ response }) => response?.statusCode === 503);
    await until(() => refused?.response?.complete === true, 'the refusal is read');
    expect(JSON.parse(refused?.body ?? '')).toMatchObject({
      code: 'busy',
      status: 503,
      title: 'Too much is asked at once',
    });
    expect(refused?.response?.headers['retry-after']).toBe('2');
    for (const { going } of all) going.destroy();
    const small = await api.ok('GET', `/stats?${RANGE}`);
    expect(small.totals.clicks).toBe(CLICKS);
    // Some may have been answered before the last was refused.
    const answered = all.filter(({ response }) => response?.statusCode === 200).length;
    expect(told('ask')).toBeLessThanOrEqual(answered + 4);
    expect(told('ask')).toBeLessThan(QUESTIONS / 2);
    expect(told('cancel')).toBeGreaterThan(0);
  });

  test('a page that too many look at tells some of them to try again', async () => {
    const { headers } = await api.send('POST', PAGE, new URLSearchParams({ password: PASSWORD }).toString(), {
      host: PUBLIC_HOST,
      'content-type': 'application/x-www-form-urlencoded',
    });
    const cookie = String(headers['set-cookie']?.[0]).split(';', 1)[0] as string;
    const all = await Promise.all(Array.from({ length: QUESTIONS }, () => api.visit(PAGE, { cookie })));
    const refused = all.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(all.filter(({ status }) => status === 200).length).toBe(QUESTIONS - refused.length);
    for (const { headers } of refused) expect(headers['retry-after']).toBe('2');
    expect((await api.visit(PAGE, { cookie })).status).toBe(200);
  });

  test('a server that stops counts none of those that wait', async () => {
    const all = await askMany();
    await api.app.close();
    await until(() => all.every(({ response }) => response?.complete), 'all answers are read');
    const answered = all.filter(({ response }) => response?.statusCode === 200).length;
    expect(all.filter(({ response }) => response?.statusCode === 503).length).toBe(QUESTIONS - answered);
    expect(told('ask')).toBeLessThanOrEqual(answered + 4);
    expect(told('ask')).toBeLessThan(QUESTIONS / 2);
    const { body } = all.find(({ body }) => body.includes('stopping')) ?? {};
    expect(JSON.parse(body ?? '')).toMatchObject({ code: 'unavailable', title: 'It is not available now' });
  });
});
