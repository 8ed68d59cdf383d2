import { once } from 'node:events';
import type { OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { openStore, type Store } from '../../src/db/open.ts';
import { ENGINES } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { type Answer, Api, type Json, PERSON, PUBLIC_HOST } from './api.ts';

const RIGHT = 'Offen, Sesam! 열려라';
const WRONG = 'let-me-in-please';
const DESTINATION = 'https://secret-place.example/treasure';
const FORM = 'application/x-www-form-urlencoded';
const GOOGLEBOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
const FUTURE = '2090-01-01T00:00:00Z';
const PAST = '2020-01-01T00:00:00Z';

describe.each(ENGINES)('password pages on $name', (engine) => {
  let api: Api;
  let store: Store;
  beforeAll(async () => {
    api = await Api.open(engine);
    store = await openStore(api.location);
  });
  afterAll(async () => {
    await store.feed.stop();
    await store.database.close();
    await api.close();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  let addresses = 0;
  /** Everybody comes from somewhere else, so that no test uses up the guesses of another. */
  const elsewhere = () => ({ 'x-forwarded-for': `203.0.${++addresses >> 8}.${addresses & 255}` });

  const locked = (input: object = {}, settings: object = {}): Promise<Json> =>
    api.link({ destination: DESTINATION, settings: { password: RIGHT, ...settings }, ...input });

  const enter = (
    { code }: Json,
    password: string,
    headers: OutgoingHttpHeaders = {},
    { query = '', from }: { query?: string; from?: string } = {},
  ): Promise<Answer> => {
    const fields = new URLSearchParams({ password, ...(from === undefined ? {} : { from }) });
    return send({ code }, fields.toString(), { 'content-type': FORM, ...elsewhere(), ...headers }, query);
  };
  const send = ({ code }: Json, body: string | Buffer, headers: OutgoingHttpHeaders, query = '') =>
    api.send('POST', `/${encodeURIComponent(code)}${query}`, body, {
      host: PUBLIC_HOST,
      'user-agent': PERSON,
      ...headers,
    });

  const change = (link: Json, settings: object) =>
    api.ok('PATCH', `/links/${link.id}`, { body: { settings } });
  const changeGroup = (group: Json, settings: object) =>
    api.ok('PATCH', `/groups/${group.id}`, { body: { settings } });

  const cookieOf = (answer: Answer) => String(answer.headers['set-cookie']?.[0]).split(';', 1)[0] as string;
  const visitWith = (cookie: string, { code }: Json, query = '') => api.visit(`/${code}${query}`, { cookie });

  function expectIn(answer: Answer, location = DESTINATION, status = 303): void {
    expect(answer.status, answer.text).toBe(status);
    expect(answer.headers).toMatchObject({ location, 'cache-control': 'no-store', 'content-length': '0' });
  }

  function expectForm(answer: Answer, status: 200 | 403): void {
    expect(answer.status, answer.text).toBe(status);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'private, no-cache',
      'referrer-policy': 'no-referrer',
      vary: 'Accept-Language',
    });
    expect(answer.headers['content-security-policy']).not.toMatch(/form-action|unsafe|script/);
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(answer.text.includes('role="alert"')).toBe(status === 403);
    expect(answer.text).toContain('<form method="post"');
    expectSecret(answer);
  }

  function expectSecret({ headers, text }: Answer): void {
    expect(headers).not.toHaveProperty('location');
    const told = JSON.stringify(headers) + text;
    for (const secret of ['secret-place', RIGHT, WRONG, '$argon2'])
      expect(told.includes(secret), secret).toBe(false);
  }

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

  const rowsOf = async (link: Json) =>
    await store.database.read
      .selectFrom('click')
      .innerJoin('link', 'link.id', 'click.link_id')
      .select(['click.referrer_host', 'click.flags'])
      .where('link.public_id', '=', link.id)
      .orderBy('click.at')
      .execute();

  test('a person is shown the form, in their language, and it counts nothing', async () => {
    const link = await locked();
    for (const [language, word] of [
      ['en', 'Password'],
      ['ko', '비밀번호'],
      ['ja', 'パスワード'],
    ]) {
      const answer = await api.visit(`/${link.code}?a=1`, { 'accept-language': language });
      expectForm(answer, 200);
      expect(answer.text).toContain(`<label for="password">${word}</label>`);
      const head = await api.visit(`/${link.code}`, { 'accept-language': language }, 'HEAD');
      expect(head).toMatchObject({ status: 200, text: '' });
      expectSecret(head);
    }
    expectForm(await api.visit(`/${link.code}`, { 'user-agent': 'curl/8.5.0' }), 200);
    expect(await clicksOf(link)).toBe(0);
  });

  test('the right password leads on with a GET, counts, and is asked for once', async () => {
    const link = await locked();
    const answer = await enter(link, RIGHT, {}, { query: '?a=1&qr=1' });
    expectIn(answer, `${DESTINATION}?a=1`);
    expect(answer.headers['set-cookie']).toHaveLength(1);
    expect(answer.headers['set-cookie']?.[0]).toMatch(
      new RegExp(`^sy_[\\w-]{16}=[\\w.-]+; Path=/${link.code}; Max-Age=43200; HttpOnly; SameSite=Lax$`),
    );
    expect(await clicksOf(link)).toBe(1);
    expectIn(await visitWith(cookieOf(answer), link, '?b=2'), `${DESTINATION}?b=2`, 302);
    expect(await clicksOf(link)).toBe(2);
    expectIn(await enter(link, RIGHT));
    expect(await clicksOf(link)).toBe(3);
  });

  test('a cookie goes to the path of the link, under its prefix and however that is spelt', async () => {
    await api.ok('POST', '/domains', { body: { host: PUBLIC_HOST, pathPrefix: 'team' } });
    const link = await locked({ domain: `${PUBLIC_HOST}/team`, code: '봄' });
    const path = '/team/%EB%B4%84';
    const body = new URLSearchParams({ password: RIGHT }).toString();
    const headers = { host: PUBLIC_HOST, 'user-agent': PERSON, 'content-type': FORM, ...elsewhere() };
    const answer = await api.send('POST', path.toLowerCase(), body, headers);
    expectIn(answer);
    expect(answer.headers['set-cookie']?.[0]).toContain(`; Path=${path}; `);
    expectIn(await api.visit(path, { cookie: cookieOf(answer) }), DESTINATION, 302);
    await api.call('DELETE', `/links/${link.id}`);
  });

  test('the form takes the query along, and goes to the other spelling of the link', async () => {
    const link = await locked();
    const action = async (rest: string) =>
      /<form method="post" action="([^"]*)">/
        .exec((await api.visit(`/${link.code}${rest}`)).text)?.[1]
        ?.replaceAll('&amp;', '&');
    expect(await action('')).toBe(`/${link.code}/`);
    expect(await action('/')).toBe(`/${link.code}`);
    expect(await action('/?a=/')).toBe(`/${link.code}?a=/`);
    expect(await action('?a=1&b=2/')).toBe(`/${link.code}/?a=1&b=2/`);
    const body = new URLSearchParams({ password: RIGHT }).toString();
    const answer = await send(
      { code: `${link.code}` },
      body,
      { 'content-type': FORM, ...elsewhere() },
      '/?a=1',
    );
    expectIn(answer, `${DESTINATION}?a=1`);
    expect(answer.headers['set-cookie']?.[0]).toContain(`; Path=/${link.code}; `);

    const long = await api.visit(`/${link.code}?a=${'&'.repeat(1_000)}`);
    expectForm(long, 200);
    expect(long.text).toContain('<form method="post">');
    const longest = await api.visit(`/${link.code}?a=${'&'.repeat(998)}`);
    expect(longest.text).toContain('action=');
    expect(Buffer.byteLength(longest.text)).toBeLessThan(15_000);
  });

  test('a wrong one shows the form again, says so, repeats nothing and counts nothing', async () => {
    const link = await locked();
    for (const password of [WRONG, RIGHT.toLowerCase(), `${RIGHT} `, '', '"><script>alert(1)</script>']) {
      const answer = await enter(link, password, {}, { from: 'https://news.example/?a="b"' });
      expectForm(answer, 403);
      expect(answer.text).toContain('aria-invalid="true" aria-describedby="wrong"');
      expect(answer.text).toContain('value="https://news.example/?a=&quot;b&quot;"');
      if (password !== '') expect(answer.text).not.toContain(password);
    }
    expect(await clicksOf(link)).toBe(0);
  });

  test('a password reads the same however its letters are composed', async () => {
    const link = await locked({ settings: { password: 'café 봄날' } });
    expectIn(await enter(link, 'café 봄날'.normalize('NFD')));
  });

  test('where the visitor came from is what statistics hear of, not our own form', async () => {
    const link = await locked();
    const asked = await api.visit(`/${link.code}`, { referer: 'https://news.example/a?b=c' });
    expect(asked.text).toContain('<input type="hidden" name="from" value="https://news.example/a?b=c">');
    for (const referer of ['about:blank', 'javascript:alert(1)', `https://x.example/${'x'.repeat(500)}`]) {
      expect((await api.visit(`/${link.code}`, { referer })).text).not.toContain('name="from"');
    }
    const own = { referer: `http://${PUBLIC_HOST}/${link.code}` };
    expectIn(await enter(link, RIGHT, own, { from: 'https://news.example/a?b=c' }));
    expectIn(await enter(link, RIGHT, own, { from: 'javascript:alert(1)' }));
    expectIn(await enter(link, RIGHT, own));
    expect(await clicksOf(link)).toBe(3);
    expect((await rowsOf(link)).map(({ referrer_host }) => referrer_host ?? '').sort()).toEqual([
      '',
      '',
      'news.example',
    ]);
  });

  test('changed while the form was open: the old one is wrong, and no cookie of it opens anything', async () => {
    const link = await locked();
    const cookie = cookieOf(await enter(link, RIGHT));
    await change(link, { password: 'another-password' });
    expectForm(await visitWith(cookie, link), 200);
    expectForm(await enter(link, RIGHT), 403);
    expectIn(await enter(link, 'another-password', { cookie }));
    await change(link, { password: RIGHT });
    expectForm(await visitWith(cookie, link), 200);
  });

  test('taken away and set again as it was, it is another', async () => {
    const link = await locked();
    const cookie = cookieOf(await enter(link, RIGHT));
    await change(link, { password: null });
    expectIn(await visitWith(cookie, link), DESTINATION, 302);
    await change(link, { password: RIGHT });
    expectForm(await visitWith(cookie, link), 200);
    expectIn(await enter(link, RIGHT));
  });

  test('taken away while the form was open, the form leads on, and counts', async () => {
    const link = await locked();
    await change(link, { password: false });
    const answer = await enter(link, RIGHT, {}, { query: '?a=1' });
    expectIn(answer, `${DESTINATION}?a=1`);
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(await clicksOf(link)).toBe(1);
  });

  test('changed while it is looked at, it locks', async () => {
    const busy = await locked();
    // The line before a password is long enough for the change, as a rule; when it was not, once more.
    for (let attempt = 1; ; attempt++) {
      const link = await locked();
      const line = Array.from({ length: 50 }, () => enter(busy, WRONG));
      let changed = false;
      const entering = enter(link, RIGHT).then((answer) => ({ answer, inTime: changed }));
      await change(link, { password: 'another-password' });
      changed = true;
      const { answer, inTime } = await entering;
      await Promise.all(line);
      if (inTime) {
        expectForm(answer, 403);
        return;
      }
      expect(attempt, 'tries in which the change came too late').toBeLessThan(5);
    }
  });

  test('a cookie of one link opens no other', async () => {
    const [one, other] = [await locked(), await locked()];
    const cookie = cookieOf(await enter(one, RIGHT));
    expectForm(await visitWith(cookie, other), 200);
    expectForm(
      await visitWith(`${cookieOf(await enter(other, RIGHT)).split('=')[0]}=${cookie.split('=')[1]}`, other),
      200,
    );
  });

  test('one of a group opens all of the group’s links and no other group’s', async () => {
    const [summer, winter] = [await api.group({ password: RIGHT }), await api.group({ password: RIGHT })];
    const links = [1, 2, 3].map(() => api.link({ destination: DESTINATION, groupId: summer.id }));
    const [first, second, third] = await Promise.all(links);
    const answer = await enter(first, RIGHT);
    expectIn(answer);
    expect(answer.headers['set-cookie']?.[0]).toContain('; Path=/; ');
    const cookie = cookieOf(answer);
    for (const link of [first, second, third]) expectIn(await visitWith(cookie, link), DESTINATION, 302);

    const stranger = await api.link({ destination: DESTINATION, groupId: winter.id });
    expectForm(await visitWith(cookie, stranger), 200);
    const own = await locked({ groupId: summer.id });
    expectIn(await visitWith(cookie, own), DESTINATION, 302);

    await changeGroup(summer, { password: 'another-password' });
    for (const link of [first, second, third, own]) expectForm(await visitWith(cookie, link), 200);
  });

  test('the group’s password goes before the link’s own, which is back when the link leaves', async () => {
    const group = await api.group({ password: 'password-of-the-group' });
    const link = await locked({ groupId: group.id });
    expectForm(await enter(link, RIGHT), 403);
    const ofGroup = cookieOf(await enter(link, 'password-of-the-group'));
    expectIn(await visitWith(ofGroup, link), DESTINATION, 302);
    await changeGroup(group, { password: false });
    expectIn(await api.visit(`/${link.code}`), DESTINATION, 302);
    await changeGroup(group, { password: null });
    expectForm(await visitWith(ofGroup, link), 200);
    const ofLink = cookieOf(await enter(link, RIGHT));
    await api.ok('PATCH', `/links/${link.id}`, { body: { groupId: null } });
    expectIn(await visitWith(ofLink, link), DESTINATION, 302);
  });

  test('with a click limit exactly as many get in, and wrong passwords take no slot', async () => {
    const link = await locked({}, { maxClicks: 4 });
    for (let index = 0; index < 3; index++) expectForm(await enter(link, WRONG), 403);
    const answers = await Promise.all(Array.from({ length: 9 }, () => enter(link, RIGHT)));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([303, 303, 303, 303, 403, 403, 403, 403, 403]);
    const cookie = cookieOf(answers.find(({ status }) => status === 303) as Answer);
    for (const late of [
      await visitWith(cookie, link),
      await api.visit(`/${link.code}`),
      await enter(link, RIGHT),
      await enter(link, WRONG),
    ]) {
      expect(late.status).toBe(403);
      expect(late.text).toContain('used up');
      expectSecret(late);
    }
    expect(await clicksOf(link)).toBe(4);
    expect((await rowsOf(link)).map(({ flags }) => flags & 31)).toEqual([8, 8, 8, 8]);
  });

  test('whoever leaves before the answer, as with a second press of the button, takes and counts nothing', async () => {
    const link = await locked({}, { maxClicks: 1 });
    const home = elsewhere();
    // Of one address one after another: a line before whoever leaves, and the one who stays behind them.
    const line = Array.from({ length: 6 }, () => enter(link, WRONG, home));
    const body = new URLSearchParams({ password: RIGHT }).toString();
    const socket = connect(api.port, '127.0.0.1');
    socket.write(
      `POST /${link.code} HTTP/1.1\r\nHost: ${PUBLIC_HOST}\r\nUser-Agent: ${PERSON}\r\nContent-Type: ${FORM}\r\n` +
        `X-Forwarded-For: ${home['x-forwarded-for']}\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    expect(String((await once(socket, 'data'))[0])).toContain('100 Continue');
    socket.write(body, () => socket.destroy());
    await once(socket, 'close');
    expectIn(await enter(link, RIGHT, home));
    for (const answer of await Promise.all(line)) expectForm(answer, 403);
    expect(await clicksOf(link)).toBe(1);
  });

  test('robots and HEAD learn nothing, with a cookie or the password itself', async () => {
    const link = await locked({ title: 'A secret-place title' });
    const cookie = cookieOf(await enter(link, RIGHT));
    for (const agent of [GOOGLEBOT, 'WhatsApp/2.23']) {
      for (const answer of [
        await api.visit(`/${link.code}`, { 'user-agent': agent, cookie }),
        await enter(link, RIGHT, { 'user-agent': agent }),
      ]) {
        expect(answer.status).toBe(200);
        expect(answer.text).not.toContain('<form');
        expectSecret(answer);
      }
    }
    const head = await api.visit(`/${link.code}`, { cookie }, 'HEAD');
    expect(head.status).toBe(200);
    expectSecret(head);
    const ahead = await visitWith(cookie, link).then(() =>
      api.visit(`/${link.code}`, { cookie, 'sec-purpose': 'prefetch' }),
    );
    expect(ahead).toMatchObject({ status: 503, text: '' });
    expect(await clicksOf(link)).toBe(2);
  });

  test.each([
    ['paused', 404, { paused: true }],
    ['not started', 403, { startsAt: FUTURE }],
    ['ended', 410, { endsAt: PAST }],
  ])('a password posted to a link that is %s gets that page: %i', async (_, status, settings) => {
    const link = await locked({}, settings);
    const [posted, visited] = [await enter(link, RIGHT), await api.visit(`/${link.code}`)];
    expect(posted.status).toBe(status);
    expect(posted.text).toBe(visited.text);
    expectSecret(posted);
    expect(await clicksOf(link)).toBe(0);
  });

  test('a link that ends or is paused between cookie and visit is what it is', async () => {
    const link = await locked();
    const cookie = cookieOf(await enter(link, RIGHT));
    await change(link, { paused: true });
    expect((await visitWith(cookie, link)).status).toBe(404);
    await change(link, { paused: null, endsAt: PAST, expiredUrl: 'https://over.example/' });
    // A password must not be posted on: whoever follows a 302 may repeat the request with its body.
    expectIn(await enter(link, RIGHT), 'https://over.example/', 303);
    expectIn(await api.visit(`/${link.code}`), 'https://over.example/', 302);
  });

  test('what is no link takes no password', async () => {
    for (const path of ['nothing-here', '%', 'a%2Fb']) {
      const answer = await api.send('POST', `/${path}`, `password=${RIGHT}`, {
        host: PUBLIC_HOST,
        'content-type': FORM,
      });
      expect(answer.status).toBe(404);
    }
    const root = await api.send('POST', '/', 'password=x', { host: PUBLIC_HOST, 'content-type': FORM });
    expect(root).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });

  test('what is no form is refused, and the connection stays good', async () => {
    const link = await locked();
    const open = await api.link({ destination: DESTINATION });
    const body = `password=${encodeURIComponent(RIGHT)}`;
    for (const type of ['application/json', 'multipart/form-data; boundary=x', 'text/plain']) {
      expect((await send(link, body, { 'content-type': type })).status).toBe(415);
      expect((await send(open, body, { 'content-type': type })).status).toBe(405);
    }
    expect((await send(link, body, {})).status).toBe(415);
    expect((await send(open, 'other=1', { 'content-type': FORM })).status).toBe(405);
    expectForm(await send(link, 'other=1', { 'content-type': FORM }), 403);
    for (const size of [4_097, 1_000_000]) {
      const long = `${body}&x=`.padEnd(size, 'x');
      expect((await send(link, long, { 'content-type': FORM })).status).toBe(413);
      expect((await send(open, long, { 'content-type': FORM })).status).toBe(413);
    }
    expectIn(await send(link, `${body}&x=`.padEnd(4_096, 'x'), { 'content-type': FORM, ...elsewhere() }));
    expect(await clicksOf(open)).toBe(0);
  });

  test('a form that breaks off hurts nobody', async () => {
    const link = await locked();
    const head = `POST /${link.code} HTTP/1.1\r\nHost: ${PUBLIC_HOST}\r\nContent-Type: ${FORM}\r\n`;
    for (const start of [
      `${head}Content-Length: 100\r\n\r\npassword=se`,
      `${head}Content-Length: 100\r\n\r\n`,
      `${head}Transfer-Encoding: chunked\r\n\r\n5\r\npassw`,
      `${head}Transfer-Encoding: chunked\r\n\r\nnonsense\r\n`,
    ]) {
      const socket = connect(api.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(start, () => socket.destroy());
      await once(socket, 'close');
    }
    expectIn(await enter(link, RIGHT));
  });

  test('junk among the cookies neither opens nor hurts', async () => {
    const link = await locked();
    const good = cookieOf(await enter(link, RIGHT));
    const [name, value] = good.split('=') as [string, string];
    for (const junk of [
      '=',
      ';;;;',
      `${name}`,
      `${name}=`,
      `${name}=${'x'.repeat(12_000)}`,
      `${name}=${value}x`,
      `${name}=${value.toUpperCase()}`,
      `${name}="${value}"`,
      `x${name}=${value}`,
      `${name}=a; `.repeat(500),
      '\u00ff\u0080=%00; %=%; a=b=c',
    ]) {
      expectForm(await visitWith(junk, link), 200);
    }
    expectIn(await visitWith(`a=b; ${name}=old; ${good}; ${name}=older`, link), DESTINATION, 302);
  });

  test('of a hundred at once from one address ten are looked at, then nobody is for ten minutes', async () => {
    const link = await locked();
    const from = (index: number) => ({
      'x-forwarded-for': `2001:db8:0:7::${index.toString(16)}`,
      'user-agent': `${PERSON} ${index}`,
    });
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => enter(link, WRONG, from(index))),
    );
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(10);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(90);
    for (const answer of refused) {
      expectSecret(answer);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(590 - 60);
      expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(600);
      expect(answer.text).toMatch(/in (9|10) minutes/);
    }
    expect((await enter(link, RIGHT, from(1))).status).toBe(429);
    expectIn(await enter(link, RIGHT));

    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10 * 60_000 + 1 });
    expectIn(await enter(link, RIGHT, from(1)));
    expect(await clicksOf(link)).toBe(2);
  });

  test('a class of forty at one address who know it are all let in at once', async () => {
    const link = await locked();
    const home = elsewhere();
    const answers = await Promise.all(Array.from({ length: 40 }, () => enter(link, RIGHT, home)));
    for (const answer of answers) expectIn(answer);
  });

  test('from everywhere at once no more than three hundred in an hour', async () => {
    const group = await api.group({ password: RIGHT });
    const link = await api.link({ destination: DESTINATION, groupId: group.id });
    const other = await api.link({ destination: DESTINATION, groupId: group.id });
    expectForm(await enter(link, WRONG), 403);
    const { id } = await store.database.read
      .selectFrom('link_group')
      .select('id')
      .where('public_id', '=', group.id)
      .executeTakeFirstOrThrow();
    // As if 294 more had been wrong.
    await store.database.transact('system', ({ db }) =>
      db
        .updateTable('guess_window')
        .set({ used: 295 })
        .where('owner', '=', `group:${id}`)
        .where('source', '=', '')
        .execute(),
    );
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => enter(index % 2 ? link : other, WRONG)),
    );
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(25);
    const late = await enter(link, RIGHT);
    expect(late.status).toBe(429);
    expect(late.text).toMatch(/in (1 hour|59 minutes)/);
    expectSecret(late);

    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60 * 60_000 + 1 });
    expectIn(await enter(link, RIGHT));
  });

  test('more at once than can be looked at are asked to come again', async () => {
    const link = await locked();
    const answers = await Promise.all(Array.from({ length: 90 }, () => enter(link, WRONG)));
    const busy = answers.filter(({ status }) => status === 503);
    expect(busy.length).toBeGreaterThan(0);
    for (const answer of busy) {
      expect(answer.headers['retry-after']).toBe('2');
      expectSecret(answer);
    }
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(90 - busy.length);
    expectIn(await enter(link, RIGHT));
  });

  test('a link that answers 200 is entered with a redirect, and afterwards shows its page', async () => {
    const link = await locked({ title: 'Treasure' }, { redirectType: 200 });
    const answer = await enter(link, RIGHT);
    expectIn(answer);
    const page = await visitWith(cookieOf(answer), link);
    expect(page.status).toBe(200);
    expect(page.text).toContain(`content="0;url=${DESTINATION}"`);
    expect(await clicksOf(link)).toBe(2);
  });
});
