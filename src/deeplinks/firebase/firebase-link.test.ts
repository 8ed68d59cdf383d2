import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { linkProblems } from '../../links/link-input.ts';
import { type FirebaseLink, longLinkParameters, readFirebaseLink } from './firebase-link.ts';
import {
  LONG_LINK_PARAMETERS,
  type LongLinkParameter,
  type LongLinkParameters,
  readLongLinkQuery,
  writeLongLinkQuery,
} from './long-link-parameters.ts';
import { namedHosts } from './named-hosts.ts';

/** Every parameter there is, each with a value of its own. */
const EVERYTHING = {
  link: 'https://www.example.com/p?a=1',
  apn: 'com.example.app',
  afl: 'https://get.example.com/android',
  amv: '42',
  al: 'https://www.example.com/android-only',
  ibi: 'com.example.ios',
  ifl: 'https://get.example.com/ios',
  ius: 'exampleapp',
  ipfl: 'https://get.example.com/ipad',
  ipbi: 'com.example.ipad',
  isi: '123456789',
  imv: '2.1.0',
  efr: '1',
  ofl: 'https://www.example.com/desktop',
  st: 'A title',
  sd: 'A description',
  si: 'https://img.example.com/a.png',
  utm_source: 'src',
  utm_medium: 'med',
  utm_campaign: 'camp',
  utm_term: 'term',
  utm_content: 'cont',
  gclid: 'g1',
  at: 'at1',
  ct: 'ct1',
  mt: '8',
  pt: 'pt1',
  d: '1',
} satisfies Record<LongLinkParameter, string>;

/** Where each of them ends up. */
const EVERYTHING_READ: FirebaseLink = {
  destination: EVERYTHING.link,
  desktopUrl: EVERYTHING.ofl,
  apps: {
    ios: {
      identifier: EVERYTHING.ibi,
      storeUrl: EVERYTHING.ifl,
      appStoreId: EVERYTHING.isi,
      minVersion: EVERYTHING.imv,
      customScheme: EVERYTHING.ius,
      deepLink: null,
      ipadIdentifier: EVERYTHING.ipbi,
      ipadStoreUrl: EVERYTHING.ipfl,
    },
    android: {
      identifier: EVERYTHING.apn,
      storeUrl: EVERYTHING.afl,
      appStoreId: null,
      minVersion: EVERYTHING.amv,
      customScheme: null,
      deepLink: EVERYTHING.al,
      ipadIdentifier: null,
      ipadStoreUrl: null,
    },
  },
  appRouting: { gclid: 'g1', at: 'at1', ct: 'ct1', mt: '8', pt: 'pt1', forceRedirect: true },
  campaign: { source: 'src', medium: 'med', campaign: 'camp', term: 'term', content: 'cont' },
  social: { title: 'A title', description: 'A description', imageUrl: EVERYTHING.si },
};

const codesOf = (given: LongLinkParameters, isLongLink?: (url: string) => boolean) =>
  readFirebaseLink(given, isLongLink).findings.map(({ code }) => code);

