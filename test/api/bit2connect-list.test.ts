import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RESERVED_SEGMENTS } from '../../src/links/code.ts';
import { ENGINES } from '../support/engines.ts';
import { type Json, STRANGER } from './api.ts';
import { Bit2Connect } from './bit2connect-client.ts';

const COUNT = 125;

describe.each(ENGINES)('lists of links and free codes of the Bit2Connect API, on $name', (engine) => {
  let client: Bit2Connect;
  /** Newest first. */
  let codes: string[];
  beforeAll(async () => {
    client = await Bit2Connect.open(engine);
    const links = Array.from({ length: COUNT }, (_, index) => ({
      code: `l-${String(index).padStart(3, '0')}`,
      destination: 'https://example.com/',
      title: index % 10 === 0 ? `Round ${index} 100%_\\` : `Änderung ${index}`,
      settings: {
        ...(index % 5 === 1 ? { paused: true } : {}),
        ...(index % 5 === 2 ? { endsAt: '2020-01-01T00:00:00Z' } : {}),
      },
    }));
    await client.api.ok('POST', '/links/bulk', { body: { links } });
    await client.ok('DELETE', '/links/l-000');
    codes = links
      .map(({ code }) => code)
      .slice(1)
      .reverse();
    await client.ok(
      'POST',
      '/links',
      { code: 'l-theirs', payload: { link: 'https://example.com/' } },
      STRANGER,
    );
  });
  afterAll(() => client.close());

  const list = async (query: string): Promise<{ codes: string[]; pagination: Json; data: Json[] }> => {
    const { data, pagination } = await client.ok('GET', `/links${query}`);
    return { codes: data.map(({ code }: Json) => code), pagination, data };
  };
  const indexOf = (code: string) => Number(code.slice(2));

  test('the newest fifty come first, and nobody else’s', async () => {
    const { codes: found, pagination } = await list('');
    expect(found).toEqual(codes.slice(0, 50));
    expect(pagination).toEqual({ page: 1, pageSize: 50, limit: 50, total: COUNT - 1, totalPages: 3 });
    const theirs = await client.ok('GET', '/links', undefined, STRANGER);
    expect(theirs.data).toMatchObject([{ code: 'l-theirs' }]);
    expect(theirs.pagination.total).toBe(1);
  });

  test('pages follow each other without gap or repetition, in both orders', async () => {
    for (const [order, expected] of [
      ['desc', codes],
      ['ASC', codes.toReversed()],
    ] as const) {
      const found: string[] = [];
      for (let page = 1; page <= 4; page++) {
        const part = await list(`?page=${page}&pageSize=40&order=${order}&sortBy=createdAt`);
        expect(part.pagination).toEqual({ page, pageSize: 40, limit: 40, total: COUNT - 1, totalPages: 4 });
        found.push(...part.codes);
      }
      expect(found).toEqual(expected);
    }
  });

  test('a page past the last is empty, however far', async () => {
    for (const page of ['4', '1000000', '9007199254740991']) {
      const { codes: found, pagination } = await list(`?page=${page}&limit=50`);
      expect(found).toEqual([]);
      expect(pagination).toMatchObject({ page: Number(page), total: COUNT - 1 });
    }
  });

  test('either name of the page’s size is taken, `pageSize` before `limit`', async () => {
    expect((await list('?limit=7')).codes).toEqual(codes.slice(0, 7));
    expect((await list('?pageSize=100')).codes).toEqual(codes.slice(0, 100));
    expect((await list('?pageSize=3&limit=7')).pagination).toMatchObject({ pageSize: 3, limit: 3 });
    expect((await list('?page=&pageSize=&search=&status=&order=&sortBy=&unknown=1')).codes).toHaveLength(50);
  });

  test.each([
    'page=0',
    'page=-1',
    'page=1.5',
    'page=1e3',
    'page=x',
    'page=9007199254740992',
    'page=1&page=2',
    'pageSize=0',
    'pageSize=101',
    'limit=0',
    'limit=101',
    'limit=ten',
    'pageSize=10&limit=101',
  ])('?%s is no page', async (query) => {
    const { message } = await client.refused(400, 'INVALID_PARAMETERS', 'GET', `/links?${query}`);
    expect(message).toBe('Invalid page number or limit');
  });

  test.each(['status=ARCHIVED', 'status=x', 'sortBy=name', 'order=up', 'search=%00', 'search=a&search=b'])(
    '?%s is refused by name',
    async (query) => {
      const { message, problems } = await client.refused(400, 'INVALID_PARAMETERS', 'GET', `/links?${query}`);
      expect(message).toBe('Invalid query parameters');
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(new RegExp(`^${query.split('=')[0]} `));
    },
  );

  test.each([
    ['active', ({ index }: { index: number }) => index % 5 !== 1 && index % 5 !== 2],
    ['Paused', ({ index }: { index: number }) => index % 5 === 1],
    ['EXPIRED', ({ index }: { index: number }) => index % 5 === 2],
    ['deleted', () => false],
  ] as const)('status %s', async (status, matches) => {
    const { codes: found, pagination, data } = await list(`?status=${status}&limit=100`);
    expect(found).toEqual(codes.filter((code) => matches({ index: indexOf(code) })));
    expect(pagination.total).toBe(found.length);
    for (const link of data) expect(link.status).toBe(status.toUpperCase());
  });

  test.each([
    ['L-01', (code: string) => code.startsWith('l-01')],
    ['round', (code: string) => indexOf(code) % 10 === 0],
    ['100%_\\', (code: string) => indexOf(code) % 10 === 0],
    ['Änderung 12', (code: string) => /^l-(012|12\d)$/.test(code) && indexOf(code) % 10 !== 0],
    ['äNDERUNG 12', (code: string) => /^l-(012|12\d)$/.test(code) && indexOf(code) % 10 !== 0],
    ['example', () => false],
    ["' or 1=1 --", () => false],
    ['%', (code: string) => indexOf(code) % 10 === 0],
    ['\ud83d\ude82', () => false],
  ])('search for %s', async (search, matches) => {
    const { codes: found, pagination } = await list(`?limit=100&search=${encodeURIComponent(search)}`);
    expect(found).toEqual(codes.filter(matches));
    expect(pagination.total).toBe(found.length);
  });

  test('search and status narrow together', async () => {
    const { codes: found } = await list('?search=l-01&status=paused');
    expect(found).toEqual(['l-016', 'l-011']);
  });

  describe('whether a code is free', () => {
    const check = async (code: string, key?: string) =>
      (await client.ok('GET', `/links/check/${encodeURIComponent(code)}`, undefined, key)).data;

    test('free, taken by us, taken by others, deleted by us', async () => {
      expect(await check('l-free')).toEqual({
        code: 'l-free',
        available: true,
        message: 'Code is available for use',
      });
      for (const code of ['l-001', 'l-theirs']) {
        expect(await check(code)).toEqual({ code, available: false, message: 'Code is already in use' });
        const body = { code, payload: { link: 'https://example.com/' } };
        await client.refused(409, 'CODE_ALREADY_EXISTS', 'POST', '/links', { body });
      }
      expect(await check('L-001')).toMatchObject({ available: true });
      expect(await check('l-000'), 'for whom it was').toMatchObject({ available: true });
      expect(await check('l-000', STRANGER), 'for others').toMatchObject({ available: false });
    });

    test('words the product keeps for itself', async () => {
      const words = RESERVED_SEGMENTS.filter((word) => /^[A-Za-z0-9_-]{3,50}$/.test(word));
      expect(words).toContain('check');
      for (const code of [...words, 'CHECK']) {
        expect(await check(code)).toEqual({
          code,
          available: false,
          message: 'Code is reserved and cannot be used',
        });
        const body = { code, payload: { link: 'https://example.com/' } };
        const { problems } = await client.refused(422, 'VALIDATION_ERROR', 'POST', '/links', { body });
        expect(problems[0]).toMatch(/^code /);
      }
    });

    test.each([
      'a',
      'ab',
      'x'.repeat(51),
      'x'.repeat(5_000),
      'a b',
      'a.b.c',
      'äöü',
      'a/b',
      '../x',
      '\u0000abc',
      'a%b',
    ])('%j is no code', async (code) => {
      const path = `/links/check/${encodeURIComponent(code)}`;
      const checked = await client.refused(422, 'VALIDATION_ERROR', 'GET', path);
      expect(checked.json.error.details.field).toBe('code');
      const body = { code, payload: { link: 'https://example.com/' } };
      const { problems } = await client.refused(422, 'VALIDATION_ERROR', 'POST', '/links', { body });
      expect(problems).toEqual(checked.problems);
    });

    test('the shortest and the longest', async () => {
      for (const code of ['a-_', 'x'.repeat(50)]) {
        expect(await check(code)).toMatchObject({ available: true });
        expect(await client.link(code)).toMatchObject({ code });
        expect(await check(code)).toMatchObject({ available: false });
      }
    });

    test('of twenty that want one code at the same time, one gets it', async () => {
      const body = { code: 'wanted', payload: { link: 'https://example.com/' } };
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => client.call('POST', '/links', { body })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(409)]);
    });
  });
});
