import { join } from 'node:path';
import Sqlite from 'better-sqlite3';

/** Clicks in the tables of a stopped server. */
export function countedClicks(dataDir: string): number {
  const db = new Sqlite(join(dataDir, 'clicks.db'), { readonly: true });
  try {
    return db.prepare<[], number>('select count(*) from click').pluck().get() ?? 0;
  } finally {
    db.close();
  }
}

/** What the product promises, checked after every bench that redirects. @throws when it was not kept */
export function requireAllCounted(dataDir: string, answered: number): string {
  const counted = countedClicks(dataDir);
  if (counted !== answered) throw new Error(`${answered} visits were answered, but ${counted} are counted`);
  return `Answered visits ${answered.toLocaleString('en-US')}, counted clicks ${counted.toLocaleString('en-US')}.`;
}
