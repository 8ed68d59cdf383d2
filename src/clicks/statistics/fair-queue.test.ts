import { expect, test } from 'vitest';
import { Failure } from '../../errors.ts';
import { FairQueue } from './fair-queue.ts';

/** Work that ends when it is told to, and notes when it begins. */
function works(queue: FairQueue, begun: string[]) {
  const ends = new Map<string, (error?: Error) => void>();
  const start = (owner: number, name: string) =>
    queue.run(owner, () => {
      begun.push(name);
      return new Promise<string>((resolve, reject) => {
        ends.set(name, (error) => (error ? reject(error) : resolve(name)));
      });
    });
  return { start, end: (name: string, error?: Error) => ends.get(name)?.(error) };
}

test('so many run at once, and owners take turns', async () => {
  const begun: string[] = [];
  const { start, end } = works(new FairQueue(2, 10), begun);
  const all = [
    start(1, 'a1'),
    start(1, 'a2'),
    start(1, 'a3'),
    start(1, 'a4'),
    start(2, 'b1'),
    start(2, 'b2'),
  ];
  expect(begun).toEqual(['a1', 'a2']);
  for (const [index, work] of ['a1', 'a2', 'a3', 'b1', 'a4', 'b2'].entries()) {
    end(work);
    await all[['a1', 'a2', 'a3', 'a4', 'b1', 'b2'].indexOf(work)];
    await Promise.resolve();
    expect(begun.length).toBe(Math.min(6, index + 3));
  }
  expect(begun).toEqual(['a1', 'a2', 'a3', 'b1', 'a4', 'b2']);
});

test('work that fails makes room for the next', async () => {
  const begun: string[] = [];
  const { start, end } = works(new FairQueue(1, 10), begun);
  const [first, second] = [start(1, 'first'), start(1, 'second')];
  end('first', new Error('broken'));
  await expect(first).rejects.toThrow('broken');
  await expect.poll(() => begun).toEqual(['first', 'second']);
  end('second');
  expect(await second).toBe('second');
});

test('more than may wait are refused at once, and later welcome again', async () => {
  const queue = new FairQueue(1, 1);
  const { start, end } = works(queue, []);
  const [first, second] = [start(1, 'first'), start(1, 'second')];
  expect(queue.waiting).toBe(1);
  const refused: unknown = await start(1, 'third').catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Failure);
  expect((refused as Failure).code).toBe('unavailable');
  end('first');
  await first;
  await expect.poll(() => queue.waiting).toBe(0);
  end('second');
  await second;
  const last = start(1, 'last');
  end('last');
  expect(await last).toBe('last');
});
