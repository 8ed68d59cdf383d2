import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BatchWriter } from '../../src/db/batch-writer.ts';
import { openBatchWriter } from '../../src/db/open.ts';
import type { Settings } from '../../src/links/setting.ts';
import type { Attempted, Channel, Opened, Settled } from '../../src/reactions/delivery/channel.ts';
import { type Delivery, eventIdOf } from '../../src/reactions/delivery/delivery.ts';
import { mailLane, webhookLane, webhookTestLane } from '../../src/reactions/delivery/lane.ts';
import { sampleClickEvent, webhookPayload } from '../../src/reactions/thresholds/webhook-payload.ts';
import { type Secrets, standardSignature } from '../../src/reactions/webhooks/signature.ts';
import { createWebhookChannel } from '../../src/reactions/webhooks/webhook-channel.ts';
import { ENGINES } from '../support/engines.ts';
import { answer, ScriptedReceiver } from '../support/scripted-receiver.ts';
import { Workbench } from '../support/workbench.ts';

const NOW = Date.UTC(2026, 2, 10, 12);
const DAY_MS = 24 * 60 * 60_000;
const SECRET = 'whsec_bmV3';

describe.each(ENGINES)('webhooks on $name', (engine) => {
  let bench: Workbench;
  let writer: BatchWriter;
  let receiver: ScriptedReceiver;
  let channel: Channel;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
    writer = openBatchWriter(bench.location);
  });
  afterAll(async () => {
    await writer?.close();
    await bench?.close();
  });
  beforeEach(async () => {
    receiver = await ScriptedReceiver.open();
    channel = createWebhookChannel({ allowPrivateTargets: true });
    await setProject({ webhook_enabled: 1, webhook_url: null });
  });
  afterEach(() => receiver.close());

  const setProject = (values: { webhook_enabled?: number; webhook_url?: string | null }) =>
    bench.transact(async (tx) => {
      await tx.db
        .updateTable('project')
        .set({ ...values, updated_at: NOW - 30 * DAY_MS })
        .where('id', '=', bench.project.id)
        .execute();
    });

  const setGroup = (id: number, settings: Settings) =>
    bench.transact(async (tx) => {
      await tx.db
        .updateTable('link_group')
        .set({ settings: JSON.stringify(settings), updated_at: NOW - 30 * DAY_MS })
        .where('id', '=', id)
        .execute();
    });

  let endpoints = 0;
  async function endpoint(groupId: number | null) {
    const publicId = `whk_${engine.name}${++endpoints}`;
    const { id } = await bench.transact(async (tx) => {
      // There is one for each group and project.
      await tx.db
        .deleteFrom('webhook_endpoint')
        .where('group_id', groupId === null ? 'is' : '=', groupId)
        .execute();
      return await tx.db
        .insertInto('webhook_endpoint')
        .values({
          public_id: publicId,
          project_id: bench.project.id,
          group_id: groupId,
          secret: SECRET,
          created_at: NOW - 30 * DAY_MS,
          updated_at: NOW - 30 * DAY_MS,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
    });
    return { id, publicId };
  }

  const edit = (
    id: number,
    values: {
      paused?: number;
      disabled_at?: number;
      updated_at?: number;
      previous_secrets?: string;
    },
  ) =>
    bench.transact(async (tx) => {
      await tx.db.updateTable('webhook_endpoint').set(values).where('id', '=', id).execute();
    });

  async function groupWithWebhook(path = '/group', settings: Settings = {}) {
    const group = await bench.createGroup(`Group ${endpoints}`);
    await setGroup(group.id, { webhookEnabled: true, webhookUrl: receiver.url(path), ...settings });
    return { group, ...(await endpoint(group.id)) };
  }

  let deliveries = 0;
  function deliveryTo(endpointId: number, lane = webhookLane(endpointId)): Delivery {
    const eventId = eventIdOf(engine.name, endpointId, ++deliveries);
    const body = webhookPayload(
      sampleClickEvent({
        eventId,
        at: NOW,
        project: { id: bench.project.id, publicId: bench.project.publicId, timeZone: 'Asia/Seoul' },
        endpointOf: 'group',
        metric: 'clicks',
        every: 50,
        group: { id: 7, publicId: 'grp_7', name: 'Sömmer' },
        publicUrl: 'https://go.example.com',
      }),
    );
    return {
      id: deliveries,
      eventId,
      lane,
      channel: 'webhook',
      kind: lane.startsWith('webhook-test:') ? 'test' : 'clicks',
      projectId: bench.project.id,
      endpointId,
      subscriptionId: null,
      messageId: null,
      linkId: 1,
      groupId: 7,
      body,
      createdAt: NOW,
      dueAt: NOW,
      attempts: 0,
    };
  }

  const open = (delivery: Delivery, now = NOW): Promise<Opened> =>
    channel.open(
      {
        lane: delivery.lane,
        projectId: delivery.projectId,
        failingSince: null,
        deliveries: [delivery],
        now,
      },
      { config: writer.config, events: writer.events },
    );

  async function send(delivery: Delivery, now = NOW): Promise<Attempted> {
    const opened = await open(delivery, now);
    if (opened.kind !== 'send') throw new Error(`opened as ${JSON.stringify(opened)}`);
    return await opened.send([delivery], now);
  }

  const settle = (settled: readonly Settled[]) =>
    writer.transact(async (tx) => (await channel.settle?.(tx, settled)) ?? []);

  const mails = () =>
    writer.events.all<{ body: string; kind: string; event_id: string; due_at: number }>(
      'select body, kind, event_id, due_at from delivery where lane = $1 order by id',
      [mailLane(bench.project.id, 0)],
    );

  it('are sent as they are stored, signed, to the URL of this moment', async () => {
    const { group, id } = await groupWithWebhook('/before');
    const delivery = deliveryTo(id);
    expect(await send(delivery)).toMatchObject({
      outcome: 'delivered',
      status: 200,
      answer: 'ok',
      error: null,
    });
    await setGroup(group.id, { webhookEnabled: true, webhookUrl: receiver.url('/after') });
    await send(delivery, NOW + 1_000);

    expect(receiver.received.map(({ path }) => path)).toEqual(['/before', '/after']);
    const [first, second] = receiver.received;
    expect(first?.body.equals(Buffer.from(delivery.body))).toBe(true);
    expect(second?.body.equals(Buffer.from(delivery.body))).toBe(true);
    expect(first?.headers).toMatchObject({
      'x-vivoldi-event-id': delivery.eventId,
      'webhook-id': delivery.eventId,
      'x-vivoldi-timestamp': String(NOW),
      'webhook-timestamp': String(NOW / 1_000),
    });
    expect(second?.headers).toMatchObject({ 'x-vivoldi-timestamp': String(NOW + 1_000) });
    expect(second?.headers['x-vivoldi-request-id']).not.toBe(first?.headers['x-vivoldi-request-id']);
  });

  it('of the project go to its own URL', async () => {
    await setProject({ webhook_url: receiver.url('/global') });
    const { id } = await endpoint(null);
    expect(await send(deliveryTo(id))).toMatchObject({ outcome: 'delivered' });
    expect(receiver.at('/global')).toHaveLength(1);
  });

  it('are signed with every secret until its own overlap ends, the newest first', async () => {
    const { id } = await groupWithWebhook();
    const previous = [
      { secret: 'whsec_b2xk', until: NOW + 1_000 },
      { secret: 'whsec_b2xkZXI=', until: NOW + 2_000 },
    ];
    await edit(id, { previous_secrets: JSON.stringify(previous) });
    const delivery = deliveryTo(id);
    const signing = [SECRET, ...previous.map(({ secret }) => secret)];
    for (const [now, secrets] of [
      [NOW, signing],
      [NOW + 1_000, [SECRET, 'whsec_b2xkZXI=']],
      [NOW + 2_000, [SECRET]],
    ] as const) {
      await send(delivery, now);
      const { headers } = receiver.received.at(-1) ?? {};
      expect(headers?.['webhook-signature'], String(now - NOW)).toBe(
        standardSignature(secrets as Secrets, delivery.eventId, Math.floor(now / 1_000), delivery.body),
      );
    }
  });

  it('wait while they are paused or switched off, the project’s switch before the group’s', async () => {
    const { group, id } = await groupWithWebhook();
    await edit(id, { paused: 1 });
    expect(await open(deliveryTo(id))).toEqual({ kind: 'hold', reason: 'paused' });
    await setGroup(group.id, { webhookEnabled: false, webhookUrl: receiver.url('/x') });
    expect(await open(deliveryTo(id))).toEqual({ kind: 'hold', reason: 'group-off' });
    await setProject({ webhook_enabled: 0 });
    expect(await open(deliveryTo(id))).toEqual({ kind: 'hold', reason: 'webhooks-off' });
  });

  it('end when there is no receiver any more', async () => {
    const gone = { kind: 'end', state: 'failed', reason: 'no-receiver' };
    const { group, id } = await groupWithWebhook();
    await setGroup(group.id, { webhookEnabled: true });
    expect(await open(deliveryTo(id)), 'without a URL').toEqual(gone);
    await setGroup(group.id, { webhookEnabled: true, webhookUrl: receiver.url('/x') });
    await bench.deleteGroup(group);
    expect(await open(deliveryTo(id)), 'of a deleted group').toEqual(gone);
    expect(await open(deliveryTo(987_654)), 'unknown').toEqual(gone);
    const project = await endpoint(null);
    expect(await open(deliveryTo(project.id)), 'of a project without a URL').toEqual(gone);
  });

  it('end when their endpoint is disabled', async () => {
    const { id } = await groupWithWebhook();
    await edit(id, { disabled_at: NOW - 1 });
    expect(await open(deliveryTo(id))).toEqual({
      kind: 'end',
      state: 'failed',
      reason: 'endpoint-disabled',
    });
  });

  it('that are tests are sent once, paused, disabled or not switched on yet, but not past the project', async () => {
    const { id, group } = await groupWithWebhook('/test');
    await edit(id, { paused: 1, disabled_at: NOW - 1 });
    await setGroup(group.id, { webhookEnabled: false, webhookUrl: receiver.url('/test') });
    receiver.script('/test', answer(500), answer(200));
    const test = () => deliveryTo(id, webhookTestLane(id));
    expect(await send(test())).toMatchObject({ outcome: 'failed', reason: 'gave-up', status: 500 });
    expect(await send(test())).toMatchObject({ outcome: 'delivered' });
    await setProject({ webhook_enabled: 0 });
    expect(await open(test())).toEqual({ kind: 'hold', reason: 'webhooks-off' });
  });

  it('to an address that is not allowed are tried again, because that may change', async () => {
    channel = createWebhookChannel({ allowPrivateTargets: false });
    const { id } = await groupWithWebhook();
    expect(await send(deliveryTo(id))).toMatchObject({
      outcome: 'retry',
      status: null,
      error: 'The URL must begin with https://; plain http is not allowed here.',
    });
    expect(receiver.connections).toBe(0);
  });

  const settledOf = (delivery: Delivery, attempted: Attempted, more: Partial<Settled> = {}): Settled => ({
    delivery,
    attempted,
    state: attempted.outcome === 'retry' ? 'waiting' : 'failed',
    failingSince: NOW,
    now: NOW,
    ...more,
  });

  it('to a receiver that is gone disable it and tell the project, once however many say so', async () => {
    const { id, publicId, group } = await groupWithWebhook('/secret-path');
    receiver.script('/secret-path', answer(410));
    const [one, other] = [deliveryTo(id), deliveryTo(id)];
    const settled = [settledOf(one, await send(one)), settledOf(other, await send(other))];
    expect(settled[0]?.attempted).toMatchObject({ outcome: 'failed', reason: 'gone', status: 410 });
    const before = (await mails()).length;
    const effect = {
      kind: 'disable-endpoint',
      endpointId: id,
      reason: 'gone',
      calledAsOf: NOW - 30 * DAY_MS,
    };
    expect(await settle(settled)).toEqual([effect]);
    const later = settledOf(other, await send(other), { now: NOW + 1_000, failingSince: null });
    expect(await settle([later]), 'again, before it is disabled').toEqual([effect]);
    const written = (await mails()).slice(before);
    expect(written).toMatchObject([{ kind: 'endpoint-disabled', due_at: NOW }]);
    expect(JSON.parse(written[0]?.body ?? '')).toEqual({
      version: 1,
      endpointId: publicId,
      url: `http://127.0.0.1:${receiver.port}`,
      reason: 'gone',
      groupName: group.name,
      since: NOW,
    });
  });

  it('disable a receiver that has failed for three days, and none before', async () => {
    const { id } = await groupWithWebhook('/down');
    receiver.script('/down', answer(503));
    const delivery = { ...deliveryTo(id), attempts: 3 };
    const attempted = await send(delivery);
    const since = NOW - 3 * DAY_MS;
    expect(await settle([settledOf(delivery, attempted, { failingSince: since + 1 })])).toEqual([]);
    const before = (await mails()).length;
    expect(await settle([settledOf(delivery, attempted, { failingSince: since })])).toEqual([
      { kind: 'disable-endpoint', endpointId: id, reason: 'failing', calledAsOf: NOW - 30 * DAY_MS },
    ]);
    expect((await mails()).slice(before).map(({ body }) => JSON.parse(body))).toMatchObject([
      { reason: 'failing', since },
    ]);
  });

  it('give a receiver three more days after somebody has edited or enabled it', async () => {
    const { id } = await groupWithWebhook('/down');
    receiver.script('/down', answer(503));
    await edit(id, { updated_at: NOW - DAY_MS });
    const delivery = { ...deliveryTo(id), attempts: 3 };
    const attempted = await send(delivery);
    const failingSince = NOW - 10 * DAY_MS;
    expect(await settle([settledOf(delivery, attempted, { failingSince })])).toEqual([]);
    const later = NOW + 2 * DAY_MS;
    expect(await settle([settledOf(delivery, attempted, { failingSince, now: later })])).toHaveLength(1);
  });

  it('disable nothing while a delivery has only begun to fail, however long ago the last failure was', async () => {
    const { id } = await groupWithWebhook('/quiet');
    receiver.script('/quiet', answer(503));
    const old = { failingSince: NOW - 30 * DAY_MS };
    for (const attempts of [0, 1, 2]) {
      const fresh = { ...deliveryTo(id), attempts };
      expect(await settle([settledOf(fresh, await send(fresh), old)])).toEqual([]);
    }
    const tried = { ...deliveryTo(id), attempts: 3 };
    expect(await settle([settledOf(tried, await send(tried), old)])).toHaveLength(1);
  });

  it('to a receiver that was edited since say nothing of the one that is there now', async () => {
    const { id, group } = await groupWithWebhook('/left');
    receiver.script('/left', answer(410));
    const late = deliveryTo(id);
    const gone = await send(late);
    await bench.transact(async (tx) => {
      const settings = JSON.stringify({ webhookEnabled: true, webhookUrl: receiver.url('/moved') });
      await tx.db
        .updateTable('link_group')
        .set({ settings, updated_at: NOW - DAY_MS })
        .where('id', '=', group.id)
        .execute();
    });
    receiver.script('/moved', answer(503));
    const waited = deliveryTo(id);
    const retried = await send(waited);
    const before = (await mails()).length;
    expect(await settle([settledOf(waited, retried), settledOf(late, gone)])).toEqual([]);
    expect(await mails()).toHaveLength(before);
    expect(receiver.received.map(({ path }) => path)).toEqual(['/left', '/moved']);
  });

  it('that are delivered or tests disable nothing', async () => {
    const { id } = await groupWithWebhook('/gone');
    receiver.script('/gone', answer(410), answer(200));
    const test = deliveryTo(id, webhookTestLane(id));
    const real = deliveryTo(id);
    const old = { failingSince: NOW - 30 * DAY_MS };
    expect(
      await settle([
        settledOf(test, await send(test), old),
        settledOf(real, await send(real), { state: 'delivered', failingSince: null }),
      ]),
    ).toEqual([]);
  });

  it('whose stored body is no webhook’s end, and nothing is sent', async () => {
    const { id } = await groupWithWebhook();
    for (const body of ['', 'null', '{}', '{"webhookType":"GLOBAL\\r\\nx: y","compIdx":1}']) {
      expect(await send({ ...deliveryTo(id), body })).toMatchObject({ outcome: 'failed', reason: 'refused' });
    }
    expect(receiver.connections).toBe(0);
  });
});
