import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import type { Json } from './api.ts';
import { IN_KOREAN, URL_A, Vivoldi } from './vivoldi-client.ts';
import { isKorean } from './vivoldi-fields.ts';

describe.each(ENGINES)('making links on $name', (engine) => {
  let vivoldi: Vivoldi;
  beforeAll(async () => {
    vivoldi = await Vivoldi.open(engine);
    await vivoldi.api.ok('POST', '/domains', { body: { host: 'other.test' } });
  });
  afterAll(() => vivoldi.close());

  let serial = 0;
  const fresh = () => `https://example.com/fresh/${++serial}`;
  const createBulk = (links: readonly object[]) => vivoldi.ok('POST', 'link/v1/createBulk', { links });
  const shortUrls = async (links: readonly object[]) =>
    (await createBulk(links)).map(({ shortUrl }: Json) => shortUrl);

  describe('many at once', () => {
    test('in order, up to three hundred', async () => {
      const links = Array.from({ length: 300 }, (_, index) => ({ url: `https://example.com/${index}` }));
      const made = await createBulk(links);
      expect(made.map(({ url }: Json) => ({ url }))).toEqual(links);
      expect(new Set(made.map(({ shortUrl }: Json) => shortUrl)).size).toBe(300);
    });

    test('one more is too many', async () => {
      const links = Array.from({ length: 301 }, () => ({ url: URL_A }));
      const before = await vivoldi.writes();
      const message = await vivoldi.refused(413, 'POST', 'link/v1/createBulk', { body: { links } });
      expect(message).toMatch(/^links: .*300/);
      expect(await vivoldi.writes()).toEqual(before);
    });

    test('larger than other bodies', async () => {
      const links = Array.from({ length: 300 }, (_, index) => ({
        url: `https://example.com/${index}/${'x'.repeat(2_900)}`,
        memo: '가'.repeat(500),
      }));
      expect(await createBulk(links)).toHaveLength(300);
    });

    test.each([
      [undefined, 'required'],
      [null, 'required'],
      ['', 'required'],
      ['x', 'array'],
      [5, 'array'],
      [{ 0: { url: URL_A } }, 'array'],
      [[], 'at least one'],
    ])('not %j', async (links, said) => {
      const message = await vivoldi.refused(400, 'POST', 'link/v1/createBulk', { body: { links } });
      expect(message).toMatch(new RegExp(`^links: .*${said}`));
    });

    test.each<[item: unknown, code: number, field: string]>([
      [null, 400, ''],
      ['https://example.com/', 400, ''],
      [[], 400, ''],
      [{}, 400, '.url'],
      [{ url: 'example.com' }, 400, '.url'],
      [{ url: URL_A, memo: 5 }, 400, '.memo'],
      [{ url: URL_A, strtYmdt: '2030-01-01 00:00:00', endYmdt: '2029-01-01 00:00:00' }, 400, '.endYmdt'],
      [{ url: URL_A, grpIdx: 999_999_999 }, 404, '.grpIdx'],
      [{ url: URL_A, domain: 'https://nowhere.test' }, 422, '.domain'],
      [{ url: URL_A, brandLinkId: 'taken-before' }, 409, '.brandLinkId'],
      [{ url: URL_A, brandLinkId: 'twice-in-here' }, 409, '.brandLinkId'],
    ])('all or none: %j at any place', async (bad, code, field) => {
      await vivoldi.call('POST', 'link/v2/create', { body: { url: URL_A, brandLinkId: 'taken-before' } });
      for (const place of [0, 2, 4]) {
        const links: unknown[] = Array.from({ length: 4 }, (_, index) => ({
          url: URL_A,
          ...(field === '.brandLinkId'
            ? { brandLinkId: index === 1 ? 'twice-in-here' : `own-${index}` }
            : {}),
        }));
        links.splice(place, 0, bad);
        const before = await vivoldi.writes();
        for (const headers of [{}, IN_KOREAN]) {
          const call = { body: { links }, headers };
          const message = await vivoldi.refused(code, 'POST', 'link/v1/createBulk', call);
          // Of two that want the same id, either is the second.
          const named = /^links\[(\d)\](\.\w+)?(?=: )/.exec(message);
          expect(named?.[2] ?? '', message).toBe(field);
          if (!JSON.stringify(bad)?.includes('twice')) expect(named?.[1]).toBe(String(place));
          if (headers === IN_KOREAN) expect(isKorean(message, named?.[0] ?? ''), message).toBe(true);
        }
        expect(await vivoldi.writes()).toEqual(before);
      }
    });

    test('of very many broken ones the first are named', async () => {
      const links = Array.from({ length: 50 }, () => ({}));
      const message = await vivoldi.refused(400, 'POST', 'link/v1/createBulk', { body: { links } });
      expect(message.match(/links\[\d+\]\.url: /g)).toHaveLength(20);
      expect(message).toMatch(/And 30 more\.$/);
    });
  });

  describe('used again', () => {
    const reuse = (url: string, more: object = {}) =>
      vivoldi.ok('POST', 'link/v2/create', { url, reuseYn: 'Y', ...more });

    test('the first that was made for exactly this URL, whatever else is asked for', async () => {
      const url = fresh();
      const first = await vivoldi.ok('POST', 'link/v2/create', { url, memo: 'first' });
      await vivoldi.link({ url });
      const before = await vivoldi.writes();
      expect(await reuse(url, { memo: 'x', brandLinkId: 'api-not-looked-at', pwd: 'crocus' })).toBe(first);
      expect(await reuse(url, { domain: 'https://vvd.im' })).toBe(first);
      expect(await vivoldi.writes()).toEqual(before);
      expect(await reuse(`${url}/`), 'not byte for byte').not.toBe(first);
      expect(await reuse(url, { domain: 'https://other.test' }), 'elsewhere').toMatch(
        /^http:\/\/other\.test\//,
      );
      for (const reuseYn of ['N', '', null]) expect(await reuse(url, { reuseYn })).not.toBe(first);
    });

    test('but not one that is paused, over, or for another time', async () => {
      const url = fresh();
      const dead = [
        { pauseYn: 'Y' },
        { endYmdt: '2020-01-01 00:00:00' },
        { strtYmdt: '2090-01-01 00:00:00' },
        { grpIdx: await vivoldi.group({ pauseYn: 'Y' }) },
      ];
      const made = await shortUrls(dead.map((settings) => ({ url, ...settings })));
      const living = await reuse(url);
      expect(made).not.toContain(living);
      expect(await reuse(url)).toBe(living);
      await vivoldi.ok('DELETE', `link/v1/delete?linkId=${living.split('/').at(-1)}`);
      expect(await reuse(url)).not.toBe(living);
    });

    test('twenty that ask at the same moment get one, time and again', async () => {
      const grpIdx = await vivoldi.group();
      for (let round = 1; round <= 6; round++) {
        const url = fresh();
        const answers = await Promise.all([
          ...Array.from({ length: 20 }, () => reuse(url, { grpIdx })),
          // Others who make links in the same group neither wait in vain nor are in the way.
          ...Array.from({ length: 20 }, () => vivoldi.link({ grpIdx })),
        ]);
        expect(new Set(answers.slice(0, 20)).size).toBe(1);
        expect((await vivoldi.getGroup(grpIdx)).linkCnt).toBe(round * 21);
      }
    });

    test('many at once see each other, in the order in which they stand', async () => {
      const [a, b, c] = [fresh(), fresh(), fresh()];
      const old = await vivoldi.ok('POST', 'link/v2/create', { url: a });
      const made = await shortUrls([
        { url: a, reuseYn: 'Y' },
        { url: b },
        { url: b, reuseYn: 'Y' },
        { url: b },
        { url: c, reuseYn: 'Y' },
        { url: c, reuseYn: 'Y', domain: 'https://other.test' },
        { url: c, reuseYn: 'Y' },
        { url: b, reuseYn: 'Y' },
      ]);
      expect(made[0]).toBe(old);
      expect(made[2]).toBe(made[1]);
      expect(made[3], 'not asked to').not.toBe(made[1]);
      expect(made[6]).toBe(made[4]);
      expect(made[5]).toMatch(/^http:\/\/other\.test\//);
      expect(made[7]).toBe(made[1]);
      expect(new Set(made).size).toBe(5);
    });

    test('one after another in one call finds only what can be used', async () => {
      const url = fresh();
      const [paused, first, second] = await shortUrls([
        { url, pauseYn: 'Y' },
        { url, reuseYn: 'Y' },
        { url, reuseYn: 'Y' },
      ]);
      expect(first).not.toBe(paused);
      expect(second).toBe(first);
    });

    test('all or none here, too', async () => {
      const before = await vivoldi.writes();
      const url = fresh();
      const links = [
        { url, reuseYn: 'Y' },
        { url, reuseYn: 'Y' },
        { url: fresh(), brandLinkId: 'same' },
        { url: fresh(), reuseYn: 'Y' },
        { url: fresh(), brandLinkId: 'same' },
      ];
      const message = await vivoldi.refused(409, 'POST', 'link/v1/createBulk', { body: { links } });
      expect(message).toMatch(/^links\[[24]\]\.brandLinkId: /);
      expect(await vivoldi.writes()).toEqual(before);
    });
  });
});
