import { createHmac, type KeyObject } from 'node:crypto';
import type { ClickRecord } from '../click-record.ts';

/** A click as it is stored: what the visit knew, without the address, with what follows from it. */
export interface EnrichedClick extends Omit<ClickRecord, 'address' | 'referrer' | 'utm'> {
  /** Keyed hash of address and user agent, 16 hex digits. */
  readonly visitor: string;
  /** Lower case, without port; empty when there is none. */
  readonly referrerHost: string;
  readonly utm: Utm | null;
}

export type Utm = Readonly<Partial<Record<UtmName, string>>>;

const UTM_NAMES = ['source', 'medium', 'campaign', 'term', 'content'] as const;
export type UtmName = (typeof UTM_NAMES)[number];

const MAX_USER_AGENT = 512;
const MAX_LANGUAGE = 64;
const MAX_UTM_VALUE = 128;
const MAX_HOST = 253; // RFC 1035, as text

/** Pure. @param secret the instance secret, as `createSecretKey` makes it */
export function enrich(record: ClickRecord, secret: KeyObject): EnrichedClick {
  const { address, referrer, utm, ...known } = record;
  return {
    ...known,
    userAgent: storable(record.userAgent, MAX_USER_AGENT),
    language: storable(record.language, MAX_LANGUAGE),
    visitor: visitorOf(address, record.userAgent, secret),
    referrerHost: hostOf(referrer),
    utm: standardUtm(utm),
  };
}

/** 64 bits: two of ten million visitors of an instance coincide with a chance of three in a million. */
function visitorOf(address: string, userAgent: string, secret: KeyObject): string {
  return createHmac('sha256', secret).update(`${address}\0${userAgent}`).digest('hex').slice(0, 16);
}

function hostOf(referrer: string): string {
  const url = URL.parse(referrer);
  return url ? storable(url.hostname.toLowerCase(), MAX_HOST) : '';
}

function standardUtm(pairs: ClickRecord['utm']): Utm | null {
  if (pairs === null) return null;
  const utm: Partial<Record<UtmName, string>> = {};
  for (const [name, value] of pairs) {
    if (isUtmName(name) && utm[name] === undefined && value !== '')
      utm[name] = storable(value, MAX_UTM_VALUE);
  }
  return Object.keys(utm).length === 0 ? null : utm;
}

function isUtmName(name: string): name is UtmName {
  return (UTM_NAMES as readonly string[]).includes(name);
}

/**
 * PostgreSQL's text refuses NUL and half surrogate pairs, and one refused click would hold up all behind it: a visitor
 * must not be able to write one.
 */
function storable(text: string, maxLength: number): string {
  return text.replaceAll('\0', '').slice(0, maxLength).toWellFormed();
}
