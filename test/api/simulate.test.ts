import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DESCRIBED_DEVICES, DESCRIBED_VISITORS, userAgentOf } from '../../src/visits/described-visit.ts';
import { RULES } from '../../src/visits/rules.ts';
import { ENGINES } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { Api, type Json, PERSON, PUBLIC_HOST, STRANGER } from './api.ts';

const SLACK = 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)';
const FUTURE = '2090-01-01T00:00:00Z';
const PAST = '2020-01-01T00:00:00Z';
const PASSWORD = 'Open, Sesame!';
const NAMES: readonly string[] = RULES.map(({ name }) => name);

describe.each(ENGINES)('simulated visits on $name', (engine) => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.open(engine);
    api.secrets.add(PASSWORD);
  });
  afterAll(async () => {
    await api.close();
  });

  const simulate = (link: Json, visitor: object = {}, more: object = {}): Promise<Json> =>
    api.ok('POST', '/simulate', { body: { linkId: link.id, visitor, ...more } });
  const ruleIn = (answer: Json, rule: string): Json => answer.rules.find((one: Json) => one.rule === rule);
  const settingIn = (answer: Json, rule: string, name: string): Json =>
    ruleIn(answer, rule).settings.find((one: Json) => one.name === name);

  test('every rule that was asked is told in order, and the last one decides', async () => {
    const link = await api.link({ destination: 'https://example.com/' });
    const answer = await simulate(link);
    expect(answer).toMatchObject({
      linkId: link.id,
      shortUrl: link.shortUrl,
      outcome: 'redirect',
      status: 302,
      destination: 'https://example.com/',
      via: 'web',
      page: null,
      visitor: { kind: 'person', platform: 'other', language: 'en' },
      recorded: { as: 'click', takesSlot: false, qr: false, automated: false, foreign: null, leftOut: false },
      appOpensByItself: null,
      warnings: [],
    });
    expect(answer.rules.map(({ rule }: Json) => rule)).toEqual(NAMES);
    expect(new Set(answer.rules.slice(0, -1).map(({ verdict }: Json) => verdict))).toEqual(
      new Set(['passed']),
    );
    expect(answer.rules.at(-1)).toMatchObject({ verdict: 'decides', reason: 'temporary' });
    for (const { why } of answer.rules) expect(why).toMatch(/^[A-Z].*\.$/);
  });

  test('every setting comes with its source, and what the group overrides is a warning', async () => {
    const group = await api.group({ endsAt: PAST, password: PASSWORD });
    const link = await api.link({
      groupId: group.id,
      settings: { endsAt: FUTURE, startsAt: PAST, password: 'of the link' },
    });
    const answer = await simulate(link);
    expect(answer).toMatchObject({ outcome: 'ended', status: 410, destination: null, via: null });
    expect(settingIn(answer, 'ends', 'endsAt')).toEqual({
      name: 'endsAt',
      value: '2020-01-01T00:00:00.000Z',
      source: 'group',
    });
    expect(settingIn(answer, 'starts', 'startsAt').source).toBe('link');
    expect(settingIn(answer, 'paused', 'paused')).toEqual({
      name: 'paused',
      value: false,
      source: 'default',
    });
    expect(ruleIn(answer, 'ends').why).toBe(
      'It has ended, and visitors are told so (2020-01-01T00:00:00.000Z).',
    );
    expect(answer.warnings).toEqual([
      'The group’s endsAt wins over the link’s (2020-01-01T00:00:00.000Z, and not 2090-01-01T00:00:00.000Z).',
      'The group’s password wins over the link’s.',
      'The link ends before it starts: it is never open.',
    ]);
    await api.ok('PATCH', `/groups/${group.id}`, { body: { settings: { endsAt: null } } });
    const open = await simulate(link);
    expect(open).toMatchObject({ outcome: 'passwordRequired', status: 200, destination: null });
    expect(settingIn(open, 'password', 'password')).toEqual({
      name: 'password',
      value: { isSet: true },
      source: 'group',
    });
    expect(await simulate(link, { passwordGiven: true })).toMatchObject({ outcome: 'redirect' });
  });

  test('the visit that enters the password is told apart from those with its cookie', async () => {
    const of = async (settings: object, visitor: object) => {
      const link = await api.link({ settings: { password: PASSWORD, ...settings } });
      return await simulate(link, { passwordGiven: true, ...visitor });
    };
    const entering = { method: 'POST' };
    for (const [settings, outcome, reason] of [
      [{ pushSubscription: true }, 'pushInvitation', 'invitationAfterForm'],
      [{ redirectType: 200 }, 'forwardPage', 'noPageAfterForm'],
    ] as const) {
      expect(await of(settings, {})).toMatchObject({ outcome, status: 200 });
      const entered = await of(settings, entering);
      expect(entered).toMatchObject({
        outcome: 'redirect',
        status: 303,
        destination: 'https://example.com/',
      });
      expect(entered.rules.map((rule: Json) => rule.reason)).toContain(reason);
    }
    expect(await of({ redirectType: 301 }, {})).toMatchObject({ status: 301 });
    expect(await of({ redirectType: 301 }, entering)).toMatchObject({ status: 303 });
    const over = { endsAt: PAST, expiredUrl: 'https://over.example/ü' };
    expect(await of(over, {})).toMatchObject({ status: 302, destination: 'https://over.example/%C3%BC' });
    expect(await of(over, entering)).toMatchObject({ status: 303 });
  });

  test('d=1 is a look and no visit', async () => {
    const nothing = { as: 'nothing', takesSlot: false };
    const link = await api.link({ settings: { maxClicks: 1 } });
    const looked = await simulate(link, { query: 'a=1&d=1' });
    expect(looked).toMatchObject({
      ...{ outcome: 'flowPage', status: 200, destination: null, via: null, next: null, recorded: nothing },
    });
    expect(looked.rules.at(-1)).toMatchObject({ verdict: 'decides', reason: 'temporary' });
    const apps = { ios: { identifier: 'com.example.ios', customScheme: 'shop' } };
    const inLine = { device: 'iphone', inApp: 'line', query: 'd=1' };
    expect(await simulate(await api.link({ apps }), inLine)).toMatchObject({
      outcome: 'flowPage',
      next: null,
    });
    const paused = await api.link({ settings: { paused: true } });
    expect(await simulate(paused, { query: 'd=1' })).toMatchObject({ outcome: 'flowPage', status: 404 });
    const locked = await api.link({ settings: { password: PASSWORD } });
    expect(await simulate(locked, { query: 'd=1' })).toMatchObject({ outcome: 'passwordRequired' });
    const titled = await api.link({ title: 'Shown' });
    expect(await simulate(titled, { visitor: 'unfurler', query: 'd=1' })).toMatchObject({
      ...{ outcome: 'previewCard', recorded: nothing },
    });
    const named = await api.ok('POST', '/simulate', { body: { url: `${titled.shortUrl}?d=1` } });
    expect(named).toMatchObject({ outcome: 'flowPage', recorded: nothing });
  });

  test('a query that is too long to travel on is one that stays, here as on a visit', async () => {
    const link = await api.link({ destination: 'https://example.com/?own=1' });
    const off = await api.link({ destination: 'https://example.com/', settings: { passQuery: false } });
    const long = 'a=1&'.repeat(1_001);
    const kept = 'The query has more than 4000 characters: nothing of it travels on.';
    const said = await simulate(link, { query: long });
    expect(said).toMatchObject({ destination: 'https://example.com/?own=1', warnings: [kept] });
    expect((await api.visit(`/${link.code}?${long}`)).headers.location).toBe(said.destination);
    expect((await simulate(off, { query: long })).warnings).toEqual([]);
    // Our own marks take no room from it.
    const longest = `a=${'x'.repeat(3_998)}`;
    const marked = await simulate(link, { query: `${longest}&openExternalBrowser=1`, qr: true });
    expect(marked).toMatchObject({ destination: `https://example.com/?own=1&${longest}`, warnings: [] });
    const short = await simulate(link, { query: 'a=1&d=2&qr=5&b' });
    expect(short).toMatchObject({ destination: 'https://example.com/?own=1&a=1&b', warnings: [] });
  });

  test('what a URL has in its query and what is said of it come together', async () => {
    const link = await api.link({ destination: 'https://example.com/', settings: { qrBypass: true } });
    const named = async (query: string, visitor: object) =>
      await api.ok('POST', '/simulate', { body: { url: `${link.shortUrl}${query}`, visitor } });
    expect(await named('?a=1', { query: 'b=2' })).toMatchObject({
      destination: 'https://example.com/?a=1&b=2',
    });
    // As text that was copied has them.
    for (const space of [' ', '\n', '\u00a0']) {
      const url = `${space}${link.shortUrl}?a=1${space}`;
      expect(await api.ok('POST', '/simulate', { body: { url } }), JSON.stringify(space)).toMatchObject({
        destination: 'https://example.com/?a=1',
      });
    }
    expect(await named('?a=1', { qr: true })).toMatchObject({
      destination: 'https://example.com/?a=1',
      recorded: { as: 'nothing' },
    });
    const long = `http://${PUBLIC_HOST}/?link=https%3A%2F%2Fexample.com%2Fp`;
    const ofLong = async (visitor: object) =>
      await api.ok('POST', '/simulate', { body: { url: long, visitor } });
    expect(await ofLong({ query: 'b=2' })).toMatchObject({ destination: 'https://example.com/p?b=2' });
    expect(await ofLong({ query: 'd=1' })).toMatchObject({ outcome: 'flowPage' });
    expect(await ofLong({ query: 'link=https%3A%2F%2Felsewhere.example%2F', qr: true })).toMatchObject({
      destination: 'https://example.com/p',
      recorded: { as: 'click', qr: true },
    });
  });

  test('any instant can be asked about, past or future', async () => {
    const link = await api.link({
      settings: {
        startsAt: '2040-01-01T00:00:00+09:00',
        endsAt: '2041-01-01T00:00:00Z',
        expiredUrl: 'https://over.example/',
      },
    });
    const at = async (instant: string) => await simulate(link, {}, { at: instant });
    expect(await at('2039-12-31T14:59:59.999Z')).toMatchObject({ outcome: 'notStarted', status: 403 });
    expect(await at('2040-01-01T00:00:00+09:00')).toMatchObject({ outcome: 'redirect' });
    expect(await at('2041-01-01T00:00:00Z')).toMatchObject({
      outcome: 'ended',
      status: 302,
      destination: 'https://over.example/',
      at: '2041-01-01T00:00:00.000Z',
    });
    const dying = await api.link({ deleteAt: '2050-01-01T00:00:00Z' });
    expect(await simulate(dying, {}, { at: '2050-01-01T00:00:00Z' })).toMatchObject({
      outcome: 'unknown',
      status: 404,
    });
  });

  test('slots are those of now, or as many as are said', async () => {
    const link = await api.link({ settings: { maxClicks: 2 } });
    await api.visit(`/${link.code}`);
    const now = await simulate(link);
    expect(now).toMatchObject({ outcome: 'redirect', recorded: { as: 'click', takesSlot: true } });
    expect(ruleIn(now, 'limit').why).toContain('(1 of 2 taken).');
    expect(await simulate(link, { slotsTaken: 2 })).toMatchObject({ outcome: 'limitReached', status: 403 });
    expect(await simulate(link, { visitor: 'crawler' })).toMatchObject({
      outcome: 'protected',
      destination: null,
    });
    expect(await simulate(link, { method: 'HEAD' })).toMatchObject({ outcome: 'protected' });
    // Nobody has taken anything by asking.
    expect((await api.visit(`/${link.code}`)).status).toBe(302);
    expect((await api.visit(`/${link.code}`)).status).toBe(403);
  });

  test('what would be recorded follows who comes, and from where', async () => {
    const link = await api.link({ settings: { excludeForeign: true, qrBypass: true } });
    const recorded = async (visitor: object) => (await simulate(link, visitor)).recorded;
    expect(await recorded({ country: 'kr' })).toMatchObject({ as: 'click', foreign: false, leftOut: false });
    expect(await recorded({ country: 'DE' })).toMatchObject({ as: 'click', foreign: true, leftOut: true });
    expect(await recorded({ visitor: 'automated' })).toMatchObject({ as: 'click', automated: true });
    expect(await recorded({ visitor: 'crawler' })).toMatchObject({ as: 'crawler' });
    expect(await recorded({ qr: true })).toMatchObject({ as: 'nothing', qr: false });
    expect(await recorded({ query: 'qr=1' })).toMatchObject({ as: 'nothing' });
    expect(await recorded({ prefetch: true })).toMatchObject({ as: 'nothing' });
    expect(await recorded({ method: 'HEAD' })).toMatchObject({ as: 'nothing' });
  });

  describe('a link with apps', () => {
    const ios = { identifier: 'com.example.ios', appStoreId: '123456789' };
    const android = { identifier: 'com.example.android' };

    test('says step by step why a device gets the app, the store or the web', async () => {
      const link = await api.link({ destination: 'https://example.com/p', apps: { ios, android } });
      const iphone = await simulate(link, { device: 'iphone' });
      expect(iphone).toMatchObject({ outcome: 'redirect', via: 'store' });
      expect(iphone.destination).toContain('https://apps.apple.com/app/id123456789');
      expect(iphone.appSteps.map(({ step, verdict }: Json) => [step, verdict])).toEqual([
        ['association', 'notTaken'],
        ['app', 'notTaken'],
        ['store', 'taken'],
        ['web', 'notTaken'],
      ]);
      expect(iphone.appSteps[1].why).toContain('no URL scheme');
      const pixel = await simulate(link, { device: 'android' });
      expect(pixel).toMatchObject({ via: 'app' });
      expect(pixel.destination).toMatch(
        /^intent:\/\/example\.com\/p#Intent;.*package=com\.example\.android;/,
      );
      expect(pixel.appSteps[2]).toMatchObject({ step: 'store', verdict: 'instead' });
      expect(await simulate(link, { device: 'android', inApp: 'kakaotalk' })).toMatchObject({
        via: 'browser',
        recorded: { as: 'nothing' },
      });
      const inFacebook = await simulate(link, { device: 'android', inApp: 'facebook' });
      expect(inFacebook).toMatchObject({
        outcome: 'openApp',
        status: 200,
        page: { webUrl: 'https://example.com/p' },
      });
      expect(await simulate(link, { device: 'windows' })).toMatchObject({ via: 'web', appSteps: [] });
      expect(await simulate(link, { userAgent: userAgentOf({ device: 'iphone' }) })).toMatchObject({
        via: 'store',
      });
    });

    test('says whether an app that is there opens by itself, and what is missing', async () => {
      const saved = await api.ok('POST', '/apps', { body: { platform: 'ios', name: 'Shop', ...ios } });
      const link = await api.link({ apps: { ios: { savedAppId: saved.id }, android } });
      const without = await simulate(link, { device: 'iphone', appInstalled: true });
      expect(without.appOpensByItself).toMatchObject({ value: false });
      expect(without.apps.ios).toMatchObject({ source: 'saved', savedAppId: saved.id, associated: false });
      expect(without.apps.ios.missing[0]).toContain('teamId');
      expect(without.apps.android).toMatchObject({ source: 'link', savedAppId: null, associated: false });
      expect(without.apps.android.missing[0]).toContain('sha256CertFingerprints');
      await api.ok('PATCH', `/apps/${saved.id}`, { body: { teamId: 'ABCDE12345' } });
      const opens = async (visitor: object) =>
        (await simulate(link, { appInstalled: true, ...visitor })).appOpensByItself.value;
      expect(await opens({ device: 'iphone' })).toBe(true);
      expect(await opens({ device: 'iphone', inApp: 'instagram' })).toBe(false);
      expect(await opens({ device: 'android' })).toBe(false);
      expect(await opens({ device: 'windows' })).toBe(false);
      expect(await opens({ visitor: 'crawler' })).toBe(false);
      expect(await opens({ device: 'iphone', query: 'd=2' })).toBe(true);
      for (const how of [
        ...[{ query: 'd=1' }, { query: 'a=1&d=1' }, { method: 'HEAD' }, { prefetch: true }],
        ...[{ embedded: true }, { method: 'POST', passwordGiven: true }],
      ]) {
        expect(await opens({ device: 'iphone', ...how }), JSON.stringify(how)).toBe(false);
      }
      await api.call('DELETE', `/apps/${saved.id}`);
      const deleted = await simulate(link, { device: 'iphone' });
      expect(deleted.via).toBe('web');
      expect(deleted.warnings).toContain(
        'The saved iOS app of the link was deleted: iPhones and iPads go to the web.',
      );
    });

    test('explain says the same of its settings, apps, destination and preview', async () => {
      const link = await api.link({
        destination: 'https://example.com/p?utm_source=old#there',
        desktopUrl: 'https://desktop.example/',
        campaign: { source: 'mail' },
        apps: { ios, android },
        title: 'Its own',
        social: { description: 'For chats' },
      });
      const explained = await api.ok('GET', `/links/${link.id}/explain`);
      expect(explained.destination).toEqual({
        value: 'https://example.com/p?utm_source=mail#there',
        own: 'https://example.com/p?utm_source=old#there',
        desktop: 'https://desktop.example/?utm_source=mail',
        campaign: { source: 'mail', medium: null, campaign: null, term: null, content: null },
      });
      expect(explained.apps.ios).toMatchObject({ source: 'link', identifier: 'com.example.ios' });
      expect(explained.preview).toEqual({
        shows: 'card',
        title: { value: 'Its own', source: 'link' },
        description: { value: 'For chats', source: 'social' },
        imageUrl: { value: null, source: 'none' },
      });
      expect((await simulate(link)).preview).toEqual(explained.preview);
    });

    describe.each(['kakaotalk', 'line'] as const)('in %s', (inApp) => {
      const device = inApp === 'line' ? 'iphone' : 'android';
      const visit = async (code: string, query: string) =>
        await api.visit(`/${code}${query}`, { 'user-agent': userAgentOf({ device, inApp }) });

      test('tells what is handed over, and what comes of it in the real browser', async () => {
        const link = await api.link({ destination: 'https://example.com/p', apps: { ios, android } });
        const answer = await simulate(link, { device, inApp, query: 'a=1' });
        expect(answer).toMatchObject({
          outcome: 'redirect',
          status: 302,
          via: 'browser',
          recorded: { as: 'nothing' },
          appSteps: [
            { step: 'association', verdict: 'possible' },
            { step: 'app', verdict: 'notTaken' },
            { step: 'store', verdict: 'notTaken' },
            { step: 'web', verdict: 'notTaken' },
          ],
          next: { outcome: 'redirect', status: 302, page: null, recorded: { as: 'click', takesSlot: false } },
        });
        const scan = await simulate(link, { device, inApp, query: 'a=1', qr: true });
        expect((await visit(link.code, '?a=1&qr=1')).headers.location).toBe(scan.destination);
        expect(scan.next.recorded).toMatchObject({ as: 'click', qr: true });
        const { headers } = await visit(link.code, '?a=1');
        expect(headers.location).toBe(answer.destination);
        expect(headers.location).toContain('openExternalBrowser');
        const following = await api.visit(`/${link.code}?a=1&openExternalBrowser=1`, {
          'user-agent': userAgentOf({ device }),
        });
        const ofClick = (url: string) => url.replace(/click_id(%3D|%253D)[0-9a-f]{32}/, 'click_id=');
        expect(ofClick(following.headers.location ?? '')).toBe(ofClick(answer.next.destination));
        expect(answer.next.via).toBe(device === 'iphone' ? 'store' : 'app');
        expect(await simulate(link, { device })).toMatchObject({ next: null });
      });

      test('of a used-up link says what the visit gets', async () => {
        const link = await api.link({ apps: { ios, android }, settings: { maxClicks: 1 } });
        expect((await visit(link.code, '')).status).toBe(302);
        expect(await simulate(link, { device, inApp })).toMatchObject({
          status: 302,
          next: { recorded: { takesSlot: true } },
        });
        expect((await api.visit(`/${link.code}`)).status).toBe(302);
        for (let again = 0; again < 2; again++) {
          const refused = await visit(link.code, '');
          expect([refused.status, refused.headers.location]).toEqual([403, undefined]);
        }
        expect((await visit(link.code, '?d=1')).status).toBe(403);
        expect(await simulate(link, { device, inApp })).toMatchObject({
          outcome: 'limitReached',
          status: 403,
          next: null,
        });
        const head = await api.visit(`/${link.code}`, {}, 'HEAD');
        expect((await simulate(link, { method: 'HEAD' })).status).toBe(head.status);
        const ahead = await api.visit(`/${link.code}`, { 'sec-purpose': 'prefetch' });
        expect((await simulate(link, { prefetch: true })).status).toBe(ahead.status);
      });
    });

    test('an app that is there may open while the link is handed over', async () => {
      const named = { identifier: 'com.example.handed' };
      const saved = await api.ok('POST', '/apps', {
        body: { platform: 'ios', name: 'Handed', teamId: 'ABCDE12345', ...named },
      });
      const link = await api.link({ apps: { ios: named } });
      const opens = async (visitor: object) =>
        (await simulate(link, { appInstalled: true, device: 'iphone', ...visitor })).appOpensByItself;
      expect(await opens({ inApp: 'kakaotalk' })).toMatchObject({
        value: true,
        why: expect.stringContaining('on its way to the device’s own browser'),
      });
      expect(await opens({ inApp: 'kakaotalk', query: 'openExternalBrowser=1' })).toMatchObject({
        value: false,
      });
      expect(await opens({ inApp: 'naver' })).toMatchObject({ value: false });
      const other = await api.link({ apps: { ios } });
      const answer = await simulate(other, { appInstalled: true, device: 'iphone', inApp: 'line' });
      expect(answer.appOpensByItself.value).toBe(false);
      await api.call('DELETE', `/apps/${saved.id}`);
    });
  });

  test('a link is named by its id, its code, its URL, or as a long link', async () => {
    const group = await api.group({ paused: true });
    const link = await api.link({ code: 'named-thrice', groupId: group.id });
    for (const named of [
      { linkId: link.id },
      { code: 'named-thrice' },
      { code: 'named-thrice', domain: PUBLIC_HOST },
      { url: link.shortUrl },
      { url: `${link.shortUrl}/?a=1` },
      { url: ` ${link.shortUrl} ` },
    ]) {
      const answer = await api.ok('POST', '/simulate', { body: named });
      expect(answer, JSON.stringify(named)).toMatchObject({ linkId: link.id, outcome: 'paused' });
    }
    await api.link({ destination: 'https://known.example/' });
    const long = await api.ok('POST', '/simulate', {
      body: {
        url: `http://${PUBLIC_HOST}/?link=https%3A%2F%2Fknown.example%2Fp&ibi=com.example.app&isi=123456789&st=Title`,
        visitor: { device: 'iphone' },
      },
    });
    expect(long).toMatchObject({
      outcome: 'openApp',
      preview: { title: { value: 'Title', source: 'social' } },
    });
    expect(long.destination).toContain('id123456789');
    expect(long.apps.ios).toMatchObject({ identifier: 'com.example.app', savedAppId: null });
    // What its stand-in is called is nobody's title.
    const nameless = `http://${PUBLIC_HOST}/?link=https%3A%2F%2Fknown.example%2Fp`;
    const untitled = await api.ok('POST', '/simulate', {
      body: { url: nameless, visitor: { visitor: 'unfurler' } },
    });
    expect(untitled).toMatchObject({
      outcome: 'redirect',
      preview: { shows: 'page', title: { value: null, source: 'none' } },
    });
    const handed = await api.ok('POST', '/simulate', {
      body: { url: `${nameless}&ibi=com.example.app`, visitor: { device: 'iphone', inApp: 'line' } },
    });
    expect(handed.destination).toBe(`${nameless}&ibi=com.example.app&openExternalBrowser=1`);
    const url = `http://${PUBLIC_HOST}/?link=https%3A%2F%2Fstranger.example%2Fp`;
    await api.refused(422, 'POST', '/simulate', { body: { url } }, ['url']);
  });

  test('a long link of a domain where none was visited leaves no trace, looked at or simulated', async () => {
    const host = 'fresh.example';
    await api.ok('POST', '/domains', { body: { host } });
    await api.link({ destination: 'https://known.example/' });
    const { key } = await api.ok('POST', '/keys', { body: { name: 'reads', scopes: ['links:read'] } });
    const query = 'link=https%3A%2F%2Fknown.example%2Fp&st=Title';
    const before = await api.state();
    const simulated = () => api.ok('POST', '/simulate', { body: { url: `http://${host}/?${query}` }, key });
    expect(await simulated()).toMatchObject({
      linkId: null,
      shortUrl: `http://${host}/`,
      outcome: 'redirect',
      destination: 'https://known.example/p',
      preview: { title: { value: 'Title', source: 'social' } },
    });
    const url = `http://${PUBLIC_HOST}/?${query}`;
    const marker = await api.link({});
    const visits = [{}, { 'user-agent': SLACK }, { 'user-agent': 'curl/8.5.0' }, { purpose: 'prefetch' }];
    for (const headers of visits) {
      for (const method of ['GET', 'HEAD']) {
        const { status } = await api.visit(`/?${query}&d=1`, { host, ...headers }, method);
        expect([200, 503]).toContain(status);
      }
    }
    await api.refused(404, 'POST', '/simulate', { body: { url }, key: STRANGER });
    await api.visit(`/${marker.code}`);
    await until(async () => (await api.ok('GET', `/links/${marker.id}`)).clicks === 1, 'ingest came by');
    await api.ok('DELETE', `/links/${marker.id}`);
    expect((await api.state()).links).toEqual(before.links);

    expect((await api.visit(`/?${query}`, { host })).status).toBe(302);
    const { linkId } = await simulated();
    const standIn = await api.ok('GET', `/links/${linkId}`);
    expect(standIn).toMatchObject({ title: 'Firebase long links', destination: `http://${host}/` });
    await api.visit(`/?${query}&d=1`, { host });
    await api.ok('DELETE', `/links/${linkId}`);
    expect(await simulated()).toMatchObject({ linkId: null, outcome: 'redirect' });
  });

  const broken: [why: string, body: object, fields: string[] | undefined][] = [
    ['no link', {}, ['linkId']],
    ['two links', { linkId: 'lnk_x', code: 'x' }, ['linkId', 'code']],
    ['a domain without a code', { linkId: 'lnk_x', domain: 'x.test' }, ['domain']],
    ['a domain that is none', { code: 'x', domain: 'nowhere.test' }, ['domain']],
    ['a URL of somebody else', { url: 'https://example.com/x' }, ['url']],
    ['a URL that is none', { url: 'javascript:alert(1)' }, ['url']],
    ['the root of a domain', { url: `http://${PUBLIC_HOST}/` }, ['url']],
    ['a password', { code: 'x', visitor: { password: 'secret' } }, undefined],
    ['an unknown device', { code: 'x', visitor: { device: 'toaster' } }, ['visitor.device']],
    [
      'a device and a user agent',
      { code: 'x', visitor: { device: 'iphone', userAgent: 'x' } },
      ['visitor.device'],
    ],
    [
      'a robot with a phone',
      { code: 'x', visitor: { device: 'iphone', visitor: 'crawler' } },
      ['visitor.device'],
    ],
    ['an app on no phone', { code: 'x', visitor: { inApp: 'line' } }, ['visitor.inApp']],
    ['a country that is none', { code: 'x', visitor: { country: 'Korea' } }, ['visitor.country']],
    ['an instant that is none', { code: 'x', at: 'next Tuesday' }, ['at']],
    ['a code with a NUL', { code: 'x\0y' }, ['code']],
    ['a query with its ?', { code: 'x', visitor: { query: '?a=1' } }, ['visitor.query']],
    ['a query with a line break', { code: 'x', visitor: { query: 'a\nb' } }, ['visitor.query']],
    ['no scan, and its mark', { code: 'x', visitor: { qr: false, query: 'qr=1' } }, ['visitor.qr']],
    [
      'no scan of a URL with its mark',
      { url: `http://${PUBLIC_HOST}/x?qr`, visitor: { qr: false } },
      ['visitor.qr'],
    ],
    ['a form without a password', { code: 'x', visitor: { method: 'POST' } }, ['visitor.method']],
    ['a user agent with a NUL', { code: 'x', visitor: { userAgent: 'a\0b' } }, ['visitor.userAgent']],
    ['a user agent in Korean', { code: 'x', visitor: { userAgent: '크롬' } }, ['visitor.userAgent']],
    ['a user agent after a space', { code: 'x', visitor: { userAgent: ' curl/8' } }, ['visitor.userAgent']],
    [
      'a language with a line break',
      { code: 'x', visitor: { language: 'ko\r\nX: y' } },
      ['visitor.language'],
    ],
  ];
  test.each(broken)('%s is refused with the field', async (_, body, fields) => {
    await api.refused(422, 'POST', '/simulate', { body }, fields);
  });

  test('links of another project, and none at all, are not found', async () => {
    const link = await api.link({ code: 'not-yours', destination: 'https://only-mine.example/' });
    for (const body of [{ linkId: link.id }, { code: 'not-yours' }, { url: link.shortUrl }]) {
      const { detail } = await api.refused(404, 'POST', '/simulate', { body, key: STRANGER });
      expect(detail).not.toContain('only-mine');
    }
    for (const body of [
      { linkId: 'lnk_none' },
      { code: 'there-is-none' },
      { url: `http://${PUBLIC_HOST}/none` },
    ]) {
      await api.refused(404, 'POST', '/simulate', { body });
    }
    const url = `http://${PUBLIC_HOST}/?link=https%3A%2F%2Fonly-mine.example%2F`;
    await api.refused(404, 'POST', '/simulate', { body: { url }, key: STRANGER });
  });

  test('nothing is changed and nothing is counted, whatever is simulated', async () => {
    const link = await api.link({ settings: { maxClicks: 5, password: PASSWORD } });
    const before = await api.state();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...DESCRIBED_DEVICES),
        fc.constantFrom(...DESCRIBED_VISITORS),
        fc.record({
          passwordGiven: fc.boolean(),
          qr: fc.boolean(),
          prefetch: fc.boolean(),
          embedded: fc.boolean(),
          method: fc.constantFrom('GET', 'HEAD'),
          query: fc.constantFrom('', 'd=1', 'a=1'),
        }),
        async (device, visitor, more) => {
          const answer = await simulate(link, {
            visitor,
            ...(visitor === 'person' ? { device } : {}),
            ...more,
          });
          if (!more.passwordGiven) expect(JSON.stringify(answer)).not.toContain('"destination":"http');
        },
      ),
      { numRuns: 40 },
    );
    const marker = await api.link();
    await api.visit(`/${marker.code}`, { 'user-agent': PERSON });
    await until(
      async () => (await api.ok('GET', `/links/${marker.id}`)).clicks === 1,
      'the marker is counted',
    );
    expect(await api.ok('GET', `/links/${link.id}`)).toMatchObject({ clicks: 0, visitors: 0, version: 1 });
    expect(ruleIn(await simulate(link, { passwordGiven: true }), 'limit').why).toContain('(0 of 5 taken)');
    await api.call('DELETE', `/links/${marker.id}`);
    const after = await api.state();
    expect(after.groups).toEqual(before.groups);
    expect(after.links.links.filter(({ id }: Json) => id === link.id)).toEqual(
      before.links.links.filter(({ id }: Json) => id === link.id),
    );
    // The marker was made and deleted; nothing else has happened.
    expect(after.changes.changes.length).toBe(Math.min(100, before.changes.changes.length + 2));
  });
});
