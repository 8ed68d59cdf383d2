import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore, type Store } from '../../src/db/open.ts';
import { ENGINES, SQLITE } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { type Answer, Api, type Json, PERSON, PUBLIC_HOST } from './api.ts';

const FUTURE = '2090-01-01T00:00:00Z';
const PAST = '2020-01-01T00:00:00Z';
const GOOGLEBOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';

const LANGUAGES = [
  ['en', undefined],
  ['en', 'de-DE,de;q=0.9'],
  ['ko', 'ko-KR,ko;q=0.9,en;q=0.8'],
  ['ja', 'fr, ja;q=0.5, en;q=0.4'],
] as const;

function expectPage(answer: Answer, status: number, language = 'en'): void {
  expect(answer.status, answer.text).toBe(status);
  const { headers, text } = answer;
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  expect(headers['content-language']).toBe(language);
  expect(headers['cache-control']).toBe('no-store');
  expect(headers['x-robots-tag']).toContain('noindex');
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; /);
  expect(headers['content-security-policy']).not.toMatch(/unsafe|script-src|form-action|\*/);
  expect(headers.vary).toContain('Accept-Language');
  expect(headers.location).toBeUndefined();
  expect(text).toContain(`<html lang="${language}"`);
  expect(Buffer.byteLength(text)).toBe(Number(headers['content-length']));
}

function expectRedirect(answer: Answer, location: string, status = 302): void {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.headers).toMatchObject({ location, 'cache-control': 'no-store', 'content-length': '0' });
}

