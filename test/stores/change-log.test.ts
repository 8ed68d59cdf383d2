import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Change } from '../../src/db/change.ts';
import { prepareSettings } from '../../src/links/settings-change.ts';
import { ENGINES } from '../support/engines.ts';
import { ACTOR, Workbench } from '../support/workbench.ts';

describe.each(ENGINES)('the change log on $name', (engine) => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
  });
  afterAll(() => bench.close());

  async function logOf(publicId: string) {
    const rows = await bench.historyOf(publicId);
    return rows.map(({ action, version, actor, data, codes, project_id, entity }) => ({
      entity,
      action,
      version,
      actor,
      projectId: project_id,
      data: JSON.parse(data),
      codes: JSON.parse(codes),
    }));
  }

  test('every edit of a link is there, with who, which version, what, and the codes it touches', async () => {
    const group = await bench.createGroup();
    const link = await bench.createLink({ code: 'logged', title: 'A', settings: { maxClicks: 5 } });
    await bench.updateLink(link, { title: 'B', settings: { maxClicks: null, paused: true } });
    await bench.moveLinks([link], group);
    await bench.deleteLink(link);
    const always = {
      entity: 'link',
      actor: ACTOR,
      projectId: bench.project.id,
      codes: [`${bench.domain.id}/logged`],
    };
    const log = await logOf(link.publicId);
    expect(log).toMatchObject([
      { ...always, action: 'created', version: 1 },
      { ...always, action: 'updated', version: 2 },
      { ...always, action: 'moved', version: 3 },
      { ...always, action: 'deleted', version: 4 },
    ]);
    expect(log[0]?.data).toMatchObject({
      title: { from: null, to: 'A' },
      'settings.maxClicks': { from: null, to: 5 },
      code: { from: null, to: 'logged' },
    });
    expect(log[1]?.data).toEqual({
      title: { from: 'A', to: 'B' },
      'settings.maxClicks': { from: 5, to: null },
      'settings.paused': { from: null, to: true },
    });
    expect(log[2]?.data).toEqual({ groupPublicId: { from: null, to: group.publicId } });
  });

  test('every edit of a group is there', async () => {
    const group = await bench.createGroup('First');
    const settings = await prepareSettings({ webhookUrl: 'https://example.com/hook' }, 'group');
    await bench.transact((tx) =>
      bench.groups.update(tx, bench.project.id, group.publicId, { name: 'Second', settings }, 1),
    );
    await bench.deleteGroup(group);
    expect(await logOf(group.publicId)).toMatchObject([
      { entity: 'group', action: 'created', version: 1, data: { name: { from: null, to: 'First' } } },
      { action: 'updated', version: 2, actor: ACTOR, data: { name: { from: 'First', to: 'Second' } } },
      { action: 'deleted', version: 3, codes: [] },
    ]);
  });

  test('edits of domains, projects and keys are there', async () => {
    const projectId = bench.project.id;
    const domain = await bench.transact((tx) =>
      bench.domains.create(tx, { projectId, host: 'log.example.com', pathPrefix: '' }),
    );
    await bench.transact((tx) => bench.domains.delete(tx, projectId, domain.publicId));
    await bench.transact((tx) => bench.projects.update(tx, projectId, { name: 'Renamed' }, undefined));
    const { apiKey } = await bench.transact((tx) =>
      bench.keys.create(tx, { projectId, name: 'CI', scopes: ['links:read'], expiresAt: null }),
    );
    await bench.transact((tx) => bench.keys.revoke(tx, projectId, apiKey.publicId));
    const seen = await Promise.all([domain, bench.project, apiKey].map(({ publicId }) => logOf(publicId)));
    expect(seen.flat().map(({ entity, action }) => `${entity} ${action}`)).toEqual([
      'domain created',
      'domain deleted',
      'project updated',
      'api-key created',
      'api-key deleted',
    ]);
    expect(seen[1]?.[0]?.data).toEqual({ name: { from: 'Default project', to: 'Renamed' } });
  });

  test('no secret is in it, neither in clear nor as a hash', async () => {
    const secret = 'correct horse battery';
    const link = await bench.createLink({ settings: { password: secret, statsPassword: secret } });
    await bench.updateLink(link, { settings: { password: `${secret} staple`, statsPassword: null } });
    await bench.updateLink(link, { settings: { password: false } });
    await bench.createGroup('Secretive', { password: secret });
    const { secret: key, apiKey } = await bench.transact((tx) =>
      bench.keys.create(tx, { projectId: bench.project.id, name: 'k', scopes: ['*'], expiresAt: null }),
    );
    const all = JSON.stringify(await bench.database.read.selectFrom('change').selectAll().execute());
    expect(all).not.toContain('correct horse');
    expect(all).not.toContain('$argon2');
    expect(all).not.toContain(key);
    const stored = await bench.database.read
      .selectFrom('api_key')
      .select('key_hash')
      .where('id', '=', apiKey.id)
      .executeTakeFirstOrThrow();
    expect(all).not.toContain(stored.key_hash);
    const [, second, third] = await logOf(link.publicId);
    expect(second?.data).toEqual({
      'settings.password': { from: '(set)', to: '(set)' },
      'settings.statsPassword': { from: '(set)', to: null },
    });
    expect(third?.data).toEqual({ 'settings.password': { from: '(set)', to: false } });
  });

  test('listeners hear an edit after its commit, before its author is answered, and never a rolled back one', async () => {
    const heard: Change[] = [];
    bench.database.onCommit((changes) => void heard.push(...changes));
    const link = await bench.createLink({ code: 'heard' });
    expect(heard.map(({ publicId, action }) => [publicId, action])).toEqual([[link.publicId, 'created']]);
    const given = { code: 'heard' };
    await expect(bench.createLink(given)).rejects.toMatchObject({ code: 'code-taken' });
    const failing = bench.transact(async (tx) => {
      await bench.links.delete(tx, bench.project.id, link.publicId, undefined);
      throw new Error('no after all');
    });
    await expect(failing).rejects.toThrow('no after all');
    expect(heard).toHaveLength(1);
    expect(await logOf(link.publicId)).toHaveLength(1);
  });

  test('a bulk of a thousand is a thousand changes, in order', async () => {
    const links = await bench.createLinks(Array.from({ length: 1_000 }, () => ({ memo: 'bulk' })));
    const rows = await bench.database.read
      .selectFrom('change')
      .select('entity_id')
      .where('entity', '=', 'link')
      .orderBy('id', 'desc')
      .limit(1_000)
      .execute();
    expect(rows.map(({ entity_id }) => entity_id).toReversed()).toEqual(links.map(({ id }) => id));
  });
});
