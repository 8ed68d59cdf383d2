import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { STRANGER } from './api.ts';
import { Bit2Connect } from './bit2connect-client.ts';

const PAST = '2020-01-01T00:00:00Z';
const FUTURE = '2090-01-01T00:00:00Z';
const LINK = 'https://example.com/';

type Status = 'ACTIVE' | 'PAUSED' | 'EXPIRED';

interface Case {
  readonly what: string;
  /** What the link says itself, and its group, in our own API's words. */
  readonly own?: object | undefined;
  readonly group?: object | undefined;
  readonly shown: Status;
  /** Why it cannot be paused, or activated; absent when it can. */
  readonly pause?: RegExp;
  readonly activate?: RegExp;
  readonly visit: number;
}

const already = /^Link is already (active|paused)$/;
const expired = /^An expired link cannot be (paused|activated)$/;

const CASES: readonly Case[] = [
  { what: 'a new link', shown: 'ACTIVE', activate: already, visit: 302 },
  { what: 'a paused link', own: { paused: true }, shown: 'PAUSED', pause: already, visit: 404 },
  {
    what: 'a link that is not paused, and says so',
    own: { paused: false },
    shown: 'ACTIVE',
    activate: already,
    visit: 302,
  },
  {
    what: 'a link that has ended',
    own: { endsAt: PAST },
    shown: 'EXPIRED',
    pause: expired,
    activate: expired,
    visit: 410,
  },
  {
    what: 'a paused link that has ended',
    own: { endsAt: PAST, paused: true },
    shown: 'EXPIRED',
    pause: expired,
    activate: expired,
    visit: 404,
  },
  {
    what: 'a link that has not begun',
    own: { startsAt: FUTURE },
    shown: 'ACTIVE',
    activate: already,
    visit: 403,
  },
  { what: 'a link that ends later', own: { endsAt: FUTURE }, shown: 'ACTIVE', activate: already, visit: 302 },
  {
    what: 'a link whose group has ended',
    group: { endsAt: PAST },
    shown: 'EXPIRED',
    pause: expired,
    activate: expired,
    visit: 410,
  },
  {
    what: 'an ended link whose group has no end',
    own: { endsAt: PAST },
    group: { endsAt: false },
    shown: 'ACTIVE',
    activate: already,
    visit: 302,
  },
  {
    what: 'an ended link whose group ends later',
    own: { endsAt: PAST },
    group: { endsAt: FUTURE },
    shown: 'ACTIVE',
    activate: already,
    visit: 302,
  },
  {
    what: 'a link whose group is paused',
    group: { paused: true },
    shown: 'PAUSED',
    pause: already,
    activate: /^Link cannot be activated: its group "Summer" keeps it paused$/,
    visit: 404,
  },
  {
    what: 'a paused link whose group is paused',
    own: { paused: true },
    group: { paused: true },
    shown: 'PAUSED',
    pause: already,
    activate: /^Link cannot be activated: its group "Summer" keeps it paused$/,
    visit: 404,
  },
  {
    what: 'a paused link whose group is not',
    own: { paused: true },
    group: { paused: false },
    shown: 'ACTIVE',
    activate: already,
    pause: /^Link cannot be paused: its group "Summer" keeps it active$/,
    visit: 302,
  },
  {
    what: 'a link whose group has not begun',
    group: { startsAt: FUTURE },
    shown: 'ACTIVE',
    activate: already,
    visit: 403,
  },
  {
    what: 'a paused link whose group says nothing of that',
    own: { paused: true },
    group: { maxClicks: 5 },
    shown: 'PAUSED',
    pause: already,
    visit: 404,
  },
];

