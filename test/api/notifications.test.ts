import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openBatchWriter } from '../../src/db/open.ts';
import { DeliveryState } from '../../src/reactions/delivery/delivery.ts';
import { MOST_PEOPLE } from '../../src/reactions/push/people/person-subscription.ts';
import { ENGINES } from '../support/engines.ts';
import { MAIL_PASSWORD, MAIL_USER, MailServer } from '../support/mail-server.ts';
import { PushService, type TestSubscription } from '../support/push-service.ts';
import { headerOf } from '../support/received-mail.ts';
import { until } from '../support/until.ts';
import { Api, type Json, STRANGER } from './api.ts';

const PATH = '/notification-subscriptions';

describe.each(ENGINES)('notifications to people on $name', (engine) => {
  let api: Api;
  let service: PushService;
  let vapidPublicKey: string;
  beforeAll(async () => {
    api = await Api.open(engine, {
      publicUrl: 'http://go.test',
      env: { ALLOW_PRIVATE_TARGETS: 'true' },
    });
    const { text } = await api.send('GET', '/app/notifications', undefined, {});
    vapidPublicKey = /data-key="([\w-]+)"/.exec(text)?.[1] ?? '';
    await api.ok('PATCH', '/project', { body: { language: 'ko' } });
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    service = await PushService.open();
  });
  afterEach(async () => {
    for (const { id } of await list()) await api.ok('DELETE', `${PATH}/${id}`);
    await service.close();
  });

  const list = async (): Promise<Json[]> => (await api.ok('GET', PATH)).subscriptions;
  const bodyOf = ({ endpoint, keys }: TestSubscription, label?: string) => ({
    endpoint,
    keys,
    expirationTime: null,
    ...(label === undefined ? {} : { label }),
  });
  async function subscribe(label?: string): Promise<{ browser: TestSubscription; one: Json }> {
    const browser = await service.subscribe(vapidPublicKey);
    return { browser, one: await api.ok('POST', PATH, { body: bodyOf(browser, label) }) };
  }

  it('lists what was subscribed, without what only the push service may know', async () => {
    const { browser, one } = await subscribe('민지 노트북');
    expect(one).toEqual({
      id: expect.stringMatching(/^sub_/),
      label: '민지 노트북',
      host: new URL(browser.endpoint).host,
      endpointHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      createdAt: expect.any(String),
    });
    const answer = await api.call('GET', PATH);
    expect(answer.json.subscriptions).toEqual([one]);
    for (const secret of [browser.endpoint, browser.keys.auth, browser.keys.p256dh])
      expect(answer.text).not.toContain(secret);
    expect((await api.ok('GET', PATH, { key: STRANGER })).subscriptions).toEqual([]);
  });

  it('takes a browser that is there again as the same, with its new keys', async () => {
    const { browser, one } = await subscribe('first');
    const { keys } = await service.subscribe(vapidPublicKey);
    const again = await api.call('POST', PATH, { body: { ...bodyOf(browser, 'second'), keys } });
    expect(again).toMatchObject({ status: 200, json: { ...one, label: 'second' } });
    expect(await list()).toHaveLength(1);
    // The same browser may serve people of another project.
    const elsewhere = await api.call('POST', PATH, { body: bodyOf(browser), key: STRANGER });
    expect(elsewhere.status).toBe(201);
    expect(elsewhere.json.id).not.toBe(one.id);
    await api.ok('DELETE', `${PATH}/${elsewhere.json.id}`, { key: STRANGER });
  });

  it('brings a test to that browser alone, through the outbox', async () => {
    const { browser, one } = await subscribe();
    const { browser: other } = await subscribe();
    const { eventId } = await api.ok('POST', `${PATH}/${one.id}/test`);
    await until(() => service.messages(browser).length > 0, 'the test has come');
    expect(service.messages(browser)).toEqual([
      {
        id: eventId,
        title: '알림이 잘 도착했어요',
        body: '이제 링크 소식을 여기에서 받을 수 있어요.',
        url: 'http://go.test/app/notifications',
        image: null,
        tag: 'test',
        renotify: true,
        receipts: false,
      },
    ]);
    expect(service.messages(other)).toEqual([]);
  });

  it('forgets a browser that is gone as soon as it is written to', async () => {
    const { browser, one } = await subscribe();
    service.expire(browser);
    await api.ok('POST', `${PATH}/${one.id}/test`);
    await until(async () => (await list()).length === 0, 'the subscription is gone');
    await api.refused(404, 'POST', `${PATH}/${one.id}/test`);
  });

  it('tells every browser of a link that reaches its threshold', async () => {
    const browsers = [(await subscribe()).browser, (await subscribe()).browser];
    const link = await api.link({ title: 'Spring', settings: { notifyByPush: true, notifyEvery: 2 } });
    for (const address of ['10.1.0.1', '10.1.0.2', '10.1.0.3'])
      await api.visit(`/${link.code}`, { 'x-forwarded-for': address });
    await until(
      () => browsers.every((browser) => service.messages(browser).length > 0),
      'both browsers have been told',
    );
    for (const browser of browsers) {
      expect(service.messages(browser)).toMatchObject([
        { title: 'Spring: 클릭 2회', tag: `link:${link.id}`, renotify: true, receipts: false },
      ]);
    }
  });

  it('stays with its project', async () => {
    const { one } = await subscribe();
    await api.refused(404, 'DELETE', `${PATH}/${one.id}`, { key: STRANGER });
    await api.refused(404, 'POST', `${PATH}/${one.id}/test`, { key: STRANGER });
    expect(await list()).toEqual([one]);
  });

  it('is closed to keys without the scope', async () => {
    const key = async (scopes: readonly string[]) =>
      (await api.ok('POST', '/keys', { body: { name: 'x', scopes } })).key as string;
    const reader = await key(['notifications:read']);
    const writer = await key(['notifications:write']);
    await api.ok('GET', PATH, { key: reader });
    await api.refused(403, 'GET', PATH, { key: writer });
    const browser = await service.subscribe(vapidPublicKey);
    await api.refused(403, 'POST', PATH, { key: reader, body: bodyOf(browser) });
    await api.ok('POST', PATH, { key: writer, body: bodyOf(browser) });
    await api.refused(401, 'GET', PATH, { key: null });
  });

  it.each<[what: string, change: (body: Json) => void, field: string]>([
    ['a URL that is none', (body) => (body.endpoint = 'push'), 'endpoint'],
    ['another scheme', (body) => (body.endpoint = 'file:///etc/passwd'), 'endpoint'],
    ['a user name', (body) => (body.endpoint = 'https://a:b@push.test/x'), 'endpoint'],
    ['a key of another length', (body) => (body.keys.p256dh = body.keys.p256dh.slice(0, -4)), 'keys.p256dh'],
    [
      'a key that is no point',
      (body) =>
        (body.keys.p256dh = Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 1)]).toString('base64url')),
      'keys.p256dh',
    ],
    ['a secret of another length', (body) => (body.keys.auth = 'AAAA'), 'keys.auth'],
    ['a secret that is no base64url', (body) => (body.keys.auth = '%'.repeat(22)), 'keys.auth'],
    ['a label with control characters', (body) => (body.label = 'a\u0000b'), 'label'],
    ['a label of two lines', (body) => (body.label = 'a\nb'), 'label'],
    ['a label that turns around', (body) => (body.label = 'a\u202eb'), 'label'],
    ['a label without end', (body) => (body.label = 'a'.repeat(101)), 'label'],
    ['no keys', (body) => delete body.keys, 'keys'],
    ['something else', (body) => (body.audience = 'visitors'), 'audience'],
  ])('refuses %s', async (_what, change, field) => {
    const body: Json = structuredClone(bodyOf(await service.subscribe(vapidPublicKey), 'x'));
    change(body);
    const { errors } = await api.refused(422, 'POST', PATH, { body });
    expect(errors.map((one: Json) => one.field).join()).toContain(field);
    expect(await list()).toEqual([]);
  });

  it('has as many browsers as a project may have, and can renew those', async () => {
    const first = await service.subscribe(vapidPublicKey);
    for (let index = 0; index < MOST_PEOPLE; index++) {
      const endpoint = `${first.endpoint}${index || ''}`;
      await api.ok('POST', PATH, { body: { ...bodyOf(first), endpoint } });
    }
    await api.refused(409, 'POST', PATH, { body: { ...bodyOf(first), endpoint: `${first.endpoint}x` } });
    await api.ok('POST', PATH, { body: bodyOf(first, 'renewed') });
    expect(await list()).toHaveLength(MOST_PEOPLE);
  });
});

