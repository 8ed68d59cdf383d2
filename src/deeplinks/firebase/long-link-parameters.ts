import { decodeQueryText, isOwnName, nameOf, pairsOf } from '../../links/destination.ts';

/** Every parameter of a Firebase long link, in the order in which we write them. */
export const LONG_LINK_PARAMETERS = [
  'link',
  'apn',
  'afl',
  'amv',
  'al',
  'ibi',
  'ifl',
  'ius',
  'ipfl',
  'ipbi',
  'isi',
  'imv',
  'efr',
  'ofl',
  'st',
  'sd',
  'si',
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'utm_term',
  'utm_content',
  'gclid',
  'at',
  'ct',
  'mt',
  'pt',
  'd',
] as const;
export type LongLinkParameter = (typeof LONG_LINK_PARAMETERS)[number];

export type LongLinkParameters = { readonly [P in LongLinkParameter]?: string };

const NAMES: ReadonlySet<string> = new Set(LONG_LINK_PARAMETERS);
const URLS: ReadonlySet<string> = new Set(['link', 'afl', 'al', 'ifl', 'ipfl', 'ofl', 'si']);

export interface LongLinkQuery {
  readonly parameters: LongLinkParameters;
  /** Names that mean nothing here, each once. */
  readonly unrecognized: readonly string[];
  /** Their pairs, which travel on to the deep link, as with any short link. */
  readonly passedOn: string;
  /**
   * The query as a visit of a short link would have had it: what means nothing here, campaign parameters (statistics
   * read them there) and the marks of the product itself.
   */
  readonly visitQuery: string;
}

/** Whether a query is one of a long link; asked before anything is decoded, so it must be cheap. */
export function isLongLinkQuery(query: string): boolean {
  return query.includes('link=') && pairsOf(query).some((pair) => pair.startsWith('link='));
}

/** @param query without `?`; of a parameter that stands there twice the first counts */
export function readLongLinkQuery(query: string): LongLinkQuery {
  const parameters: { [P in LongLinkParameter]?: string } = {};
  const unrecognized = new Set<string>();
  const passedOn: string[] = [];
  const visited: string[] = [];
  for (const pair of pairsOf(query)) {
    const name = nameOf(pair);
    if (!isParameter(name)) {
      if (!isOwnName(name)) {
        unrecognized.add(name);
        passedOn.push(pair);
      }
      visited.push(pair);
      continue;
    }
    if (name === 'd' || name.startsWith('utm_')) visited.push(pair);
    const equals = pair.indexOf('=');
    const text = equals < 0 ? '' : pair.slice(equals + 1);
    parameters[name] ??= URLS.has(name) ? decodeUrl(text) : decodeQueryText(text);
  }
  return {
    parameters,
    unrecognized: [...unrecognized],
    passedOn: passedOn.join('&'),
    visitQuery: visited.join('&'),
  };
}

/** The query of a long link that says all this; parameters that say nothing are left out. */
export function writeLongLinkQuery(parameters: LongLinkParameters): string {
  return LONG_LINK_PARAMETERS.flatMap((name) => {
    const value = parameters[name];
    return value === undefined || value === '' ? [] : [`${name}=${encodeURIComponent(value.toWellFormed())}`];
  }).join('&');
}

export function isParameter(name: string): name is LongLinkParameter {
  return NAMES.has(name);
}

/**
 * A plus is a plus: no URL holds a space for which it could stand. What is no encoding of anything stays as it is, and
 * a space that was encoded becomes one that a URL can hold.
 */
function decodeUrl(text: string): string {
  const decoded = text.replace(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
  return decoded.trim().replaceAll(' ', '%20');
}
