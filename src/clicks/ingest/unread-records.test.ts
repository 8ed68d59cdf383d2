import { createSecretKey } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ClickJournal } from '../journal/click-journal.ts';
import { listSegments } from '../journal/segment-directory.ts';
import { eventLog, JournalAccount, temporaryDirectory } from '../testing/journal-probe.ts';
import { SmallIngestStore } from '../testing/small-ingest-store.ts';
import { Ingest } from './ingest.ts';
import { UnreadRecords } from './unread-records.ts';

const visitorSecret = createSecretKey(Buffer.from('secret'));
const AT = 1_700_000_000_000;

type Step =
  | { readonly kind: 'turn'; readonly records: number }
  | { readonly kind: 'ingest' }
  | { readonly kind: 'ask' }
  /** The process ends, and with it its segment; some bytes of a frame may be left. */
  | { readonly kind: 'restart'; readonly torn: boolean }
  | { readonly kind: 'away'; readonly when: 'before' | 'after' | undefined };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('turn' as const), records: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: 'ingest' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'ask' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), torn: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('away' as const),
      when: fc.constantFrom('before' as const, 'after' as const, undefined),
    }),
  },
);

test('what waits is what was written less what was ingested, whatever happened', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 30 }), async (steps) => {
      using temporary = temporaryDirectory();
      const store = new SmallIngestStore();
      const log = eventLog();
      const open = () =>
        ClickJournal.open({
          directory: temporary.path,
          durability: 'process',
          report: log.report,
          segmentBytes: 600,
        });
      const newIngest = () =>
        new Ingest({ directory: temporary.path, store, visitorSecret, report: log.report, batchRecords: 3 });
      const account = new JournalAccount();
      let journal = open();
      let ingest = newIngest();
      /** False after a commit that was carried out and seemed to fail: until the next attempt asks for the position. */
      let positionKnown = true;
      const check = async () => {
        const stored = store.clickIds().length;
        const { records, oldestAt } = await ingest.backlog();
        const waiting = account.journalled.length - stored;
        expect(records).toBeGreaterThanOrEqual(waiting);
        if (!positionKnown) return;
        expect(records).toBe(waiting);
        expect(oldestAt).toBe(waiting === 0 ? null : AT + stored);
      };
      for (const step of steps) {
        if (step.kind === 'turn') {
          for (let record = 0; record < step.records; record += 1)
            account.append(journal, { at: AT + account.settled + record });
          await journal.flush();
        } else if (step.kind === 'ingest') {
          await ingest.runOnce().catch(() => {});
          positionKnown = store.failing !== 'after';
        } else if (step.kind === 'ask') {
          await check();
        } else if (step.kind === 'restart') {
          await journal.close();
          const last = (await listSegments(temporary.path)).at(-1);
          if (step.torn && last) appendFileSync(last.path, Buffer.from([0xff, 0x00, 0xfe, 0x46, 1, 2, 3]));
          journal = open();
          ingest = newIngest();
          positionKnown = true;
        } else {
          store.failing = step.when;
        }
      }
      store.failing = undefined;
      while (!(await ingest.runOnce()).idle);
      positionKnown = true;
      expect(store.clickIds().length).toBe(account.journalled.length);
      await check();
      await journal.close();
      store.close();
    }),
    { numRuns: 60 },
  );
});

test('a large backlog is judged by its bytes until it has been counted, and then exact', async () => {
  using temporary = temporaryDirectory();
  const account = new JournalAccount();
  const journal = ClickJournal.open({ directory: temporary.path, durability: 'process', report: () => {} });
  for (let turn = 0; turn < 60; turn += 1) {
    for (let record = 0; record < 1_000; record += 1) account.append(journal);
    await journal.flush();
  }
  const { offset } = journal.position();
  await journal.close();
  const [segment] = await listSegments(temporary.path);
  if (!segment) throw new Error('there is a segment');
  const unread = [{ segment, position: { offset: 0, records: 0 }, sealed: true, bytes: offset - 40 }];
  const counting = new UnreadRecords(1);
  let asked = 0;
  for (;;) {
    asked += 1;
    const { records, exact } = await counting.count(unread);
    if (exact) {
      expect(records).toBe(60_000);
      break;
    }
    if (records > 0) expect(Math.abs(records - 60_000)).toBeLessThan(600);
    expect(asked, 'it comes to an end').toBeLessThan(1_000);
  }
  expect(asked, 'one answer did not wait for the whole').toBeGreaterThan(1);
});
