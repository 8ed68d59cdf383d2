import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PaintingThread } from './painting-thread.ts';
import type { QrOrder } from './painting-worker.ts';
import { USUAL_STYLE } from './qr-style.ts';
import { logoPng } from './testing/logos.ts';

const posted = vi.spyOn(Worker.prototype, 'postMessage');
const onLost = vi.fn<(error: Error) => void>();
let thread: PaintingThread;
beforeEach(() => {
  posted.mockClear();
  onLost.mockClear();
  thread = new PaintingThread(onLost);
});
afterEach(() => thread.close());

const order = (text: string): QrOrder => ({
  text: `https://go.example/${text}?qr=1`,
  style: USUAL_STYLE,
  logo: null,
});
/** The threads there have been, oldest first. */
const workers = () => [...new Set(posted.mock.contexts)] as Worker[];
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47]);

test('one thread, started by the first picture, draws them all', async () => {
  expect(workers()).toEqual([]);
  const pictures = await Promise.all(['a', 'b', 'c'].map((text) => thread.paint(order(text))));
  for (const picture of pictures) {
    expect((picture as Buffer).subarray(0, 4)).toEqual(PNG);
    expect((picture as Buffer).buffer.byteLength, 'nothing else in its memory').toBe(
      (picture as Buffer).byteLength,
    );
  }
  expect(workers()).toHaveLength(1);
});

test('it says what is in the way of a code, and of a logo', async () => {
  const small = { ...order('a'.repeat(200)), style: { ...USUAL_STYLE, size: 50 } };
  expect(await thread.paint(small)).toMatchObject({ field: 'size' });
  await expect(thread.prepareLogo(Buffer.from('GIF89a'))).rejects.toMatchObject({
    code: 'invalid',
    fields: [{ field: 'body' }],
  });
  const bytes = await logoPng('disc', 800, 400);
  const { png, width, height } = await thread.prepareLogo(bytes);
  expect([png.subarray(0, 4), width, height]).toEqual([PNG, 400, 200]);
  expect(bytes.byteLength, 'what was sent stays with its owner').toBeGreaterThan(100);
});

test('a picture that throws is a defect of that picture alone', async () => {
  const broken = { ...order('a'), style: { ...USUAL_STYLE, color: null as never } };
  const [failed, painted] = await Promise.allSettled([thread.paint(broken), thread.paint(order('b'))]);
  expect(failed).toMatchObject({
    status: 'rejected',
    reason: { name: 'Error', stack: expect.stringContaining('qr-') },
  });
  expect(painted.status).toBe('fulfilled');
  expect(workers()).toHaveLength(1);
  expect(onLost).not.toHaveBeenCalled();
});

test('when it dies, those who wait are told to come again, and the next picture starts another', async () => {
  await thread.paint(order('a'));
  const waiting = ['b', 'c'].map((text) => thread.paint(order(text.repeat(1_000))));
  const outcomes = Promise.allSettled(waiting);
  await workers()[0]?.terminate();
  const settled = await outcomes;
  expect(settled).toHaveLength(2);
  for (const outcome of settled) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
  }
  expect(onLost).toHaveBeenCalledTimes(1);
  expect(Buffer.isBuffer(await thread.paint(order('d')))).toBe(true);
  expect(workers()).toHaveLength(2);
});

test('what a thread dies of is told', async () => {
  const painted = thread.paint(order('a'));
  // Nothing of the thread catches a message that is none.
  workers()[0]?.postMessage(null);
  await painted.catch(() => {});
  await vi.waitFor(() => expect(onLost).toHaveBeenCalledOnce(), { timeout: 30_000 });
  expect(onLost.mock.calls[0]?.[0]).toBeInstanceOf(TypeError);
  expect(Buffer.isBuffer(await thread.paint(order('b')))).toBe(true);
});

test('closing ends it: who waits is told, who comes is refused, and nothing is left running', async () => {
  const waiting = Promise.allSettled(['a', 'b'].map((text) => thread.paint(order(text))));
  const ended = vi.fn();
  workers()[0]?.once('exit', ended);
  await thread.close();
  expect(ended).toHaveBeenCalledOnce();
  for (const outcome of await waiting) {
    expect(outcome).toMatchObject({ reason: { code: 'unavailable', message: 'The server is stopping.' } });
  }
  await expect(thread.paint(order('c'))).rejects.toMatchObject({ code: 'unavailable' });
  await thread.close();
  expect(workers()).toHaveLength(1);
  expect(onLost).not.toHaveBeenCalled();
});

test('one that was never asked closes, too', async () => {
  await thread.close();
  expect(workers()).toEqual([]);
});
