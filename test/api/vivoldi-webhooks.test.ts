import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebhookEndpointService } from '../../src/accounts/webhook-endpoint-service.ts';
import { openStore } from '../../src/db/open.ts';
import type { StoreLocation } from '../../src/db/store-location.ts';
import { ENGINES, SQLITE } from '../support/engines.ts';
import { IN_KOREAN, Vivoldi } from './vivoldi-client.ts';
import { isKorean } from './vivoldi-fields.ts';

const ON = { webhookEnableYn: 'Y', webhookCallbackUrl: 'https://api.example.com/webhook' };

describe.each(ENGINES)('the webhook of a group on $name', (engine) => {
  let vivoldi: Vivoldi;
  beforeAll(async () => {
    vivoldi = await Vivoldi.open(engine);
  });
  afterAll(() => vivoldi.close());

  test('gets a secret when it is first switched on, shown this once', async () => {
    const grpIdx = await vivoldi.group();
    const secret = await vivoldi.updateGroup(grpIdx, { ...ON, webhookMetric: 'P', webhookFrequency: 50 });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    vivoldi.api.secrets.add(secret as string);
    const shown = { ...ON, webhookMetric: 'P', webhookFrequency: 50 };
    expect(await vivoldi.getGroup(grpIdx)).toMatchObject(shown);
    for (const change of [ON, { memo: 'x' }, { webhookEnableYn: 'N' }, { webhookEnableYn: 'Y' }, ON]) {
      expect(await vivoldi.updateGroup(grpIdx, change)).toBeNull();
    }
    expect(await vivoldi.getGroup(grpIdx)).toMatchObject(shown);
    vivoldi.api.secrets.delete(secret as string);
  });

  test('gets one at the creation of the group, too', async () => {
    const created = await vivoldi.ok('POST', 'link-group/v1/create', { nm: 'x', ...ON });
    expect(created).toEqual({
      grpIdx: expect.any(Number),
      webhookSecretKey: expect.stringMatching(/^whsec_/),
    });
    expect(await vivoldi.updateGroup(created.grpIdx, ON)).toBeNull();
  });

  test('switched off keeps what it was told', async () => {
    const grpIdx = await vivoldi.group({ ...ON, webhookMetric: 'P', webhookFrequency: 300 });
    await vivoldi.updateGroup(grpIdx, { webhookEnableYn: 'N' });
    expect(await vivoldi.getGroup(grpIdx)).toMatchObject({
      ...ON,
      webhookEnableYn: 'N',
      webhookMetric: 'P',
      webhookFrequency: 300,
    });
  });

  test('needs a receiver, which may be there already', async () => {
    const grpIdx = await vivoldi.group();
    const refusals = [
      ['PUT', 'link-group/v1/update', { grpIdx, webhookEnableYn: 'Y' }],
      ['POST', 'link-group/v1/create', { nm: 'x', webhookEnableYn: 'Y' }],
    ] as const;
    for (const [method, path, body] of refusals) {
      const before = await vivoldi.writes();
      expect(await vivoldi.refused(400, method, path, { body })).toMatch(/^webhookCallbackUrl: [A-Z]/);
      const korean = await vivoldi.refused(400, method, path, { body, headers: IN_KOREAN });
      expect(isKorean(korean, 'webhookCallbackUrl'), korean).toBe(true);
      expect(await vivoldi.writes()).toEqual(before);
    }
    await vivoldi.updateGroup(grpIdx, { webhookCallbackUrl: ON.webhookCallbackUrl });
    expect(await vivoldi.updateGroup(grpIdx, { webhookEnableYn: 'Y' })).toMatch(/^whsec_/);
    const call = { body: { grpIdx, webhookCallbackUrl: '' } };
    const message = await vivoldi.refused(400, 'PUT', 'link-group/v1/update', call);
    expect(message, 'not taken away under it').toMatch(/^webhookCallbackUrl: /);
  });

  test('needs the webhooks of the project', async () => {
    const running = await vivoldi.group(ON);
    const grpIdx = await vivoldi.group();
    await vivoldi.api.ok('PATCH', '/project', { body: { webhookEnabled: false } });
    for (const [method, path, body] of [
      ['PUT', 'link-group/v1/update', { grpIdx, ...ON }],
      ['POST', 'link-group/v1/create', { nm: 'x', ...ON }],
    ] as const) {
      expect(await vivoldi.refused(423, method, path, { body })).toMatch(
        /^webhookEnableYn: .*global webhook/,
      );
      const korean = await vivoldi.refused(423, method, path, { body, headers: IN_KOREAN });
      expect(isKorean(korean, 'webhookEnableYn'), korean).toBe(true);
    }
    await vivoldi.updateGroup(grpIdx, { webhookEnableYn: 'N', webhookCallbackUrl: ON.webhookCallbackUrl });
    await vivoldi.updateGroup(running, { memo: 'one that was on stays on' });
    await vivoldi.api.ok('PATCH', '/project', { body: { webhookEnabled: true } });
    expect(await vivoldi.updateGroup(grpIdx, ON)).toMatch(/^whsec_/);
  });

  test('that was given up is called again when it is switched on again, or has another receiver', async () => {
    const grpIdx = await vivoldi.group(ON);
    const [{ id }] = (await vivoldi.api.ok('GET', '/webhook-endpoints?limit=1')).endpoints;
    const status = async () => (await vivoldi.api.ok('GET', `/webhook-endpoints/${id}`)).status;
    for (const changes of [
      [{ webhookEnableYn: 'N' }, { webhookEnableYn: 'Y' }],
      [{ webhookCallbackUrl: 'https://api.example.com/other' }],
    ]) {
      await giveUp(vivoldi.api.location, id);
      expect(await status()).toBe('disabled');
      expect(await vivoldi.updateGroup(grpIdx, { memo: 'x', webhookFrequency: 50 })).toBeNull();
      expect(await status(), 'other fields say nothing about it').toBe('disabled');
      for (const change of changes) expect(await vivoldi.updateGroup(grpIdx, change)).toBeNull();
      expect(await status()).toBe('active');
    }
  });
});

