import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type Answer, Api, type Call, fieldsOf, type Json, KEY, PUBLIC_HOST } from './api.ts';

const NUL = 'a\u0000b';
const LONE = 'ab\ud800cd';
const CRLF = 'a\r\nX-Injected: yes';
const DESTINATION = 'https://a.test/';

const BAD_URLS = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  ' javascript:alert(1)',
  'java\nscript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:x',
  'ftp://a.test/',
  'file:///etc/passwd',
  'blob:https://a.test/x',
  '//evil.example/',
  '/relative',
  'evil.example',
  'https:evil.example',
  'https:/evil.example',
  'https://',
  'http://[::1',
  'https://a.test:99999/',
  'https://a b.test/',
  ' https://a.test/',
  'https://a.test/\r\nX-Injected: yes',
  'https://a.test/\nX-Injected: yes',
  'https://a.test/\u0000',
  'https://a.test/\ud800',
  `https://a.test/${'x'.repeat(3_000)}`,
  '',
];

const NOT_STRINGS: readonly unknown[] = [
  null,
  true,
  1,
  1.5,
  -1,
  [],
  {},
  ['https://a.test/'],
  { toString: 'x' },
];

describe.each(ENGINES)('hostile input over HTTP on $name', (engine) => {
  let api: Api;
  let link: Json;
  let group: Json;
  let before: Json;
  beforeAll(async () => {
    api = await Api.open(engine);
    group = await api.group({ paused: false }, 'Kept');
    link = await api.link({ code: 'kept', groupId: group.id, tags: ['kept'], externalId: 'kept' });
    await api.ok('POST', '/domains', { body: { host: 'kept.test' } });
  });
  beforeEach(async () => {
    before = await api.state();
  });
  afterAll(() => api.close());

  const unchanged = async () => expect(await api.state()).toEqual(before);

  const expectRefused = (answer: Answer, statuses: number[], field?: string, what = '') => {
    expect(statuses, `${what} ${answer.text}`).toContain(answer.status);
    if (field) {
      const named = fieldsOf(answer.json).some((name) => name === field || name.startsWith(`${field}.`));
      expect(named, `${what} names ${field}: ${answer.text}`).toBe(true);
    }
  };

  describe('URLs', () => {
    test.each(BAD_URLS.map((url) => ({ name: JSON.stringify(url).slice(0, 60), url })))(
      '$name is no place to send anybody',
      async ({ url }) => {
        const calls: [string, string, object, string][] = [
          ['POST', '/links', { destination: url }, 'destination'],
          ['PATCH', `/links/${link.id}`, { destination: url }, 'destination'],
          [
            'POST',
            '/links/bulk',
            { links: [{ destination: DESTINATION }, { destination: url }] },
            'links.1.destination',
          ],
          ['POST', '/links', { destination: DESTINATION, imageUrl: url }, 'imageUrl'],
          [
            'POST',
            '/links',
            { destination: DESTINATION, settings: { expiredUrl: url } },
            'settings.expiredUrl',
          ],
          ['POST', '/groups', { name: 'x', settings: { expiredUrl: url } }, 'settings.expiredUrl'],
          ['PATCH', `/groups/${group.id}`, { settings: { webhookUrl: url } }, 'settings.webhookUrl'],
          ['PATCH', '/project', { webhookUrl: url }, 'webhookUrl'],
        ];
        for (const [method, path, body, field] of calls) {
          expectRefused(await api.call(method, path, { body }), [422], field, `${method} ${path}`);
        }
        await unchanged();
      },
    );
  });

  test('codes that are paths, separators or markup', async () => {
    const codes = [
      '../x',
      '..',
      '.',
      'a/../b',
      'a\\b',
      'a/b',
      '%2e%2e',
      'a b',
      'a?b',
      'a#b',
      'a%',
      CRLF,
      NUL,
      LONE,
      '<b>',
    ];
    for (const code of [
      ...codes,
      "';--",
      'a\u200bb',
      '\u202eabc',
      '🚂',
      'api',
      'HEALTHZ',
      'robots.txt',
      '',
    ]) {
      const answer = await api.call('POST', '/links', { body: { destination: DESTINATION, code } });
      expectRefused(answer, [422], 'code', JSON.stringify(code));
    }
    await unchanged();
  });

  /** Every string a caller may write, by its place in the body. */
  const STRINGS: [string, string, (value: unknown) => object, string][] = [
    ['POST', '/links', (destination) => ({ destination }), 'destination'],
    ['POST', '/links', (domain) => ({ destination: DESTINATION, domain }), 'domain'],
    ['POST', '/links', (code) => ({ destination: DESTINATION, code }), 'code'],
    ['POST', '/links', (groupId) => ({ destination: DESTINATION, groupId }), 'groupId'],
    ['POST', '/links', (title) => ({ destination: DESTINATION, title }), 'title'],
    ['POST', '/links', (description) => ({ destination: DESTINATION, description }), 'description'],
    ['POST', '/links', (imageUrl) => ({ destination: DESTINATION, imageUrl }), 'imageUrl'],
    ['POST', '/links', (memo) => ({ destination: DESTINATION, memo }), 'memo'],
    ['POST', '/links', (tag) => ({ destination: DESTINATION, tags: ['x', tag] }), 'tags.1'],
    ['POST', '/links', (source) => ({ destination: DESTINATION, campaign: { source } }), 'campaign.source'],
    [
      'POST',
      '/links',
      (content) => ({ destination: DESTINATION, campaign: { content } }),
      'campaign.content',
    ],
    ['POST', '/links', (a) => ({ destination: DESTINATION, metadata: { a } }), 'metadata.a'],
    [
      'POST',
      '/links',
      (name) => ({ destination: DESTINATION, metadata: { [String(name)]: 'x' } }),
      'metadata',
    ],
    ['POST', '/links', (externalId) => ({ destination: DESTINATION, externalId }), 'externalId'],
    ['POST', '/links', (deleteAt) => ({ destination: DESTINATION, deleteAt }), 'deleteAt'],
    [
      'POST',
      '/links',
      (password) => ({ destination: DESTINATION, settings: { password } }),
      'settings.password',
    ],
    [
      'POST',
      '/links',
      (statsPassword) => ({ destination: DESTINATION, settings: { statsPassword } }),
      'settings.statsPassword',
    ],
    [
      'POST',
      '/links',
      (startsAt) => ({ destination: DESTINATION, settings: { startsAt } }),
      'settings.startsAt',
    ],
    ['POST', '/links', (endsAt) => ({ destination: DESTINATION, settings: { endsAt } }), 'settings.endsAt'],
    [
      'POST',
      '/links',
      (expiredUrl) => ({ destination: DESTINATION, settings: { expiredUrl } }),
      'settings.expiredUrl',
    ],
    ['POST', '/links/move', (id) => ({ linkIds: [id], groupId: null }), 'linkIds.0'],
    ['POST', '/links/move', (groupId) => ({ linkIds: [link.id], groupId }), 'groupId'],
    ['POST', '/groups', (name) => ({ name }), 'name'],
    ['POST', '/groups', (memo) => ({ name: 'x', memo }), 'memo'],
    ['POST', '/groups', (webhookUrl) => ({ name: 'x', settings: { webhookUrl } }), 'settings.webhookUrl'],
    [
      'POST',
      '/groups',
      (webhookMetric) => ({ name: 'x', settings: { webhookMetric } }),
      'settings.webhookMetric',
    ],
    ['POST', '/domains', (host) => ({ host }), 'host'],
    ['POST', '/domains', (pathPrefix) => ({ host: 'x.test', pathPrefix }), 'pathPrefix'],
    ['POST', '/keys', (name) => ({ name }), 'name'],
    ['POST', '/keys', (scope) => ({ name: 'x', scopes: [scope] }), 'scopes.0'],
    ['POST', '/keys', (expiresAt) => ({ name: 'x', expiresAt }), 'expiresAt'],
    ['PATCH', '/project', (name) => ({ name }), 'name'],
    ['PATCH', '/project', (timeZone) => ({ timeZone }), 'timeZone'],
    ['PATCH', '/project', (homeCountry) => ({ homeCountry }), 'homeCountry'],
    ['PATCH', '/project', (language) => ({ language }), 'language'],
    ['PATCH', '/project', (address) => ({ notificationAddresses: [address] }), 'notificationAddresses.0'],
    ['PATCH', '/project', (webhookUrl) => ({ webhookUrl }), 'webhookUrl'],
  ];

  test.each(STRINGS.map(([method, path, bodyOf, field]) => ({ method, path, bodyOf, field })))(
    '$method $path: $field takes no NUL, no broken Unicode and nothing that is no text',
    async ({ method, path, bodyOf, field }) => {
      const values = [NUL, LONE, '\u0000', '\ud800', '\udc00\ud800', 'x'.repeat(70_000), 1, true, {}, [[]]];
      for (const value of values) {
        if (field === 'metadata' && typeof value !== 'string') continue;
        const answer = await api.call(method, path, { body: bodyOf(value) });
        expectRefused(answer, [422], field, JSON.stringify(value).slice(0, 40));
      }
      await unchanged();
    },
  );

  test.each(NOT_STRINGS.map((value) => [value]))('a destination that is %j', async (destination) => {
    expectRefused(await api.call('POST', '/links', { body: { destination } }), [422], 'destination');
    await unchanged();
  });

  test('fields nobody knows are named', async () => {
    const calls: [string, string, object, string][] = [
      ['POST', '/links', { destination: DESTINATION, url: 'x' }, 'url'],
      ['POST', '/links', { destination: DESTINATION, settings: { pausd: true } }, 'settings.pausd'],
      ['POST', '/links', { destination: DESTINATION, campaign: { utm_source: 'x' } }, 'campaign.utm_source'],
      [
        'POST',
        '/links/bulk',
        { links: [{ destination: DESTINATION }, { destination: DESTINATION, x: 1 }] },
        'links.1.x',
      ],
      ['PATCH', `/links/${link.id}`, { code: 'renamed' }, 'code'],
      ['PATCH', `/links/${link.id}`, { version: 9 }, 'version'],
      ['POST', '/groups', { name: 'x', linkCount: 5 }, 'linkCount'],
      ['POST', '/keys', { name: 'x', projectId: 2 }, 'projectId'],
      ['POST', '/domains', { host: 'x.test', isDefault: true }, 'isDefault'],
      ['PATCH', '/project', { id: 'prj_other' }, 'id'],
    ];
    const misnamed: string[] = [];
    for (const [method, path, body, field] of calls) {
      const answer = await api.call(method, path, { body });
      expect(answer.status).toBe(422);
      if (!fieldsOf(answer.json).includes(field)) misnamed.push(`${field}: ${fieldsOf(answer.json)}`);
    }
    expect(misnamed).toEqual([]);
    await unchanged();
  });

  describe('bodies', () => {
    const bodies: [string, Call, number[]][] = [
      ['nothing', { text: '', headers: { 'content-type': 'application/json' } }, [400, 422]],
      ['no content type', { text: '{}', headers: { 'content-type': '' } }, [400, 415, 422]],
      ['half an object', { text: '{"destination":' }, [400]],
      ['two objects', { text: '{}{}' }, [400]],
      ['single quotes', { text: "{'destination':'https://a.test/'}" }, [400]],
      ['a comment', { text: '{/**/}' }, [400]],
      ['NaN', { text: '{"destination":NaN}' }, [400]],
      ['not UTF-8', { text: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) }, [400]],
      ['a NUL byte', { text: '{"destination":"\u0000"}' }, [400]],
      ['null', { text: 'null' }, [422]],
      ['an array', { text: '[]' }, [422]],
      ['a string', { text: '"https://a.test/"' }, [422]],
      ['a number', { text: '1e999' }, [422]],
      ['__proto__', { text: '{"destination":"https://a.test/","__proto__":{"isAdmin":true}}' }, [400, 422]],
      [
        '__proto__ inside',
        { text: '{"destination":"https://a.test/","settings":{"__proto__":{"paused":true}}}' },
        [400, 422],
      ],
      [
        '__proto__ escaped',
        { text: '{"destination":"https://a.test/","\\u005f_proto__":{"x":1}}' },
        [400, 422],
      ],
      [
        '__proto__ in metadata',
        { text: '{"destination":"https://a.test/","metadata":{"__proto__":"x"}}' },
        [400, 422],
      ],
      [
        'constructor',
        { text: '{"destination":"https://a.test/","constructor":{"prototype":{"x":1}}}' },
        [400, 422],
      ],
      [
        'constructor as a setting',
        { text: '{"destination":"https://a.test/","settings":{"constructor":1}}' },
        [422],
      ],
      [
        'a setting called toString',
        { text: '{"destination":"https://a.test/","settings":{"toString":1}}' },
        [422],
      ],
      ['100,000 arrays in one another', { text: '['.repeat(100_000) + ']'.repeat(100_000) }, [400, 422]],
      [
        '50,000 objects in one another',
        { text: `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}` },
        [400, 422],
      ],
      [
        'deep metadata',
        {
          text: `{"destination":"https://a.test/","metadata":{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`,
        },
        [400, 422],
      ],
      [
        'a million keys',
        { text: `{${Array.from({ length: 80_000 }, (_, index) => `"k${index}":1`).join()}}` },
        [422],
      ],
      ['1.5 MB', { text: JSON.stringify({ destination: DESTINATION, memo: 'x'.repeat(1_500_000) }) }, [413]],
      ['XML', { text: '<link/>', headers: { 'content-type': 'application/xml' } }, [415]],
      [
        'a form',
        { text: 'destination=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
        [415],
      ],
      [
        'a multipart form',
        { text: '--x--', headers: { 'content-type': 'multipart/form-data; boundary=x' } },
        [415],
      ],
      [
        'plain text',
        { text: '{"destination":"https://a.test/"}', headers: { 'content-type': 'text/plain' } },
        [415],
      ],
      ['a content type that is none', { text: '{}', headers: { 'content-type': 'json' } }, [400, 415]],
      ['gzip', { text: '{}', headers: { 'content-encoding': 'gzip' } }, [400, 415, 422]],
    ];
    test.each(bodies.map(([what, call, statuses]) => ({ what, call, statuses })))(
      '$what',
      async ({ call, statuses }) => {
        for (const [method, path] of [
          ['POST', '/links'],
          ['PATCH', `/links/${link.id}`],
        ] as const) {
          // A patch may be empty.
          if (method === 'PATCH' && call.text === '{}') continue;
          expectRefused(await api.call(method, path, call), statuses, undefined, method);
        }
        expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
        await unchanged();
      },
    );

    test('10 MB, announced, chunked or in bulk', async () => {
      const memo = 'x'.repeat(10 * 1024 * 1024);
      for (const [path, body] of [
        ['/links', { destination: DESTINATION, memo }],
        ['/links/bulk', { links: [{ destination: DESTINATION, memo }] }],
        ['/groups', { name: 'x', memo }],
      ] as const) {
        expectRefused(await api.call('POST', path, { body }), [413]);
      }
      const chunked = await api.raw(
        `POST /api/v1/links HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${KEY}\r\nContent-Type: application/json\r\n` +
          `Transfer-Encoding: chunked\r\n\r\n${`10000\r\n${'x'.repeat(0x10000)}\r\n`.repeat(40)}`,
        1_000,
      );
      expect(chunked).toMatch(/^HTTP\/1\.1 413 [\s\S]*problem\+json/);
      await unchanged();
    });

    test('of a DELETE are ignored', async () => {
      const one = await api.link();
      const headers = { 'content-type': 'application/json' };
      expect((await api.call('DELETE', `/links/${one.id}`, { headers })).status).toBe(204);
    });
  });

  describe('queries and paths', () => {
    const filters = ['search', 'groupId', 'domain', 'code', 'tag', 'externalId', 'cursor', 'limit'];
    const values = [
      '%00',
      'a%00b',
      '%ED%A0%80',
      '%FF',
      '%',
      "' OR 1=1 --",
      "'; DROP TABLE link; --",
      '\\',
      '%25',
      '_',
      '\\%25\\_',
      '%E2%80%AE',
      '🚂',
      '9'.repeat(400),
      '-1',
      '1e309',
      'NaN',
      '[object Object]',
      '../../etc/passwd',
      '%0d%0aX-Injected:%20yes',
      '',
    ];
    test.each(filters.map((filter) => [filter]))('%s takes anything without falling over', async (filter) => {
      for (const value of values) {
        const query = `${filter}=${/^[%\w-]*$/.test(value) ? value : encodeURIComponent(value)}`;
        const answer = await api.call('GET', `/links?${query}`);
        expect([200, 400, 404, 422], query).toContain(answer.status);
        if (answer.status === 200 && !['search', 'limit'].includes(filter)) {
          expect(answer.json.links, query).toEqual(
            filter === 'domain' && value === '' ? expect.anything() : [],
          );
        }
        expect(answer.headers).not.toHaveProperty('x-injected');
      }
      for (const query of [`${filter}=a&${filter}=b`, `${filter}[]=a`, `${filter}[a]=b`, `__proto__[x]=1`]) {
        expect([200, 422], query).toContain((await api.call('GET', `/links?${query}`)).status);
      }
      await unchanged();
    });

    test('search takes SQL and wildcards as text', async () => {
      for (const path of ['/links', '/groups']) {
        for (const search of ['%', '_', '\\', "'", "kept' --", '%%%%', '[a-z]', '*', 'kep_', 'k%t']) {
          const { links, groups } = await api.ok('GET', `${path}?search=${encodeURIComponent(search)}`);
          expect(links ?? groups, search).toEqual([]);
        }
      }
    });

    test('cursors of any shape', async () => {
      const cursors = ['0', '-1', '999999999999999', '9'.repeat(16), '1.5', 'x', '', "1' or 1=1"].map((id) =>
        Buffer.from(`v1:${id}`).toString('base64url'),
      );
      for (const path of ['/links', '/groups', '/changes', `/groups/${group.id}/links`]) {
        for (const cursor of [...cursors, 'AAAA', '====', Buffer.from('v2:1').toString('base64url')]) {
          const { status } = await api.call('GET', `${path}?cursor=${cursor}`);
          expect([200, 422], `${path} ${cursor}`).toContain(status);
        }
      }
    });

    test('ids of any shape', async () => {
      const ids = [
        '%00',
        'a%00b',
        '%ED%A0%80',
        '%',
        '%zz',
        "'--",
        '__proto__',
        '..',
        '%2e%2e',
        '%2F',
        'x'.repeat(65),
      ];
      for (const id of [...ids, 'x'.repeat(200), 'x'.repeat(5_000), '1', 'NaN', '🚂', '%0d%0aX-Injected:1']) {
        const encoded = id.includes('%') ? id : encodeURIComponent(id);
        for (const [method, path, body] of [
          ['GET', `/links/${encoded}`, undefined],
          ['PATCH', `/links/${encoded}`, { memo: 'x' }],
          ['DELETE', `/links/${encoded}`, undefined],
          ['GET', `/links/${encoded}/explain`, undefined],
          ['GET', `/groups/${encoded}/links`, undefined],
          ['POST', `/groups/${encoded}/links`, { linkIds: [link.id] }],
          ['DELETE', `/groups/${encoded}`, undefined],
          ['GET', `/domains/${encoded}`, undefined],
          ['DELETE', `/keys/${encoded}`, undefined],
          ['GET', `/changes?id=${encoded}`, undefined],
        ] as const) {
          const answer = await api.call(method, path, body ? { body } : {});
          expect([200, 400, 404, 414, 422], `${method} ${path}`).toContain(answer.status);
          if (answer.status === 200) expect(answer.json.changes ?? answer.json.links).toBeDefined();
          expect(answer.headers).not.toHaveProperty('x-injected');
        }
      }
      await unchanged();
    });

    test('paths and methods that are not there', async () => {
      for (const [method, path] of [
        ['GET', ''],
        ['GET', '/'],
        ['GET', '/nothing'],
        ['PUT', '/links'],
        ['DELETE', '/links'],
        ['PUT', `/links/${link.id}`],
        ['POST', `/links/${link.id}`],
        ['GET', '//links'],
        ['GET', '/links/../keys'],
        ['GET', '/%6Cinks/%'],
      ] as const) {
        expectRefused(await api.call(method, path), [400, 404, 405], undefined, `${method} ${path}`);
      }
      await unchanged();
    });
  });

  test('header injection: no string that reaches a header adds a line', async () => {
    const lines = (answer: string) =>
      answer
        .split('\r\n\r\n')[0]
        ?.split('\r\n')
        .slice(1)
        .map((line) => line.split(':')[0]?.toLowerCase())
        .sort();
    const get = (path: string, extra = '') =>
      api.raw(`GET ${path} HTTP/1.1\r\nHost: ${PUBLIC_HOST}\r\nConnection: close\r\n${extra}\r\n`);
    const usual = ['cache-control', 'connection', 'content-length', 'date', 'location'];

    // Whatever a destination may hold is accepted or refused; a visit never has another header line for it.
    const pieces = [
      '%0d%0aX-Injected:%20yes',
      '\u0085X-Injected: yes',
      '\u2028X-Injected:yes',
      '\u010a\u010d',
      '\u560d\u560aX',
      '\\r\\nX',
    ];
    for (const [index, piece] of pieces.entries()) {
      for (const [input, query] of [
        [{ destination: `https://a.test/${piece}` }, ''],
        [{ destination: `https://a.test/?q=${piece}#${piece}` }, ''],
        [{ destination: DESTINATION, campaign: { source: piece } }, ''],
        [
          {
            destination: DESTINATION,
            settings: { endsAt: '2020-01-01T00:00:00Z', expiredUrl: `https://a.test/${piece}` },
          },
          '',
        ],
        [{ destination: DESTINATION }, `?${encodeURI(piece).replaceAll('%250', '%0')}=1`],
      ] as const) {
        const made = await api.call('POST', '/links', { body: input });
        expect([201, 422]).toContain(made.status);
        if (made.status !== 201) continue;
        const answer = await get(`/${made.json.code}${query}`);
        expect(lines(answer), `${index} ${JSON.stringify(input)}`).toEqual(usual);
        expect(answer.split('\r\n\r\n')[1]).toBe('');
        await api.ok('DELETE', `/links/${made.json.id}`);
      }
    }
    for (const path of [
      '/kept?%0d%0aX-Injected:yes',
      '/kept?a=%0d%0aX-Injected:yes',
      '/kept?a=%E5%98%8D%E5%98%8A',
      '/%0d%0aX-Injected:yes',
      '/api/v1/links?cursor=%0d%0aX-Injected:yes',
      '/api/v1/%0d%0aX-Injected:yes',
    ]) {
      expect(lines(await get(path)), path).not.toContain('x-injected');
    }
    for (const name of [
      'Accept-Language',
      'X-API-KEY',
      'Authorization',
      'If-Match',
      'Idempotency-Key',
      'Origin',
    ]) {
      for (const value of [
        'a\rX-Injected: yes',
        'a\nX-Injected: yes',
        'a%0d%0aX-Injected: yes',
        'a\0b',
        '\x7f',
      ]) {
        const answer = await get('/api/v1/project', `${name}: ${value}\r\n`);
        expect(lines(answer), name).not.toContain('x-injected');
        expect(answer, name).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
      }
    }
  });

  test('answers that repeat input are JSON, never markup, and browsers must not guess', async () => {
    const script = '<script>alert(1)</script>';
    for (const path of [
      `/links/${encodeURIComponent(script)}`,
      `/${encodeURIComponent(script)}`,
      `/links?limit=${encodeURIComponent(script)}`,
      `/${script}%`,
    ]) {
      const answer = await api.call('GET', path);
      expect(answer.headers['content-type'], path).toMatch(/^application\/problem\+json/);
    }
  });
});
