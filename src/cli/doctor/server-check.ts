import type { HealthReport } from '../../observability/health-report.ts';
import { judgeClocks } from './clock-check.ts';
import { judgeDeliveries } from './delivery-check.ts';
import { counted, type Finding, lasting } from './finding.ts';
import { judgeProxies } from './proxy-check.ts';

/** Ingest is a second behind at most when all is well. */
const LAGGING_MS = 10_000;
const FAR_BEHIND_MS = 5 * 60_000;
const LATE_LOOP_MS = 100;
/** Until then what a start costs is all there is to measure. */
const STARTING_MS = 60_000;
const ENOUGH_LOOKUPS = 10_000;

/** What a running server reports, in words. */
export function judgeServer(report: HealthReport, url: string, now: number): Finding[] {
  return [
    {
      check: 'server',
      level: 'ok',
      text: `a server answers at ${url}, since ${lasting(now - report.startedAt)}`,
    },
    judgeStore(report),
    ...judgeChanges(report),
    judgeJournal(report),
    judgeLag(report),
    judgeLosses(report),
    judgeLoop(report, now),
    judgeIndex(report),
    ...(report.deliveries ? judgeDeliveries(report.deliveries, report.sendsMail, true) : []),
    ...judgeProxies(report.proxies, report.publicUrl),
    ...(report.clock ? judgeClocks(report.clock, now) : []),
  ];
}

function judgeStore({ checks: { store } }: HealthReport): Finding {
  if (store?.ok) return { check: 'database', level: 'ok', text: 'the database answers' };
  const why = store?.detail ?? 'no reason given';
  return {
    check: 'database',
    level: 'bad',
    text: `the database does not answer (${why}): links in memory go on, others get 503, clicks wait in the journal`,
  };
}

function judgeChanges({ checks: { changes } }: HealthReport): Finding[] {
  if (changes?.ok !== false) return [];
  const text = `${changes.detail ?? 'changes are not heard'}: links not in memory get 503 until they are`;
  return [{ check: 'changes', level: 'bad', text }];
}

function judgeJournal({ checks: { journal } }: HealthReport): Finding {
  if (journal?.ok) return { check: 'journal', level: 'ok', text: 'clicks can be recorded' };
  const why = journal?.detail ?? 'no reason given';
  return {
    check: 'journal',
    level: 'bad',
    text: `clicks cannot be recorded (${why}): visitors are led on uncounted, links with a limit get 503`,
  };
}

function judgeLag({ backlog }: HealthReport): Finding {
  const finding = (level: Finding['level'], text: string): Finding => ({ check: 'lag', level, text });
  if (!backlog)
    return finding('warn', 'how far the journal is behind cannot be told: ingest does not answer');
  const { records, oldestMs } = backlog;
  if (records === 0) return finding('ok', 'every click of the journal is in the tables');
  const text = `${counted(records, 'click')} of the journal not yet in the tables, the oldest ${lasting(oldestMs)} old`;
  if (oldestMs < LAGGING_MS) return finding('ok', text);
  const level = oldestMs < FAR_BEHIND_MS ? 'warn' : 'bad';
  return finding(level, `${text}: nothing is lost, but counts are behind; look for "ingest" in the log`);
}

function judgeLosses({ lostClicks }: HealthReport): Finding {
  if (lostClicks === 0) return { check: 'losses', level: 'ok', text: 'no click was lost since it started' };
  return {
    check: 'losses',
    level: 'bad',
    text: `${counted(lostClicks, 'click')} could not be recorded since it started; look for "journal" in its log`,
  };
}

function judgeLoop({ loopDelays: { p99Ms, maxMs }, startedAt }: HealthReport, now: number): Finding {
  const text = `visits wait ${lasting(p99Ms)} for the event loop at worst in 99 of 100 cases, ${lasting(maxMs)} in the worst`;
  if (p99Ms <= LATE_LOOP_MS || now - startedAt < STARTING_MS)
    return { check: 'event-loop', level: 'ok', text };
  return {
    check: 'event-loop',
    level: 'warn',
    text: `${text}: the processor is too busy, or the machine swaps`,
  };
}

function judgeIndex({ linkIndex: { hits, misses, links } }: HealthReport): Finding {
  const share = hits + misses === 0 ? 100 : Math.round((hits / (hits + misses)) * 100);
  const text = `${counted(links, 'link')} in memory; ${share} of 100 visits found theirs there`;
  if (hits + misses < ENOUGH_LOOKUPS || hits >= misses) return { check: 'index', level: 'ok', text };
  return {
    check: 'index',
    level: 'warn',
    text: `${text}: raise LINK_INDEX_SIZE if there is memory, unless somebody is guessing codes`,
  };
}
