import { mkdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { ClickJournal } from '../clicks/journal/click-journal.ts';
import { type Config, decideConfig } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import { DataDirInUse, DataLock } from '../db/data-lock.ts';
import { inspectStore } from '../db/open.ts';
import { findRunningServer } from './control-file.ts';

interface Finding {
  readonly ok: boolean;
  readonly text: string;
}

const LITTLE_SPACE_BYTES = 500 * 1024 * 1024;

/** `switchyard doctor`: what is well and what is not, a line each. @returns 0 when all is well */
export async function doctor(): Promise<number> {
  const config = decideConfig(readEnv());
  const findings: Finding[] = [
    { ok: true, text: `Node ${process.versions.node}` },
    folder(config),
    ...(await server(config)),
  ];
  for (const { ok, text } of findings) console.log(`${ok ? 'ok  ' : 'BAD '} ${text}`);
  const bad = findings.filter(({ ok }) => !ok).length;
  console.log(bad === 0 ? 'All is well.' : `${bad} of ${findings.length} checks failed.`);
  return bad === 0 ? 0 : 1;
}

function folder({ dataDir }: Config): Finding {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = statfsSync(dataDir);
    const free = bavail * bsize;
    const text = `${dataDir} has ${Math.floor(free / 1024 / 1024)} MB free`;
    return free < LITTLE_SPACE_BYTES
      ? { ok: false, text: `${text}; clicks are refused when it is full, so make room` }
      : { ok: true, text };
  } catch (error) {
    return { ok: false, text: `${dataDir} cannot be used: ${messageOf(error)}` };
  }
}

async function server(config: Config): Promise<Finding[]> {
  let lock: DataLock;
  try {
    lock = DataLock.take(config.dataDir);
  } catch (error) {
    if (error instanceof DataDirInUse) return await runningServer(config);
    return [{ ok: false, text: messageOf(error) }];
  }
  try {
    return [
      { ok: true, text: 'no server is running on this data folder' },
      await database(config),
      await journal(config),
    ];
  } finally {
    lock.release();
  }
}

async function runningServer({ dataDir }: Config): Promise<Finding[]> {
  const running = findRunningServer(dataDir);
  if (!running)
    return [
      {
        ok: false,
        text: 'a server holds the data folder and does not say where it listens; is it starting?',
      },
    ];
  try {
    const response = await fetch(`${running.url}/readyz`, { signal: AbortSignal.timeout(5_000) });
    const { checks, lostClicks } = (await response.json()) as {
      checks: Record<string, { ok: boolean; detail?: string }>;
      lostClicks: number;
    };
    return [
      { ok: true, text: `a server answers at ${running.url}` },
      ...Object.entries(checks).map(([name, { ok, detail }]) => ({
        ok,
        text: detail ? `${name}: ${detail}` : name,
      })),
      lostClicks === 0
        ? { ok: true, text: 'no click was lost since it started' }
        : {
            ok: false,
            text: `${lostClicks} clicks could not be recorded since it started; look for "journal" in its log`,
          },
    ];
  } catch (error) {
    return [{ ok: false, text: `the server at ${running.url} does not answer: ${messageOf(error)}` }];
  }
}

async function database(config: Config): Promise<Finding> {
  try {
    return { ok: true, text: await inspectStore(config) };
  } catch (error) {
    return { ok: false, text: `the database cannot be used: ${messageOf(error)}` };
  }
}

async function journal({ dataDir }: Config): Promise<Finding> {
  try {
    await ClickJournal.open({
      directory: join(dataDir, 'journal'),
      durability: 'process',
      report: () => {},
    }).close();
    return { ok: true, text: 'clicks can be recorded' };
  } catch (error) {
    return { ok: false, text: `clicks cannot be recorded: ${messageOf(error)}` };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