describe.each(ENGINES)('the status of a link in the Bit2Connect API, on $name', (engine) => {
  let client: Bit2Connect;
  beforeAll(async () => {
    client = await Bit2Connect.open(engine);
  });
  afterAll(() => client.close());

  let serial = 0;
  const made = async ({ own, group }: Pick<Case, 'own' | 'group'>): Promise<string> => {
    const code = `status-${++serial}`;
    const groupId = group ? (await client.api.group(group)).id : null;
    await client.api.link({ code, destination: LINK, settings: own ?? {}, groupId });
    return code;
  };

  describe.each(CASES)('$what', ({ own, group, shown, pause, activate, visit }) => {
    test('is shown, and met by visitors', async () => {
      const code = await made({ own, group });
      expect((await client.get(code)).status).toBe(shown);
      const { data } = await client.ok('GET', `/links?search=${code}&status=${shown.toLowerCase()}`);
      expect(data.map((link: { code: string }) => link.code)).toContain(code);
      expect((await client.api.visit(`/${code}`)).status).toBe(visit);
    });

    test.each([
      ['PAUSED', pause],
      ['ACTIVE', activate],
    ] as const)('can be made %s, or not', async (status, why) => {
      const code = await made({ own, group });
      const before = await client.get(code);
      for (const method of ['PUT', 'PATCH']) {
        if (why) {
          const call = { body: { status } };
          const refused = await client.refused(400, 'BAD_REQUEST', method, `/links/${code}/status`, call);
          expect(refused.message).toMatch(why);
          expect(await client.get(code)).toEqual(before);
        } else {
          await client.ok(method, `/links/${code}/status`, { status });
          expect((await client.get(code)).status).toBe(status);
          await client.ok(method, `/links/${code}/status`, { status: shown });
          expect((await client.get(code)).status).toBe(shown);
        }
      }
    });

    test('can be edited unless it is over', async () => {
      const code = await made({ own, group });
      const body = { name: 'Edited', payload: { link: LINK } };
      if (shown === 'EXPIRED') {
        const { message } = await client.refused(400, 'LINK_EXPIRED', 'PUT', `/links/${code}`, { body });
        expect(message).toBe('Cannot edit an expired link');
        expect((await client.get(code)).name).toBeNull();
      } else {
        await client.ok('PUT', `/links/${code}`, body);
        expect(await client.get(code)).toMatchObject({ name: 'Edited', status: shown });
      }
      await client.ok('DELETE', `/links/${code}`);
      await client.refused(404, 'LINK_NOT_FOUND', 'GET', `/links/${code}`);
    });
  });

  test('activating leaves nothing behind: a group that pauses later decides', async () => {
    const code = await made({});
    await client.ok('PUT', `/links/${code}/status`, { status: 'PAUSED' });
    await client.ok('PUT', `/links/${code}/status`, { status: 'ACTIVE' });
    const { links } = await client.api.ok('GET', `/links?code=${code}`);
    expect(links[0].settings.paused).toBeNull();
  });

  test('a link that is used up is active, and stays editable', async () => {
    const code = await made({ own: { maxClicks: 1 } });
    expect((await client.api.visit(`/${code}`)).status).toBe(302);
    expect((await client.api.visit(`/${code}`)).status).toBe(403);
    expect((await client.get(code)).status).toBe('ACTIVE');
    await client.put(code, { social: { title: 'x' } });
  });

  test('the end counts from its very instant, whoever set it, and an open end reopens nothing', async () => {
    const code = await made({});
    const endsAt = new Date(Date.now() + 400);
    await client.put(code, {}, { expiresAt: endsAt.toISOString() });
    await until(async () => (await client.get(code)).status === 'EXPIRED', 'the link has ended');
    expect(Date.now()).toBeGreaterThanOrEqual(endsAt.getTime());
    const body = { payload: { link: LINK }, expiresAt: null };
    await client.refused(400, 'LINK_EXPIRED', 'PUT', `/links/${code}`, { body });
  });

  test('a group ends and reopens all its links at once', async () => {
    const codes = [await made({}), await made({ own: { paused: true } })];
    const group = await client.api.group();
    for (const code of codes) await client.intoGroup(code, group.id);
    const statuses = async () => Promise.all(codes.map(async (code) => (await client.get(code)).status));
    const set = (settings: object) => client.api.ok('PATCH', `/groups/${group.id}`, { body: { settings } });
    expect(await statuses()).toEqual(['ACTIVE', 'PAUSED']);
    await set({ endsAt: PAST });
    expect(await statuses()).toEqual(['EXPIRED', 'EXPIRED']);
    expect(await client.get(codes[0] as string)).toMatchObject({ expiresAt: null });
    await set({ endsAt: null, paused: true });
    expect(await statuses()).toEqual(['PAUSED', 'PAUSED']);
    await set({ paused: false });
    expect(await statuses()).toEqual(['ACTIVE', 'ACTIVE']);
    await client.api.call('DELETE', `/groups/${group.id}`);
    expect(await statuses()).toEqual(['ACTIVE', 'PAUSED']);
  });

  test.each([
    [{ status: 'ARCHIVED' }, 'VALIDATION_ERROR', 'status must be ACTIVE or PAUSED'],
    [{ status: 'active' }, 'VALIDATION_ERROR', 'status must be ACTIVE or PAUSED'],
    [{ status: 'EXPIRED' }, 'VALIDATION_ERROR', 'status must be ACTIVE or PAUSED'],
    [{ status: 'DELETED' }, 'VALIDATION_ERROR', 'status must be ACTIVE or PAUSED'],
    [{ status: null }, 'VALIDATION_ERROR', 'status must be ACTIVE or PAUSED'],
    [{ status: true }, 'VALIDATION_ERROR', 'status must be ACTIVE or PAUSED'],
    [{}, 'MISSING_REQUIRED_FIELD', 'status is required'],
    [undefined, 'MISSING_REQUIRED_FIELD', 'status is required'],
    [[], 'VALIDATION_ERROR', 'body must be an object'],
  ])('%j is no status', async (body, code, problem) => {
    const link = await made({});
    const { problems } = await client.refused(422, code, 'PATCH', `/links/${link}/status`, { body });
    expect(problems).toEqual([problem]);
  });

  test('a stranger’s link is not found, whatever is wanted of it', async () => {
    const code = await made({});
    const calls: [string, string, object?][] = [
      ['GET', `/links/${code}`],
      ['PUT', `/links/${code}`, { payload: { link: LINK } }],
      ['PUT', `/links/${code}/status`, { status: 'PAUSED' }],
      ['DELETE', `/links/${code}`],
    ];
    for (const [method, path, body] of calls)
      await client.refused(404, 'LINK_NOT_FOUND', method, path, { body, key: STRANGER });
    expect((await client.get(code)).status).toBe('ACTIVE');
  });
});
