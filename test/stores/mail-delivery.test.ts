import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BatchWriter } from '../../src/db/batch-writer.ts';
import { openBatchWriter } from '../../src/db/open.ts';
import { type DeliveryState, eventIdOf, type NewDelivery } from '../../src/reactions/delivery/delivery.ts';
import { DeliveryEngine } from '../../src/reactions/delivery/delivery-engine.ts';
import { mailLane } from '../../src/reactions/delivery/lane.ts';
import { enqueue } from '../../src/reactions/delivery/outbox.ts';
import { createMailChannel } from '../../src/reactions/mail/mail-channel.ts';
import { ENGINES } from '../support/engines.ts';
import { MAIL_PASSWORD, MAIL_USER, MailServer } from '../support/mail-server.ts';
import { headerOf } from '../support/received-mail.ts';
import { until } from '../support/until.ts';
import { Workbench } from '../support/workbench.ts';

const MINUTE_MS = 60_000;

/** The mail channel in the engine, on a clock of our own: nobody waits ten minutes. */
describe.each(ENGINES)('mails through the engine on $name', (engine) => {
  let bench: Workbench;
  let writer: BatchWriter;
  let server: MailServer;
  let running: DeliveryEngine | undefined;
  let now = Date.UTC(2026, 2, 10);
  let linkId = 0;
  let lastSentinel = 2_000_000;
  const lastClicks = new Map<number, number>();

  beforeAll(async () => {
    bench = await Workbench.open(engine);
    writer = openBatchWriter(bench.location);
    await bench.database.transact('system', async (tx) => {
      await tx.db
        .updateTable('project')
        .set({ notification_addresses: '["a@example.com"]', language: 'en' })
        .execute();
    });
  });
  afterAll(async () => {
    await writer.close();
    await bench.close();
  });
  beforeEach(async () => {
    server = await MailServer.open();
    linkId++;
    now += 24 * 60 * MINUTE_MS;
  });
  afterEach(async () => {
    await stop();
    await server.close();
  });

  function start(hasServer = true): void {
    const channel = createMailChannel({
      server: hasServer
        ? { host: '127.0.0.1', port: server.port, secure: false, user: MAIL_USER, password: MAIL_PASSWORD }
        : null,
      from: 'links@example.com',
      publicUrl: 'https://go.example.com',
      patience: { stepMs: 300, verdictMs: 300 },
    });
    running = new DeliveryEngine({
      writer,
      channels: [channel],
      logDays: 7,
      onEffect: () => {},
      report: () => {},
      now: () => now,
      random: () => 0.5,
    });
    running.start();
  }

  async function stop(): Promise<void> {
    await running?.stop();
    running = undefined;
  }

  function pass(minutes: number): void {
    now += minutes * MINUTE_MS;
    running?.wake();
  }

  /** A link reaches so many thresholds. */
  async function reach(count: number, link = linkId): Promise<void> {
    const deliveries = Array.from({ length: count }, (): NewDelivery => {
      const clicks = (lastClicks.get(link) ?? 0) + 100;
      lastClicks.set(link, clicks);
      return {
        eventId: eventIdOf('clicks-mail', engine.name, link, clicks),
        lane: mailLane(bench.project.id, link),
        channel: 'mail',
        kind: 'clicks',
        projectId: bench.project.id,
        endpointId: null,
        subscriptionId: null,
        messageId: null,
        linkId: link,
        groupId: null,
        body: JSON.stringify({
          version: 1,
          linkId: `lnk_${link}`,
          shortUrl: `https://go.example.com/${link}`,
          title: '',
          groupName: null,
          clicks,
          visitors: clicks,
          every: 100,
          at: now,
        }),
        createdAt: now,
        dueAt: now,
      };
    });
    await writer.transact((tx) => enqueue(tx, deliveries));
    running?.wake();
  }

  const rows = () =>
    writer.events.all<{ state: DeliveryState; reason: string | null; attempts: number; due_at: number }>(
      'select state, reason, attempts, due_at from delivery where link_id = $1 order by id',
      [linkId],
    );
  const states = async () => (await rows()).map(({ state }) => state);
  const subjectsOf = (link: number) =>
    server.received
      .map(({ mail }) => headerOf(mail, 'subject'))
      .filter((subject) => subject.startsWith(`go.example.com/${link} `));
  const subjects = () => subjectsOf(linkId);
  /** Until nothing is under way. */
  const quiet = () =>
    until(async () => {
      const state = await running?.state();
      return state?.underWay === 0 && state.lanesInWork === 0 && state.unwritten === 0;
    }, 'the engine has come to rest');

  /** Until all that is due has been taken up: what became due last of all has been sent. */
  async function lookedAtAll(): Promise<void> {
    const sentinel = ++lastSentinel;
    now += 1;
    await reach(1, sentinel);
    await until(() => subjectsOf(sentinel).length === 1, 'what was due last is out');
    await quiet();
  }

  it('sends what comes together as one, and not another for ten minutes, whatever comes, also after a restart', async () => {
    await reach(3);
    start();
    await until(async () => (await states()).every((state) => state === 1), 'the first mail is out');
    expect(subjects()).toEqual([`go.example.com/${linkId} has reached 300 clicks`]);

    await reach(5);
    pass(5);
    await reach(5);
    await lookedAtAll();
    await stop();
    start();
    pass(4.9);
    await lookedAtAll();
    expect(subjects()).toHaveLength(1);
    expect((await states()).filter((state) => state === 0)).toHaveLength(10);

    pass(0.2);
    await until(async () => (await states()).every((state) => state === 1), 'the digest is out');
    expect(subjects().slice(1)).toEqual([`go.example.com/${linkId} has reached 1,300 clicks`]);
    expect(server.received.at(-1)?.mail.html.match(/<tr>/g)).toHaveLength(11);
  });

  it('lets no link wait for another', async () => {
    start();
    const other = linkId + 1_000_000;
    await reach(1);
    await reach(1, other);
    await until(() => server.received.length === 2, 'both mails are out');
  });

  it('tries again by its schedule, with the same mail, and gives up after the last', async () => {
    server.script = { data: [451, 'later'] };
    await reach(1);
    start();
    for (const [attempts, minutes] of [1, 5, 30, 120, 360].entries()) {
      await until(async () => (await rows())[0]?.attempts === attempts + 1, `attempt ${attempts + 1}`);
      await quiet();
      const wait = ((await rows())[0]?.due_at ?? 0) - now;
      expect(wait).toBeGreaterThanOrEqual(minutes * MINUTE_MS * 0.89);
      expect(wait).toBeLessThanOrEqual(minutes * MINUTE_MS * 1.11);
      pass(minutes * 1.12);
    }
    await until(async () => (await states())[0] === 2, 'it is given up');
    expect(await rows()).toMatchObject([{ reason: 'gave-up', attempts: 6 }]);
    expect(server.connections).toBe(6);
  });

  it('is delivered once the server is there again', async () => {
    server.script = { recipients: { '*': 'silence' } };
    await reach(2);
    start();
    await until(async () => (await rows()).every(({ attempts }) => attempts === 1), 'the server was silent');
    server.script = {};
    await quiet();
    pass(1.2);
    await until(async () => (await states()).every((state) => state === 1), 'the mail is out');
    expect(subjects()).toEqual([`go.example.com/${linkId} has reached 200 clicks`]);
  });

  it('keeps what there is no server for, with the reason', async () => {
    await reach(2);
    start(false);
    await until(async () => (await states()).every((state) => state === 3), 'they have come to their end');
    expect(await rows()).toMatchObject([
      { reason: 'no-smtp', attempts: 0 },
      { reason: 'no-smtp', attempts: 0 },
    ]);
    expect(server.connections).toBe(0);
  });
});
