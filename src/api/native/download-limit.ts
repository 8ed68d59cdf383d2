import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { problem, sendProblem } from '../problem.ts';

interface Limits {
  readonly most: number;
  /** Milliseconds. */
  readonly patienceMs: number;
}

/** A download that nobody reads holds some 2 MB: a page or two, and what its connection keeps. */
const LIMITS: Limits = { most: 20, patienceMs: 60_000 };

/**
 * Long downloads that run at once in this process. One counts from its admission until its answer or its connection is
 * closed, and its connection is closed when the client has taken nothing of what waits for it for so long.
 */
export class DownloadLimit {
  readonly #limits: Limits;
  #running = 0;

  constructor(limits = LIMITS) {
    this.#limits = limits;
  }

  get running(): number {
    return this.#running;
  }

  /**
   * Counts a download in. Nobody has to count it out.
   *
   * @param onStalled told right before the connection is closed because its client does not read
   * @returns false when as many as may are running, or the client has left
   */
  admit({ socket }: IncomingMessage, response: ServerResponse, onStalled: () => void): boolean {
    if (this.#running >= this.#limits.most || socket.destroyed) return false;
    this.#running++;
    let gone = false;
    // Both may close at once, and a listener that is taken away while its event is told is called all the same.
    const leave = () => {
      if (!gone) this.#running--;
      gone = true;
      socket.off('close', leave);
      response.off('close', leave);
    };
    // An answer that waits behind another one on its connection is not told when that closes.
    socket.once('close', leave);
    response.once('close', leave);
    const { patienceMs } = this.#limits;
    // Node calls it when not one byte has moved, a large write that is under way included.
    response.setTimeout(patienceMs, () => {
      // Nothing waits for the client: it is the client who waits for the database.
      if (response.writableLength === 0) {
        socket.setTimeout(patienceMs);
        return;
      }
      onStalled();
      socket.destroy();
    });
    return true;
  }
}

const RETRY_AFTER_SECONDS = '10';
const TOO_MANY = problem(
  429,
  'too-many-downloads',
  'Too many downloads are running',
  'Let one that is running come to its end, then send this again.',
);

/** For whoever was not admitted. */
export function refuseDownload(reply: FastifyReply): FastifyReply {
  return sendProblem(reply.header('Retry-After', RETRY_AFTER_SECONDS), TOO_MANY);
}
