import { type Logger, pino } from 'pino';

export type { Logger };

/** JSON lines on standard output. Redirects are never logged one by one; keys and query strings never at all. */
export function createLogger(level: string): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
}
