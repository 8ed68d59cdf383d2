import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { HotIndex } from './hot-index.ts';

/** A load whose answers come when the test says so. */
function heldLoad() {
  const asked: { key: string; answer: (value: string | undefined) => void; fail: (error: Error) => void }[] =
    [];
  const load = (key: string) =>
    new Promise<string | undefined>((answer, fail) => {
      asked.push({ key, answer, fail });
    });
  const take = () => asked.shift() ?? expect.fail('nothing is being loaded');
  return { asked, load, take };
}

describe('a synchronous store', () => {
  it('is asked once, and answers at once', () => {
    const asked: string[] = [];
    const index = new HotIndex(10, (key) => {
      asked.push(key);
      return key.toUpperCase();
    });
    expect(index.peek('a')).toBeUndefined();
    expect([index.get('a'), index.get('a'), index.get('b')]).toEqual(['A', 'A', 'B']);
    expect(index.peek('a')?.value).toBe('A');
    expect(asked).toEqual(['a', 'b']);
  });

  it('is asked once about what does not exist', () => {
    let asked = 0;
    const index = new HotIndex<string>(10, () => {
      asked++;
      return undefined;
    });
    expect([index.get('a'), index.get('a')]).toEqual([undefined, undefined]);
    expect(index.peek('a')).toMatchObject({ value: undefined });
    expect(asked).toBe(1);
  });

  it('is asked again after forgetting, of one key or of all', () => {
    let version = 1;
    const index = new HotIndex<string>(10, (key) => `${key}${version}`);
    index.get('a');
    index.get('b');
    version = 2;
    index.forget('a');
    expect([index.get('a'), index.get('b')]).toEqual(['a2', 'b1']);
    version = 3;
    index.forgetAll();
    expect([index.get('a'), index.get('b')]).toEqual(['a3', 'b3']);
  });

  it('may throw, and nothing is remembered of that', () => {
    let broken = true;
    const index = new HotIndex<string>(10, () => {
      if (broken) throw new Error('gone');
      return 'back';
    });
    expect(() => index.get('a')).toThrow('gone');
    broken = false;
    expect(index.get('a')).toBe('back');
  });
});

describe('bounded memory', () => {
  test.each([1, 2, 3, 10, 1_000])('never holds more than %d', (size) => {
    const index = new HotIndex<string>(size, (key) => (Number(key) % 2 === 0 ? key : undefined));
    const largest = Math.max(2, size);
    for (let i = 0; i < 5 * size + 10; i++) {
      index.get(String(i));
      index.get(String(i % 7));
      expect(index.size).toBeLessThanOrEqual(largest);
    }
  });

  it('keeps what is read while what is not goes by', () => {
    const asked: string[] = [];
    const index = new HotIndex(20, (key) => {
      asked.push(key);
      return key;
    });
    for (let i = 0; i < 1_000; i++) {
      index.get('hot');
      index.get(`cold ${i}`);
    }
    expect(asked.filter((key) => key === 'hot')).toHaveLength(1);
    expect(index.peek('cold 1')).toBeUndefined();
    expect(index.peek('cold 999')?.value).toBe('cold 999');
  });

  it('forgets also what has been moved aside', () => {
    let version = 1;
    const index = new HotIndex<number>(4, () => version);
    index.get('a');
    for (const other of ['b', 'c']) index.get(other);
    version = 2;
    index.forget('a');
    expect(index.get('a')).toBe(2);
  });
});

describe('an asynchronous store', () => {
  it('is asked once by all who ask meanwhile', async () => {
    const { asked, load, take } = heldLoad();
    const index = new HotIndex(10, load);
    const waiting = [index.get('a'), index.get('a'), index.get('a')];
    expect(asked).toHaveLength(1);
    take().answer('A');
    expect(await Promise.all(waiting)).toEqual(['A', 'A', 'A']);
    expect(index.get('a')).toBe('A');
    expect(asked).toHaveLength(0);
  });

  it('remembers its misses', async () => {
    const { asked, load, take } = heldLoad();
    const index = new HotIndex(10, load);
    const first = index.get('a');
    take().answer(undefined);
    await first;
    expect(index.peek('a')).toMatchObject({ value: undefined });
    expect(asked).toHaveLength(0);
  });

  it('may fail: everybody who waits hears of it, and the next one asks again', async () => {
    const { load, take } = heldLoad();
    const index = new HotIndex(10, load);
    const waiting = [index.get('a'), index.get('a')];
    take().fail(new Error('away'));
    for (const { status } of await Promise.allSettled(waiting)) expect(status).toBe('rejected');
    const again = index.get('a');
    take().answer('A');
    expect(await again).toBe('A');
  });

  it('is asked again when the key was invalidated while it was answering', async () => {
    const { load, take } = heldLoad();
    const index = new HotIndex(10, load);
    const before = index.get('a');
    const first = take();
    index.forget('a');
    const after = index.get('a');
    first.answer('old');
    await Promise.resolve();
    await Promise.resolve();
    take().answer('new');
    expect([await before, await after]).toEqual(['new', 'new']);
    expect(index.get('a')).toBe('new');
  });

  it('fences every load when everything is forgotten', async () => {
    const { load, take } = heldLoad();
    const index = new HotIndex(10, load);
    const waiting = [index.get('a'), index.get('b')];
    const first = [take(), take()];
    index.forgetAll();
    for (const { answer } of first) answer('old');
    await new Promise(setImmediate);
    for (const { answer } of [take(), take()]) answer('new');
    expect(await Promise.all(waiting)).toEqual(['new', 'new']);
  });
});

