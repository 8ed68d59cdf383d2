import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { BatchWriter } from '../../src/db/batch-writer.ts';
import { openBatchWriter } from '../../src/db/open.ts';
import { newPublicId } from '../../src/db/public-id.ts';
import { cancelMessage } from '../../src/reactions/push/messages/cancel-message.ts';
import { createMessage } from '../../src/reactions/push/messages/create-message.ts';
import { Fanout } from '../../src/reactions/push/messages/fanout.ts';
import type { MessageTarget } from '../../src/reactions/push/messages/message.ts';
import { loadMessage } from '../../src/reactions/push/messages/message-list.ts';
import { recordReceipts } from '../../src/reactions/push/messages/record-receipts.ts';
import { changeSubscription } from '../../src/reactions/push/subscribers/change-subscription.ts';
import { removeSubscriber } from '../../src/reactions/push/subscribers/remove-subscriber.ts';
import { subscribeVisitor } from '../../src/reactions/push/subscribers/subscribe-visitor.ts';
import { countSubscribers, listSubscribers } from '../../src/reactions/push/subscribers/subscriber-list.ts';
import type { CheckedSubscription } from '../../src/reactions/push/subscription-input.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

const NOW = Date.UTC(2025, 5, 1);
const DAY_MS = 86_400_000;
const ASKING = { settings: { pushSubscription: true } };

/** As the store keeps it; the keys are looked at where a subscription comes in. */
function subscription(name: string, host = 'push.example'): CheckedSubscription {
  const endpoint = `https://${host}/${name}`;
  return {
    endpoint,
    endpointHash: createHash('sha256').update(endpoint).digest('hex'),
    p256dh: `p-${name}`,
    auth: `a-${name}`,
  };
}

