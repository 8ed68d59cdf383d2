import { expect, onTestFinished, test, vi } from 'vitest';
import {
  eventLog,
  JournalAccount,
  readEverything,
  temporaryDirectory,
  until,
} from '../testing/journal-probe.ts';
import { ClickJournal } from './click-journal.ts';
import { syncDirectory } from './segment-directory.ts';

vi.mock(import('./segment-directory.ts'), async (original) => {
  const actual = await original();
  return { ...actual, syncDirectory: vi.fn(actual.syncDirectory) };
});

test('with durability "disk" a sync that fails once refuses also those who waited for the next, and counts none twice', async () => {
  const directory = temporaryDirectory();
  onTestFinished(() => directory[Symbol.dispose]());
  const held = Promise.withResolvers<void>();
  vi.mocked(syncDirectory).mockImplementationOnce(() => held.promise);
  const { report, events } = eventLog();
  const journal = ClickJournal.open({
    directory: directory.path,
    durability: 'disk',
    report,
    syncEveryMs: 5,
  });
  const account = new JournalAccount();
  account.append(journal);
  await vi.waitFor(() => expect(syncDirectory).toHaveBeenCalled());
  account.append(journal);
  account.append(journal);
  void journal.flush();
  held.reject(new Error('EMFILE: too many open files'));
  await until(() => account.settled === 3, 'all have been told');
  expect(account.refused).toHaveLength(3);
  await until(() => journal.probe(), 'it records again');
  account.append(journal);
  await journal.flush();
  await journal.close();
  expect(account.journalled).toHaveLength(1);
  expect(await readEverything(directory.path)).toEqual(account.journalled);
  expect(events).toContain('journal.segment-abandoned');
});
