import { z } from 'zod';
import { ClickFlag } from '../../clicks/click-record.ts';
import type { RawClick } from '../../clicks/raw-clicks.ts';
import { csvField } from '../../csv-field.ts';
import { clickCursor } from './click-cursor.ts';
import { instant, iso, publicId } from './schema.ts';

const text = z.string();

/** A raw click as clients get it, flat, so that a line and a row have the same names. */
export const rawClick = z
  .object({
    cursor: text.meta({ description: 'Send it as `cursor` to go on right after this click' }),
    id: text,
    at: instant,
    linkId: publicId.nullable(),
    code: text.nullable().meta({ description: 'Null when another link has it now' }),
    groupId: publicId.nullable().meta({ description: 'Of the group the link was in then' }),
    country: text.meta({ description: 'ISO 3166; like all that follows empty when unknown or none' }),
    region: text,
    city: text,
    device: text,
    os: text,
    browser: text,
    language: text,
    referrer: text.meta({ description: 'Host name' }),
    utmSource: text,
    utmMedium: text,
    utmCampaign: text,
    utmTerm: text,
    utmContent: text,
    qr: z.boolean(),
    automated: z.boolean(),
    crawler: z.boolean().meta({ description: 'Counted nowhere' }),
    repeat: z.boolean().meta({ description: 'Within five seconds of the visitor’s last on the link' }),
    newVisitorThisHour: z.boolean().meta({ description: 'The visitor’s first on the link in that hour' }),
    newVisitorToday: z.boolean(),
    newVisitorEver: z.boolean(),
    visitor: text.meta({
      description: 'Stands for the visitor in all clicks of this project, and nowhere else',
    }),
  })
  .meta({ id: 'RawClick' });
export type RawClickToApi = z.output<typeof rawClick>;

export function rawClickToApi(click: RawClick, pseudonymOf: (visitor: string) => string): RawClickToApi {
  const { flags, utm } = click;
  const has = (flag: number) => (flags & flag) !== 0;
  return {
    cursor: clickCursor(click.row),
    id: click.clickId,
    at: iso(click.at),
    linkId: click.link,
    code: click.code,
    groupId: click.group,
    country: click.country,
    region: click.region,
    city: click.city,
    device: click.device,
    os: click.os,
    browser: click.browser,
    language: click.language,
    referrer: click.referrer,
    utmSource: utm?.source ?? '',
    utmMedium: utm?.medium ?? '',
    utmCampaign: utm?.campaign ?? '',
    utmTerm: utm?.term ?? '',
    utmContent: utm?.content ?? '',
    qr: has(ClickFlag.qr),
    automated: has(ClickFlag.automated),
    crawler: has(ClickFlag.crawler),
    repeat: has(ClickFlag.repeat),
    newVisitorThisHour: has(ClickFlag.newThisHour),
    newVisitorToday: has(ClickFlag.newToday),
    newVisitorEver: has(ClickFlag.newEver),
    visitor: pseudonymOf(click.visitor),
  };
}

/** How clicks are written down: what comes first, and each of them. */
export interface ClickFormat {
  readonly contentType: string;
  readonly fileName: string;
  readonly head: string;
  line(click: RawClickToApi): string;
}

const COLUMNS = Object.keys(rawClick.shape) as (keyof RawClickToApi)[];

export const CLICK_FORMATS: Readonly<Record<'ndjson' | 'csv', ClickFormat>> = {
  ndjson: {
    contentType: 'application/x-ndjson; charset=utf-8',
    fileName: 'clicks.ndjson',
    head: '',
    line: (click) => `${JSON.stringify(click)}\n`,
  },
  csv: {
    contentType: 'text/csv; charset=utf-8',
    fileName: 'clicks.csv',
    head: `${COLUMNS.join(',')}\r\n`,
    line: (click) => `${COLUMNS.map((column) => csvField(String(click[column] ?? ''))).join(',')}\r\n`,
  },
};

/** The first media type of an `Accept` header that is one of ours; without any, NDJSON. */
export function acceptedFormat(accept: string | undefined): keyof typeof CLICK_FORMATS {
  for (const range of (accept ?? '').toLowerCase().split(',')) {
    const type = range.split(';')[0]?.trim();
    if (type === 'text/csv') return 'csv';
    if (type === 'application/x-ndjson' || type === 'application/ndjson') return 'ndjson';
  }
  return 'ndjson';
}
