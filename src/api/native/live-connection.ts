import { joined, type LiveBatch, NO_CLICKS_YET } from '../../clicks/live-batch.ts';
import type { MinuteOfClicks } from '../../clicks/recent-minutes.ts';
import type { ShownClick } from '../../clicks/shown-clicks.ts';
import { clickCursor } from './click-cursor.ts';
import type { EventStream } from './event-stream.ts';
import { iso } from './schema.ts';

const BEAT_MS = 15_000;

export interface Hello {
  readonly at: number;
  readonly timeZone: string;
  readonly minutes: readonly MinuteOfClicks[];
  /** Whether all clicks since the client's `Last-Event-ID` follow. */
  readonly resumed: boolean;
  /** Row up to which `minutes` counts: what follows are the clicks after it. */
  readonly until: number;
}

/**
 * One client of the live stream. Clicks that come in before it has been greeted, or while its key is looked at, are
 * joined to one batch: they wait in bounded space, and none is left out.
 */
export class LiveConnection {
  readonly #stillAllowed: () => Promise<boolean>;
  #stream: EventStream | undefined;
  #waiting: LiveBatch = NO_CLICKS_YET;
  #until = 0;
  #asking = false;
  #ended = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param stillAllowed whether the key is good now; asked before anything is told */
  constructor(stillAllowed: () => Promise<boolean>) {
    this.#stillAllowed = stillAllowed;
  }

  get ended(): boolean {
    return this.#ended;
  }

  tell(batch: LiveBatch, until: number): void {
    this.#waiting = joined(this.#waiting, batch);
    this.#until = until;
    if (this.#waiting.count > 0) void this.#whenAllowed((stream) => this.#flush(stream));
  }

  /** @param missed what happened between `hello` and the first batch that is told */
  greet(stream: EventStream, hello: Hello, missed: LiveBatch, until: number): void {
    this.#stream = stream;
    this.#waiting = joined(missed, this.#waiting);
    this.#until = Math.max(this.#until, until);
    const { at, timeZone, minutes, resumed } = hello;
    stream.send('hello', clickCursor(hello.until), {
      at: iso(at),
      timeZone,
      resumed,
      minutes: minutes.map(({ at, clicks }) => ({ at: iso(at), clicks })),
    });
    this.#flush(stream);
    this.#timer = setInterval(() => {
      void this.#whenAllowed((stream) => {
        if (this.#waiting.count === 0) stream.beat(clickCursor(this.#until));
        // Came in while the key was looked at, when nobody else could.
        else this.#flush(stream);
      });
    }, BEAT_MS);
    if (this.#ended) this.end();
  }

  end(): void {
    this.#ended = true;
    clearInterval(this.#timer);
    this.#stream?.end();
  }

  async #whenAllowed(act: (stream: EventStream) => void): Promise<void> {
    const stream = this.#stream;
    if (!stream || this.#asking || this.#ended) return;
    this.#asking = true;
    const allowed = await this.#stillAllowed();
    this.#asking = false;
    if (!allowed) this.end();
    else if (!this.#ended) act(stream);
  }

  #flush(stream: EventStream): void {
    const { count, newest } = this.#waiting;
    this.#waiting = NO_CLICKS_YET;
    if (count > 0) stream.send('clicks', clickCursor(this.#until), { count, clicks: newest.map(toApi) });
  }
}

function toApi(click: ShownClick) {
  const { link, code, country, city, device, browser, referrer, qr } = click;
  return { at: iso(click.at), linkId: link, code, country, city, device, browser, referrer, qr };
}
