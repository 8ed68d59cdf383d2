import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Attempted } from '../../src/reactions/delivery/channel.ts';
import type { DeliveryEngine } from '../../src/reactions/delivery/delivery-engine.ts';
import { DeliveryBench } from '../support/delivery-bench.ts';
import { ENGINES } from '../support/engines.ts';
import { until } from '../support/until.ts';

const RETRIES = 3;

/** What comes of the attempts at one delivery, the last again and again. */
const fate = fc.array(fc.constantFrom<Attempted['outcome']>('delivered', 'retry', 'retry', 'failed'), {
  minLength: 1,
  maxLength: 6,
});
const scenario = fc.array(
  fc.record({
    lane: fc.integer({ min: 0, max: 4 }),
    fate,
    /** Comes when so much time has passed. */
    afterMs: fc.integer({ min: 0, max: 400_000 }),
  }),
  { minLength: 1, maxLength: 25 },
);

describe.each(ENGINES)('deliveries on $name', (engine) => {
  let bench: DeliveryBench;
  let engines: DeliveryEngine[];
  const fates = new Map<string, Attempted['outcome'][]>();
  const tried = new Map<string, number>();
  beforeAll(async () => {
    bench = await DeliveryBench.open(engine);
    const channel = bench.channel({
      concurrency: 3,
      open: async () => ({
        kind: 'send',
        async send([delivery]) {
          const { eventId } = delivery as { eventId: string };
          const times = tried.get(eventId) ?? 0;
          tried.set(eventId, times + 1);
          const fate = fates.get(eventId) as Attempted['outcome'][];
          const outcome = fate[Math.min(times, fate.length - 1)] as Attempted['outcome'];
          return { outcome, status: null, error: null, answer: '', durationMs: 1 };
        },
      }),
    });
    // Two processes, as far as the store can tell.
    engines = [bench.startEngine([channel]), bench.startEngine([channel])];
  });
  afterAll(() => bench.close());

  /** How often it is tried, and what becomes of it. */
  function expected(fate: readonly Attempted['outcome'][]): [attempts: number, state: number] {
    const attempt = (times: number) => fate[Math.min(times, fate.length - 1)];
    for (let times = 0; times <= RETRIES; times++) {
      if (attempt(times) === 'delivered') return [times + 1, 1];
      if (attempt(times) === 'failed') return [times + 1, 2];
    }
    return [RETRIES + 1, 2];
  }

  async function due(): Promise<number | null> {
    const [row] = await bench.writer.events.all<{ due_at: number | null }>(
      'select min(due_at) as due_at from delivery_lane where waiting > 0',
      [],
    );
    return row?.due_at ?? null;
  }

  const atRest = () =>
    until(async () => {
      const [busy] = await bench.writer.events.all(
        `select lane from delivery_lane where lease_owner is not null or due_at <= $1 limit 1`,
        [bench.now],
      );
      return busy === undefined;
    }, 'nobody works and nothing is due');

  let round = 0;
  test('come to the end that their receivers bring about, each attempt made once', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (deliveries) => {
        const prefix = `webhook:${++round}`;
        const begin = bench.now;
        const ids: string[] = [];
        for (const { lane, fate, afterMs } of deliveries) {
          const [id = ''] = await bench.add(`${prefix}-${lane}`, 1, { dueAt: begin + afterMs + 10_000_000 });
          fates.set(id, fate);
          ids.push(id);
        }
        for (let at = await due(); at !== null; at = await due()) {
          bench.now = Math.max(bench.now, at);
          for (const engine of engines) engine.wake();
          await atRest();
          await bench.expectTrueLanes();
        }
        for (const [index, id] of ids.entries()) {
          const [attempts, state] = expected(deliveries[index]?.fate ?? []);
          const [row] = await bench.writer.events.all<{ attempts: number; state: number; logged: number }>(
            `select attempts, state, (select count(*) from delivery_attempt where delivery_id = delivery.id) as logged
               from delivery where event_id = $1`,
            [id],
          );
          expect({ ...row, tried: tried.get(id) }).toEqual({
            attempts,
            state,
            logged: attempts,
            tried: attempts,
          });
        }
      }),
      { numRuns: 12 },
    );
  }, 120_000);
});
