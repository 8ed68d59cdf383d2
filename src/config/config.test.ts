import { resolve } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { type Config, ConfigError, decideConfig } from './config.ts';
import { readEnv } from './env.ts';
import { VARIABLES, type VariableName } from './variables.ts';

interface Case {
  /** What of the decision shows this variable. */
  readonly shows: (config: Config) => unknown;
  readonly default: unknown;
  readonly good: readonly (readonly [text: string, decided: unknown])[];
  readonly bad: readonly string[];
}

const localTimeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const DATABASE_URL = 'postgres://user:secret@db.example:5432/switchyard';
const KEY = 'sy_0123456789abcdefghij';

/** Every variable there is: a new one does not compile until it has its line. */
const CASES: { readonly [K in VariableName]: Case } = {
  PORT: {
    shows: ({ port }) => port,
    default: 8080,
    good: [
      ['0', 0],
      ['80', 80],
      ['65535', 65_535],
    ],
    bad: ['-1', '65536', '80.5', '0x50', '1e3', 'eighty', '８０', '80 81'],
  },
  HOST: {
    shows: ({ host }) => host,
    default: undefined,
    good: [
      ['127.0.0.1', '127.0.0.1'],
      ['::', '::'],
      ['::1', '::1'],
      ['localhost', 'localhost'],
    ],
    bad: ['http://localhost', 'localhost:8080', 'a b', '0.0.0.0/0'],
  },
  PUBLIC_URL: {
    shows: ({ publicUrl }) => publicUrl,
    default: 'http://localhost:8080',
    good: [
      ['https://go.example.com', 'https://go.example.com'],
      ['https://go.example.com/', 'https://go.example.com'],
      ['HTTPS://GO.example.com:443', 'https://go.example.com'],
      ['http://192.0.2.1:8080', 'http://192.0.2.1:8080'],
      ['http://[::1]:8080', 'http://[::1]:8080'],
      ['https://봄.example', 'https://xn--4n3b.example'],
    ],
    bad: [
      'go.example.com',
      'ftp://go.example.com',
      'javascript:alert(1)',
      'https://go.example.com/path',
      'https://go.example.com/?a=1',
      'https://go.example.com/#a',
      'https://user@go.example.com',
      'https://:secret@go.example.com',
      'https://',
    ],
  },
  DATA_DIR: {
    shows: ({ dataDir }) => dataDir,
    default: resolve('data'),
    good: [
      ['/var/lib/switchyard', '/var/lib/switchyard'],
      ['here', resolve('here')],
    ],
    bad: [],
  },
  DATABASE_URL: {
    shows: ({ database }) => database,
    default: { engine: 'sqlite' },
    good: [
      [DATABASE_URL, { engine: 'postgres', url: DATABASE_URL, poolSize: 10 }],
      ['postgresql:///x?host=/tmp', { engine: 'postgres', url: 'postgresql:///x?host=/tmp', poolSize: 10 }],
    ],
    bad: ['mysql://a/b', 'db.example', './file.db', 'postgres:db', 'sqlite://x', 'postgres://a:b:c:d'],
  },
  DATABASE_POOL_SIZE: {
    shows: ({ database }) => ('poolSize' in database ? database.poolSize : undefined),
    default: undefined,
    good: [],
    bad: ['0', '1', '201', 'ten', '-5', '2.5'],
  },
  TRUST_PROXY: {
    shows: ({ trustProxy }) => trustProxy,
    default: ['127.0.0.0/8', '::1'],
    good: [
      ['none', []],
      ['10.0.0.1', ['10.0.0.1']],
      ['10.0.0.0/8, 2001:db8::/32,::1', ['10.0.0.0/8', '2001:db8::/32', '::1']],
      ['0.0.0.0/0', ['0.0.0.0/0']],
    ],
    bad: [
      'true',
      '1',
      'proxy.example',
      '10.0.0.0/33',
      '::/129',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      '10.0.0.0/-1',
      '10.0.0',
      '10.0.0.1 10.0.0.2',
      '10.0.0.1, none',
    ],
  },
  TIME_ZONE: {
    shows: ({ timeZone }) => timeZone,
    default: localTimeZone,
    good: [
      ['Asia/Seoul', 'Asia/Seoul'],
      ['UTC', 'UTC'],
      ['Asia/Kathmandu', 'Asia/Kathmandu'],
    ],
    bad: ['Seoul', 'Asia/Nowhere', 'KST+9', '9'],
  },
  HOME_COUNTRY: {
    shows: ({ homeCountry }) => homeCountry,
    default: 'KR',
    good: [
      ['US', 'US'],
      ['jp', 'JP'],
    ],
    bad: ['KOR', 'K', 'Korea', '82', 'ＫＲ'],
  },
  CLICK_DURABILITY: {
    shows: ({ clickDurability }) => clickDurability,
    default: 'process',
    good: [
      ['process', 'process'],
      ['disk', 'disk'],
    ],
    bad: ['Disk', 'fsync', 'yes', 'memory'],
  },
  GEO_DATABASE: {
    shows: ({ geoDatabase }) => geoDatabase,
    default: 'packaged',
    good: [
      ['packaged', 'packaged'],
      ['none', 'none'],
      ['/var/lib/geo/city.mmdb', { path: '/var/lib/geo/city.mmdb' }],
      ['city.mmdb', { path: resolve('city.mmdb') }],
    ],
    bad: [],
  },
  RAW_CLICK_DAYS: {
    shows: ({ rawClickDays }) => rawClickDays,
    default: null,
    good: [
      ['1', 1],
      ['36500', 36_500],
    ],
    bad: ['0', '-1', '36501', '1.5', 'never', '30d'],
  },
  DOMAIN_ALIASES: {
    shows: ({ domainAliases }) => domainAliases,
    default: ['vvd.bz', 'vvd.im', 'b2co.link'],
    good: [
      ['Old.Example', ['old.example']],
      [' a.example , b.example:8080,', ['a.example', 'b.example:8080']],
    ],
    bad: ['https://vvd.bz', 'vvd.bz/path', 'vvd.bz b2co.link'],
  },
  BOOTSTRAP_API_KEY: {
    shows: ({ bootstrapApiKey }) => bootstrapApiKey,
    default: undefined,
    good: [
      [KEY, KEY],
      ['~'.repeat(200), '~'.repeat(200)],
    ],
    bad: ['short', 'x'.repeat(19), 'x'.repeat(201), 'with a space in the middle', `${KEY}é`],
  },
  LINK_INDEX_SIZE: {
    shows: ({ linkIndexSize }) => linkIndexSize,
    default: 200_000,
    good: [
      ['1000', 1_000],
      ['10000000', 10_000_000],
    ],
    bad: ['999', '10000001', '1_000', 'many'],
  },
  STATISTICS_CACHE_MB: {
    shows: ({ statisticsCacheMb }) => statisticsCacheMb,
    default: 128,
    good: [
      ['0', 0],
      ['2048', 2_048],
    ],
    bad: ['-1', '1e3', '100001', 'much'],
  },
  BIT2CONNECT_RATE_LIMIT: {
    shows: ({ bit2connectRateLimit }) => bit2connectRateLimit,
    default: 180_000,
    good: [
      ['1', 1],
      ['1000000000', 1_000_000_000],
    ],
    bad: ['0', '1000000001', '180,000', 'none'],
  },
  VIVOLDI_RATE_LIMIT: {
    shows: ({ vivoldiRateLimit }) => vivoldiRateLimit,
    default: { perMinute: null, perHour: null },
    good: [
      ['30/minute, 600/hour', { perMinute: 30, perHour: 600 }],
      ['600/hour,30/minute', { perMinute: 30, perHour: 600 }],
      ['1/minute', { perMinute: 1, perHour: null }],
      ['999999999/hour', { perMinute: null, perHour: 999_999_999 }],
    ],
    bad: [
      '30',
      '30/600',
      '0/minute',
      '-1/hour',
      '1000000000/hour',
      '1.5/minute',
      '30/second',
      '30/minute, 40/minute',
      '30/minute,',
      '30 / minute',
      'none',
    ],
  },
  SMTP_URL: {
    shows: ({ mailServer }) => mailServer,
    default: undefined,
    good: [
      [
        'smtp://mail.example.com',
        { host: 'mail.example.com', port: 587, secure: false, user: undefined, password: undefined },
      ],
      [
        'smtps://links%40example.com:p%3Aw@[2001:db8::1]:2465',
        { host: '2001:db8::1', port: 2465, secure: true, user: 'links@example.com', password: 'p:w' },
      ],
    ],
    bad: [
      'mail.example.com',
      'http://mail.example.com',
      'smtp://',
      'smtp://m.example/path',
      'smtp://m.example?tls=1',
      'smtp://%:x@m.example',
    ],
  },
  MAIL_FROM: {
    shows: ({ mailFrom }) => mailFrom,
    default: undefined,
    good: [
      ['links@example.com', 'links@example.com'],
      ['Links of Ours <links@example.com>', 'Links of Ours <links@example.com>'],
    ],
    bad: ['links', 'a@b <c@d>', 'a@b c@d', 'x\r\nBcc: y <a@b>', '<>'],
  },
  ALLOW_PRIVATE_TARGETS: {
    shows: ({ allowPrivateTargets }) => allowPrivateTargets,
    default: true,
    good: [
      ['true', true],
      ['false', false],
    ],
    bad: ['yes', '1', 'TRUE'],
  },
  FETCH_PREVIEWS: {
    shows: ({ fetchPreviews }) => fetchPreviews,
    default: true,
    good: [
      ['on', true],
      ['off', false],
    ],
    bad: ['true', 'ON', '0'],
  },
  PUSH_SERVICES: {
    shows: ({ pushServices }) => pushServices,
    default: [],
    good: [
      ['push.example.com', ['push.example.com']],
      ['Push.Example.com, up.example', ['push.example.com', 'up.example']],
    ],
    bad: ['https://push.example', 'push.example:443', 'com', '*.push.example', '.example', 'a b.example'],
  },
  DELIVERY_LOG_DAYS: {
    shows: ({ deliveryLogDays }) => deliveryLogDays,
    default: 7,
    good: [
      ['1', 1],
      ['3650', 3_650],
    ],
    bad: ['0', '3651', '1.5', 'ever'],
  },
  METRICS_TOKEN: {
    shows: ({ metricsToken }) => metricsToken,
    default: undefined,
    good: [[KEY, KEY]],
    bad: ['short', 'x'.repeat(201), 'with a space in the middle', '비밀'.repeat(20)],
  },
  LOG_LEVEL: {
    shows: ({ logLevel }) => logLevel,
    default: 'info',
    good: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].map((level) => [level, level]),
    bad: ['INFO', 'verbose', '30'],
  },
};

