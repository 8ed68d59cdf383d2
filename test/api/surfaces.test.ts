import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SETTING_NAMES, type SettingName } from '../../src/links/setting.ts';
import { ENGINES } from '../support/engines.ts';
import { Api, type Json, KEY, PUBLIC_HOST } from './api.ts';

/**
 * One model behind three surfaces: every setting and field, written in the words of one, read in the words of all.
 * The project's clocks show Seoul's time.
 */
const DOMAIN = `http://${PUBLIC_HOST}`;
const DESTINATION = 'https://example.com/landing?a=1';

/** The same state in the words of each surface; absent where a surface has no word for it. */
interface Spelling {
  readonly native: unknown;
  /** How it is read back, when not as it is written (secrets). */
  readonly nativeShown?: unknown;
  readonly vivoldi?: Readonly<Record<string, unknown>>;
  readonly vivoldiShown?: Readonly<Record<string, unknown>>;
  readonly bit2connect?: Readonly<Record<string, unknown>>;
}

interface Row {
  readonly name: SettingName;
  readonly values: readonly Spelling[];
  /** Explicitly off, where a surface can say it. */
  readonly off?: Spelling;
  readonly unset: Spelling;
  /** Webhooks belong to groups. */
  readonly groupsOnly?: true;
}

const flag = (name: SettingName, field: string): Row => ({
  name,
  values: [{ native: true, vivoldi: { [field]: 'Y' } }],
  off: { native: false, vivoldi: { [field]: 'N' } },
  unset: { native: null, vivoldi: { [field]: null }, vivoldiShown: { [field]: 'N' } },
});
const url = (name: SettingName, field: string, groupsOnly?: true): Row => ({
  name,
  values: [
    { native: 'https://example.com/over', vivoldi: { [field]: 'https://example.com/over' } },
    { native: 'https://example.com/?끝', vivoldi: { [field]: 'https://example.com/?끝' } },
  ],
  unset: { native: null, vivoldi: { [field]: null } },
  ...(groupsOnly ? { groupsOnly } : {}),
});
const secret = (name: SettingName, field: string): Row => ({
  name,
  values: ['open sesame', '열려라 참깨'].map((clear) => ({
    native: clear,
    nativeShown: { isSet: true },
    vivoldi: { [field]: clear },
    vivoldiShown: { [`${field}Yn`]: 'Y' },
  })),
  unset: { native: null, vivoldi: { [field]: null }, vivoldiShown: { [`${field}Yn`]: 'N' } },
});

const ROWS: readonly Row[] = [
  {
    name: 'paused',
    values: [{ native: true, vivoldi: { pauseYn: 'Y' }, bit2connect: { status: 'PAUSED' } }],
    off: { native: false, vivoldi: { pauseYn: 'N' } },
    unset: {
      native: null,
      vivoldi: { pauseYn: null },
      vivoldiShown: { pauseYn: 'N' },
      bit2connect: { status: 'ACTIVE' },
    },
  },
  {
    name: 'startsAt',
    values: [
      { native: '2026-02-28T15:00:00.000Z', vivoldi: { strtYmdt: '2026-03-01 00:00:00' } },
      { native: '2031-12-31T14:59:59.000Z', vivoldi: { strtYmdt: '2031-12-31 23:59:59' } },
    ],
    unset: { native: null, vivoldi: { strtYmdt: null } },
  },
  {
    name: 'endsAt',
    values: [
      {
        native: '2035-06-30T15:00:00.000Z',
        vivoldi: { endYmdt: '2035-06-30 23:59:59' },
        bit2connect: { expiresAt: '2035-06-30T15:00:00.000Z' },
      },
      {
        native: '2036-01-01T00:00:01.000Z',
        vivoldi: { endYmdt: '2036-01-01 09:00:00' },
        bit2connect: { expiresAt: '2036-01-01T00:00:01.000Z' },
      },
    ],
    unset: { native: null, vivoldi: { endYmdt: null }, bit2connect: { expiresAt: null } },
  },
  url('expiredUrl', 'expireUrl'),
  secret('password', 'pwd'),
  {
    name: 'maxClicks',
    values: [
      { native: 3, vivoldi: { acesMaxCnt: 3 } },
      { native: 1_000_000, vivoldi: { acesMaxCnt: 1_000_000 } },
    ],
    off: { native: false, vivoldi: { acesMaxCnt: 0 } },
    unset: { native: null, vivoldi: { acesMaxCnt: null }, vivoldiShown: { acesMaxCnt: 0 } },
  },
  {
    name: 'redirectType',
    values: [200, 301, 302].map((type) => ({ native: type, vivoldi: { redirectType: type } })),
    unset: { native: null, vivoldi: { redirectType: null }, vivoldiShown: { redirectType: 302 } },
  },
  { name: 'passQuery', values: [{ native: true }, { native: false }], unset: { native: null } },
  flag('qrBypass', 'qrBypassYn'),
  flag('excludeForeign', 'blockOverseasSticsYn'),
  flag('notifyByPush', 'pushNotifyYn'),
  flag('notifyByMail', 'mailNotifyYn'),
  { name: 'notifyEvery', values: [{ native: 50 }], unset: { native: null } },
  secret('statsPassword', 'nonmemberSticsPwd'),
  flag('pushSubscription', 'notfSubscYn'),
  { ...flag('webhookEnabled', 'webhookEnableYn'), groupsOnly: true },
  url('webhookUrl', 'webhookCallbackUrl', true),
  {
    name: 'webhookMetric',
    values: [
      { native: 'clicks', vivoldi: { webhookMetric: 'C' } },
      { native: 'visitors', vivoldi: { webhookMetric: 'P' } },
    ],
    unset: { native: null, vivoldi: { webhookMetric: null }, vivoldiShown: { webhookMetric: 'C' } },
    groupsOnly: true,
  },
  {
    name: 'webhookFrequency',
    values: [1, 50, 100, 300, 500, 1000].map((every) => ({
      native: every,
      vivoldi: { webhookFrequency: every },
    })),
    unset: { native: null, vivoldi: { webhookFrequency: null }, vivoldiShown: { webhookFrequency: 1 } },
    groupsOnly: true,
  },
];

