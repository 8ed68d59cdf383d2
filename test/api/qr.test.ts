import { once } from 'node:events';
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { LOGO_NAMES, logoPng, TINY_JPEG } from '../../src/qr/testing/logos.ts';
import { decode, pixelsOf } from '../../src/qr/testing/qr-decoders.ts';
import { ENGINES, POSTGRES, runs } from '../support/engines.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { Api, type Call, type Json, KEY, PERSON, PUBLIC_HOST, STRANGER } from './api.ts';

interface Picture {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

const PAST = '2020-01-01T00:00:00Z';
const FUTURE = '2199-01-01T00:00:00Z';

describe.each(ENGINES)('QR codes on $name', (engine) => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.open(engine);
  });
  afterAll(() => api.close());

  async function fetchPicture(
    path: string,
    headers: OutgoingHttpHeaders = {},
    method = 'GET',
  ): Promise<Picture> {
    const going = request({
      host: '127.0.0.1',
      port: api.port,
      method,
      path,
      headers: { host: PUBLIC_HOST, 'user-agent': PERSON, ...headers },
    });
    going.end();
    const [response] = await once(going, 'response');
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    return { status: response.statusCode, headers: response.headers, bytes: Buffer.concat(chunks) };
  }

  const pathOf = ({ code }: Json, query = '') => `/${encodeURIComponent(code)}/qr${query}`;
  const scanned = ({ shortUrl }: Json) => ({ jsqr: `${shortUrl}?qr=1`, zxing: `${shortUrl}?qr=1` });

  async function expectCode(link: Json, path: string, headers: OutgoingHttpHeaders = {}): Promise<Picture> {
    const picture = await fetchPicture(path, headers);
    expect(picture.status, picture.bytes.toString()).toBe(200);
    expect(decode(await pixelsOf(picture.bytes))).toEqual(scanned(link));
    return picture;
  }

  async function expectRefused(path: string, message: RegExp): Promise<void> {
    const { status, headers, bytes } = await fetchPicture(path);
    expect(status, path).toBe(400);
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
    });
    expect(JSON.parse(bytes.toString()).detail).toMatch(message);
  }

  const put = (path: string, text: Buffer, call: Call = {}) =>
    api.call('PUT', path, { text, ...call, headers: { 'content-type': 'image/png', ...call.headers } });
  const visitsOf = async ({ id }: Json) => (await api.ok('GET', `/links/${id}`)).clicks as number;
  const scan = (link: Json, query = '?qr=1', headers: OutgoingHttpHeaders = {}) =>
    api.visit(`/${encodeURIComponent(link.code)}${query}`, headers);

  test('a link has a PNG of 300 pixels that says its short URL and the scan mark', async () => {
    const link = await api.link();
    const { headers, bytes } = await expectCode(link, pathOf(link));
    expect(bytes.readUInt32BE(16)).toBe(300);
    expect(headers).toMatchObject({
      'content-type': 'image/png',
      'cache-control': 'public, max-age=60',
      'content-length': String(bytes.byteLength),
      'x-content-type-options': 'nosniff',
    });
    const head = await fetchPicture(pathOf(link), {}, 'HEAD');
    expect(head.bytes.byteLength).toBe(0);
    expect(head.headers).toMatchObject({ etag: headers.etag, 'content-length': String(bytes.byteLength) });
  });

  test('an SVG may show its logo and nothing else', async () => {
    const link = await api.link();
    const { headers, bytes } = await expectCode(link, pathOf(link, '?format=svg&size=240&color=1a3355'));
    expect(headers).toMatchObject({
      'content-type': 'image/svg+xml',
      'content-security-policy': "default-src 'none'; img-src data:",
    });
    expect(bytes.toString()).toMatch(/^<svg xmlns="[^"]+" viewBox="0 0 240 240" width="240" height="240">/);
    expect(bytes.toString()).toContain('fill="#1a3355"');
  });

  test('sizes are clamped, and what is no size is refused', async () => {
    const link = await api.link();
    for (const [size, width] of [
      ['10', 50],
      ['5000', 1_000],
      ['123', 123],
    ] as const) {
      const { bytes } = await expectCode(link, pathOf(link, `?size=${size}`));
      expect(bytes.readUInt32BE(16)).toBe(width);
    }
    await expectRefused(pathOf(link, '?size=big'), /size must be a number of pixels, 50 to 1000/);
    await expectRefused(pathOf(link, '?color=fff&background=000'), /must be darker than the background/);
    await expectRefused(pathOf(link, '?margin=0'), /no scanner finds the code/);
    const brand = await api.link({ code: '가을'.repeat(40) });
    await expectCode(brand, pathOf(brand));
    await expectRefused(pathOf(brand, '?size=60'), /size must be at least \d+ pixels/);
  });

  test('it is there for every link that lives, whatever a visit would be told', async () => {
    for (const settings of [
      { paused: true },
      { startsAt: FUTURE },
      { endsAt: PAST },
      { password: 'open sesame' },
      { maxClicks: 1 },
    ]) {
      const link = await api.link({ settings });
      await expectCode(link, pathOf(link));
    }
  });

  test('unknown and deleted links have none', async () => {
    const link = await api.link();
    await api.ok('DELETE', `/links/${link.id}`);
    for (const path of [pathOf(link), '/no-such-link/qr', '/no-such-link/qr?size=x', '/no%00pe/qr/']) {
      const { status, headers } = await fetchPicture(path);
      expect(status, path).toBe(404);
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
      });
    }
  });

  test('it is found under prefixes, with Unicode codes and with a slash at the end', async () => {
    await api.ok('POST', '/domains', { body: { host: 'brand.test', pathPrefix: 'our/go' } });
    const prefixed = await api.link({ domain: 'brand.test/our/go', code: 'sale' });
    expect(prefixed.shortUrl).toBe('http://brand.test/our/go/sale');
    await expectCode(prefixed, '/our/go/sale/qr', { host: 'brand.test' });
    await expectCode(prefixed, '/our/go/sale/qr/', { host: 'brand.test' });
    const brand = await api.link({ code: '여름.세일' });
    await expectCode(brand, pathOf(brand));
    await expectCode(brand, `/${encodeURIComponent('여름.세일'.normalize('NFD'))}/qr/?size=200`);
    const qr = await fetchPicture('/qr/qr');
    expect(qr.status).toBe(404);
  });

  test('only GET and HEAD are answered', async () => {
    const link = await api.link();
    const { status, headers } = await fetchPicture(pathOf(link), {}, 'DELETE');
    expect(status).toBe(405);
    expect(headers.allow).toBe('GET, HEAD');
  });

  test('who has a picture already is told that it is still the same', async () => {
    const link = await api.link();
    const { headers } = await fetchPicture(pathOf(link));
    const etag = String(headers.etag);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await fetchPicture(pathOf(link), { 'if-none-match': known });
      expect(again).toMatchObject({ status: 304, headers: { etag } });
      expect(again.bytes.byteLength).toBe(0);
    }
    expect((await fetchPicture(pathOf(link, '?size=301'), { 'if-none-match': etag })).status).toBe(200);
    expect((await fetchPicture(pathOf(link, '?v=2'), { 'if-none-match': etag })).status).toBe(304);
  });

  test('showing it counts nowhere', async () => {
    const link = await api.link();
    await expectCode(link, pathOf(link));
    await scan(link, '');
    await until(async () => (await visitsOf(link)) === 1, 'the visit is counted');
    expect(await visitsOf(link)).toBe(1);
  });

  test('what is scanned leads on, and statistics tell it from other visits', async () => {
    const link = await api.link({ destination: 'https://example.com/scanned?x=1' });
    const { bytes } = await fetchPicture(pathOf(link, '?format=svg'));
    const { jsqr = '' } = decode(await pixelsOf(bytes));
    const { pathname, search } = new URL(jsqr);
    expect(await api.visit(pathname + search)).toMatchObject({
      status: 302,
      headers: { location: 'https://example.com/scanned?x=1' },
    });
    await scan(link, '');
    await until(async () => (await visitsOf(link)) === 2, 'both visits are counted');
    await until(async () => {
      const { totals } = await api.ok('GET', `/stats?linkId=${link.id}`);
      return totals.clicks === 2;
    }, 'statistics know both');
    const { breakdowns } = await api.ok('GET', `/stats?linkId=${link.id}&breakdown=qr`);
    const [{ dimension, values }] = breakdowns;
    expect(dimension).toBe('qr');
    expect(values.map(({ value, clicks }: Json) => [value, clicks]).sort()).toEqual([
      ['no', 1],
      ['yes', 1],
    ]);
  });

  describe('qrBypass (a scan goes straight on and is not counted)', () => {
    const bypassing = (settings: object = {}, input: object = {}) =>
      api.link({
        destination: 'https://example.com/straight',
        ...input,
        settings: { qrBypass: true, ...settings },
      });
    const straight = { status: 302, headers: { location: 'https://example.com/straight' } };

    test('no click, while the same link counts other visits', async () => {
      const link = await bypassing();
      expect(await scan(link)).toMatchObject(straight);
      expect(await scan(link)).toMatchObject(straight);
      expect(await scan(link, '')).toMatchObject(straight);
      await until(async () => (await visitsOf(link)) === 1, 'the other visit is counted');
      expect(await visitsOf(link)).toBe(1);
    });

    test('a group says it for its links, before what they say', async () => {
      const group = await api.group({ qrBypass: true });
      const link = await bypassing({ qrBypass: false }, { groupId: group.id });
      expect(await scan(link)).toMatchObject(straight);
      await api.ok('PATCH', `/groups/${group.id}`, { body: { settings: { qrBypass: false } } });
      expect(await scan(link)).toMatchObject(straight);
      await until(async () => (await visitsOf(link)) === 1, 'the scan after the change is counted');
    });

    test('no invitation to subscribe stands in between', async () => {
      const link = await bypassing({ pushSubscription: true });
      const document = { 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' };
      expect((await scan(link, '', document)).status).toBe(200);
      expect(await scan(link, '?qr=1', document)).toMatchObject(straight);
    });

    test('pause, dates and password hold', async () => {
      for (const [settings, status] of [
        [{ paused: true }, 404],
        [{ startsAt: FUTURE }, 403],
        [{ endsAt: PAST }, 410],
      ] as const) {
        const answer = await scan(await bypassing(settings));
        expect(answer.status).toBe(status);
        expect(answer.headers.location).toBeUndefined();
      }
      const locked = await scan(await bypassing({ password: 'open sesame' }));
      expect(locked.status).toBe(200);
      expect(locked.text).toContain('<form method="post"');
      expect(locked.text).not.toContain('straight');
    });

    test('a scan takes a slot of a limit, and the limit holds', async () => {
      const link = await bypassing({ maxClicks: 2 });
      expect(await scan(link)).toMatchObject(straight);
      expect(await scan(link)).toMatchObject(straight);
      expect((await scan(link)).status).toBe(403);
      expect((await scan(link, '')).status).toBe(403);
      expect(await visitsOf(link)).toBe(0);
    });
  });

  test('a logo is put, shown, replaced and taken away again', async () => {
    const disc = await logoPng('disc', 800, 400);
    expect((await api.call('GET', '/project/qr-logo')).status).toBe(404);
    const link = await api.link();
    const without = await expectCode(link, pathOf(link));
    const { status, json } = await put('/project/qr-logo', disc);
    expect(status).toBe(200);
    expect(json).toMatchObject({ width: 400, height: 200, updatedAt: expect.any(String) });
    const shown = await expectCode(link, pathOf(link));
    expect(shown.headers.etag).not.toBe(without.headers.etag);
    expect((await expectCode(link, pathOf(link, '?logo=none'))).headers.etag).toBe(without.headers.etag);
    const kept = await fetchPicture('/api/v1/project/qr-logo', { authorization: `Bearer ${KEY}` });
    expect(kept).toMatchObject({ status: 200, headers: { 'content-type': 'image/png' } });
    expect(kept.bytes.readUInt32BE(16)).toBe(400);

    await api.ok('PUT', '/project/qr-logo', {
      text: TINY_JPEG,
      headers: { 'content-type': 'image/jpeg' },
    });
    const replaced = await expectCode(link, pathOf(link));
    expect(replaced.headers.etag).not.toBe(shown.headers.etag);
    expect((await api.call('DELETE', '/project/qr-logo')).status).toBe(204);
    expect((await expectCode(link, pathOf(link))).headers.etag).toBe(without.headers.etag);
    expect((await api.call('DELETE', '/project/qr-logo')).status).toBe(404);

    const { changes } = await api.ok('GET', '/changes?entity=project&limit=3');
    expect(changes.map(({ changes: { qrLogo } }: Json) => [!!qrLogo.from, !!qrLogo.to])).toEqual([
      [true, false],
      [true, true],
      [false, true],
    ]);
  });

  test('a group’s logo lies over the project’s, for all of its links at once', async () => {
    const group = await api.group();
    const link = await api.link({ groupId: group.id });
    const other = await api.link();
    const etagOf = async (one: Json) => (await expectCode(one, pathOf(one))).headers.etag;
    const path = `/groups/${group.id}/qr-logo`;
    await put('/project/qr-logo', await logoPng('black'));
    const [projects, others] = [await etagOf(link), await etagOf(other)];
    await put(path, await logoPng('disc'));
    const groups = await etagOf(link);
    expect(groups).not.toBe(projects);
    expect(await etagOf(other)).toBe(others);
    await api.ok('PATCH', `/links/${link.id}`, { body: { groupId: null } });
    expect(await etagOf(link)).toBe(projects);
    await api.ok('PATCH', `/links/${link.id}`, { body: { groupId: group.id } });
    expect(await etagOf(link)).toBe(groups);
    const [change] = (await api.ok('GET', `/changes?entity=group&id=${group.id}`)).changes;
    expect(change.changes).toHaveProperty('qrLogo');
    await api.ok('DELETE', `/groups/${group.id}`);
    expect(await etagOf(link)).toBe(projects);
    await api.ok('DELETE', '/project/qr-logo');
  });

  test('what is no picture is refused and changes nothing', async () => {
    const path = '/project/qr-logo';
    const good = await logoPng('disc');
    await put(path, good);
    const before = await api.ok('GET', '/changes?limit=1');
    for (const [bytes, message] of [
      [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), /export it as a PNG/],
      [Buffer.from('GIF89a'), /must be a PNG or a JPEG/],
      [good.subarray(0, 80), /cannot be decoded/],
      [await logoPng('target'), /rings or frames/],
      [await logoPng('black', 2_400, 20), /16 to 2000 pixels a side/],
    ] as const) {
      const { status, json } = await put(path, bytes);
      expect(status).toBe(422);
      expect(json.errors).toEqual([{ field: 'body', message: expect.stringMatching(message) }]);
    }
    for (const type of [
      'application/json',
      'image/svg+xml',
      'text/plain',
      'multipart/form-data; boundary=x',
    ]) {
      const problem = await api.refused(415, 'PUT', path, { text: good, headers: { 'content-type': type } });
      expect(problem.detail).toMatch(/Content-Type: image\/png or image\/jpeg/);
    }
    await api.refused(422, 'PUT', path);
    await api.refused(413, 'PUT', path, {
      text: Buffer.alloc(256 * 1024 + 1),
      headers: { 'content-type': 'image/png' },
    });
    expect(await api.ok('GET', '/changes?limit=1')).toEqual(before);
    await api.ok('DELETE', path);
  });

  test('nobody sees or changes the logo of another project', async () => {
    const group = await api.group();
    const path = `/groups/${group.id}/qr-logo`;
    const bytes = await logoPng('disc');
    await put(path, bytes);
    for (const method of ['GET', 'DELETE']) {
      expect((await api.call(method, path, { key: STRANGER })).status).toBe(404);
    }
    expect((await put(path, bytes, { key: STRANGER })).status).toBe(404);
    expect((await put('/project/qr-logo', bytes, { key: STRANGER })).status).toBe(200);
    const link = await api.link();
    const bare = await expectCode(link, pathOf(link));
    expect((await expectCode(link, pathOf(link, '?logo=none'))).headers.etag).toBe(bare.headers.etag);
    await api.ok('DELETE', '/project/qr-logo', { key: STRANGER });
    const readers = await api.ok('POST', '/keys', { body: { name: 'reader', scopes: ['groups:read'] } });
    expect((await put(path, bytes, { key: readers.key })).status).toBe(403);
  });

  test('every logo scans over HTTP, in every format', async () => {
    const link = await api.link();
    for (const name of LOGO_NAMES.slice(0, 3)) {
      await put('/project/qr-logo', await logoPng(name));
      for (const query of ['?size=150', '?format=svg&background=transparent']) {
        await expectCode(link, pathOf(link, query));
      }
    }
    await api.ok('DELETE', '/project/qr-logo');
  });

  test('many who ask at once are served or told to come again, and nobody else waits for them', async () => {
    const link = await api.link();
    const asked = Array.from({ length: 300 }, (_, at) =>
      fetchPicture(pathOf(link, `?size=${701 + at}&color=${at.toString(16).padStart(6, '0')}`)),
    );
    expect((await scan(link, '')).status).toBe(302);
    const statuses = new Set<number>();
    for (const { status, headers, bytes } of await Promise.all(asked)) {
      statuses.add(status);
      if (status === 503) {
        expect(headers['retry-after']).toBe('2');
        expect(JSON.parse(bytes.toString())).toMatchObject({ code: 'busy' });
      } else expect(status).toBe(200);
    }
    expect(statuses).toEqual(new Set([200, 503]));
    await expectCode(link, pathOf(link));
  });

  test('who asks for a flood of codes keeps nobody else from theirs', async () => {
    const link = await api.link();
    const from = (address: string, at: number) =>
      fetchPicture(pathOf(link, `?size=${600 + at}&margin=5`), { 'x-forwarded-for': address });
    const flood = Array.from({ length: 200 }, (_, at) => from('192.0.2.66', at));
    const others = await Promise.all(
      Array.from({ length: 20 }, (_, at) => from(`192.0.2.${100 + at}`, 300 + at)),
    );
    expect(others.map(({ status }) => status)).toEqual(others.map(() => 200));
    expect((await Promise.all(flood)).filter(({ status }) => status === 503).length).toBeGreaterThan(100);
  });

  test('when the thread that draws dies, those who wait come again, and another draws', async () => {
    const post = Worker.prototype.postMessage;
    const painters: Worker[] = [];
    const posted = vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (
      this: Worker,
      ...sent
    ) {
      if (sent[0]?.kind === 'paint') {
        painters.push(this);
        // With a picture in hand that it is not going to draw, however fast it is.
        if (painters.length === 1) void this.terminate();
      }
      post.apply(this, sent);
    });
    try {
      const link = await api.link();
      const asked = Promise.all(
        Array.from({ length: 40 }, (_, at) => fetchPicture(pathOf(link, `?size=${900 + at}&margin=6`))),
      );
      const answers = await asked;
      const interrupted = answers.filter(({ status }) => status === 503);
      expect(interrupted.length).toBeGreaterThan(0);
      for (const { headers, bytes } of interrupted) {
        expect(headers).toMatchObject({ 'retry-after': '2', 'cache-control': 'no-store' });
        expect(JSON.parse(bytes.toString())).toMatchObject({ code: 'unavailable' });
      }
      const again = answers.findIndex(({ status }) => status === 503);
      await expectCode(link, pathOf(link, `?size=${900 + again}&margin=6`));
      expect(painters.at(-1)).not.toBe(painters[0]);
      expect((await scan(link, '')).status).toBe(302);
    } finally {
      posted.mockRestore();
    }
  });

  test('a server that closes has answered everybody who asked for a code', async () => {
    const closing = await Api.open(engine);
    let arrived = 0;
    try {
      const { code } = await closing.link();
      closing.app.server.server.on('request', () => arrived++);
      const asked = Array.from({ length: 40 }, (_, at) => closing.visit(`/${code}/qr?size=${900 + at}`));
      await until(() => arrived === asked.length, 'all of them have arrived');
      const [answers] = await Promise.all([Promise.all(asked), closing.app.close()]);
      expect(answers.map(({ status }) => status)).toEqual(asked.map(() => 200));
    } finally {
      await closing.close();
    }
  });
});

describe.runIf(runs(POSTGRES))('while the database is away', () => {
  test('nobody is told that a link has no code', async () => {
    let proxy: TcpProxy | undefined;
    const api = await Api.open({
      name: POSTGRES.name,
      async open() {
        const { location, close } = await POSTGRES.open();
        const { database } = location;
        if (database.engine !== 'postgres') throw new Error('this test is about PostgreSQL');
        proxy = await TcpProxy.open(database.url);
        const url = proxy.through(database.url);
        return { location: { ...location, database: { ...database, url } }, close };
      },
    });
    try {
      const { code } = await api.link();
      const shown = async () => await api.visit(`/${code}/qr`);
      expect((await shown()).status).toBe(200);
      await proxy?.drop();
      const away = await shown();
      expect(away).toMatchObject({ status: 503, headers: { 'cache-control': 'no-store' } });
      expect(Number(away.headers['retry-after'])).toBeGreaterThan(0);
      await proxy?.pass();
      await until(async () => (await shown()).status === 200, 'the code is there again');
    } finally {
      await proxy?.pass();
      await api.close();
      await proxy?.close();
    }
  });
});
