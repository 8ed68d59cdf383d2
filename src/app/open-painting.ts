import { throttled } from '../observability/throttle.ts';
import { PaintingThread } from '../qr/painting-thread.ts';
import type { Opening } from './opening.ts';

/** Who draws QR codes. The thread is started by the first of them. */
export function openPainting({ logger, disposals }: Opening): PaintingThread {
  const painting = new PaintingThread(
    throttled(1_000, (error: Error, times) => {
      logger.error(
        { err: error, times },
        'the thread that draws QR codes has ended; the next code starts another',
      );
    }),
  );
  disposals.add(() => painting.close());
  return painting;
}
