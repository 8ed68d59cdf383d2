import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { AssociatedApp } from '../../apps/associated-apps.ts';
import { RESERVED_SEGMENTS } from '../../links/code.ts';
import type { Domain } from '../../links/domain.ts';
import { testDomain } from '../../links/testing/test-domain.ts';
import type { AppStatement } from './android-file.ts';
import type { AppleFile } from './apple-file.ts';
import { claimedInBrief, claimedUrls } from './claimed-urls.ts';
import { hostFiles, LONGEST_FILE_BYTES } from './host-files.ts';
import { opensApp } from './url-component.ts';

const domain = (pathPrefix: string, projectId: number | null) =>
  testDomain({ pathPrefix, projectId, isDefault: projectId === null });
const ROOT = domain('', null);

const ios = (identifier: string, projectId = 1, teamId: string | null = 'ABCDE12345'): AssociatedApp => ({
  projectId,
  platform: 'ios',
  identifier,
  teamId,
  sha256CertFingerprints: [],
});
const android = (identifier: string, fingerprints: string[], projectId = 1): AssociatedApp => ({
  projectId,
  platform: 'android',
  identifier,
  teamId: null,
  sha256CertFingerprints: fingerprints,
});

function filesOf(host: readonly Domain[], apps: readonly AssociatedApp[]) {
  const { apple, android: google } = hostFiles(host, apps, RESERVED_SEGMENTS);
  return {
    apple: apple && (JSON.parse(apple.body.toString()) as AppleFile),
    android: google && (JSON.parse(google.body.toString()) as AppStatement[]),
  };
}

/** Which apps a device with all of them would open for a URL. */
function openedBy(file: AppleFile | undefined, path: string): string[] {
  const url = new URL(path, 'https://go.example');
  const details = file?.applinks.details ?? [];
  return details.flatMap(({ appIDs, components }) => (opensApp(components, url) ? appIDs : []));
}

describe('the file for Apple', () => {
  it('opens links, and nothing else that the host serves', () => {
    const { apple } = filesOf([ROOT], [ios('com.example.shop')]);
    expect(apple?.applinks.apps).toEqual([]);
    expect(apple?.applinks.details).toMatchObject([{ appIDs: ['ABCDE12345.com.example.shop'] }]);
    expect(apple?.applinks.details[0]?.components).toContainEqual({ '/': '/*/qr', exclude: true });
    expect(apple?.applinks.details[0]?.components.at(-1)).toEqual({ '/': '/*' });
    for (const path of [
      '/x',
      '/x/',
      '/x?utm_source=a',
      '/%EC%97%AC%EB%A6%84',
      '/qrs',
      '/apis',
      '/x?d=2',
      '/?link=https://a.example',
    ]) {
      expect(openedBy(apple, path), path).toHaveLength(1);
    }
    for (const path of [
      '/',
      '/?x=1',
      '/?link=',
      '/x?d=1',
      '/?link=https://a.example&d=1',
      '/x/qr',
      '/x/qr?format=svg',
      '/x/qr/',
      '/x/stats/',
      '/x/stats',
      '/group/grp_1/stats',
      '/api',
      '/api/v1/links',
      '/.well-known/assetlinks.json',
      '/robots.txt',
      '/sw.js',
    ]) {
      expect(openedBy(apple, path), path).toEqual([]);
    }
  });

  it('lets each project open the links of its own path prefix, and those of the domain that is everybody’s', () => {
    const host = [domain('eu/share', 3), domain('share', 2), ROOT];
    const { apple } = filesOf(host, [
      ios('one', 1),
      ios('two', 2),
      ios('three', 3),
      ios('two-and-three', 2),
      ios('two-and-three', 3),
    ]);
    const by = (path: string) =>
      openedBy(apple, path)
        .map((id) => id.slice(11))
        .sort();
    expect(by('/x')).toEqual(['one', 'three', 'two', 'two-and-three']);
    expect(by('/share/x')).toEqual(['two', 'two-and-three']);
    expect(by('/share?link=https://a.example')).toContain('two');
    expect(by('/share/?link=https://a.example')).toEqual(['two', 'two-and-three']);
    expect(by('/share/')).toEqual([]);
    expect(by('/eu/share/x')).toEqual(['three', 'two-and-three']);
    expect(by('/share/x/qr')).toEqual([]);
    expect(by('/share/x?d=1')).toEqual([]);
  });

  it('opens only what stands below a prefix when that is all the project has', () => {
    const { apple } = filesOf([domain('share', 2)], [ios('two', 2)]);
    expect(openedBy(apple, '/share/x')).toHaveLength(1);
    expect(openedBy(apple, '/x')).toEqual([]);
  });

  it('is not there without an app that has a team id', () => {
    expect(
      filesOf([ROOT], [ios('com.example.shop', 1, null), android('com.example.shop', ['AA'])]).apple,
    ).toBeUndefined();
  });
});

