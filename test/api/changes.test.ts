import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { Api, type Json } from './api.ts';

describe.each(ENGINES)('the change log over HTTP on $name', (engine) => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.open(engine);
  });
  afterAll(() => api.close());

  const historyOf = async (id: string): Promise<Json[]> =>
    (await api.ok('GET', `/changes?id=${id}&limit=100`)).changes;

  test('a link: who made, changed, moved and deleted it, newest first', async () => {
    const group = await api.group();
    const editor = await api.ok('POST', '/keys', { body: { name: 'editor' } });
    const { id } = await api.link({ title: 'one' });
    await api.ok('PATCH', `/links/${id}`, {
      body: { title: 'two', settings: { paused: true } },
      key: editor.key,
    });
    await api.ok('POST', '/links/move', { body: { linkIds: [id], groupId: group.id } });
    await api.ok('DELETE', `/links/${id}`);
    const history = await historyOf(id);
    expect(history.map(({ action, version, entity }) => [entity, action, version])).toEqual([
      ['link', 'deleted', 4],
      ['link', 'moved', 3],
      ['link', 'updated', 2],
      ['link', 'created', 1],
    ]);
    expect(history[2]).toEqual({
      at: expect.stringMatching(/Z$/),
      actor: `key:${editor.id}`,
      entity: 'link',
      id,
      action: 'updated',
      version: 2,
      changes: { title: { from: 'one', to: 'two' }, 'settings.paused': { from: null, to: true } },
    });
    expect(history[3].actor).not.toBe(history[2].actor);
    expect(history[1].changes).toEqual({ groupId: { from: null, to: group.id } });
  });

  test('speaks the words and forms of the API, and no internal ids', async () => {
    const { id } = await api.link({
      deleteAt: '2050-01-01T00:00:00Z',
      settings: { endsAt: '2040-01-01T00:00:00Z' },
    });
    await api.ok('PATCH', `/links/${id}`, { body: { destination: 'https://example.com/new' } });
    const [updated, created] = await historyOf(id);
    expect(updated.changes).toEqual({
      destination: { from: 'https://example.com/', to: 'https://example.com/new' },
    });
    expect(created.changes).toMatchObject({
      destination: { from: null, to: 'https://example.com/' },
      deleteAt: { from: null, to: '2050-01-01T00:00:00.000Z' },
      'settings.endsAt': { from: null, to: '2040-01-01T00:00:00.000Z' },
    });
    expect(created.changes).not.toHaveProperty('route');
    expect(created.changes).not.toHaveProperty('domainId');
    expect(created.changes).not.toHaveProperty('groupPublicId');
  });

  test('of secrets only that they were set', async () => {
    for (const secret of ['clear-secret-1', 'clear-secret-2']) api.secrets.add(secret);
    const { id } = await api.link({
      settings: { password: 'clear-secret-1', statsPassword: 'clear-secret-1' },
    });
    await api.ok('PATCH', `/links/${id}`, { body: { settings: { password: 'clear-secret-2' } } });
    await api.ok('PATCH', `/links/${id}`, { body: { settings: { password: false } } });
    const group = await api.group({ password: 'clear-secret-2' });
    const history = await historyOf(id);
    expect(history.map(({ changes }) => changes['settings.password'])).toEqual([
      { from: '(set)', to: false },
      { from: '(set)', to: '(set)' },
      { from: null, to: '(set)' },
    ]);
    expect((await historyOf(group.id))[0].changes['settings.password']).toEqual({ from: null, to: '(set)' });
    await api.refused(422, 'PATCH', `/links/${id}`, { body: { settings: { password: ['clear-secret-1'] } } });
    await api.refused(422, 'POST', '/links', {
      body: { destination: 'bad', settings: { password: 'clear-secret-1' } },
    });
  });

  test('domains, project, keys and groups are in it; refused calls are not', async () => {
    const domain = await api.ok('POST', '/domains', { body: { host: 'log.test' } });
    await api.ok('DELETE', `/domains/${domain.id}`);
    const project = await api.ok('PATCH', '/project', { body: { name: 'Logged' } });
    const key = await api.ok('POST', '/keys', { body: { name: 'logged' } });
    await api.ok('DELETE', `/keys/${key.id}`);
    const group = await api.group();
    await api.ok('PATCH', `/groups/${group.id}`, { body: { memo: 'm' } });
    await api.ok('DELETE', `/groups/${group.id}`);
    const actions = async (id: string) =>
      (await historyOf(id)).map(({ entity, action }) => `${entity} ${action}`);
    expect(await actions(domain.id)).toEqual(['domain deleted', 'domain created']);
    expect(await actions(project.id)).toEqual(['project updated']);
    expect(await actions(key.id)).toEqual(['api-key deleted', 'api-key created']);
    expect(await actions(group.id)).toEqual(['group deleted', 'group updated', 'group created']);
    const before = await api.ok('GET', '/changes?limit=100');
    await api.refused(422, 'POST', '/links', { body: { destination: 'x' } });
    await api.refused(404, 'DELETE', '/links/lnk_unknown');
    await api.refused(422, 'POST', '/links/bulk', {
      body: { links: [{ destination: 'https://a.test' }, {}] },
    });
    expect(await api.ok('GET', '/changes?limit=100')).toEqual(before);
  });

  test('is filtered by entity and pages through everything once', async () => {
    for (let index = 0; index < 5; index++) await api.group({}, `g${index}`);
    const all: Json[] = (await api.ok('GET', '/changes?entity=group&limit=100')).changes;
    expect(new Set(all.map(({ entity }) => entity))).toEqual(new Set(['group']));
    const seen: Json[] = [];
    let cursor: string | null = null;
    do {
      const page: Json = await api.ok(
        'GET',
        `/changes?entity=group&limit=2${cursor ? `&cursor=${cursor}` : ''}`,
      );
      seen.push(...page.changes);
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toEqual(all);
    await api.refused(422, 'GET', '/changes?entity=visit', {}, ['querystring.entity']);
    await api.refused(422, 'GET', '/changes?cursor=nope', {}, ['querystring.cursor']);
    await api.refused(422, 'GET', `/changes?id=${'x'.repeat(65)}`, {}, ['querystring.id']);
    expect((await api.ok('GET', '/changes?id=lnk_unknown')).changes).toEqual([]);
  });
});