describe('what was in the store at an instant or later', () => {
  it('is what was asked for since then, a miss included, and else is asked for', () => {
    let now = 1_000;
    let version: string | undefined;
    let asked = 0;
    const load = () => {
      asked++;
      return version;
    };
    const index = new HotIndex<string>(10, load, () => now);
    expect(index.getSince('a', 500)).toBeUndefined();
    version = 'one';
    now = 1_200;
    expect([index.getSince('a', 1_000), asked]).toEqual([undefined, 1]);
    expect([index.getSince('a', 1_001), asked]).toEqual(['one', 2]);
    version = 'two';
    expect([index.getSince('a', 1_200), index.get('a'), asked]).toEqual(['one', 'one', 2]);
  });

  it('is no answer to an older question: that is waited for, and one asked for all', async () => {
    let now = 0;
    const { asked, load, take } = heldLoad();
    const index = new HotIndex(10, load, () => now);
    const older = index.get('a');
    now = 100;
    const newer = [index.getSince('a', 50), index.getSince('a', 80), index.getSince('a', 0)];
    expect(asked).toHaveLength(1);
    take().answer('old');
    expect(await Promise.all([older, newer[2]])).toEqual(['old', 'old']);
    await new Promise(setImmediate);
    expect(asked).toHaveLength(1);
    take().answer('new');
    expect(await Promise.all(newer.slice(0, 2))).toEqual(['new', 'new']);
    expect(index.peek('a')).toEqual({ value: 'new', askedAt: 100 });
  });

  it('is asked for also after an older question has failed, and its own failure is heard', async () => {
    let now = 0;
    const { load, take } = heldLoad();
    const index = new HotIndex(10, load, () => now);
    const older = index.get('a');
    now = 100;
    const newer = index.getSince('a', 50);
    take().fail(new Error('away'));
    await expect(older).rejects.toThrow('away');
    await new Promise(setImmediate);
    take().fail(new Error('still away'));
    await expect(newer).rejects.toThrow('still away');
    expect(index.peek('a')).toBeUndefined();
  });

  it('takes no room from others when it is asked for again and again', () => {
    let now = 0;
    const index = new HotIndex(
      4,
      (key) => key,
      () => now,
    );
    for (const key of ['a', 'b', 'c', 'd']) index.get(key);
    for (now = 1; now < 20; now++) index.getSince('d', now);
    expect(index.size).toBe(4);
    expect(index.peek('a')?.value).toBe('a');
  });
});

test('after forget() returns, no get() ever yields what was there before', async () => {
  const key = fc.constantFrom('a', 'b', 'c');
  const command = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('get' as const), key }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('write' as const), key }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const), key }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('forgetAll' as const), key }) },
  );
  let waited = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(command, { minLength: 1, maxLength: 30 }),
      fc.infiniteStream(fc.boolean()),
      fc.constantFrom(2, 4, 100),
      async (scheduler, commands, isSlow, size) => {
        const stored = new Map<string, number>();
        /** The version a reader of this key has to see at least: what the store held at the last forget. */
        const floor = new Map<string, number>();
        const breaks = new Set<string>();
        const read = (key: string) => {
          if (breaks.delete(key)) throw new Error('away');
          return stored.get(key);
        };
        const index = new HotIndex<number>(size, (key) => {
          if (!isSlow.next().value) return read(key);
          return (async () => {
            await scheduler.schedule(Promise.resolve(), `ask for ${key}`);
            const found = read(key);
            await scheduler.schedule(Promise.resolve(), `answer ${key}`);
            return found;
          })();
        });
        const gets: Promise<void>[] = [];
        const get = (key: string) => {
          const atLeast = floor.get(key) ?? 0;
          const check = (value: number | undefined) => expect(value ?? 0).toBeGreaterThanOrEqual(atLeast);
          try {
            const value = index.get(key);
            if (value instanceof Promise) {
              waited++;
              gets.push(value.then(check, (error: Error) => expect(error.message).toBe('away')));
            } else check(value);
          } catch (error) {
            expect((error as Error).message).toBe('away');
          }
        };
        scheduler.scheduleSequence(
          commands.map(({ kind, key }) => ({
            label: `${kind} ${key}`,
            builder: async () => {
              if (kind === 'get') get(key);
              if (kind === 'fail') breaks.add(key);
              if (kind === 'write') {
                stored.set(key, (stored.get(key) ?? 0) + 1);
                // Between a commit and the news of it anything may happen, and nobody is promised anything yet.
                void scheduler.schedule(Promise.resolve(), `hear of ${key}`).then(() => {
                  index.forget(key);
                  floor.set(key, stored.get(key) ?? 0);
                  get(key);
                });
              }
              if (kind === 'forgetAll') {
                index.forgetAll();
                for (const [written, version] of stored) floor.set(written, version);
                for (const written of stored.keys()) get(written);
              }
            },
          })),
        );
        await scheduler.waitIdle();
        await Promise.all(gets);
        breaks.clear();
        for (const key of stored.keys()) {
          const last = index.get(key);
          await scheduler.waitIdle();
          expect((await last) ?? 0).toBeGreaterThanOrEqual(floor.get(key) ?? 0);
        }
        expect(index.size).toBeLessThanOrEqual(size);
      },
    ),
    { numRuns: 500 },
  );
  expect(waited, 'loads that were waited for').toBeGreaterThan(100);
});