const SURFACES = ['native', 'vivoldi', 'bit2connect'] as const;
type Surface = (typeof SURFACES)[number];

test('the table speaks of every setting', () => {
  expect(ROWS.map(({ name }) => name)).toEqual(SETTING_NAMES);
});

describe.each(ENGINES)('one model behind all surfaces, on $name', (engine) => {
  let api: Api;
  beforeAll(async () => {
    api = await Api.open(engine);
  });
  afterAll(() => api.close());

  async function send(method: string, path: string, body?: unknown): Promise<Json> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const answer = await api.send(method, path, payload, {
      'x-api-key': KEY,
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
    });
    return { httpStatus: answer.status, ...answer.json };
  }
  const vivoldi = async (method: string, path: string, body?: unknown): Promise<Json> => {
    const answer = await send(method, `/api/${path}`, body);
    expect(answer, `${method} ${path}`).toMatchObject({ httpStatus: 200, code: 0 });
    return answer.result;
  };
  const bit2connect = async (method: string, path: string, body?: unknown): Promise<Json> => {
    const answer = await send(method, `/1.0${path}`, body);
    expect(answer, `${method} ${path}`).toMatchObject({ success: true });
    return answer;
  };
  const listed = async (code: string): Promise<Json> => {
    const domain = encodeURIComponent(DOMAIN);
    const { list } = await vivoldi('GET', `link/v1/list?linkId=${code}&domain=${domain}&pages=1`);
    return list[0];
  };
  const idOf = async (code: string): Promise<string> =>
    (await api.ok('GET', `/links?code=${code}`)).links[0].id;

  let serial = 0;
  const nextCode = () => `row-${++serial}`;

  const CREATE: Readonly<Record<Surface, (code: string) => Promise<unknown>>> = {
    native: (code) => api.link({ code, destination: DESTINATION }),
    vivoldi: (brandLinkId) =>
      vivoldi('POST', 'link/v2/create', { brandLinkId, url: DESTINATION, domain: DOMAIN }),
    bit2connect: (code) => bit2connect('POST', '/links', { code, payload: { link: DESTINATION } }),
  };

  const WRITE: Readonly<
    Record<Surface, (code: string, name: SettingName, spelling: Spelling) => Promise<unknown>>
  > = {
    native: async (code, name, { native }) =>
      api.ok('PATCH', `/links/${await idOf(code)}`, { body: { settings: { [name]: native } } }),
    vivoldi: (code, _, spelling) =>
      vivoldi('PUT', 'link/v2/update', { linkId: code, domain: DOMAIN, ...spelling.vivoldi }),
    bit2connect: (code, _, spelling) => {
      const { status, ...fields } = spelling.bit2connect ?? {};
      return status === undefined
        ? bit2connect('PUT', `/links/${code}`, { payload: { link: DESTINATION }, ...fields })
        : bit2connect('PUT', `/links/${code}/status`, { status });
    },
  };

  async function expectEverywhere(code: string, name: SettingName, spelling: Spelling): Promise<void> {
    const { links } = await api.ok('GET', `/links?code=${code}`);
    expect(links[0].settings[name]).toEqual(spelling.nativeShown ?? spelling.native);
    const explained = await api.ok('GET', `/links/${links[0].id}/explain`);
    expect(explained.settings[name].link).toEqual(spelling.nativeShown ?? spelling.native);
    const shown = spelling.vivoldiShown ?? spelling.vivoldi;
    if (shown) {
      const item = await listed(code);
      const isSecret = Object.keys(shown).some((field) => /^(pwd|nonmemberSticsPwd)Yn$/.test(field));
      expect(isSecret ? item.effective : item).toMatchObject(shown);
      for (const field of Object.keys(spelling.vivoldi ?? {})) {
        expect(item.unset.includes(field), `${field} in ${item.unset}`).toBe(spelling.native === null);
      }
    }
    if (spelling.bit2connect) {
      const { data } = await bit2connect('GET', `/links/${code}`);
      for (const [field, value] of Object.entries(spelling.bit2connect)) {
        const isInstant = field === 'expiresAt' && typeof value === 'string';
        expect(isInstant ? Date.parse(data[field]) : data[field]).toEqual(
          isInstant ? Date.parse(value) : value,
        );
      }
    }
  }

  describe.each(SURFACES)('a link made through %s', (maker) => {
    test.each(ROWS.filter(({ groupsOnly }) => !groupsOnly))('$name', async ({ name, values, off, unset }) => {
      const code = nextCode();
      await CREATE[maker](code);
      await expectEverywhere(code, name, unset);
      const states = [...values, ...(off ? [off] : []), unset];
      for (const writer of SURFACES) {
        for (const spelling of states) {
          if (!(writer in spelling)) continue;
          await WRITE[writer](code, name, spelling);
          await expectEverywhere(code, name, spelling);
        }
      }
    });
  });

  describe('a group', () => {
    let groupId: string;
    let grpIdx: number;
    beforeEach(async () => {
      grpIdx = (await vivoldi('POST', 'link-group/v1/create', { nm: 'Table' })).grpIdx;
      groupId = (await api.ok('GET', '/groups?limit=1')).groups[0].id;
    });

    test.each(ROWS)('$name is written and read in both languages', async ({ name, values, off, unset }) => {
      const needed = name === 'webhookEnabled' ? { webhookUrl: 'https://example.com/hook' } : {};
      await api.ok('PATCH', `/groups/${groupId}`, { body: { settings: needed } });
      for (const writer of ['native', 'vivoldi'] as const) {
        for (const spelling of [...values, ...(off ? [off] : []), unset]) {
          if (!(writer in spelling)) continue;
          if (writer === 'native') {
            await api.ok('PATCH', `/groups/${groupId}`, { body: { settings: { [name]: spelling.native } } });
          } else await vivoldi('PUT', 'link-group/v1/update', { grpIdx, ...spelling.vivoldi });
          const group = await api.ok('GET', `/groups/${groupId}`);
          expect(group.settings[name]).toEqual(spelling.nativeShown ?? spelling.native);
          const shown = spelling.vivoldiShown ?? spelling.vivoldi;
          const { list } = await vivoldi('GET', `link-group/v2/list?grpIdx=${grpIdx}`);
          if (shown) expect(list[0]).toMatchObject(shown);
          const [item] = await vivoldi('GET', `link-group/v1/list?grpIdx=${grpIdx}`);
          expect(item).toEqual(list[0]);
        }
      }
    });

    test.each(SURFACES)('governs a link made through %s, whoever set it', async (maker) => {
      const code = nextCode();
      await CREATE[maker](code);
      await vivoldi('PUT', 'link/v2/update', { linkId: code, domain: DOMAIN, grpIdx });
      expect(await listed(code)).toMatchObject({ grpIdx, grpNm: 'Table' });
      const { links } = await api.ok('GET', `/groups/${groupId}/links`);
      expect(links.map((link: Json) => link.code)).toEqual([code]);

      await vivoldi('PUT', 'link-group/v1/update', { grpIdx, endYmdt: '2026-03-31 23:59:59' });
      const { data } = await bit2connect('GET', `/links/${code}`);
      expect(data).toMatchObject({ status: 'EXPIRED', expiresAt: null });
      expect(await send('PUT', `/1.0/links/${code}`, { payload: { link: DESTINATION } })).toMatchObject({
        httpStatus: 400,
        success: false,
        error: 'Cannot edit an expired link',
      });
      const explained = await api.ok('GET', `/links/${await idOf(code)}/explain`);
      expect(explained).toMatchObject({
        status: 'ended',
        group: { id: groupId, name: 'Table' },
        settings: { endsAt: { source: 'group', value: '2026-03-31T15:00:00.000Z', link: null } },
      });
      expect((await listed(code)).effective).toMatchObject({ endYmdt: '2026-03-31 23:59:59' });
      expect((await api.visit(`/${code}`)).status).toBe(410);

      await vivoldi('PUT', 'link-group/v1/update', { grpIdx, endYmdt: null });
      expect((await bit2connect('GET', `/links/${code}`)).data.status).toBe('ACTIVE');
      expect((await api.visit(`/${code}`)).status).toBe(302);
    });
  });

  /** What is not a setting: the same content in each surface's words. */
  const CONTENT: readonly Readonly<Record<'native' | 'vivoldi' | 'bit2connect', object | undefined>>[] = [
    {
      native: { destination: 'https://example.com/new' },
      vivoldi: { url: 'https://example.com/new' },
      bit2connect: { payload: { link: 'https://example.com/new' } },
    },
    { native: { title: '여름 세일' }, vivoldi: { ttl: '여름 세일' }, bit2connect: { name: '여름 세일' } },
    { native: { memo: 'note' }, vivoldi: { memo: 'note' }, bit2connect: undefined },
    { native: { description: 'All summer' }, vivoldi: { description: 'All summer' }, bit2connect: undefined },
    {
      native: { imageUrl: 'https://example.com/a.png' },
      vivoldi: { metaImg: 'https://example.com/a.png' },
      bit2connect: undefined,
    },
    {
      native: { deleteAt: '2035-06-30T14:59:59.000Z' },
      vivoldi: { delYmdt: '2035-06-30 23:59:59' },
      bit2connect: undefined,
    },
    {
      native: {
        campaign: { source: 's', medium: 'm', campaign: 'c', term: null, content: 'x' },
      },
      vivoldi: undefined,
      bit2connect: {
        payload: {
          link: DESTINATION,
          campaign: { utm_source: 's', utm_medium: 'm', utm_campaign: 'c', utm_content: 'x' },
        },
      },
    },
    {
      native: { social: { title: 'T', description: 'D', imageUrl: 'https://example.com/b.png' } },
      vivoldi: undefined,
      bit2connect: {
        payload: {
          link: DESTINATION,
          social: { title: 'T', description: 'D', image: 'https://example.com/b.png' },
        },
      },
    },
    {
      native: { desktopUrl: 'https://example.com/desktop' },
      vivoldi: undefined,
      bit2connect: { payload: { link: DESTINATION, desktop_fallback: 'https://example.com/desktop' } },
    },
    {
      native: {
        apps: {
          ios: {
            identifier: 'com.example.app',
            storeUrl: 'https://apps.apple.com/app/id1',
            appStoreId: '1',
            minVersion: '2.0',
          },
          android: {
            identifier: 'com.example.app',
            storeUrl: 'https://play.google.com/x',
            minVersion: '3',
          },
        },
      },
      vivoldi: undefined,
      bit2connect: {
        payload: {
          link: DESTINATION,
          ios: {
            bundleId: 'com.example.app',
            app_store_fallback: 'https://apps.apple.com/app/id1',
            app_store_id: '1',
            min_version: '2.0',
          },
          android: {
            package: 'com.example.app',
            store_fallback: 'https://play.google.com/x',
            min_version: '3',
          },
        },
      },
    },
  ];

  describe.each(SURFACES)('what is written through %s', (writer) => {
    const rows = CONTENT.filter((row) => row[writer] !== undefined);
    test.each(rows.map((row) => [JSON.stringify(row[writer]), row] as const))('%s', async (_, row) => {
      for (const maker of SURFACES) {
        const code = nextCode();
        await CREATE[maker](code);
        if (writer === 'native') await api.ok('PATCH', `/links/${await idOf(code)}`, { body: row.native });
        else if (writer === 'vivoldi')
          await vivoldi('PUT', 'link/v2/update', { linkId: code, domain: DOMAIN, ...row.vivoldi });
        else
          await bit2connect('PUT', `/links/${code}`, { payload: { link: DESTINATION }, ...row.bit2connect });
        expect((await api.ok('GET', `/links?code=${code}`)).links[0]).toMatchObject(row.native as object);
        if (row.vivoldi) expect(await listed(code)).toMatchObject(row.vivoldi);
        if (row.bit2connect) {
          expect((await bit2connect('GET', `/links/${code}`)).data).toMatchObject(row.bit2connect);
        }
      }
    });
  });

  test('saved apps are the same apps on both surfaces that know them', async () => {
    const { data } = await bit2connect('POST', '/mobile-apps', {
      platform: 'IOS',
      name: 'Shop',
      bundleId: 'com.example.shop',
      teamId: 'ABCDE12345',
    });
    expect(await api.ok('GET', `/apps/${data.id}`)).toMatchObject({
      platform: 'ios',
      name: 'Shop',
      identifier: 'com.example.shop',
      teamId: 'ABCDE12345',
    });
    const code = nextCode();
    await bit2connect('POST', '/links', { code, payload: { link: DESTINATION, iosAppId: data.id } });
    await api.ok('PATCH', `/apps/${data.id}`, { body: { identifier: 'com.example.renamed' } });
    expect((await api.ok('GET', `/links?code=${code}`)).links[0].apps.ios).toMatchObject({
      savedAppId: data.id,
      identifier: 'com.example.renamed',
    });
    expect((await bit2connect('GET', `/mobile-apps/${data.id}`)).data.bundleId).toBe('com.example.renamed');
    await api.call('DELETE', `/apps/${data.id}`);
    expect((await bit2connect('GET', `/links/${code}`)).data.payload).toEqual({ link: DESTINATION });
  });

  test.each(SURFACES)('no link made or changed through %s leads to itself', async (surface) => {
    const code = nextCode();
    const itself = `${DOMAIN}/${code}?a=1`;
    const makes: { readonly [S in Surface]: (more: object) => Promise<Json> } = {
      native: async (more) =>
        await send('POST', '/api/v1/links', { code, destination: DESTINATION, ...more }),
      vivoldi: async (more) =>
        await send('POST', '/api/link/v2/create', {
          brandLinkId: code,
          domain: DOMAIN,
          url: DESTINATION,
          ...more,
        }),
      bit2connect: async (more) =>
        await send('POST', '/1.0/links', { code, payload: { link: DESTINATION, ...more } }),
    };
    const changes: { readonly [S in Surface]: (more: object) => Promise<Json> } = {
      native: async (more) => await send('PATCH', `/api/v1/links/${await idOf(code)}`, more),
      vivoldi: async (more) =>
        await send('PUT', '/api/link/v2/update', { linkId: code, domain: DOMAIN, ...more }),
      bit2connect: async (more) =>
        await send('PUT', `/1.0/links/${code}`, { payload: { link: DESTINATION, ...more } }),
    };
    const bodies: { readonly [S in Surface]: readonly object[] } = {
      native: [
        { destination: itself },
        { desktopUrl: itself },
        { apps: { ios: { identifier: 'com.example.shop', storeUrl: itself } } },
        { settings: { expiredUrl: itself } },
      ],
      vivoldi: [{ url: itself }, { expireUrl: itself }],
      bit2connect: [{ link: itself }, { desktop_fallback: itself }],
    };
    const found = async () =>
      (await api.ok('GET', `/links?code=${code}`)).links.map((link: Json) => [
        link.destination,
        link.desktopUrl,
      ]);
    for (const body of bodies[surface]) {
      expect(JSON.stringify(await makes[surface](body))).toContain('is the short URL of the link itself');
      expect(await found()).toEqual([]);
    }
    await CREATE[surface](code);
    for (const body of bodies[surface]) {
      expect(JSON.stringify(await changes[surface](body))).toContain('is the short URL of the link itself');
      expect(await found()).toEqual([[DESTINATION, null]]);
    }
  });

  test.each(SURFACES)('a link made through %s is deleted through any other', async (maker) => {
    for (const deleter of SURFACES) {
      const code = nextCode();
      await CREATE[maker](code);
      if (deleter === 'native') await api.call('DELETE', `/links/${await idOf(code)}`);
      else if (deleter === 'vivoldi') {
        await vivoldi('DELETE', `link/v1/delete?linkId=${code}&domain=${encodeURIComponent(DOMAIN)}`);
      } else await bit2connect('DELETE', `/links/${code}`);
      expect((await api.ok('GET', `/links?code=${code}`)).links).toEqual([]);
      expect(await listed(code)).toBeUndefined();
      expect((await send('GET', `/1.0/links/${code}`)).httpStatus).toBe(404);
      expect((await api.visit(`/${code}`)).status).toBe(404);
    }
  });
});
