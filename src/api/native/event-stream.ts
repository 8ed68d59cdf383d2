import type { ServerResponse } from 'node:http';

/** What a client that does not read may leave lying here before it is dropped: some twenty full events. */
const MOST_WAITING_BYTES = 256 * 1024;
const RECONNECT_MS = 2_000;
const END_PATIENCE_MS = 1_000;

/** An answer in `text/event-stream` (WHATWG HTML, "Server-sent events"). */
export class EventStream {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // Proxies that collect answers before they pass them on, nginx for one, leave this one alone.
      'X-Accel-Buffering': 'no',
      // What was a stream is not used again, so that stopping has nothing to wait for.
      Connection: 'close',
    });
    this.#write(`retry: ${RECONNECT_MS}\n\n`);
  }

  /** @param id what `Last-Event-ID` says after this event; no line breaks */
  send(event: string, id: string, data: unknown): void {
    this.#write(`event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Keeps the connection open, and moves `Last-Event-ID` on without an event. */
  beat(id: string): void {
    this.#write(`: still here\nid: ${id}\n\n`);
  }

  /** A client that does not read what is still under way is not waited for. */
  end(): void {
    if (this.#response.destroyed || this.#response.writableEnded) return;
    const impatient = setTimeout(() => this.#response.destroy(), END_PATIENCE_MS);
    this.#response.once('close', () => clearTimeout(impatient));
    this.#response.end();
  }

  #write(text: string): void {
    if (this.#response.destroyed || this.#response.writableEnded) return;
    if (this.#response.writableLength > MOST_WAITING_BYTES) this.#response.destroy();
    else this.#response.write(text);
  }
}