describe.each(ENGINES)('messages to subscribers on $name', (engine) => {
  let bench: Workbench;
  let writer: BatchWriter;
  let projectId: number;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    bench = await Workbench.open(engine);
    writer = openBatchWriter(bench.location);
    projectId = bench.project.id;
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await writer.transact(async (tx) => {
      for (const table of [
        'delivery',
        'delivery_lane',
        'push_message',
        'push_subscription',
        'push_subscription_link',
      ]) {
        await tx.run(`delete from ${table}`, []);
      }
    });
  });
  afterAll(async () => {
    await writer.close();
    await bench.close();
  });

  const subscribe = (
    linkId: number,
    name: string,
    { groupId = null, consent = true }: { groupId?: number | null; consent?: boolean } = {},
  ) =>
    subscribeVisitor(
      writer,
      { linkId, groupId, subscription: subscription(name), language: 'en', consent },
      NOW,
    );

  async function write(target: MessageTarget, dueAt = NOW): Promise<string> {
    const publicId = newPublicId('psm');
    await createMessage(
      writer,
      {
        publicId,
        projectId,
        target,
        title: 'News',
        body: 'Today',
        url: 'https://a.example/',
        imageUrl: null,
        dueAt,
        actor: 'key:test',
      },
      NOW,
    );
    return publicId;
  }

  async function fanOut(now = NOW): Promise<void> {
    const fanout = new Fanout(writer);
    while (await fanout.runOnce(now)) {}
  }

  const load = (publicId: string) => loadMessage(bench.database.read, projectId, publicId);

  /** Endpoints that have a delivery, in the order of their subscriptions. */
  async function receivers(): Promise<string[]> {
    const rows = await bench.database.read
      .selectFrom('delivery')
      .innerJoin('push_subscription', 'push_subscription.id', 'delivery.subscription_id')
      .select('push_subscription.endpoint')
      .orderBy('delivery.subscription_id')
      .execute();
    return rows.map(({ endpoint }) => endpoint.replace('https://push.example/', ''));
  }

  /** Straight into the table: thousands one by one would take minutes. */
  async function manySubscribers(count: number, linkId: number): Promise<void> {
    await writer.transact(async (tx) => {
      await tx.insertMany({
        table: 'push_subscription',
        columns: {
          public_id: 'text',
          project_id: 'bigint',
          audience: 'text',
          endpoint: 'text',
          endpoint_hash: 'text',
          p256dh: 'text',
          auth: 'text',
          created_at: 'bigint',
        },
        rows: Array.from({ length: count }, (_, index) => {
          const { endpoint, endpointHash, p256dh, auth } = subscription(
            `many-${index}`,
            `push${index % 3}.example`,
          );
          return [`sub_${index}`, projectId, 'visitors', endpoint, endpointHash, p256dh, auth, NOW];
        }),
      });
      await tx.run(
        `insert into push_subscription_link (subscription_id, link_id, group_id, created_at)
         select id, $1, null, created_at from push_subscription`,
        [linkId],
      );
    });
  }

  test('a browser is one subscriber of a project, through whatever links', async () => {
    const [one, other] = await bench.createLinks([ASKING, ASKING]);
    const group = await bench.createGroup();
    const linkId = (one as { id: number }).id;
    const otherId = (other as { id: number }).id;
    expect(await subscribe(linkId, 'a', { consent: false })).toEqual({ subscriber: false });
    expect(await countSubscribers(bench.database.read, { projectId })).toBe(0);
    expect(await subscribe(linkId, 'a', { groupId: group.id })).toEqual({ subscriber: true });
    expect(await subscribe(linkId, 'a')).toEqual({ subscriber: true });
    expect(await subscribe(otherId, 'a', { consent: false })).toEqual({ subscriber: true });
    const { read } = bench.database;
    expect(await countSubscribers(read, { projectId })).toBe(1);
    expect(await countSubscribers(read, { projectId, linkId: otherId })).toBe(1);
    expect(await countSubscribers(read, { projectId, groupId: group.id })).toBe(1);
    expect(await countSubscribers(read, { projectId: projectId + 1 })).toBe(0);
    expect(await listSubscribers(read, { projectId, limit: 10 })).toEqual([
      expect.objectContaining({ host: 'push.example', language: 'en', createdAt: NOW }),
    ]);
  });

  test('consent is given to one project, not to all on the host', async () => {
    const { id } = await bench.createLink(ASKING);
    const strangers = await bench.createProject(`Stranger ${engine.name}`);
    const theirs = await bench.createLink(ASKING, strangers);
    await subscribe(id, 'a');
    expect(await subscribe(theirs.id, 'a', { consent: false })).toEqual({ subscriber: false });
    expect(await subscribe(theirs.id, 'a')).toEqual({ subscriber: true });
    await write({ kind: 'all' });
    await fanOut();
    expect(await receivers()).toEqual(['a']);
  });

  test('nobody subscribes through a link that was deleted', async () => {
    const link = await bench.createLink(ASKING);
    await bench.deleteLink(link);
    await expect(subscribe(link.id, 'a')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('reaches everybody, a link, or a group as it is and as it was; each once', async () => {
    const now = await bench.createGroup('Now');
    const then = await bench.createGroup('Then');
    const [one, moved, other] = (await bench.createLinks([ASKING, ASKING, ASKING])) as [
      { id: number; publicId: string },
      Awaited<ReturnType<typeof bench.createLink>>,
      { id: number },
    ];
    await bench.moveLinks([moved], now);
    await subscribe(one.id, 'a');
    await subscribe(moved.id, 'b', { groupId: then.id });
    await subscribe(moved.id, 'c', { groupId: now.id });
    await subscribe(other.id, 'c');
    await subscribe(other.id, 'd');
    const reached = async (target: MessageTarget) => {
      await writer.transact((tx) => tx.run('delete from delivery', []));
      const id = await write(target);
      await fanOut();
      return { who: await receivers(), recipients: (await load(id)).recipients };
    };
    expect(await reached({ kind: 'all' })).toEqual({ who: ['a', 'b', 'c', 'd'], recipients: 4 });
    expect(await reached({ kind: 'link', linkId: moved.id })).toEqual({ who: ['b', 'c'], recipients: 2 });
    expect(await reached({ kind: 'group', groupId: now.id })).toEqual({ who: ['b', 'c'], recipients: 2 });
    expect(await reached({ kind: 'group', groupId: then.id })).toEqual({ who: ['b'], recipients: 1 });
  });

  test('a message waits for its time, and one to nobody is sent at once', async () => {
    const { id } = await bench.createLink(ASKING);
    await subscribe(id, 'a');
    const later = await write({ kind: 'all' }, NOW + DAY_MS);
    await fanOut(NOW + DAY_MS - 1);
    expect(await load(later)).toMatchObject({ state: 'scheduled', recipients: null });
    expect(await receivers()).toEqual([]);
    await fanOut(NOW + DAY_MS);
    expect(await load(later)).toMatchObject({ state: 'sending', recipients: 1 });
    expect(await receivers()).toEqual(['a']);
    const lonely = await write({ kind: 'link', linkId: id + 1_000 });
    await fanOut();
    expect(await load(lonely)).toMatchObject({ state: 'sent', recipients: 0, finishedAt: NOW });
  });

  test('what is cancelled is not begun, and what was sent cannot be', async () => {
    const { id } = await bench.createLink(ASKING);
    await subscribe(id, 'a');
    const publicId = await write({ kind: 'all' }, NOW + DAY_MS);
    await cancelMessage(writer, { projectId, publicId }, NOW);
    await cancelMessage(writer, { projectId, publicId }, NOW + 1);
    await fanOut(NOW + 2 * DAY_MS);
    expect(await receivers()).toEqual([]);
    expect(await load(publicId)).toMatchObject({ state: 'cancelled', finishedAt: NOW });
    const sent = await write({ kind: 'link', linkId: id + 1_000 });
    await fanOut();
    await expect(cancelMessage(writer, { projectId, publicId: sent }, NOW)).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(cancelMessage(writer, { projectId: projectId + 1, publicId }, NOW)).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test('the same message asked for twice is one', async () => {
    const { id } = await bench.createLink(ASKING);
    await subscribe(id, 'a');
    const message = {
      publicId: 'psm_same',
      projectId,
      target: { kind: 'all' },
      title: 'x',
      body: '',
      url: 'https://a.example/',
      imageUrl: null,
      dueAt: NOW,
      actor: 'key:test',
    } as const;
    await createMessage(writer, message, NOW);
    await fanOut();
    await createMessage(writer, message, NOW);
    await fanOut();
    expect(await receivers()).toEqual(['a']);
  });

  test('receipts count once each, whatever comes twice, late or invented', async () => {
    const { id } = await bench.createLink(ASKING);
    await subscribe(id, 'a');
    await subscribe(id, 'b');
    const publicId = await write({ kind: 'all' });
    await fanOut();
    const rows = await bench.database.read.selectFrom('delivery').select('event_id').orderBy('id').execute();
    const [a = '', b = ''] = rows.map(({ event_id }) => event_id);
    const shown = (eventId: string) => ({ eventId, event: 'shown' as const });
    const clicked = (eventId: string) => ({ eventId, event: 'clicked' as const });
    await recordReceipts(writer, [shown(a), shown(a), shown('f'.repeat(32))], NOW);
    expect(await load(publicId)).toMatchObject({ shown: 1, clicked: 0 });
    // Its own word that it was shown comes late.
    await recordReceipts(writer, [clicked(b), clicked(b)], NOW);
    await recordReceipts(writer, [shown(b), clicked(b), shown(a)], NOW);
    expect(await load(publicId)).toMatchObject({ shown: 2, clicked: 1 });
    await writer.transact((tx) => tx.run(`update delivery set kind = 'clicks', shown_at = null`, []));
    await recordReceipts(writer, [shown(a)], NOW);
    expect(await load(publicId)).toMatchObject({ shown: 2, clicked: 1 });
  });

  test('a browser that changes its subscription stays the subscriber it was', async () => {
    const one = await bench.createLink(ASKING);
    const other = await bench.createLink(ASKING);
    await subscribe(one.id, 'old');
    const change = { endpoint: 'https://push.example/old', subscription: subscription('new') };
    expect(await changeSubscription(writer, change)).toEqual({ changed: 1 });
    expect(await changeSubscription(writer, change)).toEqual({ changed: 0 });
    const { read } = bench.database;
    expect(await countSubscribers(read, { projectId, linkId: one.id })).toBe(1);
    // One that has subscribed with both is one, with the links of both.
    await subscribe(other.id, 'newest');
    await changeSubscription(writer, {
      endpoint: 'https://push.example/new',
      subscription: subscription('newest'),
    });
    expect(await countSubscribers(read, { projectId })).toBe(1);
    expect(await countSubscribers(read, { projectId, linkId: one.id })).toBe(1);
    expect(await countSubscribers(read, { projectId, linkId: other.id })).toBe(1);
  });

  test('whoever is removed is forgotten with all links', async () => {
    const { id } = await bench.createLink(ASKING);
    await subscribe(id, 'a');
    const [{ publicId } = { publicId: '' }] = await listSubscribers(bench.database.read, {
      projectId,
      limit: 1,
    });
    await expect(removeSubscriber(writer, { projectId: projectId + 1, publicId })).rejects.toMatchObject({
      code: 'not-found',
    });
    await removeSubscriber(writer, { projectId, publicId });
    expect(await bench.database.read.selectFrom('push_subscription_link').selectAll().execute()).toEqual([]);
    expect(await countSubscribers(bench.database.read, { projectId })).toBe(0);
  });

  const startProcess = (...flags: string[]) => {
    const script = join(import.meta.dirname, '../support/fanout-process.ts');
    const child = spawn(process.execPath, [...flags, script, JSON.stringify(bench.location)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    return child;
  };

  /** Every subscriber has one delivery of the message, and lanes and message know how many they are. */
  async function expectEachOnce(publicId: string, count: number): Promise<void> {
    const { read } = bench.database;
    const deliveries = await read
      .selectFrom('delivery')
      .select((eb) => [
        eb.fn.countAll<number>().as('all'),
        eb.fn.count<number>('subscription_id').distinct().as('subscribers'),
      ])
      .executeTakeFirstOrThrow();
    expect({ all: Number(deliveries.all), subscribers: Number(deliveries.subscribers) }).toEqual({
      all: count,
      subscribers: count,
    });
    const lanes = await read.selectFrom('delivery_lane').select('waiting').execute();
    expect(lanes).toHaveLength(3);
    expect(lanes.reduce((sum, { waiting }) => sum + waiting, 0)).toBe(count);
    expect(await load(publicId)).toMatchObject({ state: 'sending', recipients: count });
  }

  test('killed again and again in the middle, each subscriber still has one delivery', async () => {
    const { id } = await bench.createLink(ASKING);
    await manySubscribers(12_500, id);
    const publicId = await write({ kind: 'all' });
    let kills = 0;
    for (;;) {
      const child = startProcess();
      // At any moment of the piece after the first or second it has written.
      let pieces = 0;
      child.stdout?.on('data', (chunk: Buffer) => {
        pieces += chunk.toString().split('\n').length - 1;
        if (kills < 4 && pieces > kills % 2) {
          setTimeout(() => child.kill('SIGKILL'), kills * 7);
        }
      });
      const [code] = await once(child, 'exit');
      if (code === 0) break;
      kills++;
    }
    expect(kills).toBeGreaterThan(1);
    await expectEachOnce(publicId, 12_500);
  }, 60_000);

  test('two processes share the work, and write nothing twice', async () => {
    const { id } = await bench.createLink(ASKING);
    await manySubscribers(5_000, id);
    const publicId = await write({ kind: 'link', linkId: id });
    const [one, other] = [startProcess(), startProcess()];
    for (const child of [one, other]) child.stdout?.resume();
    expect(await Promise.all([once(one, 'exit'), once(other, 'exit')])).toEqual([
      [0, null],
      [0, null],
    ]);
    await expectEachOnce(publicId, 5_000);
  }, 60_000);

  test('20,000 subscribers need no more memory than one piece of them', async () => {
    const { id } = await bench.createLink(ASKING);
    await manySubscribers(20_000, id);
    const publicId = newPublicId('psm');
    await createMessage(
      writer,
      {
        publicId,
        projectId,
        target: { kind: 'all' },
        title: 'News',
        // All of them together would take twice the memory there is.
        body: '소식'.repeat(500),
        url: 'https://a.example/',
        imageUrl: null,
        dueAt: NOW,
        actor: 'key:test',
      },
      NOW,
    );
    const child = startProcess('--max-old-space-size=48');
    const said: Buffer[] = [];
    child.stderr?.on('data', (chunk: Buffer) => said.push(chunk));
    child.stdout?.resume();
    const [code] = await once(child, 'exit');
    expect(code, Buffer.concat(said).toString()).toBe(0);
    await expectEachOnce(publicId, 20_000);
  }, 60_000);
});
