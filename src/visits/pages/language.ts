import { LANGUAGES, type Language } from '../../languages.ts';

const DEFAULT_LANGUAGE: Language = LANGUAGES[0];

/** Browsers send well under 100 characters; what lies beyond is not worth a visitor's time. */
const MAX_HEADER_LENGTH = 512;
const MAX_RANGES = 24;

/** `qvalue` of RFC 9110, section 12.4.2. */
const QUALITY = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/**
 * The language of a visitor's pages, from the `Accept-Language` header (RFC 9110, section 12.5.4; basic filtering on
 * the primary subtag, so `ko-KR` is `ko`). The highest quality wins, among equals the one named first; `*` stands for
 * the languages not named, and `q=0` refuses one. Takes anything, throws never, and reads a bounded part of the header.
 */
export function chooseLanguage(acceptLanguage: string | undefined): Language {
  if (!acceptLanguage) return DEFAULT_LANGUAGE;
  const named = new Map<Language, number>();
  let others = 0;
  for (const { primary, quality } of languageRanges(acceptLanguage)) {
    if (primary === '*') others = Math.max(others, quality);
    const language = LANGUAGES.find((candidate) => candidate === primary);
    if (language) named.set(language, Math.max(named.get(language) ?? 0, quality));
  }
  for (const language of LANGUAGES) {
    if (!named.has(language)) named.set(language, others);
  }
  let best = DEFAULT_LANGUAGE;
  let bestQuality = 0;
  for (const [language, quality] of named) {
    if (quality > bestQuality) {
      best = language;
      bestQuality = quality;
    }
  }
  return best;
}

interface LanguageRange {
  readonly primary: string;
  readonly quality: number;
}

function languageRanges(header: string): LanguageRange[] {
  const ranges: LanguageRange[] = [];
  for (const part of wholeParts(header)) {
    const [range = '', ...parameters] = part.split(';');
    const quality = readQuality(parameters);
    const [primary = ''] = range.trim().toLowerCase().split('-', 1);
    if (primary !== '' && quality !== undefined) ranges.push({ primary, quality });
  }
  return ranges;
}

/** The comma-separated parts that fit the bound whole: half a part could turn `q=0.1` into `q=0`. */
function wholeParts(header: string): string[] {
  const parts = header.slice(0, MAX_HEADER_LENGTH).split(',', MAX_RANGES + 1);
  if (header.length > MAX_HEADER_LENGTH && parts.length <= MAX_RANGES) parts.pop();
  return parts.slice(0, MAX_RANGES);
}

/** 1 when none is given, undefined when it is not a quality: such a range says nothing we could trust. */
function readQuality(parameters: readonly string[]): number | undefined {
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=', 2);
    if (name.trim().toLowerCase() !== 'q') continue;
    const text = value.trim();
    return QUALITY.test(text) ? Number(text) : undefined;
  }
  return 1;
}
