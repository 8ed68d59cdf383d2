import { LANGUAGES, type Language } from '../../languages.ts';

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;

const FORMATS = Object.fromEntries(
  LANGUAGES.map((language) => [language, new Intl.RelativeTimeFormat(language)]),
) as Readonly<Record<Language, Intl.RelativeTimeFormat>>;

/** How long somebody has to wait, in words: "in 8 minutes". Rounded up, so that whoever waits that long comes in time. */
export function describeWait(seconds: number, language: Language): string {
  const minutes = Math.max(1, Math.ceil(seconds / MINUTE_S));
  return minutes * MINUTE_S < HOUR_S
    ? FORMATS[language].format(minutes, 'minute')
    : FORMATS[language].format(Math.ceil(seconds / HOUR_S), 'hour');
}
