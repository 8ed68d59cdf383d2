import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BatchWriter } from '../../src/db/batch-writer.ts';
import { openBatchWriter } from '../../src/db/open.ts';
import type { Attempted, Settled } from '../../src/reactions/delivery/channel.ts';
import { type Delivery, eventIdOf } from '../../src/reactions/delivery/delivery.ts';
import { DeliveryEngine } from '../../src/reactions/delivery/delivery-engine.ts';
import { alertLane, messageLane } from '../../src/reactions/delivery/lane.ts';
import { enqueue } from '../../src/reactions/delivery/outbox.ts';
import { subscribePerson } from '../../src/reactions/push/people/subscribe-person.ts';
import { createPushChannel, type PushChannelOptions } from '../../src/reactions/push/push-channel.ts';
import type { PushPayload } from '../../src/reactions/push/push-payload.ts';
import { changeSubscription } from '../../src/reactions/push/subscribers/change-subscription.ts';
import { checkSubscription } from '../../src/reactions/push/subscription-input.ts';
import { ensureVapidKeys, type VapidKeys } from '../../src/reactions/push/vapid-keys.ts';
import type { ThresholdNotice } from '../../src/reactions/thresholds/threshold-notice.ts';
import { ENGINES } from '../support/engines.ts';
import { PushService, type TestSubscription } from '../support/push-service.ts';
import { until } from '../support/until.ts';
import { Workbench } from '../support/workbench.ts';

const NOW = Date.UTC(2026, 2, 10, 3, 4, 5);

const notice: ThresholdNotice = {
  version: 1,
  linkId: 'lnk_1',
  shortUrl: 'https://go.example.com/spring',
  title: '봄 세일\n“sale”',
  groupName: null,
  clicks: 1_200,
  visitors: 1_034,
  every: 100,
  at: NOW,
};

