import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ClockReadings } from '../../observability/health-report.ts';
import { type Finding, lasting } from './finding.ts';

/** A difference that shows in nothing but sorting. */
const APART_MS = 2_000;
const FAR_APART_MS = 60_000;
const TIMESYNCD = '/run/systemd/timesync/synchronized';

/** This machine's clock against the database's and against what has already happened. */
export function judgeClocks(readings: ClockReadings, now: number): Finding[] {
  const { databaseAheadMs, uncertainMs, newestClickAt } = readings;
  const findings: Finding[] = [];
  const apartMs = Math.max(0, Math.abs(databaseAheadMs) - uncertainMs);
  if (apartMs > APART_MS) {
    const direction = databaseAheadMs > 0 ? 'behind' : 'ahead of';
    findings.push({
      check: 'clock',
      level: apartMs > FAR_APART_MS ? 'bad' : 'warn',
      text: `the clock of this machine is ${lasting(Math.abs(databaseAheadMs))} ${direction} the database's: links start and end at wrong times on one of them, so let both follow a time server`,
    });
  }
  if (newestClickAt !== null && newestClickAt - now > APART_MS) {
    findings.push({
      check: 'clock',
      level: 'warn',
      text: `the newest click lies ${lasting(newestClickAt - now)} in the future: this clock was set back, or another server's is ahead`,
    });
  }
  if (findings.length > 0) return findings;
  return [{ check: 'clock', level: 'ok', text: "the clock agrees with the database's and the newest click" }];
}

/** Files of the journal were written by this machine: one from the future says that the clock was set back. */
export function checkJournalTimes(dataDir: string, now: number): Finding[] {
  const newest = newestFileAt(join(dataDir, 'journal'));
  if (newest - now <= APART_MS) return [];
  const text = `the journal was written ${lasting(newest - now)} in the future: the clock of this machine was set back`;
  return [{ check: 'clock', level: 'warn', text }];
}

/** @returns 0 when nothing can be read there: what that means, others say */
function newestFileAt(folder: string): number {
  try {
    const files = readdirSync(folder).map((name) => statSync(join(folder, name), { throwIfNoEntry: false }));
    return Math.max(0, ...files.map((file) => file?.mtimeMs ?? 0));
  } catch {
    return 0;
  }
}

/** Whether the machine says that its clock follows a time server. */
export async function checkTimeServer(): Promise<Finding> {
  const synchronised = existsSync(TIMESYNCD) ? 'yes' : await askTimedatectl();
  if (synchronised === 'yes')
    return { check: 'time-server', level: 'ok', text: 'the clock follows a time server' };
  if (synchronised === 'no') {
    return {
      check: 'time-server',
      level: 'warn',
      text: 'the clock follows no time server, says timedatectl: install one, such as chrony or systemd-timesyncd',
    };
  }
  return {
    check: 'time-server',
    level: 'ok',
    text: 'whether the clock follows a time server cannot be told here (in a container the host takes care of it)',
  };
}

async function askTimedatectl(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(
      'timedatectl',
      ['show', '--property=NTPSynchronized', '--value'],
      { timeout: 2_000 },
    );
    return stdout.trim();
  } catch {
    return 'unknown';
  }
}
