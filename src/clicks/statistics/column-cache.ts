import { FACT_COLUMNS, type FactColumn } from '../blocks/fact.ts';
import { type ScanColumn, sizeBytes } from './scan-column.ts';

/** What an entry takes beside its arrays, so that ten thousand small blocks are not thought to be nothing. */
const OVERHEAD_BYTES = 300;

const NUMBER_OF = new Map(FACT_COLUMNS.map((name, index) => [name, index]));

/**
 * Columns ready to be scanned, those asked for last; bounded by bytes. Blocks never change and their ids are never
 * given twice, so nothing in here can be out of date.
 */
export class ColumnCache {
  readonly #limitBytes: number;
  /** Oldest first. */
  readonly #columns = new Map<number, ScanColumn>();
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(blockId: number, name: FactColumn): ScanColumn | undefined {
    const key = keyOf(blockId, name);
    const column = this.#columns.get(key);
    if (column) {
      this.#columns.delete(key);
      this.#columns.set(key, column);
    }
    return column;
  }

  add(blockId: number, name: FactColumn, column: ScanColumn): void {
    const key = keyOf(blockId, name);
    const known = this.#columns.get(key);
    if (known) this.#remove(key, known);
    this.#columns.set(key, column);
    this.#bytes += sizeBytes(column) + OVERHEAD_BYTES;
    for (const [oldest, its] of this.#columns) {
      if (this.#bytes <= this.#limitBytes) break;
      this.#remove(oldest, its);
    }
  }

  #remove(key: number, column: ScanColumn): void {
    this.#columns.delete(key);
    this.#bytes -= sizeBytes(column) + OVERHEAD_BYTES;
  }
}

function keyOf(blockId: number, name: FactColumn): number {
  return blockId * FACT_COLUMNS.length + (NUMBER_OF.get(name) as number);
}
