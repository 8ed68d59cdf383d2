import type { TextDimension } from '../blocks/fact.ts';
import { ClickFlag, ClickKind } from '../click-record.ts';
import type { Utm } from './enrich.ts';

/** A click as far as statistics know it, however it was read. */
export interface KnownClick {
  readonly kind: number;
  readonly at: number;
  readonly linkId: number;
  readonly groupId: number | null;
  readonly routeId: number;
  readonly flags: number;
  readonly visitor: string;
  readonly country: string;
  readonly region: string;
  readonly city: string;
  readonly device: string;
  readonly os: string;
  readonly browser: string;
  readonly languageTag: string;
  readonly referrerHost: string;
  readonly utm: Utm | null;
}

/** Whether statistics know the record at all: crawlers yes, told apart by their flag; mere takers of a slot no. */
export function isFact({ kind, flags }: Pick<KnownClick, 'kind' | 'flags'>): boolean {
  return kind === ClickKind.click && (flags & ClickFlag.uncounted) === 0;
}

/** The texts of a click by dimension. A region is only known with its country, a city with its region. */
export function textsOf(click: KnownClick): Readonly<Record<TextDimension, string>> {
  const { country, region, city, utm } = click;
  return {
    country,
    region: region === '' ? '' : `${country}/${region}`,
    city: city === '' ? '' : `${country}/${region}/${city}`,
    device: click.device,
    os: click.os,
    browser: click.browser,
    language: click.languageTag,
    referrer: click.referrerHost,
    utmSource: utm?.source ?? '',
    utmMedium: utm?.medium ?? '',
    utmCampaign: utm?.campaign ?? '',
    utmTerm: utm?.term ?? '',
    utmContent: utm?.content ?? '',
  };
}

/** A row of `click`, as any reader gets it. */
export interface ClickRow {
  readonly id: number;
  readonly click_id: string;
  readonly kind: number;
  readonly at: number;
  readonly link_id: number;
  readonly group_id: number | null;
  readonly route_id: number;
  readonly flags: number;
  readonly visitor: string;
  readonly country: string;
  readonly region: string;
  readonly city: string;
  readonly device: string;
  readonly os: string;
  readonly browser: string;
  readonly language_tag: string;
  readonly referrer_host: string;
  readonly utm: string | null;
}

export function knownClick(row: ClickRow): KnownClick {
  return {
    kind: row.kind,
    at: row.at,
    linkId: row.link_id,
    groupId: row.group_id,
    routeId: row.route_id,
    flags: row.flags,
    visitor: row.visitor,
    country: row.country,
    region: row.region,
    city: row.city,
    device: row.device,
    os: row.os,
    browser: row.browser,
    languageTag: row.language_tag,
    referrerHost: row.referrer_host,
    utm: row.utm === null ? null : (JSON.parse(row.utm) as Utm),
  };
}
