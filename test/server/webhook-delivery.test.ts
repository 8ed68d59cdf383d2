import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebhookEndpointService } from '../../src/accounts/webhook-endpoint-service.ts';
import { newWebhookSecret } from '../../src/accounts/webhook-secret.ts';
import type { BatchWriter } from '../../src/db/batch-writer.ts';
import { openBatchWriter } from '../../src/db/open.ts';
import { DeliveryState, eventIdOf, type NewDelivery } from '../../src/reactions/delivery/delivery.ts';
import { DeliveryEngine } from '../../src/reactions/delivery/delivery-engine.ts';
import { mailLane, webhookLane } from '../../src/reactions/delivery/lane.ts';
import { enqueue } from '../../src/reactions/delivery/outbox.ts';
import { WEBHOOK_RETRY_DELAYS_MS } from '../../src/reactions/delivery/retry-schedule.ts';
import { sampleClickEvent, webhookPayload } from '../../src/reactions/thresholds/webhook-payload.ts';
import { createWebhookChannel } from '../../src/reactions/webhooks/webhook-channel.ts';
import { ENGINES } from '../support/engines.ts';
import { answer, type Behaviour, OK, ScriptedReceiver } from '../support/scripted-receiver.ts';
import { until } from '../support/until.ts';
import { Workbench } from '../support/workbench.ts';

const START = Date.UTC(2026, 2, 10, 12);
const HOUR_MS = 60 * 60_000;

interface Row {
  readonly state: number;
  readonly reason: string | null;
  readonly attempts: number;
  readonly due_at: number;
}

interface AttemptRow {
  readonly at: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly answer: string;
}

