import { existsSync } from 'node:fs';
import { type GeoDatabaseInfo, openGeoDatabase } from '../clicks/ingest/geo-database.ts';
import { type Config, decideConfig } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import { DataDirInUse, DataLock } from '../db/data-lock.ts';
import type { HealthReport } from '../observability/health-report.ts';
import { findRunningServer, type RunningServer } from './control-file.ts';
import { checkJournalTimes, checkTimeServer } from './doctor/clock-check.ts';
import { checkDisks } from './doctor/disk-check.ts';
import { type Finding, isHealthy, messageOf, printed, printedAsJson } from './doctor/finding.ts';
import { judgeGeoDatabase } from './doctor/geo-check.ts';
import { checkDatabase, checkWithoutServer } from './doctor/offline-check.ts';
import { judgeServer } from './doctor/server-check.ts';
import { checkMailServer } from './doctor/smtp-check.ts';

/** Plenty: the server gives up on what does not answer it after two seconds. */
const PATIENCE_SECONDS = 10;

/**
 * `switchyard doctor`: what is well and what is not, a line each. What only a running server knows, it is asked for.
 *
 * @returns 0 when nothing is broken; warnings break nothing
 */
export async function doctor({ json = false }: { readonly json?: boolean } = {}): Promise<number> {
  const config = decideConfig(readEnv());
  const findings: Finding[] = [
    { check: 'node', level: 'ok', text: `Node ${process.versions.node}` },
    ...checkDisks(config.dataDir),
    ...(await checkServer(config)),
    ...checkJournalTimes(config.dataDir, Date.now()),
    await checkTimeServer(),
    ...(await checkMailServer(config.mailServer)),
  ];
  console.log(json ? printedAsJson(findings) : printed(findings));
  return isHealthy(findings) ? 0 : 1;
}

async function checkServer(config: Config): Promise<Finding[]> {
  // Nobody serves from a folder that is not there, and looking any closer would make it.
  if (!existsSync(config.dataDir)) return [await checkDatabase(config), checkGeoDatabase(config)];
  let lock: DataLock;
  try {
    lock = DataLock.take(config.dataDir);
  } catch (error) {
    if (error instanceof DataDirInUse) return await checkRunningServer(config);
    return [{ check: 'server', level: 'bad', text: messageOf(error) }];
  }
  try {
    const text = 'no server is running on this data folder';
    return [
      { check: 'server', level: 'ok', text },
      ...(await checkWithoutServer(config)),
      checkGeoDatabase(config),
    ];
  } finally {
    lock.release();
  }
}

async function checkRunningServer(config: Config): Promise<Finding[]> {
  const running = findRunningServer(config.dataDir);
  const bad = (text: string): Finding[] => [{ check: 'server', level: 'bad', text }];
  if (!running)
    return bad('a server holds the data folder and does not say where it listens; is it starting?');
  try {
    const report = await fetchReport(running);
    const now = Date.now();
    const geo = report.geo === undefined ? [] : [judgeGeoDatabase(report.geo, config.geoDatabase, now)];
    return [...judgeServer(report, running.url, now), ...geo];
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') {
      return bad(
        `the server at ${running.url} does not answer within ${PATIENCE_SECONDS} s; look at its log or restart it`,
      );
    }
    return bad(`the server at ${running.url} does not say how it is: ${messageOf(error)}`);
  }
}

async function fetchReport({ url, token }: RunningServer): Promise<HealthReport> {
  const response = await fetch(`${url}/readyz/report`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(PATIENCE_SECONDS * 1_000),
  });
  if (!response.ok) throw new Error(`it answered ${response.status}; is it of another version?`);
  return (await response.json()) as HealthReport;
}

function checkGeoDatabase({ geoDatabase }: Config): Finding {
  try {
    const info: GeoDatabaseInfo | null = openGeoDatabase(geoDatabase)?.info ?? null;
    return judgeGeoDatabase(info, geoDatabase, Date.now());
  } catch (error) {
    return { check: 'geo', level: 'bad', text: messageOf(error) };
  }
}
