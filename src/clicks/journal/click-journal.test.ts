import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { clickRecord } from '../testing/click-records.ts';
import {
  eventLog,
  JournalAccount,
  readEverything,
  temporaryDirectory,
  until,
} from '../testing/journal-probe.ts';
import { ClickJournal, type JournalOptions } from './click-journal.ts';

function openJournal(changes: Partial<JournalOptions> = {}) {
  const directory = temporaryDirectory();
  onTestFinished(() => directory[Symbol.dispose]());
  const { events, report } = eventLog();
  const writes: number[] = [];
  const journal = ClickJournal.open({
    directory: join(directory.path, 'journal'),
    durability: 'process',
    syncEveryMs: 5,
    report,
    onWritten: ({ offset }) => writes.push(offset),
    ...changes,
  });
  onTestFinished(() => journal.close());
  return {
    journal,
    directory: join(directory.path, 'journal'),
    account: new JournalAccount(),
    events,
    writes,
  };
}

test('all clicks of one turn are one write, and their waiters hear of it afterwards', async () => {
  const { journal, directory, account, writes } = openJournal();
  const ids = Array.from({ length: 500 }, () => account.append(journal));
  expect(account.settled).toBe(0);
  await setImmediate();
  expect(account.journalled).toEqual(ids);
  expect(writes).toHaveLength(1);
  expect(readFileSync(join(directory, readdirSync(directory)[0] as string)).length).toBe(
    journal.position().offset,
  );
  account.append(journal);
  await setImmediate();
  expect(writes).toHaveLength(2);
  await journal.close();
  expect(await readEverything(directory)).toEqual(account.journalled);
});

test('a waiter that throws hurts nobody else', async () => {
  const { journal, account, events } = openJournal();
  const throws = (): void => {
    throw new Error('defect');
  };
  account.append(journal);
  journal.append(clickRecord(), { journalled: throws, refused: throws });
  account.append(journal);
  await journal.flush();
  expect(account.journalled).toHaveLength(2);
  expect(events).toEqual(['journal.waiter-failed']);
});

test('a click appended by a waiter goes with the next write', async () => {
  const { journal, account, writes } = openJournal();
  journal.append(clickRecord(), { journalled: () => void account.append(journal), refused: () => undefined });
  await until(() => account.journalled.length === 1, 'the second click is journalled');
  expect(writes).toHaveLength(2);
});

test('with durability "disk" the waiters of many turns share few syncs and all are told', async () => {
  const { journal, directory, account } = openJournal({ durability: 'disk' });
  for (let turn = 0; turn < 50; turn += 1) {
    account.append(journal);
    account.append(journal);
    await setImmediate();
  }
  await journal.flush();
  await until(() => account.journalled.length === 100, 'all are on the disk');
  await journal.close();
  expect(await readEverything(directory)).toEqual(account.journalled);
});

test('with durability "disk" nobody is told before the sync', async () => {
  const { journal, account } = openJournal({ durability: 'disk' });
  account.append(journal);
  void journal.flush();
  expect(journal.position().offset).toBeGreaterThan(40);
  expect(account.settled).toBe(0);
  await until(() => account.journalled.length === 1, 'it is on the disk');
});

test('a full or old segment is followed by a new one, an empty one never', async () => {
  const bySize = openJournal({ segmentBytes: 600 });
  for (let turn = 0; turn < 20; turn += 1) {
    bySize.account.append(bySize.journal);
    await bySize.journal.flush();
  }
  expect(bySize.journal.status().segmentSequence).toBeGreaterThan(5);
  await bySize.journal.close();
  expect(await readEverything(bySize.directory)).toEqual(bySize.account.journalled);

  const byAge = openJournal({ segmentAgeMs: 0 });
  expect(byAge.journal.probe()).toBe(true);
  expect(byAge.journal.status().segmentSequence).toBe(1);
  byAge.account.append(byAge.journal);
  await until(() => byAge.journal.status().segmentSequence === 2, 'the segment is old');
});

