import type { GeoDatabaseInfo } from '../../clicks/ingest/geo-database.ts';
import { DAY_MS, type Finding, lasting } from './finding.ts';

/** Networks change hands: each year some hundredths of the addresses move to another country. */
const OLD_MS = 365 * DAY_MS;

/** @param info null when clicks get no country */
export function judgeGeoDatabase(
  info: GeoDatabaseInfo | null,
  setting: 'packaged' | 'none' | { readonly path: string },
  now: number,
): Finding {
  const finding = (level: Finding['level'], text: string): Finding => ({ check: 'geo', level, text });
  if (!info) {
    return setting === 'none'
      ? finding('ok', 'clicks get no country, as GEO_DATABASE says')
      : finding('warn', 'there is no database of countries, so clicks get none: install Switchyard again');
  }
  if (info.builtAt === null) return finding('ok', `countries come from ${info.source}, which tells no age`);
  const age = lasting(Math.max(0, now - info.builtAt));
  if (now - info.builtAt <= OLD_MS) return finding('ok', `countries come from ${info.source}, ${age} old`);
  const remedy =
    typeof setting === 'string' ? 'update Switchyard' : 'put a newer file in its place and restart';
  return finding('warn', `countries come from ${info.source}, which is ${age} old: ${remedy}`);
}
