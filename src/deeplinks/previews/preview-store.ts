import type { Selectable } from 'kysely';
import type { Database, Tx } from '../../db/database.ts';
import type { Lookup } from '../../db/lookup.ts';
import type { PagePreviewTable } from '../../db/tables/config-tables.ts';
import { urlHost } from '../../links/destination.ts';
import type { PageFetch } from './page-fetch.ts';
import { type PagePreview, type PreviewState, retryAt, type TakenPage, urlHash } from './page-preview.ts';

/** Longer than any fetch lasts: after that its process has ended, and somebody else may try. */
const LEASE_MS = 30_000;
/** Comes before everything that waits: somebody is looking on. */
const AT_ONCE = 0;
/** As the index of what is due has it. */
const UNDONE: readonly PreviewState[] = ['waiting', 'fetching'];
const ROWS_PER_STATEMENT = 500;

interface PreviewRow {
  url_hash: string;
  title: string;
  description: string;
  image_url: string | null;
  state: string;
  problem: string;
  due_at: number;
  fetched_at: number | null;
}

type DueRow = Pick<Selectable<PagePreviewTable>, 'url_hash' | 'url' | 'host' | 'tries' | 'due_at'>;

const BY_HASH = `
  select url_hash, title, description, image_url, state, problem, due_at, fetched_at from page_preview
   where url_hash = $1`;

/** All SQL about previews of pages. */
export class PreviewStore {
  readonly #database: Database;
  readonly #byHash: Lookup<PreviewRow>;

  constructor(database: Database) {
    this.#database = database;
    this.#byHash = database.prepareLookup<PreviewRow>(BY_HASH);
  }

  /** Synchronous where the database is a file of this process. */
  find(url: string): PagePreview | undefined | Promise<PagePreview | undefined> {
    const row = this.#byHash(urlHash(url));
    return row instanceof Promise ? row.then(previewFromRow) : previewFromRow(row);
  }

  /** Titles by URL, of those that have one. */
  async titlesOf(urls: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const urlOf = new Map(urls.map((url) => [urlHash(url), url]));
    const titles = new Map<string, string>();
    const hashes = [...urlOf.keys()];
    for (let start = 0; start < hashes.length; start += ROWS_PER_STATEMENT) {
      const rows = await this.#database.read
        .selectFrom('page_preview')
        .select(['url_hash', 'title'])
        .where('url_hash', 'in', hashes.slice(start, start + ROWS_PER_STATEMENT))
        .where('title', '<>', '')
        .execute();
      for (const { url_hash, title } of rows) titles.set(urlOf.get(url_hash) ?? '', title);
    }
    return titles;
  }

