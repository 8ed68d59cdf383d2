import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Finding, isHealthy } from '../../src/cli/doctor/finding.ts';
import { type AskedLinks, examineLinks } from '../../src/cli/doctor/links-check.ts';
import { ENGINES, type EngineUnderTest } from '../support/engines.ts';
import { selfSigned } from '../support/self-signed.ts';
import { runCommand } from './command.ts';
import { ServerProcess } from './server-process.ts';

const APPLE = '/.well-known/apple-app-site-association';
const ANDROID = '/.well-known/assetlinks.json';
const ROBOTS = '/robots.txt';
const CERTIFICATE = Array.from({ length: 32 }, () => 'AA').join(':');
const COMPONENTS = [
  { '/': '/*', '?': { d: '1' }, exclude: true },
  { '/': '/*/qr', exclude: true },
  { '/': '/*/stats', exclude: true },
  { '/': '/*' },
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchyard-doctor-links-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Diagnosis {
  readonly code: number | null;
  readonly output: string;
  readonly findings: readonly Finding[];
  /** `check level text` of all that is not well. */
  readonly complaints: readonly string[];
}

/** The command as an operator runs it, on a machine without an installation unless `env` says otherwise. */
async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Diagnosis> {
  const { code, out, err } = await runCommand(['doctor', 'links', ...args], {
    ...{ DATA_DIR: join(folder, 'none'), PUBLIC_URL: 'http://switchyard.test' },
    ...env,
  });
  const output = out + err;
  const findings = args.includes('--json') ? (JSON.parse(output) as { findings: Finding[] }).findings : [];
  return { code, output, findings, complaints: complaintsOf(findings) };
}

/** The same without a process of its own. */
async function examine(domain: string, more: Partial<AskedLinks> = {}): Promise<Omit<Diagnosis, 'output'>> {
  const { findings, wasAnswered } = await examineLinks({ domain, dataDir: join(folder, 'none'), ...more });
  return {
    code: wasAnswered ? (isHealthy(findings) ? 0 : 1) : 2,
    findings,
    complaints: complaintsOf(findings),
  };
}

function complaintsOf(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ level }) => level !== 'ok')
    .map(({ check, level, text }) => `${check} ${level} ${text}`);
}

interface Page {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A server that says what a test wants it to say. */
class Site {
  pages: Readonly<Record<string, Page>> = {};
  readonly hosts = new Set<string | undefined>();
  readonly #server: Server;