describe('readFirebaseLink', () => {
  it('has a home for every parameter', () => {
    expect(readFirebaseLink(EVERYTHING).link).toEqual(EVERYTHING_READ);
    expect(codesOf(EVERYTHING)).toEqual(['DEPRECATED_PARAM']);
  });

  it('needs no more than a link', () => {
    expect(readFirebaseLink({ link: 'https://a.example/' })).toEqual({
      link: {
        destination: 'https://a.example/',
        desktopUrl: null,
        apps: { ios: null, android: null },
        appRouting: {},
        campaign: {},
        social: {},
      },
      findings: [],
    });
  });

  it('opens an app by its bundle id as a scheme, unless a scheme is named', () => {
    const schemeOf = (given: LongLinkParameters) =>
      readFirebaseLink({ link: 'https://a.example/', ...given }).link?.apps.ios?.customScheme;
    expect(schemeOf({ ibi: 'com.example.app' })).toBe('com.example.app');
    expect(schemeOf({ ibi: 'com.example.app', ius: 'mine' })).toBe('mine');
    expect(schemeOf({ ibi: 'com.example.app', ius: 'javascript' })).toBe('com.example.app');
    expect(schemeOf({ ibi: '1.example.app' })).toBeNull();
  });

  it('knows an app for iPads alone', () => {
    const ios = readFirebaseLink({ link: 'https://a.example/', ipbi: 'com.example.ipad' }).link?.apps.ios;
    expect(ios).toMatchObject({ identifier: 'com.example.ipad', ipadIdentifier: null });
  });

  const URL_PARAMETERS = ['al', 'afl', 'ifl', 'ipfl', 'ofl', 'si'] as const;
  const HOSTILE: [value: string, code: string][] = [
    ['javascript:alert(1)', 'BAD_URI_SCHEME_'],
    ['JavaScript:alert(1)//https://a.example', 'BAD_URI_SCHEME_'],
    ['data:text/html,x', 'BAD_URI_SCHEME_'],
    ['myapp://open', 'BAD_URI_SCHEME_'],
    ['intent://a.example#Intent;end', 'BAD_URI_SCHEME_'],
    ['//evil.invalid/', 'NOT_URI_'],
    ['evil.invalid', 'NOT_URI_'],
    ['https://?evil', 'NOT_URI_'],
    ['https://a.example/\r\nSet-Cookie: a=b', 'NOT_URI_'],
    ['https:\\\\a.example', 'NOT_URI_'],
    [`https://a.example/${'x'.repeat(3_000)}`, 'TOO_LONG_PARAM'],
  ];
  it.each(HOSTILE)('leads nowhere by %j, in whichever parameter it stands', (value, code) => {
    const { link, findings } = readFirebaseLink({ link: value });
    expect(link).toBeNull();
    expect(findings).toMatchObject([{ parameter: 'link', misleads: true }]);
    expect(findings[0]?.code).toContain(code);
    for (const parameter of URL_PARAMETERS) {
      const read = readFirebaseLink({ ...EVERYTHING, [parameter]: value });
      const finding = read.findings.find((one) => one.parameter === parameter && one.code.startsWith(code));
      expect(finding, parameter).toMatchObject({ misleads: parameter !== 'si' });
      expect(JSON.stringify(read), parameter).not.toContain(JSON.stringify(value).slice(1, -1));
    }
  });

  it('does not lead to another dynamic link', () => {
    for (const host of ['x.page.link', 'page.link', 'a.app.goo.gl'])
      expect(codesOf({ link: `https://${host}/abc` })).toEqual(['DYNAMIC_LINK_AS_DEEP_LINK']);
    expect(codesOf({ link: 'https://mypage.link/' })).toEqual([]);
    const isOurs = (url: string) => url.startsWith('https://go.example/?link=');
    expect(codesOf({ link: 'https://go.example/?link=x' }, isOurs)).toEqual(['DYNAMIC_LINK_AS_DEEP_LINK']);
    expect(codesOf({ link: 'https://go.example/abc' }, isOurs)).toEqual([]);
  });

  it.each<[LongLinkParameters, string[]]>([
    [{ apn: 'nodots' }, ['MALFORMED_PARAM']],
    [{ ibi: 'com/example' }, ['MALFORMED_PARAM']],
    [{ ipbi: 'a b' }, ['MALFORMED_PARAM']],
    [{ apn: 'a.b', amv: '1.2' }, ['NOT_INTEGER_ANDROID_PACKAGE_MIN_VERSION']],
    [{ amv: '12' }, ['UNNECESSARY_ANDROID_PACKAGE_MIN_VERSION']],
    [{ al: 'https://a.example/' }, ['UNNECESSARY_ANDROID_LINK', 'DEPRECATED_PARAM']],
    [{ afl: 'https://a.example/' }, ['UNNECESSARY_ANDROID_FALLBACK_LINK']],
    [{ ibi: 'a.b', isi: 'id123' }, ['NOT_NUMERIC_IOS_APP_STORE_ID']],
    [{ isi: '123' }, ['UNNECESSARY_IOS_APP_STORE_ID']],
    [{ isi: 'id123' }, ['UNNECESSARY_IOS_APP_STORE_ID']],
    [{ amv: '1.2' }, ['UNNECESSARY_ANDROID_PACKAGE_MIN_VERSION']],
    [{ ius: 'a\u0000b' }, ['UNNECESSARY_IOS_URL_SCHEME']],
    [{ ius: 'mine' }, ['UNNECESSARY_IOS_URL_SCHEME']],
    [{ ifl: 'https://a.example/' }, ['UNNECESSARY_IOS_FALLBACK_LINK']],
    [{ ipfl: 'https://a.example/' }, ['UNNECESSARY_IPAD_FALLBACK_LINK']],
    [{ imv: '1' }, ['UNNECESSARY_IOS_MINIMUM_VERSION']],
    [{ ibi: 'a.b', ius: 'a\u0000b' }, ['MALFORMED_PARAM']],
    [{ st: 'x'.repeat(256) }, ['TOO_LONG_PARAM']],
    [{ st: 'a\u0000b' }, ['MALFORMED_PARAM']],
    [{ d: 'yes' }, ['BAD_DEBUG_PARAM']],
    [{ d: '1', efr: '0', st: '', afl: '' }, []],
  ])('says of %j: %j', (given, codes) => {
    expect(codesOf({ link: 'https://a.example/', ...given })).toEqual(codes);
  });

  it('says that fragments may be lost', () => {
    expect(codesOf({ link: 'https://a.example/#x' })).toEqual(['LINK_WITH_FRAGMENTS']);
  });

  it('cuts a long text between its characters', () => {
    const { link } = readFirebaseLink({ link: 'https://a.example/', st: '😀'.repeat(200) });
    expect(link?.social.title).toHaveLength(255);
    expect(link?.social.title?.isWellFormed()).toBe(true);
  });
});