describe.each(Object.entries(CASES) as [VariableName, Case][])(
  '%s',
  (name, { shows, default: fallback, good, bad }) => {
    it(`is ${JSON.stringify(fallback)} when not set`, () => {
      expect(shows(decideConfig({}))).toEqual(fallback);
      expect(shows(decideConfig(readEnv({ [name]: '  ' }))), 'set to nothing').toEqual(fallback);
    });

    for (const [text, decided] of good) {
      it(`may be "${text}"`, () => {
        expect(shows(decideConfig({ [name]: text }))).toEqual(decided);
        expect(shows(decideConfig(readEnv({ [name]: ` ${text} ` }))), 'with spaces around it').toEqual(
          decided,
        );
      });
    }

    for (const text of bad) {
      it(`may not be ${JSON.stringify(text)}, and the sentence that says so names it`, () => {
        let message = '';
        try {
          decideConfig({ [name]: text });
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          ({ message } = error as ConfigError);
        }
        expect(message).toMatch(new RegExp(`^${name} must .*\\.$`, 's'));
      });
    }
  },
);

describe('what follows from something else', () => {
  it('is the public URL from the port', () => {
    expect(decideConfig({ PORT: '3000' }).publicUrl).toBe('http://localhost:3000');
    expect(decideConfig({ PORT: '80' }).publicUrl).toBe('http://localhost');
    expect(decideConfig({ PORT: '0' }).publicUrl, 'known once the server listens').toBeUndefined();
    expect(decideConfig({ PORT: '0', PUBLIC_URL: 'https://go.example' }).publicUrl).toBe(
      'https://go.example',
    );
  });

  it('is the size of the pool, where there is a pool', () => {
    const database = decideConfig({ DATABASE_URL, DATABASE_POOL_SIZE: '50' }).database;
    expect(database).toEqual({ engine: 'postgres', url: DATABASE_URL, poolSize: 50 });
    expect(() => decideConfig({ DATABASE_URL, DATABASE_POOL_SIZE: '1' })).toThrow(
      /^DATABASE_POOL_SIZE must /,
    );
  });
});

