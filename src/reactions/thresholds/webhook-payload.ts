import { localTimeOf } from '../../accounts/local-time.ts';

/** A link has reached a threshold of a webhook, as it was with the click that did it. */
export interface ClickEvent {
  readonly eventId: string;
  /** `test`: somebody tries the webhook, and nothing has happened. */
  readonly kind: 'clicks' | 'test';
  /** Of the click, milliseconds. */
  readonly at: number;
  readonly project: { readonly id: number; readonly publicId: string; readonly timeZone: string };
  /** Whose webhook it is. */
  readonly endpointOf: 'project' | 'group';
  readonly metric: 'clicks' | 'visitors';
  /** The threshold is each multiple of it. */
  readonly every: number;
  /** Of the link, that click included. */
  readonly clicks: number;
  readonly visitors: number;
  readonly link: EventLink;
  /** The group the click was made in; null when it was in none. */
  readonly group: { readonly id: number; readonly publicId: string; readonly name: string } | null;
}

export interface EventLink {
  readonly publicId: string;
  readonly code: string;
  /** Scheme, host and path prefix of its domain: `https://go.example.com`. */
  readonly domainUrl: string;
  readonly shortUrl: string;
  readonly destination: string;
  readonly title: string;
}

/** `X-Vivoldi-Webhook-Type`, and `webhookType` in the body. */
export const WEBHOOK_TYPES = { project: 'GLOBAL', group: 'GROUP' } as const;

/**
 * The body of a webhook: text that is stored and sent as it is, at every attempt. The names are Vivoldi's, as far as they
 * are documented (contract 3.11); from `event` on they are ours. This is the one place that knows them.
 */
export function webhookPayload(event: ClickEvent): string {
  const { link, group, project } = event;
  return JSON.stringify({
    payloadVersion: 'v1',
    linkId: link.code,
    domain: link.domainUrl,
    grpIdx: group?.id ?? 0,
    grpNm: group?.name ?? null,
    url: link.destination,
    ttl: link.title,
    webhookMetric: event.metric === 'visitors' ? 'P' : 'C',
    webhookFrequency: event.every,
    acesCnt: event.clicks,
    pernCnt: event.visitors,
    ymdt: localTimeOf(event.at, project.timeZone),
    event: event.kind === 'test' ? 'test' : 'link.clicks',
    eventId: event.eventId,
    timestamp: new Date(event.at).toISOString(),
    shortUrl: link.shortUrl,
    webhookType: WEBHOOK_TYPES[event.endpointOf],
    compIdx: project.id,
    linkPublicId: link.publicId,
    groupPublicId: group?.publicId ?? null,
    projectPublicId: project.publicId,
  } satisfies WebhookPayload);
}

/** What a receiver reads. */
export interface WebhookPayload {
  readonly payloadVersion: 'v1';
  readonly linkId: string;
  readonly domain: string;
  /** 0: no group. */
  readonly grpIdx: number;
  readonly grpNm: string | null;
  readonly url: string;
  readonly ttl: string;
  /** Clicks or different visitors. */
  readonly webhookMetric: 'C' | 'P';
  readonly webhookFrequency: number;
  readonly acesCnt: number;
  readonly pernCnt: number;
  /** `2026-03-10 12:00:00` in the project's time zone. */
  readonly ymdt: string;
  readonly event: 'link.clicks' | 'test';
  readonly eventId: string;
  /** ISO 8601, UTC. */
  readonly timestamp: string;
  readonly shortUrl: string;
  readonly webhookType: (typeof WEBHOOK_TYPES)[keyof typeof WEBHOOK_TYPES];
  /** Number of the project. */
  readonly compIdx: number;
  /** As our own API names them. */
  readonly linkPublicId: string;
  readonly groupPublicId: string | null;
  readonly projectPublicId: string;
}

/** What a webhook is tried with: everything a real event has, about a link that does not exist. */
export function sampleClickEvent(
  of: Pick<ClickEvent, 'eventId' | 'at' | 'project' | 'endpointOf' | 'metric' | 'every' | 'group'> & {
    /** Origin of the installation. */
    readonly publicUrl: string;
  },
): ClickEvent {
  const { publicUrl, ...known } = of;
  const domainUrl = new URL(publicUrl).origin;
  return {
    ...known,
    kind: 'test',
    clicks: known.every,
    visitors: known.every,
    link: {
      publicId: 'lnk_test',
      code: 'test',
      domainUrl,
      shortUrl: `${domainUrl}/test`,
      destination: 'https://example.com/',
      title: 'Test of this webhook',
    },
  };
}
