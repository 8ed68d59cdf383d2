import type { OutgoingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { type Answer, Api, type Json, PERSON, PUBLIC_HOST, STRANGER } from './api.ts';

const RIGHT = 'Zahlen, bitte! 통계';
const WRONG = 'let-me-count-please';
const DESTINATION = 'https://secret-place.example/treasure';
const FORM = 'application/x-www-form-urlencoded';
const PAST = '2020-01-01T00:00:00Z';

describe.each(ENGINES)('statistics pages on $name', (engine) => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.open(engine);
  });
  afterAll(() => api.close());

  let addresses = 0;
  /** Everybody comes from somewhere else, so that no test uses up the guesses of another. */
  const elsewhere = () => ({ 'x-forwarded-for': `198.51.${++addresses >> 8}.${addresses & 255}` });

  const open = (input: Json = {}): Promise<Json> =>
    api.link({ destination: DESTINATION, ...input, settings: { statsPassword: RIGHT, ...input.settings } });
  const pathOf = ({ code }: Json) => `/${encodeURIComponent(code)}/stats`;
  const groupPath = ({ id }: Json) => `/group/${id}/stats`;
  const get = (path: string, headers: OutgoingHttpHeaders = {}) => api.visit(path, headers);
  const post = (path: string, body: string | undefined, headers: OutgoingHttpHeaders = {}) =>
    api.send('POST', path, body, {
      host: PUBLIC_HOST,
      'user-agent': PERSON,
      'content-type': FORM,
      ...elsewhere(),
      ...headers,
    });
  const enter = (path: string, password: string, headers: OutgoingHttpHeaders = {}) =>
    post(path, new URLSearchParams({ password }).toString(), headers);
  const cookieOf = (answer: Answer) => String(answer.headers['set-cookie']?.[0]).split(';', 1)[0] as string;
  const cookieFor = async (path: string) => {
    const answer = await enter(path, RIGHT);
    expect(answer.status, answer.text).toBe(303);
    return cookieOf(answer);
  };
  const change = (link: Json, settings: object) =>
    api.ok('PATCH', `/links/${link.id}`, { body: { settings } });
  const changeGroup = (group: Json, settings: object) =>
    api.ok('PATCH', `/groups/${group.id}`, { body: { settings } });

  function expectDecent({ headers, text }: Answer): void {
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-robots-tag': 'noindex, nofollow' });
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['content-security-policy']).not.toMatch(/unsafe|script/);
    const told = JSON.stringify(headers) + text;
    for (const secret of ['secret-place', RIGHT, WRONG, '$argon2'])
      expect(told.includes(secret), secret).toBe(false);
  }

  function expectForm(answer: Answer, status: 200 | 403, wrong = status === 403): void {
    expect(answer.status, answer.text).toBe(status);
    expectDecent(answer);
    expect(answer.text).toContain('<form method="post"');
    expect(answer.text.includes('role="alert"')).toBe(wrong);
    expect(answer.headers).not.toHaveProperty('set-cookie');
  }

  function expectClosed(answer: Answer): void {
    expect(answer.status, answer.text).toBe(404);
    expectDecent(answer);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
  }

  test('closed, unknown and deleted pages are one answer', async () => {
    const plain = await api.link();
    const locked = await api.link({ settings: { password: RIGHT } });
    const gone = await open();
    const goneGroup = await api.group({ statsPassword: RIGHT });
    await api.ok('DELETE', `/links/${gone.id}`);
    await api.ok('DELETE', `/groups/${goneGroup.id}`);
    const closedGroup = await api.group({ statsPassword: false });
    const answers = await Promise.all(
      [
        pathOf(plain),
        pathOf(locked),
        pathOf(gone),
        '/no-such-link/stats',
        groupPath(goneGroup),
        groupPath(closedGroup),
        '/group/grp_0000000000000000/stats',
        '/group/%00/stats',
        '/group//stats',
      ].flatMap((path) => [get(path), enter(path, RIGHT)]),
    );
    for (const answer of answers) expectClosed(answer);
    const bodies = new Set(answers.map(({ text }) => text));
    expect(bodies.size).toBe(1);
  });

  test('a person is asked for the password, in their language', async () => {
    const link = await open();
    for (const [language, word] of [
      ['en', 'These statistics ask for a password'],
      ['ko', '비밀번호가 필요한 통계예요'],
      ['ja', 'この統計にはパスワードが必要です'],
    ] as const) {
      const answer = await get(pathOf(link), { 'accept-language': language });
      expectForm(answer, 200);
      expect(answer.text).toContain(`<h1>${word}</h1>`);
    }
    const head = await api.visit(pathOf(link), {}, 'HEAD');
    expect(head).toMatchObject({ status: 200, text: '' });
    expectDecent(head);
  });

  test('the right password opens this page, and a cookie remembers it for this page alone', async () => {
    const link = await open();
    const answer = await enter(`${pathOf(link)}?range=7d&evil=%0d%0aX:y`, RIGHT);
    expect(answer.status, answer.text).toBe(303);
    expect(answer.headers).toMatchObject({
      location: `${pathOf(link)}?range=7d`,
      'cache-control': 'no-store',
    });
    expect(answer.headers['set-cookie']).toHaveLength(1);
    expect(answer.headers['set-cookie']?.[0]).toMatch(
      new RegExp(`^sy_[\\w-]{16}=[\\w.-]+; Path=/${link.code}/stats; Max-Age=43200; HttpOnly; SameSite=Lax$`),
    );
    const cookie = cookieOf(answer);
    const page = await get(pathOf(link), { cookie });
    expect(page.status, page.text).toBe(200);
    expectDecent(page);
    expect(page.text).toContain('Link statistics');
    const other = await open();
    expectForm(await get(pathOf(other), { cookie }), 200);
    expectForm(await get(pathOf(link), { cookie: `${cookie}x` }), 200);
    expectForm(await get(pathOf(link), { cookie: 'a=b; ; =;;' }), 200);
  });

  test('a new password shuts those out who knew the old one, and a deletion everybody', async () => {
    const link = await open();
    const cookie = await cookieFor(pathOf(link));
    expect((await get(pathOf(link), { cookie })).status).toBe(200);
    await change(link, { statsPassword: RIGHT });
    expectForm(await get(pathOf(link), { cookie }), 200);
    const again = await cookieFor(pathOf(link));
    await change(link, { statsPassword: false });
    expectClosed(await get(pathOf(link), { cookie: again }));
  });

  test('the password of a link and that of its statistics open nothing of each other', async () => {
    const link = await open({ settings: { password: 'another-password' } });
    expectForm(await enter(pathOf(link), 'another-password'), 403);
    const stats = await cookieFor(pathOf(link));
    expect((await api.visit(`/${link.code}`, { cookie: stats })).text).toContain('name="password"');
    const visit = await enter(`/${link.code}`, 'another-password');
    expect(visit.status).toBe(303);
    expectForm(await get(pathOf(link), { cookie: cookieOf(visit) }), 200);
  });

  test('a group lies over its links: it opens, changes and closes their pages at once', async () => {
    const group = await api.group({ statsPassword: RIGHT });
    const inside = await api.link({ groupId: group.id });
    const own = await api.link({ groupId: group.id, settings: { statsPassword: 'own-password' } });
    expectForm(await enter(pathOf(own), 'own-password'), 403);
    for (const path of [pathOf(inside), pathOf(own), groupPath(group)]) {
      const cookie = await cookieFor(path);
      expect((await get(path, { cookie })).status, path).toBe(200);
    }
    await changeGroup(group, { statsPassword: false });
    for (const path of [pathOf(inside), pathOf(own), groupPath(group)]) expectClosed(await get(path));
    await changeGroup(group, { statsPassword: null });
    for (const path of [pathOf(inside), groupPath(group)]) expectClosed(await get(path));
    expect((await enter(pathOf(own), 'own-password')).status).toBe(303);
  });

  test('wrong passwords are counted for the page, and not for the link', async () => {
    const link = await open({ settings: { password: RIGHT } });
    const from = elsewhere();
    for (let guess = 0; guess < 10; guess++) expectForm(await enter(pathOf(link), WRONG, from), 403);
    const refused = await enter(pathOf(link), RIGHT, from);
    expect(refused.status).toBe(429);
    expectDecent(refused);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await enter(`/${link.code}`, RIGHT, from)).status).toBe(303);
    expect((await enter(pathOf(link), RIGHT)).status).toBe(303);
  });

  test('an empty password is wrong and costs nothing', async () => {
    const link = await open();
    const from = elsewhere();
    for (let guess = 0; guess < 12; guess++) expectForm(await enter(pathOf(link), '', from), 403);
    expect((await enter(pathOf(link), RIGHT, from)).status).toBe(303);
  });

  test('forms of other sites make no guess', async () => {
    const link = await open();
    const from = elsewhere();
    for (let guess = 0; guess < 12; guess++) {
      const site = guess % 2 ? 'cross-site' : 'same-site';
      expectForm(await enter(pathOf(link), WRONG, { ...from, 'sec-fetch-site': site }), 403, false);
    }
    expectForm(await enter(pathOf(link), RIGHT, { ...from, 'sec-fetch-site': 'cross-site' }), 403, false);
    expect((await enter(pathOf(link), RIGHT, { ...from, 'sec-fetch-site': 'same-origin' })).status).toBe(303);
  });

  test('what is no form is refused in words, and the connection goes on', async () => {
    const path = pathOf(await open());
    const multipart = '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nx\r\n--b--\r\n';
    const refusals: [answer: Answer, status: number, words: string][] = [
      [await post(path, undefined, { 'content-type': '' }), 415, 'No password was sent'],
      [await post(path, ''), 415, 'No password was sent'],
      [
        await post(path, '{"password":"x"}', { 'content-type': 'application/json' }),
        415,
        'No password was sent',
      ],
      [
        await post(path, multipart, { 'content-type': 'multipart/form-data; boundary=b' }),
        415,
        'No password',
      ],
      [await post(path, `password=${'x'.repeat(5_000)}`), 413, 'More was sent than a password can be'],
      [await post(path, '', { 'accept-language': 'ko' }), 415, '비밀번호가 전송되지 않았어요'],
      [await post(path, '', { 'accept-language': 'ja' }), 415, 'パスワードが送信されませんでした'],
    ];
    for (const [answer, status, words] of refusals) {
      expect(answer.status, answer.text).toBe(status);
      expectDecent(answer);
      expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(answer.text).toContain(words);
      expect(answer.text).toContain(`<a href="${path}">`);
      expect(answer.headers).not.toHaveProperty('set-cookie');
    }
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const answer = await api.visit(path, {}, method);
      expect(answer.status, method).toBe(405);
      expect(answer.headers.allow).toBe('GET, HEAD, POST');
    }
    expectForm(await get(path), 200);
  });

  test('statistics outlive what a link does', async () => {
    for (const settings of [
      { paused: true },
      { endsAt: PAST },
      { startsAt: '2090-01-01T00:00:00Z' },
      { maxClicks: 1 },
      { password: 'another-password' },
      { endsAt: PAST, expiredUrl: DESTINATION },
    ]) {
      const link = await open({ settings });
      if ('maxClicks' in settings) for (let visit = 0; visit < 2; visit++) await api.visit(`/${link.code}`);
      const cookie = await cookieFor(pathOf(link));
      expect((await get(pathOf(link), { cookie })).status, JSON.stringify(settings)).toBe(200);
    }
  });

  test('codes of any script, prefixes of domains, and domains of others', async () => {
    const brand = await open({ code: `가을.${engine.name}` });
    const cookie = await cookieFor(pathOf(brand));
    const page = await get(pathOf(brand), { cookie });
    expect(page.status).toBe(200);
    expect(page.text).toContain(`가을.${engine.name}`);

    const host = `brand-${engine.name.toLowerCase()}.test`;
    const domain = await api.ok('POST', '/domains', { body: { host, pathPrefix: 'our' } });
    const link = await open({ domain: `${domain.host}/our` });
    const path = `/our/${link.code}/stats`;
    expectClosed(await get(`/${link.code}/stats`));
    expectClosed(await get(path));
    const answer = await enter(path, RIGHT, { host });
    expect(answer.headers).toMatchObject({ location: path });
    expect((await get(path, { host, cookie: cookieOf(answer) })).status).toBe(200);

    const theirs = await api.ok('POST', '/groups', {
      body: { name: 'Theirs', settings: { statsPassword: RIGHT } },
      key: STRANGER,
    });
    expectForm(await get(groupPath(theirs)), 200);
    expectClosed(await get(groupPath(theirs), { host }));
  });

  test('periods that cannot be shown are refused in words', async () => {
    const link = await open();
    const cookie = await cookieFor(pathOf(link));
    const asked = (query: string) => get(`${pathOf(link)}?${query}`, { cookie });
    for (const [query, words] of [
      ['range=fortnight', 'no period of that name'],
      ['from=2026-02-30', 'written like 2026-03-31'],
      ['to=2026-01-01', 'first day as well'],
      ['from=2024-02-02&to=2024-02-01', 'comes after the last'],
      ['from=2200-01-01', 'future'],
      ['from=1980-01-01', 'Ten years'],
      [`from=${'%22%3E%3Cscript%3E'.repeat(500)}`, 'written like'],
      ['from=%ff%fe&to=%00', 'written like'],
    ] as const) {
      const answer = await asked(query);
      expect(answer.status, query).toBe(422);
      expectDecent(answer);
      expect(answer.text).toContain(words);
      expect(answer.text).not.toContain('<script');
    }
    for (const query of [
      'range=today',
      'range=12m',
      'from=2024-01-01&to=2024-12-31',
      `x=${'y'.repeat(9_000)}`,
    ])
      expect((await asked(query)).status, query).toBe(200);
  });

  test('a click is on the page of its link and of its group, and destinations are nowhere', async () => {
    // Its day does not end meanwhile.
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const group = await api.group({ statsPassword: RIGHT }, 'Autumn <b>campaign</b>');
    const link = await open({ groupId: group.id, title: 'Coat & "hat"' });
    const hostile = '<script>alert(1)</script>';
    for (let visit = 0; visit < 3; visit++)
      await api.visit(
        `/${link.code}?utm_campaign=${encodeURIComponent(`${hostile}${visit}`)}&qr=1`,
        elsewhere(),
      );
    await until(
      async () => (await api.ok('GET', `/links/${link.id}`)).clicks === 3,
      'the clicks are counted',
    );
    for (const path of [pathOf(link), groupPath(group)]) {
      const cookie = await cookieFor(path);
      const page = await get(path, { cookie });
      expect(page.status).toBe(200);
      expectDecent(page);
      expect(page.text).toContain('<dt>Clicks</dt><dd class="n">3</dd>');
      expect(page.text).toContain('<dt>Visitors</dt><dd class="n">3</dd>');
      expect(page.text).toContain('<dt>QR scans</dt><dd class="n">3</dd>');
      expect(page.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;0');
      expect(page.text).not.toMatch(/<script|<b>camp/);
      const head = await api.visit(path, { cookie }, 'HEAD');
      expect(head).toMatchObject({ status: 200, text: '' });
      const csv = await get(`${path}?range=today&format=csv`, { cookie });
      expect(csv.headers['content-type']).toMatch(/^text\/csv/);
      expectDecent(csv);
      expect(csv.text).toMatch(/^\ufefftable,value,label,/);
      expect(csv.text).toMatch(/\r\ntotal,[\d/-]+,,3,3,3,3\r\n/);
    }
    const page = await get(groupPath(group), { cookie: await cookieFor(groupPath(group)) });
    expect(page.text).toContain('<bdi>Coat &amp; &quot;hat&quot;</bdi>');
    expect(page.text).toContain(`${PUBLIC_HOST}/${link.code}`);
  });

  test('clicks from abroad go when the switch says so, and come back with it', async () => {
    const link = await open({ settings: { excludeForeign: true } });
    await api.visit(`/${link.code}`, { 'x-forwarded-for': '8.8.8.8' });
    await api.visit(`/${link.code}`, { 'x-forwarded-for': '10.1.2.3' });
    const path = pathOf(link);
    const cookie = await cookieFor(path);
    const shows = async (clicks: number) =>
      (await get(path, { cookie })).text.includes(`<dt>Clicks</dt><dd class="n">${clicks}</dd>`);
    await until(() => shows(1), 'the click at home is shown alone');
    expect((await get(path, { cookie })).text).toContain('Clicks from outside South Korea are left out.');
    await change(link, { excludeForeign: false });
    await until(() => shows(2), 'both are shown');
    expect((await get(path, { cookie })).text).not.toContain('are left out');
  });

  test('a path that only looks like one is answered by whoever answers it otherwise', async () => {
    for (const path of ['/stats', '/group/stats', '/api/v1/stats', '/healthz/stats']) {
      const answer = await get(path);
      expect([401, 404], path).toContain(answer.status);
      expect(answer.headers['content-type'], path).toMatch(/^application\/problem\+json/);
    }
    expect((await get('/a/b/stats')).headers['content-type']).toMatch(/^text\/html/);
  });
});