test('no secret is repeated in a complaint about it', () => {
  for (const env of [{ DATABASE_URL: 'mysql://user:hush@db/x' }, { BOOTSTRAP_API_KEY: 'hush' }]) {
    expect(() => decideConfig(env)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hush') }),
    );
  }
});

describe('readEnv', () => {
  it('reads what the product knows and nothing else, without spaces around it', () => {
    expect(readEnv({ PORT: ' 3000 ', HOST: '', LOG_LEVEL: '   ', PATH: '/bin', NODE_ENV: 'x' })).toEqual({
      PORT: '3000',
    });
    expect(readEnv({})).toEqual({});
  });
});

describe('the list of variables', () => {
  it('documents each once, in a sentence and with its default', () => {
    const names = VARIABLES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { about, default: fallback } of VARIABLES) {
      expect(about).toMatch(/\.$/);
      expect(fallback).not.toBe('');
    }
  });

  it('prints the defaults that are really in force', () => {
    const printed = new Map<string, string>(VARIABLES.map((variable) => [variable.name, variable.default]));
    for (const name of [
      'PORT',
      'HOME_COUNTRY',
      'CLICK_DURABILITY',
      'GEO_DATABASE',
      'LINK_INDEX_SIZE',
      'BIT2CONNECT_RATE_LIMIT',
      'LOG_LEVEL',
    ] as const) {
      expect(printed.get(name)).toBe(String(CASES[name].default));
    }
    for (const name of ['TRUST_PROXY', 'DOMAIN_ALIASES'] as const) {
      expect(printed.get(name)?.split(', ')).toEqual(CASES[name].default);
    }
  });
});

test.each([
  ['http://localhost:8080', true],
  ['http://links.localhost', true],
  ['http://127.0.0.1:9000', true],
  ['http://[::1]:9000', true],
  ['https://go.example.com', false],
  ['https://127.0.0.1.example.com', false],
  ['http://192.168.0.7', false],
])('%s lets targets lie in private networks: %s', (PUBLIC_URL, allowed) => {
  expect(decideConfig({ PUBLIC_URL }).allowPrivateTargets).toBe(allowed);
});
