import { createSecretKey } from 'node:crypto';
import { appendFileSync, cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ClickRecord } from './click-record.ts';
import { Ingest } from './ingest/ingest.ts';
import { ClickJournal } from './journal/click-journal.ts';
import { listSegments } from './journal/segment-directory.ts';
import { FrameEncoder } from './journal/segment-format.ts';
import { clickRecord } from './testing/click-records.ts';
import { JournalAccount, temporaryDirectory } from './testing/journal-probe.ts';
import { SmallIngestStore } from './testing/small-ingest-store.ts';

const visitorSecret = createSecretKey(Buffer.from('secret'));

/** A process that dies leaves its folder as it was at that moment: each life works in a copy of the last one's. */
class World {
  readonly #root: string;
  readonly #segmentBytes: number;
  readonly #account = new JournalAccount();
  readonly #store = new SmallIngestStore();
  readonly #backups: Buffer[] = [this.#store.backup()];
  readonly #given = new Set<string>();
  #pending: ClickRecord[] = [];
  #lives = 0;
  #directory: string;
  #journal: ClickJournal;
  #ingest: Ingest;

  constructor(root: string, segmentBytes: number) {
    this.#root = root;
    this.#segmentBytes = segmentBytes;
    this.#directory = join(root, '0');
    mkdirSync(this.#directory);
    this.#journal = this.#openJournal();
    this.#ingest = this.#createIngest(1);
  }

  #openJournal(): ClickJournal {
    return ClickJournal.open({
      directory: this.#directory,
      durability: 'process',
      report: () => undefined,
      segmentBytes: this.#segmentBytes,
      syncEveryMs: 60_000,
    });
  }

  #createIngest(batchRecords: number): Ingest {
    return new Ingest({
      directory: this.#directory,
      store: this.#store,
      visitorSecret,
      report: () => undefined,
      batchRecords,
    });
  }

  append(count: number): void {
    for (let click = 0; click < count; click += 1) {
      const record = clickRecord();
      this.#given.add(record.id);
      this.#pending.push(record);
      this.#journal.append(record, this.#account.waiterFor(record));
    }
  }

  async turn(): Promise<void> {
    await this.#journal.flush();
    this.#pending = [];
  }

  /** Killed while the pending clicks were being written: any part of their frame may be in the file. */
  async kill(cut: number): Promise<void> {
    const answered = new Set(this.#account.journalled);
    const unwritten = this.#pending.filter(({ id }) => !answered.has(id));
    const torn = Buffer.from(new FrameEncoder().encode(unwritten));
    this.#lives += 1;
    const next = join(this.#root, String(this.#lives));
    cpSync(this.#directory, next, { recursive: true });
    this.#directory = next;
    await this.#journal.close();
    // What the dead process went on to do after the copy was taken has never happened.
    this.#account.journalled.splice(answered.size);
    const active = (await listSegments(next)).at(-1);
    if (active && unwritten.length > 0)
      appendFileSync(active.path, torn.subarray(0, cut % (torn.length + 1)));
    this.#pending = [];
    this.#journal = this.#openJournal();
    this.#ingest = this.#createIngest(1 + (cut % 7));
  }

  async ingest(
    batchRecords: number,
    outcome: 'commits' | 'before' | 'after',
    forgets: boolean,
  ): Promise<void> {
    if (forgets) this.#ingest = this.#createIngest(batchRecords);
    this.#store.failing = outcome === 'commits' ? undefined : outcome;
    await this.#ingest.runOnce().catch(() => undefined);
    this.#store.failing = undefined;
  }

  backUp(): void {
    this.#backups.push(this.#store.backup());
  }

  rollBack(which: number): void {
    this.#store.rollBackTo(this.#backups[which % this.#backups.length] as Buffer);
  }

  async end(): Promise<void> {
    await this.kill(0);
    const ingest = this.#createIngest(5);
    while (!(await ingest.runOnce()).idle);
    const counted = this.#store.clickIds();
    const unique = new Set(counted);
    const countedClicks = this.#store.countedClicks();
    await this.#journal.close();
    this.#store.close();
    expect(unique.size, 'no click is there twice').toBe(counted.length);
    expect(countedClicks, 'counters agree with clicks').toBe(counted.length);
    expect(
      this.#account.journalled.filter((id) => !unique.has(id)),
      'every answered click is there',
    ).toEqual([]);
    expect(
      counted.filter((id) => !this.#given.has(id)),
      'no click is invented',
    ).toEqual([]);
  }
}

const anyStep: fc.Arbitrary<(world: World) => unknown> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.integer({ min: 1, max: 4 }).map((count) => (world: World) => world.append(count)),
  },
  { weight: 4, arbitrary: fc.constant((world: World) => world.turn()) },
  { weight: 1, arbitrary: fc.nat(5_000).map((cut) => (world: World) => world.kill(cut)) },
  {
    weight: 5,
    arbitrary: fc
      .tuple(
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom('commits', 'commits', 'before', 'after'),
        fc.boolean(),
      )
      .map((how) => (world: World) => world.ingest(...how)),
  },
  { weight: 2, arbitrary: fc.constant((world: World) => world.backUp()) },
  { weight: 2, arbitrary: fc.nat(9).map((which) => (world: World) => world.rollBack(which)) },
);

test('any life of journal, ingest and store counts every answered click, and none twice', async () => {
  const steps = fc.array(anyStep, { minLength: 20, maxLength: 60, size: 'max' });
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(500, 2_000, 1_000_000), async (life, segmentBytes) => {
      using root = temporaryDirectory();
      const world = new World(root.path, segmentBytes);
      for (const step of life) await step(world);
      await world.end();
    }),
    { numRuns: 80 },
  );
});