  /** Has pages fetched that nothing is known of. */
  async queue(tx: Tx, urls: readonly string[], dueAt: number): Promise<void> {
    // In one order: two that queue the same pages then wait for each other instead of deadlocking.
    const rows = [...new Map(urls.map((url) => [urlHash(url), url]))]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([url_hash, url]) => ({ url_hash, url, host: urlHost(url), image_url: null, fetched_at: null }));
    for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
      await tx.db
        .insertInto('page_preview')
        .values(
          rows
            .slice(start, start + ROWS_PER_STATEMENT)
            .map((row) => ({ ...row, state: 'waiting', due_at: dueAt })),
        )
        .onConflict((conflict) => conflict.column('url_hash').doNothing())
        .execute();
    }
  }

  /** Has a page fetched that nothing is known of, soon. */
  async queueNow(url: string, now: number): Promise<void> {
    await this.#database.transact('system', (tx) => this.queue(tx, [url], now));
  }

  /** Has a page fetched that nothing is known of, before all others; one that has failed keeps its time. */
  async hurry(url: string, now: number): Promise<void> {
    await this.#database.transact('system', async (tx) => {
      await this.queue(tx, [url], AT_ONCE);
      await tx.db
        .updateTable('page_preview')
        .set({ due_at: AT_ONCE })
        .where('url_hash', '=', urlHash(url))
        .where('state', '=', 'waiting')
        .where('due_at', '<=', now)
        .where('due_at', '>', AT_ONCE)
        .execute();
    });
  }

  /** Has a page fetched anew, whatever is known of it, unless it is being fetched; `hurried`: before all others. */
  async renew(url: string, now: number, hurried: boolean): Promise<void> {
    const dueAt = hurried ? AT_ONCE : now;
    await this.#database.transact('system', async (tx) => {
      await this.queue(tx, [url], dueAt);
      await tx.db
        .updateTable('page_preview')
        .set({ state: 'waiting', due_at: dueAt, tries: 0 })
        .where('url_hash', '=', urlHash(url))
        .where('state', '<>', 'fetching')
        .execute();
    });
  }

  /**
   * Takes pages that are due, for as long as a fetch lasts: no other process takes them meanwhile.
   *
   * @param limit of pages that nobody waits for
   * @param busyHosts left alone for now
   */
  async take(limit: number, busyHosts: readonly string[], now: number): Promise<TakenPage[]> {
    if (limit <= 0) return [];
    const due = await this.#due(limit, busyHosts, now).where('due_at', '>', AT_ONCE).execute();
    // Of each host one: it is asked by one at a time.
    return await this.#take([...new Map(due.map((row) => [row.host, row])).values()], now);
  }

  /**
   * The same of pages that somebody waits for.
   *
   * @param roomAt how many more of a host may be asked for
   */
  async takeHurried(
    limit: number,
    fullHosts: readonly string[],
    roomAt: (host: string) => number,
    now: number,
  ): Promise<TakenPage[]> {
    if (limit <= 0) return [];
    const due = await this.#due(limit, fullHosts, now).where('due_at', '=', AT_ONCE).execute();
    const wanted = new Map<string, DueRow[]>();
    for (const row of due) {
      const ofHost = wanted.get(row.host) ?? [];
      if (ofHost.length < roomAt(row.host)) wanted.set(row.host, [...ofHost, row]);
    }
    return await this.#take([...wanted.values()].flat(), now);
  }

  #due(limit: number, withoutHosts: readonly string[], now: number) {
    return this.#database.read
      .selectFrom('page_preview')
      .select(['url_hash', 'url', 'host', 'tries', 'due_at'])
      .where('state', 'in', UNDONE)
      .where('due_at', '<=', now)
      .$if(withoutHosts.length > 0, (rows) => rows.where('host', 'not in', [...withoutHosts]))
      .orderBy('due_at')
      .limit(limit);
  }

  async #take(wanted: readonly DueRow[], now: number): Promise<TakenPage[]> {
    if (wanted.length === 0) return [];
    return await this.#database.transact('system', async (tx) => {
      const taken: TakenPage[] = [];
      const inOrder = [...wanted].sort((a, b) => (a.url_hash < b.url_hash ? -1 : 1));
      for (const { url_hash, url, host, tries, due_at } of inOrder) {
        const mine = await tx.db
          .updateTable('page_preview')
          .set({ state: 'fetching', due_at: now + LEASE_MS, tries: tries + 1 })
          .where('url_hash', '=', url_hash)
          .where('state', 'in', UNDONE)
          .where('due_at', '<=', now)
          .returning('url_hash')
          .executeTakeFirst();
        const hurried = due_at === AT_ONCE;
        if (mine) taken.push({ urlHash: url_hash, url, host, tries: tries + 1, hurried });
      }
      return taken;
    });
  }

  /** Notes what has come of a page that was taken. @returns whether that was the last word for now */
  async record({ urlHash, tries }: TakenPage, fetched: PageFetch, now: number): Promise<boolean> {
    const again = fetched.kind === 'failed' && fetched.again ? retryAt(tries, now) : undefined;
    const outcome =
      fetched.kind === 'found'
        ? {
            state: 'found' satisfies PreviewState,
            title: fetched.texts.title,
            description: fetched.texts.description,
            image_url: fetched.texts.imageUrl,
            problem: '',
            fetched_at: now,
            due_at: now,
          }
        : {
            state: (again === undefined ? 'failed' : 'waiting') satisfies PreviewState,
            problem: fetched.problem,
            due_at: again ?? now,
          };
    await this.#database.transact('system', (tx) =>
      tx.db
        .updateTable('page_preview')
        .set(outcome)
        .where('url_hash', '=', urlHash)
        .where('state', '=', 'fetching')
        // Else its lease has run out, and somebody else is at it.
        .where('tries', '=', tries)
        .execute(),
    );
    return again === undefined;
  }
}

function previewFromRow(row: PreviewRow | undefined): PagePreview | undefined {
  return (
    row && {
      title: row.title,
      description: row.description,
      imageUrl: row.image_url,
      state: row.state as PreviewState,
      problem: row.problem,
      dueAt: row.due_at,
      fetchedAt: row.fetched_at,
    }
  );
}