/** Webhooks through the engine to a receiver that misbehaves; only its clock is the test's. */
describe.each(ENGINES)('the delivery of webhooks on $name', (engine) => {
  let bench: Workbench;
  let writer: BatchWriter;
  let receiver: ScriptedReceiver;
  let deliveries: DeliveryEngine;
  let clock: number;
  let random: () => number;
  let effects: Promise<unknown>[];
  const troubles: string[] = [];
  beforeEach(async () => {
    bench = await Workbench.open(engine);
    writer = openBatchWriter(bench.location);
    receiver = await ScriptedReceiver.open();
    clock = START;
    random = Math.random;
    effects = [];
    troubles.length = 0;
    const endpoints = new WebhookEndpointService(bench.database, true);
    deliveries = new DeliveryEngine({
      writer,
      channels: [createWebhookChannel({ allowPrivateTargets: true })],
      logDays: 365,
      now: () => clock,
      random: () => random(),
      report: (event, details) => troubles.push(`${event} ${JSON.stringify(details)}`),
      onEffect: ({ endpointId, reason, calledAsOf }) => {
        effects.push(bench.transact((tx) => endpoints.disable(tx, endpointId, reason, calledAsOf)));
      },
    });
    deliveries.start();
  });
  afterEach(async () => {
    const stopped = deliveries.stop();
    // Before it has stopped: nobody waits for those who hang.
    await receiver.close();
    await stopped;
    await Promise.all(effects);
    await writer.close();
    await bench.close();
    // Of mails nobody sends here.
    expect(troubles.filter((trouble) => !trouble.includes('no-channel'))).toEqual([]);
  });

  /** A group's webhook that calls a path of the receiver. */
  async function endpointAt(path: string): Promise<number> {
    const group = await bench.createGroup(`Group of ${path}`);
    return await bench.transact(async (tx) => {
      const settings = JSON.stringify({ webhookEnabled: true, webhookUrl: receiver.url(path) });
      const editedAt = START - 24 * HOUR_MS;
      await tx.db
        .updateTable('link_group')
        .set({ settings, updated_at: editedAt })
        .where('id', '=', group.id)
        .execute();
      await tx.db
        .updateTable('project')
        .set({ updated_at: editedAt })
        .where('id', '=', bench.project.id)
        .execute();
      const { id } = await tx.db
        .insertInto('webhook_endpoint')
        .values({
          public_id: `whk_${path.slice(1)}`,
          project_id: bench.project.id,
          group_id: group.id,
          secret: newWebhookSecret(),
          created_at: editedAt,
          updated_at: editedAt,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      return id;
    });
  }

  function eventFor(endpointId: number, name: string): NewDelivery {
    const eventId = eventIdOf(endpointId, name);
    return {
      eventId,
      lane: webhookLane(endpointId),
      channel: 'webhook',
      kind: 'clicks',
      projectId: bench.project.id,
      endpointId,
      subscriptionId: null,
      messageId: null,
      linkId: 1,
      groupId: null,
      body: webhookPayload(
        sampleClickEvent({
          eventId,
          at: clock,
          project: { id: bench.project.id, publicId: bench.project.publicId, timeZone: 'Asia/Seoul' },
          endpointOf: 'group',
          metric: 'clicks',
          every: 1,
          group: { id: 1, publicId: 'grp_1', name },
          publicUrl: 'https://go.example.com',
        }),
      ),
      createdAt: clock,
      dueAt: clock,
    };
  }

  async function happen(...events: readonly NewDelivery[]): Promise<void> {
    await writer.transact((tx) => enqueue(tx, events));
    deliveries.wake();
  }

  const rowOf = async ({ eventId }: NewDelivery): Promise<Row> => {
    const [row] = await writer.events.all<Row>(
      'select state, reason, attempts, due_at from delivery where event_id = $1',
      [eventId],
    );
    return row as Row;
  };

  const attemptsOf = ({ eventId }: NewDelivery) =>
    writer.events.all<AttemptRow>(
      `select delivery_attempt.at, delivery_attempt.status, delivery_attempt.error, delivery_attempt.answer
         from delivery_attempt join delivery on delivery.id = delivery_attempt.delivery_id
        where delivery.event_id = $1 order by delivery_attempt.number`,
      [eventId],
    );

  /** After a failure its lane may stay closed for longer than the delivery itself has to wait. */
  const opensAt = async ({ lane }: NewDelivery): Promise<number> => {
    const [row] = await writer.events.all<{ open_at: number }>(
      'select open_at from delivery_lane where lane = $1',
      [lane],
    );
    return row?.open_at ?? 0;
  };

  /** Lets so many attempts come to their end and be written, the clock put forward to each as it becomes due. */
  async function throughAttempts(event: NewDelivery, count: number): Promise<Row> {
    for (let made = 1; ; made++) {
      let row = await rowOf(event);
      await until(async () => {
        row = await rowOf(event);
        return row.attempts >= made;
      }, `attempt ${made} is written`);
      if (made === count || row.state !== DeliveryState.waiting) return row;
      clock = Math.max(row.due_at, await opensAt(event));
      deliveries.wake();
    }
  }

  it('goes on through every misbehaviour until it is taken, by the schedule, with the same bytes', async () => {
    const misbehaviours: readonly Behaviour[] = [
      { kind: 'reset' },
      { kind: 'end' },
      { kind: 'bytes', bytes: 'nonsense\r\n\r\n' },
      answer(500),
      answer(301, { location: receiver.url('/elsewhere') }),
      answer(404),
      answer(429),
    ];
    receiver.script('/bad', ...misbehaviours, OK);
    const event = eventFor(await endpointAt('/bad'), 'once');
    await happen(event);
    expect(await throughAttempts(event, 99)).toMatchObject({ state: DeliveryState.delivered, attempts: 8 });

    const got = receiver.at('/bad');
    expect(got).toHaveLength(8);
    expect(new Set(got.map(({ headers }) => headers['x-vivoldi-event-id']))).toEqual(
      new Set([event.eventId]),
    );
    expect(new Set(got.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([event.eventId]));
    expect(new Set(got.map(({ headers }) => headers['x-vivoldi-request-id'])).size).toBe(8);
    for (const { body } of got) expect(body.equals(Buffer.from(event.body))).toBe(true);
    expect(receiver.at('/elsewhere'), 'a redirect is not followed').toEqual([]);

    const attempts = await attemptsOf(event);
    expect(attempts.map(({ status }) => status)).toEqual([null, null, null, 500, 301, 404, 429, 200]);
    expect(attempts.map(({ error }) => error === null)).toEqual([...misbehaviours.map(() => false), true]);
    expect(attempts.at(-1)?.answer).toBe('ok');
    attempts.slice(1).forEach(({ at }, index) => {
      const delay = WEBHOOK_RETRY_DELAYS_MS[index] as number;
      const waited = at - (attempts[index]?.at as number);
      expect(waited / delay, `wait ${index + 1}`).toBeGreaterThanOrEqual(0.9);
      expect(waited / delay, `wait ${index + 1}`).toBeLessThanOrEqual(1.1);
    });
  });

  it('is given up after the tenth attempt, and the endpoint after three days of nothing else', async () => {
    // With every wait at its longest, the tenth attempt would come after the three days.
    random = () => 0;
    receiver.script('/down', answer(503));
    const id = await endpointAt('/down');
    const event = eventFor(id, 'first');
    await happen(event);
    expect(await throughAttempts(event, 99)).toMatchObject({
      state: DeliveryState.failed,
      reason: 'gave-up',
      attempts: WEBHOOK_RETRY_DELAYS_MS.length + 1,
    });
    expect(effects).toEqual([]);

    clock = START + 72 * HOUR_MS;
    const next = eventFor(id, 'second');
    const waits = eventFor(id, 'third');
    await happen(next);
    await throughAttempts(next, 3);
    expect(effects, 'three failures after three days of silence').toEqual([]);
    await throughAttempts(next, 4);
    await until(() => effects.length > 0, 'the endpoint is disabled');
    await Promise.all(effects);
    await happen(waits);
    // Who fails is given a rest; then it is found that the endpoint is disabled.
    clock += 60_000;
    deliveries.wake();
    await until(async () => {
      clock = Math.max(clock, await opensAt(waits));
      deliveries.wake();
      return (await rowOf(waits)).state === DeliveryState.failed;
    }, 'the rest has ended');
    expect(await rowOf(waits)).toMatchObject({ reason: 'endpoint-disabled', attempts: 0 });
    const mails = await writer.events.all<{ body: string }>('select body from delivery where lane = $1', [
      mailLane(bench.project.id, 0),
    ]);
    expect(mails.map(({ body }) => JSON.parse(body))).toMatchObject([{ reason: 'failing', since: START }]);
  });

  it('waits as long as the receiver asks', async () => {
    receiver.script('/busy', answer(429, { 'retry-after': '7200' }), OK);
    const event = eventFor(await endpointAt('/busy'), 'once');
    await happen(event);
    const { due_at } = await throughAttempts(event, 1);
    expect(due_at).toBe(START + 2 * HOUR_MS);
    clock = due_at - 1;
    deliveries.wake();
    clock = due_at;
    expect(await throughAttempts(event, 99)).toMatchObject({ state: DeliveryState.delivered, attempts: 2 });
  });

  it('ends with a receiver that is gone, for whatever else waits for it, and tells the project once', async () => {
    receiver.script('/gone', answer(410));
    const id = await endpointAt('/gone');
    const events = Array.from({ length: 20 }, (_, index) => eventFor(id, `event ${index}`));
    await happen(...events);
    const states = async () => (await Promise.all(events.map(rowOf))).map(({ reason }) => reason);
    await until(() => effects.length > 0, 'the endpoint is disabled');
    await Promise.all(effects);
    // Its lane is left alone until the endpoint has been disabled.
    clock += 1_000;
    await until(async () => {
      deliveries.wake();
      return (await states()).every((reason) => reason !== null);
    }, 'all have ended');
    expect(new Set(await states())).toContain('gone');
    const after = eventFor(id, 'later');
    await happen(after);
    await until(async () => (await rowOf(after)).state === DeliveryState.failed, 'a later one has ended');
    expect(await rowOf(after)).toMatchObject({ reason: 'endpoint-disabled' });
    const [{ mails } = { mails: 0 }] = await writer.events.all<{ mails: number }>(
      'select count(*) as mails from delivery where lane = $1',
      [mailLane(bench.project.id, 0)],
    );
    expect(Number(mails)).toBe(1);
  });

  it('is done with a status, whatever body follows', async () => {
    const bodies: Readonly<Record<string, Behaviour>> = {
      '/huge': { kind: 'endless', status: 200, pace: 'fast' },
      '/broken': { kind: 'break-off', status: 202, ending: 'reset' },
      '/drip': { kind: 'endless', status: 203, pace: 'drip' },
      '/hanging': { kind: 'break-off', status: 200, ending: 'hang' },
    };
    const events: NewDelivery[] = [];
    for (const [path, behaviour] of Object.entries(bodies)) {
      receiver.script(path, behaviour);
      events.push(eventFor(await endpointAt(path), path));
    }
    await happen(...events);
    for (const event of events) {
      await until(async () => (await rowOf(event)).attempts === 1, 'the attempt is written');
      expect(await rowOf(event)).toMatchObject({ state: DeliveryState.delivered });
    }
    expect((await attemptsOf(events[0] as NewDelivery))[0]?.answer).toHaveLength(4_096);
    expect(receiver.received).toHaveLength(events.length);
  });

  it('to 99 live receivers is not delayed by one that hangs', async () => {
    receiver.script('/dead', { kind: 'hang' });
    const dead = await endpointAt('/dead');
    const live: NewDelivery[] = [];
    for (let n = 0; n < 99; n++) live.push(eventFor(await endpointAt(`/live-${n}`), 'live'));
    const waiting = Array.from({ length: 50 }, (_, index) => eventFor(dead, `dead ${index}`));
    await happen(...waiting, ...live);
    await until(
      () => receiver.received.filter(({ path }) => path.startsWith('/live')).length === live.length,
      'all live receivers have theirs',
    );
    // All of that happened while the first calls to the dead one still hung.
    for (const event of waiting) expect(await attemptsOf(event)).toEqual([]);
    const [first] = waiting as [NewDelivery];
    await until(async () => (await rowOf(first)).attempts === 1, 'the dead one has been given up on');
    expect(await attemptsOf(first)).toMatchObject([
      { status: null, error: 'There was no answer within 5 seconds.' },
    ]);
  });
});
