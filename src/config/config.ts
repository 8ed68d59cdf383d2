import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { isTimeZone } from '../accounts/time-zone.ts';
import type { DatabaseConfig } from '../db/store-location.ts';
import type { Env } from './env.ts';
import { isSender, type MailServer, mailServerOf } from './mail-config.ts';
import type { VariableName } from './variables.ts';

/** What the operator decided, checked and complete. Nothing here changes while the process runs. */
export interface Config {
  readonly port: number;
  /** Undefined: all addresses, IPv6 and IPv4. */
  readonly host: string | undefined;
  /** Origin of the installation without a trailing slash; undefined until the port is known (`PORT=0`). */
  readonly publicUrl: string | undefined;
  readonly dataDir: string;
  readonly database: DatabaseConfig;
  /** CIDR ranges and addresses. */
  readonly trustProxy: readonly string[];
  readonly timeZone: string;
  readonly homeCountry: string;
  readonly clickDurability: 'process' | 'disk';
  /** Where addresses are: what the installation brings, nothing, or a file (an absolute path, not looked at yet). */
  readonly geoDatabase: 'packaged' | 'none' | { readonly path: string };
  /** Days that raw clicks are kept; null: for ever. */
  readonly rawClickDays: number | null;
  readonly domainAliases: readonly string[];
  readonly bootstrapApiKey: string | undefined;
  readonly linkIndexSize: number;
  /** Megabytes of memory for columns of clicks that were asked for. */
  readonly statisticsCacheMb: number;
  /** Requests of one key in an hour. */
  readonly bit2connectRateLimit: number;
  /** Requests of one key; null: as many as it likes. */
  readonly vivoldiRateLimit: { readonly perMinute: number | null; readonly perHour: number | null };
  /** Undefined: no mail is sent. */
  readonly mailServer: MailServer | undefined;
  /** Undefined: `switchyard@` and the host of the public URL. */
  readonly mailFrom: string | undefined;
  /** Whether what clients name may lie in a private network or speak http, as on a developer's machine. */
  readonly allowPrivateTargets: boolean;
  /** Hosts of push services, beside those of the browser makers. */
  readonly pushServices: readonly string[];
  readonly deliveryLogDays: number;
  /** Whether the pages that links lead to are read, for previews of links that say nothing of themselves. */
  readonly fetchPreviews: boolean;
  /** Opens `/metrics` to other machines. */
  readonly metricsToken: string | undefined;
  readonly logLevel: LogLevel;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A setting of the environment that cannot be followed; the message is a whole sentence for the operator. */
export class ConfigError extends Error {}

export function decideConfig(env: Env): Config {
  const port = wholeNumber(env, 'PORT', 8080, 0, 65_535);
  const publicUrl = env.PUBLIC_URL ? origin('PUBLIC_URL', env.PUBLIC_URL) : localOrigin(port);
  return {
    port,
    host: listenHost(env.HOST),
    publicUrl,
    dataDir: resolve(env.DATA_DIR ?? './data'),
    database: database(env),
    trustProxy: proxies(env.TRUST_PROXY),
    timeZone: timeZone(env.TIME_ZONE),
    homeCountry: country(env.HOME_COUNTRY ?? 'KR'),
    clickDurability: oneOf('CLICK_DURABILITY', env.CLICK_DURABILITY ?? 'process', ['process', 'disk']),
    geoDatabase: geoDatabase(env.GEO_DATABASE ?? 'packaged'),
    rawClickDays: env.RAW_CLICK_DAYS === undefined ? null : wholeNumber(env, 'RAW_CLICK_DAYS', 0, 1, 36_500),
    domainAliases: aliases(env.DOMAIN_ALIASES ?? 'vvd.bz, vvd.im, b2co.link'),
    bootstrapApiKey: secret('BOOTSTRAP_API_KEY', env.BOOTSTRAP_API_KEY),
    statisticsCacheMb: wholeNumber(env, 'STATISTICS_CACHE_MB', 128, 0, 100_000),
    linkIndexSize: wholeNumber(env, 'LINK_INDEX_SIZE', 200_000, 1_000, 10_000_000),
    bit2connectRateLimit: wholeNumber(env, 'BIT2CONNECT_RATE_LIMIT', 180_000, 1, 1_000_000_000),
    vivoldiRateLimit: requestRates('VIVOLDI_RATE_LIMIT', env.VIVOLDI_RATE_LIMIT),
    mailServer: mailServer(env.SMTP_URL),
    mailFrom: mailFrom(env.MAIL_FROM),
    allowPrivateTargets: allowPrivateTargets(env.ALLOW_PRIVATE_TARGETS, publicUrl),
    pushServices: pushServices(env.PUSH_SERVICES ?? ''),
    deliveryLogDays: wholeNumber(env, 'DELIVERY_LOG_DAYS', 7, 1, 3_650),
    fetchPreviews: oneOf('FETCH_PREVIEWS', env.FETCH_PREVIEWS ?? 'on', ['on', 'off']) === 'on',
    metricsToken: secret('METRICS_TOKEN', env.METRICS_TOKEN),
    logLevel: oneOf('LOG_LEVEL', env.LOG_LEVEL ?? 'info', LOG_LEVELS),
  };
}

function localOrigin(port: number): string | undefined {
  if (port === 0) return undefined;
  return port === 80 ? 'http://localhost' : `http://localhost:${port}`;
}

function wholeNumber(env: Env, name: VariableName, fallback: number, min: number, max: number): number {
  const text = env[name];
  if (text === undefined) return fallback;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new ConfigError(`${name} must be a whole number from ${min} to ${max}; it is "${text}".`);
  }
  return value;
}

