import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { Api, type Json } from './api.ts';
import { companions, GROUP_SETTINGS, LINK_SETTINGS, shown } from './settings.ts';

describe.each(ENGINES)('groups over HTTP on $name', (engine) => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.open(engine);
  });
  afterAll(() => api.close());

  const statusOf = async ({ code }: Json) => (await api.visit(`/${code}`)).status;

  test('a group with nothing but a name', async () => {
    const answer = await api.call('POST', '/groups', { body: { name: 'Summer 🚂' } });
    expect(answer).toMatchObject({ status: 201, headers: { etag: '"1"' } });
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^grp_[0-9A-Za-z]{16}$/),
      name: 'Summer 🚂',
      memo: '',
      settings: Object.fromEntries(GROUP_SETTINGS.map(({ name }) => [name, null])),
      linkCount: 0,
      version: 1,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect(await api.ok('GET', `/groups/${answer.json.id}`)).toEqual(answer.json);
  });

  describe.each(GROUP_SETTINGS)('setting $name', ({ name, value, other, byDefault, canBeOff, bad }) => {
    test('is a value, off or unset, in and out, and explained', async () => {
      if (shown(name, value) !== value) api.secrets.add(String(value)).add(String(other));
      const { id } = await api.group({ ...companions(name), [name]: value });
      const path = `/groups/${id}`;
      const expectShown = async (own: unknown, inForce: unknown, source: string) => {
        expect((await api.ok('GET', path)).settings[name]).toEqual(own);
        expect((await api.ok('GET', `${path}/explain`)).settings[name]).toEqual({
          value: inForce,
          source,
          link: null,
          group: own,
        });
      };
      const own = shown(name, value);
      await expectShown(own, own, 'group');
      await api.ok('PATCH', path, { body: { settings: { [name]: other } } });
      await expectShown(shown(name, other), shown(name, other), 'group');
      if (canBeOff) {
        await api.ok('PATCH', path, { body: { settings: { [name]: false } } });
        await expectShown(false, false, 'group');
      } else {
        await api.refused(422, 'PATCH', path, { body: { settings: { [name]: false } } }, [
          `settings.${name}`,
        ]);
      }
      await api.ok('PATCH', path, { body: { settings: { [name]: null } } });
      await expectShown(null, byDefault, 'default');
    });

    test.each(bad.map((wrong) => [wrong]))('refuses %j and stays as it was', async (wrong) => {
      const { id } = await api.group({ ...companions(name), [name]: value });
      const before = await api.ok('GET', `/groups/${id}`);
      await api.refused(
        422,
        'PATCH',
        `/groups/${id}`,
        { body: { name: 'no', settings: { [name]: wrong } } },
        [`settings.${name}`],
      );
      expect(await api.ok('GET', `/groups/${id}`)).toEqual(before);
    });
  });

  describe.each(LINK_SETTINGS)(
    'over its links, setting $name',
    ({ name, value, other, byDefault, canBeOff }) => {
      test('the group wins, its off as well, and leaving gives the link its own back', async () => {
        const group = await api.group({ [name]: other });
        const { id } = await api.link({ groupId: group.id, settings: { [name]: value } });
        const explained = async () => (await api.ok('GET', `/links/${id}/explain`)).settings[name];
        const own = shown(name, value);
        expect(await explained()).toEqual({
          value: shown(name, other),
          source: 'group',
          link: own,
          group: shown(name, other),
        });
        if (canBeOff) {
          await api.ok('PATCH', `/groups/${group.id}`, { body: { settings: { [name]: false } } });
          expect(await explained()).toEqual({ value: false, source: 'group', link: own, group: false });
        }
        await api.ok('PATCH', `/links/${id}`, { body: { settings: { [name]: null } } });
        await api.ok('PATCH', `/groups/${group.id}`, { body: { settings: { [name]: null } } });
        expect(await explained()).toEqual({ value: byDefault, source: 'default', link: null, group: null });
        await api.ok('PATCH', `/groups/${group.id}`, { body: { settings: { [name]: other } } });
        await api.ok('PATCH', `/links/${id}`, { body: { groupId: null, settings: { [name]: value } } });
        expect(await explained()).toEqual({ value: own, source: 'link', link: own, group: null });
      });
    },
  );

  test('the very next visit on every link follows a change of the group', async () => {
    const group = await api.group();
    const { links } = await api.ok('POST', '/links/bulk', {
      body: {
        links: Array.from({ length: 100 }, () => ({ destination: 'https://a.test/', groupId: group.id })),
      },
    });
    const statuses = async () => new Set(await Promise.all(links.map(statusOf)));
    expect(await statuses()).toEqual(new Set([302]));
    const steps: [object, number][] = [
      [{ paused: true }, 404],
      [{ paused: false, redirectType: 301 }, 301],
      [{ endsAt: '2020-01-01T00:00:00Z' }, 410],
      [{ endsAt: '2020-01-01T00:00:00Z', expiredUrl: 'https://a.test/over' }, 302],
      [{ endsAt: null, startsAt: '2090-01-01T00:00:00Z' }, 403],
      [{ startsAt: null, password: 'sesame-open' }, 200],
      [{ password: null, redirectType: null, expiredUrl: null }, 302],
    ];
    for (const [settings, status] of steps) {
      await api.ok('PATCH', `/groups/${group.id}`, { body: { settings } });
      expect(await statuses(), JSON.stringify(settings)).toEqual(new Set([status]));
    }
  });

  test('a limit of the group holds for each of its links, and only while it is there', async () => {
    const group = await api.group({ maxClicks: 2 });
    const links = [await api.link({ groupId: group.id }), await api.link({ groupId: group.id })];
    for (const link of links) {
      expect([await statusOf(link), await statusOf(link), await statusOf(link)]).toEqual([302, 302, 403]);
    }
    await api.ok('PATCH', `/groups/${group.id}`, { body: { settings: { maxClicks: 3 } } });
    for (const link of links) expect([await statusOf(link), await statusOf(link)]).toEqual([302, 403]);
    await api.ok('PATCH', `/groups/${group.id}`, { body: { settings: { maxClicks: false } } });
    for (const link of links) expect(await statusOf(link)).toBe(302);
  });

  test('the next visit follows also when fifty changes race with visits', async () => {
    const group = await api.group();
    const link = await api.link({ groupId: group.id });
    let stop = false;
    const visitors = Array.from({ length: 4 }, async () => {
      while (!stop) await api.visit(`/${link.code}`);
    });
    for (let round = 0; round < 50; round++) {
      await api.ok('PATCH', `/groups/${group.id}`, { body: { settings: { paused: round % 2 === 0 } } });
      expect(await statusOf(link)).toBe(round % 2 === 0 ? 404 : 302);
    }
    stop = true;
    await Promise.all(visitors);
  });

  test('leaving a group, by either way, restores the link’s own behaviour at once', async () => {
    const group = await api.group({ paused: true });
    const leave: ((id: string) => Promise<unknown>)[] = [
      (id) => api.ok('PATCH', `/links/${id}`, { body: { groupId: null } }),
      (id) => api.ok('POST', '/links/move', { body: { linkIds: [id], groupId: null } }),
    ];
    for (const way of leave) {
      const link = await api.link({ groupId: group.id, settings: { redirectType: 301 } });
      expect(await statusOf(link)).toBe(404);
      await way(link.id);
      expect(await statusOf(link)).toBe(301);
    }
    expect((await api.ok('GET', `/groups/${group.id}`)).linkCount).toBe(0);
  });

  test('deleting a group restores the own behaviour of its links at once', async () => {
    const group = await api.group({ paused: true });
    const links = [];
    for (let index = 0; index < 5; index++) {
      links.push(await api.link({ groupId: group.id, settings: { redirectType: 301 } }));
    }
    for (const link of links) expect(await statusOf(link)).toBe(404);
    expect((await api.call('DELETE', `/groups/${group.id}`)).status).toBe(204);
    for (const link of links) {
      expect(await statusOf(link)).toBe(301);
      expect(await api.ok('GET', `/links/${link.id}`)).toMatchObject({ groupId: null });
      expect(await api.ok('GET', `/links/${link.id}/explain`)).toMatchObject({
        group: null,
        status: 'active',
      });
    }
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['GET', '/explain', undefined],
      ['GET', '/links', undefined],
      ['PATCH', '', {}],
      ['DELETE', '', undefined],
      ['POST', '/links', { linkIds: [links[0].id] }],
    ] as const) {
      await api.refused(404, method, `/groups/${group.id}${path}`, body ? { body } : {});
    }
    expect((await api.ok('GET', '/groups')).groups.map(({ id }: Json) => id)).not.toContain(group.id);
    await api.refused(422, 'POST', '/links', { body: { destination: 'https://a.test', groupId: group.id } }, [
      'groupId',
    ]);
  });

  test('members are added to a group and listed', async () => {
    const group = await api.group();
    const first = await api.link();
    const second = await api.link();
    const body = { linkIds: [first.id, second.id] };
    expect(await api.ok('POST', `/groups/${group.id}/links`, { body })).toEqual({ moved: 2 });
    const { links } = await api.ok('GET', `/groups/${group.id}/links`);
    expect(links.map(({ id }: Json) => id)).toEqual([second.id, first.id]);
    await api.refused(422, 'POST', `/groups/${group.id}/links`, { body: { linkIds: ['lnk_x'] } }, [
      'linkIds.0',
    ]);
  });

  test('If-Match: current, stale, malformed and any', async () => {
    const { id } = await api.group();
    const path = `/groups/${id}`;
    const patch = (etag: string) => ({ body: { memo: etag }, headers: { 'if-match': etag } });
    expect((await api.call('GET', path)).headers.etag).toBe('"1"');
    expect((await api.call('PATCH', path, patch('"1"'))).headers.etag).toBe('"2"');
    await api.refused(412, 'PATCH', path, patch('"1"'));
    await api.refused(422, 'PATCH', path, patch('one'), ['headers.if-match']);
    await api.ok('PATCH', path, patch('*'));
    await api.refused(412, 'DELETE', path, { headers: { 'if-match': '"2"' } });
    await api.refused(422, 'DELETE', path, { headers: { 'if-match': 'two' } }, ['headers.if-match']);
    expect((await api.ok('GET', path)).memo).toBe('*');
    expect((await api.call('DELETE', path, { headers: { 'if-match': '"3"' } })).status).toBe(204);
  });

  test('Idempotency-Key: every POST about groups gives one effect', async () => {
    const group = await api.group();
    const { id } = await api.link();
    const posts = [
      ['/groups', { name: 'once' }],
      ['/groups/bulk', { groups: [{ name: 'once' }, { name: 'once more' }] }],
      [`/groups/${group.id}/links`, { linkIds: [id] }],
      ['/links/move', { linkIds: [id], groupId: null }],
    ] as const;
    for (const [index, [path, body]] of posts.entries()) {
      const headers = { 'idempotency-key': `group-${index}` };
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => api.call('POST', path, { body, headers })),
      );
      expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, path).toBe(1);
      expect(answers.filter((answer) => answer.headers['idempotency-replayed'] === undefined)).toHaveLength(
        1,
      );
      const other = {
        ...body,
        extra: undefined,
        ...('name' in body ? { name: 'other' } : { linkIds: ['lnk_o'] }),
      };
      if (!('groups' in body)) await api.refused(409, 'POST', path, { body: other, headers });
    }
    expect((await api.ok('GET', '/groups?search=once')).groups).toHaveLength(3);
  });

  test('in bulk all or nothing, naming the broken field', async () => {
    const { groups } = await api.ok('POST', '/groups/bulk', {
      body: { groups: [{ name: 'a' }, { name: 'b', settings: { paused: true } }] },
    });
    expect(groups.map(({ name }: Json) => name)).toEqual(['a', 'b']);
    const before = await api.state();
    const wrongs: [string, object][] = [
      ['groups.1.name', { name: '' }],
      ['groups.1.name', { name: 'nul\u0000' }],
      ['groups.1.memo', { memo: 'x'.repeat(2_001) }],
      ['groups.1.settings.maxClicks', { settings: { maxClicks: 1.5 } }],
      ['groups.1.settings.webhookUrl', { settings: { webhookUrl: 'ftp://a.test' } }],
      ['groups.1.settings.webhookUrl', { settings: { webhookEnabled: true } }],
      [
        'groups.1.settings.endsAt',
        { settings: { startsAt: '2030-01-02T00:00:00Z', endsAt: '2030-01-01T00:00:00Z' } },
      ],
    ];
    for (const [field, wrong] of wrongs) {
      await api.refused(
        422,
        'POST',
        '/groups/bulk',
        { body: { groups: [{ name: 'a' }, { name: 'b', ...wrong }] } },
        [field],
      );
    }
    await api.refused(422, 'POST', '/groups/bulk', { body: { groups: [] } }, ['groups']);
    expect(await api.state()).toEqual(before);
  });

  test('the webhook of a group needs somewhere to go', async () => {
    await api.refused(422, 'POST', '/groups', { body: { name: 'x', settings: { webhookEnabled: true } } }, [
      'settings.webhookUrl',
    ]);
    const { id } = await api.group({ webhookEnabled: true, webhookUrl: 'https://hooks.example/' });
    await api.refused(422, 'PATCH', `/groups/${id}`, { body: { settings: { webhookUrl: null } } }, [
      'settings.webhookUrl',
    ]);
  });

  test('lists page through everything and search takes text literally', async () => {
    for (let index = 0; index < 6; index++) await api.group({}, `Paged_${index} 100%`);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor ? `&cursor=${cursor}` : '';
      const page: Json = await api.ok('GET', `/groups?search=paged_&limit=2${query}`);
      expect(page.groups).toHaveLength(2);
      seen.push(...page.groups.map(({ name }: Json) => name));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toEqual([5, 4, 3, 2, 1, 0].map((index) => `Paged_${index} 100%`));
    expect((await api.ok('GET', '/groups?search=0%25')).groups).toHaveLength(6);
    expect((await api.ok('GET', '/groups?search=%25%25')).groups).toEqual([]);
    await api.refused(422, 'GET', '/groups?cursor=x', {}, ['querystring.cursor']);
    await api.refused(422, 'GET', '/groups?limit=1000', {}, ['querystring.limit']);
  });

  test.each([
    ['name', {}],
    ['name', { name: '' }],
    ['name', { name: 'x'.repeat(101) }],
    ['name', { name: 1 }],
    ['name', { name: 'tab is fine, \u0007 is not' }],
    ['memo', { name: 'x', memo: 'x'.repeat(2_001) }],
    ['settings', { name: 'x', settings: [] }],
  ])('a group whose %s is wrong is refused by that name: %j', async (field, body) => {
    await api.refused(422, 'POST', '/groups', { body }, [field]);
  });

  test('an unknown group is not found', async () => {
    for (const id of ['grp_unknown', 'none', '1']) {
      await api.refused(404, 'GET', `/groups/${id}`);
      await api.refused(404, 'GET', `/groups/${id}/explain`);
      await api.refused(404, 'GET', `/groups/${id}/links`);
      await api.refused(404, 'PATCH', `/groups/${id}`, { body: { memo: '' } });
      await api.refused(404, 'DELETE', `/groups/${id}`);
      await api.refused(404, 'POST', `/groups/${id}/links`, { body: { linkIds: ['lnk_x'] } });
    }
  });
});
