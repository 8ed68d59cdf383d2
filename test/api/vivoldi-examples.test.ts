import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type Json, KEY } from './api.ts';
import { LOCAL_TIME, Vivoldi } from './vivoldi-client.ts';

/**
 * The documented requests, byte for byte where bytes are documented; only host and key are ours. Ids and numbers that
 * a server gives out are what this one gives.
 */
describe.each(ENGINES)('the documented examples on $name', (engine) => {
  let vivoldi: Vivoldi;
  beforeAll(async () => {
    vivoldi = await Vivoldi.open(engine, { publicUrl: 'https://vvd.bz' });
  });
  afterAll(() => vivoldi.close());

  async function send(method: string, path: string, text?: string, headers: object = {}): Promise<Json> {
    const answer = await vivoldi.api.send(method, path, text, {
      Authorization: `APIKey ${KEY}`,
      'User-Agent': 'MyBrand',
      ...(text === undefined ? {} : { 'Content-type': 'application/json' }),
      ...headers,
    });
    expect(answer.status, answer.text).toBe(200);
    return answer.json;
  }
  const ok = (result: unknown) => ({ code: 0, message: '', result });

  test('create a link', async () => {
    const answer = await send(
      'POST',
      '/api/link/v2/create',
      '{"url":"https://www.facebook.com/vivoldi365","domain":"https://vvd.bz"}',
    );
    expect(answer).toEqual(ok(expect.stringMatching(/^https:\/\/vvd\.bz\/[0-9A-Za-z]+$/)));
    const { headers } = await vivoldi.api.visit(new URL(answer.result).pathname, { host: 'vvd.bz' });
    expect(headers.location).toBe('https://www.facebook.com/vivoldi365');
  });

  test('create a link with an id of one’s own, in words a URL has to encode', async () => {
    const body = JSON.stringify({
      url: 'https://google.com',
      domain: 'https://vvd.im',
      brandLinkId: '봄-세일',
    });
    const { result } = await send('POST', '/api/link/v2/create', body);
    expect(result).toBe(`https://vvd.bz/${encodeURI('봄-세일')}`);
    const { headers } = await vivoldi.api.visit(new URL(result).pathname);
    expect(headers.location).toBe('https://google.com');
  });

  test('create a link as in the API’s first years, by a form', async () => {
    const answer = await send(
      'POST',
      '/api/link/v1/create',
      'url=https%3A%2F%2Fgoogle.com%2F%3Fq%3Da%2Bb&ttl=%EB%B4%84+%EC%84%B8%EC%9D%BC&redirectType=301',
      { 'Content-type': 'application/x-www-form-urlencoded' },
    );
    expect(answer).toEqual(ok(expect.stringMatching(/^https:\/\/vvd\.bz\//)));
    const linkId = answer.result.split('/').at(-1);
    expect(await vivoldi.get(linkId)).toMatchObject({
      url: 'https://google.com/?q=a+b',
      ttl: '봄 세일',
      redirectType: 301,
    });
  });

  test('create many', async () => {
    const answer = await send(
      'POST',
      '/api/link/v1/createBulk',
      '{"links":[{"url":"https://google.com","domain":"https://vvd.bz"},{"url":"https://facebook.com","domain":"https://vvd.bz"}]}',
    );
    expect(answer).toEqual(
      ok([
        { shortUrl: expect.stringMatching(/^https:\/\/vvd\.bz\/\w+$/), url: 'https://google.com' },
        { shortUrl: expect.stringMatching(/^https:\/\/vvd\.bz\/\w+$/), url: 'https://facebook.com' },
      ]),
    );
    for (const { shortUrl, url } of answer.result) {
      expect((await vivoldi.api.visit(new URL(shortUrl).pathname)).headers.location).toBe(url);
    }
  });

  test('update a link, list it, delete it, make it again', async () => {
    const make =
      '{"url":"https://google.com","domain":"https://vvd.bz","brandLinkId":"4Rt3","ttl":"title","memo":"my memo"}';
    expect(await send('POST', '/api/link/v2/create', make)).toEqual(ok('https://vvd.bz/4Rt3'));
    expect(
      await send(
        'PUT',
        '/api/link/v2/update',
        '{"linkId":"4Rt3","domain":"https://vvd.bz","ttl":"new title","memo":"new my memo"}',
      ),
    ).toEqual(ok(null));
    const sought = 'linkId=4Rt3&domain=https%3A%2F%2Fvvd.bz&pages=1';
    const listed = await send('GET', `/api/link/v1/list?${sought}`);
    expect(listed).toEqual(
      ok({
        extra: { pages: 1, nextPages: 1, nextYn: 'N', count: 1, totalCount: 1 },
        list: [
          {
            linkId: '4Rt3',
            domain: 'https://vvd.bz',
            typeIdx: 103,
            typeNm: 'URL',
            ttl: 'new title',
            url: 'https://google.com',
            redirectType: 302,
            grpIdx: 0,
            grpNm: null,
            createTypeIdx: 272,
            brandLinkYn: 'Y',
            description: '',
            metaImg: null,
            memo: 'new my memo',
            notfSubscYn: 'N',
            qrBypassYn: 'N',
            blockOverseasSticsYn: 'N',
            pushNotifyYn: 'N',
            mailNotifyYn: 'N',
            acesCnt: 0,
            pernCnt: 0,
            acesMaxCnt: 0,
            strtYmdt: null,
            endYmdt: null,
            expireUrl: null,
            delYmdt: null,
            regYmdt: expect.stringMatching(LOCAL_TIME),
            modYmdt: expect.stringMatching(LOCAL_TIME),
            // Beside what is documented:
            pauseYn: 'N',
            pwdYn: 'N',
            nonmemberSticsPwdYn: 'N',
            effective: {
              notfSubscYn: 'N',
              qrBypassYn: 'N',
              blockOverseasSticsYn: 'N',
              pushNotifyYn: 'N',
              mailNotifyYn: 'N',
              nonmemberSticsPwdYn: 'N',
              strtYmdt: null,
              endYmdt: null,
              expireUrl: null,
              pwdYn: 'N',
              acesMaxCnt: 0,
              redirectType: 302,
              pauseYn: 'N',
            },
            unset: [
              'notfSubscYn',
              'qrBypassYn',
              'blockOverseasSticsYn',
              'pushNotifyYn',
              'mailNotifyYn',
              'nonmemberSticsPwd',
              'strtYmdt',
              'endYmdt',
              'expireUrl',
              'pwd',
              'acesMaxCnt',
              'redirectType',
              'pauseYn',
            ],
          },
        ],
      }),
    );
    const gone = '/api/link/v1/delete?linkId=4Rt3&domain=https%3A%2F%2Fvvd.bz';
    expect(await send('DELETE', gone)).toEqual(ok(null));
    expect((await vivoldi.api.visit('/4Rt3')).status).toBe(404);
    expect((await send('GET', `/api/link/v1/list?${sought}`)).result.list).toEqual([]);
    expect(await send('DELETE', gone)).toMatchObject({ code: 404, result: null });
    expect(await send('POST', '/api/link/v2/create', make), 'an id of one’s own').toEqual(
      ok('https://vvd.bz/4Rt3'),
    );
  });

  test('create, list and delete a group', async () => {
    const created = await send(
      'POST',
      '/api/link-group/v1/create',
      '{"nm":"XXX Advertiser Group","memo":"2-year contract","nonmemberSticsPwd":"123456"}',
    );
    expect(created).toEqual(ok({ grpIdx: expect.any(Number), webhookSecretKey: null }));
    const { grpIdx } = created.result;
    await send('POST', '/api/link/v2/create', JSON.stringify({ url: 'https://google.com', grpIdx }));
    const item = {
      idx: grpIdx,
      nm: 'XXX Advertiser Group',
      memo: '2-year contract',
      linkCnt: 1,
      blockOverseasSticsYn: 'N',
      notfSubscYn: 'N',
      qrBypassYn: 'N',
      pushNotifyYn: 'N',
      mailNotifyYn: 'N',
      webhookEnableYn: 'N',
      webhookCallbackUrl: null,
      webhookMetric: 'C',
      webhookFrequency: 1,
      regYmdt: expect.stringMatching(LOCAL_TIME),
      modYmdt: expect.stringMatching(LOCAL_TIME),
      // Beside what is documented:
      strtYmdt: null,
      endYmdt: null,
      expireUrl: null,
      acesMaxCnt: 0,
      pauseYn: 'N',
      redirectType: 302,
      pwdYn: 'N',
      nonmemberSticsPwdYn: 'Y',
      unset: expect.not.arrayContaining(['nonmemberSticsPwd']),
    };
    expect(await send('GET', `/api/link-group/v2/list?grpIdx=${grpIdx}&nm=advertiser&pages=1`)).toEqual(
      ok({ extra: { pages: 1, nextPages: 1, nextYn: 'N', count: 1, totalCount: 1 }, list: [item] }),
    );
    expect(await send('GET', `/api/link-group/v1/list?grpIdx=${grpIdx}&nm=XXX`)).toEqual(ok([item]));
    expect(await send('DELETE', `/api/link-group/v1/delete?grpIdx=${grpIdx}`)).toEqual(ok(null));
    expect(await send('GET', `/api/link-group/v1/list?grpIdx=${grpIdx}`)).toEqual(ok([]));
    expect(await send('DELETE', `/api/link-group/v1/delete?grpIdx=${grpIdx}`)).toMatchObject({ code: 404 });
  });

  test('the page the product was founded on: update a group, and every link follows', async () => {
    const { grpIdx } = (await send('POST', '/api/link-group/v1/create', '{"nm":"Youtube Group"}')).result;
    const links = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const body = JSON.stringify({ url: 'https://example.com/', grpIdx });
        return new URL((await send('POST', '/api/link/v2/create', body)).result).pathname;
      }),
    );
    const text = `{
"grpIdx": ${grpIdx},
"nm": "Instagram Group",
"memo": "A group of links used in Instagram ads.",
"strtYmdt": "2026-03-01 00:00:00",
"endYmdt": "2026-03-31 23:59:59",
"expireUrl": "https://example.com/event-expired"
}`;
    expect(await send('PUT', '/api/link-group/v1/update', text)).toEqual(ok(null));
    expect(await vivoldi.getGroup(grpIdx)).toMatchObject({
      idx: grpIdx,
      nm: 'Instagram Group',
      memo: 'A group of links used in Instagram ads.',
      strtYmdt: '2026-03-01 00:00:00',
      endYmdt: '2026-03-31 23:59:59',
      expireUrl: 'https://example.com/event-expired',
      linkCnt: 5,
    });
    for (const path of links) {
      const { status, headers } = await vivoldi.api.visit(path);
      expect([status, headers.location]).toEqual([302, 'https://example.com/event-expired']);
    }
    const webhook = JSON.stringify({
      grpIdx,
      webhookEnableYn: 'Y',
      webhookCallbackUrl: 'https://api.example.com/webhook',
    });
    expect(await send('PUT', '/api/link-group/v1/update', webhook), 'the first time').toEqual(
      ok(expect.stringMatching(/^whsec_/)),
    );
    expect(await send('PUT', '/api/link-group/v1/update', webhook), 'never again').toEqual(ok(null));
  });
});