describe.each(ENGINES)('push over $name', (engine) => {
  let bench: Workbench;
  let writer: BatchWriter;
  let vapid: VapidKeys;
  let service: PushService;
  let browser: TestSubscription;
  let subscriptionId: number;
  let projectId: number;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
    writer = openBatchWriter(bench.location);
    vapid = await ensureVapidKeys(bench.database);
    projectId = bench.project.id;
  });
  afterAll(async () => {
    await writer.close();
    await bench.close();
  });
  beforeEach(async () => {
    service = await PushService.open();
    ({ browser, id: subscriptionId } = await subscribe());
  });
  afterEach(() => service.close());

  async function subscribe(): Promise<{ browser: TestSubscription; id: number; publicId: string }> {
    const browser = await service.subscribe(vapid.publicKey);
    const { subscription } = await subscribePerson(
      writer,
      { projectId, subscription: checkSubscription(browser, { added: [], allowPrivate: true }), label: '' },
      NOW,
    );
    const [row] = await writer.events.all<{ id: number }>(
      'select id from push_subscription where public_id = $1',
      [subscription.publicId],
    );
    return { browser, id: row?.id ?? 0, publicId: subscription.publicId };
  }

  const channel = (more: Partial<PushChannelOptions> = {}) =>
    createPushChannel({
      vapid,
      subject: 'mailto:links@example.com',
      allowPrivateTargets: true,
      publicUrl: 'https://go.example.com',
      ...more,
    });

  let lastId = 0;
  function delivery(more: Partial<Delivery> = {}): Delivery {
    return {
      id: ++lastId,
      attempts: 0,
      eventId: eventIdOf('test', engine.name, lastId),
      lane: alertLane(subscriptionId),
      channel: 'push',
      kind: 'clicks',
      projectId,
      endpointId: null,
      subscriptionId,
      messageId: null,
      linkId: 1,
      groupId: null,
      body: JSON.stringify(notice),
      createdAt: NOW,
      dueAt: NOW,
      ...more,
    };
  }

  async function send(one = delivery(), more: Partial<PushChannelOptions> = {}): Promise<Attempted> {
    const opened = await channel(more).open(
      { lane: one.lane, projectId, failingSince: null, deliveries: [one], now: NOW },
      { config: writer.config, events: writer.events },
    );
    if (opened.kind !== 'send') throw new Error(`not sent: ${JSON.stringify(opened)}`);
    return await opened.send([one], NOW);
  }

  const settle = (settled: readonly Partial<Settled>[]) =>
    writer.transact(async (tx) => {
      const whole = settled.map((one) => ({ failingSince: null, now: NOW, ...one }) as Settled);
      expect(await channel().settle?.(tx, whole)).toEqual([]);
    });

  const subscriptions = () =>
    writer.events.all<{ id: number }>('select id from push_subscription where id = $1', [subscriptionId]);

  it('is decrypted by the browser it was meant for, in the language of the project', async () => {
    for (const [language, title, body] of [
      ['en', '봄 세일 “sale”: 1,200 clicks', 'Visitors so far: 1,034'],
      ['ko', '봄 세일 “sale”: 클릭 1,200회', '지금까지 방문자 1,034명'],
      ['ja', '봄 세일 “sale”：クリック 1,200回', 'これまでの訪問者：1,034人'],
    ] as const) {
      await bench.database.transact('system', async (tx) => {
        await tx.db.updateTable('project').set({ language }).where('id', '=', projectId).execute();
      });
      const one = delivery();
      expect(await send(one)).toMatchObject({ outcome: 'delivered', status: 201, error: null });
      expect(service.messages(browser).at(-1)).toEqual({
        id: one.eventId,
        title,
        body,
        url: 'https://go.example.com/app/notifications',
        image: null,
        tag: 'link:lnk_1',
        renotify: true,
        receipts: false,
      } satisfies PushPayload);
    }
  });

  it('replaces what the browser has not fetched yet about the same link, and nothing else', async () => {
    await send();
    await send(delivery({ body: JSON.stringify({ ...notice, clicks: 1_300 }) }));
    await send(delivery({ body: JSON.stringify({ ...notice, linkId: 'lnk_2' }) }));
    await send(delivery({ kind: 'message', body: '{}' }));
    const [first, again, other, message] = service.requests.map(({ headers }) => headers);
    expect(first?.topic).toMatch(/^[\w-]{1,32}$/);
    expect(again?.topic).toBe(first?.topic);
    expect(other?.topic).not.toBe(first?.topic);
    expect(message?.topic).toBeUndefined();
    expect([first?.ttl, message?.ttl]).toEqual(['86400', '259200']);
    expect(first).toMatchObject({ 'content-encoding': 'aes128gcm', urgency: 'normal' });
  });

  it('carries a message as it was written', async () => {
    const payload = {
      id: 'x',
      title: '<b>',
      body: '…',
      url: 'https://a.test',
      image: null,
      tag: 'm',
      renotify: false,
      receipts: true,
    };
    await send(delivery({ kind: 'message', body: JSON.stringify(payload) }));
    expect(service.messages(browser)).toEqual([payload]);
  });

  it.each([
    [404, 'failed', 'gone'],
    [410, 'failed', 'gone'],
    [400, 'failed', 'refused'],
    [403, 'failed', 'refused'],
    [413, 'failed', 'refused'],
    [301, 'failed', 'refused'],
    [408, 'retry', undefined],
    [500, 'retry', undefined],
    [503, 'retry', undefined],
  ] as const)('answered with %i: %s %s', async (status, outcome, reason) => {
    service.script = () => ({ status, body: 'because', headers: { location: 'http://127.0.0.1:1/' } });
    const attempted = await send();
    expect(attempted).toMatchObject({ outcome, status, answer: 'because' });
    expect(attempted.reason).toBe(reason);
    expect(attempted.error).toContain(String(status));
    expect(service.requests).toHaveLength(1);
  });

  it('comes again when the push service says when', async () => {
    service.script = () => ({ status: 429, headers: { 'retry-after': '77' } });
    expect(await send()).toMatchObject({ outcome: 'retry', status: 429, retryAfterMs: 77_000 });
    service.script = () => ({ status: 503, headers: { 'retry-after': new Date(NOW + 5_000).toUTCString() } });
    expect(await send()).toMatchObject({ outcome: 'retry', retryAfterMs: 5_000 });
  });

  it('is tried again when nobody answers, and when the operator does not allow the address', async () => {
    expect(await send(delivery(), { allowPrivateTargets: false })).toMatchObject({
      outcome: 'retry',
      status: null,
    });
    expect(service.requests).toEqual([]);
    await service.close();
    expect(await send()).toMatchObject({ outcome: 'retry', status: null, error: expect.any(String) });
    service = await PushService.open();
  });

  it('ends as not sent where nobody has subscribed', async () => {
    const nobody = delivery({ subscriptionId: null, lane: alertLane(0) });
    const opened = await channel().open(
      { lane: nobody.lane, projectId, failingSince: null, deliveries: [nobody], now: NOW },
      { config: writer.config, events: writer.events },
    );
    expect(opened).toEqual({ kind: 'end', state: 'notSent', reason: 'no-subscription' });
  });

  it('forgets a browser that is gone, and what waits for it is due at once and ends alike', async () => {
    service.expire(browser);
    const waiting = delivery({ dueAt: NOW + 3_600_000 });
    const one = delivery();
    await writer.transact((tx) => enqueue(tx, [one, waiting]));
    await writer.transact((tx) =>
      tx.run(
        'insert into push_subscription_link (subscription_id, link_id, group_id, created_at) values ($1, 1, null, $2)',
        [subscriptionId, NOW],
      ),
    );
    const attempted = await send(one);
    expect(attempted).toMatchObject({ outcome: 'failed', reason: 'gone', status: 410 });
    await settle([{ delivery: one, attempted, state: 'failed' }]);
    expect(await subscriptions()).toEqual([]);
    expect(
      await writer.events.all('select 1 from push_subscription_link where subscription_id = $1', [
        subscriptionId,
      ]),
    ).toEqual([]);
    expect(
      await writer.events.all('select due_at from delivery where event_id = $1', [waiting.eventId]),
    ).toEqual([{ due_at: NOW }]);
    expect(await send(waiting)).toMatchObject({ outcome: 'failed', reason: 'gone', status: null });
  });

  it('ends what waited for its next attempt when the browser turns out to be gone, without waiting for it', async () => {
    let now = NOW;
    const running = new DeliveryEngine({
      writer,
      channels: [channel()],
      logDays: 7,
      onEffect: () => {},
      report: () => {},
      now: () => now,
      random: () => 0.5,
    });
    const rows = (ids: readonly string[]) =>
      writer.events.all<{ state: number; reason: string | null; attempts: number }>(
        'select state, reason, attempts from delivery where event_id in ($1, $2, $3) order by id',
        ids,
      );
    const [first, taken, last] = [delivery(), delivery(), delivery()];
    const ids = [first.eventId, taken.eventId, last.eventId];
    try {
      service.script = () => ({ status: 500 });
      await writer.transact((tx) => enqueue(tx, [first]));
      running.start();
      await until(async () => (await rows(ids))[0]?.attempts === 1, 'the first attempt has failed');
      // Its line has had its rest, its next attempt is not due yet.
      now += 2_000;
      service.script = () => undefined;
      await writer.transact((tx) => enqueue(tx, [taken]));
      running.wake();
      await until(async () => (await rows(ids))[1]?.state === 1, 'another was taken');
      service.expire(browser);
      await writer.transact((tx) => enqueue(tx, [last]));
      running.wake();
      await until(async () => (await rows(ids)).every(({ state }) => state > 0), 'all have ended');
      expect(await rows(ids)).toMatchObject([
        { state: 2, reason: 'gone' },
        { state: 1 },
        { state: 2, reason: 'gone', attempts: 1 },
      ]);
      expect(service.requests).toHaveLength(3);
      expect(
        await writer.events.all('select waiting, due_at from delivery_lane where lane = $1', [first.lane]),
      ).toEqual([{ waiting: 0, due_at: null }]);
    } finally {
      await running.stop();
    }
  });

  it('keeps a browser that has moved while it was called where it was, and tries it there', async () => {
    const renewed = checkSubscription(await service.subscribe(vapid.publicKey), {
      added: [],
      allowPrivate: true,
    });
    const one = delivery();
    service.expire(browser);
    const gone = await send(one);
    expect(gone).toMatchObject({ outcome: 'failed', reason: 'gone' });
    // After the answer and before it is written down.
    await changeSubscription(writer, { endpoint: browser.endpoint, subscription: renewed });
    await settle([{ delivery: one, attempted: gone, state: 'failed' }]);
    expect(await subscriptions()).toHaveLength(1);
    expect(await send(one)).toMatchObject({ outcome: 'delivered' });
  });

  it('is tried again when the browser moves while its old address says that it is gone', async () => {
    const subscription = checkSubscription(await service.subscribe(vapid.publicKey), {
      added: [],
      allowPrivate: true,
    });
    const one = delivery();
    const opened = await channel().open(
      { lane: one.lane, projectId, failingSince: null, deliveries: [one], now: NOW },
      { config: writer.config, events: writer.events },
    );
    await changeSubscription(writer, { endpoint: browser.endpoint, subscription });
    service.expire(browser);
    const attempted = opened.kind === 'send' ? await opened.send([one], NOW) : undefined;
    expect(attempted).toMatchObject({ outcome: 'retry', status: 410 });
    expect(attempted?.reason).toBeUndefined();
    expect(await send(one)).toMatchObject({ outcome: 'delivered' });
    expect(await subscriptions()).toHaveLength(1);
  });

  it('keeps a browser that only could not be reached', async () => {
    service.script = () => ({ status: 400 });
    const one = delivery();
    await settle([{ delivery: one, attempted: await send(one), state: 'failed' }]);
    service.script = () => ({ status: 500 });
    await settle([{ delivery: one, attempted: await send(one), state: 'waiting' }]);
    expect(await subscriptions()).toHaveLength(1);
  });

  it('counts for a message who has it, once each, and finishes it with the last', async () => {
    const id = 1 + Math.floor(Math.random() * 1e9);
    await writer.transact((tx) =>
      tx.run(
        `insert into push_message (id, public_id, project_id, target, title, body, url, state, due_at, actor, created_at)
         values ($1, $2, $3, 'all', 't', 'b', 'https://a.test', 'sending', $4, 'cli', $4)`,
        [id, `psm_${id}`, projectId, NOW],
      ),
    );
    const to = async (state: Settled['state'], reason?: 'gone' | 'gave-up') => {
      const { id: subscriptionId } = await subscribe();
      return {
        delivery: delivery({
          kind: 'message',
          messageId: id,
          subscriptionId,
          lane: messageLane(id, 'push.test'),
        }),
        attempted: {
          outcome: 'retry',
          status: null,
          error: null,
          answer: '',
          durationMs: 0,
          ...(reason ? { reason } : {}),
        },
        state,
      } as const;
    };
    const message = async () => {
      const [row] = await writer.events.all(
        'select state, recipients, sent, failed, gone, finished_at from push_message where id = $1',
        [id],
      );
      return row;
    };
    await settle([
      await to('delivered'),
      await to('delivered'),
      await to('waiting'),
      await to('failed', 'gone'),
    ]);
    expect(await message()).toEqual({
      state: 'sending',
      recipients: 0,
      sent: 2,
      failed: 0,
      gone: 1,
      finished_at: null,
    });
    // Fan-out has come to its end.
    await writer.transact((tx) => tx.run('update push_message set recipients = 5 where id = $1', [id]));
    await settle([await to('delivered')]);
    expect(await message()).toMatchObject({ state: 'sending', sent: 3, finished_at: null });
    await settle([await to('failed', 'gave-up')]);
    expect(await message()).toEqual({
      state: 'sent',
      recipients: 5,
      sent: 3,
      failed: 1,
      gone: 1,
      finished_at: NOW,
    });
  });
});
