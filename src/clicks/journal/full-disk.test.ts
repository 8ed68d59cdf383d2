import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  eventLog,
  JournalAccount,
  readEverything,
  temporaryDirectory,
  until,
} from '../testing/journal-probe.ts';
import { ClickJournal } from './click-journal.ts';
import { listSegments } from './segment-directory.ts';

const canMount = tryMount();

function tryMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  using directory = temporaryDirectory();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory.path], { stdio: 'ignore' });
    execFileSync('umount', [directory.path]);
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!canMount).each(['process', 'disk'] as const)(
  'on a disk of 1 MiB, durability "%s" (needs root on Linux, to mount it)',
  (durability) => {
    let disk: ReturnType<typeof temporaryDirectory>;
    let directory: string;
    let journal: ClickJournal;
    let account: JournalAccount;
    let given: number;
    let log: ReturnType<typeof eventLog>;

    beforeEach(() => {
      disk = temporaryDirectory();
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk.path]);
      directory = join(disk.path, 'journal');
      account = new JournalAccount();
      given = 0;
      log = eventLog();
      journal = ClickJournal.open({ directory, durability, report: log.report, syncEveryMs: 5 });
    });

    afterEach(async () => {
      await journal.close();
      execFileSync('umount', [disk.path]);
      disk[Symbol.dispose]();
    });

    async function appendTurns(turns: number): Promise<void> {
      for (let turn = 0; turn < turns; turn += 1) {
        for (let click = 0; click < 10; click += 1) account.append(journal);
        given += 10;
        await journal.flush();
      }
      await until(() => account.settled === given, 'all have been told');
    }

    test('full: clicks are refused, then recorded again, and exactly the journalled ones are read', async () => {
      const ballast = join(disk.path, 'ballast');
      writeFileSync(ballast, Buffer.alloc(512 * 1024));
      await appendTurns(400);
      expect(account.journalled.length).toBeGreaterThan(100);
      expect(account.refused.length).toBeGreaterThan(100);
      expect(journal.status()).toMatchObject({ refused: account.refused.length, lastError: /ENOSPC/ });
      rmSync(ballast);
      await until(() => journal.probe(), 'recording resumes');
      const before = account.journalled.length;
      await appendTurns(10);
      expect(account.journalled.length).toBe(before + 100);
      await journal.close();
      expect(await readEverything(directory)).toEqual(account.journalled);
      expect(log.events).toContain('journal.resumed');
    });

    test('a deleted segment that finds no room is put back when there is', async () => {
      await appendTurns(200);
      expect(account.refused).toEqual([]);
      const position = journal.position().offset;
      const ballast = join(disk.path, 'ballast');
      const { bavail, bsize } = statfsSync(disk.path);
      writeFileSync(ballast, Buffer.alloc(bavail * bsize - Math.floor(position / 2)));
      rmSync(directory, { recursive: true });
      await until(() => log.events.includes('journal.segment-abandoned'), 'it is noticed');
      rmSync(ballast);
      await until(() => log.events.includes('journal.rescued'), 'it is put back');
      await appendTurns(3);
      await journal.close();
      expect((await readEverything(directory)).toSorted()).toEqual(account.journalled.toSorted());
    });

    test('a replaced segment that finds no room is not there until it is whole: nobody takes the other for it', async () => {
      await appendTurns(50);
      const [path] = (await listSegments(directory)).map((segment) => segment.path) as [string];
      const older = readFileSync(path);
      await appendTurns(150);
      const position = journal.position().offset;
      const { bavail, bsize } = statfsSync(disk.path);
      const ballast = join(disk.path, 'ballast');
      writeFileSync(join(disk.path, 'older'), older);
      writeFileSync(ballast, Buffer.alloc(bavail * bsize - older.length - Math.floor(position / 2)));
      renameSync(join(disk.path, 'older'), path);
      await until(() => journal.status().segmentSequence === 2, 'it has a successor');
      expect(existsSync(path)).toBe(false);
      await until(() => journal.status().strandedBytes === position, 'it is held');
      rmSync(ballast);
      await until(() => log.events.includes('journal.rescued'), 'it is put back');
      expect(statSync(path).size).toBe(position);
      await until(() => journal.status().strandedBytes === 0, 'it is let go of');
      await journal.close();
      expect(await readEverything(directory)).toEqual(account.journalled);
    });

    test('read-only: clicks are refused until it can be written again', async () => {
      await appendTurns(3);
      // The kernel refuses to turn a mount read-only while a file is open for writing, so another one is put over it.
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', directory]);
      await until(() => !journal.probe(), 'it is noticed');
      account.append(journal);
      given += 1;
      await journal.flush();
      expect(account.refused).toHaveLength(1);
      expect(journal.status().lastError).toMatch(/EROFS/);
      execFileSync('umount', [directory]);
      await until(() => journal.probe(), 'recording resumes');
      await appendTurns(3);
      await journal.close();
      expect(await readEverything(directory)).toEqual(account.journalled);
    });
  },
);
