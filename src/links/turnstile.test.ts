import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { TurnedAway, Turnstile } from './turnstile.ts';

/** Work that ends when the test says so. */
function heldWork() {
  const begun: { name: string; end: () => void; fail: (error: Error) => void }[] = [];
  const work = (name: string) => () =>
    new Promise<string>((resolve, reject) => {
      begun.push({ name, end: () => resolve(name), fail: reject });
    });
  return { begun, work };
}

it('lets two in, two wait, and turns the next away without beginning it', async () => {
  const turnstile = new Turnstile(2, 2);
  const { begun, work } = heldWork();
  const passing = ['a', 'b', 'c', 'd'].map((name) => turnstile.pass(work(name)));
  await expect(turnstile.pass(work('e'))).rejects.toThrow(TurnedAway);
  expect(begun.map(({ name }) => name)).toEqual(['a', 'b']);

  begun[1]?.end();
  await passing[1];
  await setImmediate();
  expect(begun.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  const last = turnstile.pass(work('f'));
  for (const name of ['a', 'c', 'd', 'f']) {
    begun.find((one) => one.name === name)?.end();
    await setImmediate();
  }
  expect(await Promise.all([...passing, last])).toEqual(['a', 'b', 'c', 'd', 'f']);
  expect(turnstile.isEmpty).toBe(true);
});

it('gives the place of whoever fails to the next', async () => {
  const turnstile = new Turnstile(1, 1);
  const { begun, work } = heldWork();
  const failing = turnstile.pass(work('a'));
  const next = turnstile.pass(work('b'));
  begun[0]?.fail(new Error('as it happens'));
  await expect(failing).rejects.toThrow('as it happens');
  begun[1]?.end();
  expect(await next).toBe('b');
  expect(turnstile.isEmpty).toBe(true);
});

test('however many come, never more are inside, all who are not turned away come through, in their order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 0, max: 5 }),
      fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 20 }),
      async (atOnce, waiting, turns) => {
        const turnstile = new Turnstile(atOnce, waiting);
        const order: number[] = [];
        let inside = 0;
        const outcomes = await Promise.allSettled(
          turns.map((needed, index) =>
            turnstile.pass(async () => {
              order.push(index);
              inside++;
              expect(inside).toBeLessThanOrEqual(atOnce);
              for (let turn = 0; turn < needed; turn++) await setImmediate();
              inside--;
            }),
          ),
        );
        const through = outcomes.filter(({ status }) => status === 'fulfilled').length;
        expect(through).toBe(Math.min(turns.length, atOnce + waiting));
        expect(order).toEqual([...order].sort((a, b) => a - b));
        expect(turnstile.isEmpty).toBe(true);
      },
    ),
  );
});
