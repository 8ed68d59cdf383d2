import { isIP } from 'node:net';
import { isPublicAddress } from '../../outbound/public-address.ts';
import { hostOf, targetProblem } from '../../outbound/target.ts';

/** Which push services browsers may name. */
export interface PushServices {
  /** Hosts that the operator has added; each stands for its subdomains, too. */
  readonly added: readonly string[];
  /** Whether services on private addresses, and http, are taken, as on a developer's machine. */
  readonly allowPrivate: boolean;
}

/** Those of Google (two names), Mozilla, Apple and Microsoft: all that browsers subscribe with by themselves. */
const OF_BROWSER_MAKERS = [
  'fcm.googleapis.com',
  'android.googleapis.com',
  'push.services.mozilla.com',
  'push.apple.com',
  'notify.windows.com',
];

/**
 * What speaks against a push service. Whoever visits a link can name one, and it is called for every message: so it must
 * be one of those we know, or anybody could have this server call anybody.
 *
 * @returns a sentence for whoever has named it, or undefined
 */
export function pushServiceProblem(
  endpoint: string,
  { added, allowPrivate }: PushServices,
): string | undefined {
  const problem = targetProblem(endpoint, allowPrivate);
  if (problem !== undefined) return problem;
  const url = new URL(endpoint);
  const host = hostOf(url).replace(/\.$/, '');
  if (allowPrivate && isHere(host)) return undefined;
  if (![...OF_BROWSER_MAKERS, ...added].some((known) => host === known || host.endsWith(`.${known}`))) {
    return `The push service ${host} is not known here. The operator can add it with PUSH_SERVICES.`;
  }
  if (!allowPrivate && url.port !== '') return 'The push service must be called at port 443.';
  return undefined;
}

/** This machine, or an address that only means something in its network. */
function isHere(host: string): boolean {
  return isIP(host) === 0 ? /(^|\.)localhost$/.test(host) : !isPublicAddress(host);
}