describe.each(ENGINES)('visits over HTTP on $name', (engine) => {
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

  const visit = async (input: object, headers = {}, query = '') => {
    const { code } = await api.link(input);
    return await api.visit(`/${encodeURIComponent(code)}${query}`, headers);
  };

  test('redirects with the status that is set, never cached', async () => {
    const destination = 'https://example.com/a?b=%20#c';
    expectRedirect(await visit({ destination }), destination);
    expectRedirect(await visit({ destination, settings: { redirectType: 301 } }), destination, 301);
    expectRedirect(await visit({ destination, settings: { redirectType: 302 } }), destination);
    expectRedirect(
      await visit({ destination: 'https://bücher.example/ä' }),
      'https://xn--bcher-kva.example/%C3%A4',
    );
  });

  test('the query of the visit travels on, unless it is switched off', async () => {
    const destination = 'https://example.com/?own=1&x#frag';
    expectRedirect(
      await visit({ destination }, {}, '?own=2&new=%20a&qr=1&d=2&&=x&ä'.replace('ä', '%C3%A4')),
      'https://example.com/?own=1&x&new=%20a&%C3%A4#frag',
    );
    expectRedirect(await visit({ destination, settings: { passQuery: false } }, {}, '?new=1'), destination);
  });

  test('campaign parameters are on the destination, and win over the visit’s', async () => {
    const input = {
      destination: 'https://example.com/?utm_source=old&k=v',
      campaign: { source: 'news letter', campaign: 'été' },
    };
    const answer = await visit(input, {}, '?utm_source=visit&utm_term=t');
    const { searchParams } = new URL(answer.headers.location as string);
    expect([...searchParams.keys()].filter((name) => name === 'utm_source')).toHaveLength(1);
    expect(Object.fromEntries(searchParams)).toMatchObject({ utm_campaign: 'été', k: 'v', utm_term: 't' });
  });

  test('an ended link leads to its expired URL, or says so', async () => {
    const settings = { endsAt: PAST, expiredUrl: 'https://example.com/über' };
    expectRedirect(await visit({ settings }), 'https://example.com/%C3%BCber');
    expectPage(await visit({ settings: { endsAt: PAST } }), 410);
    expectPage(await visit({ settings: { endsAt: PAST, expiredUrl: false } }), 410);
  });

  const notices: [string, number, object][] = [
    ['paused', 404, { paused: true }],
    ['not started', 403, { startsAt: FUTURE }],
    ['ended', 410, { endsAt: PAST }],
  ];
  test.each(notices)(
    '%s: %i, in the language of the visitor, without the destination',
    async (_, status, settings) => {
      const { code } = await api.link({ destination: 'https://secret-place.example/', settings });
      for (const [language, header] of LANGUAGES) {
        const answer = await api.visit(`/${code}`, header ? { 'accept-language': header } : {});
        expectPage(answer, status, language);
        expect(answer.text).not.toContain('secret-place');
        const head = await api.visit(`/${code}`, header ? { 'accept-language': header } : {}, 'HEAD');
        expect(head.text).toBe('');
        expect(head.headers.location).toBeUndefined();
        expect(JSON.stringify(head.headers)).not.toContain('secret-place');
      }
    },
  );

  test('a link that answers 200 shows people a page that forwards, and sends programs on', async () => {
    const { code, id } = await api.link({
      destination: 'https://shop.example/sale?own=1',
      title: 'Spring "sale" </title>',
      description: 'Ten days, half price.',
      imageUrl: 'https://images.example/sale.png',
      settings: { redirectType: 200 },
    });
    const page = await api.visit(`/${code}?a=1`, { 'accept-language': 'ko' });
    expectPage(page, 200, 'ko');
    expect(page.headers['referrer-policy']).toBe('strict-origin-when-cross-origin');
    const destination = 'https://shop.example/sale?own=1&amp;a=1';
    expect(page.text).toContain(`<meta http-equiv="refresh" content="0;url=${destination}">`);
    expect(page.text).toContain(`href="${destination}"`);
    expect(page.text).toContain('<b>shop.example</b>');
    expect(page.text).toContain('<h1>Spring &quot;sale&quot; &lt;/title&gt;</h1>');
    expect(page.text).toContain(`<meta property="og:url" content="http://${PUBLIC_HOST}/${code}">`);
    expectRedirect(
      await api.visit(`/${code}`, { 'user-agent': 'curl/8.5.0' }),
      'https://shop.example/sale?own=1',
    );
    expectRedirect(
      await api.visit(`/${code}`, { 'user-agent': GOOGLEBOT }),
      'https://shop.example/sale?own=1',
    );
    const card = await api.visit(`/${code}`, { 'user-agent': 'WhatsApp/2.23' });
    expectPage(card, 200);
    expect(card.text).not.toMatch(/http-equiv="refresh"|shop\.example/);
    expect(await api.visit(`/${code}`, {}, 'HEAD')).toMatchObject({ status: 200, text: '' });
    const marker = await api.link();
    await api.visit(`/${marker.code}`);
    await until(async () => (await api.ok('GET', `/links/${marker.id}`)).clicks === 1, 'ingest came by');
    expect((await api.ok('GET', `/links/${id}`)).clicks).toBe(2);
  });

  test('of fifty at once exactly as many get the page of a limited link as it allows', async () => {
    const { code, id } = await api.link({ settings: { maxClicks: 7, redirectType: 200 } });
    const answers = await Promise.all(Array.from({ length: 50 }, () => api.visit(`/${code}`)));
    const shown = answers.filter(({ text }) => text.includes('example.com'));
    expect(shown).toHaveLength(7);
    for (const answer of answers) expectPage(answer, shown.includes(answer) ? 200 : 403);
    await until(async () => (await api.ok('GET', `/links/${id}`)).clicks === 7, 'seven clicks are counted');
  });

  test('desktops go where the link sends desktops, and unfurlers see what it says for sharing', async () => {
    const { code } = await api.link({
      title: 'Own title',
      description: 'Own description',
      campaign: { source: 'mail' },
    });
    const plain = await api.link();
    const write = (code: string, values: { social: string; desktop_url?: string }) =>
      store.database.transact('system', ({ db }) =>
        db
          .updateTable('link')
          .set(values)
          .where('id', 'in', db.selectFrom('link_code').select('link_id').where('code', '=', code))
          .execute(),
      );
    const social = JSON.stringify({ title: 'Shared title', imageUrl: 'https://images.example/shared.png' });
    await write(code, { social, desktop_url: 'https://desktop.example/ä?k=v' });
    await write(plain.code, { social: JSON.stringify({ imageUrl: 'https://images.example/only.png' }) });

    const phone = {
      'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15',
    };
    expectRedirect(await api.visit(`/${code}?a=1`), 'https://desktop.example/%C3%A4?k=v&utm_source=mail&a=1');
    expectRedirect(await api.visit(`/${code}?a=1`, phone), 'https://example.com/?utm_source=mail&a=1');

    const card = await api.visit(`/${code}`, { 'user-agent': 'WhatsApp/2.23' });
    expectPage(card, 200);
    expect(card.text).toContain('<meta property="og:title" content="Shared title">');
    expect(card.text).toContain('<meta property="og:description" content="Own description">');
    expect(card.text).toContain('<meta property="og:image" content="https://images.example/shared.png">');
    const bare = await api.visit(`/${plain.code}`, { 'user-agent': 'WhatsApp/2.23' });
    expectPage(bare, 200);
    expect(bare.text).toContain(`<meta property="og:title" content="${PUBLIC_HOST}">`);
  });

  test('of fifty at once exactly as many follow a limited link as it allows', async () => {
    const { code, id } = await api.link({ settings: { maxClicks: 7 } });
    const answers = await Promise.all(Array.from({ length: 50 }, () => api.visit(`/${code}`)));
    expect(answers.filter(({ status }) => status === 302)).toHaveLength(7);
    for (const answer of answers.filter(({ status }) => status !== 302)) expectPage(answer, 403);
    await until(async () => (await api.ok('GET', `/links/${id}`)).clicks === 7, 'seven clicks are counted');
  });

  test('what counts: people, programs and repeats; not HEAD, prefetch, crawlers or unfurlers', async () => {
    const { code, id } = await api.link({ title: 'T' });
    const path = `/${code}`;
    for (let repeat = 0; repeat < 3; repeat++) await api.visit(path);
    for (const agent of ['curl/8.0', '']) await api.visit(path, { 'user-agent': agent });
    await api.visit(`${path}?qr=1`);
    expectRedirect(await api.visit(path, {}, 'HEAD'), 'https://example.com/');
    for (const name of ['sec-purpose', 'purpose', 'x-moz']) {
      const answer = await api.visit(path, { [name]: 'prefetch;prerender' });
      expect(answer).toMatchObject({ status: 503, headers: { 'cache-control': 'no-store' } });
      expect(answer.headers.location).toBeUndefined();
    }
    expectRedirect(await api.visit(path, { 'user-agent': GOOGLEBOT }), 'https://example.com/');
    expectPage(await api.visit(path, { 'user-agent': 'WhatsApp/2.23' }), 200);
    const marker = await api.link();
    await api.visit(`/${marker.code}`);
    await until(async () => (await api.ok('GET', `/links/${marker.id}`)).clicks === 1, 'ingest came by');
    expect(await api.ok('GET', `/links/${id}`)).toMatchObject({ clicks: 6, lastClickAt: expect.any(String) });
  });

  test('a QR scan goes past the statistics where that is set', async () => {
    const { code, id } = await api.link({ settings: { qrBypass: true } });
    expectRedirect(await api.visit(`/${code}?qr=1&x=1`), 'https://example.com/?x=1');
    await api.visit(`/${code}`);
    await until(async () => (await api.ok('GET', `/links/${id}`)).clicks > 0, 'the click is counted');
    expect((await api.ok('GET', `/links/${id}`)).clicks).toBe(1);
  });

  test('robots and HEAD learn nothing of a protected link, and take no slot', async () => {
    const secret = 'https://secret-place.example/';
    const limited = await api.link({
      destination: secret,
      title: 'Secret title',
      settings: { maxClicks: 1 },
    });
    const locked = await api.link({
      destination: secret,
      title: 'Secret title',
      settings: { password: 'open-me' },
    });
    const waiting = await api.link({
      destination: secret,
      title: 'Secret title',
      settings: { startsAt: FUTURE },
    });
    for (const { code } of [limited, locked, waiting]) {
      for (const agent of [GOOGLEBOT, 'WhatsApp/2.23', 'facebookexternalhit/1.1']) {
        const answer = await api.visit(`/${code}`, { 'user-agent': agent });
        expectPage(answer, 200);
        expect(answer.text).not.toMatch(/secret/i);
      }
      const head = await api.visit(`/${code}`, {}, 'HEAD');
      expect(JSON.stringify(head.headers)).not.toContain('secret');
    }
    expectRedirect(await api.visit(`/${limited.code}`), secret);
    expectPage(await api.visit(`/${limited.code}`), 403);
  });
});

