import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KeyService } from '../../src/accounts/key-service.ts';
import type { Scope } from '../../src/accounts/scope.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

const NOW = 1_760_000_000_000;
const REFUSED = { code: 'unauthenticated' };

describe.each(ENGINES)('API keys on $name', (engine) => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
  });
  afterAll(() => bench.close());

  const create = (scopes: readonly Scope[], granter?: readonly Scope[], expiresAt: number | null = null) =>
    bench.transact((tx) =>
      bench.keys.create(tx, { projectId: bench.project.id, name: 'CI', scopes, expiresAt }, granter),
    );
  const revoke = (publicId: string, projectId = bench.project.id) =>
    bench.transact((tx) => bench.keys.revoke(tx, projectId, publicId));
  const bootstrap = (secret: string) =>
    bench.database.transact('system', async (tx) => {
      await bench.database.takeTurn(tx);
      await bench.keys.ensureBootstrap(tx, bench.project.id, secret);
    });

  test('a key opens the door of its project, with its scopes', async () => {
    const { apiKey, secret } = await create(['links:read', 'groups:read']);
    const found = await bench.keys.authenticate(secret, NOW);
    expect(found).toEqual(apiKey);
    expect(found).toMatchObject({ projectId: bench.project.id, scopes: ['links:read', 'groups:read'] });
    expect(await bench.keys.authenticate(secret, NOW)).toEqual(apiKey);
  });

  test('the key itself is kept nowhere', async () => {
    const { secret } = await create(['*']);
    const rows = await bench.database.read.selectFrom('api_key').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(secret);
    expect(rows.at(-1)?.hint).toBe(`${secret.slice(0, 7)}…`);
  });

  test.each([undefined, '', 'sy_', 'sy_unknown', '\u0000', "' or 1=1 --"])(
    '%j opens nothing',
    async (presented) => {
      await expect(bench.keys.authenticate(presented, NOW)).rejects.toMatchObject(REFUSED);
    },
  );

  test('a key expires at its instant, also when it was used before', async () => {
    const { secret } = await create(['*'], undefined, NOW);
    await bench.keys.authenticate(secret, NOW - 1);
    await expect(bench.keys.authenticate(secret, NOW)).rejects.toMatchObject({ code: 'key-expired' });
  });

  test('a revoked key opens nothing once the commit is known, here and in other processes', async () => {
    const elsewhere = new KeyService(bench.database);
    const { apiKey, secret } = await create(['*']);
    await Promise.all([bench.keys, elsewhere].map((keys) => keys.authenticate(secret, NOW)));
    await revoke(apiKey.publicId);
    for (const keys of [bench.keys, elsewhere]) {
      keys.forget();
      await expect(keys.authenticate(secret, NOW)).rejects.toMatchObject(REFUSED);
    }
    await expect(revoke(apiKey.publicId)).rejects.toMatchObject({ code: 'not-found' });
    expect((await bench.keys.list(bench.project.id)).map(({ id }) => id)).not.toContain(apiKey.id);
  });

  test('a key that is being read while it is revoked is not remembered', async () => {
    for (let round = 0; round < 20; round++) {
      const { apiKey, secret } = await create(['*']);
      bench.keys.forget();
      const reading = bench.keys.authenticate(secret, NOW).catch(() => {});
      await revoke(apiKey.publicId);
      bench.keys.forget();
      await reading;
      await expect(bench.keys.authenticate(secret, NOW)).rejects.toMatchObject(REFUSED);
    }
  });

  test('a key is revoked by its own project alone', async () => {
    const stranger = await bench.createProject();
    const { apiKey } = await create(['*']);
    await expect(revoke(apiKey.publicId, stranger)).rejects.toMatchObject({ code: 'not-found' });
  });

  const grants: [readonly Scope[], readonly Scope[], boolean][] = [
    [['*'], ['*'], true],
    [['*'], ['keys:write', 'links:read'], true],
    [['keys:write', 'links:read'], ['links:read'], true],
    [['keys:write', 'links:read'], ['links:write'], false],
    [['keys:write', 'links:read'], ['links:read', '*'], false],
    [[], ['links:read'], false],
    [['links:read'], [], true],
  ];
  test.each(grants)('who has %j gives away %j: %s', async (granter, wanted, allowed) => {
    const before = (await bench.keys.list(bench.project.id)).length;
    const creating = create(wanted, granter);
    if (allowed) await creating;
    else await expect(creating).rejects.toMatchObject({ code: 'forbidden' });
    expect(await bench.keys.list(bench.project.id)).toHaveLength(before + (allowed ? 1 : 0));
  });

  test('the bootstrap key becomes valid once, by however many that start', async () => {
    const secret = 'bootstrap-key-of-the-operator';
    await Promise.all(Array.from({ length: 10 }, () => bootstrap(secret)));
    await bootstrap(secret);
    const named = (await bench.keys.list(bench.project.id)).filter(({ name }) => name === 'bootstrap');
    expect(named).toHaveLength(1);
    expect((await bench.keys.authenticate(secret, NOW)).scopes).toEqual(['*']);
  });

  test('a bootstrap key that was revoked by hand stays revoked', async () => {
    const secret = 'another-bootstrap-key-of-ours';
    await bootstrap(secret);
    const key = await bench.keys.authenticate(secret, NOW);
    await revoke(key.publicId);
    bench.keys.forget();
    await bootstrap(secret);
    await expect(bench.keys.authenticate(secret, NOW)).rejects.toMatchObject(REFUSED);
  });
});