test('a restart begins a new segment behind all others and leaves theirs alone', async () => {
  const { journal, directory, account, events, writes } = openJournal();
  account.append(journal);
  await journal.close();
  const [first] = readdirSync(directory);
  const before = readFileSync(join(directory, first as string));
  writeFileSync(join(directory, 'notes.txt'), 'not ours');
  const again = ClickJournal.open({
    directory,
    durability: 'process',
    report: (event) => void events.push(event),
  });
  account.append(again);
  await again.close();
  expect(again.position().sequence).toBe(2);
  expect(readFileSync(join(directory, first as string))).toEqual(before);
  expect(await readEverything(directory)).toEqual(account.journalled);
  expect(writes).toHaveLength(1);
});

test('after close clicks are refused, and a segment without clicks leaves no file', async () => {
  const { journal, directory, account } = openJournal();
  await journal.close();
  expect(readdirSync(directory)).toEqual([]);
  account.append(journal);
  await setImmediate();
  expect(account.refused).toHaveLength(1);
  expect(journal.status()).toMatchObject({ writable: false, refused: 1 });
  expect(journal.probe()).toBe(false);
});

test('a record too large to encode is refused without costing the segment', async () => {
  const { journal, account } = openJournal();
  account.append(journal, { userAgent: 'x'.repeat(17 * 1024 * 1024) });
  await journal.flush();
  account.append(journal);
  await journal.flush();
  expect(account).toMatchObject({ refused: { length: 1 }, journalled: { length: 1 } });
  expect(journal.status().segmentSequence).toBe(1);
});

test('a folder deleted while running comes back with all that the active segment held', async () => {
  const { journal, directory, account, events } = openJournal();
  account.append(journal);
  await journal.flush();
  const position = journal.position();
  const before = readFileSync(join(directory, readdirSync(directory)[0] as string));
  rmSync(directory, { recursive: true });
  await until(() => events.includes('journal.rescued'), 'the folder is rescued');
  expect(readFileSync(join(directory, readdirSync(directory)[0] as string))).toEqual(before);
  expect(journal.position()).toEqual(position);
  account.append(journal);
  await journal.close();
  expect(await readEverything(directory)).toEqual(account.journalled);
  expect(account.refused).toEqual([]);
});

test.each(['process', 'disk'] as const)(
  'a folder deleted again and again, at any moment, costs no click (durability "%s")',
  async (durability) => {
    const { journal, directory, account, events } = openJournal({ durability, syncEveryMs: 1 });
    const removing = spawn('sh', [
      '-c',
      'for turn in $(seq 150); do rm -rf "$0" 2>/dev/null; sleep 0.007; done',
      directory,
    ]);
    let gone = false;
    removing.once('exit', () => {
      gone = true;
    });
    let given = 0;
    while (!gone) {
      given += 1;
      account.append(journal);
      await setTimeout(1);
    }
    await until(() => account.settled === given, 'all have been told');
    await until(() => journal.probe(), 'it records again');
    await journal.close();
    expect(events.filter((event) => event === 'journal.rescued').length).toBeGreaterThan(10);
    expect(account.refused).toEqual([]);
    expect(await readEverything(directory)).toEqual(account.journalled);
  },
);

test('a folder that cannot be made again makes the journal unavailable until it can', async () => {
  const { journal, directory, account, events } = openJournal();
  account.append(journal);
  await journal.flush();
  rmSync(directory, { recursive: true });
  writeFileSync(directory, 'a file stands in the way');
  await until(() => !journal.status().writable, 'the loss is noticed');
  account.append(journal);
  await journal.flush();
  expect(account.refused).toHaveLength(1);
  expect(journal.probe()).toBe(false);
  rmSync(directory);
  await until(() => journal.status().writable, 'recording resumes');
  const id = account.append(journal);
  await journal.close();
  expect(await readEverything(directory), 'also what was written before').toEqual(account.journalled);
  expect(account.journalled).toHaveLength(2);
  expect(account.journalled).toContain(id);
  expect(events.slice(0, 2)).toEqual(['journal.segment-abandoned', 'journal.unavailable']);
  expect(events.slice(2).sort()).toEqual(['journal.rescued', 'journal.resumed']);
});

