import { createHmac, createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { visitorOf } from '../../visits/visitor-class.ts';
import { ClickFlag, ClickKind } from '../click-record.ts';
import { anyClickRecord, clickRecord } from '../testing/click-records.ts';
import { mmdbFile } from '../testing/mmdb-file.ts';
import { KNOWN_USER_AGENTS, PROGRAMS } from '../testing/user-agents.ts';
import { enrich } from './enrich.ts';
import { GeoDatabase } from './geo-database.ts';
import { countersOf } from './link-counts.ts';
import { BROWSER_NAMES, DEVICE_KINDS, OS_NAMES } from './user-agent.ts';

const secret = createSecretKey(Buffer.from('an instance secret'));
const geo = new GeoDatabase(
  mmdbFile([
    [
      '8.8.0.0/16',
      {
        country: { iso_code: 'US' },
        subdivisions: [{ names: { en: 'California' } }],
        city: { names: { en: 'Mountain View' } },
      },
    ],
    ['2001:4860::/32', { country_code: 'CA' }],
  ]),
  'test',
);
const context = { secret, geo };

test('the visitor is a keyed hash, and the address is gone', () => {
  const record = clickRecord({ address: '203.0.113.9', userAgent: 'curl/8' });
  const click = enrich(record, context);
  const expected = createHmac('sha256', 'an instance secret').update('203.0.113.9\0curl/8').digest('hex');
  expect(click.visitor).toBe(expected.slice(0, 16));
  expect(JSON.stringify(click)).not.toContain('203.0.113.9');
  expect(enrich(record, { ...context, secret: createSecretKey(Buffer.from('another')) }).visitor).not.toBe(
    click.visitor,
  );
});

test.each([
  ['https://News.Example:8443/a?b', 'news.example'],
  ['android-app://Com.Google.Android.Gm/', 'com.google.android.gm'],
  ['', ''],
  ['about:blank', ''],
  ['not a url', ''],
])('the referrer %j has the host %j', (referrer, host) => {
  expect(enrich(clickRecord({ referrer }), context).referrerHost).toBe(host);
});

test('the first value of each standard utm name is kept', () => {
  const utm = [
    ['source', 'mail'],
    ['source', 'again'],
    ['medium', ''],
    ['id', '7'],
    ['__proto__', 'x'],
    ['term', 'x'.repeat(200)],
  ] as const;
  expect(enrich(clickRecord({ utm }), context).utm).toEqual({ source: 'mail', term: 'x'.repeat(128) });
  expect(enrich(clickRecord({ utm: [['id', '7']] }), context).utm).toBeNull();
});

test('place, device and language follow from what the visit knew', () => {
  const [, userAgent = ''] = KNOWN_USER_AGENTS.find(([what]) => what === 'KakaoTalk on Android') ?? [];
  const record = clickRecord({ address: '8.8.8.8', userAgent, language: 'en;q=0.5, ko-KR' });
  const known = { device: 'mobile', os: 'Android', browser: 'KakaoTalk', languageTag: 'ko' };
  expect(enrich(record, context)).toMatchObject({
    ...known,
    language: 'en;q=0.5, ko-KR',
    country: 'US',
    region: 'California',
    city: 'Mountain View',
  });
  expect(enrich(record, { secret, geo: undefined })).toMatchObject({
    ...known,
    country: '',
    region: '',
    city: '',
  });
  expect(enrich({ ...record, address: '::ffff:8.8.8.8' }, context).country).toBe('US');
  expect(enrich({ ...record, address: '2001:4860::1' }, context)).toMatchObject({ country: 'CA', city: '' });
});

const FLAG_OF = {
  person: 0,
  automated: ClickFlag.automated,
  crawler: ClickFlag.crawler,
  unfurler: ClickFlag.crawler,
};

test.each(PROGRAMS)('%j is a program, and pretends to no phone', (userAgent, device) => {
  const flags = FLAG_OF[visitorOf(userAgent).visitor];
  expect(enrich(clickRecord({ userAgent, flags }), context)).toMatchObject({ device, os: '', browser: '' });
});

test.each(KNOWN_USER_AGENTS)('%s is a person', (_what, userAgent) => {
  expect(visitorOf(userAgent).visitor).toBe('person');
});

test('a crawler is a bot, whatever else it was taken for', () => {
  const flags = ClickFlag.crawler | ClickFlag.automated | ClickFlag.qr;
  expect(enrich(clickRecord({ flags }), context).device).toBe('bot');
});

test('whatever a visitor sends becomes text that every store takes', () => {
  fc.assert(
    fc.property(anyClickRecord, (record) => {
      const click = enrich(record, context);
      const { userAgent, language, referrerHost, utm } = click;
      const { country, region, city, device, os, browser, languageTag } = click;
      expect(click).not.toHaveProperty('address');
      expect([country, region, city]).toEqual(['', '', '']);
      expect(DEVICE_KINDS).toContain(device);
      expect(['', ...OS_NAMES]).toContain(os);
      expect(['', ...BROWSER_NAMES]).toContain(browser);
      expect(languageTag).toMatch(/^([a-z]{2,3})?$/);
      for (const text of [userAgent, language, referrerHost, ...Object.values(utm ?? {})]) {
        expect(text.isWellFormed()).toBe(true);
        expect(text).not.toContain('\0');
      }
      expect(userAgent.length).toBeLessThanOrEqual(512);
      expect(language.length).toBeLessThanOrEqual(64);
    }),
  );
});

test('long texts are cut without leaving half a character', () => {
  const click = enrich(clickRecord({ userAgent: `${'x'.repeat(511)}😀` }), context);
  expect(click.userAgent).toBe(`${'x'.repeat(511)}\uFFFD`);
});

test('clicks and slots are counted per link', () => {
  const at = (seconds: number): number => 1_760_000_000_000 + seconds;
  const counts = countersOf([
    clickRecord({ linkId: 1, at: at(5) }),
    clickRecord({ linkId: 1, at: at(3), flags: ClickFlag.slot | ClickFlag.qr }),
    clickRecord({ linkId: 1, at: at(9), flags: ClickFlag.crawler }),
    clickRecord({ linkId: 2, at: at(1), flags: ClickFlag.slot | ClickFlag.uncounted }),
    clickRecord({ linkId: 3, at: at(1), kind: ClickKind.appOpen }),
  ]);
  expect(counts).toEqual([
    { linkId: 1, clicks: 2, slotsTaken: 1, clicksUnslotted: 1, firstClickAt: at(3), lastClickAt: at(5) },
    { linkId: 2, clicks: 0, slotsTaken: 1, clicksUnslotted: 0, firstClickAt: null, lastClickAt: null },
  ]);
});
