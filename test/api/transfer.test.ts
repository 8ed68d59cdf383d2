import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRows } from '../../src/transfer/read-rows.ts';
import { ENGINES, type Engine, SQLITE } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { Api, type Json, KEY, LIBRARY_WORDS, PERSON, STRANGER } from './api.ts';

/** Not by `call`: an export is the one answer that has hashes in it. */
async function exported(api: Api, format = 'ndjson', key = KEY): Promise<string> {
  const answer = await api.send('GET', `/api/v1/export?format=${format}`, undefined, {
    authorization: `Bearer ${key}`,
  });
  expect(answer.status, answer.text).toBe(200);
  expect(answer.headers['cache-control']).toBe('no-store');
  return answer.text;
}

function linesOf(text: string): Json[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** Without the line that says when. */
function contentOf(text: string): string {
  return text.slice(text.indexOf('\n') + 1);
}

async function importInto(api: Api, rows: readonly Json[], more: object = {}): Promise<Json[]> {
  const outcomes: Json[] = [];
  for (let at = 0; at < rows.length; at += 7) {
    const body = { rows: rows.slice(at, at + 7), ...more };
    outcomes.push(...(await api.ok('POST', '/imports', { body })).outcomes);
  }
  return outcomes;
}

/** A project with something of everything, made through the API as people make it. */
async function fill(api: Api): Promise<{ [K in 'open' | 'clicked' | 'limited' | 'group' | 'app']: Json }> {
  await api.ok('PATCH', '/project', {
    body: {
      name: 'Acme',
      timeZone: 'Europe/Berlin',
      homeCountry: 'DE',
      notificationAddresses: ['ann@example.com'],
    },
  });
  await api.ok('POST', '/domains', { body: { host: 'links.acme.test', pathPrefix: 'share' } });
  const group = await api.group(
    { endsAt: false, password: 'group-secret', redirectType: 301 },
    'Künste, "quoted"',
  );
  await api.group(
    { webhookEnabled: true, webhookUrl: 'https://hooks.example.com/x', webhookMetric: 'visitors' },
    'Hooked',
  );
  await api.group({}, 'Empty');
  const app = await api.ok('POST', '/apps', {
    body: {
      ...{ platform: 'ios', name: 'Acme', identifier: 'com.acme.app', teamId: 'ABCDE12345' },
      ...{ customScheme: 'acme', appStoreId: '123456789', minVersion: '2.0.0', minOsVersion: '14.0' },
    },
  });
  const gone = await api.link({ code: 'gone' });
  await api.ok('DELETE', `/links/${gone.id}`);
  const open = await api.link({
    ...{
      code: 'open',
      title: '=1+1',
      description: 'two\nlines',
      imageUrl: 'https://a.test/i.png',
      memo: '\u202emem',
    },
    ...{ tags: ['a,b', 'z'], metadata: { 10: 'ten', 2: 'two', ' x': ' y ' }, externalId: 'ext-1' },
    settings: {
      ...{ password: 'open sesame', statsPassword: 'numbers', maxClicks: 5, passQuery: false },
      ...{
        startsAt: '2020-01-01T00:00:00Z',
        endsAt: '2090-01-01T00:00:00.001Z',
        expiredUrl: 'https://a.test/over',
      },
    },
    campaign: { source: 'news', content: 'ü' },
    social: { title: 'Look', imageUrl: 'https://a.test/s.png' },
    apps: {
      ios: { savedAppId: app.id },
      android: {
        identifier: 'com.acme.droid',
        storeUrl: 'https://a.test/get',
        deepLink: 'https://a.test/deep',
      },
    },
    appRouting: { forceRedirect: true, ct: 'camp' },
    ...{ desktopUrl: 'https://a.test/desk', deleteAt: '2099-01-01T00:00:00Z' },
  });
  const clicked = await api.link({ destination: 'https://example.com/clicked', groupId: null });
  await api.link({ code: 'grouped', groupId: group.id, destination: 'https://example.com/한?q=%20' });
  await api.link({ code: 'elsewhere', domain: 'links.acme.test/share', settings: { paused: true } });
  expect((await api.visit('/?link=https%3A%2F%2Fexample.com%2Flong')).status).toBe(302);
  for (let n = 0; n < 20; n++) await api.link({ tags: [`n${n}`] });
  const limited = await api.link({ settings: { maxClicks: 5, qrBypass: true } });
  // The SDK names these in an order of its own.
  const campaign = { campaign: 'spring', term: 'shoes', source: 'app', content: 'top', medium: 'push' };
  const social = { socialImageUrl: 'https://a.test/s.png', socialTitle: 'Look' };
  await api.ok('POST', '/dynamic-link', { body: { deepLink: 'https://a.test/sdk', ...campaign, ...social } });
  await api.ok('PATCH', `/links/${clicked.id}`, { body: { campaign: { content: 'late' } } });
  await api.ok('PATCH', `/links/${clicked.id}`, { body: { campaign: { source: 'later' } } });
  return { open, clicked, limited, group, app };
}

const PAIRS = ENGINES.map((engine, at) => ({
  from: engine,
  to: ENGINES[(at + 1) % ENGINES.length] as Engine,
  name: `${engine.name} to ${ENGINES[(at + 1) % ENGINES.length]?.name}`,
}));

describe.each(PAIRS)('everything moves from $name', ({ from, to }) => {
  let old: Api;
  let fresh: Api;
  let made: Awaited<ReturnType<typeof fill>>;
  let outcomes: Json[];
  beforeAll(async () => {
    [old, fresh] = [await Api.open(from), await Api.open(to)];
    made = await fill(old);
    for (const agent of ['140', '141', '141'])
      await old.visit(`/${made.clicked.code}`, { 'user-agent': PERSON.replace('140', agent) });
    for (const query of ['', '?qr=1', '?qr=1']) await old.visit(`/${made.limited.code}${query}`);
    await until(
      async () => (await old.ok('GET', `/links/${made.clicked.id}`)).clicks === 3,
      'the clicks were counted',
    );
    await until(
      async () => linesOf(await exported(old)).some(({ limitUsed }) => limitUsed === 3),
      'the slots were counted',
    );
    outcomes = await importInto(fresh, linesOf(await exported(old)).slice(1));
  });
  afterAll(async () => {
    await old.close();
    await fresh.close();
  });

  test('and out again as the same bytes', async () => {
    expect(outcomes.filter(({ outcome }) => outcome === 'refused')).toEqual([]);
    expect(outcomes.filter(({ outcome }) => outcome === 'exists')).toHaveLength(1);
    const before = await exported(old);
    expect(linesOf(before)[0]).toEqual({
      kind: 'switchyard-export',
      version: 2,
      exportedAt: expect.any(String),
    });
    expect(linesOf(before).filter(({ kind }) => kind === 'link')).toHaveLength(27);
    expect(contentOf(await exported(fresh))).toBe(contentOf(before));
    expect(await exported(fresh, 'csv')).toBe(await exported(old, 'csv'));
  });

  test('a click limit goes on where it was, scans that counted nowhere else included', async () => {
    const path = `/${made.limited.code}`;
    const answers: number[] = [];
    for (let n = 0; n < 4; n++) answers.push((await fresh.visit(path)).status);
    expect(answers).toEqual([302, 302, 403, 403]);
  });

  test('and every line once more changes nothing', async () => {
    const before = await fresh.state();
    const again = await importInto(fresh, linesOf(await exported(old)).slice(1));
    expect(new Set(again.map(({ outcome }) => outcome))).toEqual(new Set(['exists']));
    expect(await fresh.state()).toEqual(before);
  });

  test('and links are what they were to people: clicks, passwords, groups, apps', async () => {
    expect(await fresh.ok('GET', `/links/${made.clicked.id}`)).toMatchObject({ clicks: 3, visitors: 2 });
    const form = {
      'content-type': 'application/x-www-form-urlencoded',
      host: 'go.test',
      'user-agent': PERSON,
    };
    const enter = (path: string, password: string) =>
      fresh.send('POST', path, new URLSearchParams({ password }).toString(), form);
    expect((await fresh.visit('/open')).text).not.toContain('https://example.com/');
    expect((await enter('/open', 'wrong')).status).not.toBe(303);
    expect((await enter('/open', 'open sesame')).status).toBe(303);
    expect((await enter('/grouped', 'group-secret')).status).toBe(303);
    expect((await fresh.visit('/share/elsewhere', { host: 'links.acme.test' })).status).toBe(404);

    await fresh.ok('PATCH', `/groups/${made.group.id}`, { body: { settings: { password: null } } });
    expect((await fresh.visit('/grouped')).headers.location).toContain('https://example.com/');
    await fresh.ok('PATCH', `/apps/${made.app.id}`, { body: { minVersion: '9' } });
    const { apps } = await fresh.ok('GET', `/links/${made.open.id}`);
    expect(apps.ios).toMatchObject({ savedAppId: made.app.id, minVersion: '9' });
    await fresh.visit('/?link=https%3A%2F%2Fexample.com%2Flong');
    expect(linesOf(await exported(fresh)).filter(({ standsForLongLinks: is }) => is)).toHaveLength(1);
    await fresh.visit(`/${made.clicked.code}`);
    await until(
      async () => (await fresh.ok('GET', `/links/${made.clicked.id}`)).clicks === 4,
      'it counts on',
    );
  });
});

test('a link that would lead to itself here holds nothing else up', async () => {
  const old = await Api.open(SQLITE);
  const fresh = await Api.open(SQLITE, { publicUrl: 'http://links.test' });
  try {
    // It leads elsewhere only as long as no link of that name is there.
    for (const [code, destination] of [
      ['before', 'https://example.com/1'],
      ['circle', 'http://links.test/circle?a=1'],
      ['behind', 'https://example.com/3'],
    ])
      await old.link({ code, destination });
    const rows = linesOf(await exported(old)).slice(1);
    const table = [
      { kind: 'link', code: 'one', destination: 'https://example.com/' },
      { kind: 'link', code: 'two', destination: 'http://links.test/two' },
      { kind: 'link', code: 'three', destination: 'https://example.com/' },
    ];
    for (const dryRun of [true, false]) {
      for (const all of [rows, table]) {
        const { outcomes } = await fresh.ok('POST', '/imports', { body: { rows: all, dryRun } });
        const links = outcomes.filter((_: Json, at: number) => all[at].kind === 'link');
        expect(links.map(({ outcome, reason }: Json) => [outcome, reason])).toEqual([
          ['created', null],
          ['refused', 'destination: is the short URL of the link itself; say where it leads'],
          ['created', null],
        ]);
      }
      const { links } = await fresh.ok('GET', '/links');
      const codes = links.map(({ code }: Json) => code);
      expect(codes.sort()).toEqual(dryRun ? [] : ['before', 'behind', 'one', 'three']);
    }
  } finally {
    await old.close();
    await fresh.close();
  }
});

describe('no link comes in more open than it was', () => {
  let old: Api;
  let fresh: Api;
  beforeAll(async () => {
    [old, fresh] = [await Api.open(SQLITE), await Api.open(SQLITE)];
  });
  afterAll(async () => {
    await old.close();
    await fresh.close();
  });

  test('a table carries what the group of a link protects it with', async () => {
    const protections = {
      ...{ password: 'group-secret', paused: true, maxClicks: 1 },
      ...{ startsAt: '2090-01-01T00:00:00Z', endsAt: '2020-01-01T00:00:00Z' },
    };
    for (const [name, value] of Object.entries(protections)) {
      const group = await old.group({ [name]: value }, `Guarded by ${name}`);
      await old.link({ code: `by-${name}`, groupId: group.id });
      await old.link({ code: `own-${name}`, groupId: group.id, settings: { paused: false } });
      // Of the same name, and without what protects.
      await fresh.group({}, group.name);
    }
    const expired = await old.group(
      { endsAt: '2020-01-01T00:00:00Z', expiredUrl: 'https://a.test/over' },
      'X',
    );
    await old.link({ code: 'over', groupId: expired.id });
    const lifted = await old.group({ password: false, qrBypass: false }, 'Lifted');
    await old.link({
      code: 'lifted',
      groupId: lifted.id,
      settings: { password: 'its own', maxClicks: 1, qrBypass: true },
    });
    await old.visit('/by-maxClicks');
    await old.visit('/lifted?qr=1');
    await until(
      async () => linesOf(await exported(old)).filter(({ clicks }) => clicks === 1).length === 2,
      'the clicks were counted',
    );

    const rows: Json[] = [];
    const notes: string[] = [];
    const bytes = (async function* (text: string) {
      yield Buffer.from(text);
    })(await exported(old, 'csv'));
    for await (const { reading } of readRows('csv', bytes)) {
      if (!('row' in reading)) throw new Error(reading.problem);
      rows.push(reading.row as Json);
      notes.push(...reading.notes);
    }
    const outcomes = await importInto(fresh, rows);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(rows.map(() => 'created'));
    expect(notes).toEqual([
      expect.stringMatching(/^is paused, because the file does not tell its password/),
      expect.stringMatching(/^is paused, because the file does not tell its password/),
    ]);
    const seen = async (api: Api, path: string) => {
      const { status, headers, text } = await api.visit(path);
      return status === 200 || status >= 400 ? !text.includes('https://example.com') : headers.location;
    };
    for (const { code } of rows)
      expect([code, await seen(fresh, `/${code}`)]).toEqual([code, await seen(old, `/${code}`)]);
    for (const name of Object.keys(protections)) expect(await seen(fresh, `/by-${name}`)).toBe(true);
  });

  test('a table has saved apps written out, and the link that stands for long links', async () => {
    const [from, to] = [await Api.open(SQLITE), await Api.open(SQLITE)];
    try {
      const saved = { platform: 'ios', name: 'Acme', identifier: 'com.acme.app', customScheme: 'acme' };
      const app = await from.ok('POST', '/apps', { body: { ...saved, appStoreId: '123456789' } });
      await from.link({ code: 'opens', apps: { ios: { savedAppId: app.id } } });
      const long = '/?link=https%3A%2F%2Fexample.com%2Flong';
      for (const api of [from, to]) {
        await api.link({ code: api === from ? 'known' : 'known-too' });
        expect((await api.visit(long)).status).toBe(302);
      }
      const { links } = await from.ok('GET', '/links?search=Firebase');
      await from.ok('PATCH', `/links/${links[0].id}`, { body: { settings: { paused: true } } });
      await until(
        async () => linesOf(await exported(from)).some(({ clicks }) => clicks === 1),
        'the click was counted',
      );
      await until(async () => linesOf(await exported(to)).some(({ clicks }) => clicks === 1), 'here, too');

      const text = await exported(from, 'csv');
      expect(text).not.toContain(app.id);
      const rows: Json[] = [];
      const bytes = (async function* () {
        yield Buffer.from(text);
      })();
      for await (const { reading } of readRows('csv', bytes)) if ('row' in reading) rows.push(reading.row);
      const outcomes = await importInto(to, rows);
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(rows.map(() => 'created'));
      expect(outcomes.map(({ reason }) => reason).filter((reason) => reason !== null)).toEqual([
        expect.stringMatching(/^took the place of .* with its 1 clicks$/),
      ]);
      const found = await to.ok('GET', '/links?search=opens');
      expect(found.links[0].apps.ios).toMatchObject({
        ...{ savedAppId: null, identifier: 'com.acme.app', customScheme: 'acme', appStoreId: '123456789' },
      });
      expect((await to.visit(long)).status).toBe(404);
      expect((await to.ok('GET', `/links/${links[0].id}`)).clicks).toBe(2);
      expect(linesOf(await exported(to)).filter(({ standsForLongLinks: is }) => is)).toHaveLength(1);
    } finally {
      await from.close();
      await to.close();
    }
  }, 90_000);

  test('a group that is refused takes its links along, and one that has a webhook comes without', async () => {
    const hooked = {
      ...{ kind: 'group', id: 'grp_hookedhookedhook', name: 'Hooked' },
      settings: { paused: true, webhookEnabled: true, webhookUrl: 'https://hooks.example.com/x' },
    };
    const broken = { ...hooked, id: 'grp_brokenbrokenbrok', name: 'Broken', settings: { paused: 'maybe' } };
    const link = (code: string, { id, name }: Json) => ({
      ...{ kind: 'link', code, destination: 'https://example.com/', groupId: id, group: name },
    });
    await fresh.group({}, 'Broken');
    await fresh.ok('PATCH', '/project', { body: { webhookEnabled: false } });
    const rows = [hooked, broken, link('hooked', hooked), link('broken', broken)];
    const outcomes = await importInto(fresh, rows);
    expect(outcomes.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['created', expect.stringMatching(/^its webhook was left out: Webhooks are switched off/)],
      ['refused', expect.stringContaining('settings.paused')],
      ['created', null],
      ['refused', 'there is no group grp_brokenbrokenbrok ("Broken")'],
    ]);
    expect((await fresh.visit('/hooked')).status).toBe(404);
    expect((await fresh.visit('/broken')).status).toBe(404);
    expect((await fresh.ok('GET', '/groups?search=Broken')).groups).toHaveLength(1);
  });

  test('a group with a new id keeps its links, however many batches later they come', async () => {
    const gone = await fresh.group({}, 'Twice');
    await fresh.ok('DELETE', `/groups/${gone.id}`);
    await fresh.group({}, 'Twice');
    const group = { kind: 'group', id: gone.id, name: 'Twice', settings: { paused: true } };
    const link = (code: string) => ({
      ...{ kind: 'link', code, destination: 'https://example.com/', groupId: gone.id, group: 'Twice' },
    });
    const take = async (row: Json) =>
      (await fresh.ok('POST', '/imports', { body: { rows: [row] } })).outcomes[0];
    expect(await take(group)).toMatchObject({
      outcome: 'created',
      reason: 'has a new id, because its own is in use',
    });
    expect(await take(link('twice-1'))).toMatchObject({ outcome: 'created' });
    expect((await fresh.visit('/twice-1')).status).toBe(404);
    expect(await take(group)).toMatchObject({ outcome: 'exists' });

    const { groupId } = await fresh.ok('GET', '/links?search=twice-1').then(({ links }) => links[0]);
    await fresh.ok('DELETE', `/groups/${groupId}`);
    expect(await take(link('twice-2'))).toMatchObject({
      outcome: 'refused',
      reason: `there is no group ${gone.id} ("Twice")`,
    });
    expect(await take(group)).toMatchObject({ outcome: 'created' });
    expect(await take(link('twice-2'))).toMatchObject({ outcome: 'created' });
    expect((await fresh.visit('/twice-2')).status).toBe(404);
    expect(await take({ ...link('theirs'), groupId: 'grp_theirstheirsthei' })).toMatchObject({
      outcome: 'refused',
    });
  });

  test('a limit of Shlink has as many visits left as it had there', async () => {
    const shlink = (code: string, total: number) => ({
      ...{ shortUrl: `https://s.test/${code}`, longUrl: 'https://example.com/', visitsSummary: { total } },
      meta: { maxVisits: 100 },
    });
    const bytes = (async function* () {
      yield Buffer.from(JSON.stringify([shlink('left', 98), shlink('none', 100), shlink('over', 120)]));
    })();
    const rows: Json[] = [];
    for await (const { reading } of readRows('shlink', bytes)) {
      if ('row' in reading) rows.push({ ...reading.row, domain: undefined, code: `s-${reading.row.code}` });
    }
    expect(await importInto(fresh, rows)).toMatchObject(
      rows.map(() => ({ outcome: 'created', reason: null })),
    );
    const statuses = async (path: string) => {
      const found: number[] = [];
      for (let n = 0; n < 3; n++) found.push((await fresh.visit(path)).status);
      return found;
    };
    expect(await statuses('/s-left')).toEqual([302, 302, 403]);
    expect(await statuses('/s-none')).toEqual([403, 403, 403]);
    expect(await statuses('/s-over')).toEqual([403, 403, 403]);
  });
});