function oneOf<const T extends string>(name: VariableName, text: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text);
  if (!found) throw new ConfigError(`${name} must be one of ${allowed.join(', ')}; it is "${text}".`);
  return found;
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function origin(name: VariableName, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new ConfigError(
      `${name} must be an http or https URL such as https://go.example.com; it is "${text}".`,
    );
  }
  if (url.pathname !== '/' || url.search || url.hash || url.username || url.password) {
    throw new ConfigError(
      `${name} must be a scheme, a host and at most a port, without a path; it is "${text}".`,
    );
  }
  return url.origin;
}

const HOST_NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i;

function listenHost(text: string | undefined): string | undefined {
  if (text !== undefined && isIP(text) === 0 && !HOST_NAME.test(text)) {
    throw new ConfigError(`HOST must be an address or a host name such as 127.0.0.1; it is "${text}".`);
  }
  return text;
}

function aliases(text: string): string[] {
  const hosts = list(text).map((host) => host.toLowerCase());
  const wrong = hosts.find((host) => !/^[a-z0-9.-]+(:\d+)?$/.test(host));
  if (wrong !== undefined) {
    throw new ConfigError(
      `DOMAIN_ALIASES must list host names such as vvd.bz, without scheme or path; "${wrong}" is none.`,
    );
  }
  return hosts;
}

function database(env: Env): DatabaseConfig {
  const url = env.DATABASE_URL;
  const poolSize = wholeNumber(env, 'DATABASE_POOL_SIZE', 10, 2, 200);
  if (url === undefined) return { engine: 'sqlite' };
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw new ConfigError(
      'DATABASE_URL must look like postgres://user:password@host:5432/database; leave it unset for SQLite in DATA_DIR.',
    );
  }
  return { engine: 'postgres', url, poolSize };
}

function proxies(text: string | undefined): string[] {
  if (text === undefined) return ['127.0.0.0/8', '::1'];
  if (text === 'none') return [];
  const entries = list(text);
  for (const entry of entries) {
    const [address = '', bits, ...rest] = entry.split('/');
    const family = isIP(address);
    const widest = family === 6 ? 128 : 32;
    const good =
      family !== 0 &&
      rest.length === 0 &&
      (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= widest));
    if (!good) {
      throw new ConfigError(
        `TRUST_PROXY must list addresses or CIDR ranges such as 10.0.0.0/8; "${entry}" is neither.`,
      );
    }
  }
  return entries;
}

const REQUEST_RATE = /^([1-9]\d{0,8})\/(minute|hour)$/;

function requestRates(name: VariableName, text: string | undefined): Config['vivoldiRateLimit'] {
  const rates = new Map<string, number>();
  for (const entry of text === undefined ? [] : text.split(',')) {
    const [, count, unit = ''] = REQUEST_RATE.exec(entry.trim()) ?? [];
    if (count === undefined || rates.has(unit)) {
      throw new ConfigError(
        `${name} must be a number of requests, such as "30/minute, 600/hour" or one of the two; it is "${text}".`,
      );
    }
    rates.set(unit, Number(count));
  }
  return { perMinute: rates.get('minute') ?? null, perHour: rates.get('hour') ?? null };
}

function timeZone(text: string | undefined): string {
  const name = text ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!isTimeZone(name))
    throw new ConfigError(`TIME_ZONE must be an IANA name such as Asia/Seoul; it is "${name}".`);
  return name;
}

function country(text: string): string {
  if (!/^[A-Za-z]{2}$/.test(text)) {
    throw new ConfigError(`HOME_COUNTRY must be a two-letter country such as KR; it is "${text}".`);
  }
  return text.toUpperCase();
}

function geoDatabase(text: string): Config['geoDatabase'] {
  return text === 'packaged' || text === 'none' ? text : { path: resolve(text) };
}

function secret(name: VariableName, text: string | undefined): string | undefined {
  if (text !== undefined && !/^[\x21-\x7e]{20,200}$/.test(text)) {
    throw new ConfigError(`${name} must be 20 to 200 printable characters without spaces.`);
  }
  return text;
}

function mailServer(text: string | undefined): MailServer | undefined {
  if (text === undefined) return undefined;
  const server = mailServerOf(text);
  // The text may hold a password, so it is not repeated.
  if (!server) {
    throw new ConfigError(
      'SMTP_URL must look like smtp://user:password@mail.example.com:587, user name and password percent-encoded.',
    );
  }
  return server;
}

function mailFrom(text: string | undefined): string | undefined {
  if (text !== undefined && !isSender(text)) {
    throw new ConfigError(
      `MAIL_FROM must be a mail address such as links@example.com or Links <links@example.com>; it is "${text}".`,
    );
  }
  return text;
}

function allowPrivateTargets(text: string | undefined, publicUrl: string | undefined): boolean {
  if (text !== undefined) return oneOf('ALLOW_PRIVATE_TARGETS', text, ['true', 'false']) === 'true';
  return publicUrl === undefined || isThisMachine(new URL(publicUrl).hostname);
}

/** A name of one part, such as `com`, would stand for half the world. */
const FULL_HOST_NAME = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/;

function pushServices(text: string): string[] {
  const hosts = list(text).map((host) => host.toLowerCase());
  const wrong = hosts.find((host) => !FULL_HOST_NAME.test(host));
  if (wrong !== undefined) {
    throw new ConfigError(
      `PUSH_SERVICES must list host names such as push.example.com, without scheme, port or path; "${wrong}" is none.`,
    );
  }
  return hosts;
}

function isThisMachine(hostname: string): boolean {
  return /^(.+\.)?localhost$|^127\.\d+\.\d+\.\d+$|^\[::1\]$/.test(hostname);
}
