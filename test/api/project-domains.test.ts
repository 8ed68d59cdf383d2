import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { Api, type Json, PUBLIC_HOST, STRANGER } from './api.ts';

describe.each(ENGINES)('project and domains over HTTP on $name', (engine) => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.open(engine);
  });
  afterAll(() => api.close());

  describe('the project', () => {
    test('is read and changed, field by field', async () => {
      const answer = await api.call('GET', '/project');
      expect(answer.headers.etag).toBe(`"${answer.json.version}"`);
      expect(answer.json).toEqual({
        id: expect.stringMatching(/^prj_/),
        name: 'Default project',
        timeZone: 'Asia/Seoul',
        homeCountry: 'KR',
        language: 'en',
        notificationAddresses: [],
        notifyEvery: 100,
        webhookEnabled: true,
        webhookUrl: null,
        webhookMetric: null,
        webhookFrequency: null,
        deferredWindowMinutes: 1_440,
        fingerprintMatching: true,
        allowedHosts: [],
        version: 1,
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
      });
      const fields = {
        name: 'Ours 🚂',
        timeZone: 'Europe/Berlin',
        homeCountry: 'DE',
        language: 'ko',
        notificationAddresses: ['ops@example.com', 'a.b+c@example.co.kr'],
        notifyEvery: 1,
        webhookEnabled: false,
        webhookUrl: 'https://hooks.example/x?y=1',
        webhookMetric: 'visitors',
        webhookFrequency: 300,
        deferredWindowMinutes: 60,
        fingerprintMatching: false,
      };
      let { version } = answer.json;
      for (const [name, value] of Object.entries(fields)) {
        const changed = await api.call('PATCH', '/project', { body: { [name]: value } });
        expect(changed, name).toMatchObject({ status: 200, json: { [name]: value, version: ++version } });
        expect(changed.headers.etag).toBe(`"${version}"`);
      }
      expect(await api.ok('GET', '/project')).toMatchObject(fields);
      const unset = {
        webhookUrl: null,
        webhookMetric: null,
        webhookFrequency: null,
        notificationAddresses: [],
      };
      expect(await api.ok('PATCH', '/project', { body: unset })).toMatchObject({ ...fields, ...unset });
      expect((await api.ok('GET', '/project', { key: STRANGER })).name).toBe('Another project');
    });

    test.each([
      ['name', ''],
      ['name', 'x'.repeat(101)],
      ['name', 'bell\u0007'],
      ['name', '\ud800'],
      ['name', null],
      ['timeZone', 'Mars/Olympus'],
      ['timeZone', '+09:00'],
      ['timeZone', ''],
      ['homeCountry', 'kr'],
      ['homeCountry', 'KOR'],
      ['language', 'de'],
      ['notificationAddresses.0', ['not an address']],
      ['notificationAddresses.0', ['a@example.com\r\nBcc: b@example.com']],
      ['notificationAddresses', Array(21).fill('a@example.com')],
      ['notifyEvery', 0],
      ['notifyEvery', 1.5],
      ['webhookEnabled', 'yes'],
      ['webhookUrl', 'ftp://a.test/'],
      ['webhookUrl', 'https://a.test/\r\nX: y'],
      ['webhookUrl', false],
      ['webhookMetric', 'hits'],
      ['webhookFrequency', 2],
    ])('refuses %s: %j', async (field, value) => {
      const before = await api.state();
      const name = field.split('.')[0] as string;
      await api.refused(422, 'PATCH', '/project', { body: { notifyEvery: 7, [name]: value } }, [field]);
      expect(await api.state()).toEqual(before);
    });

    test('If-Match: current, stale, malformed and any', async () => {
      const { version } = await api.ok('GET', '/project');
      const patch = (etag: string) => ({
        body: { name: `after ${etag.length}` },
        headers: { 'if-match': etag },
      });
      await api.ok('PATCH', '/project', patch(`"${version}"`));
      const before = await api.state();
      await api.refused(412, 'PATCH', '/project', patch(`"${version}"`));
      await api.refused(422, 'PATCH', '/project', patch('nonsense'), ['headers.if-match']);
      expect(await api.state()).toEqual(before);
      await api.ok('PATCH', '/project', patch('*'));
    });

    test('its time zone is the one pages tell the opening time in, at once', async () => {
      const link = await api.link({ settings: { startsAt: '2090-01-01T00:00:00Z' } });
      await api.ok('PATCH', '/project', { body: { timeZone: 'Asia/Seoul' } });
      expect((await api.visit(`/${link.code}`)).text).toContain('9:00');
      await api.ok('PATCH', '/project', { body: { timeZone: 'Asia/Kolkata' } });
      expect((await api.visit(`/${link.code}`)).text).toContain('5:30');
    });
  });

  describe('domains', () => {
    test('the default one is there for every project and belongs to none', async () => {
      const { domains } = await api.ok('GET', '/domains');
      const [first] = domains;
      expect(first).toEqual({
        id: expect.stringMatching(/^dom_/),
        host: PUBLIC_HOST,
        pathPrefix: '',
        isDefault: true,
        createdAt: expect.any(String),
      });
      expect((await api.ok('GET', '/domains', { key: STRANGER })).domains).toEqual([first]);
      expect(await api.ok('GET', `/domains/${first.id}`)).toEqual(first);
      await api.refused(404, 'DELETE', `/domains/${first.id}`);
    });

    test('a new one serves at once, and links are made on it by name', async () => {
      const answer = await api.call('POST', '/domains', {
        body: { host: 'Go.Example.COM', pathPrefix: 'go/now' },
      });
      expect(answer).toMatchObject({ status: 201, json: { host: 'go.example.com', pathPrefix: 'go/now' } });
      expect(await api.ok('GET', `/domains/${answer.json.id}`)).toEqual(answer.json);
      for (const domain of ['go.example.com/go/now', 'https://GO.example.com/go/now/']) {
        const link = await api.link({ domain });
        expect(link).toMatchObject({
          domain: 'go.example.com/go/now',
          shortUrl: `http://go.example.com/go/now/${link.code}`,
        });
        const visit = await api.visit(`/go/now/${link.code}`, { host: 'go.example.com' });
        expect(visit.status).toBe(302);
        expect((await api.visit(`/${link.code}`)).status).toBe(404);
      }
      await api.refused(
        422,
        'POST',
        '/links',
        { body: { destination: 'https://a.test', domain: 'go.example.com' } },
        ['domain'],
      );
    });

    test('a name in any script is the one that URLs have', async () => {
      const { host } = await api.ok('POST', '/domains', { body: { host: '한글.kr.' } });
      expect(host).toBe('xn--bj0bj06e.kr');
      for (const domain of ['한글.kr', 'https://한글.KR/', host]) {
        const { code, shortUrl } = await api.link({ domain });
        expect(shortUrl).toBe(`http://xn--bj0bj06e.kr/${code}`);
        expect((await api.visit(`/${code}`, { host })).status).toBe(302);
      }
    });

    test('a host can be used once with each prefix, by whomever', async () => {
      await api.ok('POST', '/domains', { body: { host: 'once.test' } });
      for (const [host, key] of [
        ['ONCE.test', undefined],
        ['once.test.', undefined],
        ['ONCE.test', STRANGER],
      ] as const) {
        const call = { body: { host }, ...(key ? { key } : {}) };
        const problem = await api.refused(409, 'POST', '/domains', call, ['host']);
        expect(problem.code).toBe('conflict');
      }
      await api.ok('POST', '/domains', { body: { host: 'once.test', pathPrefix: 'share' } });
    });

    test('a host has a hundred prefixes at most, and its root besides', async () => {
      const add = (pathPrefix: string) => ({ body: { host: 'many.test', pathPrefix } });
      for (let index = 0; index < 100; index++) await api.ok('POST', '/domains', add(`p${index}`));
      const { errors } = await api.refused(422, 'POST', '/domains', add('p100'), ['pathPrefix']);
      expect(errors[0].message).toContain('many.test has 100 path prefixes already');
      const { id } = await api.ok('POST', '/domains', { body: { host: 'many.test' } });
      await api.ok('DELETE', `/domains/${id}`);
      const { domains } = await api.ok('GET', '/domains');
      const gone = domains.find(({ host, pathPrefix }: Json) => host === 'many.test' && pathPrefix === 'p7');
      await api.ok('DELETE', `/domains/${gone.id}`);
      await api.ok('POST', '/domains', add('p100'));
    });

    test.each([
      ['host', { host: '' }],
      ['host', { host: 'https://a.test' }],
      ['host', { host: 'a.test/x' }],
      ['host', { host: 'a..test' }],
      ['host', { host: '-a.test' }],
      ['host', { host: 'a_b.test' }],
      ['host', { host: 'a.test\r\nx: y' }],
      ['host', { host: 'a.test\n' }],
      ['host', { host: 'a test' }],
      ['host', { host: 'a.test:99999999' }],
      ['host', { host: 'a.test:70000' }],
      ['host', { host: `${'a'.repeat(64)}.test` }],
      ['host', { host: 'x'.repeat(261) }],
      ['host', { host: null }],
      ['host', {}],
      ['pathPrefix', { host: 'b.test', pathPrefix: '/share' }],
      ['pathPrefix', { host: 'b.test', pathPrefix: 'a//b' }],
      ['pathPrefix', { host: 'b.test', pathPrefix: '../x' }],
      ['pathPrefix', { host: 'b.test', pathPrefix: 'a b' }],
      ['pathPrefix', { host: 'b.test', pathPrefix: 'a/b/c/d/e' }],
      ['pathPrefix', { host: 'b.test', pathPrefix: 'api' }],
      ['pathPrefix', { host: 'b.test', pathPrefix: 'healthz/x' }],
    ])('refuses %s: %j', async (field, body) => {
      const before = await api.state();
      await api.refused(422, 'POST', '/domains', { body }, [field]);
      expect(await api.state()).toEqual(before);
    });

    test('one without links is removed, and can be added again', async () => {
      const { id } = await api.ok('POST', '/domains', { body: { host: 'gone.test' } });
      const link = await api.link({ domain: 'gone.test', code: 'here' });
      expect((await api.visit('/here', { host: 'gone.test' })).status).toBe(302);
      const problem = await api.refused(409, 'DELETE', `/domains/${id}`);
      expect(problem.code).toBe('conflict');
      await api.ok('DELETE', `/links/${link.id}`);
      expect((await api.call('DELETE', `/domains/${id}`)).status).toBe(204);
      await api.refused(404, 'GET', `/domains/${id}`);
      await api.refused(404, 'DELETE', `/domains/${id}`);
      expect((await api.ok('GET', '/links?domain=gone.test')).links).toEqual([]);
      await api.refused(
        422,
        'POST',
        '/links',
        { body: { destination: 'https://a.test', domain: 'gone.test' } },
        ['domain'],
      );
      const again = await api.ok('POST', '/domains', { body: { host: 'gone.test' } });
      expect(again.id).not.toBe(id);
      await api.link({ domain: 'gone.test', code: 'here' });
      expect((await api.visit('/here', { host: 'gone.test' })).status).toBe(302);
    });

    test('twenty at once with one Idempotency-Key make one', async () => {
      const call = { body: { host: 'parallel.test' }, headers: { 'idempotency-key': 'domain-1' } };
      const answers = await Promise.all(Array.from({ length: 20 }, () => api.call('POST', '/domains', call)));
      expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
      const { domains } = await api.ok('GET', '/domains');
      expect(domains.filter(({ host }: Json) => host === 'parallel.test')).toHaveLength(1);
      await api.refused(409, 'POST', '/domains', { ...call, body: { host: 'other.test' } });
    });

    test('an unknown one is not found', async () => {
      for (const id of ['dom_unknown', '1', 'default']) {
        await api.refused(404, 'GET', `/domains/${id}`);
        await api.refused(404, 'DELETE', `/domains/${id}`);
      }
    });
  });
});