test('every host is named that somebody may be sent to, or that shows a picture', () => {
  expect(namedHosts(EVERYTHING_READ)).toEqual([
    { parameter: 'link', url: EVERYTHING.link, host: 'www.example.com', isFallback: false },
    { parameter: 'al', url: EVERYTHING.al, host: 'www.example.com', isFallback: false },
    { parameter: 'afl', url: EVERYTHING.afl, host: 'get.example.com', isFallback: true },
    { parameter: 'ifl', url: EVERYTHING.ifl, host: 'get.example.com', isFallback: true },
    { parameter: 'ipfl', url: EVERYTHING.ipfl, host: 'get.example.com', isFallback: true },
    { parameter: 'ofl', url: EVERYTHING.ofl, host: 'www.example.com', isFallback: true },
    { parameter: 'si', url: EVERYTHING.si, host: 'img.example.com', isFallback: false },
  ]);
});

const values: fc.Arbitrary<LongLinkParameters> = fc.record(
  Object.fromEntries(
    LONG_LINK_PARAMETERS.map((name) => [
      name,
      fc.oneof(
        fc.constantFrom<string>(
          EVERYTHING[name],
          '',
          '1',
          'com.example',
          'javascript:x',
          '\u0000',
          'https://',
        ),
        fc.webUrl({ withQueryParameters: true, withFragments: true }),
        fc.string({ unit: 'binary', maxLength: 300 }),
      ),
    ]),
  ),
  { requiredKeys: [] },
);

test('whatever is said, what can be used of it is a link that may be stored, and says itself again', () => {
  fc.assert(
    fc.property(values, (given) => {
      const { link, findings } = readFirebaseLink(given);
      for (const { parameter, message } of findings) expect(message.startsWith(parameter)).toBe(true);
      if (!link) {
        expect(findings.some(({ misleads }) => misleads)).toBe(true);
        return;
      }
      expect(linkProblems(link)).toEqual([]);
      const query = writeLongLinkQuery(longLinkParameters(link));
      expect(readFirebaseLink(readLongLinkQuery(query).parameters).link).toEqual(link);
    }),
    { numRuns: 2_000 },
  );
});
