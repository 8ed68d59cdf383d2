import type { Receipt } from '../../reactions/push/messages/record-receipts.ts';

/** When a message arrives everywhere at once, its receipts do too: so many are written together. */
const GATHER_MS = 100;
const MOST_TOGETHER = 500;

interface Waiting {
  readonly receipt: Receipt;
  resolve(): void;
  reject(error: unknown): void;
}

/** Gathers receipts for a moment, so that a hundred of them are one transaction. */
export class ReceiptBuffer {
  readonly #write: (receipts: readonly Receipt[]) => Promise<void>;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(write: (receipts: readonly Receipt[]) => Promise<void>) {
    this.#write = write;
  }

  /** Resolves when it is written; rejects as the writing does. */
  add(receipt: Receipt): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ receipt, resolve, reject });
      if (this.#waiting.length >= MOST_TOGETHER) this.#flush();
      else this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
    });
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const written = this.#waiting;
    this.#waiting = [];
    this.#write(written.map(({ receipt }) => receipt)).then(
      () => written.forEach(({ resolve }) => void resolve()),
      (error: unknown) => written.forEach(({ reject }) => void reject(error)),
    );
  }
}
