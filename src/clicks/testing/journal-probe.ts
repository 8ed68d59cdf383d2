import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { ClickRecord } from '../click-record.ts';
import type { ClickEvent } from '../click-report.ts';
import type { ClickJournal, JournalWaiter } from '../journal/click-journal.ts';
import { listSegments } from '../journal/segment-directory.ts';
import { readSlice } from '../journal/segment-reader.ts';
import { clickRecord } from './click-records.ts';

/** Remembers what became of every click that was given to a journal. */
export class JournalAccount {
  readonly journalled: string[] = [];
  readonly refused: string[] = [];

  waiterFor(record: ClickRecord): JournalWaiter {
    return {
      journalled: () => this.journalled.push(record.id),
      refused: () => this.refused.push(record.id),
    };
  }

  append(journal: ClickJournal, changes: Partial<ClickRecord> = {}): string {
    const record = clickRecord(changes);
    journal.append(record, this.waiterFor(record));
    return record.id;
  }

  get settled(): number {
    return this.journalled.length + this.refused.length;
  }
}

/** Collects the names of what is reported. */
export function eventLog(): { events: ClickEvent[]; report: (event: ClickEvent) => void } {
  const events: ClickEvent[] = [];
  return { events, report: (event) => void events.push(event) };
}

/** Every record in the directory whose writer is gone, in order. */
export async function readEverything(directory: string): Promise<string[]> {
  const ids: string[] = [];
  for (const segment of await listSegments(directory)) {
    const slice = await readSlice(segment, 0, true, Number.POSITIVE_INFINITY);
    for (const record of slice?.records ?? []) ids.push(record.id);
  }
  return ids;
}

/** Polls, instead of sleeping for as long as something might take. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const giveUpAt = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`Waited in vain until ${what}`);
    await setTimeout(5);
  }
}

export function temporaryDirectory(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'switchyard-clicks-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
