import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { Api, type Json, PUBLIC_HOST, STRANGER } from './api.ts';
import { companions, LINK_SETTINGS, shown } from './settings.ts';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe.each(ENGINES)('links over HTTP on $name', (engine) => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.open(engine);
  });
  afterAll(() => api.close());

  const idsOf = (page: Json): string[] => page.links.map(({ id }: Json) => id);

  test.each([
    ['texts', Array.from({ length: 100_000 }, () => '')],
    ['numbers', Array.from({ length: 100_000 }, () => 1)],
  ])('an endless list of wrong %s is not answered with an endless list of problems', async (_, tags) => {
    const answer = await api.call('POST', '/links', { body: { destination: 'https://a.example/', tags } });
    expect(answer.status).toBe(422);
    expect(answer.text.length).toBeLessThan(400_000);
  });

  test('a host may be as long as names are, in whichever script it is written', async () => {
    const random = randomBytes(1_450).toString('hex');
    await api.refused(422, 'POST', '/links', { body: { destination: `https://${random}.example/` } }, [
      'destination',
    ]);
    const han = Array.from({ length: 240 }, (_, at) =>
      String.fromCodePoint(0x4e00 + ((at * 7_919) % 20_000)),
    );
    const { destination } = await api.link({ destination: `https://${han.join('')}.example/` });
    expect(destination).toBe(`https://${han.join('')}.example/`);
  });

  test('a link with nothing but a destination has every field, unset or empty', async () => {
    const answer = await api.call('POST', '/links', { body: { destination: 'https://example.com/a?b=1#c' } });
    expect(answer).toMatchObject({ status: 201, headers: { etag: '"1"' } });
    const { code } = answer.json;
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^lnk_[0-9A-Za-z]{16}$/),
      shortUrl: `http://${PUBLIC_HOST}/${code}`,
      domain: PUBLIC_HOST,
      code: expect.stringMatching(/^[0-9A-Za-z]{8}$/),
      destination: 'https://example.com/a?b=1#c',
      groupId: null,
      title: '',
      description: '',
      imageUrl: null,
      memo: '',
      tags: [],
      settings: Object.fromEntries(LINK_SETTINGS.map(({ name }) => [name, null])),
      campaign: { source: null, medium: null, campaign: null, term: null, content: null },
      social: { title: null, description: null, imageUrl: null },
      apps: { ios: null, android: null },
      appRouting: {
        ...{ forceRedirect: false, desktopUrlWithoutStore: false },
        ...{ gclid: null, at: null, ct: null, mt: null, pt: null },
      },
      desktopUrl: null,
      metadata: {},
      externalId: null,
      source: 'api',
      deleteAt: null,
      clicks: 0,
      visitors: 0,
      lastClickAt: null,
      version: 1,
      createdAt: expect.stringMatching(ISO),
      updatedAt: expect.stringMatching(ISO),
    });
    expect(await api.ok('GET', `/links/${answer.json.id}`)).toEqual(answer.json);
    expect(await api.visit(`/${code}`)).toMatchObject({
      status: 302,
      headers: { location: 'https://example.com/a?b=1#c' },
    });
  });

  test('a link with everything comes back as it was written', async () => {
    const group = await api.group();
    const written = {
      code: '여름-sale.2026',
      destination: 'http://example.com/%EA%B0%80',
      groupId: group.id,
      title: 'A "title" <b>\n\ttwo lines</b> 🚂',
      description: 'd'.repeat(1_000),
      imageUrl: 'https://example.com/i.png',
      memo: 'm'.repeat(2_000),
      tags: ['b', 'a', '가'],
      settings: { paused: true, maxClicks: 3, expiredUrl: 'https://example.com/over' },
      campaign: { source: 's', medium: 'm', campaign: 'c', term: 't', content: 'ü' },
      metadata: { one: '1', constructor: 'mine', 'with space': '' },
      externalId: 'crm-1',
      deleteAt: '2050-01-01T09:00:00+09:00',
    };
    const created = await api.link(written);
    expect(created).toMatchObject({
      ...written,
      tags: ['a', 'b', '가'].sort(),
      deleteAt: '2050-01-01T00:00:00.000Z',
      shortUrl: `http://${PUBLIC_HOST}/${encodeURI('여름-sale.2026')}`,
    });
    expect(await api.ok('GET', `/links/${created.id}`)).toEqual(created);
  });

  test('a partial update leaves everything else alone', async () => {
    const created = await api.link({
      title: 'T',
      tags: ['x'],
      campaign: { source: 's', medium: 'm' },
      metadata: { a: '1' },
      settings: { maxClicks: 3, paused: true },
    });
    const answer = await api.call('PATCH', `/links/${created.id}`, {
      body: { memo: 'new', campaign: { medium: null, term: 't' }, settings: { paused: null } },
    });
    expect(answer).toMatchObject({ status: 200, headers: { etag: '"2"' } });
    expect(answer.json).toEqual({
      ...created,
      memo: 'new',
      campaign: { ...created.campaign, medium: null, term: 't' },
      settings: { ...created.settings, paused: null },
      version: 2,
      updatedAt: expect.stringMatching(ISO),
    });
    const second = await api.ok('PATCH', `/links/${created.id}`, {
      body: { tags: [], metadata: {}, title: '', destination: 'https://example.org/' },
    });
    expect(second).toMatchObject({ tags: [], metadata: {}, title: '', destination: 'https://example.org/' });
    expect(second.memo).toBe('new');
  });

  test('the next visit follows every update', async () => {
    const { id, code } = await api.link();
    for (let round = 1; round <= 10; round++) {
      const destination = `https://example.com/${round}`;
      await api.ok('PATCH', `/links/${id}`, { body: { destination } });
      expect((await api.visit(`/${code}`)).headers.location).toBe(destination);
    }
    await api.ok('PATCH', `/links/${id}`, { body: { settings: { paused: true } } });
    expect((await api.visit(`/${code}`)).status).toBe(404);
  });

  test('deleting a link ends its visits; a chosen code can be used again, a random one cannot', async () => {
    const { id, code } = await api.link({ code: 'brand' });
    expect((await api.visit(`/${code}`)).status).toBe(302);
    expect((await api.call('DELETE', `/links/${id}`)).status).toBe(204);
    expect((await api.visit(`/${code}`)).status).toBe(404);
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/explain'],
      ['PATCH', ''],
      ['DELETE', ''],
    ] as const) {
      await api.refused(404, method, `/links/${id}${path}`, method === 'PATCH' ? { body: {} } : {});
    }
    const again = await api.link({ code: 'brand', destination: 'https://example.com/again' });
    expect((await api.visit('/brand')).headers.location).toBe(again.destination);

    const random = await api.link();
    await api.ok('DELETE', `/links/${random.id}`);
    await api.refused(409, 'POST', '/links', { body: { destination: 'https://a.test', code: random.code } }, [
      'code',
    ]);
  });

  test('a code that is in use, or differs in its spelling of one letter alone, is refused', async () => {
    await api.link({ code: 'caf\u00e9' });
    for (const code of ['caf\u00e9', 'cafe\u0301']) {
      const problem = await api.refused(
        409,
        'POST',
        '/links',
        { body: { destination: 'https://a.test', code } },
        ['code'],
      );
      expect(problem.code).toBe('code-taken');
    }
    await api.link({ code: 'CAFÉ' });
  });

  test('every broken field is named at once', async () => {
    const before = await api.state();
    await api.refused(
      422,
      'POST',
      '/links',
      {
        body: {
          destination: 'javascript:alert(1)',
          code: '../etc',
          title: 'x'.repeat(256),
          imageUrl: 'data:image/png;base64,AA',
          tags: ['', 'ok', 'y'.repeat(51)],
          externalId: '',
          campaign: { source: '', medium: 'bad\u0000' },
          metadata: { ok: '1', long: 'z'.repeat(501) },
          settings: { maxClicks: -1, expiredUrl: 'ftp://a.test', redirectType: 303 },
        },
      },
      [
        'destination',
        'title',
        'imageUrl',
        'externalId',
        'tags.0',
        'tags.2',
        'campaign.source',
        'campaign.medium',
        'metadata.long',
        'code',
        'settings.expiredUrl',
        'settings.maxClicks',
        'settings.redirectType',
      ],
    );
    expect(await api.state()).toEqual(before);
  });

  test.each([
    ['destination', { destination: undefined }],
    ['destination', { destination: null }],
    ['destination', { destination: 1 }],
    ['domain', { domain: 'nowhere.test' }],
    ['groupId', { groupId: 'grp_unknown' }],
    ['tags', { tags: Array.from({ length: 21 }, (_, index) => `t${index}`) }],
    [
      'metadata',
      { metadata: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`m${index}`, ''])) },
    ],
    ['deleteAt', { deleteAt: 'never' }],
    ['code', { code: '' }],
    ['code', { code: 'api' }],
    ['code', { code: 'API' }],
    ['code', { code: 'a/b' }],
    ['code', { code: 'a b' }],
    ['code', { code: '.hidden' }],
    ['code', { code: 'x'.repeat(101) }],
  ])('a link whose %s is wrong is refused by that name: %j', async (field, input) => {
    await api.refused(422, 'POST', '/links', { body: { destination: 'https://a.test/', ...input } }, [field]);
  });

  test('dates are ordered within the row being written', async () => {
    const settings = { startsAt: '2030-01-02T00:00:00Z', endsAt: '2030-01-01T00:00:00Z' };
    await api.refused(422, 'POST', '/links', { body: { destination: 'https://a.test/', settings } }, [
      'settings.endsAt',
    ]);
    const { id } = await api.link({ settings: { startsAt: settings.startsAt, endsAt: settings.startsAt } });
    await api.refused(422, 'PATCH', `/links/${id}`, { body: { settings: { endsAt: settings.endsAt } } }, [
      'settings.endsAt',
    ]);
  });

  describe.each(LINK_SETTINGS)('setting $name', ({ name, value, other, byDefault, canBeOff, bad }) => {
    test('is a value, off or unset, in and out, and explained', async () => {
      if (shown(name, value) !== value) api.secrets.add(String(value)).add(String(other));
      const { id } = await api.link({ settings: { [name]: value, ...companions(name) } });
      const path = `/links/${id}`;
      const expectShown = async (own: unknown, inForce: unknown, source: string) => {
        expect((await api.ok('GET', path)).settings[name]).toEqual(own);
        expect((await api.ok('GET', `${path}/explain`)).settings[name]).toEqual({
          value: inForce,
          source,
          link: own,
          group: null,
        });
      };
      const own = shown(name, value);
      await expectShown(own, own, 'link');

      await api.ok('PATCH', path, { body: { memo: 'leaves settings alone', settings: {} } });
      await expectShown(own, own, 'link');

      await api.ok('PATCH', path, { body: { settings: { [name]: other } } });
      await expectShown(shown(name, other), shown(name, other), 'link');

      if (canBeOff) {
        await api.ok('PATCH', path, { body: { settings: { [name]: false } } });
        await expectShown(false, false, 'link');
      } else {
        await api.refused(422, 'PATCH', path, { body: { settings: { [name]: false } } }, [
          `settings.${name}`,
        ]);
      }
      await api.ok('PATCH', path, { body: { settings: { [name]: null } } });
      await expectShown(null, byDefault, 'default');
    });

    test.each(bad.map((wrong) => [wrong]))('refuses %j and stays as it was', async (wrong) => {
      const { id } = await api.link({ settings: { [name]: value } });
      const before = await api.ok('GET', `/links/${id}`);
      const body = { memo: 'not written either', settings: { [name]: wrong } };
      await api.refused(422, 'PATCH', `/links/${id}`, { body }, [`settings.${name}`]);
      expect(await api.ok('GET', `/links/${id}`)).toEqual(before);
    });
  });

  test('zero clicks mean no limit, as off does', async () => {
    const { id } = await api.link({ settings: { maxClicks: 0 } });
    expect((await api.ok('GET', `/links/${id}`)).settings.maxClicks).toBe(false);
  });

  test.each([
    ['webhookUrl', 'https://a.test/'],
    ['webhookEnabled', true],
    ['unknownThing', 1],
  ])('a link has no setting %s', async (name, value) => {
    const body = { destination: 'https://a.test/', settings: { [name]: value } };
    const problem = await api.refused(422, 'POST', '/links', { body });
    expect(JSON.stringify(problem)).toContain(name);
  });

  test('explain tells status, group and protection', async () => {
    const group = await api.group({ password: 'group-secret' }, 'Locked');
    api.secrets.add('group-secret');
    const { id, shortUrl } = await api.link({ groupId: group.id });
    expect(await api.ok('GET', `/links/${id}/explain`)).toMatchObject({
      linkId: id,
      shortUrl,
      group: { id: group.id, name: 'Locked' },
      status: 'active',
      passwordProtected: true,
      settings: { password: { value: { isSet: true }, source: 'group', link: null, group: { isSet: true } } },
    });
    const statusWith = async (settings: object) => {
      const link = await api.link({ settings });
      return (await api.ok('GET', `/links/${link.id}/explain`)).status;
    };
    expect(await statusWith({ paused: true })).toBe('paused');
    expect(await statusWith({ startsAt: '2090-01-01T00:00:00Z' })).toBe('notStarted');
    expect(await statusWith({ endsAt: '2020-01-01T00:00:00Z' })).toBe('ended');
    const limited = await api.link({ settings: { maxClicks: 1 } });
    await api.visit(`/${limited.code}`);
    expect((await api.ok('GET', `/links/${limited.id}/explain`)).status).toBe('limitReached');
  });

  describe('If-Match', () => {
    test('lets through the version that is current, and refuses any other', async () => {
      const { id } = await api.link();
      const path = `/links/${id}`;
      const etag = (await api.call('GET', path)).headers.etag as string;
      const first = await api.call('PATCH', path, { body: { memo: 'one' }, headers: { 'if-match': etag } });
      expect(first).toMatchObject({ status: 200, headers: { etag: '"2"' } });
      const problem = await api.refused(412, 'PATCH', path, {
        body: { memo: 'two' },
        headers: { 'if-match': etag },
      });
      expect(problem.code).toBe('stale');
      await api.refused(412, 'DELETE', path, { headers: { 'if-match': etag } });
      expect((await api.call('GET', path)).json).toEqual(first.json);
      await api.ok('PATCH', path, { body: { memo: 'any' }, headers: { 'if-match': '*' } });
      expect((await api.call('DELETE', path, { headers: { 'if-match': 'W/"3"' } })).status).toBe(204);
    });

    test.each(['1', '""', '"x"', '"1", "2"', '"1', `"${'9'.repeat(30)}"`, 'W/1', '"-1"'])(
      'that is malformed is named: %s',
      async (etag) => {
        const { id } = await api.link();
        const headers = { 'if-match': etag };
        await api.refused(422, 'PATCH', `/links/${id}`, { body: { memo: 'x' }, headers }, [
          'headers.if-match',
        ]);
        await api.refused(422, 'DELETE', `/links/${id}`, { headers }, ['headers.if-match']);
        expect((await api.ok('GET', `/links/${id}`)).version).toBe(1);
      },
    );

    test('of twenty updates at once that saw the same version, one succeeds', async () => {
      const { id } = await api.link();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          api.call('PATCH', `/links/${id}`, { body: { memo: `${index}` }, headers: { 'if-match': '"1"' } }),
        ),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(412)]);
    });
  });

  describe('Idempotency-Key', () => {
    const keyed = (key: string) => ({ 'idempotency-key': key });

    test('gives the same answer again, and one effect', async () => {
      const call = { body: { destination: 'https://example.com/once' }, headers: keyed('once-1') };
      const first = await api.call('POST', '/links', call);
      const again = await api.call('POST', '/links', call);
      expect(again.status).toBe(first.status);
      expect(again.json).toEqual(first.json);
      expect(first.headers['idempotency-replayed']).toBeUndefined();
      expect(again.headers['idempotency-replayed']).toBe('true');
      const found = await api.ok('GET', '/links?search=example.com/once');
      expect(idsOf(found)).toEqual([first.json.id]);
    });

    test.each([
      ['a random code', {}],
      ['a chosen code', { code: 'parallel' }],
    ])('twenty at once with %s: the same answer and one link', async (what, input) => {
      const destination = `https://example.com/parallel?${encodeURIComponent(what)}`;
      const call = {
        body: { destination, ...input },
        headers: keyed(`parallel ${what}`.replaceAll(' ', '-')),
      };
      const answers = await Promise.all(Array.from({ length: 20 }, () => api.call('POST', '/links', call)));
      expect(answers.map(({ status, text }) => `${status} ${status === 201 ? '' : text}`)).toEqual(
        Array(20).fill('201 '),
      );
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      expect((await api.ok('GET', `/links?search=${encodeURIComponent(destination)}`)).links).toHaveLength(1);
    });

    test('with another request is a conflict that changes nothing', async () => {
      await api.ok('POST', '/links', { body: { destination: 'https://a.test/1' }, headers: keyed('used') });
      const before = await api.state();
      const others = [
        ['/links', { destination: 'https://a.test/2' }],
        ['/links/bulk', { links: [{ destination: 'https://a.test/1' }] }],
        ['/groups', { name: 'x' }],
      ] as const;
      for (const [path, body] of others) {
        const problem = await api.refused(409, 'POST', path, { body, headers: keyed('used') });
        expect(problem.code).toBe('idempotency-conflict');
      }
      expect(await api.state()).toEqual(before);
    });

    test('of a refused request is not remembered', async () => {
      await api.link({ code: 'taken-once' });
      const headers = keyed('refused-first');
      await api.refused(422, 'POST', '/links', { body: { destination: 'nope' }, headers });
      await api.refused(409, 'POST', '/links', {
        body: { destination: 'https://a.test', code: 'taken-once' },
        headers,
      });
      await api.ok('POST', '/links', { body: { destination: 'https://a.test/now' }, headers });
    });

    test('belongs to its project alone', async () => {
      const call = { body: { destination: 'https://a.test/mine' }, headers: keyed('shared') };
      const mine = await api.ok('POST', '/links', call);
      const theirs = await api.ok('POST', '/links', { ...call, key: STRANGER });
      expect(theirs.id).not.toBe(mine.id);
    });

    test.each([['with space'], ['x'.repeat(201)], ['']])('that is malformed is named: "%s"', async (key) => {
      const call = { body: { destination: 'https://a.test/' }, headers: keyed(key) };
      await api.refused(422, 'POST', '/links', call, ['headers.idempotency-key']);
    });
  });

  describe('lists', () => {
    test('page through everything once, newest first, while more is added', async () => {
      const group = await api.group();
      const links = await api.ok('POST', '/links/bulk', {
        body: {
          links: Array.from({ length: 9 }, (_, index) => ({
            destination: `https://example.com/page/${index}`,
            groupId: group.id,
          })),
        },
      });
      const created = idsOf(links);
      for (const base of [`/links?groupId=${group.id}`, `/groups/${group.id}/links?`]) {
        const seen: string[] = [];
        let cursor: string | null = null;
        let pages = 0;
        do {
          const page: Json = await api.ok('GET', `${base}&limit=3${cursor ? `&cursor=${cursor}` : ''}`);
          seen.push(...idsOf(page));
          cursor = page.nextCursor;
          if (pages++ === 0) await api.link({ groupId: group.id });
        } while (cursor !== null);
        const newer = pages === 4 ? seen.slice(0, -9) : [];
        expect(seen.slice(newer.length)).toEqual([...created].reverse().slice(-(seen.length - newer.length)));
        expect(new Set(seen).size).toBe(seen.length);
      }
    });

    test.each([
      ['querystring.cursor', 'cursor=garbage'],
      ['querystring.cursor', `cursor=${'x'.repeat(201)}`],
      ['querystring.limit', 'limit=0'],
      ['querystring.limit', 'limit=101'],
      ['querystring.limit', 'limit=1.5'],
      ['querystring.limit', 'limit=many'],
      ['querystring.limit', 'limit=1&limit=2'],
      ['querystring.search', `search=${'x'.repeat(201)}`],
    ])('name %s when it is wrong: %s', async (field, query) => {
      await api.refused(422, 'GET', `/links?${query}`, {}, [field]);
    });

    test('filter by search, group, domain, code, tag and external id', async () => {
      const group = await api.group();
      const { id } = await api.link({
        code: 'findme',
        title: '100% Найти_me',
        destination: 'https://example.com/needle',
        groupId: group.id,
        tags: ['needle-tag'],
        externalId: "o'brien",
      });
      const grouped = [
        'search=FINDME',
        'search=100%25',
        'search=com/needle',
        'search=%D0%BD%D0%B0%D0%B9%D1%82%D0%B8_me',
      ];
      for (const query of [
        ...(engine.name === 'SQLite' ? grouped.slice(0, 3) : grouped),
        `groupId=${group.id}`,
        'code=findme',
        'tag=needle-tag',
        "externalId=o'brien",
        `domain=${PUBLIC_HOST}&code=findme`,
        `domain=http://${PUBLIC_HOST}/&tag=needle-tag&search=needle`,
        `domain=vvd.bz&code=findme`,
      ]) {
        expect(idsOf(await api.ok('GET', `/links?${query}`)), query).toEqual([id]);
      }
      for (const query of [
        'groupId=none',
        'domain=nowhere.test',
        'code=FINDME',
        'tag=needle',
        'search=%25%25',
      ]) {
        expect(idsOf(await api.ok('GET', `/links?${query}`)), query).not.toContain(id);
      }
    });

    test('do not show links of a group that is not there', async () => {
      const answer = await api.call('GET', '/links?groupId=grp_unknown');
      expect([404, 422]).toContain(answer.status);
    });
  });

  describe('in bulk', () => {
    test('up to 1,000 links at once, in order', async () => {
      const group = await api.group();
      const input = Array.from({ length: 1_000 }, (_, index) => ({
        destination: `https://example.com/bulk/${index}`,
        groupId: group.id,
        tags: ['bulk'],
      }));
      const { links } = await api.ok('POST', '/links/bulk', { body: { links: input } });
      expect(links.map(({ destination }: Json) => destination)).toEqual(
        input.map(({ destination }) => destination),
      );
      expect(new Set(links.map(({ code }: Json) => code)).size).toBe(1_000);
      expect((await api.ok('GET', `/groups/${group.id}`)).linkCount).toBe(1_000);
      expect((await api.visit(`/${links[999].code}`)).headers.location).toBe('https://example.com/bulk/999');
    });

    test.each([
      ['links.3.destination', { destination: 'data:text/html,x' }],
      ['links.3.code', { code: 'a/b' }],
      ['links.3.domain', { domain: 'nowhere.test' }],
      ['links.3.groupId', { groupId: 'grp_unknown' }],
      ['links.3.tags.1', { tags: ['ok', ''] }],
      ['links.3.settings.maxClicks', { settings: { maxClicks: -1 } }],
      ['links.3.settings.paused', { settings: { paused: 'yes' } }],
      ['links.3.settings.password', { settings: { password: 'abc' } }],
      [
        'links.3.settings.endsAt',
        { settings: { startsAt: '2030-01-02T00:00:00Z', endsAt: '2030-01-01T00:00:00Z' } },
      ],
      ['links.3.campaign.source', { campaign: { source: '' } }],
      ['links.3.deleteAt', { deleteAt: 'x' }],
    ])('all or nothing, naming %s', async (field, wrong) => {
      const before = await api.state();
      const links = Array.from({ length: 5 }, () => ({ destination: 'https://example.com/none' }));
      Object.assign(links[3] as object, wrong);
      await api.refused(422, 'POST', '/links/bulk', { body: { links } }, [field]);
      expect(await api.state()).toEqual(before);
    });

    test('a code in use, or named twice, leaves no link behind', async () => {
      await api.link({ code: 'in-use' });
      const before = await api.state();
      const base = { destination: 'https://example.com/none' };
      const used = [base, { ...base, code: 'fresh' }, { ...base, code: 'in-use' }];
      await api.refused(409, 'POST', '/links/bulk', { body: { links: used } }, ['links.2.code']);
      const twice = [{ ...base, code: 'twin' }, base, { ...base, code: 'twin' }];
      await api.refused(409, 'POST', '/links/bulk', { body: { links: twice } }, ['links.2.code']);
      expect(await api.state()).toEqual(before);
    });

    test('none and too many are refused', async () => {
      await api.refused(422, 'POST', '/links/bulk', { body: { links: [] } }, ['links']);
      const links = Array.from({ length: 1_001 }, () => ({ destination: 'https://a.test/' }));
      await api.refused(422, 'POST', '/links/bulk', { body: { links } }, ['links']);
    });
  });

  describe('moving', () => {
    test('into a group, to another and out of any; counts follow', async () => {
      const [one, two] = [await api.group({}, 'one'), await api.group({}, 'two')];
      const ids: string[] = [];
      for (let index = 0; index < 4; index++) ids.push((await api.link()).id);
      const move = (linkIds: string[], groupId: string | null) =>
        api.ok('POST', '/links/move', { body: { linkIds, groupId } });
      const counts = async () => [
        (await api.ok('GET', `/groups/${one.id}`)).linkCount,
        (await api.ok('GET', `/groups/${two.id}`)).linkCount,
      ];
      expect(await move(ids, one.id)).toEqual({ moved: 4 });
      expect(await move([...ids, ...ids], one.id)).toEqual({ moved: 0 });
      expect(await counts()).toEqual([4, 0]);
      expect(await move(ids.slice(0, 3), two.id)).toEqual({ moved: 3 });
      expect(await counts()).toEqual([1, 3]);
      expect(await move(ids, null)).toEqual({ moved: 4 });
      expect(await counts()).toEqual([0, 0]);
      expect(await api.ok('GET', `/links/${ids[0]}`)).toMatchObject({ groupId: null, version: 4 });
    });

    test('is all or nothing, naming the ids that are wrong', async () => {
      const group = await api.group();
      const { id } = await api.link();
      const before = await api.state();
      const body = { linkIds: [id, 'lnk_unknown', id, 'lnk_other'], groupId: group.id };
      await api.refused(422, 'POST', '/links/move', { body }, ['linkIds.1', 'linkIds.3']);
      await api.refused(422, 'POST', '/links/move', { body: { linkIds: [id], groupId: 'grp_unknown' } }, [
        'groupId',
      ]);
      await api.refused(422, 'POST', '/links/move', { body: { linkIds: [], groupId: null } }, ['linkIds']);
      await api.refused(422, 'POST', '/links/move', { body: { linkIds: [id] } }, ['groupId']);
      expect(await api.state()).toEqual(before);
    });
  });

  test('an unknown link is not found, and what is no id is called so', async () => {
    const calls = (id: string) =>
      [
        ['GET', `/links/${id}`, undefined],
        ['GET', `/links/${id}/explain`, undefined],
        ['PATCH', `/links/${id}`, { memo: 'x' }],
        ['DELETE', `/links/${id}`, undefined],
      ] as const;
    for (const id of ['lnk_unknown', '0', 'null']) {
      for (const [method, path, body] of calls(id))
        await api.refused(404, method, path, body ? { body } : {});
    }
    for (const id of ['..%2f..', '%F0%9F%9A%82', 'x'.repeat(65), "'--"]) {
      for (const [method, path, body] of calls(id)) {
        await api.refused(422, method, path, body ? { body } : {}, ['params.id']);
      }
    }
  });

  test('deleteAt makes a link unknown to visits at that instant', async () => {
    const { code } = await api.link({ deleteAt: new Date(Date.now() - 1).toISOString() });
    expect((await api.visit(`/${code}`)).status).toBe(404);
  });

  test('instants at the edges of the calendar are refused or read back', async () => {
    for (const at of ['0000-01-01T00:00:00+10:00', '9999-12-31T23:59:59-10:00', '0001-01-01T00:00:00Z']) {
      const body = { destination: 'https://a.test/', deleteAt: at };
      const { status, json } = await api.call('POST', '/links', { body, key: STRANGER });
      if (status === 201) await api.ok('GET', `/links/${json.id}`, { key: STRANGER });
      else expect(status).toBe(422);
    }
    await api.ok('GET', '/links?limit=3', { key: STRANGER });
  });
});
