import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { Api, type Json, PERSON, PUBLIC_HOST, STRANGER } from './api.ts';
import { newAddress, newSubscription, postAsBrowser, subscribeThrough, tokenIn } from './push-visitor.ts';

const UNFURLER = 'facebookexternalhit/1.1';
const DESTINATION = 'https://shop.example/sale?a=1&b=2';

describe.each(ENGINES)('push-subscription links on $name', (engine) => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.open(engine, { env: { ALLOW_PRIVATE_TARGETS: 'false', PUSH_SERVICES: 'push.example' } });
  });
  afterAll(() => api.close());

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    postAsBrowser(api, path, body, headers);

  const asking = (settings: object = {}) =>
    api.link({ destination: DESTINATION, settings: { pushSubscription: true, ...settings } });

  const visit = ({ code }: Json, headers: Record<string, string> = {}) =>
    api.visit(`/${code}`, { ...newAddress(), ...headers });

  const subscribe = (link: Json, subscription = newSubscription(), consent = true) =>
    subscribeThrough(api, link, subscription, consent);

  const change = ({ id }: Json, settings: object) => api.ok('PATCH', `/links/${id}`, { body: { settings } });

  async function clicksOf(link: Json): Promise<number> {
    return (await api.ok('GET', `/links/${link.id}`)).clicks;
  }

  test('people are asked and led on, and the click counts whatever they choose', async () => {
    const link = await asking();
    const page = await visit(link);
    expect(page.status).toBe(200);
    expect(page.text).toContain('href="https://shop.example/sale?a=1&amp;b=2"');
    expect(page.headers['cache-control']).toBe('no-store');
    await until(async () => (await clicksOf(link)) === 1, 'the click is counted');
    await post('subscriptions', { token: tokenIn(page), consent: true, subscription: newSubscription() });
    await visit(link, { 'user-agent': 'curl/8.0' });
    await until(async () => (await clicksOf(link)) === 2, 'the second visit is counted, and nothing else');
  });

  test('programs, robots and scans that pass by go straight on; a HEAD gets no body', async () => {
    const link = await asking({ qrBypass: true });
    const onward = { status: 302, headers: { location: DESTINATION } };
    expect(await visit(link, { 'user-agent': 'curl/8.0' })).toMatchObject(onward);
    expect(await visit(link, { 'user-agent': UNFURLER })).toMatchObject(onward);
    expect(await api.visit(`/${link.code}?qr=1`, newAddress())).toMatchObject(onward);
    const head = await api.visit(`/${link.code}`, newAddress(), 'HEAD');
    expect(head).toMatchObject({ status: 200, text: '' });
  });

  test('what stands for a picture, a frame or a script goes straight on', async () => {
    for (const link of [
      await asking(),
      await api.link({ destination: DESTINATION, settings: { redirectType: 200 } }),
    ]) {
      for (const purpose of ['image', 'iframe', 'empty']) {
        expect(await visit(link, { 'sec-fetch-dest': purpose })).toMatchObject({
          status: 302,
          headers: { location: DESTINATION },
        });
      }
      expect((await visit(link, { 'sec-fetch-dest': 'document' })).status).toBe(200);
    }
  });

  test('a group asks for all its links at once', async () => {
    const group = await api.group({ pushSubscription: true });
    const link = await api.link({ destination: DESTINATION, groupId: group.id });
    expect((await visit(link)).text).toContain('data-token=');
    await api.ok('PATCH', `/groups/${group.id}`, { body: { settings: { pushSubscription: false } } });
    expect((await visit(link)).status).toBe(302);
  });

  test('after a password the visitor goes on at once, as after every form', async () => {
    const link = await asking({ password: 'sesame' });
    const answer = await api.send('POST', `/${link.code}`, 'password=sesame', {
      host: PUBLIC_HOST,
      'user-agent': PERSON,
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(answer).toMatchObject({ status: 303, headers: { location: DESTINATION } });
  });

  test('with a limit each page takes a slot', async () => {
    const link = await asking({ maxClicks: 1 });
    expect((await visit(link)).text).toContain('data-token=');
    expect((await visit(link)).status).toBe(403);
  });

  test('a visitor who allows becomes a subscriber of project, group and link', async () => {
    const group = await api.group({}, 'Push');
    const link = await api.link({
      destination: DESTINATION,
      groupId: group.id,
      settings: { pushSubscription: true },
    });
    const mine = newSubscription();
    expect(await subscribe(link, mine, false)).toMatchObject({ status: 200, json: { subscriber: false } });
    expect(await subscribe(link, mine)).toMatchObject({ status: 200, json: { subscriber: true } });
    const listed = await api.ok('GET', `/push-subscribers?linkId=${link.id}`);
    expect(listed).toMatchObject({ total: 1, nextCursor: null });
    expect(listed.subscribers[0]).toMatchObject({ host: 'push.example', language: 'en' });
    expect(JSON.stringify(listed)).not.toContain(mine.endpoint);
    expect(JSON.stringify(listed)).not.toContain(mine.keys.auth);
    expect((await api.ok('GET', `/push-subscribers?groupId=${group.id}`)).total).toBe(1);

    const another = await asking();
    expect((await subscribe(another, mine, false)).json).toEqual({ subscriber: true });
    expect((await api.ok('GET', `/push-subscribers?linkId=${another.id}`)).total).toBe(1);
    expect((await api.ok('GET', `/push-subscribers?groupId=${group.id}`)).total).toBe(1);

    const strangers = await api.ok('GET', '/push-subscribers', { key: STRANGER });
    expect(strangers).toEqual({ total: 0, subscribers: [], nextCursor: null });
    const { id } = listed.subscribers[0];
    await api.refused(404, 'DELETE', `/push-subscribers/${id}`, { key: STRANGER });
    expect((await api.call('DELETE', `/push-subscribers/${id}`)).status).toBe(204);
    await api.refused(404, 'DELETE', `/push-subscribers/${id}`);
    expect((await api.ok('GET', `/push-subscribers?linkId=${another.id}`)).total).toBe(0);
  });

  test('subscribers come in pages', async () => {
    const link = await asking();
    for (let index = 0; index < 3; index++) await subscribe(link);
    const first = await api.ok('GET', `/push-subscribers?linkId=${link.id}&limit=2`);
    const second = await api.ok(
      'GET',
      `/push-subscribers?linkId=${link.id}&limit=2&cursor=${first.nextCursor}`,
    );
    expect([first.total, first.subscribers.length, second.subscribers.length, second.nextCursor]).toEqual([
      3,
      2,
      1,
      null,
    ]);
    await api.refused(422, 'GET', '/push-subscribers?cursor=x');
    await api.refused(404, 'GET', '/push-subscribers?groupId=grp_none');
  });

  test('only a visit leads to a subscription, and only a push service can be one', async () => {
    const link = await asking();
    const token = tokenIn(await visit(link));
    const body = { token, consent: true, subscription: newSubscription() };
    for (const wrong of ['', 'x'.repeat(62), `${token.slice(0, -2)}AA`]) {
      expect((await post('subscriptions', { ...body, token: wrong })).json.errors).toMatchObject([
        { field: 'token' },
      ]);
    }
    for (const endpoint of [
      'http://push.example/x',
      'https://127.0.0.1/x',
      'https://[::ffff:10.0.0.1]/x',
      'https://user@push.example/',
      'javascript:alert(1)',
      'https://push.example/\u0000',
      'https://anybody.test/x',
      'https://push.example:8443/x',
    ]) {
      const answer = await post('subscriptions', {
        ...body,
        subscription: { ...newSubscription(), endpoint },
      });
      expect(answer.status, endpoint).toBe(422);
      expect(answer.json.errors[0].field).toBe('subscription.endpoint');
    }
    const keys = { p256dh: Buffer.alloc(65, 4).toString('base64url'), auth: 'AA' };
    const noKeys = await post('subscriptions', { ...body, subscription: { ...newSubscription(), keys } });
    expect(noKeys.json.errors.map(({ field }: Json) => field)).toEqual([
      'subscription.keys.p256dh',
      'subscription.keys.auth',
    ]);
    for (const text of [
      '',
      '{',
      '[]',
      'null',
      '{"token":1}',
      JSON.stringify({ ...body, subscription: null }),
    ]) {
      const { status } = await post('subscriptions', text);
      expect([400, 422], text).toContain(status);
    }
    expect((await post('subscriptions', `{"token":"${'x'.repeat(9_000)}"}`)).status).toBe(413);
    expect((await post('subscriptions', 'token=1', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post('subscriptions', body, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await api.ok('GET', `/push-subscribers?linkId=${link.id}`)).total).toBe(0);
  });

  test('nobody subscribes through a link that has been deleted meanwhile', async () => {
    const link = await asking();
    const token = tokenIn(await visit(link));
    await api.call('DELETE', `/links/${link.id}`);
    expect(
      (await post('subscriptions', { token, consent: true, subscription: newSubscription() })).status,
    ).toBe(404);
  });

  test.each<[string, (link: Json) => Promise<unknown>]>([
    ['no longer asks', (link) => change(link, { pushSubscription: false })],
    ['is paused', (link) => change(link, { paused: true })],
    [
      'is in a group that does not ask',
      async (link) => {
        const group = await api.group({ pushSubscription: false });
        await api.ok('PATCH', `/links/${link.id}`, { body: { groupId: group.id } });
      },
    ],
  ])('nobody subscribes any more through a link that %s', async (_what, edit) => {
    const link = await asking();
    const body = { token: tokenIn(await visit(link)), consent: true, subscription: newSubscription() };
    await edit(link);
    for (const consent of [true, false])
      expect(await post('subscriptions', { ...body, consent })).toMatchObject({
        status: 409,
        json: { code: 'conflict' },
      });
    expect((await api.ok('GET', `/push-subscribers?linkId=${link.id}`)).total).toBe(0);
  });

  test('a browser may change its subscription when it knows the old one', async () => {
    const link = await asking();
    const old = newSubscription();
    await subscribe(link, old);
    const renewed = newSubscription();
    const change = { endpoint: old.endpoint, subscription: renewed };
    expect((await post('subscriptions/change', change)).status).toBe(204);
    // Whether it was known is not said.
    expect((await post('subscriptions/change', change)).status).toBe(204);
    expect((await subscribe(link, renewed, false)).json).toEqual({ subscriber: true });
    expect((await subscribe(link, old, false)).json).toEqual({ subscriber: false });
    const evil = {
      endpoint: renewed.endpoint,
      subscription: { ...newSubscription(), endpoint: 'https://10.0.0.1/' },
    };
    expect((await post('subscriptions/change', evil)).status).toBe(422);
  });

  test('a network that asks too often is asked to wait, an IPv6 one by its /64', async () => {
    const from = (host: number) => ({ 'x-forwarded-for': `2001:db8:7:7::${host.toString(16)}` });
    const statuses = new Set<number>();
    for (let host = 1; host <= 61; host++) {
      const answer = await post('subscriptions', {}, from(host));
      statuses.add(answer.status);
      if (host <= 60) expect(answer.status).toBe(422);
      else expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': expect.any(String) } });
    }
    expect((await post('subscriptions', {}, { 'x-forwarded-for': '2001:db8:7:8::1' })).status).toBe(422);
  });

  test('the service worker is there on every host, is never kept, and may only call its host', async () => {
    for (const host of [PUBLIC_HOST, 'unknown.example']) {
      const answer = await api.send('GET', '/sw.js', undefined, { host });
      expect(answer).toMatchObject({
        status: 200,
        headers: {
          'content-type': 'text/javascript; charset=utf-8',
          'cache-control': 'no-cache',
          'service-worker-allowed': '/',
          'x-content-type-options': 'nosniff',
        },
      });
      expect(answer.text).not.toMatch(/addEventListener\('fetch'/);
    }
    await api.refused(422, 'POST', '/links', { body: { destination: DESTINATION, code: 'sw.js' } });
  });

  describe('messages', () => {
    const message = (body: object = {}) => ({
      title: 'The sale begins',
      body: 'Half price until Sunday.',
      url: 'https://shop.example/sale',
      to: { all: true },
      sendAt: new Date(Date.now() + 86_400_000).toISOString(),
      ...body,
    });

    test('are kept until their time, listed, and cancelled', async () => {
      const { sendAt } = message();
      const created = await api.ok('POST', '/push-messages', { body: message({ sendAt }) });
      expect(created).toEqual({
        id: expect.stringMatching(/^psm_/),
        title: 'The sale begins',
        body: 'Half price until Sunday.',
        url: 'https://shop.example/sale',
        imageUrl: null,
        to: { all: true, groupId: null, linkId: null },
        state: 'scheduled',
        sendAt,
        createdAt: expect.any(String),
        finishedAt: null,
        recipients: null,
        sent: 0,
        failed: 0,
        gone: 0,
        shown: 0,
        clicked: 0,
      });
      expect(await api.ok('GET', `/push-messages/${created.id}`)).toEqual(created);
      const first = await api.ok('GET', '/push-messages?limit=1');
      expect(first.messages).toEqual([created]);
      await api.refused(404, 'GET', `/push-messages/${created.id}`, { key: STRANGER });
      await api.refused(404, 'DELETE', `/push-messages/${created.id}`, { key: STRANGER });
      expect((await api.call('DELETE', `/push-messages/${created.id}`)).status).toBe(204);
      expect(await api.ok('GET', `/push-messages/${created.id}`)).toMatchObject({
        state: 'cancelled',
        finishedAt: expect.any(String),
      });
      expect((await api.ok('GET', '/push-messages', { key: STRANGER })).messages).toEqual([]);
    });

    test('to nobody are sent at once, and can then not be cancelled', async () => {
      const link = await asking();
      const { id } = await api.ok('POST', '/push-messages', {
        body: message({ to: { linkId: link.id }, sendAt: null }),
      });
      await until(
        async () => (await api.ok('GET', `/push-messages/${id}`)).state === 'sent',
        'the message is sent',
      );
      expect(await api.ok('GET', `/push-messages/${id}`)).toMatchObject({
        recipients: 0,
        to: { all: false, groupId: null, linkId: link.id },
      });
      await api.refused(409, 'DELETE', `/push-messages/${id}`);
    });

    test('with an Idempotency-Key are written once', async () => {
      const group = await api.group({}, 'Once');
      const headers = { 'idempotency-key': `push-${engine.name}` };
      const body = message({ to: { groupId: group.id } });
      const one = await api.ok('POST', '/push-messages', { body, headers });
      const again = await api.call('POST', '/push-messages', { body, headers });
      expect(again.json).toEqual(one);
      expect(again.headers['idempotency-replayed']).toBe('true');
      await api.refused(409, 'POST', '/push-messages', { body: { ...body, title: 'Other' }, headers });
    });

    test.each<[string, object, string[]]>([
      ['an empty title', { title: ' ' }, ['title']],
      ['a long title', { title: 'x'.repeat(121) }, ['title']],
      ['control characters', { title: 'a\u0007', body: 'b\u0000' }, ['title', 'body']],
      ['a title of two lines', { title: 'a\nb' }, ['title']],
      ['a title that turns around', { title: 'a\u202eb' }, ['title']],
      ['a long body', { body: 'x'.repeat(1_001) }, ['body']],
      ['a URL of another kind', { url: 'javascript:alert(1)' }, ['url']],
      ['a picture of another kind', { imageUrl: 'data:image/png;base64,AA' }, ['imageUrl']],
      [
        'too much in all',
        { body: '소'.repeat(1_000), url: `https://a.example/${'x'.repeat(1_000)}` },
        ['body'],
      ],
      ['a far day', { sendAt: '2099-01-01T00:00:00Z' }, ['sendAt']],
      ['no instant', { sendAt: 'tomorrow' }, ['sendAt']],
      ['an unknown group', { to: { groupId: 'grp_none' } }, ['to.groupId']],
      ['an unknown link', { to: { linkId: 'lnk_none' } }, ['to.linkId']],
      ['nobody', { to: {} }, ['to']],
      ['a field nobody knows', { colour: 'red' }, ['colour']],
    ])('with %s are refused', async (_what, wrong, fields) => {
      const problem = await api.refused(422, 'POST', '/push-messages', { body: message(wrong) });
      expect(new Set((problem.errors as Json[]).map(({ field }) => field))).toEqual(new Set(fields));
    });

    test('need a key that may', async () => {
      const { key } = await api.ok('POST', '/keys', { body: { name: 'reads', scopes: ['push:read'] } });
      await api.ok('GET', '/push-messages', { key });
      await api.refused(403, 'POST', '/push-messages', { key, body: message() });
    });

    test('receipts of what was never sent are taken and count nothing', async () => {
      const receipt = { id: 'f'.repeat(32), event: 'shown' };
      expect((await post('receipts', receipt)).status).toBe(204);
      for (const wrong of [{ ...receipt, id: 'x' }, { ...receipt, event: 'closed' }, {}]) {
        expect((await post('receipts', wrong)).status).toBe(422);
      }
    });
  });
});