test('a file that is replaced by another under the same name is put back as well', async () => {
  const { journal, directory, account, events } = openJournal();
  account.append(journal);
  await journal.flush();
  const path = join(directory, readdirSync(directory)[0] as string);
  // As rsync, an editor or a restored copy of the folder do it.
  copyFileSync(path, join(directory, 'copy'));
  renameSync(join(directory, 'copy'), path);
  account.append(journal);
  await journal.flush();
  await until(() => events.includes('journal.rescued'), 'it is noticed');
  account.append(journal);
  await journal.close();
  expect(await readEverything(directory)).toEqual(account.journalled);
  expect(account.journalled).toHaveLength(3);
});

test('a file that is written over in place is left at once, and nothing that follows is lost behind the gap', async () => {
  const { journal, directory, account, events } = openJournal();
  account.append(journal);
  await journal.flush();
  const path = join(directory, readdirSync(directory)[0] as string);
  const older = readFileSync(path);
  account.append(journal);
  await journal.flush();
  // As `cp` of an older copy of the folder does it.
  writeFileSync(path, older);
  await until(() => events.includes('journal.segment-abandoned'), 'it is noticed');
  account.append(journal);
  await journal.close();
  const [kept, cut, after] = account.journalled;
  expect(await readEverything(directory)).toEqual([kept, after]);
  expect(cut).toBeDefined();
});

test('with durability "disk" whoever is told has a click that stands under its name', async () => {
  const { journal, directory, account } = openJournal({ durability: 'disk', syncEveryMs: 60_000 });
  for (let turn = 1; turn <= 5; turn += 1) {
    account.append(journal);
    if (turn > 1) rmSync(directory, { recursive: true });
    await journal.flush();
    expect(account.journalled).toHaveLength(turn);
    expect(await readEverything(directory)).toEqual(account.journalled);
  }
});

test('what a killed process had begun to put back is read, and what was put back before is not read twice', async () => {
  const { journal, directory, account, events } = openJournal();
  account.append(journal);
  account.append(journal);
  await journal.close();
  const [kept] = readdirSync(directory) as [string];
  const bytes = readFileSync(join(directory, kept));
  const lost = `0000000000000001-${randomUUID()}.journal`;
  writeFileSync(join(directory, `${kept}.draft`), bytes.subarray(0, bytes.length - 1));
  const replaced = `0000000000000001-${randomUUID()}.journal`;
  writeFileSync(join(directory, replaced), bytes.subarray(0, bytes.length - 1));
  writeFileSync(join(directory, `${replaced}.draft`), bytes);
  writeFileSync(join(directory, `${lost}.draft`), bytes.subarray(0, bytes.length - 1));
  writeFileSync(join(directory, `0000000000000002-${randomUUID()}.journal.draft`), bytes.subarray(0, 10));
  const again = ClickJournal.open({
    directory,
    durability: 'process',
    report: (event) => void events.push(event),
  });
  await again.close();
  expect(events).toEqual(['journal.rescued', 'journal.rescued']);
  expect(readdirSync(directory).sort()).toEqual([kept, lost, replaced].sort());
  expect(readFileSync(join(directory, kept))).toEqual(bytes);
  expect(readFileSync(join(directory, replaced))).toEqual(bytes);
  expect(again.position().sequence).toBe(2);
});

test('what cannot be put back until the server ends is said to be lost', async () => {
  const { journal, directory, account, events } = openJournal();
  account.append(journal);
  await journal.flush();
  rmSync(directory, { recursive: true });
  writeFileSync(directory, 'a file stands in the way');
  await until(() => !journal.status().writable, 'the loss is noticed');
  await journal.close();
  expect(events).toEqual(['journal.segment-abandoned', 'journal.unavailable', 'journal.segment-lost']);
});

test('a directory that cannot be written is refused at the start', () => {
  const directory = temporaryDirectory();
  onTestFinished(() => directory[Symbol.dispose]());
  const file = join(directory.path, 'file');
  writeFileSync(file, '');
  expect(() =>
    ClickJournal.open({ directory: file, durability: 'process', report: () => undefined }),
  ).toThrow();
});
