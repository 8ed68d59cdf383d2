import { createHmac, createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ClickFlag, ClickKind } from '../click-record.ts';
import { anyClickRecord, clickRecord } from '../testing/click-records.ts';
import { enrich } from './enrich.ts';
import { countersOf } from './link-counts.ts';

const secret = createSecretKey(Buffer.from('an instance secret'));

test('the visitor is a keyed hash, and the address is gone', () => {
  const record = clickRecord({ address: '203.0.113.9', userAgent: 'curl/8' });
  const click = enrich(record, secret);
  const expected = createHmac('sha256', 'an instance secret').update('203.0.113.9\0curl/8').digest('hex');
  expect(click.visitor).toBe(expected.slice(0, 16));
  expect(JSON.stringify(click)).not.toContain('203.0.113.9');
  expect(enrich(record, createSecretKey(Buffer.from('another'))).visitor).not.toBe(click.visitor);
});

test.each([
  ['https://News.Example:8443/a?b', 'news.example'],
  ['android-app://Com.Google.Android.Gm/', 'com.google.android.gm'],
  ['', ''],
  ['about:blank', ''],
  ['not a url', ''],
])('the referrer %j has the host %j', (referrer, host) => {
  expect(enrich(clickRecord({ referrer }), secret).referrerHost).toBe(host);
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
  expect(enrich(clickRecord({ utm }), secret).utm).toEqual({ source: 'mail', term: 'x'.repeat(128) });
  expect(enrich(clickRecord({ utm: [['id', '7']] }), secret).utm).toBeNull();
});

test('whatever a visitor sends becomes text that every store takes', () => {
  fc.assert(
    fc.property(anyClickRecord, (record) => {
      const { userAgent, language, referrerHost, utm } = enrich(record, secret);
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
  const click = enrich(clickRecord({ userAgent: `${'x'.repeat(511)}😀` }), secret);
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
