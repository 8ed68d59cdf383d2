import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { DatabaseSlots, JournalSlots, type Slot, type SlotStore, type Slots } from './slots.ts';

type Write = 'kept' | 'refused';

interface Appended {
  readonly linkId: number;
  readonly slot: Slot;
  readonly write: Write;
}

/**
 * Journal, ingest and store in one, as far as slots see them: what is appended is written at the end of the turn
 * (or refused), and a drain brings what has been written until then into the store.
 */
class ClickModel {
  readonly stored = new Map<number, number>();
  #pending: Appended[] = [];
  #written: Appended[] = [];
  readonly #turn: () => Promise<void>;

  /** @param turn lets time go by between the steps of ingest */
  constructor(turn: () => Promise<void>) {
    this.#turn = turn;
  }

  append(record: Appended): void {
    if (this.#pending.length === 0) setImmediate(() => this.#write());
    this.#pending.push(record);
  }

  #write(): void {
    const records = this.#pending;
    this.#pending = [];
    for (const record of records) {
      if (record.write === 'kept') this.#written.push(record);
      else record.slot.giveBack();
    }
  }

  readonly drain = async (): Promise<void> => {
    this.#write();
    const wanted = this.#written.length;
    for (let taken = 0; taken < wanted && this.#written.length > 0; taken++) {
      if (taken % 3 === 0) await this.#turn();
      const record = this.#written.shift();
      if (record) this.stored.set(record.linkId, (this.stored.get(record.linkId) ?? 0) + 1);
    }
  };

  readonly countOf = (linkId: number): number => this.stored.get(linkId) ?? 0;
}

const immediately = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Follows a limited link as the visit handler does: a slot, then at once the record that keeps it. */
function visit(
  slots: Slots,
  clicks: ClickModel,
  linkId: number,
  limit: number,
  write: Write = 'kept',
  onLed: () => void = () => undefined,
): boolean | Promise<boolean> {
  let isIn = false;
  const taking = slots.take(linkId, limit, (slot) => {
    if (!slot) return;
    clicks.append({ linkId, slot, write });
    onLed();
    isIn = true;
  });
  return taking instanceof Promise ? taking.then(() => isIn) : isIn;
}

/** Takes a slot that no record will ever be written for. */
async function hold(slots: Slots, linkId: number, limit: number): Promise<Slot | undefined> {
  let held: Slot | undefined;
  await slots.take(linkId, limit, (slot) => {
    held = slot;
  });
  return held;
}

function world(turn: () => Promise<void> = immediately) {
  const clicks = new ClickModel(turn);
  return { clicks, slots: new JournalSlots(clicks.drain, clicks.countOf) };
}

