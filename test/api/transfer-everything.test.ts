import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logoPng } from '../../src/qr/testing/logos.ts';
import { readRows } from '../../src/transfer/read-rows.ts';
import { ENGINES, type Engine, SQLITE } from '../support/engines.ts';
import { AMERICA, JAPAN, KOREA } from '../support/past-clicks.ts';
import { projectState } from '../support/project-state.ts';
import { answer, ScriptedReceiver } from '../support/scripted-receiver.ts';
import { until } from '../support/until.ts';
import { type Answer, Api, type Json, KEY, PERSON, PUBLIC_HOST, STRANGER } from './api.ts';

const ENV = { ALLOW_PRIVATE_TARGETS: 'true' };
const FORMATS = ['ndjson', 'csv'] as const;

async function exported(api: Api, format: (typeof FORMATS)[number], secrets = true): Promise<string> {
  const path = `/api/v1/export?format=${format}&secrets=${secrets}`;
  const { status, text } = await api.send('GET', path, undefined, { authorization: `Bearer ${KEY}` });
  expect(status, text).toBe(200);
  return text;
}

async function rowsIn(format: (typeof FORMATS)[number], text: string): Promise<Json[]> {
  const rows: Json[] = [];
  const bytes = (async function* () {
    yield Buffer.from(text);
  })();
  for await (const { reading } of readRows(format, bytes)) {
    if (!('row' in reading)) throw new Error(reading.problem);
    expect(reading.notes).toEqual([]);
    rows.push(reading.row);
  }
  return rows;
}

async function importInto(api: Api, rows: readonly Json[]): Promise<Json[]> {
  const outcomes: Json[] = [];
  for (let at = 0; at < rows.length; at += 9)
    outcomes.push(...(await api.ok('POST', '/imports', { body: { rows: rows.slice(at, at + 9) } })).outcomes);
  return outcomes;
}

