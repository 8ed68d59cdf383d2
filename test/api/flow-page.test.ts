import type { OutgoingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TRACE_TEXTS } from '../../src/visits/pages/trace-texts.ts';
import { ENGINES } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { type Answer, Api, type Json, PERSON, PUBLIC_HOST } from './api.ts';

const DESTINATION = 'https://secret-place.example/treasure';
const PASSWORD = 'Open, Sesame!';
const FUTURE = '2090-01-01T00:00:00Z';
const PAST = '2020-01-01T00:00:00Z';
const FORM = 'application/x-www-form-urlencoded';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';

const VISITORS: Readonly<Record<string, OutgoingHttpHeaders>> = {
  person: { 'user-agent': PERSON },
  phone: { 'user-agent': IPHONE },
  program: { 'user-agent': 'curl/8.5.0' },
  unfurler: { 'user-agent': 'WhatsApp/2.23' },
  crawler: { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' },
  prefetch: { 'user-agent': PERSON, 'sec-purpose': 'prefetch' },
  picture: { 'user-agent': PERSON, 'sec-fetch-dest': 'image' },
};

describe.each(ENGINES)('the flow page on $name', (engine) => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.open(engine);
  });
  afterAll(async () => {
    await api.close();
  });

  /** All that was answered so far has been counted when a visit made after it has. */
  const clicksOf = async (link: Json): Promise<number> => {
    const marker = await api.link();
    await api.visit(`/${marker.code}`);
    await until(
      async () => (await api.ok('GET', `/links/${marker.id}`)).clicks === 1,
      'the marker is counted',
    );
    return (await api.ok('GET', `/links/${link.id}`)).clicks;
  };

  function expectFlow({ status, headers, text }: Answer, wanted = 200): void {
    expect(status, text).toBe(wanted);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
    });
    expect(headers['content-security-policy']).not.toMatch(/script|unsafe/);
    expect(headers).not.toHaveProperty('location');
    expect(text).toContain('<ol>');
    expect(text).not.toMatch(/<script|http-equiv/);
  }

  const expectSecret = ({ headers, text }: Answer) => {
    const told = JSON.stringify(headers) + text;
    for (const secret of ['secret-place', 'apps.apple.com', '$argon2', PASSWORD])
      expect(told).not.toContain(secret);
  };

  test('shows where an open link leads each device, in the language of the visitor, and counts nothing', async () => {
    const link = await api.link({
      destination: DESTINATION,
      apps: { ios: { identifier: 'com.example.app', appStoreId: '123456789' } },
    });
    for (const language of ['en', 'ko', 'ja'] as const) {
      const page = await api.visit(`/${link.code}?a=1&d=1`, { 'accept-language': language });
      expectFlow(page);
      expect(page.headers['content-language']).toBe(language);
      expect(page.text).toContain(`${DESTINATION}?a=1`);
      expect(page.text).toContain('https://apps.apple.com/app/id123456789');
      expect(page.text).toContain(TRACE_TEXTS[language].reasons.noAppForDevice);
      expect(page.text).toContain(`href="http://${PUBLIC_HOST}/${link.code}?a=1"`);
    }
    const phone = await api.visit(`/${link.code}?d=1`, { 'user-agent': IPHONE });
    expect(phone.text).toContain(TRACE_TEXTS.en.reasons.toStore);
    const head = await api.visit(`/${link.code}?d=1`, {}, 'HEAD');
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(JSON.stringify(head.headers)).not.toContain('secret-place');
    expect(await clicksOf(link)).toBe(0);
  });

  test('is asked for by d=1 alone, and nothing of that name travels on', async () => {
    const link = await api.link({ destination: 'https://example.com/' });
    for (const query of ['d=0', 'd=', 'd', 'd=2', 'D=1']) {
      const { status, headers } = await api.visit(`/${link.code}?${query}`);
      expect(status, query).toBe(302);
      expect(headers.location, query).toBe(`https://example.com/${query === 'D=1' ? '?D=1' : ''}`);
    }
    expect(await clicksOf(link)).toBe(5);
    const { text } = await api.visit(`/${link.code}?a=2&d=1`);
    expect(text).toContain('https://example.com/?a=2');
    expect(text).not.toMatch(/example\.com\/[^"<]*d=1/);
  });

  const closed: [name: string, status: number, settings: object][] = [
    ['paused', 404, { paused: true }],
    ['not started', 403, { startsAt: FUTURE }],
    ['ended', 410, { endsAt: PAST }],
    ['ended elsewhere', 410, { endsAt: PAST, expiredUrl: 'https://over.example/' }],
    ['limited', 200, { maxClicks: 3 }],
    ['behind a password', 200, { password: PASSWORD }],
    ['behind a password, and limited', 200, { password: PASSWORD, maxClicks: 3 }],
  ];
  describe.each(closed)('%s', (_, status, settings) => {
    test.each(['link', 'group'])('by its %s: nobody learns where it leads', async (owner) => {
      const group = await api.group(owner === 'group' ? settings : {});
      const link = await api.link({
        destination: DESTINATION,
        groupId: group.id,
        apps: { ios: { identifier: 'com.example.app', appStoreId: '123456789' } },
        settings: owner === 'link' ? settings : {},
      });
      for (const [visitor, headers] of Object.entries(VISITORS)) {
        for (const method of ['GET', 'HEAD', 'POST']) {
          const answer = await api.visit(`/${link.code}?d=1`, headers, method);
          expectSecret(answer);
          expect(answer.headers.location, `${method} by ${visitor}`).toBeUndefined();
          if (method === 'GET' && visitor === 'person') expect(answer.status).toBe(status);
        }
      }
      expect(await clicksOf(link)).toBe(0);
    });
  });

  test('a deleted link, a wrong code and a path that is none are what they are without it', async () => {
    const link = await api.link({ destination: DESTINATION });
    await api.call('DELETE', `/links/${link.id}`);
    for (const path of [`/${link.code}`, '/there-is-none', '/no/link']) {
      const answer = await api.visit(`${path}?d=1`);
      expect(answer.status).toBe(404);
      expect(answer.text).not.toContain('<ol>');
      expectSecret(answer);
    }
  });

  test('whoever has entered the password sees it, and that is no click', async () => {
    const link = await api.link({ destination: DESTINATION, settings: { password: PASSWORD } });
    const asked = await api.visit(`/${link.code}?d=1`);
    expect(asked.text).toContain('<form method="post"');
    const action = /action="([^"]*)"/.exec(asked.text)?.[1]?.replaceAll('&amp;', '&') ?? `/${link.code}?d=1`;
    const body = new URLSearchParams({ password: PASSWORD }).toString();
    const host = { host: PUBLIC_HOST, 'user-agent': PERSON, 'content-type': FORM };
    const wrong = await api.send('POST', action, 'password=no-such-thing', host);
    expect(wrong.status).toBe(403);
    expectSecret(wrong);
    const entered = await api.send('POST', action, body, host);
    expectFlow(entered);
    expect(entered.text).toContain(DESTINATION);
    const cookie = String(entered.headers['set-cookie']?.[0]).split(';', 1)[0] as string;
    const again = await api.visit(`/${link.code}?d=1`, { cookie });
    expectFlow(again);
    expect(again.text).toContain(TRACE_TEXTS.en.reasons.unlocked);
    // A robot and a HEAD do not learn it with the cookie either.
    expectSecret(await api.visit(`/${link.code}?d=1`, { cookie, ...VISITORS.crawler }));
    expectSecret(await api.visit(`/${link.code}?d=1`, { cookie }, 'HEAD'));
    expect(await clicksOf(link)).toBe(0);
    await api.ok('PATCH', `/links/${link.id}`, { body: { settings: { password: 'another one' } } });
    expectSecret(await api.visit(`/${link.code}?d=1`, { cookie }));
  });

  test('takes no slot, and follows those that are taken', async () => {
    const link = await api.link({ destination: DESTINATION, settings: { maxClicks: 1 } });
    for (let looked = 0; looked < 3; looked++) expectFlow(await api.visit(`/${link.code}?d=1`));
    expect((await api.visit(`/${link.code}`)).headers.location).toBe(DESTINATION);
    const full = await api.visit(`/${link.code}?d=1`);
    expectFlow(full, 403);
    expect(full.text).toContain(TRACE_TEXTS.en.reasons.usedUp);
    expectSecret(full);
    const locked = { password: PASSWORD, maxClicks: 1 };
    const { code } = await api.link({ destination: DESTINATION, settings: locked });
    const body = new URLSearchParams({ password: PASSWORD }).toString();
    const host = { host: PUBLIC_HOST, 'user-agent': PERSON, 'content-type': FORM };
    const entered = await api.send('POST', `/${code}?d=1`, body, host);
    expectFlow(entered);
    expectSecret({ ...entered, headers: {} });
    expect((await api.send('POST', `/${code}`, body, host)).headers.location).toBe(DESTINATION);
  });

  test('follows a group at once', async () => {
    const group = await api.group();
    const link = await api.link({ destination: DESTINATION, groupId: group.id });
    expectFlow(await api.visit(`/${link.code}?d=1`));
    await api.ok('PATCH', `/groups/${group.id}`, { body: { settings: { paused: true } } });
    const paused = await api.visit(`/${link.code}?d=1`);
    expectFlow(paused, 404);
    expect(paused.text).toContain('Set by the link’s group.');
  });

  test('what is said in URLs and names is text', async () => {
    const { code } = await api.link({
      destination: `https://shop.example/"><script>alert(1)</script>'`,
      title: '</h1><script>',
      apps: { android: { identifier: 'com.example.app', storeUrl: 'https://store.example/?"><b' } },
    });
    const { text } = await api.visit(`/${code}?d=1&x="><script>`);
    expect(text).not.toMatch(/<script|"><b/);
    expect(text).toContain('&quot;&gt;');
  });
});
