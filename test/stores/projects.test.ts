import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureInstanceSecret } from '../../src/accounts/instance-secret.ts';
import type { ProjectInput } from '../../src/accounts/project-service.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

describe.each(ENGINES)('projects on $name', (engine) => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
  });
  afterAll(() => bench.close());

  const load = () => bench.projects.load(bench.project.id);
  const update = async (input: ProjectInput, expectedVersion?: number) => {
    const { id } = bench.project;
    return (await bench.transact((tx) => bench.projects.update(tx, id, input, expectedVersion))).project;
  };

  test('the first project has the defaults it was given', () => {
    expect(bench.project).toMatchObject({
      timeZone: 'Asia/Seoul',
      homeCountry: 'KR',
      language: 'en',
      notificationAddresses: [],
      webhookUrl: null,
      version: 1,
    });
  });

  test('starting again with other defaults changes nothing', async () => {
    await bench.transact((tx) => bench.projects.ensureDefault(tx, { timeZone: 'UTC', homeCountry: 'DE' }));
    expect(await bench.projects.loadDefault()).toEqual(bench.project);
  });

  test('what an update says is changed, and what it does not say stays', async () => {
    const updated = await update({
      name: "O'Neill \u{1f3d6}",
      notificationAddresses: ['a@example.com', 'b@example.com'],
      webhookEnabled: false,
      webhookUrl: 'https://example.com/hook',
      webhookMetric: 'visitors',
      webhookFrequency: 100,
      language: undefined,
    });
    expect(updated).toMatchObject({
      name: "O'Neill \u{1f3d6}",
      language: 'en',
      webhookEnabled: false,
      version: 2,
    });
    expect(await load()).toEqual(updated);
    await update({ webhookUrl: null });
    expect(await load()).toMatchObject({ webhookUrl: null, webhookMetric: 'visitors', version: 3 });
  });

  test('of twenty updates that expect the same version, exactly one succeeds', async () => {
    const { version } = await load();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => update({ name: `By ${index}` }, version)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'stale' });
    }
    expect((await load()).version).toBe(version + 1);
  });

  test('a project that is not there is not found', async () => {
    const missing = { code: 'not-found' };
    await expect(bench.projects.load(999_999)).rejects.toMatchObject(missing);
    const updating = bench.transact((tx) => bench.projects.update(tx, 999_999, { name: 'x' }, undefined));
    await expect(updating).rejects.toMatchObject(missing);
  });

  test('an instance secret is made once, by however many that start', async () => {
    const secrets = await Promise.all(
      Array.from({ length: 10 }, () => ensureInstanceSecret(bench.database, 'visitor-secret-1')),
    );
    expect(new Set(secrets).size).toBe(1);
    expect(secrets[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(await ensureInstanceSecret(bench.database, 'unlock-secret-1')).not.toBe(secrets[0]);
  });
});
