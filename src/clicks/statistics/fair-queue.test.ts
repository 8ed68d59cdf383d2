import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Failure } from '../../errors.ts';
import { FairQueue } from './fair-queue.ts';

const LIMITS = { atOnce: 2, atOnceOfOwner: 1, mostWaiting: 4, mostWaitingOfOwner: 3 };

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof Failure ? error.code : String(error)),
  );

/** Work that ends when it is told to, and notes when it begins. */
function works(queue: FairQueue, begun: string[]) {
  const ends = new Map<string, (error?: Error) => void>();
  const start = (owner: string, name: string, signal?: AbortSignal) =>
    queue.run({ owner, signal }, () => {
      begun.push(name);
      return new Promise<string>((resolve, reject) => {
        ends.set(name, (error) => (error ? reject(error) : resolve(name)));
      });
    });
  return { start, end: (name: string, error?: Error) => ends.get(name)?.(error) };
}

test('an owner has one place, and owners take turns', async () => {
  const begun: string[] = [];
  const { start, end } = works(new FairQueue(LIMITS), begun);
  const all = new Map(
    ['a1', 'a2', 'a3', 'b1', 'c1'].map((name) => [name, start(name.charAt(0), name)] as const),
  );
  expect(begun).toEqual(['a1', 'b1']);
  for (const [name, then] of [
    ['a1', ['a1', 'b1', 'a2']],
    ['a2', ['a1', 'b1', 'a2', 'c1']],
    ['c1', ['a1', 'b1', 'a2', 'c1', 'a3']],
  ] as const) {
    end(name);
    await all.get(name);
    await expect.poll(() => begun).toEqual(then);
  }
  for (const name of ['b1', 'a3']) end(name);
  await Promise.all(all.values());
});

test('work that fails makes room for the next', async () => {
  const begun: string[] = [];
  const { start, end } = works(new FairQueue(LIMITS), begun);
  const [first, second] = [start('a', 'first'), start('a', 'second')];
  end('first', new Error('broken'));
  await expect(first).rejects.toThrow('broken');
  await expect.poll(() => begun).toEqual(['first', 'second']);
  end('second');
  expect(await second).toBe('second');
});

test('more than may wait are refused at once, of one owner and of all, and later welcome again', async () => {
  const queue = new FairQueue(LIMITS);
  const { start, end } = works(queue, []);
  const kept = ['a1', 'a2', 'a3', 'a4', 'b1', 'b2'].map((name) => start(name.charAt(0), name));
  expect(queue.waiting).toBe(4);
  expect(await codeOf(start('c', 'c1'))).toBe('busy');
  end('b1');
  await kept[4];
  await expect.poll(() => queue.waiting).toBe(3);
  expect(await codeOf(start('a', 'a5'))).toBe('busy');
  const late = start('c', 'c1');
  expect(queue.waiting).toBe(4);
  end('b2');
  await kept[5];
  end('c1');
  expect(await late).toBe('c1');
  for (const name of ['a1', 'a2', 'a3', 'a4']) {
    end(name);
    await codeOf(kept[['a1', 'a2', 'a3', 'a4'].indexOf(name)] as Promise<unknown>);
    await Promise.resolve();
  }
  expect(await Promise.all(kept)).toHaveLength(6);
});

test('who leaves makes room at once and is never begun', async () => {
  const queue = new FairQueue(LIMITS);
  const begun: string[] = [];
  const { start, end } = works(queue, begun);
  const leaving = new AbortController();
  const first = start('a', 'a1', leaving.signal);
  const others = ['a2', 'a3', 'a4'].map((name) => codeOf(start('a', name, leaving.signal)));
  expect(queue.waiting).toBe(3);
  leaving.abort();
  expect(queue.waiting).toBe(0);
  expect(await Promise.all(others)).toEqual(['abandoned', 'abandoned', 'abandoned']);
  expect(await codeOf(start('b', 'b1', leaving.signal))).toBe('abandoned');
  const next = start('a', 'a5');
  end('a1');
  expect(await first).toBe('a1');
  await expect.poll(() => begun).toEqual(['a1', 'a5']);
  end('a5');
  await next;
});

test('closed: who waits is refused, and whoever comes', async () => {
  const queue = new FairQueue(LIMITS);
  const { start, end } = works(queue, []);
  const running = start('a', 'a1');
  const waiting = codeOf(start('a', 'a2'));
  queue.close(new Failure('unavailable', 'The server is stopping.'));
  expect(await waiting).toBe('unavailable');
  expect(await codeOf(start('b', 'b1'))).toBe('unavailable');
  end('a1');
  expect(await running).toBe('a1');
});

test('whatever comes, ends and leaves: limits hold, and no place stays empty while somebody could have it', async () => {
  const step = fc.record({
    does: fc.constantFrom('come', 'come', 'end', 'leave'),
    owner: fc.constantFrom('a', 'b', 'c'),
    which: fc.nat(9),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const queue = new FairQueue(LIMITS);
      const running = new Map<() => void, string>();
      const waiting = new Map<AbortController, string>();
      const all: Promise<string>[] = [];
      const come = (owner: string) => {
        const leaving = new AbortController();
        waiting.set(leaving, owner);
        const work = queue.run({ owner, signal: leaving.signal }, () => {
          waiting.delete(leaving);
          return new Promise<void>((resolve) => {
            const end = () => {
              running.delete(end);
              resolve();
            };
            running.set(end, owner);
          });
        });
        all.push(codeOf(work).finally(() => waiting.delete(leaving)));
      };
      const settle = () => new Promise((resolve) => setImmediate(resolve));
      const look = () => {
        const owners = [...running.values()];
        expect(owners.length).toBeLessThanOrEqual(LIMITS.atOnce);
        expect(new Set(owners).size).toBe(owners.length);
        expect(queue.waiting).toBe(waiting.size);
        expect(waiting.size).toBeLessThanOrEqual(LIMITS.mostWaiting);
        const ready = [...waiting.values()].some((owner) => !owners.includes(owner));
        expect(ready && owners.length < LIMITS.atOnce).toBe(false);
      };
      for (const { does, owner, which } of steps) {
        if (does === 'come') come(owner);
        if (does === 'end') [...running.keys()].at(which % Math.max(1, running.size))?.();
        if (does === 'leave') [...waiting.keys()].at(which % Math.max(1, waiting.size))?.abort();
        await settle();
        look();
      }
      while (running.size > 0) {
        for (const end of [...running.keys()]) end();
        await settle();
      }
      expect(new Set(await Promise.all(all))).not.toContain('unavailable');
      expect(queue.waiting).toBe(0);
    }),
  );
});
