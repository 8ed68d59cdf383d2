import type { BatchReader } from './batch-writer.ts';

/** How statistics read: much at once, on connections of their own, and never anything else than reading. */
export interface BlockReader {
  /** Everything that `work` reads is of one moment, whatever is written meanwhile. */
  snapshot<T>(work: (snapshot: Snapshot) => Promise<T>): Promise<T>;
  /** The database cannot be asked now; asking later is right. */
  isUnavailable(error: unknown): boolean;
  close(): Promise<void>;
}

export interface Snapshot extends BatchReader {
  /** Bytes of columns, in the order asked for; undefined where a block has no such column. Nobody else has the arrays. */
  columns(wanted: readonly StoredColumn[]): Promise<(Uint8Array | undefined)[]>;
}

/** Names a row of `click_block_column`. */
export interface StoredColumn {
  readonly blockId: number;
  /** Letters only. */
  readonly name: string;
}
