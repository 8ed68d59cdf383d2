import { OTHER_TEXT } from '../../clicks/blocks/fact.ts';
import type { DeviceKind } from '../../clicks/ingest/user-agent.ts';
import type { Dimension } from '../../clicks/statistics/question.ts';
import { LANGUAGES, type Language } from '../../languages.ts';
import { readableText } from './safe-text.ts';
import { STATISTICS_TEXTS } from './texts.ts';

const COUNTRIES = namesOf('region');
const LANGUAGES_NAMED = namesOf('language');

/** What people call a value of a dimension. Plain text; links are named elsewhere. */
export function labelValue(dimension: Dimension, value: string, language: Language): string {
  const texts = STATISTICS_TEXTS[language];
  if (value === '') {
    if (dimension === 'referrer') return texts.direct;
    return dimension.startsWith('utm') ? texts.none : texts.unknown;
  }
  if (value === OTHER_TEXT) return texts.other;
  switch (dimension) {
    case 'country':
      return /^[A-Z]{2}$/.test(value) ? (COUNTRIES[language].of(value) ?? value) : readableText(value);
    case 'language':
      return /^[a-z]{2,3}$/.test(value)
        ? (LANGUAGES_NAMED[language].of(value) ?? value)
        : readableText(value);
    case 'device':
      return Object.hasOwn(texts.devices, value) ? texts.devices[value as DeviceKind] : readableText(value);
    case 'weekday':
      return weekdayName(Number(value), language);
    case 'hourOfDay':
      return `${value}:00`;
    default:
      return readableText(value);
  }
}

/** @param weekday 1 (Monday) to 7 */
function weekdayName(weekday: number, language: Language): string {
  // The fifth of January 1970 was a Monday.
  const day = new Date(Date.UTC(1970, 0, 4 + weekday));
  return new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' }).format(day);
}

function namesOf(type: 'region' | 'language'): Readonly<Record<Language, Intl.DisplayNames>> {
  return Object.fromEntries(
    LANGUAGES.map((language) => [language, new Intl.DisplayNames(language, { type, fallback: 'code' })]),
  ) as Record<Language, Intl.DisplayNames>;
}