  private constructor(make: (answer: RequestListener) => Server) {
    this.#server = make((request, response) => {
      this.hosts.add(request.headers.host);
      const page = this.pages[request.url ?? ''];
      if (!page) return response.writeHead(404).end('nothing here');
      const { status = 200, headers = { 'content-type': 'application/json' }, body = '' } = page;
      const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
      return response.writeHead(status, headers).end(isRaw ? body : JSON.stringify(body));
    });
  }

  static async open(make: (answer: RequestListener) => Server = createHttpServer): Promise<Site> {
    const site = new Site(make);
    await new Promise<void>((resolve) => site.#server.listen(0, '127.0.0.1', resolve));
    return site;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

const apple = (details: object = {}, links: object = {}) => ({
  applinks: {
    apps: [],
    details: [{ appIDs: ['ABCDE12345.com.example.shop'], components: COMPONENTS, ...details }],
    ...links,
  },
});
const statement = (target: object = {}, more: object = {}) => ({
  relation: ['delegate_permission/common.handle_all_urls'],
  target: {
    namespace: 'android_app',
    package_name: 'com.example.shop',
    sha256_cert_fingerprints: [CERTIFICATE],
    ...target,
  },
  ...more,
});
const GOOD: Readonly<Record<string, Page>> = {
  [APPLE]: { body: apple() },
  [ANDROID]: { body: [statement()] },
};

describe('over the network, each rule broken in turn', () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open();
  });
  afterAll(() => site.close());

  const diagnose = (pages: Readonly<Record<string, Page>>, only?: string) => {
    site.pages = { ...GOOD, ...pages };
    return examine('go.example.com', { url: `http://127.0.0.1:${site.port}`, only });
  };

  test('all is well', async () => {
    const { code, complaints, findings } = await diagnose({});
    expect(complaints).toEqual([]);
    expect(code).toBe(0);
    expect(findings.map(({ check }) => check)).toEqual([
      'reach',
      'ios-status',
      'ios-type',
      'ios-apps',
      'ios-urls',
      'android-status',
      'android-type',
      'android-apps',
      'saved',
    ]);
    expect([...site.hosts]).toEqual(['go.example.com']);
    const { output, code: same } = await run(['go.example.com', '--url', `http://127.0.0.1:${site.port}`]);
    expect(same).toBe(0);
    expect(output).toContain('ok   the file for iOS names "ABCDE12345.com.example.shop"');
    expect(output.trimEnd().split('\n').at(-1)).toBe('All is well.');
  });

  test.each<[what: string, pages: Readonly<Record<string, Page>>, complaint: string]>([
    [
      'no file',
      { [APPLE]: { status: 404 } },
      'ios-status bad /.well-known/apple-app-site-association is not there (404)',
    ],
    [
      'a redirect',
      { [ANDROID]: { status: 301, headers: { location: 'https://www.example.com/assetlinks.json' } } },
      'android-status bad /.well-known/assetlinks.json leads on to "https://www.example.com/assetlinks.json", and Google follows no redirect',
    ],
    [
      'a wall',
      { [APPLE]: { status: 403 } },
      'ios-status bad /.well-known/apple-app-site-association is not open to everybody (403)',
    ],
    [
      'a failing server',
      { [ANDROID]: { status: 500 } },
      'android-status bad /.well-known/assetlinks.json answers 500 instead of 200',
    ],
    [
      'another type',
      { [APPLE]: { body: apple(), headers: { 'content-type': 'application/octet-stream' } } },
      'ios-type bad /.well-known/apple-app-site-association says that it is "application/octet-stream"',
    ],
    [
      'no type',
      { [ANDROID]: { body: [statement()], headers: {} } },
      'android-type bad /.well-known/assetlinks.json says that it is nothing',
    ],
    ['too much', { [APPLE]: { body: { ...apple(), padding: 'x'.repeat(131_072) } } }, 'ios-size bad'],
    ['endlessly much', { [APPLE]: { body: 'x'.repeat(5_000_000) } }, 'ios-size bad'],
    [
      'a byte order mark',
      { [APPLE]: { body: `\ufeff${JSON.stringify(apple())}` } },
      'ios-json bad /.well-known/apple-app-site-association begins with a byte order mark',
    ],
    [
      'a page',
      { [ANDROID]: { body: '<!doctype html>\u001b[2J' } },
      'android-json bad /.well-known/assetlinks.json is not JSON: it begins with "<!doctype html> [2J"',
    ],
    ['no UTF-8', { [APPLE]: { body: Buffer.from([0x7b, 0xff, 0x7d]) } }, 'ios-json bad'],
    [
      'compression',
      { [APPLE]: { body: 'x', headers: { 'content-type': 'application/json', 'content-encoding': 'br' } } },
      'ios-json bad /.well-known/apple-app-site-association comes as "br"',
    ],
    [
      'no applinks',
      { [APPLE]: { body: { webcredentials: {} } } },
      'ios-format bad the file for iOS has no "applinks"',
    ],
    ['a list', { [APPLE]: { body: [] } }, 'ios-format bad the file for iOS has no "applinks"'],
    [
      'no apps',
      { [APPLE]: { body: apple({}, { apps: undefined }) } },
      'ios-format warn the file for iOS has no "apps": []',
    ],
    [
      'apps',
      { [APPLE]: { body: apple({}, { apps: ['x'] }) } },
      'ios-format bad "apps" of the file for iOS has to be an empty list',
    ],
    ['no details', { [APPLE]: { body: apple({}, { details: [] }) } }, 'ios-format bad "details"'],
    [
      'old details',
      { [APPLE]: { body: apple({}, { details: { 'A.b': { paths: ['*'] } } }) } },
      'ios-format bad "details"',
    ],
    [
      'details that are none',
      { [APPLE]: { body: apple({}, { details: [null, 7] }) } },
      'ios-format bad "details" of the file for iOS holds "null"',
    ],
    [
      'no ids',
      { [APPLE]: { body: apple({ appIDs: [] }) } },
      'ios-format bad one of the "details" of the file for iOS names no app',
    ],
    [
      'no components',
      { [APPLE]: { body: apple({ components: undefined }) } },
      'ios-format bad one of the "details" of the file for iOS has no "components"',
    ],
    [
      'components that are none',
      { [APPLE]: { body: apple({ components: {} }) } },
      'ios-format bad "components"',
    ],
    [
      'an unknown word',
      { [APPLE]: { body: apple({ components: [{ path: '/*' }] }) } },
      'ios-format bad the file for iOS has a component that iOS does not understand',
    ],
    [
      'an id without a team',
      { [APPLE]: { body: apple({ appIDs: ['com.example.shop'] }) } },
      'ios-apps bad the file for iOS names "com.example.shop": an app is its ten-character team id',
    ],
    ['an id that is none', { [APPLE]: { body: apple({ appIDs: [7] }) } }, 'ios-apps bad'],
    [
      'an id twice',
      { [APPLE]: { body: apple({ appIDs: ['ABCDE12345.a.b', 'ABCDE12345.a.b'] }) } },
      'ios-apps bad the file for iOS names "ABCDE12345.a.b" more than once',
    ],
    [
      'everything excluded',
      { [APPLE]: { body: apple({ components: [{ '/': '*', exclude: true }, ...COMPONENTS] }) } },
      'ios-urls bad no app opens a link such as https://go.example.com/example',
    ],
    [
      'links excluded with the paths they begin like',
      { [APPLE]: { body: apple({ components: [{ '/': '/v1*', exclude: true }, ...COMPONENTS] }) } },
      'ios-urls bad no app opens a link such as https://go.example.com/v1sale',
    ],
    [
      'nothing excluded',
      { [APPLE]: { body: apple({ components: [{ '/': '/*' }] }) } },
      'ios-urls bad the page "qr" of a link (https://go.example.com/example/qr) would open an app',
    ],
    [
      'paths instead of components',
      { [APPLE]: { body: apple({ components: undefined, paths: ['*'] }) } },
      'ios-urls bad the page "qr" of a link',
    ],
    ['an object', { [ANDROID]: { body: {} } }, 'android-format bad the file for Android has to be a list'],
    ['an empty list', { [ANDROID]: { body: [] } }, 'android-apps bad the file for Android names no app'],
    ['no statement', { [ANDROID]: { body: [7] } }, 'android-format bad the file for Android holds "7"'],
    [
      'no relation',
      { [ANDROID]: { body: [statement({}, { relation: undefined })] } },
      'android-format bad a statement of the file for Android has no list "relation"',
    ],
    [
      'another relation',
      { [ANDROID]: { body: [statement({}, { relation: ['handle_all_urls'] })] } },
      'android-format bad the file for Android gives "com.example.shop" the relation',
    ],
    [
      'another namespace',
      { [ANDROID]: { body: [statement({ namespace: 'android' })] } },
      'android-format bad "namespace" of a target is "android"',
    ],
    [
      'no package',
      { [ANDROID]: { body: [statement({ package_name: 'Shop App' })] } },
      'android-apps bad the file for Android names "Shop App"',
    ],
    [
      'a package twice',
      {
        [ANDROID]: {
          body: [statement(), statement({ sha256_cert_fingerprints: [CERTIFICATE.replaceAll('A', 'B')] })],
        },
      },
      'android-apps warn the file for Android names com.example.shop in two statements',
    ],
    [
      'no certificate',
      { [ANDROID]: { body: [statement({ sha256_cert_fingerprints: [] })] } },
      'android-certificates bad the file for Android has no "sha256_cert_fingerprints" for com.example.shop',
    ],
    [
      'SHA-1',
      { [ANDROID]: { body: [statement({ sha256_cert_fingerprints: [CERTIFICATE.slice(0, 59)] })] } },
      'is a SHA-1 fingerprint; the SHA-256 one is needed',
    ],
    [
      'no colons',
      { [ANDROID]: { body: [statement({ sha256_cert_fingerprints: [CERTIFICATE.replaceAll(':', '')] })] } },
      'is not 32 pairs of hexadecimal digits',
    ],
    [
      'small letters',
      { [ANDROID]: { body: [statement({ sha256_cert_fingerprints: [CERTIFICATE.toLowerCase()] })] } },
      'android-certificates warn a fingerprint of com.example.shop is not in capitals',
    ],
    [
      'a certificate twice',
      { [ANDROID]: { body: [statement({ sha256_cert_fingerprints: [CERTIFICATE, CERTIFICATE] })] } },
      'android-certificates warn the file for Android has a fingerprint of com.example.shop twice',
    ],
    [
      'robots.txt',
      { [ROBOTS]: { body: 'User-agent: Googlebot\nUser-agent: *\nDisallow: /.well-known/\n' } },
      'robots warn robots.txt forbids /.well-known/apple-app-site-association and /.well-known/assetlinks.json',
    ],
  ])('%s', async (_what, pages, complaint) => {
    const { code, complaints } = await diagnose(pages);
    expect(complaints).toContainEqual(expect.stringContaining(complaint));
    const isBroken = complaints.some((text) => / bad /.test(text));
    expect(code).toBe(isBroken ? 1 : 0);
  });

  test('what others say in the same files is their business', async () => {
    const { code, complaints } = await diagnose({
      [APPLE]: { body: { ...apple(), webcredentials: { apps: ['ABCDE12345.com.example.shop'] } } },
      [ANDROID]: {
        body: [
          statement(),
          {
            relation: ['delegate_permission/common.get_login_creds'],
            target: { namespace: 'web', site: 'https://a.example' },
          },
        ],
      },
      [ROBOTS]: {
        body: 'User-agent: *\nDisallow: /\nAllow: /.well-known/\n\nUser-agent: Bytespider\nDisallow: /\n',
      },
    });
    expect(complaints).toEqual([]);
    expect(code).toBe(0);
  });

  test.each(['한글.kr', 'https://한글.kr/', 'XN--BJ0BJ06E.kr.'])('%s is a domain', async (domain) => {
    site.pages = GOOD;
    site.hosts.clear();
    const { code, complaints } = await examine(domain, { url: `http://127.0.0.1:${site.port}` });
    expect(complaints).toEqual([]);
    expect(code).toBe(0);
    expect([...site.hosts]).toEqual(['xn--bj0bj06e.kr']);
  });

  test('nobody asks for the files at another port than that of https', async () => {
    site.pages = GOOD;
    const url = `http://127.0.0.1:${site.port}`;
    const { code, complaints } = await examine('go.example.com:8443', { url });
    expect(complaints).toEqual([
      'port bad Apple and Google ask at port 443 alone, so the links of go.example.com:8443 open no app: serve them at go.example.com. To look at what a server says at another port, add --url https://go.example.com:8443 to go.example.com',
    ]);
    expect(code).toBe(1);
    expect((await examine('go.example.com:443', { url })).complaints).toEqual([]);
    expect((await examine('localhost:8080', { url })).complaints, 'tried out on a machine of one').toEqual(
      [],
    );
  });

  test('one platform alone, and links below a path prefix', async () => {
    const missing = { [ANDROID]: { status: 404 } };
    expect((await diagnose(missing)).code).toBe(1);
    expect(await diagnose(missing, 'ios')).toMatchObject({ code: 0, complaints: [] });

    site.pages = {
      ...GOOD,
      [APPLE]: { body: apple({ components: [...COMPONENTS.slice(0, 3), { '/': '/share/*' }] }) },
    };
    const url = `http://127.0.0.1:${site.port}`;
    expect((await examine('https://go.example.com/share/', { url })).complaints).toEqual([]);
    await expect(examine('http://go.example.com')).rejects.toThrow(
      /by https alone.*name the domain without a scheme, and add --url http:\/\//,
    );
    const { complaints } = await examine('go.example.com', { url });
    expect(complaints).toEqual([
      expect.stringContaining('no app opens a link such as https://go.example.com/example'),
    ]);
  });

  test('arguments that cannot be meant are refused in a sentence', async () => {
    for (const [domain, more, words] of [
      ['a b', {}, '"a b" is no domain'],
      ['go.example.com/a?b', {}, 'is no domain'],
      ['', {}, 'is no domain'],
      ['go.example.com', { only: 'windows' }, '--only takes ios or android'],
      ['go.example.com', { url: 'ftp://x' }, '--url takes an address'],
    ] as const) {
      await expect(examine(domain, more)).rejects.toThrow(words);
    }
    const { code, output } = await run(['a b']);
    expect(output).toBe('Switchyard: "a b" is no domain such as go.example.com or go.example.com/share.\n');
    expect(code).toBe(1);
  });
});

