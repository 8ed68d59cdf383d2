export const LONGEST_URL_BYTES = 3_000;

/** Names have no more (RFC 1035, section 2.3.4), however they are written. */
export const LONGEST_HOST = 253;
/** Too much that a URL parser could take for a host, as it stands after a scheme or two slashes and a user. */
const LONG_HOST = new RegExp(
  `^(?:[a-z][a-z\\d+.-]*:[/\\\\]*|[/\\\\]{2,})(?:[^/\\\\?#]*@)?[^/\\\\?#@:]{${LONGEST_HOST + 1}}`,
  'i',
);

/**
 * Reads a URL that anybody may have written; `null` when it is none. Not `URL.parse`: its time for a host that is not
 * ASCII grows with the square of the length, to a quarter of a second for 15 kB.
 */
export function parseUrl(text: string, base?: string): URL | null {
  return hasLongHost(text) ? null : URL.parse(text, base);
}

function hasLongHost(text: string): boolean {
  // As parsers do: spaces and control characters before a URL, and breaks anywhere in it, are overlooked.
  return LONG_HOST.test(text.replace(/^[\0-\x20]+|[\t\n\r]+/g, ''));
}

/**
 * What is wrong with a URL somebody wants visitors sent to, or undefined. It must be absolute http or https and
 * must be able to stand in a `Location` header.
 */
export function httpUrlProblem(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return 'must be an http or https URL';
  if (Buffer.byteLength(value) > LONGEST_URL_BYTES) return `must have at most ${LONGEST_URL_BYTES} bytes`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused.
  if (/[\x00-\x20\x7f]/.test(value)) return 'must not contain spaces or control characters; encode them';
  if (!value.isWellFormed()) return 'must be well-formed Unicode';
  if (hasLongHost(value)) return `must name a host of at most ${LONGEST_HOST} characters`;
  if (!/^https?:\/\//i.test(value) || !URL.canParse(value)) {
    return 'must be an absolute http or https URL, such as https://example.com/page';
  }
  const { base } = splitUrl(value);
  if (base.includes('\\')) return 'must not contain a backslash before its query; use / or %5C';
  if (base.split('/', 3)[2]?.match(/@/g)?.[1])
    return 'must not have more than one @ before its host; write %40';
  return undefined;
}

/** Host and, when unusual, port of a URL that has passed `httpUrlProblem`; lower case. */
export function urlHost(url: string): string {
  return new URL(url).host;
}

