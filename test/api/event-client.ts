import { until } from '../support/until.ts';
import { type Api, type Json, KEY } from './api.ts';

export interface ServerEvent {
  readonly event: string;
  readonly id: string;
  readonly data: Json;
}

/** A client of the live stream as `docs/statistics.md` shows one: `fetch`, because it can send the key in a header. */
export class EventClient {
  readonly response: Response;
  readonly events: ServerEvent[] = [];
  /** What `Last-Event-ID` is to say when it connects again. */
  lastId: string | undefined;
  ended = false;
  /** The connection broke instead of ending. */
  broken = false;
  readonly #abort: AbortController;

  private constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
    void this.#read();
  }

  static async open(api: Api, query = '', { key = KEY, lastId = '' } = {}): Promise<EventClient> {
    const abort = new AbortController();
    const response = await fetch(`http://127.0.0.1:${api.port}/api/v1/stats/live${query}`, {
      headers: { authorization: `Bearer ${key}`, ...(lastId === '' ? {} : { 'last-event-id': lastId }) },
      signal: abort.signal,
    });
    return new EventClient(response, abort);
  }

  close(): void {
    this.#abort.abort();
  }

  async event(name: string, number = 1): Promise<ServerEvent> {
    const named = () => this.events.filter(({ event }) => event === name);
    await until(() => named().length >= number, `event ${number} named ${name} has come`);
    return named()[number - 1] as ServerEvent;
  }

  /** How many clicks have been told. */
  get count(): number {
    return this.clicks.reduce((sum, { data }) => sum + data.count, 0);
  }

  get clicks(): readonly ServerEvent[] {
    return this.events.filter(({ event }) => event === 'clicks');
  }

  async #read(): Promise<void> {
    let text = '';
    try {
      for await (const chunk of this.response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        const blocks = (text + chunk).split('\n\n');
        text = blocks.pop() as string;
        for (const block of blocks) this.#take(block);
      }
    } catch {
      this.broken = true;
    }
    this.ended = true;
  }

  #take(block: string): void {
    const fields = new Map(
      block
        .split('\n')
        .filter((line) => !line.startsWith(':'))
        .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
    );
    const id = fields.get('id');
    if (id !== undefined) this.lastId = id;
    const data = fields.get('data');
    if (data === undefined) return;
    this.events.push({ event: fields.get('event') ?? 'message', id: id ?? '', data: JSON.parse(data) });
  }
}