describe('over TLS', () => {
  async function diagnose(name: string, days = 2): Promise<(trusted: boolean) => Promise<Diagnosis>> {
    const files = selfSigned(name, days);
    const site = await Site.open((answer) => createHttpsServer(files, answer));
    sites.push(site);
    site.pages = GOOD;
    const trustedFile = join(folder, 'trusted.pem');
    writeFileSync(trustedFile, files.cert);
    return (trusted) =>
      run(
        ['localhost', '--url', `https://localhost:${site.port}`, '--json'],
        trusted ? { NODE_EXTRA_CA_CERTS: trustedFile } : {},
      );
  }
  const sites: Site[] = [];
  afterEach(async () => {
    for (const site of sites.splice(0)) await site.close();
  });

  test('a certificate that is trusted, and one that is not', async () => {
    const look = await diagnose('localhost');
    const trusted = await look(true);
    expect(trusted).toMatchObject({ code: 0, complaints: [] });
    expect(trusted.findings[0]?.text).toContain('with a certificate that is trusted');
    const { code, complaints } = await look(false);
    expect(complaints).toEqual([
      expect.stringMatching(
        /^reach bad the certificate of .* is not trusted by devices: it is signed by nobody but itself/,
      ),
    ]);
    expect(code).toBe(1);
  });

  test('a certificate for another name', async () => {
    const { code, complaints } = await (await diagnose('other.example'))(true);
    expect(complaints).toEqual([expect.stringContaining('is not trusted by devices: it is for other names')]);
    expect(code).toBe(1);
  });

  test('a certificate that has expired', async () => {
    const { code, complaints } = await (await diagnose('localhost', -1))(true);
    expect(complaints).toEqual([expect.stringContaining('is not trusted by devices: it has expired')]);
    expect(code).toBe(1);
  });

  test('no TLS at all, nobody there, and a name that is none: 2', async () => {
    const site = await Site.open();
    const plain = await run(['localhost', '--url', `https://localhost:${site.port}`, '--json']);
    expect(plain.complaints).toEqual([expect.stringContaining('it does not speak TLS there')]);
    const { port } = site;
    await site.close();
    const closed = await run(['localhost', '--url', `https://localhost:${port}`, '--json']);
    expect(closed.complaints).toEqual([expect.stringContaining('nothing listens there')]);
    const nowhere = await run(['nowhere.invalid', '--json']);
    expect(nowhere.complaints).toEqual([expect.stringMatching(/cannot be asked: the name/)]);
    expect([plain.code, closed.code, nowhere.code]).toEqual([2, 2, 2]);
  });
});