describe('JournalSlots', () => {
  it('lets as many through as the limit says, the first time and from memory', async () => {
    const { clicks, slots } = world();
    const answers = await Promise.all(Array.from({ length: 10 }, () => visit(slots, clicks, 1, 3)));
    expect(answers.filter(Boolean)).toHaveLength(3);
    expect(visit(slots, clicks, 1, 3)).toBe(false);
    expect(await slots.taken(1)).toBe(3);
  });

  it('is synchronous once it has counted', async () => {
    const { clicks, slots } = world();
    await visit(slots, clicks, 1, 3);
    expect(visit(slots, clicks, 1, 3)).toBe(true);
    expect(slots.taken(1)).toBe(2);
  });

  it('goes on from what is in the store', async () => {
    const { clicks, slots } = world();
    clicks.stored.set(1, 2);
    expect(await slots.taken(1)).toBe(2);
    expect([visit(slots, clicks, 1, 3), visit(slots, clicks, 1, 3)]).toEqual([true, false]);
  });

  it('follows a limit that is raised or lowered', async () => {
    const { clicks, slots } = world();
    for (let i = 0; i < 3; i++) await visit(slots, clicks, 1, 3);
    slots.forget(1);
    expect(await visit(slots, clicks, 1, 3)).toBe(false);
    expect(await visit(slots, clicks, 1, 4)).toBe(true);
    expect(await visit(slots, clicks, 1, 2)).toBe(false);
  });

  it('counts again what was not written for lack of a journal', async () => {
    const { clicks, slots } = world();
    expect(await visit(slots, clicks, 1, 1, 'refused')).toBe(true);
    await immediately();
    expect(await visit(slots, clicks, 1, 1)).toBe(true);
    expect(await visit(slots, clicks, 1, 1)).toBe(false);
  });

  it('is not confused by a slot given back after it was forgotten', async () => {
    const { clicks, slots } = world();
    const old = await hold(slots, 1, 1);
    slots.forget(1);
    expect(await visit(slots, clicks, 1, 1)).toBe(true);
    old?.giveBack();
    expect(await visit(slots, clicks, 1, 1)).toBe(false);
  });

  it('keeps links apart', async () => {
    const { clicks, slots } = world();
    expect(await visit(slots, clicks, 1, 1)).toBe(true);
    expect(await visit(slots, clicks, 2, 1)).toBe(true);
    slots.forget(2);
    expect(visit(slots, clicks, 1, 1)).toBe(false);
  });

  it('lets nobody through while the store is away, and goes on when it is back', async () => {
    let away = true;
    const clicks = new ClickModel(immediately);
    const drain = async () => {
      if (away) throw new Error('away');
      await clicks.drain();
    };
    const slots = new JournalSlots(drain, clicks.countOf);
    const waiting = await Promise.allSettled([hold(slots, 1, 1), hold(slots, 1, 1), slots.taken(1)]);
    expect(waiting.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    away = false;
    expect(await visit(slots, clicks, 1, 1)).toBe(true);
    expect(await visit(slots, clicks, 1, 1)).toBe(false);
  });

  it.each(['forget', 'forgetAll'] as const)(
    '%s: no count that was begun before is used after',
    async (how) => {
      const held: (() => void)[] = [];
      let counted = 0;
      const drain = () => new Promise<void>((resolve) => held.push(resolve));
      const slots = new JournalSlots(drain, () => counted);
      const before = hold(slots, 1, 1);
      await immediately();
      // The limit is lifted, somebody follows the link, the limit is set again: the first drain knows nothing of it.
      slots[how](1);
      const after = hold(slots, 1, 1);
      await immediately();
      held.shift()?.();
      await immediately();
      counted = 1;
      held.shift()?.();
      expect(await Promise.all([before, after])).toEqual([undefined, undefined]);
    },
  );

  it.each(['forget', 'forgetAll'] as const)('%s: counts anew', async (how) => {
    const { clicks, slots } = world();
    expect(await slots.taken(1)).toBe(0);
    clicks.stored.set(1, 5);
    slots[how](1);
    expect(await slots.taken(1)).toBe(5);
  });

  it('counts a slot that is being handed out at the very moment its count is forgotten', async () => {
    for (let ticks = 0; ticks < 12; ticks++) {
      const { clicks, slots } = world(() => Promise.resolve());
      const first = visit(slots, clicks, 1, 1);
      for (let i = 0; i < ticks; i++) await Promise.resolve();
      slots.forget(1);
      const answers = await Promise.all([first, visit(slots, clicks, 1, 1), visit(slots, clicks, 1, 1)]);
      expect(answers.filter(Boolean), `forgotten after ${ticks} microtasks`).toHaveLength(1);
    }
  });

  test('never lets anybody through once the limit is reached, and in the end exactly as many', async () => {
    const linkId = fc.constantFrom(1, 2);
    const write = fc.constantFrom<Write>('kept', 'kept', 'kept', 'refused');
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.record({ kind: fc.constant('visit' as const), linkId, write }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('forget' as const), linkId }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('forgetAll' as const) }) },
      // While the limit is lifted, visits do not come by here and are counted all the same.
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('switchLimit' as const), linkId }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('taken' as const), linkId }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('drain' as const) }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('microtasks' as const), count: fc.nat(6) }) },
    );
    let refilled = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 1, max: 6 }),
        fc.infiniteStream(fc.boolean()),
        async (steps, limit, isLong) => {
          const { clicks, slots } = world(() => (isLong.next().value ? immediately() : Promise.resolve()));
          const links = new Map([1, 2].map((id) => [id, { id, led: 0, isLimited: true, switched: 0 }]));
          const linkOf = (id: number) => links.get(id) ?? expect.fail();
          const going: Promise<unknown>[] = [];
          const follow = async (id: number, write: Write) => {
            const link = linkOf(id);
            if (!link.isLimited) {
              clicks.append({ linkId: id, slot: { giveBack: () => undefined }, write });
              if (write === 'kept') link.led++;
              return true;
            }
            const { switched } = link;
            return await visit(slots, clicks, id, limit, write, () => {
              if (switched === link.switched) expect(link.led).toBeLessThan(limit);
              if (write === 'kept') link.led++;
            });
          };
          for (const step of steps) {
            if (step.kind === 'visit') going.push(follow(step.linkId, step.write));
            if (step.kind === 'forget') slots.forget(step.linkId);
            if (step.kind === 'forgetAll') slots.forgetAll();
            if (step.kind === 'drain') going.push(clicks.drain());
            if (step.kind === 'turn') await immediately();
            if (step.kind === 'microtasks') for (let i = 0; i < step.count; i++) await Promise.resolve();
            if (step.kind === 'taken') going.push(Promise.resolve(slots.taken(step.linkId)));
            if (step.kind === 'switchLimit') {
              const link = linkOf(step.linkId);
              link.isLimited = !link.isLimited;
              link.switched++;
              slots.forget(link.id);
            }
          }
          await Promise.all(going);
          await immediately();
          for (const link of links.values()) {
            if (!link.isLimited) slots.forget(link.id);
            link.isLimited = true;
            expect(await slots.taken(link.id), 'slots in the tally').toBe(link.led);
            const full = Math.max(limit, link.led);
            while (await follow(link.id, 'kept')) refilled++;
            expect(link.led, 'slots taken in the end').toBe(full);
            await clicks.drain();
            expect(clicks.stored.get(link.id), 'slots in the store').toBe(full);
          }
        },
      ),
      { numRuns: 1_000 },
    );
    expect(refilled).toBeGreaterThan(0);
  });
});

describe('DatabaseSlots', () => {
  it('asks the store each time, and gives back to it', async () => {
    let taken = 0;
    const store: SlotStore = {
      taken: () => taken,
      take: async (_linkId, limit) => taken < limit && taken++ < limit,
      giveBack: () => void taken--,
    };
    const slots = new DatabaseSlots(store);
    const first = await hold(slots, 1, 1);
    expect(await hold(slots, 1, 1)).toBeUndefined();
    slots.forget();
    slots.forgetAll();
    expect(await slots.taken(1)).toBe(1);
    first?.giveBack();
    expect(await hold(slots, 1, 1)).toBeDefined();
  });
});
