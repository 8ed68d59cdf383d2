import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBatchWriter } from '../../src/db/open.ts';
import { clickRow, insertClickRows } from '../support/click-rows.ts';
import { ENGINES, SQLITE } from '../support/engines.ts';
import { numberOfLink } from '../support/past-clicks.ts';
import { until } from '../support/until.ts';
import { Api, type Json, KEY, STRANGER } from './api.ts';

interface Download {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function download(api: Api, query = '', headers: Record<string, string> = {}): Promise<Download> {
  const answer = await fetch(`http://127.0.0.1:${api.port}/api/v1/clicks${query}`, {
    headers: { authorization: `Bearer ${KEY}`, ...headers },
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

function linesOf({ text }: Download): Json[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** RFC 4180, as a reader of it would. */
function tableOf({ text }: Download): string[][] {
  const fields = [...text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)];
  const rows: string[][] = [[]];
  for (const [, quoted, plain = '', end] of fields) {
    rows.at(-1)?.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end !== ',') rows.push([]);
  }
  return rows.slice(0, -1);
}

describe.each(ENGINES)('raw clicks over HTTP on $name', (engine) => {
  let api: Api;
  let link: Json;
  let group: Json;
  beforeAll(async () => {
    api = await Api.open(engine);
    group = await api.group();
    link = await api.link({ groupId: group.id, code: 'raw' });
  });
  afterAll(() => api.close());

  const visitors = () => download(api).then((answer) => linesOf(answer).map(({ visitor }) => visitor));

  test('a visit becomes a line, with all that is known of it and nothing that says who it was', async () => {
    await api.visit('/raw?qr=1&utm_source=mail&utm_campaign=%3D1%2B1', {
      referer: 'https://News.Example:8443/a?b=c',
      'accept-language': 'ko-KR,ko;q=0.9',
    });
    await api.visit('/raw');
    await until(async () => linesOf(await download(api)).length === 2, 'both visits are counted');
    const answer = await download(api);
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="clicks.ndjson"');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('switchyard-raw-from')).toBeNull();
    const [first, second] = linesOf(answer);
    expect(first).toEqual({
      cursor: expect.any(String),
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      linkId: link.id,
      code: 'raw',
      groupId: group.id,
      country: '',
      region: '',
      city: '',
      device: 'desktop',
      os: 'Windows',
      browser: 'Chrome',
      language: 'ko',
      referrer: 'news.example',
      utmSource: 'mail',
      utmMedium: '',
      utmCampaign: '=1+1',
      utmTerm: '',
      utmContent: '',
      qr: true,
      automated: false,
      crawler: false,
      repeat: false,
      newVisitorThisHour: true,
      newVisitorToday: true,
      newVisitorEver: true,
      visitor: expect.stringMatching(/^v_[0-9a-f]{16}$/),
    });
    expect(second).toMatchObject({ qr: false, repeat: true, newVisitorEver: false, visitor: first.visitor });
    const { database } = await rowsIn(api);
    expect(database).not.toContain(first.visitor.slice(2));
    expect(answer.text).not.toContain('127.0.0.1');
  });

  test('as CSV a row has the same fields, and none of them is a formula', async () => {
    const csv = await download(api, '?format=csv');
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="clicks.csv"');
    const [names, first, ...others] = tableOf(csv);
    const lines = linesOf(await download(api));
    expect(names).toEqual(Object.keys(lines[0]));
    expect(others).toHaveLength(1);
    expect(Object.fromEntries((names ?? []).map((name, at) => [name, first?.[at]]))).toEqual({
      ...Object.fromEntries(Object.entries(lines[0]).map(([name, value]) => [name, String(value)])),
      utmCampaign: "'=1+1",
    });
    const accepted = await download(api, '', { accept: 'text/html, text/csv;q=0.9, */*' });
    expect(accepted.text).toBe(csv.text);
    const both = await download(api, '?format=ndjson', { accept: 'text/csv' });
    expect(both.headers.get('content-type')).toContain('ndjson');
  });

  test('links, groups, days, crawlers and a limit choose', async () => {
    const other = await api.link();
    await api.visit(`/${other.code}`);
    await api.visit('/raw', { 'user-agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)' });
    await until(
      async () => linesOf(await download(api, '?crawlers=include')).length === 4,
      'all are counted',
    );
    const count = async (query: string) => linesOf(await download(api, query)).length;
    expect(await count('')).toBe(3);
    expect(await count('?crawlers=only')).toBe(1);
    expect(await count(`?linkId=${other.id}`)).toBe(1);
    expect(await count(`?linkId=${link.id}&crawlers=include`)).toBe(3);
    expect(await count(`?groupId=${group.id}`)).toBe(2);
    expect(await count('?limit=2')).toBe(2);
    const [first] = linesOf(await download(api));
    const seoul = new Date(Date.parse(first.at) + 9 * 3_600_000).toISOString().slice(0, 10);
    expect(await count(`?from=${seoul}&limit=3`)).toBe(3);
    expect(await count(`?from=1970-01-02&to=2020-12-31`)).toBe(0);
    expect(await count(`?to=${first.at}`)).toBe(0);
    expect(await count(`?from=${first.at}&limit=1`)).toBe(1);
  });

  test('every cursor goes on right after its click', async () => {
    const all = linesOf(await download(api, '?crawlers=include'));
    for (const [index, { cursor }] of all.entries()) {
      const rest = await download(api, `?crawlers=include&cursor=${cursor}`);
      expect(linesOf(rest)).toEqual(all.slice(index + 1));
    }
    const csv = tableOf(await download(api, `?format=csv&crawlers=include&cursor=${all[1].cursor}`));
    expect(csv.map(([cursor]) => cursor)).toEqual(['cursor', all[2].cursor, all[3].cursor]);
  });

  test('another project sees none of it, and has other names for the same visitors', async () => {
    const ours = new Set(await visitors());
    expect(ours.size).toBe(1);
    const stranger = { authorization: `Bearer ${STRANGER}` };
    expect((await download(api, '', stranger)).text).toBe('');
    const theirs = await api.ok('POST', '/links', {
      key: STRANGER,
      body: { destination: 'https://example.com/' },
    });
    await api.visit(`/${theirs.code}`);
    await until(async () => (await download(api, '', stranger)).text !== '', 'their visit is counted');
    const lines = linesOf(await download(api, '', stranger));
    expect(lines.map(({ linkId }) => linkId)).toEqual([theirs.id]);
    expect(ours).not.toContain(lines[0].visitor);
    await api.refused(404, 'GET', `/clicks?linkId=${link.id}`, { key: STRANGER });
    await api.refused(404, 'GET', `/clicks?groupId=${group.id}`, { key: STRANGER });
  });

  test('what cannot be answered is refused in words', async () => {
    const wrong: [string, string][] = [
      ['cursor=seven', 'querystring.cursor'],
      [`cursor=${Buffer.from('v1:7').toString('base64url')}`, 'querystring.cursor'],
      ['from=yesterday', 'querystring.from'],
      ['from=2026-03-02&to=2026-03-01', 'querystring.to'],
      ['limit=0', 'querystring.limit'],
      ['format=xml', 'querystring.format'],
      ['crawlers=some', 'querystring.crawlers'],
      ['linkId=%00', 'querystring.linkId'],
      [`linkId=${link.id}&groupId=${group.id}`, 'querystring.groupId'],
      [`linkId[]=${link.id}`, 'querystring.linkId[]'],
      [`link=${link.id}`, 'querystring.link'],
      ['limits=1', 'querystring.limits'],
    ];
    for (const [query, field] of wrong) await api.refused(422, 'GET', `/clicks?${query}`, {}, [field]);
    await api.refused(404, 'GET', '/clicks?linkId=lnk_none');
    await api.refused(401, 'GET', '/clicks', { key: null });
    const poor = await api.ok('POST', '/keys', { body: { name: 'poor', scopes: ['links:read'] } });
    await api.refused(403, 'GET', '/clicks', { key: poor.key });
  });

  test('says from when on clicks are kept, when some of the time asked for is earlier', async () => {
    const keptFrom = Date.UTC(2026, 2, 1);
    const writer = openBatchWriter(api.location);
    await writer.transact((tx) =>
      tx.run("insert into statistics_state (name, value) values ('raw-from', $1)", [keptFrom / 900_000]),
    );
    await writer.close();
    const said = async (query: string) => (await download(api, query)).headers.get('switchyard-raw-from');
    expect(await said('')).toBe('2026-03-01T00:00:00.000Z');
    expect(await said('?from=2026-02-28T23:59:59Z')).toBe('2026-03-01T00:00:00.000Z');
    expect(await said('?from=2026-03-01T00:00:00Z')).toBeNull();
  });
});

/** Every row of `click` as one text. */
async function rowsIn(api: Api): Promise<{ database: string }> {
  const writer = openBatchWriter(api.location);
  const rows = await writer.events.all('select * from click', []);
  await writer.close();
  return { database: JSON.stringify(rows) };
}

describe('a long download', () => {
  const CLICKS = 60_000;
  let api: Api;
  const sockets: Socket[] = [];
  beforeAll(async () => {
    api = await Api.open(SQLITE);
    api.app.server.server.on('connection', (socket) => sockets.push(socket));
    const { code } = await api.link();
    const linkId = await numberOfLink(api.location, code);
    await insertClickRows(
      api.location,
      Array.from({ length: CLICKS }, () => clickRow({ link_id: linkId })),
    );
  });
  afterAll(() => api.close());

  /** A client that asks and does not read; and the server's end of its connection. */
  async function ask(): Promise<{ client: Socket; server: Socket }> {
    const before = sockets.length;
    const client = connect(api.port, '127.0.0.1');
    client.pause();
    client.write(
      `GET /api/v1/clicks HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${KEY}\r\n\r\n`,
    );
    await until(() => sockets.length > before, 'it is connected');
    return { client, server: sockets.at(-1) as Socket };
  }

  /** Bytes the server has handed over or holds, once they have stopped growing. */
  async function settled(server: Socket): Promise<number> {
    let last = server.bytesWritten;
    let since = performance.now();
    await until(() => {
      if (server.bytesWritten !== last || last === 0) {
        last = server.bytesWritten;
        since = performance.now();
      }
      return performance.now() - since > 500;
    }, 'nothing more is written');
    return last;
  }

  test('goes no faster than it is read, and arrives whole', async () => {
    const { client, server } = await ask();
    const whole = CLICKS * 500;
    expect(await settled(server)).toBeLessThan(whole / 2);
    // What waits in this process is a page or two.
    expect(server.writableLength).toBeLessThan(2_000_000);
    const chunks: Buffer[] = [];
    client.on('data', (chunk: Buffer) => chunks.push(chunk));
    client.resume();
    await once(client, 'close');
    const text = Buffer.concat(chunks).toString();
    expect(text.match(/"cursor"/g)).toHaveLength(CLICKS);
    expect(text).toMatch(/\r\n0\r\n\r\n$/);
  });

  test('twenty run at once; the next one is told when to come again', async () => {
    const running: { client: Socket; server: Socket }[] = [];
    for (let download = 0; download < 20; download++) running.push(await ask());
    await until(() => running.every(({ server }) => server.bytesWritten > 0), 'all of them run');
    const { status, headers, text } = await download(api);
    expect(status, text.slice(0, 200)).toBe(429);
    expect(headers.get('retry-after')).toBe('10');
    expect(JSON.parse(text)).toMatchObject({ status: 429, code: 'too-many-downloads' });
    await api.refused(422, 'GET', '/clicks?limit=0');
    for (const { client } of running) client.destroy();
    await until(async () => (await download(api, '?limit=1')).status === 200, 'there is room again');
    for (let more = 0; more < 30; more++) expect((await download(api, '?limit=1')).status).toBe(200);
  });

  test('stops when nobody is there any more, and the rest can be had later', async () => {
    const { client, server } = await ask();
    await settled(server);
    client.destroy();
    await until(() => server.destroyed, 'the server has noticed');

    const cut = await fetch(`http://127.0.0.1:${api.port}/api/v1/clicks`, {
      headers: { authorization: `Bearer ${KEY}` },
    });
    let text = '';
    for await (const chunk of cut.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (text.length > 3_000_000) break;
    }
    const arrived = text.split('\n').slice(0, -1);
    const { cursor } = JSON.parse(arrived.at(-1) as string);
    const rest = await download(api, `?cursor=${cursor}`);
    const ids = [...arrived, ...rest.text.split('\n').slice(0, -1)].map((line) => JSON.parse(line).id);
    expect(ids).toHaveLength(CLICKS);
    expect(new Set(ids).size).toBe(CLICKS);
  });
});
