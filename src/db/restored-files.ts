import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { StoreError } from './store-error.ts';

/** The clicks come first: a store is there as soon as its configuration is. */
const FILES = ['clicks.db', 'switchyard.db'] as const;
const MARK = 'mark';

/**
 * Two files cannot come into place at once, so they go in two steps that any process can take up:
 *
 *     restoring/   being filled; killed here, nothing has happened yet, and nobody starts beside it
 *     restored/    whole, which one renaming has said; killed here, whoever comes next moves the files out
 *     (neither)    done
 */
export class RestoredFiles {
  readonly #dataDir: string;
  readonly #restoring: string;
  readonly #restored: string;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
    this.#restoring = join(dataDir, 'restoring');
    this.#restored = join(dataDir, 'restored');
  }

  /** What an earlier try has left is gone then. @returns where the files are to be made */
  begin(): { readonly config: string; readonly events: string } {
    this.giveUp();
    mkdirSync(this.#restoring, { mode: 0o700 });
    return { config: join(this.#restoring, 'switchyard.db'), events: join(this.#restoring, 'clicks.db') };
  }

  giveUp(): void {
    rmSync(this.#restoring, { recursive: true, force: true });
  }

  /** From here on they are the store. @param mark what they are a copy of */
  commit(mark: string): void {
    writeFileSync(join(this.#restoring, MARK), mark);
    for (const name of [...FILES, MARK]) syncPath(join(this.#restoring, name));
    syncPath(this.#restoring);
    renameSync(this.#restoring, this.#restored);
    syncPath(this.#dataDir);
  }

  /** Whether files are whole and not in place yet. */
  get areWaiting(): boolean {
    return FILES.some((name) => existsSync(join(this.#restored, name)));
  }

  /**
   * Moves into place what is whole.
   *
   * @returns its mark; undefined where there was nothing to do
   * @throws StoreError when something else is in that place
   */
  moveIntoPlace(): string | undefined {
    if (!existsSync(this.#restored)) return undefined;
    const markPath = join(this.#restored, MARK);
    const mark = existsSync(markPath) ? readFileSync(markPath, 'utf8') : undefined;
    for (const name of FILES) {
      const [from, to] = [join(this.#restored, name), join(this.#dataDir, name)];
      if (!existsSync(from)) continue;
      if (existsSync(to)) {
        throw new StoreError(
          `${this.#restored} holds a restored ${basename(to)}, and there is another in ${this.#dataDir}. Set one of them aside.`,
        );
      }
      renameSync(from, to);
    }
    syncPath(this.#dataDir);
    // A folder without it says nothing: killed in between, all is done.
    rmSync(markPath, { force: true });
    rmSync(this.#restored, { recursive: true });
    return FILES.every((name) => existsSync(join(this.#dataDir, name))) ? mark : undefined;
  }

  /** @throws StoreError when a restore was cut short: what is there is not what its operator wanted */
  refuseCutShort(): void {
    if (!existsSync(this.#restoring)) return;
    throw new StoreError(
      `A restore into ${this.#dataDir} was cut short. Run the same "switchyard restore" again; or, to begin without it, remove the folder ${this.#restoring}.`,
    );
  }
}

/** So that it survives a power failure. */
function syncPath(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