async function pictureOf(api: Api, path: string): Promise<Buffer> {
  const going = request({ host: '127.0.0.1', port: api.port, path, headers: { host: PUBLIC_HOST } });
  going.end();
  const [response] = await once(going, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  expect(response.statusCode, path).toBe(200);
  return Buffer.concat(chunks);
}

const FIREBASE = {
  named: { dynamicLinkInfo: { domainUriPrefix: `http://${PUBLIC_HOST}`, link: 'https://www.example.com/7' } },
  elsewhere: {
    longDynamicLink: 'https://links.acme.test/share/?link=https://www.example.com/8&st=Eight',
    suffix: { option: 'SHORT' },
  },
  titled: {
    dynamicLinkInfo: { domainUriPrefix: `http://${PUBLIC_HOST}`, link: 'https://www.example.com/9' },
    name: 'As it was called',
  },
  edited: {
    dynamicLinkInfo: { domainUriPrefix: `http://${PUBLIC_HOST}`, link: 'https://www.example.com/10' },
  },
} as const;

async function askFirebase(api: Api, { name, ...body }: Json): Promise<string> {
  const path = name === undefined ? '/v1/shortLinks' : '/v1/managedShortLinks:create';
  const sent = JSON.stringify(name === undefined ? body : { ...body, name });
  const { status, text, json } = await api.send('POST', `${path}?key=${KEY}`, sent, {
    'content-type': 'application/json',
  });
  expect(status, text).toBe(200);
  return json.shortLink ?? json.managedShortLink.link;
}

interface Filled {
  readonly links: Readonly<Record<'open' | 'grouped' | 'abroad', Json>>;
  readonly generated: string;
  readonly secrets: readonly [current: string, previous: string];
  readonly firebase: Readonly<Record<keyof typeof FIREBASE, string>>;
  readonly editedId: string;
}

/** A project with what an export once left out. */
async function fill(api: Api, receiver: ScriptedReceiver): Promise<Filled> {
  await api.ok('POST', '/domains', { body: { host: 'links.acme.test', pathPrefix: 'share' } });
  const hook = (path: string) => ({
    webhookEnabled: true,
    webhookUrl: receiver.url(path),
    webhookFrequency: 1,
  });
  const group = await api.group({ password: 'group-secret', paused: false, ...hook('/signed') }, 'Signed');
  const paused = await api.group(hook('/paused'), 'Paused');
  const gone = await api.group(hook('/gone'), 'Gone');
  await api.group({}, 'Without a webhook');
  const { webhookSecret } = await api.ok('PATCH', '/project', {
    body: { name: 'Acme', homeCountry: 'KR', webhookUrl: receiver.url('/project'), webhookMetric: 'clicks' },
  });
  expect(webhookSecret).toMatch(/^whsec_/);
  const { endpoints } = await api.ok('GET', '/webhook-endpoints');
  const idOf = (id: string) => endpoints.find((one: Json) => one.group?.id === id)?.id;
  const { secret } = await api.ok('POST', `/webhook-endpoints/${idOf(group.id)}/rotate-secret`, {
    body: { overlapHours: 24 },
  });
  await api.ok('PATCH', `/webhook-endpoints/${idOf(paused.id)}`, { body: { paused: true } });
  receiver.script('/gone', answer(410));
  await api.link({ code: 'tells', groupId: gone.id });
  await api.visit('/tells');
  await until(
    async () => (await api.ok('GET', `/webhook-endpoints/${idOf(gone.id)}`)).disabledReason === 'gone',
    'the receiver was taken for gone',
  );

  const upload = async (path: string, name: 'disc' | 'veil') =>
    api.ok('PUT', path, { text: await logoPng(name, 700, 350), headers: { 'content-type': 'image/png' } });
  await upload('/project/qr-logo', 'disc');
  await upload(`/groups/${group.id}/qr-logo`, 'veil');

  const open = await api.link({
    ...{
      code: 'open',
      title: ' set',
      memo: ' two\nlines ',
      tags: ['a,b', 'z'],
      imageUrl: 'https://a.test/i.png',
    },
    ...{ metadata: { ' x': ' y ', constructor: 'me' }, description: "'=1+1", externalId: '00012' },
    settings: { password: 'open sesame', statsPassword: 'numbers', endsAt: '2090-01-01T00:00:00.001Z' },
    apps: { android: { identifier: 'com.acme.droid', deepLink: 'https://a.test/deep' } },
  });
  const grouped = await api.link({ code: 'grouped', groupId: group.id, settings: { maxClicks: 9 } });
  await api.link({ code: 'far', domain: 'links.acme.test/share' });
  const abroad = await api.link({ settings: { excludeForeign: true } });
  for (const address of [KOREA[0], AMERICA, JAPAN])
    await api.visit(`/${abroad.code}`, { 'x-forwarded-for': address });
  await until(
    async () => (await api.ok('GET', `/links/${abroad.id}`)).clicks === 1,
    'the clicks were counted',
  );

  const generated = (await api.link()).code;
  for (const code of ['printed', generated]) {
    if (code === 'printed') await api.link({ code });
    const { links } = await api.ok('GET', `/links?search=${code}`);
    await api.ok('DELETE', `/links/${links[0].id}`);
  }
  const farGone = await api.link({ code: 'far-gone', domain: 'links.acme.test/share' });
  await api.ok('DELETE', `/links/${farGone.id}`);

  const firebase = {
    named: await askFirebase(api, FIREBASE.named),
    elsewhere: await askFirebase(api, FIREBASE.elsewhere),
    titled: await askFirebase(api, FIREBASE.titled),
    edited: await askFirebase(api, FIREBASE.edited),
  };
  const byUrl = async (url: string) =>
    (await api.ok('GET', '/links?limit=100')).links.find(({ shortUrl }: Json) => shortUrl === url).id;
  await api.ok('PATCH', `/links/${await byUrl(firebase.titled)}`, { body: { title: 'Renamed' } });
  const editedId = await byUrl(firebase.edited);
  await api.ok('PATCH', `/links/${editedId}`, { body: { destination: 'https://www.example.com/new' } });
  expect(await askFirebase(api, FIREBASE.titled)).toBe(firebase.titled);
  const secrets = [secret, group.webhookSecret] as const;
  return { links: { open, grouped, abroad }, generated, secrets, firebase, editedId };
}

const WAYS = ENGINES.flatMap((from, at) =>
  FORMATS.map((format) => {
    const to = ENGINES[(at + 1) % ENGINES.length] as Engine;
    return { from, to, format, name: `${from.name} to ${to.name} as ${format}` };
  }),
);

describe.each(WAYS)('nothing is left behind from $name', ({ from, to, format }) => {
  let old: Api;
  let fresh: Api;
  let receiver: ScriptedReceiver;
  let made: Filled;
  let outcomes: Json[];
  beforeAll(async () => {
    receiver = await ScriptedReceiver.open();
    [old, fresh] = [await Api.open(from, { env: ENV }), await Api.open(to, { env: ENV })];
    made = await fill(old, receiver);
    outcomes = await importInto(fresh, await rowsIn(format, await exported(old, format)));
  });
  afterAll(async () => {
    await old.close();
    await fresh.close();
    await receiver.close();
  });

  test('both databases hold the same, and both exports say so', async () => {
    expect(outcomes.filter(({ outcome, reason }) => outcome === 'refused' || reason !== null)).toEqual([]);
    // The default domain alone is there already.
    expect(outcomes.filter(({ outcome }) => outcome !== 'created')).toHaveLength(1);
    const [before, after] = [await projectState(old.location), await projectState(fresh.location)];
    expect(after).toEqual(before);
    expect(before).toMatchObject({ asked: { length: 4 }, logo: { length: 2 }, endpoint: { length: 4 } });
    expect(before.deleted).toHaveLength(3);
    for (const one of FORMATS) {
      const [left, right] = [await exported(old, one), await exported(fresh, one)];
      const content = (text: string) => text.slice(text.indexOf('\n') + 1);
      expect(content(right)).toBe(content(left));
    }
  });

  test('every row once more changes nothing', async () => {
    const before = await projectState(fresh.location);
    const again = await importInto(fresh, await rowsIn(format, await exported(old, format)));
    expect(new Set(again.map(({ outcome }) => outcome))).toEqual(new Set(['exists']));
    expect(await projectState(fresh.location)).toEqual(before);
  });

  test('codes are the same pictures, with the logo of the group or the project', async () => {
    const pictures = new Set<string>();
    for (const path of ['/open/qr', '/grouped/qr', '/open/qr?logo=none', '/grouped/qr?size=900']) {
      const before = await pictureOf(old, path);
      expect((await pictureOf(fresh, path)).equals(before), path).toBe(true);
      pictures.add(before.toString('base64'));
    }
    expect(pictures.size).toBe(4);
  });

  test('a receiver verifies with the secrets it has, each as long as it would have', async () => {
    const { endpoints } = await fresh.ok('GET', '/webhook-endpoints');
    const [before] = [(await old.ok('GET', '/webhook-endpoints')).endpoints];
    const shown = (all: Json[]) =>
      all
        .map(({ group, status, paused, disabledAt, disabledReason, previousSecretUntil }) => ({
          ...{ group, status, paused, disabledAt, disabledReason, previousSecretUntil },
        }))
        .sort((a, b) => String(a.group?.id).localeCompare(String(b.group?.id)));
    expect(shown(endpoints)).toEqual(shown(before));
    const { id } = endpoints.find(({ group }: Json) => group?.name === 'Signed');
    expect(before.map((one: Json) => one.id)).not.toContain(id);
    await fresh.ok('POST', `/webhook-endpoints/${id}/test`, {});
    await until(() => receiver.received.some(({ path }) => path === '/signed'), 'the test has arrived');
    const { headers, body } = receiver.received.find(({ path }) => path === '/signed') ?? {};
    const signed = `${headers?.['webhook-id']}.${headers?.['webhook-timestamp']}.${body}`;
    const signatures = made.secrets.map((secret) => {
      const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
      return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
    });
    expect(headers?.['webhook-signature']).toBe(signatures.join(' '));
  });

  test('a code in print is nobody’s, or its own project’s as it was', async () => {
    const wanted = (code: string, more: object = {}) => ({ destination: 'https://x.test/', code, ...more });
    for (const code of ['printed', made.generated])
      await fresh.refused(409, 'POST', '/links', { key: STRANGER, body: wanted(code) });
    await fresh.refused(409, 'POST', '/links', { body: wanted(made.generated) });
    for (const path of ['/printed', `/${made.generated}`]) expect((await fresh.visit(path)).status).toBe(404);
    await fresh.ok('POST', '/links', { body: wanted('printed') });
    await fresh.ok('POST', '/links', { body: wanted('far-gone', { domain: 'links.acme.test/share' }) });
    expect((await fresh.visit('/printed')).status).toBe(302);
  });

  test('who asks Firebase’s call for the same gets the same link, unless it says something else by now', async () => {
    for (const name of ['named', 'elsewhere', 'titled'] as const)
      expect(await askFirebase(fresh, FIREBASE[name]), name).toBe(made.firebase[name]);
    const [there, here] = [
      await askFirebase(old, FIREBASE.edited),
      await askFirebase(fresh, FIREBASE.edited),
    ];
    expect(there).not.toBe(made.firebase.edited);
    expect(here).not.toBe(made.firebase.edited);
    expect(await askFirebase(fresh, FIREBASE.edited)).toBe(here);
  });

  test('passwords open what they opened', async () => {
    const enter = async (path: string, password: string): Promise<Answer> =>
      fresh.send('POST', path, new URLSearchParams({ password }).toString(), {
        'content-type': 'application/x-www-form-urlencoded',
        ...{ host: PUBLIC_HOST, 'user-agent': PERSON },
      });
    for (const path of ['/open', '/grouped']) {
      expect((await fresh.visit(path)).text).not.toContain('https://example.com/');
      expect((await enter(path, 'wrong')).status).not.toBe(303);
    }
    expect((await enter('/open', 'open sesame')).status).toBe(303);
    expect((await enter('/grouped', 'group-secret')).status).toBe(303);
  });

  test('foreign clicks stay hidden, and come back when they are wanted', async () => {
    const { id } = made.links.abroad;
    const figures = async (api: Api) => {
      const { clicks, visitors } = await api.ok('GET', `/links/${id}`);
      return { clicks, visitors };
    };
    expect(await figures(fresh)).toEqual({ clicks: 1, visitors: 1 });
    for (const [excludeForeign, clicks] of [
      [false, 3],
      [true, 1],
    ])
      for (const api of [old, fresh]) {
        await api.ok('PATCH', `/links/${id}`, { body: { settings: { excludeForeign } } });
        expect(await figures(api)).toEqual({ clicks, visitors: clicks });
      }
  });
});

describe('what an export tells, and what an import takes', () => {
  let api: Api;
  let receiver: ScriptedReceiver;
  let made: Filled;
  beforeAll(async () => {
    receiver = await ScriptedReceiver.open();
    api = await Api.open(SQLITE, { env: ENV });
    made = await fill(api, receiver);
  });
  afterAll(async () => {
    await api.close();
    await receiver.close();
  });

  test('secrets of webhooks go to who may make new ones, and only when asked for', async () => {
    for (const format of FORMATS) {
      expect(await exported(api, format, false)).not.toContain('whsec_');
      for (const secret of made.secrets) expect(await exported(api, format)).toContain(secret);
    }
    expect(await exported(api, 'csv', false)).not.toContain('argon2');
    const keyWith = async (...scopes: string[]) =>
      (await api.ok('POST', '/keys', { body: { name: scopes.join(), scopes } })).key;
    const get = (key: string, query: string) =>
      api.send('GET', `/api/v1/export?${query}`, undefined, { authorization: `Bearer ${key}` });
    const [reader, watcher] = [
      await keyWith('transfer:read'),
      await keyWith('transfer:read', 'webhooks:read'),
    ];
    for (const key of [reader, watcher])
      for (const format of FORMATS) {
        const { status, json } = await get(key, `format=${format}&secrets=true`);
        expect([status, json.detail]).toEqual([403, expect.stringContaining('webhooks:write')]);
        expect((await get(key, `format=${format}`)).status).toBe(200);
      }
    const mover = await keyWith('transfer:read', 'webhooks:write');
    expect((await get(mover, 'secrets=true')).text).toContain(made.secrets[0]);
    expect((await get(KEY, 'secrets=1')).status).toBe(422);
  });

  test('logos are looked at as uploads are, and one that is there stays', async () => {
    const data = async (name: Parameters<typeof logoPng>[0]) => (await logoPng(name)).toString('base64');
    const { groups } = await api.ok('GET', '/groups?search=Without');
    const before = await projectState(api.location);
    const groupId = groups[0].id;
    const rows = [
      { kind: 'qr-logo', data: await data('black') },
      { kind: 'qr-logo', groupId, data: '<svg/>' },
      { kind: 'qr-logo', groupId, data: Buffer.from('<svg/>').toString('base64') },
      { kind: 'qr-logo', groupId, data: await data('corner') },
      { kind: 'qr-logo', groupId, data: (await logoPng('black', 2_001, 20)).toString('base64') },
      { kind: 'qr-logo', groupId, data: 'A'.repeat(900_000) },
      { kind: 'qr-logo', groupId: 'grp_nobodynobodynobo', data: await data('black') },
    ];
    const { outcomes } = await api.ok('POST', '/imports', { body: { rows } });
    expect(outcomes.map(({ outcome, reason }: Json) => [outcome, reason])).toEqual([
      ['exists', 'the project has a logo already; it was left as it is'],
      ['refused', 'data: must be base64'],
      ['refused', expect.stringMatching(/^data: must be a PNG or a JPEG; an SVG/)],
      ['refused', expect.stringMatching(/^data: has rings or frames in it/)],
      ['refused', expect.stringMatching(/^data: must have 16 to 2000 pixels a side/)],
      ['refused', 'data: must be a picture as an export has it'],
      ['refused', 'there is no group grp_nobodynobodynobo, so nothing carries this logo'],
    ]);
    expect(await projectState(api.location)).toEqual(before);
    const two = [...['black', 'disc']].map(async (name) => ({
      ...{ kind: 'qr-logo', groupId, data: await data(name as 'black') },
    }));
    const { outcomes: both } = await api.ok('POST', '/imports', { body: { rows: await Promise.all(two) } });
    expect(both.map(({ outcome }: Json) => outcome)).toEqual(['created', 'exists']);
  });

  test('a secret that is none, or would sign for ever, is refused with its group', async () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const group = (webhookEndpoint: object) => ({ kind: 'group', name: 'New', webhookEndpoint });
    const rows = [
      group({ secret: 'secret' }),
      group({ secret: `${secret}\n` }),
      group({ secret, previousSecrets: [{ secret, until: '2999-01-01T00:00:00Z' }] }),
      group({
        secret,
        previousSecrets: Array.from({ length: 9 }, () => ({ secret, until: '2020-01-01T00:00:00Z' })),
      }),
      group({ secret, id: 'whk_x' }),
    ];
    const { outcomes } = await api.ok('POST', '/imports', { body: { rows } });
    expect(outcomes.map(({ outcome, reason }: Json) => [outcome, reason])).toEqual([
      ['refused', expect.stringContaining('webhookEndpoint.secret: must be whsec_ and 32 bytes')],
      ['refused', expect.stringContaining('webhookEndpoint.secret: must be whsec_ and 32 bytes')],
      ['refused', expect.stringContaining('previousSecrets.0.until: must be within a week')],
      ['refused', expect.stringContaining('webhookEndpoint.previousSecrets')],
      ['refused', expect.stringContaining('webhookEndpoint')],
    ]);
  });

  test('codes that somebody has here are not reserved, and foreign clicks are a part of all', async () => {
    await api.ok('POST', '/links', {
      key: STRANGER,
      body: { destination: 'https://x.test/', code: 'theirs' },
    });
    const reserved = (code: string, more: object = {}) => ({ kind: 'reserved-code', code, ...more });
    const rows = [
      reserved('theirs'),
      reserved('open'),
      reserved('nowhere', { domain: 'nowhere.test' }),
      reserved('no way'),
      reserved('again'),
      reserved('again'),
      { kind: 'link', destination: 'https://x.test/', code: 'part', clicks: 1, foreignClicks: 2 },
    ];
    const { outcomes } = await api.ok('POST', '/imports', { body: { rows } });
    expect(outcomes.map(({ outcome, reason }: Json) => [outcome, reason])).toEqual([
      ['refused', 'the code is in use on this domain'],
      ['exists', 'a link has the code here'],
      ['refused', expect.stringMatching(/^there is no domain nowhere\.test/)],
      ['refused', expect.stringMatching(/^code: may contain letters/)],
      ['created', null],
      ['exists', null],
      ['refused', 'foreignClicks: must not be more than there are in all'],
    ]);
    await api.refused(409, 'POST', '/links', {
      key: STRANGER,
      body: { destination: 'https://x.test/', code: 'again' },
    });
  });

  test('an export of the format before is still read', async () => {
    const first = [
      { kind: 'switchyard-export', version: 1, exportedAt: '2026-01-01T00:00:00.000Z' },
      { kind: 'domain', host: 'old.test', pathPrefix: '', isDefault: true },
      {
        ...{ kind: 'group', id: 'grp_0123456789abcdef', name: 'From before', settings: { paused: true } },
        createdAt: '2025-01-01T00:00:00.000Z',
      },
      {
        ...{
          kind: 'link',
          id: 'lnk_0123456789abcdef',
          code: 'from-before',
          destination: 'https://example.com/',
        },
        ...{ groupId: 'grp_0123456789abcdef', group: 'From before', clicks: 7, visitors: 5, limitUsed: 6 },
        ...{ createdAt: '2025-01-01T00:00:00.000Z', source: 'api' },
      },
    ];
    const text = first.map((line) => `${JSON.stringify(line)}\n`).join('');
    const outcomes = await importInto(api, await rowsIn('ndjson', text));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['exists', 'created', 'created']);
    expect(await api.ok('GET', '/links/lnk_0123456789abcdef')).toMatchObject({ clicks: 7, visitors: 5 });
    expect((await api.visit('/from-before')).status).toBe(404);
  });

  test('the same call is the same call where the default domain has another name', async () => {
    const other = await Api.open(SQLITE, { publicUrl: 'http://other.test', env: ENV });
    try {
      await importInto(other, await rowsIn('ndjson', await exported(api, 'ndjson')));
      const { link } = FIREBASE.named.dynamicLinkInfo;
      const moved = { dynamicLinkInfo: { domainUriPrefix: 'http://other.test', link } };
      expect(new URL(await askFirebase(other, moved)).pathname).toBe(new URL(made.firebase.named).pathname);
    } finally {
      await other.close();
    }
  });
});
