import { ClickJournal } from '../../src/clicks/journal/click-journal.ts';
import type { GeneratedClicks } from './generated-clicks.ts';

/** What a busy turn of the event loop collects. */
const PER_FRAME = 20;
const AT_ONCE = 10_000;

/** Writes the last so many clicks into a journal, as visits would have. */
export async function journalClicks(
  directory: string,
  clicks: GeneratedClicks,
  howMany: number,
): Promise<void> {
  const journal = ClickJournal.open({ directory, durability: 'process', report: () => {} });
  const waiter = {
    journalled: () => {},
    refused: (error: Error) => {
      throw error;
    },
  };
  for (let from = clicks.clicks - howMany; from < clicks.clicks; from += AT_ONCE) {
    const records = clicks.records(from, Math.min(clicks.clicks, from + AT_ONCE));
    for (const [index, record] of records.entries()) {
      journal.append(record, waiter);
      if (index % PER_FRAME === PER_FRAME - 1) await journal.flush();
    }
  }
  await journal.close();
}