/** What leads to the host, as RFC 3986 cuts it out of a URL; `[::1]` and all that is no `\` may be a host. */
const WRITTEN_HOST =
  /^https?:\/\/(?:[^/?#@\\]*@)?(\[[^\]]*\]|[^/?#@\\:]*)(?::\d*)?(?=[/?#]|$)[^?#\\]*(?=[?#]|$)/i;

/**
 * The URL as a header can carry it: unchanged when it is plain ASCII, else in the encoding browsers use.
 *
 * What only browsers read as the host they do (`https://a.example\@b.example/`, `https://0x7f.1/`) is written as they
 * mean it: under a scheme of its own an app reads the same text, and not by their rules.
 */
export function asciiUrl(url: string): string {
  if (!/^[\x21-\x7e]*$/.test(url)) return new URL(url).href;
  const parsed = URL.parse(url);
  if (parsed === null) return url;
  return WRITTEN_HOST.exec(url)?.[1]?.toLowerCase() === parsed.hostname ? url : parsed.href;
}

/**
 * Names in a visited query that speak to the product, whatever their value, and never travel on: `d` asks for the flow
 * page, `qr` marks a scan, and `openExternalBrowser` has LINE hand a URL to the real browser.
 */
const OWN_NAMES: ReadonlySet<string> = new Set(['d', 'qr', 'openExternalBrowser']);

export function isOwnName(name: string): boolean {
  return OWN_NAMES.has(name);
}

/**
 * When more than this would travel on of a query, all of it stays here: nobody passes on so much, and every visit would
 * pay for it. Characters as they would stand in a URL. What never travels does not count: a chat app that hands a visit
 * to the real browser has a mark added, and it goes where it would have gone.
 */
export const LONGEST_PASSED_QUERY = 4_000;
/** A longer one is not read. Leaves room for our own marks. */
export const LONGEST_READ_QUERY = 4_200;

/** What of a visited query may travel on, ready to stand in any URL. */
interface PassedOn {
  readonly query: string;
  readonly pairs: readonly { readonly name: string; readonly text: string }[];
  /** All pairs, for a URL that has none of its own. */
  readonly text: string;
  /** Then there are no pairs. */
  readonly isTooLong: boolean;
}

const NOTHING: PassedOn = { query: '', pairs: [], text: '', isTooLong: false };
/** A visit is decided on several URLs, one after another and for other devices: its query is read for the first. */
let lastRead = NOTHING;

/**
 * Adds to a destination the query parameters of the visited short URL that it does not have itself. Everything
 * already in the destination stays byte for byte.
 *
 * @param query the visited URL's query without its `?`; nothing is added when it `isTooLongToPass`
 */
export function withVisitQuery(destination: string, query: string): string {
  if (query === '') return destination;
  const passedOn = passedOnOf(query);
  const { base, query: own, fragment } = splitUrl(destination);
  const added = own ? missingIn(own, passedOn) : passedOn.text;
  return added === '' ? destination : joinUrl(base, own ? `${own}&${added}` : added, fragment);
}

/** Whether a visited query stays here, whole, because of its length. */
export function isTooLongToPass(query: string): boolean {
  return passedOnOf(query).isTooLong;
}

function passedOnOf(query: string): PassedOn {
  if (query !== lastRead.query) lastRead = readPassedOn(query);
  return lastRead;
}

function readPassedOn(query: string): PassedOn {
  const tooLong = { query, pairs: [], text: '', isTooLong: true };
  if (query.length > LONGEST_READ_QUERY) return tooLong;
  const pairs = pairsOf(query)
    .map((pair) => ({ name: nameOf(pair), text: headerSafe(pair) }))
    .filter(({ name }) => name !== '' && !isOwnName(name));
  const text = textOf(pairs);
  return text.length > LONGEST_PASSED_QUERY ? tooLong : { query, pairs, text, isTooLong: false };
}

function missingIn(own: string, { pairs, text }: PassedOn): string {
  const taken = new Set(pairsOf(own).map(nameOf));
  const missing = pairs.filter(({ name }) => !taken.has(name));
  return missing.length === pairs.length ? text : textOf(missing);
}

function textOf(pairs: PassedOn['pairs']): string {
  return pairs.map(({ text }) => text).join('&');
}

export interface UrlParts {
  readonly base: string;
  /** Without `?`; undefined when there is none. */
  readonly query: string | undefined;
  /** With `#`, or empty. */
  readonly fragment: string;
}

export function splitUrl(url: string): UrlParts {
  const hash = url.indexOf('#');
  const fragment = hash < 0 ? '' : url.slice(hash);
  const rest = hash < 0 ? url : url.slice(0, hash);
  const mark = rest.indexOf('?');
  return mark < 0
    ? { base: rest, query: undefined, fragment }
    : { base: rest.slice(0, mark), query: rest.slice(mark + 1), fragment };
}

export function joinUrl(base: string, query: string, fragment: string): string {
  return `${base}?${query}${fragment}`;
}

/** Whether a pair stands in a query just so: not encoded in another way. */
export function hasPair(query: string, pair: string): boolean {
  return query.includes(pair) && `&${query}&`.includes(`&${pair}&`);
}

export function pairsOf(query: string | undefined): string[] {
  return query ? query.split('&').filter((pair) => pair !== '') : [];
}

/** The decoded name of `name=value`; a name that does not decode is taken as it stands. */
export function nameOf(pair: string): string {
  const equals = pair.indexOf('=');
  return decodeQueryText(equals < 0 ? pair : pair.slice(0, equals));
}

export function decodeQueryText(text: string): string {
  if (!/[+%]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replace(/\+/g, ' '));
  } catch {
    return text;
  }
}

function headerSafe(pair: string): string {
  // `#` cannot come in a query, but a raw client can send one, and it would begin the fragment.
  return pair.replace(/[^\x21-\x7e]|#/gu, (character) =>
    encodeURIComponent(character.isWellFormed() ? character : '\ufffd'),
  );
}
