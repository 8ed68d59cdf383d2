import type { FastifyRequest } from 'fastify';
import type { AppIdentity } from '../accounts/app-restriction.ts';
import { deviceOf } from '../deeplinks/device.ts';
import { Failure, type FieldProblem } from '../errors.ts';
import { PLATFORMS, type Platform } from '../links/link-app.ts';
import { networkOf } from '../links/network.ts';
import type { AppAsker } from '../visits/app-asker.ts';
import type { ClientAddress } from '../visits/client-address.ts';
import type { ApiContext } from './api-context.ts';
import type { Principal } from './principal.ts';
import { FixedWindow } from './rate-limit.ts';

/** What an app says of itself; all of it may be missing. */
export interface AppClaim {
  readonly platform: string | undefined;
  /** Bundle id or package name. */
  readonly identifier: string | undefined;
  readonly language: string | undefined;
}

/** What the caller of a surface calls these two. */
export interface AppClaimNames {
  readonly platform: string;
  readonly identifier: string;
}

/** A call by an app, with what is known of it. */
export type AppCall = AppAsker & { readonly platform: Platform };

/**
 * On which platform, and for which apps, a call is made. A key inside an app speaks for its apps alone; any other for
 * all, unless the call names one.
 *
 * @throws Failure `invalid`
 */
export function appCall(
  context: ApiContext,
  request: FastifyRequest,
  claim: AppClaim,
  names: AppClaimNames,
): AppCall {
  const { principal, raw, headers } = request;
  const { 'user-agent': userAgent, 'accept-language': acceptLanguage = '' } = headers;
  const platform = platformOf(principal, claim.platform, userAgent);
  if (typeof platform !== 'string') throw Failure.invalid([{ field: names.platform, ...platform }]);
  const apps = appsOf(principal, platform, claim.identifier);
  if (apps === 'foreign') {
    const problem: FieldProblem = {
      field: names.identifier,
      message: 'must be an app that this key was made for',
    };
    throw Failure.invalid([problem]);
  }
  return {
    projectId: principal.projectId,
    apps,
    platform,
    address: context.clientAddress.of(raw),
    userAgent,
    language: claim.language ?? acceptLanguage.split(/[,;]/, 1)[0],
    at: Date.now(),
  };
}

function platformOf(
  { apps }: Principal,
  said: string | undefined,
  userAgent: string | undefined,
): Platform | { readonly message: string } {
  const possible = PLATFORMS.filter((one) => apps === null || apps.some(({ platform }) => platform === one));
  const wanted =
    said?.toLowerCase() ?? (possible.length === 1 ? possible[0] : platformInUserAgent(userAgent));
  const found = possible.find((one) => one === wanted);
  if (found) return found;
  const isKnown = PLATFORMS.some((one) => one === wanted);
  return { message: isKnown ? 'must be one that this key was made for' : `must be ${possible.join(' or ')}` };
}

/** What the HTTP clients of the two systems say of themselves, where they do not pass for a browser. */
function platformInUserAgent(userAgent: string | undefined): Platform | undefined {
  const { platform } = deviceOf(userAgent);
  if (platform !== 'other') return platform;
  if (/\bCFNetwork\/|\bDarwin\//.test(userAgent ?? '')) return 'ios';
  return /\bDalvik\/|^okhttp\//.test(userAgent ?? '') ? 'android' : undefined;
}

function appsOf(
  { apps }: Principal,
  platform: Platform,
  identifier: string | undefined,
): readonly AppIdentity[] | null | 'foreign' {
  const own = apps?.filter((app) => app.platform === platform) ?? null;
  if (identifier === undefined) return own;
  const named =
    own === null ? [{ platform, identifier }] : own.filter((app) => app.identifier === identifier);
  return named.length > 0 ? named : 'foreign';
}

/** Enough for every phone behind one address of a mobile network to open a link now and then. */
const CALLS_PER_MINUTE = 600;
const MINUTE_MS = 60_000;

/** Keys inside apps are in everybody's hands: with one of them, so much may be asked from one network. */
export class PublishableCalls {
  readonly #window = new FixedWindow(CALLS_PER_MINUTE, MINUTE_MS);
  readonly #clientAddress: ClientAddress;

  constructor(clientAddress: ClientAddress) {
    this.#clientAddress = clientAddress;
  }

  /** @returns after how many seconds it may be asked again; undefined: now */
  waitSeconds({ principal, raw }: FastifyRequest): number | undefined {
    if (principal.apps === null) return undefined;
    const now = Date.now();
    const network = networkOf(this.#clientAddress.of(raw));
    const { allowed, resetAt } = this.#window.take(`${principal.actor} ${network}`, now);
    return allowed ? undefined : Math.ceil((resetAt - now) / 1_000);
  }
}