describe('visits over HTTP', () => {
  let api: Api;
  let link: Json;
  beforeAll(async () => {
    api = await Api.open(SQLITE);
    link = await api.link({ code: 'plain' });
  });
  afterAll(() => api.close());

  test('the card for an unfurler is escaped and shows no destination', async () => {
    await api.link({
      code: 'card',
      destination: 'https://secret-place.example/',
      title: '"><script>alert(1)</script>\r\nX-Injected: 1',
      description: "it's <b>bold</b>",
      imageUrl: "https://img.example/a.png?'><script>",
    });
    const answer = await api
      .visit('/card?x="><script>', { 'user-agent': 'Twitterbot/1.0' })
      .catch(() => undefined);
    const plain = await api.visit('/card', { 'user-agent': 'Twitterbot/1.0' });
    for (const card of [answer ?? plain, plain]) {
      expectPage(card, 200);
      expect(card.text).not.toContain('<script');
      expect(card.text).not.toContain('secret-place');
      expect(card.text).toContain('og:title');
      expect(card.text).toContain(`content="http://${PUBLIC_HOST}/card"`);
      expect(card.headers).not.toHaveProperty('x-injected');
    }
  });

  test('each domain has its own codes; a path prefix belongs to its host', async () => {
    await api.ok('POST', '/domains', { body: { host: 'second.test' } });
    await api.ok('POST', '/domains', { body: { host: 'second.test', pathPrefix: 'share' } });
    await api.link({ domain: 'second.test', code: 'plain', destination: 'https://second.example/' });
    await api.link({ domain: 'second.test/share', code: 'plain', destination: 'https://share.example/' });
    const host = 'second.test';
    expectRedirect(await api.visit('/plain'), 'https://example.com/');
    expectRedirect(await api.visit('/plain', { host }), 'https://second.example/');
    expectRedirect(await api.visit('/plain', { host: 'SECOND.test:8443' }), 'https://second.example/');
    expectRedirect(await api.visit('/share/plain', { host }), 'https://share.example/');
    expectRedirect(await api.visit('/share/plain/', { host }), 'https://share.example/');
    expectPage(await api.visit('/share/plain'), 404);
    expectPage(await api.visit('/sharex/plain', { host }), 404);
    expectPage(await api.visit('/share', { host }), 404);
    expectPage(await api.visit('/share/', { host }), 200);
  });

  test('a host nobody registered is served as the default domain, and never echoed', async () => {
    for (const host of ['evil.example', '127.0.0.1:1234', '[::1]', 'evil"><script>', 'x'.repeat(2_000)]) {
      const answers = [
        await api.visit('/plain', { host }),
        await api.visit('/', { host }),
        await api.visit('/nothing-here', { host }),
        await api.visit('/card', { host, 'user-agent': 'Twitterbot/1.0' }),
        await api.visit('/api/v1/nothing', { host }),
        await api.visit('/api/openapi.json', { host }),
      ];
      expectRedirect(answers[0] as Answer, 'https://example.com/');
      expectPage(answers[1] as Answer, 200);
      for (const { text, headers } of answers) {
        expect(text).not.toContain(host);
        expect(JSON.stringify(headers)).not.toContain(host);
      }
    }
    // HTTP/1.1 demands a Host (RFC 9112, 3.2); 1.0 does not.
    expect(await api.raw('GET /plain HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.[01] 302 /);
    expect(await api.raw('GET /plain HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('unicode codes are found however they are spelt', async () => {
    await api.link({ code: '여름', destination: 'https://example.com/summer' });
    await api.link({ code: 'caf\u00e9', destination: 'https://example.com/cafe' });
    for (const path of [
      '/%EC%97%AC%EB%A6%84',
      '/%ec%97%ac%eb%a6%84',
      '/%EC%97%AC%EB%A6%84/',
      '/%EC%97%AC%EB%A6%84?x',
    ]) {
      expect((await api.visit(path)).status, path).toBe(302);
    }
    expectRedirect(await api.visit('/caf%C3%A9'), 'https://example.com/cafe');
    expectRedirect(await api.visit('/cafe%CC%81'), 'https://example.com/cafe');
    expectRedirect(await api.visit('/%70lain'), 'https://example.com/');
    expectPage(await api.visit('/PLAIN'), 404);
  });

  test('the whole URL in the request line is what a proxy may send (RFC 9112, 3.2.2)', async () => {
    const request = `GET http://${PUBLIC_HOST}/plain HTTP/1.1\r\nHost: ${PUBLIC_HOST}\r\nConnection: close\r\n\r\n`;
    expect(await api.raw(request)).toMatch(/^HTTP\/1\.1 302 /);
  });

  test('reserved words are no links', async () => {
    for (const path of ['/api', '/API/x', '/stats/plain', '/login', '/robots.txt', '/.well-known/x']) {
      const answer = await api.visit(path);
      expect(answer, path).toMatchObject({ status: 404, json: { code: 'not-found' } });
    }
    // In the words of the call that lives there.
    expect((await api.visit('/v1/links')).json).toMatchObject({ error: { status: 'NOT_FOUND' } });
    expectPage(await api.visit('/%61pi'), 404);
    expect((await api.visit('/healthz')).json).toEqual({ status: 'ok' });
    expect((await api.visit('/readyz')).json).toMatchObject({ status: 'ready', lostClicks: 0 });
  });

  test('the root is a page', async () => {
    for (const [language, header] of LANGUAGES) {
      for (const path of ['/', '/?', '/?qr=1', '/?x=/api']) {
        expectPage(await api.visit(path, header ? { 'accept-language': header } : {}), 200, language);
      }
    }
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'])(
    '%s is not allowed',
    async (method) => {
      const payload = method === 'TRACE' ? undefined : 'x'.repeat(100_000);
      const answer = await api.send(method, `/${link.code}`, payload, { host: PUBLIC_HOST });
      expect(answer.status).toBe(405);
      // A short link takes a password, where it asks for one.
      expect(answer.headers.allow).toBe(method === 'POST' ? 'GET, HEAD' : 'GET, HEAD, POST');
      expect(answer.headers.location).toBeUndefined();
      // The connection is still good for the next.
      expect((await api.visit(`/${link.code}`)).status).toBe(302);
    },
  );

  test.each([
    '/%',
    '/%0',
    '/%zz',
    '/%00',
    '/plain%00',
    '/%ff%fe',
    '/%C0%AF',
    '/%ED%A0%80',
    '//',
    '///',
    '//plain',
    '//evil.example/%2e%2e',
    '/plain//',
    '/plain/x',
    '/../plain',
    '/./plain',
    '/%2e%2e/plain',
    '/plain%2F',
    '/%2Fplain',
    '/plain%0d%0aX-Injected:1',
    '/plain;x=1',
    '/plain#x',
    '/\\plain',
    '/plain|x',
    '/__proto__',
    '/constructor',
    '/toString',
    '/0',
    '/-1',
    `/${'x'.repeat(8_000)}`,
    `/${'%41'.repeat(2_500)}`,
    `/${'/x'.repeat(3_000)}`,
  ])('%s leads nowhere, with the page for it', async (path) => {
    const answer = await api.visit(path);
    if (path === '/plain#x') expect(answer.status).toBeLessThan(500);
    else expectPage(answer, 404);
    expect(answer.headers).not.toHaveProperty('x-injected');
  });

  test('a URL of 16 kB is refused or leads nowhere, and the server goes on', async () => {
    for (const path of [`/${'x'.repeat(16_384)}`, `/plain?${'x=1&'.repeat(4_096)}`]) {
      const answer = await api.raw(
        `GET ${path} HTTP/1.1\r\nHost: ${PUBLIC_HOST}\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 (404|414|431) /);
    }
    const long = await api.visit(`/plain?${'x=1&'.repeat(3_000)}`);
    expect(long.status).toBe(302);
    expect((await api.visit('/plain')).status).toBe(302);
  });

  test.each([
    ['/plain?b=한', '/plain?b=%ED%95%9C'],
    ['/plain?한=%20&x', '/plain?%ED%95%9C=%20&x'],
    ['/한글', '/%ED%95%9C%EA%B8%80'],
    ['/plain?b=\x80', '/plain?b=%C2%80'],
    ['/plain?b=한#c', '/plain?b=%ED%95%9C%23c'],
  ])(
    'an address in bytes that HTTP does not have is sent to the same in its own: %s',
    async (path, location) => {
      for (const method of ['GET', 'HEAD']) {
        const answer = await api.raw(
          Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: ${PUBLIC_HOST}\r\n\r\n`),
          5_000,
        );
        expect(answer).toMatch(/^HTTP\/1\.1 302 Found\r\n/);
        expect(answer).toContain(`\r\nLocation: ${location}\r\n`);
        expect(answer).toMatch(/\r\n\r\n$/);
      }
      expect((await api.visit(location)).status).toBe(location.startsWith('/plain') ? 302 : 404);
    },
  );

  test('a request that cannot be read takes nobody the answer to the one before', async () => {
    const readable = `GET /plain HTTP/1.1\r\nHost: ${PUBLIC_HOST}\r\n\r\n`;
    const answer = await api.raw(Buffer.from(`${readable}${readable}GET /한 HTTP/1.1\r\n\r\n`), 5_000);
    expect(answer.match(/^HTTP\/1\.1 302 .*$/gm)).toHaveLength(2);
    expect(answer.match(/^HTTP\/1\.1 /gm)).toHaveLength(2);
    expect(answer).not.toContain('%ED');
  });

  test.each([
    ['POST /plain?b=한 HTTP/1.1', 400],
    // A browser would go to another host.
    ['GET //evil.example/한 HTTP/1.1', 400],
    ['GET /\\evil.example/한 HTTP/1.1', 400],
    ['GET http://evil.example/한 HTTP/1.1', 400],
    ['GET /한\tx HTTP/1.1', 400],
    ['GET /한 x HTTP/1.1', 400],
    ['GET /한', 400],
    [`GET /plain HTTP/1.1\r\nX-A: ${'a'.repeat(40_000)}`, 431],
  ])('what cannot be read is answered with a sentence: %s', async (head, status) => {
    const answer = await api.raw(Buffer.from(`${head}\r\nHost: ${PUBLIC_HOST}\r\n\r\n`), 5_000);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toMatch(/\r\nContent-Type: text\/plain; charset=utf-8\r\n/);
    expect(answer).toMatch(/\r\nConnection: close\r\n\r\nThe [a-zA-Z :]+\.$/);
    expect(answer).not.toMatch(/evil|Location/);
  });

  test('pipelined requests are answered in order', async () => {
    for (let index = 0; index < 20; index++) {
      await api.link({
        code: `pipe-${index}`,
        destination: `https://example.com/${index}`,
        settings: index % 3 ? {} : { maxClicks: 100 },
      });
    }
    const request = (index: number) =>
      `${index % 2 ? 'HEAD' : 'GET'} /pipe-${index} HTTP/1.1\r\nHost: ${PUBLIC_HOST}\r\nUser-Agent: ${PERSON}\r\n\r\n`;
    const answer = await api.raw(Array.from({ length: 20 }, (_, index) => request(index)).join(''), 1_000);
    const statuses = answer.match(/^HTTP\/1\.1 \d+/gm) ?? [];
    expect(statuses).toHaveLength(20);
    const order = [...answer.matchAll(/^location: https:\/\/example\.com\/(\d+)\r$/gim)].map((match) =>
      Number(match[1]),
    );
    // HEAD says nothing of a limited link.
    const expected = Array.from({ length: 20 }, (_, index) => index).filter(
      (index) => index % 2 === 0 || index % 3,
    );
    expect(order).toEqual(expected);
  });

  test('a body sent with a GET does not become the next request', async () => {
    const inner = 'GET /api/v1/project HTTP/1.1\r\nHost: x\r\n\r\n';
    const answer = await api.raw(
      `GET /plain HTTP/1.1\r\nHost: ${PUBLIC_HOST}\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
    );
    expect(answer.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
  });

  test.each([
    ['nonsense', 'hello\r\n\r\n'],
    ['a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['an unknown method', 'BREW /plain HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a space in the path', 'GET /pl ain HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a NUL in the path', 'GET /pl\0ain HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a path without a slash', 'GET plain HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a NUL in a header', 'GET /plain HTTP/1.1\r\nHost: x\r\nX-A: \0\r\n\r\n'],
    ['a header without a colon', 'GET /plain HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n'],
    ['a folded header', 'GET /plain HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n 2\r\n\r\n'],
    [
      'both lengths',
      'POST /plain HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['two lengths', 'POST /plain HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello'],
    ['too many header bytes', `GET /plain HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(40_000)}\r\n\r\n`],
    ['CONNECT', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('%s is refused by one answer or none, and the server goes on', async (_, request) => {
    const answer = await api.raw(request);
    expect(answer).toMatch(/^($|HTTP\/1\.1 (4\d\d|505) )/);
    expect(answer).not.toMatch(/stack|node:|\/src\//);
    expect((await api.visit('/plain')).status).toBe(302);
  });

  test('a request that never ends holds nobody up', async () => {
    const socket = connect(api.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /plain HTTP/1.1\r\nHost: x\r\nX-Slow:');
    expect((await api.visit('/plain')).status).toBe(302);
    socket.destroy();
  });

  test('hostile headers are neither echoed nor fatal', async () => {
    const value = '"><script>alert(1)</script><%= 7*7 %>';
    for (const name of [
      'user-agent',
      'referer',
      'accept-language',
      'x-forwarded-for',
      'x-forwarded-host',
      'cookie',
      'forwarded',
    ]) {
      for (const text of [value, 'x'.repeat(8_000), ',;='.repeat(1_000)]) {
        const redirect = await api.visit('/plain', { [name]: text });
        expect(redirect.status, name).toBe(302);
        const page = await api.visit('/nothing-here', { [name]: text });
        expectPage(page, 404, 'en');
        expect(page.text).not.toContain('alert(1)');
      }
    }
  });
});
