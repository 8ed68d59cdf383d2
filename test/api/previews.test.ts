import openGraph from 'open-graph-scraper';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type Behaviour, ScriptedReceiver } from '../support/scripted-receiver.ts';
import { until } from '../support/until.ts';
import { Api, type Json, KEY, PERSON, PUBLIC_HOST, STRANGER } from './api.ts';

const SLACK = 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)';
const KAKAO = 'facebookexternalhit/1.1; kakaotalk-scrap/1.0; +https://devtalk.kakao.com/t/scrap/33984';
const GOOGLEBOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
const INSTAGRAM =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21F90 Instagram 337.0.3.23.54 (iPhone14,5; iOS 17_5_1; ko_KR; ko; scale=3.00; 1170x2532; 615382101)';

const html = (body: string | Uint8Array, charset = 'utf-8'): Behaviour => ({
  kind: 'answer',
  status: 200,
  headers: { 'content-type': `text/html; charset=${charset}` },
  body,
});
/** A link that leaves nothing to its page. */
const SAID = { title: 'Ours', description: 'Our words', imageUrl: 'https://images.example/own.png' };
const PAGE = html(
  '<title>Shop</title><meta property="og:title" content="Spring sale"><meta name="description" content="Half price.">' +
    '<meta property="og:image" content="https://images.example/sale.png">',
);
/** `<title>봄 세일</title>` */
const KOREAN_PAGE = html(Buffer.from('3c7469746c653ebabd20bcbcc0cf3c2f7469746c653e', 'hex'), 'euc-kr');

