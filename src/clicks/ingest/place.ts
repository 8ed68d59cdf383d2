import { storable } from './storable.ts';

/** Where an address is, as far as a database says it. Empty when it does not. */
export interface Place {
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country: string;
  /** English name of the largest subdivision. */
  readonly region: string;
  /** English name. */
  readonly city: string;
}

export const UNKNOWN_PLACE: Place = { country: '', region: '', city: '' };

const MAX_NAME = 100;

/** What databases write where they know no country; the letters are the user's own in ISO 3166. */
const NO_COUNTRY: ReadonlySet<string> = new Set(['ZZ', 'XX']);

/**
 * Reads one entry of an `.mmdb` file. Publishers agree on the container and not on the fields: MaxMind and DB-IP nest
 * (`country.iso_code`, `subdivisions`, `city.names.en`), others are flat (`country_code` or `country`, `region` or
 * `state1`, `city`).
 */
export function placeOf(entry: object): Place {
  const { country, country_code, region, state1, subdivisions, city } = entry as Record<string, unknown>;
  const largest = Array.isArray(subdivisions) ? subdivisions[0] : undefined;
  return {
    country: countryCode(field(country, 'iso_code')) || countryCode(country_code) || countryCode(country),
    region: name(field(field(largest, 'names'), 'en')) || name(region) || name(state1),
    city: name(field(field(city, 'names'), 'en')) || name(city),
  };
}

function field(of: unknown, key: string): unknown {
  return typeof of === 'object' && of !== null ? (of as Record<string, unknown>)[key] : undefined;
}

function countryCode(value: unknown): string {
  if (typeof value !== 'string' || !/^[a-z]{2}$/i.test(value)) return '';
  const code = value.toUpperCase();
  return NO_COUNTRY.has(code) ? '' : code;
}

function name(value: unknown): string {
  return typeof value === 'string' ? storable(value.trim(), MAX_NAME) : '';
}
