import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PreviousSecret } from '../../src/accounts/previous-secrets.ts';
import { WebhookEndpointService } from '../../src/accounts/webhook-endpoint-service.ts';
import type { Group } from '../../src/links/group.ts';
import type { GroupInput } from '../../src/links/group-input.ts';
import { prepareGroup } from '../../src/links/group-input.ts';
import { listEndpoints, loadEndpoint } from '../../src/reactions/endpoint-overview.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

const ON = { webhookEnabled: true, webhookUrl: 'https://hook.example/in' };
const HOUR_MS = 3_600_000;

describe.each(ENGINES)('webhook endpoints on $name', (engine) => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
  });
  afterAll(() => bench.close());

  const overview = (publicId: string) => loadEndpoint(bench.database.read, bench.project.id, publicId);
  const update = async (group: Group, settings: GroupInput['settings']) => {
    const prepared = await prepareGroup({ settings });
    return await bench.transact((tx) =>
      bench.groups.update(tx, bench.project.id, group.publicId, prepared, undefined),
    );
  };
  const updateProject = (input: Parameters<Workbench['projects']['update']>[2]) =>
    bench.transact((tx) => bench.projects.update(tx, bench.project.id, input, undefined));
  const endpointOf = async (group: Group | null) => {
    const all = await listEndpoints(bench.database.read, { projectId: bench.project.id, limit: 100 });
    const found = all.find((one) => (one.group?.id ?? null) === (group?.id ?? null));
    if (!found) throw new Error('it has no endpoint');
    return found;
  };
  const change = (
    publicId: string,
    input: Parameters<WebhookEndpointService['update']>[3],
    version?: number,
  ) => bench.transact((tx) => bench.endpoints.update(tx, bench.project.id, publicId, input, version));
  const rotate = (publicId: string, overlapMs: number) =>
    bench.transact((tx) => bench.endpoints.rotateSecret(tx, bench.project.id, publicId, overlapMs));
  const disable = (id: number, reason: 'gone' | 'failing' = 'gone', calledAsOf = Date.now()) =>
    bench.transact((tx) => bench.endpoints.disable(tx, id, reason, calledAsOf));
  const rowOf = (id: number) =>
    bench.database.read
      .selectFrom('webhook_endpoint')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow();

  const previousOf = (row: { readonly previous_secrets: string }): PreviousSecret[] =>
    JSON.parse(row.previous_secrets);

  test('a group gets one when its webhook is first switched on, and keeps it', async () => {
    const group = await bench.createGroup('first');
    await expect(endpointOf(group)).rejects.toThrow('no endpoint');
    const { webhookSecret } = await update(group, ON);
    expect(webhookSecret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const { id, publicId } = await endpointOf(group);
    expect((await rowOf(id)).secret).toBe(webhookSecret);
    for (const settings of [
      { webhookEnabled: false },
      { webhookEnabled: true },
      { webhookUrl: 'https://b.test/' },
    ]) {
      expect((await update(group, settings)).webhookSecret).toBeNull();
    }
    expect((await endpointOf(group)).publicId).toBe(publicId);
    expect(await bench.historyOf(publicId)).toMatchObject([{ action: 'created', data: '{}' }]);
  });

  test('the project gets one with its first URL', async () => {
    expect((await updateProject({ name: 'no URL yet' })).webhookSecret).toBeNull();
    const { webhookSecret } = await updateProject({ webhookUrl: 'https://hook.example/all' });
    expect(webhookSecret).toMatch(/^whsec_/);
    expect((await updateProject({ webhookUrl: 'https://hook.example/other' })).webhookSecret).toBeNull();
    expect(await endpointOf(null)).toMatchObject({
      group: null,
      url: 'https://hook.example/other',
      metric: 'clicks',
      every: 1,
      status: 'active',
      waiting: 0,
      dropped: 0,
      failingSince: null,
    });
  });

  test('ten that switch it on at once make one, and one of them is told the secret', async () => {
    const group = await bench.createGroup('ten');
    const secrets = await Promise.all(Array.from({ length: 10 }, () => update(group, ON)));
    expect(secrets.filter(({ webhookSecret }) => webhookSecret !== null)).toHaveLength(1);
  });

  test.each([
    'https://user:word@hook.example/',
    'https://user@hook.example/',
    'http://hook.example/',
    'https://127.0.0.1/',
    'https://0x7f.1/',
    'https://[::ffff:10.0.0.1]/',
    'https://169.254.169.254/latest',
    'https://localhost/',
  ])('%s is no receiver, of a group or a project', async (webhookUrl) => {
    const group = await bench.createGroup('refused');
    await expect(update(group, { webhookUrl })).rejects.toMatchObject({
      code: 'invalid',
      fields: [{ field: 'settings.webhookUrl', message: expect.stringMatching(/^The URL /) }],
    });
    await expect(bench.createGroup('also refused', { webhookUrl })).rejects.toMatchObject({
      code: 'invalid',
    });
    await expect(updateProject({ webhookUrl })).rejects.toMatchObject({ fields: [{ field: 'webhookUrl' }] });
  });

  test('where private targets are allowed, http and this machine are; credentials never are', () => {
    const open = new WebhookEndpointService(bench.database, true);
    expect(open.targetProblem('http://127.0.0.1:9000/')).toBeUndefined();
    expect(open.targetProblem('http://user:word@127.0.0.1:9000/')).toBeDefined();
  });

  test('a receiver that is there already stays when other things change', async () => {
    const group = await bench.createGroup('old');
    const settings = JSON.stringify({ ...ON, webhookUrl: 'http://old.example/' });
    await bench.transact((tx) =>
      tx.db.updateTable('link_group').set({ settings }).where('id', '=', group.id).execute(),
    );
    expect((await update(group, { webhookFrequency: 50 })).group.settings.webhookUrl).toBe(
      'http://old.example/',
    );
  });

  test('pausing and going on are edits with a version, told in the change log', async () => {
    const { publicId, version } = await endpointOf(null);
    expect(await change(publicId, { paused: true }, version)).toMatchObject({
      paused: true,
      version: version + 1,
    });
    expect(await overview(publicId)).toMatchObject({ status: 'paused', paused: true });
    await expect(change(publicId, { paused: false }, version)).rejects.toMatchObject({ code: 'stale' });
    await change(publicId, { paused: false });
    expect(await overview(publicId)).toMatchObject({ status: 'active', version: version + 2 });
    const [, paused, resumed] = await bench.historyOf(publicId);
    expect(JSON.parse(paused?.data ?? '')).toEqual({ paused: { from: false, to: true } });
    expect(JSON.parse(resumed?.data ?? '')).toEqual({ paused: { from: true, to: false } });
  });

  test('one that was disabled is called again by whoever says so, or names another receiver', async () => {
    const group = await bench.createGroup('gone', ON);
    const { id, publicId } = await endpointOf(group);
    const disabled = { status: 'disabled', disabledReason: 'gone' };
    const enabled = { status: 'active', disabledAt: null, disabledReason: null };

    await disable(id);
    await disable(id, 'failing');
    expect(await overview(publicId), 'the first reason stays').toMatchObject(disabled);
    await change(publicId, { paused: true });
    expect(await overview(publicId), 'pausing does not enable').toMatchObject(disabled);
    await change(publicId, { paused: false, disabled: false });
    expect(await overview(publicId)).toMatchObject(enabled);

    await disable(id);
    await update(group, { webhookFrequency: 100, webhookUrl: ON.webhookUrl, webhookEnabled: true });
    expect(await overview(publicId), 'the same receiver').toMatchObject(disabled);
    await update(group, { webhookUrl: 'https://hook.example/new' });
    expect(await overview(publicId)).toMatchObject(enabled);
    await disable(id);
    await update(group, { webhookEnabled: false });
    await update(group, { webhookEnabled: true });
    expect(await overview(publicId)).toMatchObject(enabled);

    const own = await endpointOf(null);
    await disable(own.id, 'failing');
    await updateProject({ name: 'another name' });
    expect(await endpointOf(null)).toMatchObject({ status: 'disabled' });
    await updateProject({ webhookUrl: 'https://hook.example/moved' });
    expect(await endpointOf(null)).toMatchObject(enabled);
    await disable(own.id);
    await updateProject({ webhookEnabled: false });
    await updateProject({ webhookEnabled: true });
    expect(await endpointOf(null), 'off and on').toMatchObject(enabled);
  });

  test('what a receiver said before it, its group or its project was edited disables nothing', async () => {
    const group = await bench.createGroup('edited', ON);
    const { id, publicId } = await endpointOf(group);
    const later = Date.now() + HOUR_MS;
    const edits = {
      webhook_endpoint: () =>
        bench.transact((tx) =>
          tx.db.updateTable('webhook_endpoint').set({ updated_at: later }).where('id', '=', id).execute(),
        ),
      link_group: () =>
        bench.transact((tx) =>
          tx.db.updateTable('link_group').set({ updated_at: later }).where('id', '=', group.id).execute(),
        ),
      project: () =>
        bench.transact((tx) =>
          tx.db
            .updateTable('project')
            .set({ updated_at: later })
            .where('id', '=', bench.project.id)
            .execute(),
        ),
    };
    for (const [name, edit] of Object.entries(edits)) {
      await edit();
      await disable(id, 'gone', later - 1);
      expect(await overview(publicId), name).toMatchObject({ status: 'active', disabledAt: null });
      await disable(id, 'gone', later);
      expect(await overview(publicId), name).toMatchObject({ status: 'disabled' });
      await change(publicId, { disabled: false });
    }
    await updateProject({ name: 'edited now' });
  });

  test('an edit that changes nothing writes nothing', async () => {
    const group = await bench.createGroup('unchanged', ON);
    const { publicId, version } = await endpointOf(group);
    const before = await overview(publicId);
    for (const input of [
      {},
      { paused: false },
      { disabled: false as const },
      { paused: false, disabled: false as const },
    ])
      expect(await change(publicId, input, version)).toMatchObject({ version });
    expect(await overview(publicId)).toEqual(before);
    expect(await bench.historyOf(publicId)).toHaveLength(1);
    await expect(change(publicId, {}, version + 1)).rejects.toMatchObject({ code: 'stale' });
  });

  test('a new secret lets the old ones sign for a while, each until its own instant', async () => {
    const group = await bench.createGroup('rotated', ON);
    const { id, publicId } = await endpointOf(group);
    const { secret: first } = await rowOf(id);
    const before = Date.now();
    const second = await rotate(publicId, 24 * HOUR_MS);
    expect(second.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const row = await rowOf(id);
    expect(row.secret).toBe(second.secret);
    const [{ until }] = previousOf(row) as [PreviousSecret];
    expect(previousOf(row)).toEqual([{ secret: first, until }]);
    expect(until).toBeGreaterThanOrEqual(before + 24 * HOUR_MS);
    expect(until).toBeLessThanOrEqual(Date.now() + 24 * HOUR_MS);

    const third = await rotate(publicId, HOUR_MS);
    const both = await rowOf(id);
    expect(both.secret).toBe(third.secret);
    expect(previousOf(both)).toEqual([
      { secret: second.secret, until: expect.any(Number) },
      { secret: first, until },
    ]);
    expect(third.endpoint.previousSecretUntil, 'the latest').toBe(until);

    const expired = previousOf(both).map((one) => ({ ...one, until: Date.now() }));
    await bench.transact((tx) =>
      tx.db
        .updateTable('webhook_endpoint')
        .set({ previous_secrets: JSON.stringify(expired) })
        .where('id', '=', id)
        .execute(),
    );
    await rotate(publicId, HOUR_MS);
    expect(previousOf(await rowOf(id)).map(({ secret }) => secret)).toEqual([third.secret]);
    for (let more = 1; more < 8; more++) await rotate(publicId, HOUR_MS);
    await expect(rotate(publicId, HOUR_MS), 'headers have an end').rejects.toMatchObject({
      code: 'conflict',
    });
    const last = await rotate(publicId, 0);
    expect(previousOf(await rowOf(id))).toEqual([]);
    expect(last.endpoint.previousSecretUntil).toBeNull();

    const history = JSON.stringify(await bench.historyOf(publicId));
    expect(history).toContain('(set)');
    expect(history).not.toContain('whsec_');
  });

  test('says why it is not called: the first reason that holds', async () => {
    const group = await bench.createGroup('statuses', ON);
    const { id, publicId } = await endpointOf(group);
    const status = async () => (await overview(publicId)).status;
    expect(await status()).toBe('active');
    await change(publicId, { paused: true });
    expect(await status()).toBe('paused');
    await update(group, { webhookEnabled: false });
    expect(await status()).toBe('group-off');
    await disable(id);
    expect(await status()).toBe('disabled');
    await updateProject({ webhookEnabled: false });
    expect(await status()).toBe('webhooks-off');
    await update(group, { webhookUrl: null });
    expect(await status()).toBe('no-receiver');
    await updateProject({ webhookEnabled: true });
    expect(await status()).toBe('no-receiver');
  });

  test("a deleted group's is not listed any more, and still known by its id", async () => {
    const group = await bench.createGroup('deleted', ON);
    const { publicId } = await endpointOf(group);
    await bench.deleteGroup(group);
    await expect(endpointOf(group)).rejects.toThrow('no endpoint');
    expect(await overview(publicId)).toMatchObject({ status: 'no-receiver', group: { name: 'deleted' } });
  });

  test('lists page by page, newest first', async () => {
    const query = { projectId: bench.project.id, limit: 2 };
    const all = await listEndpoints(bench.database.read, { ...query, limit: 100 });
    const found = [];
    for (let before: number | undefined; ; before = found.at(-1)?.id) {
      const page = await listEndpoints(bench.database.read, { ...query, before });
      if (page.length === 0) break;
      found.push(...page);
    }
    expect(found).toEqual(all);
    expect(found.map(({ id }) => id)).toEqual(found.map(({ id }) => id).sort((a, b) => b - a));
  });

  test("another project's is not found", async () => {
    const { publicId } = await endpointOf(null);
    const stranger = await bench.createProject('Stranger');
    const notFound = { code: 'not-found' };
    await expect(loadEndpoint(bench.database.read, stranger, publicId)).rejects.toMatchObject(notFound);
    for (const write of [
      (tx: Parameters<WebhookEndpointService['update']>[0]) =>
        bench.endpoints.update(tx, stranger, publicId, { paused: true }, undefined),
      (tx: Parameters<WebhookEndpointService['update']>[0]) =>
        bench.endpoints.rotateSecret(tx, stranger, publicId, 0),
    ]) {
      await expect(bench.transact<unknown>(write)).rejects.toMatchObject(notFound);
    }
    expect(await listEndpoints(bench.database.read, { projectId: stranger, limit: 10 })).toEqual([]);
  });
});
