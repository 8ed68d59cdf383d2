import { Buffer } from 'node:buffer';
import { connect, type Socket } from 'node:net';

/** As much of an answer as a bench looks at. */
export interface Answer {
  readonly status: number;
  readonly location: string;
}

const READ_BYTES = 64 * 1024;
const CONTENT_LENGTH = /\r\ncontent-length: (\d+)/i;
const LOCATION = /\r\nlocation: ([^\r]*)/i;

/**
 * One HTTP/1.1 connection that asks one thing at a time. It parses the status line, `Location` and `Content-Length`
 * and nothing else, so that a generator costs much less than the server it drives.
 */
export class KeepAliveConnection {
  readonly #socket: Socket;
  #received = '';
  #onAnswer: ((answer: Answer) => void) | undefined;
  #closed = false;

  /** @param onFailure told once when the connection breaks although nobody closed it */
  constructor(port: number, onFailure: (error: Error) => void) {
    let failed = false;
    const fail = (error: Error) => {
      if (this.#closed || failed) return;
      failed = true;
      onFailure(error);
    };
    const buffer = Buffer.alloc(READ_BYTES);
    this.#socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: {
        buffer,
        callback: (bytes) => {
          try {
            this.#receive(buffer.toString('latin1', 0, bytes));
          } catch (error) {
            fail(error as Error);
          }
          return true;
        },
      },
    });
    this.#socket.on('error', fail);
    this.#socket.on('close', () => fail(new Error('The server closed a connection')));
  }

  ask(request: string, onAnswer: (answer: Answer) => void): void {
    this.#onAnswer = onAnswer;
    this.#socket.write(request, 'latin1');
  }

  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }

  #receive(text: string): void {
    const received = this.#received === '' ? text : this.#received + text;
    const headEnd = received.indexOf('\r\n\r\n');
    if (headEnd < 0) {
      this.#received = received;
      return;
    }
    const answerEnd = headEnd + 4 + Number(CONTENT_LENGTH.exec(received)?.[1] ?? 0);
    if (received.length < answerEnd) {
      this.#received = received;
      return;
    }
    if (received.length > answerEnd) throw new Error('More was received than one answer');
    this.#received = '';
    this.#onAnswer?.({ status: Number(received.slice(9, 12)), location: LOCATION.exec(received)?.[1] ?? '' });
  }
}