describe('a receiver that may not be called', () => {
  let vivoldi: Vivoldi;
  beforeAll(async () => {
    vivoldi = await Vivoldi.open(SQLITE, { env: { ALLOW_PRIVATE_TARGETS: 'false' } });
  });
  afterAll(() => vivoldi.close());

  test.each([
    'http://api.example.com/webhook',
    'https://user:word@api.example.com/webhook',
    'https://127.0.0.1/webhook',
    'https://[::1]/webhook',
    'https://localhost/webhook',
  ])('%s is refused', async (webhookCallbackUrl) => {
    const grpIdx = await vivoldi.group();
    for (const [method, path, body] of [
      ['PUT', 'link-group/v1/update', { grpIdx, webhookCallbackUrl }],
      ['POST', 'link-group/v1/create', { nm: 'x', webhookEnableYn: 'Y', webhookCallbackUrl }],
    ] as const) {
      const before = await vivoldi.writes();
      expect(await vivoldi.refused(400, method, path, { body })).toMatch(
        /^webhookCallbackUrl: Send an https:/,
      );
      const korean = await vivoldi.refused(400, method, path, { body, headers: IN_KOREAN });
      expect(isKorean(korean, 'webhookCallbackUrl'), korean).toBe(true);
      expect(await vivoldi.writes()).toEqual(before);
    }
  });
});

/** What the product does when a receiver answers 410. */
async function giveUp(location: StoreLocation, publicId: string): Promise<void> {
  const { database, feed } = await openStore(location);
  const endpoints = new WebhookEndpointService(database, true);
  const { id } = await database.read
    .selectFrom('webhook_endpoint')
    .select('id')
    .where('public_id', '=', publicId)
    .executeTakeFirstOrThrow();
  await database.transact('system', (tx) => endpoints.disable(tx, id, 'gone', Date.now()));
  await feed.stop();
  await database.close();
}