describe('the file for Android', () => {
  it('has one statement for a package, whoever saved it, with every certificate once', () => {
    const { android: file } = filesOf(
      [ROOT],
      [
        android('com.a', ['AA', 'BB']),
        android('com.b', ['CC']),
        android('com.a', ['BB', 'DD'], 2),
        android('com.none', []),
      ],
    );
    expect(file).toEqual([
      {
        relation: ['delegate_permission/common.handle_all_urls'],
        target: {
          namespace: 'android_app',
          package_name: 'com.a',
          sha256_cert_fingerprints: ['AA', 'BB', 'DD'],
        },
      },
      {
        relation: ['delegate_permission/common.handle_all_urls'],
        target: { namespace: 'android_app', package_name: 'com.b', sha256_cert_fingerprints: ['CC'] },
      },
    ]);
  });

  it('is not there without an app that has a certificate', () => {
    expect(filesOf([ROOT], [ios('com.example.shop'), android('com.none', [])]).android).toBeUndefined();
  });
});

describe('a host with very many path prefixes', () => {
  const prefixes = (count: number, projectId: number) =>
    Array.from({ length: count }, (_, index) => domain(`prefix-number-${index}-of-${projectId}`, projectId));
  const apps = [ios('one', 1), ios('two', 2)];
  const by = (file: AppleFile | undefined, path: string) => openedBy(file, path).map((id) => id.slice(11));

  it('is said in brief: the app of all prefixes opens everything, that of the root nothing below others’', () => {
    const host = [domain('prefix-number-7-of-2/own', 1), ...prefixes(700, 2), ROOT];
    const { apple } = filesOf(host, apps);
    expect(by(apple, '/x')).toEqual(['one', 'two']);
    expect(by(apple, '/prefix-number-7-of-2/x')).toEqual(['two']);
    expect(by(apple, '/prefix-number-7-of-2/own/x')).toEqual(['one']);
    expect(by(apple, '/prefix-number-7-of-2/x/qr')).toEqual([]);
    expect(by(apple, '/api/v1/links')).toEqual([]);
    expect(by(apple, '/')).toEqual([]);
    expect(by(apple, '/prefix-number-699-of-2?link=https://a.example')).toContain('two');
    expect(hostFiles(host, apps, RESERVED_SEGMENTS).leftOut).toEqual({ ios: [], android: [] });
  });

  it('opens everything for a project that has it alone', () => {
    const { apple } = filesOf(prefixes(3_000, 2), apps);
    expect(by(apple, '/prefix-number-2999-of-2/x')).toEqual(['two']);
    expect(by(apple, '/prefix-number-2999-of-2/x?d=1')).toEqual([]);
  });

  it('is worked out once for all apps of a project, however many there are', () => {
    let looks = 0;
    const host = [...Array(20).keys()].map((index) => {
      const { projectId, ...rest } = domain(`p${index}`, index);
      return {
        ...rest,
        get projectId() {
          looks++;
          return projectId;
        },
      };
    });
    const apps = Array.from({ length: 2_000 }, (_, index) => ios(`com.example.app${index}`, index % 20));
    hostFiles(host, apps, RESERVED_SEGMENTS);
    expect(looks).toBeLessThan(20_000);
  });

  it('names those for whom there is no room at all', () => {
    const host = [...prefixes(5_000, 1), ...prefixes(5_000, 2)];
    const { apple, leftOut } = hostFiles(host, [...apps, ios('none', 1, null)], RESERVED_SEGMENTS);
    expect(apple).toBeUndefined();
    expect(leftOut).toEqual({ ios: ['ABCDE12345.one', 'ABCDE12345.two'], android: [] });
  });

  it('is in brief what it is at length, but for what is no link', () => {
    const segment = fc.constantFrom('a', 'b', 'c');
    const prefix = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const scene = fc.record({
      root: fc.constantFrom(null, 1, 2),
      prefixes: fc.uniqueArray(prefix, { maxLength: 8 }),
      owners: fc.array(fc.constantFrom(1, 2), { minLength: 8, maxLength: 8 }),
      at: fc.nat(8),
    });
    fc.assert(
      fc.property(scene, ({ root, prefixes: some, owners, at }) => {
        const host = [...some.map((one, index) => domain(one, owners[index] ?? 1)), domain('', root)].sort(
          (a, b) => b.pathPrefix.length - a.pathPrefix.length,
        );
        const mine = ({ projectId }: Domain) => projectId === null || projectId === 1;
        const { pathPrefix } = host[at % host.length] as Domain;
        const base = pathPrefix === '' ? '/' : `/${pathPrefix}/`;
        for (const path of ['x', 'x/', 'x?a=b', 'x?d=1', 'x/qr', '?link=https://a.example']) {
          const url = new URL(base + path, 'https://go.example');
          const brief = claimedInBrief(host, mine, RESERVED_SEGMENTS);
          const whole = claimedUrls(host, mine, RESERVED_SEGMENTS);
          expect(opensApp(brief, url), url.href).toBe(opensApp(whole, url));
        }
      }),
    );
  });
});

test('no file is longer than Apple reads; what finds no room is what came last', () => {
  const long = (index: number) => `com.example.${index}.${'x'.repeat(130)}`;
  const certificates = Array.from({ length: 20 }, (_, index) => `${index}`.padStart(95, 'F'));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000 }), (count) => {
      const apps = Array.from({ length: count }, (_, index) => [
        ios(long(index)),
        android(long(index), certificates),
      ]).flat();
      const { apple, android: google } = hostFiles([ROOT], apps, RESERVED_SEGMENTS);
      for (const file of [apple, google]) {
        expect(file?.body.byteLength).toBeLessThanOrEqual(LONGEST_FILE_BYTES);
        expect(file?.body.toString()).toContain(`${long(0)}"`);
      }
    }),
    { numRuns: 20 },
  );
});
