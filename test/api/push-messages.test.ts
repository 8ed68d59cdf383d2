import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OfferedSubscription } from '../../src/reactions/push/subscription-input.ts';
import { ENGINES } from '../support/engines.ts';
import { PushService } from '../support/push-service.ts';
import { until } from '../support/until.ts';
import { Api, type Json } from './api.ts';
import { newSubscription, postAsBrowser, subscribeThrough } from './push-visitor.ts';

/** From the page of a link to the browser that decrypts what was sent, over HTTP all the way. */
describe.each(ENGINES)('a message to subscribers on $name', (engine) => {
  let api: Api;
  let service: PushService;
  let vapidKey: string;
  beforeAll(async () => {
    api = await Api.open(engine, { env: { ALLOW_PRIVATE_TARGETS: 'true' } });
    service = await PushService.open();
    const worker = await api.send('GET', '/sw.js', undefined, {});
    vapidKey = /"([\w-]{87})"/.exec(worker.text)?.[1] ?? '';
  });
  afterAll(async () => {
    await api.close();
    await service.close();
  });

  const join = async (link: Json, subscription: OfferedSubscription): Promise<void> => {
    expect((await subscribeThrough(api, link, subscription)).json).toEqual({ subscriber: true });
  };

  const asking = () =>
    api.link({ destination: 'https://shop.example/', settings: { pushSubscription: true } });
  const load = (id: string): Promise<Json> => api.ok('GET', `/push-messages/${id}`);
  const write = async (body: object): Promise<string> =>
    (
      await api.ok('POST', '/push-messages', {
        body: { title: 'News', url: 'https://shop.example/', ...body },
      })
    ).id;
  const isSent = (id: string) =>
    until(async () => (await load(id)).state === 'sent', 'the message is sent', 20_000);

  test('reaches each browser once, encrypted for it, and counts what became of it', async () => {
    const [one, other] = [await asking(), await asking()];
    const [here, gone, refusing] = await Promise.all([1, 2, 3].map(() => service.subscribe(vapidKey)));
    if (!here || !gone || !refusing) throw new Error('no subscriptions');
    for (const subscription of [here, gone, refusing]) await join(one, subscription);
    await join(other, here);
    service.expire(gone);
    service.script = (clientHash) => (clientHash === refusing.clientHash ? { status: 403 } : undefined);

    const id = await write({ body: '소식 <b>', to: { all: true }, imageUrl: 'https://shop.example/a.png' });
    await isSent(id);
    expect(service.messages(here)).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        title: 'News',
        body: '소식 <b>',
        url: 'https://shop.example/',
        image: 'https://shop.example/a.png',
        tag: id,
        renotify: false,
        receipts: true,
      },
    ]);
    expect(await load(id)).toMatchObject({
      recipients: 3,
      sent: 1,
      failed: 1,
      gone: 1,
      finishedAt: expect.any(String),
    });
    // What is gone is removed, what refuses stays.
    expect((await api.ok('GET', `/push-subscribers?linkId=${one.id}`)).total).toBe(2);

    const [payload] = service.messages(here);
    const receipts = ['shown', 'clicked', 'clicked'].map((event) =>
      postAsBrowser(api, 'receipts', { id: payload.id, event }),
    );
    for (const { status } of await Promise.all(receipts)) expect(status).toBe(204);
    expect(await load(id)).toMatchObject({ shown: 1, clicked: 1 });

    const second = await write({ to: { linkId: other.id } });
    await isSent(second);
    expect(await load(second)).toMatchObject({ recipients: 1, sent: 1 });
    expect(service.messages(here)).toHaveLength(2);
  });

  test('begins when it is due, and not before', async () => {
    const link = await asking();
    const subscription = await service.subscribe(vapidKey);
    await join(link, subscription);
    const sendAt = Date.now() + 4_000;
    const id = await write({ to: { linkId: link.id }, sendAt: new Date(sendAt).toISOString() });
    expect((await load(id)).state).toBe('scheduled');
    await isSent(id);
    expect(Date.now()).toBeGreaterThanOrEqual(sendAt);
    expect(service.messages(subscription)).toHaveLength(1);
  });

  describe('that is cancelled on its way', () => {
    let slow: Server;
    let held: ServerResponse[];
    let holding: boolean;
    let received: number;
    beforeEach(async () => {
      held = [];
      holding = true;
      received = 0;
      slow = createServer((request, response) => {
        request.resume();
        received++;
        if (holding) held.push(response);
        else response.writeHead(201).end();
      });
      slow.listen(0, '127.0.0.1');
      await once(slow, 'listening');
    });
    afterEach(async () => {
      slow.closeAllConnections();
      await new Promise((resolve) => slow.close(resolve));
    });

    test('arrives where it was under way, and nowhere else', async () => {
      const link = await asking();
      const { port } = slow.address() as AddressInfo;
      const subscribers = 150;
      for (let index = 0; index < subscribers; index++) {
        await join(link, newSubscription(`http://127.0.0.1:${port}`));
      }
      const id = await write({ to: { linkId: link.id } });
      await until(() => held.length > 0, 'the first are on their way');
      expect((await api.call('DELETE', `/push-messages/${id}`)).status).toBe(204);
      holding = false;
      for (const response of held) response.writeHead(201).end();
      await until(async () => {
        const deliveries = await deliveriesOf(link);
        return deliveries.length > 0 && deliveries.every(({ state }) => state !== 'waiting');
      }, 'nothing waits any more');
      expect(await load(id)).toMatchObject({ state: 'cancelled', sent: received });
      const unsent = (await deliveriesOf(link)).filter(({ reason }) => reason === 'cancelled');
      expect(unsent.length).toBeGreaterThan(0);
      expect(unsent.length).toBe(subscribers - received);
    });

    /** Every delivery of a link, on however many pages. */
    async function deliveriesOf(link: Json): Promise<Json[]> {
      const found: Json[] = [];
      let cursor = '';
      do {
        const page = await api.ok('GET', `/deliveries?linkId=${link.id}&limit=100${cursor}`);
        found.push(...page.deliveries);
        cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
      } while (cursor !== '');
      return found;
    }
  });
});
