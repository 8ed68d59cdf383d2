import { setTimeout as after } from 'node:timers/promises';
import type { LinkAccount } from '../server/load.ts';
import type { ServerProcess } from '../server/server-process.ts';

const AT_ONCE = 4;
const PAUSE_MS = 8;
/** Every so often a visitor comes who has never been here, and the longest present of so many leaves. */
const NEW_VISITOR_MS = 60;
const PRESENT = 50;

/**
 * People who visit one server until it dies or they are stopped. So few that most of their visits within five seconds
 * are repeats, and that what they set off stays far below what may wait for a receiver.
 */
export class PacedVisitors {
  readonly finished: Promise<void>;
  #stopping = false;

  constructor(server: ServerProcess, next: () => LinkAccount) {
    const walks = Array.from({ length: AT_ONCE }, () => this.#walk(server, next));
    this.finished = Promise.all(walks).then(() => undefined);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.finished;
  }

  async #walk(server: ServerProcess, next: () => LinkAccount): Promise<void> {
    while (!this.#stopping && !server.hasEnded) {
      const account = next();
      const answer = await server
        .visit(account.code, { 'x-forwarded-for': someAddress() })
        .catch(() => undefined);
      account.note(answer);
      await after(Math.random() * PAUSE_MS);
    }
  }
}

function someAddress(): string {
  const visitor = Math.floor(Date.now() / NEW_VISITOR_MS) - Math.floor(Math.random() * PRESENT);
  return `100.${(visitor >> 16) & 63}.${(visitor >> 8) & 255}.${visitor & 255}`;
}
