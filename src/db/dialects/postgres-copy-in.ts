import { once } from 'node:events';
import type { Socket } from 'node:net';
import type pg from 'pg';
import type { Cell } from '../table-shape.ts';

/** Of pg's connection; not in its types. */
interface CopyConnection {
  readonly stream: Socket;
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}

/**
 * Rows on their way into a table: `COPY … FROM STDIN`, several times as fast as inserts. Whoever writes waits for the
 * server to take what was written.
 */
export class CopyIn {
  /** Set by the client when it minds the time. */
  callback: (error?: Error) => void = () => {};
  readonly #table: string;
  readonly #begun = Promise.withResolvers<CopyConnection>();
  readonly #done = Promise.withResolvers<void>();
  #error: Error | undefined;

  private constructor(table: string) {
    this.#table = table;
    // Both are told of an error, and one of them may have nobody who waits.
    this.#begun.promise.catch(() => {});
    this.#done.promise.catch(() => {});
  }

  /** @param table with its columns: `click (id, at)` */
  static async open(client: pg.ClientBase, table: string): Promise<CopyIn> {
    const copy = new CopyIn(table);
    client.query(copy as unknown as pg.Submittable);
    await copy.#begun.promise;
    return copy;
  }

  /** @throws what the server says of these rows, or of some before */
  async write(rows: readonly (readonly Cell[])[]): Promise<void> {
    const connection = await this.#begun.promise;
    if (this.#error) throw this.#error;
    connection.sendCopyFromChunk(Buffer.from(rows.map(lineOf).join('')));
    if (connection.stream.writableNeedDrain) {
      await Promise.race([once(connection.stream, 'drain'), this.#done.promise]);
    }
  }

  async end(): Promise<void> {
    (await this.#begun.promise).endCopyFrom();
    await this.#done.promise;
  }

  /** In the place of `end`: until one of them is said, the server takes no other statement. */
  async giveUp(): Promise<void> {
    (await this.#begun.promise).sendCopyFail('given up');
    await this.#done.promise.catch(() => {});
  }

  submit(connection: CopyConnection): void {
    connection.query(`copy ${this.#table} from stdin`);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    this.#begun.resolve(connection);
  }

  handleError(error: Error): void {
    this.#error = error;
    this.#begun.reject(error);
    this.#done.reject(error);
  }

  handleReadyForQuery(): void {
    this.#done.resolve();
    this.callback();
  }

  handleCommandComplete(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
  handleCopyData(): void {}
}

function lineOf(row: readonly Cell[]): string {
  return `${row.map(cellText).join('\t')}\n`;
}

const SPECIAL = /[\\\n\r\t]/g;
const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function cellText(cell: Cell): string {
  if (cell === null) return '\\N';
  if (typeof cell === 'number') return String(cell);
  if (typeof cell === 'string') return cell.replace(SPECIAL, (found) => ESCAPED[found] as string);
  return `\\\\x${Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength).toString('hex')}`;
}
