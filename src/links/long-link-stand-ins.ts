import type { Database, Reader } from '../db/database.ts';
import type { Domain } from './domain.ts';
import type { DomainDirectory } from './domain-directory.ts';
import { longLinkQueue } from './domain-service.ts';
import type { LinkService } from './link-service.ts';

const TITLE = 'Firebase long links';
const MEMO =
  'Stands for all long links (/?link=…) of this domain: their clicks are counted here, and what is set here, or in its group, applies to all of them.';

/**
 * One link for each domain that stands for all of its long links. A long link is no row, or anybody could fill the table
 * by inventing some; their clicks belong to this link, which can be paused, limited and grouped like any other. It is
 * made when the first long link of the domain is visited, and again should somebody have deleted it.
 */
export class LongLinkStandIns {
  readonly #database: Database;
  readonly #links: LinkService;
  readonly #domains: DomainDirectory;
  readonly #defaultProjectId: number;
  /** By domain. */
  readonly #codes = new Map<number, string>();
  readonly #making = new Map<number, Promise<string>>();

  constructor(database: Database, links: LinkService, domains: DomainDirectory, defaultProjectId: number) {
    this.#database = database;
    this.#links = links;
    this.#domains = domains;
    this.#defaultProjectId = defaultProjectId;
  }

  /** Whose hosts long links of the domain may lead to, and who sees their clicks. */
  projectIdOf(domain: Domain): number {
    return domain.projectId ?? this.#defaultProjectId;
  }

  /** The code of the link that stands for the domain's long links, made if there is none. */
  codeFor(domain: Domain): string | Promise<string> {
    const known = this.#codes.get(domain.id);
    if (known !== undefined) return known;
    const making = this.#making.get(domain.id) ?? this.#load(domain);
    this.#making.set(domain.id, making);
    return making;
  }

  /** As `codeFor`, for those who only look: where there is none, none is made. */
  async knownCodeFor(domain: Domain): Promise<string | undefined> {
    const known = this.#codes.get(domain.id);
    if (known !== undefined) return known;
    const code = await codeOf(this.#database.read, domain.id);
    if (code !== undefined) this.#codes.set(domain.id, code);
    return code;
  }

  /** The link behind its code was not found. */
  forget(domain: Domain): void {
    this.#codes.delete(domain.id);
  }

  async #load(domain: Domain): Promise<string> {
    try {
      const code = (await codeOf(this.#database.read, domain.id)) ?? (await this.#make(domain));
      this.#codes.set(domain.id, code);
      return code;
    } finally {
      this.#making.delete(domain.id);
    }
  }

  async #make(domain: Domain): Promise<string> {
    const destination = this.#domains.shortUrl(domain.id, '');
    const prepared = await this.#links.prepareNew({
      destination,
      domainId: domain.id,
      title: TITLE,
      memo: MEMO,
    });
    return await this.#database.transact('system', async (tx) => {
      await this.#database.takeTurnIn(tx, longLinkQueue(domain.id));
      const made = await codeOf(tx.db, domain.id);
      if (made !== undefined) return made;
      const [link] = await this.#links.create(tx, this.projectIdOf(domain), 'firebase', [prepared]);
      if (!link) throw new Error('no link was created');
      await tx.db.updateTable('domain').set({ long_link_id: link.id }).where('id', '=', domain.id).execute();
      return link.code;
    });
  }
}

async function codeOf(db: Pick<Reader, 'selectFrom'>, domainId: number): Promise<string | undefined> {
  const row = await db
    .selectFrom('domain')
    .innerJoin('link', 'link.id', 'domain.long_link_id')
    .innerJoin('link_code', 'link_code.link_id', 'link.id')
    .select('link_code.code')
    .where('domain.id', '=', domainId)
    .where('link.deleted_at', 'is', null)
    .where('link_code.is_primary', '=', 1)
    .executeTakeFirst();
  return row?.code;
}
