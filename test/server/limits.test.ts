import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES, type EngineUnderTest, POSTGRES, runs } from '../support/engines.ts';
import { type Answer, PERSON, ServerProcess } from './server-process.ts';

const DESTINATION = 'https://secret.example/destination';
const GOOGLEBOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
const FACEBOOK = 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)';

let codes = 0;
const newCode = () => `limited-${++codes}`;

function tally(answers: readonly Answer[]): Record<number, number> {
  const byStatus: Record<number, number> = {};
  for (const { status } of answers) byStatus[status] = (byStatus[status] ?? 0) + 1;
  return byStatus;
}

function concurrently(count: number, visit: (index: number) => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => visit(index)));
}

describe.each(ENGINES)('click limits on $name', (engine) => {
  let under: EngineUnderTest;
  let server: ServerProcess;

  beforeAll(async () => {
    under = await engine.open();
    server = await ServerProcess.start(under.location);
  });

  afterAll(async () => {
    await server?.kill();
    await under?.close();
  });

  const limitedLink = (maxClicks: number, more: object = {}) =>
    server.createLink({ code: newCode(), destination: DESTINATION, settings: { maxClicks }, ...more });
  const visits = (code: string, count: number) => concurrently(count, () => server.visit(code));
  /**
   * Where many processes serve, clicks from times without a limit count against it once they are ingested; where one
   * does, at once.
   */
  const limitTo = async (id: string, maxClicks: number | null) => {
    if (under.location.database.engine === 'postgres') await server.untilDrained();
    await server.updateLink(id, { settings: { maxClicks } });
  };

  test('of 500 people at once 37 are let through, and the others learn nothing', async () => {
    const { id, code } = await limitedLink(37);
    const answers = await visits(code, 500);
    expect(tally(answers)).toEqual({ 302: 37, 403: 463 });
    for (const { status, headers, text } of answers) {
      if (status === 302) expect(headers.location).toBe(DESTINATION);
      else expect(JSON.stringify(headers) + text).not.toContain('secret.example');
    }
    await server.untilDrained();
    expect((await server.link(id)).clicks).toBe(37);
  });

  test('500 people at once on a link that nobody has visited, limited by its group', async () => {
    const group = await server.createGroup({ name: 'limited', settings: { maxClicks: 11 } });
    const { code } = await server.createLink({ code: newCode(), groupId: group.id });
    expect(tally(await visits(code, 500))).toEqual({ 302: 11, 403: 489 });
  });

  test('a limit set on a link with clicks counts them', async () => {
    const { id, code } = await server.createLink({ code: newCode() });
    expect(tally(await visits(code, 20))).toEqual({ 302: 20 });
    await limitTo(id, 25);
    expect(tally(await visits(code, 50))).toEqual({ 302: 5, 403: 45 });
  });

  test('clicks while the limit was gone count when it is back', async () => {
    const { id, code } = await limitedLink(10);
    expect(tally(await visits(code, 4))).toEqual({ 302: 4 });
    await limitTo(id, null);
    expect(tally(await visits(code, 3))).toEqual({ 302: 3 });
    await limitTo(id, 10);
    expect(tally(await visits(code, 20))).toEqual({ 302: 3, 403: 17 });
    await limitTo(id, null);
    expect(tally(await visits(code, 2))).toEqual({ 302: 2 });
    await limitTo(id, 10);
    expect(tally(await visits(code, 5))).toEqual({ 403: 5 });
  });

  test('a raised limit admits exactly the difference, a lowered one nobody', async () => {
    const { id, code } = await limitedLink(5);
    expect(tally(await visits(code, 30))).toEqual({ 302: 5, 403: 25 });
    await server.updateLink(id, { settings: { maxClicks: 12 } });
    expect(tally(await visits(code, 30))).toEqual({ 302: 7, 403: 23 });
    await server.updateLink(id, { settings: { maxClicks: 3 } });
    expect(tally(await visits(code, 30))).toEqual({ 403: 30 });
  });

  test('raised, removed and lowered while people come: never more than the highest limit', async () => {
    const { id, code } = await limitedLink(10);
    const people = visits(code, 300);
    for (const maxClicks of [12, 15, 11, 20]) await server.updateLink(id, { settings: { maxClicks } });
    const early = tally(await people);
    const late = tally(await visits(code, 100));
    expect((early[302] ?? 0) + (late[302] ?? 0)).toBe(20);
  });

  test.each([
    ['HEAD', {}, 'HEAD'],
    ['Googlebot', { 'user-agent': GOOGLEBOT }, 'GET'],
    ['facebookexternalhit', { 'user-agent': FACEBOOK }, 'GET'],
    ['a HEAD by Googlebot', { 'user-agent': GOOGLEBOT }, 'HEAD'],
    ['a prefetching browser', { 'sec-purpose': 'prefetch' }, 'GET'],
  ])('%s takes no slot and learns no destination', async (_, headers, method) => {
    const { id, code } = await limitedLink(2, { title: 'A title' });
    for (const answer of await concurrently(10, () => server.visit(code, headers, method))) {
      expect(answer.status).not.toBe(302);
      expect(JSON.stringify(answer.headers) + answer.text).not.toContain('secret.example');
    }
    expect(tally(await visits(code, 5))).toEqual({ 302: 2, 403: 3 });
    await server.untilDrained();
    expect((await server.link(id)).clicks).toBe(2);
  });

  test('a QR scan past the statistics takes a slot and is no click', async () => {
    const { id, code } = await limitedLink(5, { settings: { maxClicks: 5, qrBypass: true } });
    expect(tally(await concurrently(3, () => server.visit(`${code}?qr=1`)))).toEqual({ 302: 3 });
    expect(tally(await visits(code, 10))).toEqual({ 302: 2, 403: 8 });
    expect(tally(await concurrently(3, () => server.visit(`${code}?qr=1`)))).toEqual({ 403: 3 });
    await server.untilDrained();
    expect((await server.link(id)).clicks).toBe(2);
  });

  test('explain and the page agree on when it is reached', async () => {
    const { id, code } = await limitedLink(3);
    const status = async () => JSON.parse((await server.call('GET', `/links/${id}/explain`)).text).status;
    await visits(code, 2);
    expect(await status()).toBe('active');
    await visits(code, 1);
    expect(await status()).toBe('limitReached');
  });

  test.each(['a restart', 'a kill'])('%s keeps the count', async (how) => {
    const { code } = await limitedLink(30);
    expect(tally(await visits(code, 11))).toEqual({ 302: 11 });
    if (how === 'a kill') await server.kill();
    else expect(await server.stop()).toEqual({ code: 0, signal: null });
    server = await ServerProcess.start(under.location);
    expect(tally(await visits(code, 100))).toEqual({ 302: 19, 403: 81 });
  });
});

describe.runIf(runs(POSTGRES))('click limits on two servers over one PostgreSQL', () => {
  test('of 500 people at once on both, 37 are let through', async () => {
    const under = await POSTGRES.open();
    const dataDir = join(under.location.dataDir, 'second');
    mkdirSync(dataDir);
    try {
      await using one = await ServerProcess.start(under.location);
      await using other = await ServerProcess.start({ ...under.location, dataDir });
      const { code } = await one.createLink({ code: newCode(), settings: { maxClicks: 37 } });
      const answers = await concurrently(500, (index) =>
        (index % 2 === 0 ? one : other).visit(code, { 'user-agent': `${PERSON} ${index}` }),
      );
      expect(tally(answers)).toEqual({ 302: 37, 403: 463 });
    } finally {
      await under.close();
    }
  });
});
