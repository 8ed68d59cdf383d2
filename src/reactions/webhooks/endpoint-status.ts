import { Failure } from '../../errors.ts';

export const ENDPOINT_STATUSES = [
  'active',
  'paused',
  'group-off',
  'disabled',
  'webhooks-off',
  'no-receiver',
] as const;

/**
 * Whether an endpoint is called, and if not, why: the first of these that holds.
 *
 *     no-receiver   nobody says where it listens: the URL was taken away, or the group deleted
 *     webhooks-off  the project has switched webhooks off
 *     disabled      by the product, because it answered 410 or took nothing for days
 *     group-off     the group has switched its own off
 *     paused        by hand
 *     active        it is called
 */
export type EndpointStatus = (typeof ENDPOINT_STATUSES)[number];

export interface EndpointSwitches {
  /** Somebody says where it listens. */
  readonly hasReceiver: boolean;
  /** Webhooks are on in the project. */
  readonly projectOn: boolean;
  readonly disabled: boolean;
  /** The group has its own on; always so for the project's. */
  readonly ownOn: boolean;
  readonly paused: boolean;
}

export function endpointStatus(switches: EndpointSwitches): EndpointStatus {
  if (!switches.hasReceiver) return 'no-receiver';
  if (!switches.projectOn) return 'webhooks-off';
  if (switches.disabled) return 'disabled';
  if (!switches.ownOn) return 'group-off';
  return switches.paused ? 'paused' : 'active';
}

/**
 * What is sent again to an endpoint that is not to be called would only fail again.
 *
 * @throws Failure `conflict`
 */
export function requireReplayable({
  status,
  disabledAt,
}: {
  status: EndpointStatus;
  disabledAt: number | null;
}): void {
  if (disabledAt !== null)
    throw new Failure('conflict', 'The endpoint is disabled; enable it first, then replay');
  if (status === 'no-receiver')
    throw new Failure('conflict', 'The endpoint has no receiver to send anything to; give it a URL first');
}