describe.each(ENGINES)('an installation asks itself, on $name', (engine) => {
  let under: EngineUnderTest;
  let server: ServerProcess;
  beforeEach(async () => {
    under = await engine.open();
    server = await ServerProcess.start(under.location);
  });
  afterEach(async () => {
    await server?.kill();
    await under?.close();
  });

  const ask = (domain: string) => {
    const { dataDir, database } = under.location;
    const env = {
      DATA_DIR: dataDir,
      ...(database.engine === 'postgres' ? { DATABASE_URL: database.url } : {}),
    };
    return run([domain, '--url', `http://127.0.0.1:${server.port}`, '--json'], env);
  };

  test('and is told which apps lack what, and that all is well when none does', async () => {
    const none = await ask('switchyard.test');
    expect(none.code, none.output).toBe(0);
    expect(none.findings.map(({ text }) => text)).toContainEqual(
      expect.stringContaining('is not there, and no iOS app is saved for the domain'),
    );

    const app = { name: 'Shop', identifier: 'com.example.shop' };
    const ios = JSON.parse((await server.call('POST', '/apps', { ...app, platform: 'ios' })).text);
    const android = JSON.parse((await server.call('POST', '/apps', { ...app, platform: 'android' })).text);
    const lacking = await ask('switchyard.test');
    expect(lacking.code).toBe(1);
    expect(lacking.complaints).toEqual([
      expect.stringContaining('No iOS app that is saved for this domain has a team id'),
      expect.stringContaining('No Android app that is saved for this domain has the SHA-256 fingerprint'),
      expect.stringContaining('ios-saved warn iOS cannot verify com.example.shop'),
      expect.stringContaining('android-saved warn Android cannot verify com.example.shop'),
    ]);

    await server.call('PATCH', `/apps/${ios.id}`, { teamId: 'ABCDE12345' });
    await server.call('PATCH', `/apps/${android.id}`, { sha256CertFingerprints: [CERTIFICATE] });
    const well = await ask('switchyard.test');
    expect(well.complaints).toEqual([]);
    expect(well.code).toBe(0);
    expect(well.findings.at(-1)?.text).toBe('the files name every app that is saved here');

    const foreign = await ask('elsewhere.test');
    expect(foreign.complaints).toEqual([expect.stringContaining('has no domain elsewhere.test, so')]);

    const below = await ask('switchyard.test/share');
    expect(below.complaints).toEqual([expect.stringContaining('has no domain switchyard.test/share, so')]);
  });

  test('and hears which saved apps are not served at all, because there is no room or no file', async () => {
    const { dataDir } = under.location;
    const many = Array.from({ length: 2 }, (_, index) => ({
      name: 'Shop',
      identifier: `com.example.shop${index}`,
      platform: 'ios',
      teamId: 'ABCDE12345',
    }));
    for (const app of many) await server.call('POST', '/apps', app);
    await server.call('POST', '/apps', {
      name: 'Shop',
      identifier: 'com.example.shop',
      platform: 'android',
      sha256CertFingerprints: [CERTIFICATE],
    });
    const front = await Site.open();
    front.pages = { [ANDROID]: GOOD[ANDROID] as Page };
    const { complaints, findings, code } = await run(
      ['switchyard.test', '--url', `http://127.0.0.1:${front.port}`, '--json'],
      { DATA_DIR: dataDir },
    );
    await front.close();
    expect(code).toBe(1);
    expect(complaints).toEqual([
      expect.stringContaining('ios-status bad'),
      'ios-saved bad ABCDE12345.com.example.shop0 is saved here, and there is no file for iOS that names it',
      'ios-saved bad ABCDE12345.com.example.shop1 is saved here, and there is no file for iOS that names it',
    ]);
    expect(findings.map(({ text }) => text)).not.toContainEqual(expect.stringContaining('every app'));
  });

  test('and hears of it when what stands before it serves something older', async () => {
    const app = { name: 'Shop', identifier: 'com.example.new', platform: 'ios', teamId: 'ABCDE12345' };
    await server.call('POST', '/apps', app);
    const older = [CERTIFICATE, CERTIFICATE.replaceAll('A', 'B')];
    await server.call('POST', '/apps', {
      name: 'Shop',
      identifier: 'com.example.shop',
      platform: 'android',
      sha256CertFingerprints: older,
    });
    const front = await Site.open();
    front.pages = GOOD;
    const { dataDir } = under.location;
    const { complaints, code } = await run(
      ['switchyard.test', '--url', `http://127.0.0.1:${front.port}`, '--json'],
      { DATA_DIR: dataDir },
    );
    await front.close();
    expect(code).toBe(1);
    expect(complaints).toEqual([
      expect.stringContaining('does not name ABCDE12345.com.example.new, which is saved here'),
      expect.stringContaining(
        `does not name the certificate ${older[1]} of com.example.shop, which is saved here`,
      ),
    ]);
  });
});