describe.each(ENGINES)('mail at a threshold on $name', (engine) => {
  const visitTwice = async (api: Api, code: string) => {
    for (const address of ['10.2.0.1', '10.2.0.2'])
      await api.visit(`/${code}`, { 'x-forwarded-for': address });
  };
  const settings = { notifyByMail: true, notifyByPush: true, notifyEvery: 2 };

  it('comes to the addresses of the project', async () => {
    const server = await MailServer.open();
    const user = `${MAIL_USER}:${encodeURIComponent(MAIL_PASSWORD)}`;
    const api = await Api.open(engine, {
      env: { SMTP_URL: `smtp://${user}@127.0.0.1:${server.port}`, MAIL_FROM: 'Links <links@go.test>' },
    });
    try {
      const notificationAddresses = ['minji@example.com', 'haru@example.com'];
      await api.ok('PATCH', '/project', { body: { language: 'ja', notificationAddresses } });
      const link = await api.link({ title: '春のセール', settings });
      await visitTwice(api, link.code);
      await until(() => server.received.length > 0, 'the mail has come');
      const [got] = server.received;
      expect(got?.to).toEqual(notificationAddresses);
      expect(got?.from).toBe('links@go.test');
      expect(got && headerOf(got.mail, 'subject')).toBe('春のセール：クリックが2回に達しました');
    } finally {
      await api.close();
      await server.close();
    }
  });

  it('and notifications are kept as not sent where there is no mail server and nobody has subscribed', async () => {
    const api = await Api.open(engine);
    const reader = openBatchWriter(api.location);
    try {
      const link = await api.link({ settings });
      await visitTwice(api, link.code);
      const reasons = async () =>
        (
          await reader.events.all<{ channel: string; reason: string }>(
            `select channel, reason from delivery where state = ${DeliveryState.notSent} order by channel`,
            [],
          )
        ).map(({ channel, reason }) => `${channel}: ${reason}`);
      await until(async () => (await reasons()).length === 2, 'both have come to their end');
      expect(await reasons()).toEqual(['mail: no-smtp', 'push: no-subscription']);
    } finally {
      await reader.close();
      await api.close();
    }
  });
});

describe('notifications on an installation that calls no private addresses', () => {
  it('refuses push services there', async () => {
    const api = await Api.open(ENGINES[0], {
      publicUrl: 'https://go.test',
      env: { ALLOW_PRIVATE_TARGETS: 'false' },
    });
    try {
      const service = await PushService.open();
      const { text } = await api.send('GET', '/app/notifications', undefined, {});
      const { endpoint, keys } = await service.subscribe(/data-key="([\w-]+)"/.exec(text)?.[1] ?? '');
      await service.close();
      for (const url of [
        endpoint,
        endpoint.replace('http:', 'https:'),
        'https://[::1]/x',
        'https://localhost/x',
        'https://push.example/x',
        'https://fcm.googleapis.com:8443/x',
      ])
        await api.refused(422, 'POST', PATH, { body: { endpoint: url, keys } }, ['endpoint']);
      const makers = 'https://fcm.googleapis.com/fcm/send/x';
      await api.ok('POST', PATH, { body: { endpoint: makers, keys } });
    } finally {
      await api.close();
    }
  });
});
