import { memo } from './bounded-memo.ts';

/** Languages are told by CLDR's names for them; `none` makes an unknown code undefined. */
const NAMES = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });

const PRIMARY = /^[a-z]{2,3}(?=$|-)/i;
const WEIGHT = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i;

/** ISO 639 has codes for what is no language: undetermined, several, none. */
const NO_LANGUAGE: ReadonlySet<string> = new Set(['und', 'mul', 'zxx', 'mis']);

/** Browsers send at most some ten languages. What comes after this is not read. */
const LONGEST_READ = 256;

const REMEMBERED = 5_000;

/**
 * The language a visitor likes best, from `Accept-Language` (RFC 9110, 12.5.4): a primary subtag of ISO 639, such as
 * `ko`, in its current form (`iw` is `he`); empty when nothing in the header is a language. Among equals the first.
 * Never throws, and only makes words that CLDR knows: a visitor can invent none.
 */
export const preferredLanguage: (header: string) => string = memo(REMEMBERED, best);

function best(header: string): string {
  let language = '';
  let weight = 0;
  for (const item of header.slice(0, LONGEST_READ).split(',')) {
    const [range = '', ...parameters] = item.split(';').map((part) => part.trim());
    const itsWeight = weightOf(parameters);
    if (itsWeight <= weight) continue;
    const found = known(range);
    if (found === '') continue;
    language = found;
    weight = itsWeight;
  }
  return language;
}

/** 0 for "not this one" and for what cannot be read. */
function weightOf(parameters: readonly string[]): number {
  const [parameter] = parameters;
  if (parameter === undefined) return 1;
  return Number(WEIGHT.exec(parameter)?.[1] ?? 0);
}

function known(range: string): string {
  const [subtag] = PRIMARY.exec(range) ?? [];
  return subtag === undefined ? '' : languageOf(subtag.toLowerCase());
}

/** Asked once for each of the 18,252 words of two or three letters: 5 µs times a header full of them would be felt. */
const languageOf = memo(20_000, (subtag) => {
  const [canonical = ''] = Intl.getCanonicalLocales(subtag)[0]?.split('-') ?? [];
  return !NO_LANGUAGE.has(canonical) && NAMES.of(canonical) !== undefined ? canonical : '';
});
