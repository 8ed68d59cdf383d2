import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger };

/**
 * JSON lines on standard output. Redirects are never logged one by one; keys, passwords and query strings never at all.
 *
 * @param destination where the lines go instead
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: describeError },
    },
    destination,
  );
}

/** Node hands the whole request along with what it could not parse of it: its body, its cookies and its keys. */
function describeError(error: Error): Record<string, unknown> {
  const { rawPacket: _, ...described } = pino.stdSerializers.err(error);
  return described;
}
