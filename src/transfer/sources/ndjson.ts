import { SourceError } from '../source.ts';

/** What an export in full begins with; raised when an older program could not read a newer file. */
export const EXPORT_VERSION = 2;

/** @throws SourceError when a first line does not say that this program can read what follows */
export function requireHeader(line: unknown): void {
  const { kind, version } = (line ?? {}) as { kind?: unknown; version?: unknown };
  if (kind !== 'switchyard-export' || typeof version !== 'number') {
    throw new SourceError(
      'The file is no export of Switchyard: its first line does not say so. Make one with: switchyard export',
    );
  }
  if (version > EXPORT_VERSION) {
    throw new SourceError(
      `The file was written by a newer Switchyard (format ${version}; this one reads ${EXPORT_VERSION}). Update this installation first.`,
    );
  }
}
