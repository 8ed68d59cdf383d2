import { createHash } from 'node:crypto';
import type { OnConflict, RowOutcome } from './import-entry.ts';
import type { Row } from './source.ts';

/**
 * What earlier rows of a file would have made, because a dry run keeps none of it: groups, apps and domains that later
 * rows name, and codes, of which a file may have one twice. Some 100 bytes a link.
 */
export class DryRunMemory {
  readonly #made = new Map<string, Row>();
  /** Short URLs with what they lead to, both as hashes. */
  readonly #destinations = new Map<string, string>();

  /** Rows that must be there before these. */
  neededBy(rows: readonly Row[]): Row[] {
    const needed = new Set<Row>();
    for (const row of rows) {
      for (const key of namesOf(row)) {
        const made = this.#made.get(key);
        if (made) needed.add(made);
      }
    }
    return [...needed];
  }

  /**
   * @returns what would have become of the row, had those before it been kept; undefined where the import would have
   * ended, at a conflict with one of them
   */
  outcomeOf(row: Row, outcome: RowOutcome, onConflict: OnConflict): RowOutcome | undefined {
    if (outcome.outcome !== 'created') return outcome;
    const key = keyOf(row);
    if (key !== undefined) this.#made.set(key, row);
    if (row.kind !== 'link' || outcome.shortUrl === null) return outcome;
    const url = shortHash(outcome.shortUrl);
    const destination = shortHash(String(row.destination));
    const before = this.#destinations.get(url);
    this.#destinations.set(url, before ?? destination);
    if (before === undefined) return outcome;
    if (before === destination) return { ...outcome, outcome: 'exists' };
    if (onConflict === 'fail') return undefined;
    const reason = IN_USE;
    return onConflict === 'rename'
      ? { outcome: 'created', reason: `has a new code: ${reason}`, shortUrl: null }
      : { outcome: 'refused', reason, shortUrl: null };
  }
}

/** What a row says whose code an earlier one has. */
export const IN_USE = 'the code is in use and leads elsewhere';

/** Under which name others speak of what a row makes. */
function keyOf(row: Row): string | undefined {
  if (row.kind === 'group' || row.kind === 'app') return `${row.kind} ${String(row.id)}`;
  if (row.kind === 'domain') return `domain ${domainName(row)}`;
  return undefined;
}

function namesOf(row: Row): string[] {
  if (row.kind === 'qr-logo') return [`group ${String(row.groupId)}`];
  if (row.kind === 'reserved-code') return [`domain ${String(row.domain)}`];
  if (row.kind !== 'link') return [];
  const { groupId, domain, apps } = row;
  const saved = Object.values((apps ?? {}) as object).map(
    (app: { savedAppId?: unknown } | null) => `app ${String(app?.savedAppId)}`,
  );
  return [`group ${String(groupId)}`, `domain ${String(domain)}`, ...saved];
}

function domainName(row: Row): string {
  const { host, pathPrefix } = row;
  return [host, pathPrefix].filter(Boolean).join('/');
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('base64').slice(0, 16);
}
