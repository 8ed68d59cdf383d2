import type { Database } from '../db/database.ts';
import { UnusedPreviews } from '../deeplinks/previews/unused-previews.ts';
import type { GroupService } from '../links/group-service.ts';
import { deleteGuessWindows } from '../links/guess-windows.ts';
import type { LinkService } from '../links/link-service.ts';
import type { Logger } from '../observability/logger.ts';
import { deleteUnusedLogos } from '../qr/unused-logos.ts';

const EVERY_MS = 60_000;
const BATCH = 500;
const ANSWERS_KEPT_MS = 24 * 60 * 60 * 1000;
/** The longest window is an hour; nothing is told from an older one. */
const GUESSES_KEPT_MS = 24 * 60 * 60 * 1000;

/**
 * What may happen a little later: links past their `deleteAt` (visits treat them as gone already), links of deleted
 * groups (they behave as ungrouped already) and their logos, stored answers nobody repeats any more, guesses at passwords of days ago,
 * what was read of pages that no link leads to any more.
 * Every process does it; none minds another doing the same.
 */
export class Housekeeping {
  readonly #database: Database;
  readonly #links: LinkService;
  readonly #groups: GroupService;
  readonly #previews: UnusedPreviews;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(database: Database, links: LinkService, groups: GroupService, logger: Logger) {
    this.#database = database;
    this.#links = links;
    this.#groups = groups;
    this.#previews = new UnusedPreviews(database);
    this.#logger = logger;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => this.#round());
    }, EVERY_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #round(): Promise<void> {
    try {
      await this.#untilDone((tx) => this.#links.deleteDue(tx, Date.now(), BATCH));
      await this.#untilDone((tx) => this.#groups.releaseLinks(tx, BATCH));
      await this.#database.transact('system', async (tx) => {
        await tx.db
          .deleteFrom('idempotent_answer')
          .where('created_at', '<', Date.now() - ANSWERS_KEPT_MS)
          .execute();
        await deleteGuessWindows(tx, Date.now() - GUESSES_KEPT_MS);
        await deleteUnusedLogos(tx);
      });
      await this.#previews.forgetSome();
    } catch (error) {
      this.#logger.warn({ err: error }, 'housekeeping was interrupted; the next round goes on');
    }
  }

  /** In pieces, each a transaction of its own, so that nobody waits long behind one. */
  async #untilDone(
    step: (tx: Parameters<Parameters<Database['transact']>[1]>[0]) => Promise<number>,
  ): Promise<void> {
    while (!this.#stopped && (await this.#database.transact('system', step)) > 0);
  }
}