describe.each(ENGINES)('previews on $name', (engine) => {
  let api: Api;
  let site: ScriptedReceiver;
  let number = 0;
  beforeAll(async () => {
    api = await Api.open(engine, { env: { FETCH_PREVIEWS: 'on' } });
  });
  afterAll(() => api.close());
  // A host of its own for each test, so that none waits for another's turn.
  beforeEach(async () => {
    site = await ScriptedReceiver.open();
  });
  afterEach(() => site.close());

  /** A page nobody has seen yet. */
  const pageAt = (behaviour: Behaviour = PAGE): string => {
    const path = `/page-${++number}`;
    site.script(path, behaviour);
    return site.url(path);
  };
  const preview = (link: Json): Promise<Json> => api.ok('GET', `/links/${link.id}/preview`);
  const read = async (link: Json): Promise<Json> => {
    await until(
      async () => ['found', 'failed'].includes((await preview(link)).page.state),
      'the page was read',
    );
    return (await preview(link)).page;
  };
  /** What a parser of somebody else's finds, over HTTP. */
  const cardOf = async (link: Json, userAgent = SLACK): Promise<Json> => {
    const { result } = await openGraph({
      url: `http://127.0.0.1:${api.port}/${link.code}`,
      fetchOptions: { headers: { 'user-agent': userAgent } },
    });
    return result;
  };
  const sees = (link: Json, userAgent: string, path = `/${link.code}`) =>
    api.visit(path, { 'user-agent': userAgent });

  describe('a card, as a parser of somebody else’s reads it', () => {
    const OWN = { title: 'Our title', description: 'Our words', imageUrl: 'https://images.example/own.png' };
    const SOCIAL = {
      title: 'Shared title',
      description: 'Shared words',
      imageUrl: 'https://images.example/shared.png',
    };

    it('has what was written for sharing', async () => {
      const link = await api.link({ destination: pageAt(), ...OWN, social: SOCIAL });
      expect(await cardOf(link)).toMatchObject({
        success: true,
        ogTitle: SOCIAL.title,
        ogDescription: SOCIAL.description,
        ogImage: [{ url: SOCIAL.imageUrl }],
        ogUrl: `http://${PUBLIC_HOST}/${link.code}`,
        twitterCard: 'summary_large_image',
      });
      expect(site.received, 'nothing is asked for that is known').toEqual([]);
    });

    it('else what the link says of itself', async () => {
      const link = await api.link({ destination: pageAt(), ...OWN });
      expect(await cardOf(link)).toMatchObject({
        ogTitle: OWN.title,
        ogDescription: OWN.description,
        ogImage: [{ url: OWN.imageUrl }],
      });
      expect(site.received).toEqual([]);
    });

    it('else what its page says, which is read once', async () => {
      const link = await api.link({ destination: pageAt() });
      for (const reader of [SLACK, KAKAO, SLACK]) {
        expect(await cardOf(link, reader)).toMatchObject({
          ogTitle: 'Spring sale',
          ogDescription: 'Half price.',
          ogImage: [{ url: 'https://images.example/sale.png' }],
          ogUrl: `http://${PUBLIC_HOST}/${link.code}`,
        });
      }
      expect(site.received).toHaveLength(1);
    });

    it('and what the link does not say, its page says', async () => {
      const link = await api.link({ destination: pageAt(), description: 'Our words' });
      expect(await cardOf(link)).toMatchObject({ ogTitle: 'Spring sale', ogDescription: 'Our words' });
    });

    it('field by field: a link with a title alone has the words and the picture of its page', async () => {
      const link = await api.link({ destination: pageAt(), title: 'Our title' });
      expect(await cardOf(link)).toMatchObject({
        ogTitle: 'Our title',
        ogDescription: 'Half price.',
        ogImage: [{ url: 'https://images.example/sale.png' }],
      });
      const bare = await api.link({
        destination: pageAt(),
        social: { description: 'Shared words' },
        title: 'Own',
      });
      expect(await cardOf(bare)).toMatchObject({
        ogTitle: 'Own',
        ogDescription: 'Shared words',
        ogImage: [{ url: 'https://images.example/sale.png' }],
      });
      site.received.splice(0);
      const slow = await api.link({ destination: pageAt({ kind: 'hang' }), title: 'Our title' });
      expect(await cardOf(slow)).toMatchObject({ ogTitle: 'Our title' });
    });

    it('is in Korean where the page is', async () => {
      const link = await api.link({ destination: pageAt(KOREAN_PAGE) });
      expect(await cardOf(link, KAKAO)).toMatchObject({ ogTitle: '봄 세일' });
    });

    it('is not had read by whoever only asks what would be', async () => {
      const { links } = await api.ok('POST', '/links/bulk', { body: { links: [{ destination: pageAt() }] } });
      const [link] = links;
      for (const visitor of [{}, { visitor: 'unfurler' }, { device: 'iphone' }]) {
        const { preview: told } = await api.ok('POST', '/simulate', { body: { linkId: link.id, visitor } });
        expect(told).toMatchObject({ shows: 'page', title: { value: null, source: 'none' } });
      }
      expect((await api.ok('GET', `/links/${link.id}/explain`)).preview.shows).toBe('page');
      // Another page is read meanwhile, so that this one would have been.
      await read(await api.link({ destination: pageAt() }));
      expect((await preview(link)).page.state).toBe('unread');
      expect(site.received).toHaveLength(1);
    });

    it('never names the destination', async () => {
      const destination = pageAt();
      const link = await api.link({ destination });
      const { text, status } = await sees(link, SLACK);
      expect(status).toBe(200);
      expect(text).not.toContain(new URL(destination).pathname);
      expect(text).not.toContain(new URL(destination).host);
    });

    it('cannot be broken out of by the page', async () => {
      const link = await api.link({
        destination: pageAt(html('<title>&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;</title>')),
      });
      const { text } = await sees(link, SLACK);
      expect(text).not.toContain('<script>');
      expect(await cardOf(link)).toMatchObject({ ogTitle: '"><script>alert(1)</script>' });
    });

    it('is the same on the page of a link that answers 200', async () => {
      const link = await api.link({ destination: pageAt(), settings: { redirectType: 200 } });
      await read(link);
      expect(await cardOf(link, PERSON)).toMatchObject({
        ogTitle: 'Spring sale',
        ogDescription: 'Half price.',
        ogImage: [{ url: 'https://images.example/sale.png' }],
      });
    });

    it('is the same on the page that leads into an app', async () => {
      const link = await api.link({
        destination: pageAt(),
        apps: { ios: { identifier: 'com.example.shop', customScheme: 'shop' } },
      });
      await read(link);
      const { status, text } = await sees(link, INSTAGRAM);
      expect(status).toBe(200);
      expect(text).toContain('<meta property="og:title" content="Spring sale">');
      expect(await cardOf(link, INSTAGRAM)).toMatchObject({ ogTitle: 'Spring sale' });
    });

    it.each<[string, string, object]>([
      ['that answers 200', PERSON, { settings: { redirectType: 200 } }],
      ['that asks about notifications', PERSON, { settings: { pushSubscription: true } }],
      [
        'that leads into an app',
        INSTAGRAM,
        { apps: { ios: { identifier: 'com.example.shop', customScheme: 'shop' } } },
      ],
    ])(
      'has on the page %s what the link says of itself, and the rest from its page',
      async (_what, agent, of) => {
        const link = await api.link({ destination: pageAt(), title: 'Ours', ...of });
        await read(link);
        const card = await cardOf(link, SLACK);
        expect(card).toMatchObject({
          ogTitle: 'Ours',
          ogDescription: 'Half price.',
          ogImage: [{ url: 'https://images.example/sale.png' }],
        });
        const { ogTitle, ogDescription, ogImage } = card;
        expect(await cardOf(link, agent)).toMatchObject({ ogTitle, ogDescription, ogImage });
      },
    );

    it('is the same on the page that asks about notifications', async () => {
      const link = await api.link({ destination: pageAt(), settings: { pushSubscription: true } });
      await read(link);
      expect(await cardOf(link, PERSON)).toMatchObject({ ogTitle: 'Spring sale' });
    });
  });

  describe('a reader of previews', () => {
    it('waits for a page that has not been read', async () => {
      const link = await api.link({ destination: pageAt({ ...PAGE, afterMs: 100 } as Behaviour) });
      expect((await sees(link, SLACK)).text).toContain('content="Spring sale"');
    });

    it('is recorded as a crawler that was here, and counts nothing', async () => {
      const link = await api.link({ title: 'Card' });
      expect((await sees(link, SLACK)).text).toContain('content="Card"');
      await api.visit(`/${link.code}`, { 'user-agent': SLACK }, 'HEAD');
      await api.visit(`/${link.code}`);
      await until(async () => (await api.ok('GET', `/links/${link.id}`)).clicks === 1, 'ingest came by');
      const { totals } = await api.ok('GET', `/stats?linkId=${link.id}&crawlers=include`);
      expect(totals).toMatchObject({ clicks: 2, crawlers: 1 });
      expect((await api.ok('GET', `/stats?linkId=${link.id}`)).totals).toMatchObject({ clicks: 1 });
      expect((await api.ok('GET', `/links/${link.id}`)).clicks).toBe(1);
    });

    it('is led on when the page takes too long, and finds the card later', async () => {
      const led = Promise.withResolvers<void>();
      const destination = pageAt({ ...PAGE, after: led.promise } as Behaviour);
      const link = await api.link({ destination });
      const started = performance.now();
      expect(await sees(link, SLACK)).toMatchObject({ status: 302, headers: { location: destination } });
      // The page itself is given up after five seconds.
      expect(performance.now() - started).toBeLessThan(4_800);
      led.resolve();
      await read(link);
      expect((await sees(link, SLACK)).text).toContain('content="Spring sale"');
    });

    it.each<[string, Behaviour]>([
      ['is no page', { kind: 'answer', status: 404 }],
      ['says nothing of itself', html('<p>Hello</p>')],
    ])('is led on to what %s', async (_why, behaviour) => {
      const destination = pageAt(behaviour);
      const link = await api.link({ destination });
      await read(link);
      expect(await sees(link, SLACK)).toMatchObject({ status: 302, headers: { location: destination } });
    });

    it('has pages read of links that were made many at a time, which are not read before', async () => {
      const destination = pageAt();
      const { links } = await api.ok('POST', '/links/bulk', { body: { links: [{ destination }] } });
      expect((await preview(links[0])).page.state).toBe('unread');
      expect((await sees(links[0], SLACK)).text).toContain('content="Spring sale"');
    });

    it('chooses no page by a long link: where that leads is its own word', async () => {
      await api.link({ destination: site.url('/known'), ...SAID });
      const chosen = pageAt();
      const answer = await api.visit(`/?link=${encodeURIComponent(chosen)}`, { 'user-agent': SLACK });
      expect(answer).toMatchObject({ status: 302, headers: { location: chosen } });
      expect(site.received).toEqual([]);
    });

    it('is no crawler, which is led on', async () => {
      const destination = pageAt();
      const link = await api.link({ destination });
      await read(link);
      expect(await sees(link, GOOGLEBOT)).toMatchObject({ status: 302, headers: { location: destination } });
    });
  });

  describe('a protected link', () => {
    /** Nothing of the page, whoever asks in whichever way. */
    const expectSilence = async (link: Json) => {
      for (const userAgent of [SLACK, KAKAO, GOOGLEBOT, PERSON, INSTAGRAM, 'curl/8.5.0']) {
        for (const method of ['GET', 'HEAD']) {
          const answer = await api.visit(`/${link.code}`, { 'user-agent': userAgent }, method);
          const said = `${answer.text}${JSON.stringify(answer.headers)}`;
          expect(said, `${method} by ${userAgent}`).not.toMatch(/Spring sale|Half price|sale\.png/);
          expect(said, `${method} by ${userAgent}`).not.toContain(new URL(link.destination).host);
        }
      }
    };
    const HOUR_MS = 60 * 60 * 1000;
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();

    it.each<[string, object]>([
      ['a password', { password: 'sesame' }],
      ['a start to come', { startsAt: at(HOUR_MS) }],
      ['an end that has passed', { endsAt: at(-HOUR_MS) }],
      ['a pause', { paused: true }],
    ])('shows nothing of its page: %s', async (_what, settings) => {
      for (const redirectType of [302, 200]) {
        const link = await api.link({
          destination: pageAt(),
          settings: { redirectType, ...settings },
          apps: { ios: { identifier: 'com.example.shop', customScheme: 'shop' } },
        });
        await read(link);
        await expectSilence(link);
        expect(site.at(new URL(link.destination).pathname)).toHaveLength(1);
      }
    });

    it('shows nothing of its page when a shown one becomes protected, by itself or its group', async () => {
      const group = await api.group({});
      const link = await api.link({
        destination: pageAt(),
        groupId: group.id,
        settings: { redirectType: 200 },
      });
      await read(link);
      for (const userAgent of [SLACK, PERSON]) {
        expect((await sees(link, userAgent)).text).toContain('Spring sale');
      }
      await api.ok('PATCH', `/groups/${group.id}`, { body: { settings: { password: 'sesame' } } });
      await expectSilence(link);
      await api.ok('PATCH', `/groups/${group.id}`, { body: { settings: { password: null } } });
      expect((await sees(link, SLACK)).text).toContain('Spring sale');
      await api.ok('PATCH', `/links/${link.id}`, { body: { settings: { password: 'sesame' } } });
      await expectSilence(link);
    });

    it('shows its page to no robot while it has a limit, and to people while slots are left', async () => {
      const link = await api.link({
        destination: pageAt(),
        settings: { redirectType: 200, maxClicks: 1 },
      });
      await read(link);
      for (const robot of [SLACK, GOOGLEBOT]) {
        expect((await sees(link, robot)).text).not.toMatch(/Spring sale|sale\.png/);
      }
      expect((await sees(link, PERSON)).text).toContain('Spring sale');
      await expectSilence(link);
    });

    it('has no page read because somebody asks', async () => {
      const destination = pageAt();
      const { links } = await api.ok('POST', '/links/bulk', {
        body: { links: [{ destination, settings: { password: 'sesame' } }] },
      });
      await expectSilence(links[0]);
      expect((await preview(links[0])).page.state).toBe('unread');
      expect(site.received).toEqual([]);
    });

    it('is told so by simulate and explain, and what chats saw before', async () => {
      const link = await api.link({ destination: pageAt(), description: 'Our words' });
      await read(link);
      const told = async (visitor: object) => [
        (await api.ok('POST', '/simulate', { body: { linkId: link.id, visitor } })).preview,
        (await api.ok('GET', `/links/${link.id}/explain`)).preview,
      ];
      const card = {
        shows: 'card',
        title: { value: 'Spring sale', source: 'page' },
        description: { value: 'Our words', source: 'link' },
        imageUrl: { value: 'https://images.example/sale.png', source: 'page' },
      };
      for (const visitor of [{}, { visitor: 'unfurler' }]) expect(await told(visitor)).toEqual([card, card]);
      await api.ok('PATCH', `/links/${link.id}`, {
        body: { title: 'Our secret', settings: { password: 'sesame' } },
      });
      const none = { value: null, source: 'none' };
      const closed = { shows: 'protected', title: none, description: none, imageUrl: none };
      for (const visitor of [{ passwordGiven: true }, { visitor: 'unfurler' }]) {
        expect(await told(visitor)).toEqual([closed, closed]);
      }
      await api.ok('PATCH', `/links/${link.id}`, { body: { settings: { password: null, paused: true } } });
      expect(await told({})).toMatchObject([{ shows: 'notice', title: none }, { shows: 'notice' }]);
    });

    it('shows nothing that was waited for while it became protected', async () => {
      const link = await api.link({ destination: pageAt({ ...PAGE, afterMs: 700 } as Behaviour) });
      const seen = sees(link, SLACK);
      await until(() => site.received.length > 0, 'the page is being read');
      await api.ok('PATCH', `/links/${link.id}`, { body: { settings: { password: 'sesame' } } });
      const answer = await seen;
      expect(answer.text).not.toContain('Spring sale');
      expect(answer.status).toBe(200);
    });
  });

  describe('who asks how a link looks', () => {
    it('is told where everything comes from', async () => {
      const destination = pageAt();
      const link = await api.link({ destination, description: 'Our words' });
      await read(link);
      expect(await preview(link)).toEqual({
        card: {
          title: 'Spring sale',
          description: 'Our words',
          imageUrl: 'https://images.example/sale.png',
        },
        page: {
          url: destination,
          state: 'found',
          title: 'Spring sale',
          description: 'Half price.',
          imageUrl: 'https://images.example/sale.png',
          problem: null,
          fetchedAt: expect.stringMatching(/^\d{4}-/),
        },
      });
    });

    it('is told why there is no card, and has the page read again when it is mended', async () => {
      const link = await api.link({ destination: pageAt({ kind: 'answer', status: 404 }) });
      expect(await read(link)).toMatchObject({ state: 'failed', problem: 'It answers with status 404.' });
      expect((await preview(link)).card).toBeNull();
      site.script(new URL(link.destination).pathname, PAGE);
      const again = await api.ok('POST', `/links/${link.id}/preview`);
      expect(again).toMatchObject({
        card: { title: 'Spring sale' },
        page: { state: 'found', problem: null },
      });
      expect((await sees(link, SLACK)).text).toContain('Spring sale');
    });

    it('sees what was found before while the page is away', async () => {
      const link = await api.link({ destination: pageAt() });
      await read(link);
      site.script(new URL(link.destination).pathname, { kind: 'answer', status: 410 });
      expect(await api.ok('POST', `/links/${link.id}/preview`)).toMatchObject({
        card: { title: 'Spring sale' },
        page: { state: 'failed', problem: 'It answers with status 410.' },
      });
      expect((await sees(link, SLACK)).text).toContain('Spring sale');
    });

    it('is told that a short link of ours is no page', async () => {
      const link = await api.link({ destination: `http://${PUBLIC_HOST}/hello` });
      expect(await read(link)).toMatchObject({
        state: 'failed',
        problem: 'It leads to a short link of this installation.',
      });
    });

    it('sees nobody else’s', async () => {
      const link = await api.link({ destination: pageAt(), ...SAID });
      for (const method of ['GET', 'POST']) {
        await api.refused(404, method, `/links/${link.id}/preview`, { key: STRANGER });
      }
      expect(site.received).toEqual([]);
    });
  });

  it('a changed destination, or a title taken away, has its page read', async () => {
    const link = await api.link({ destination: 'http://127.0.0.1:9/', ...SAID });
    const destination = pageAt();
    await api.ok('PATCH', `/links/${link.id}`, { body: { destination } });
    expect((await preview(link)).page.state).toBe('unread');
    await api.ok('PATCH', `/links/${link.id}`, { body: { title: '' } });
    expect(await read(link)).toMatchObject({ title: 'Spring sale' });
    const other = pageAt(KOREAN_PAGE);
    await api.ok('PATCH', `/links/${link.id}`, { body: { destination: other } });
    expect(await read(link)).toMatchObject({ title: '봄 세일' });
  });

  it('the Vivoldi list calls a link without a title as its page is called', async () => {
    const send = async (method: string, path: string, body?: object): Promise<Json> => {
      const answer = await api.send(method, path, body && JSON.stringify(body), {
        authorization: `APIKey ${KEY}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      });
      return answer.json;
    };
    const named = async (ttl?: string) => {
      const { result } = await send('POST', '/api/link/v2/create', {
        url: pageAt(),
        ...(ttl ? { ttl } : {}),
      });
      return String(result).split('/').at(-1);
    };
    const listed = async (linkId: string | undefined): Promise<string> => {
      const { result } = await send('GET', `/api/link/v1/list?linkId=${linkId}&domain=${PUBLIC_HOST}`);
      return (result.list ?? result.data ?? result.items ?? result)[0].ttl;
    };
    const code = await named();
    await until(async () => (await listed(code)) !== '', 'the page was read');
    expect(await listed(code)).toBe('Spring sale');
    expect(await listed(await named('Ours'))).toBe('Ours');
  });
});

describe('without FETCH_PREVIEWS', () => {
  it('no page is read, and whoever asks for it is told why', async () => {
    const site = await ScriptedReceiver.open();
    const api = await Api.open();
    try {
      site.script('/', PAGE);
      const link = await api.link({ destination: site.url('/') });
      expect(await api.visit(`/${link.code}`, { 'user-agent': SLACK })).toMatchObject({ status: 302 });
      const { detail } = await api.refused(409, 'POST', `/links/${link.id}/preview`);
      expect(detail).toContain('FETCH_PREVIEWS');
      expect((await api.ok('GET', `/links/${link.id}/preview`)).page.state).toBe('unread');
      expect(site.connections).toBe(0);
    } finally {
      await api.close();
      await site.close();
    }
  });
});
