import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { until } from '../support/until.ts';
import type { Json } from './api.ts';
import { IN_KOREAN, URL_A, Vivoldi } from './vivoldi-client.ts';
import {
  type FieldCase,
  GROUP_FIELDS,
  isKorean,
  LINK_FIELDS,
  NEW_LINK_FIELDS,
  SETTINGS,
  WEBHOOK_SETTINGS,
} from './vivoldi-fields.ts';

const CALLBACK = { webhookCallbackUrl: 'https://hooks.example/' };
const PAST = '2020-01-01 00:00:00';
const FUTURE = '2090-01-01 00:00:00';

describe.each(ENGINES)('fields of links and groups on $name', (engine) => {
  let vivoldi: Vivoldi;
  beforeAll(async () => {
    vivoldi = await Vivoldi.open(engine);
  });
  afterAll(() => vivoldi.close());

  const shownOf = ({ name, shownAs = name }: FieldCase, item: Json) => item[shownAs];

  /** A refusal in both languages, which names the field and leaves everything as it was. */
  async function expectRefused(method: string, path: string, body: object, field: string): Promise<void> {
    const before = await vivoldi.writes();
    const said = JSON.stringify(body).slice(0, 300);
    const english = await vivoldi.refused(400, method, path, { body });
    expect(english, said).toMatch(/^\S+: [A-Z].*\.$/);
    const korean = await vivoldi.refused(400, method, path, { body, headers: IN_KOREAN });
    for (const message of [english, korean]) expect(message.split(': ')[0], said).toBe(field);
    expect(isKorean(korean, field), korean).toBe(true);
    expect(await vivoldi.writes(), said).toEqual(before);
  }

  describe('update of a group', () => {
    let grpIdx: number;
    let links: string[];
    beforeAll(async () => {
      grpIdx = await vivoldi.group(CALLBACK);
      links = [await vivoldi.link({ grpIdx }), await vivoldi.link({ grpIdx })];
    });

    test.each(GROUP_FIELDS)('$name', async (field) => {
      const { name, good, bad, unset } = field;
      for (const [written, shown = written] of good) {
        await vivoldi.updateGroup(grpIdx, { [name]: written });
        const group = await vivoldi.getGroup(grpIdx);
        expect(shownOf(field, group)).toEqual(shown);
        expect(group.unset).not.toContain(name);
        if (!SETTINGS.includes(field)) continue;
        for (const linkId of links) {
          const link = await vivoldi.get(linkId);
          expect(shownOf(field, link.effective), 'in force').toEqual(shown);
          expect(shownOf(field, link), 'the link’s own').toEqual(unset);
          expect(link.unset).toContain(name);
        }
      }
      const before = await vivoldi.getGroup(grpIdx);
      for (const wrong of bad) {
        const body = { grpIdx, memo: 'not this either', [name]: wrong };
        await expectRefused('PUT', 'link-group/v1/update', body, name);
      }
      expect(await vivoldi.getGroup(grpIdx)).toEqual(before);
      for (const empty of [null, '']) {
        const [last] = good.at(-1) ?? [];
        await vivoldi.updateGroup(grpIdx, { [name]: last });
        await vivoldi.updateGroup(grpIdx, { [name]: empty });
        const group = await vivoldi.getGroup(grpIdx);
        // A group without a name there is not: it keeps the one it has.
        expect(shownOf(field, group)).toEqual(name === 'nm' ? last : unset);
        expect(group.unset.includes(name)).toBe([...SETTINGS, ...WEBHOOK_SETTINGS].includes(field));
      }
      if (name === 'webhookCallbackUrl') await vivoldi.updateGroup(grpIdx, CALLBACK);
    });

    test.each([undefined, null, '', '1', 1.5, -1, true, [], {}])(
      'needs its number: not %j',
      async (wrong) => {
        await expectRefused('PUT', 'link-group/v1/update', { grpIdx: wrong, memo: 'x' }, 'grpIdx');
      },
    );

    test('knows no group of that number, of another project, or deleted', async () => {
      const deleted = await vivoldi.group();
      await vivoldi.ok('DELETE', `link-group/v1/delete?grpIdx=${deleted}`);
      for (const grpIdx of [0, 999_999_999, deleted]) {
        const call = { body: { grpIdx, memo: 'x' } };
        expect(await vivoldi.refused(404, 'PUT', 'link-group/v1/update', call)).toMatch(/^grpIdx: /);
      }
    });
  });

  describe('update of a link', () => {
    let linkId: string;
    beforeAll(async () => {
      linkId = await vivoldi.link();
    });

    test.each(LINK_FIELDS)('$name', async (field) => {
      const { name, good, bad, unset } = field;
      for (const [written, shown = written] of good) {
        await vivoldi.update(linkId, { [name]: written });
        const link = await vivoldi.get(linkId);
        expect(shownOf(field, link)).toEqual(shown);
        if (!SETTINGS.includes(field)) continue;
        expect(shownOf(field, link.effective)).toEqual(shown);
        expect(link.unset).not.toContain(name);
      }
      const before = await vivoldi.get(linkId);
      for (const wrong of bad) {
        await expectRefused('PUT', 'link/v2/update', { linkId, memo: 'no', [name]: wrong }, name);
      }
      expect(await vivoldi.get(linkId)).toEqual(before);
      if (unset === undefined || name === 'url') return;
      for (const empty of [null, '']) {
        const [last] = good.at(-1) ?? [await vivoldi.group()];
        await vivoldi.update(linkId, { [name]: last });
        await vivoldi.update(linkId, { [name]: empty });
        expect(shownOf(field, await vivoldi.get(linkId))).toEqual(unset);
      }
    });

    test('an empty title leaves it as it is, null empties it', async () => {
      await vivoldi.update(linkId, { ttl: 'Summer' });
      await vivoldi.update(linkId, { ttl: '' });
      expect((await vivoldi.get(linkId)).ttl).toBe('Summer');
      await vivoldi.update(linkId, { ttl: null });
      expect((await vivoldi.get(linkId)).ttl).toBe('');
    });

    test.each(['v1', 'v2'])('%s knows links by id and domain, letter by letter', async (version) => {
      const path = `link/${version}/update`;
      const named = await vivoldi.link({ brandLinkId: `Case-${version}` });
      await vivoldi.ok('PUT', path, { linkId: named, domain: 'https://vvd.im', memo: 'x' });
      expect((await vivoldi.get(named)).memo).toBe('x');
      const wrong = { linkId: named.toLowerCase(), memo: 'y' };
      expect(await vivoldi.refused(404, 'PUT', path, { body: wrong })).toMatch(/^linkId: /);
      const elsewhere = { linkId: named, domain: 'https://nowhere.test', memo: 'y' };
      expect(await vivoldi.refused(422, 'PUT', path, { body: elsewhere })).toMatch(/^domain: /);
      await expectRefused('PUT', path, { memo: 'y' }, 'linkId');
      expect((await vivoldi.get(named)).memo).toBe('x');
    });

    test('says that a link is on another domain', async () => {
      await vivoldi.api.ok('POST', '/domains', { body: { host: 'other.test' } });
      const there = await vivoldi.link({ domain: 'https://other.test', brandLinkId: 'there' });
      const calls = [
        ['PUT', 'link/v2/update', { linkId: there, domain: 'https://vvd.bz', memo: 'y' }],
        ['PUT', 'link/v2/update', { linkId: there, memo: 'y' }],
        ['DELETE', `link/v1/delete?linkId=${there}&domain=https%3A%2F%2Fvvd.bz`, undefined],
      ] as const;
      for (const [method, path, body] of calls) {
        expect(await vivoldi.refused(422, method, path, { body })).toMatch(/^domain: .*another domain/);
      }
      expect(await vivoldi.get(there, 'https://other.test')).toMatchObject({
        domain: 'http://other.test',
        memo: '',
      });
      await vivoldi.ok('DELETE', `link/v1/delete?linkId=${there}&domain=https%3A%2F%2Fother.test`);
      expect(await vivoldi.get(there, 'https://other.test')).toBeUndefined();
    });

    test('an unknown group is said to be none', async () => {
      for (const [method, path, body] of [
        ['PUT', 'link/v2/update', { linkId, grpIdx: 999_999_999 }],
        ['POST', 'link/v2/create', { url: URL_A, grpIdx: 999_999_999 }],
      ] as const) {
        expect(await vivoldi.refused(404, method, path, { body })).toMatch(/^grpIdx: /);
      }
    });
  });

  describe('creation of a link', () => {
    test.each(NEW_LINK_FIELDS)('$name', async (field) => {
      const { name, good, bad } = field;
      for (const [written, shown = written] of good) {
        const linkId = await vivoldi.link({ [name]: written });
        if (LINK_FIELDS.includes(field)) expect(shownOf(field, await vivoldi.get(linkId))).toEqual(shown);
      }
      for (const wrong of bad) {
        await expectRefused('POST', 'link/v2/create', { url: URL_A, [name]: wrong }, name);
      }
    });

    test('settings of webhooks belong to groups, whatever is said about them', async () => {
      const linkId = await vivoldi.link();
      for (const { name, good } of WEBHOOK_SETTINGS) {
        for (const value of [good[0]?.[0], null, '']) {
          await expectRefused('POST', 'link/v2/create', { url: URL_A, [name]: value }, name);
          await expectRefused('PUT', 'link/v2/update', { linkId, [name]: value }, name);
          const links = [{ url: URL_A }, { url: URL_A, [name]: value }];
          await expectRefused('POST', 'link/v1/createBulk', { links }, `links[1].${name}`);
        }
      }
    });

    test('keys that nobody knows are ignored', async () => {
      const body = `{"url":"${URL_A}","kakaoNotifyYn":"?","__proto__":{"memo":"x"},"constructor":{"prototype":1}}`;
      const { json } = await vivoldi.call('POST', 'link/v2/create', { text: body });
      expect(json.code).toBe(0);
    });

    test('an id of one’s own is taken once, also at the same moment', async () => {
      const answers = await Promise.all(
        Array.from({ length: 10 }, () =>
          vivoldi.call('POST', 'link/v2/create', { body: { url: URL_A, brandLinkId: 'one.봄' } }),
        ),
      );
      expect(answers.filter(({ json }) => json.code === 0)).toHaveLength(1);
      for (const { json } of answers.filter((one) => one.json.code !== 0)) {
        expect(json).toMatchObject({ code: 409, message: expect.stringMatching(/^brandLinkId: /) });
      }
    });
  });

  describe('creation of a group', () => {
    test.each(GROUP_FIELDS)('$name', async (field) => {
      const { name, good, bad } = field;
      for (const [written, shown = written] of good) {
        const grpIdx = await vivoldi.group({ ...CALLBACK, [name]: written });
        expect(shownOf(field, await vivoldi.getGroup(grpIdx))).toEqual(shown);
      }
      for (const wrong of bad) {
        await expectRefused('POST', 'link-group/v1/create', { nm: 'x', ...CALLBACK, [name]: wrong }, name);
      }
    });

    test.each([undefined, null, ''])('needs a name: not %j', async (nm) => {
      await expectRefused('POST', 'link-group/v1/create', { nm, memo: 'x' }, 'nm');
    });
  });

  describe('the start and the end', () => {
    const START = '2030-06-01 00:00:00';
    const BEFORE = '2030-05-31 23:59:59';

    test('may be one second, and the end not one earlier, in whatever order they come', async () => {
      const grpIdx = await vivoldi.group({ strtYmdt: START, endYmdt: START });
      const linkId = await vivoldi.link({ strtYmdt: START, endYmdt: START });
      const refusals = [
        ['PUT', 'link-group/v1/update', { grpIdx, endYmdt: BEFORE }],
        ['PUT', 'link-group/v1/update', { grpIdx, strtYmdt: FUTURE }],
        ['PUT', 'link-group/v1/update', { grpIdx, strtYmdt: START, endYmdt: BEFORE }],
        ['PUT', 'link-group/v1/update', { grpIdx, strtYmdt: FUTURE, endYmdt: PAST }],
        ['PUT', 'link/v2/update', { linkId, endYmdt: BEFORE }],
        ['PUT', 'link/v2/update', { linkId, strtYmdt: FUTURE }],
        ['POST', 'link/v2/create', { url: URL_A, strtYmdt: START, endYmdt: BEFORE }],
        ['POST', 'link/v2/create', { url: URL_A, strtYmdt: FUTURE, endYmdt: PAST }],
        ['POST', 'link-group/v1/create', { nm: 'x', strtYmdt: START, endYmdt: BEFORE }],
      ] as const;
      for (const [method, path, body] of refusals) await expectRefused(method, path, body, 'endYmdt');
      const links = [{ url: URL_A }, { url: URL_A, strtYmdt: START, endYmdt: BEFORE }];
      await expectRefused('POST', 'link/v1/createBulk', { links }, 'links[1].endYmdt');
      await vivoldi.updateGroup(grpIdx, { strtYmdt: '', endYmdt: BEFORE });
      await vivoldi.updateGroup(grpIdx, { memo: 'what is there is nobody’s to mend' });
    });

    test('may be one second also when the start is within it, as other surfaces can say', async () => {
      const linkId = await vivoldi.link();
      const { links } = await vivoldi.api.ok('GET', `/links?code=${linkId}`);
      await vivoldi.api.ok('PATCH', `/links/${links[0].id}`, {
        body: { settings: { startsAt: '2030-05-31T15:00:00.500Z' } },
      });
      expect((await vivoldi.get(linkId)).strtYmdt).toBe(START);
      await vivoldi.update(linkId, { endYmdt: START });
      await expectRefused('PUT', 'link/v2/update', { linkId, endYmdt: BEFORE }, 'endYmdt');
    });

    test('may be the last second there is, in every zone', async () => {
      const LAST = '9999-12-31 23:59:59';
      const move = (timeZone: string) => vivoldi.api.ok('PATCH', '/project', { body: { timeZone } });
      onTestFinished(() => move('Asia/Seoul'));
      for (const timeZone of ['UTC', 'America/New_York', 'Asia/Seoul']) {
        await move(timeZone);
        const grpIdx = await vivoldi.group({ strtYmdt: LAST, endYmdt: LAST });
        expect(await vivoldi.getGroup(grpIdx)).toMatchObject({ strtYmdt: LAST, endYmdt: LAST });
      }
    });

    test('of a group may contradict a link’s: the group wins', async () => {
      const grpIdx = await vivoldi.group({ endYmdt: '2020-12-31 23:59:59' });
      const linkId = await vivoldi.link({ grpIdx, strtYmdt: FUTURE });
      expect((await vivoldi.get(linkId)).effective).toMatchObject({
        strtYmdt: FUTURE,
        endYmdt: '2020-12-31 23:59:59',
      });
    });

    test('are inclusive to their second, in the zone of the project', async () => {
      const linkId = await vivoldi.link({ strtYmdt: '2030-01-01 09:00:00', endYmdt: '2030-01-31 23:59:59' });
      const { links } = await vivoldi.api.ok('GET', `/links?code=${linkId}`);
      expect(links[0].settings).toMatchObject({
        startsAt: '2030-01-01T00:00:00.000Z',
        endsAt: '2030-01-31T15:00:00.000Z',
      });
    });
  });

  describe('the three values', () => {
    const BOTH = SETTINGS.filter(({ name }) => name !== 'pwd' && name !== 'nonmemberSticsPwd');

    test.each(BOTH)(
      '$name: the group’s, else the link’s, else the default',
      async ({ name, good, unset }) => {
        const value = good[0]?.[0] === unset ? good[1]?.[0] : good[0]?.[0];
        const off = unset === 'N' || unset === 0 ? unset : undefined;
        const grpIdx = await vivoldi.group();
        const linkId = await vivoldi.link({ grpIdx, [name]: value });
        const inForce = async () => (await vivoldi.get(linkId)).effective[name];
        expect(await inForce(), 'a group that does not speak').toEqual(value);
        if (off !== undefined) {
          await vivoldi.updateGroup(grpIdx, { [name]: off });
          expect(await inForce(), 'a group that says no').toEqual(off);
          expect((await vivoldi.get(linkId))[name], 'the link’s own').toEqual(value);
          await vivoldi.updateGroup(grpIdx, { memo: 'absent leaves it alone' });
          expect(await inForce()).toEqual(off);
          for (const leave of [0, null, '']) {
            await vivoldi.update(linkId, { grpIdx: leave });
            expect(await inForce(), 'without the group').toEqual(value);
            await vivoldi.update(linkId, { grpIdx });
            expect(await inForce()).toEqual(off);
          }
        }
        for (const empty of [null, '']) {
          await vivoldi.updateGroup(grpIdx, { [name]: value });
          await vivoldi.update(linkId, { [name]: empty });
          expect(await inForce(), 'only the group speaks').toEqual(value);
          await vivoldi.updateGroup(grpIdx, { [name]: empty });
          expect(await inForce(), 'nobody speaks').toEqual(unset);
          await vivoldi.update(linkId, { [name]: value });
          expect(await inForce(), 'only the link speaks').toEqual(value);
        }
      },
    );

    test('a group that is deleted gives each link its own back', async () => {
      const grpIdx = await vivoldi.group({ pauseYn: 'Y', acesMaxCnt: 0 });
      const linkId = await vivoldi.link({ grpIdx, acesMaxCnt: 7 });
      expect((await vivoldi.get(linkId)).effective).toMatchObject({ pauseYn: 'Y', acesMaxCnt: 0 });
      await vivoldi.ok('DELETE', `link-group/v1/delete?grpIdx=${grpIdx}`);
      expect(await vivoldi.get(linkId)).toMatchObject({
        grpIdx: 0,
        grpNm: null,
        effective: { pauseYn: 'N', acesMaxCnt: 7 },
      });
    });
  });

  describe('the very next visit on every link follows the group', () => {
    let grpIdx: number;
    let links: string[];
    beforeEach(async () => {
      grpIdx = await vivoldi.group();
      links = await Promise.all([1, 2, 3].map(() => vivoldi.link({ grpIdx })));
    });
    const visitAll = (query = '') =>
      Promise.all(links.map((linkId) => vivoldi.api.visit(`/${linkId}${query}`)));

    test.each<[what: string, change: object, status: number, location?: string]>([
      ['paused', { pauseYn: 'Y' }, 404],
      ['not started', { strtYmdt: FUTURE }, 403],
      ['started', { strtYmdt: PAST }, 302, URL_A],
      ['ended', { endYmdt: PAST }, 410],
      ['not ended', { endYmdt: '9999-12-31 23:59:59' }, 302, URL_A],
      [
        'ended, with a place to go',
        { endYmdt: PAST, expireUrl: 'https://example.com/over' },
        302,
        'https://example.com/over',
      ],
      ['behind a password', { pwd: 'crocus' }, 200],
      ['redirected for good', { redirectType: 301 }, 301, URL_A],
      ['a page of its own', { redirectType: 200 }, 200],
      ['as if nothing had been said', { pauseYn: 'N', acesMaxCnt: 0, qrBypassYn: 'N' }, 302, URL_A],
    ])('%s', async (_, change, status, location) => {
      await vivoldi.updateGroup(grpIdx, change);
      for (const answer of await visitAll()) {
        expect([answer.status, answer.headers.location]).toEqual([status, location]);
      }
    });

    test('no more often than the limit, each link for itself', async () => {
      await vivoldi.updateGroup(grpIdx, { acesMaxCnt: 2 });
      const rounds = [await visitAll(), await visitAll(), await visitAll()];
      expect(rounds.map((answers) => answers.map(({ status }) => status))).toEqual([
        [302, 302, 302],
        [302, 302, 302],
        [403, 403, 403],
      ]);
      await vivoldi.updateGroup(grpIdx, { acesMaxCnt: 0 });
      for (const { status } of await visitAll()) expect(status).toBe(302);
    });

    test('a password opens, the group’s and not the link’s own', async () => {
      const [linkId = ''] = links;
      await vivoldi.update(linkId, { pwd: 'snowdrop' });
      await vivoldi.updateGroup(grpIdx, { pwd: 'crocus' });
      const enter = (password: string) =>
        vivoldi.api.send('POST', `/${linkId}`, `password=${password}`, {
          'content-type': 'application/x-www-form-urlencoded',
        });
      expect((await enter('snowdrop')).headers.location).toBeUndefined();
      expect(await enter('crocus')).toMatchObject({ status: 303, headers: { location: URL_A } });
    });

    test('QR scans are counted or not, as the group says', async () => {
      const [linkId = ''] = links;
      const counted = async () => (await vivoldi.get(linkId)).acesCnt;
      await vivoldi.updateGroup(grpIdx, { qrBypassYn: 'Y' });
      for (const { status } of await visitAll('?qr=1')) expect(status).toBe(302);
      await vivoldi.updateGroup(grpIdx, { qrBypassYn: 'N' });
      await visitAll('?qr=1');
      await until(async () => (await counted()) > 0, 'the scan is counted');
      expect(await counted(), 'what came before it was not').toBe(1);
    });
  });
});