describe('exports and imports over HTTP', () => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.open(SQLITE);
  });
  afterAll(() => api.close());

  test('an export is of one project, and needs its own scope', async () => {
    await api.link({ code: 'mine', settings: { password: 'mine alone' } });
    expect(await exported(api)).toContain('"code":"mine"');
    expect(linesOf(await exported(api, 'ndjson', STRANGER)).filter(({ kind }) => kind === 'link')).toEqual(
      [],
    );
    const { key } = await api.ok('POST', '/keys', {
      body: { name: 'reader', scopes: ['links:read', 'transfer:write'] },
    });
    await api.refused(403, 'GET', '/export', { key });
    const { key: other } = await api.ok('POST', '/keys', {
      body: { name: 'out', scopes: ['transfer:read'] },
    });
    await api.refused(403, 'POST', '/imports', { key: other, body: { rows: [] } });
    await api.refused(422, 'GET', '/export?format=xml');
  });

  test('a table has no hashes in it, and nothing a spreadsheet would run', async () => {
    await api.link({
      code: 'sheet',
      title: '=HYPERLINK("https://evil.test")',
      settings: { password: 'secret' },
    });
    const text = await exported(api, 'csv');
    expect(text).not.toContain('argon2');
    expect(text).toMatch(/"'=HYPERLINK\(""https:\/\/evil\.test""\)"/);
  });

  test('another project’s codes are in use, and nothing of it can be named', async () => {
    const theirs = await api.ok('POST', '/links', {
      key: STRANGER,
      body: { destination: 'https://x.test/', code: 'theirs' },
    });
    const group = await api.ok('POST', '/groups', { key: STRANGER, body: { name: 'Theirs' } });
    const { outcomes } = await api.ok('POST', '/imports', {
      body: {
        rows: [
          { kind: 'link', code: 'theirs', destination: 'https://x.test/' },
          { kind: 'link', id: theirs.id, code: 'not-theirs', destination: 'https://x.test/' },
          { kind: 'link', code: 'in-theirs', destination: 'https://x.test/', groupId: group.id },
        ],
      },
    });
    expect(outcomes.map(({ outcome, reason }: Json) => [outcome, reason])).toEqual([
      ['refused', 'the code is in use on this domain'],
      ['created', 'has a new id, because its own is in use'],
      ['refused', `there is no group ${group.id}`],
    ]);
    expect(await api.ok('GET', `/links/${theirs.id}`, { key: STRANGER })).toMatchObject({ code: 'theirs' });
  });

  test('what cannot be taken at all is refused as a whole and changes nothing', async () => {
    const before = await api.state();
    const row = { kind: 'link', destination: 'https://a.test/' };
    await api.refused(422, 'POST', '/imports', { body: { rows: Array.from({ length: 1_001 }, () => row) } });
    await api.refused(422, 'POST', '/imports', { body: { rows: [1] } });
    await api.refused(422, 'POST', '/imports', { body: { rows: [row], onConflict: 'overwrite' } });
    await api.refused(422, 'POST', '/imports', {
      body: { rows: [row], run: { kind: 'csv', fingerprint: 'x', from: 0 } },
    });
    await api.refused(404, 'GET', `/imports?kind=csv&fingerprint=${'0'.repeat(64)}`);
    await api.refused(404, 'GET', '/imports?kind=csv%00&fingerprint=1');
    expect(await api.state()).toEqual(before);
  });

  test('rows of any shape have each an outcome, and only good ones leave something', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .array(
            fc.oneof(
              fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 }),
              fc.record(
                {
                  kind: fc.constantFrom(
                    ...['link', 'group', 'app', 'domain', 'project', 'qr-logo', 'reserved-code'],
                  ),
                  ...{ destination: fc.webUrl(), code: fc.string(), name: fc.string(), host: fc.string() },
                  ...{
                    settings: fc.jsonValue(),
                    secretHashes: fc.jsonValue(),
                    id: fc.string(),
                    apps: fc.jsonValue(),
                  },
                  ...{
                    createdAt: fc.string(),
                    clicks: fc.integer(),
                    domain: fc.string(),
                    pathPrefix: fc.string(),
                  },
                  ...{
                    platform: fc.constantFrom('ios', 'android'),
                    identifier: fc.string(),
                    metadata: fc.jsonValue(),
                  },
                  ...{
                    data: fc.base64String(),
                    webhookEndpoint: fc.jsonValue(),
                    firebaseRequest: fc.string(),
                    deletedAt: fc.string(),
                  },
                },
                { requiredKeys: ['kind'] },
              ),
            ),
            { maxLength: 6 },
            // A body with this in it is refused as a whole, whatever it asks for.
          )
          .filter((rows) => !JSON.stringify(rows).includes('"__proto__"')),
        async (rows) => {
          const { outcomes } = await api.ok('POST', '/imports', { body: { rows, dryRun: true } });
          expect(outcomes).toHaveLength(rows.length);
          for (const { outcome, reason } of outcomes) {
            if (outcome !== 'refused') continue;
            expect(reason).not.toBe('');
            for (const part of reason.split('; '))
              expect(part.replace(/^\S+: /, '')).not.toMatch(LIBRARY_WORDS);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
