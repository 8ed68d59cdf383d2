import type { Database } from '../db/database.ts';
import type { Lookup } from '../db/lookup.ts';

/** What only an app that opens a link is told of it, so that visits need not remember it. */
export interface LinkFacts {
  readonly publicId: string;
  readonly domainId: number;
  /** The code it is told by today; the one that was visited may be an older one. */
  readonly code: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** It stands for all long links of its domain, and where they lead only their URLs say. */
  readonly standsForLongLinks: boolean;
}

const FACTS_BY_ID = `
  select link.public_id, link.domain_id, link.metadata, link_code.code,
         case when domain.long_link_id = link.id then 1 else 0 end as stands_for_long_links
    from link
    join domain on domain.id = link.domain_id
    join link_code on link_code.link_id = link.id and link_code.is_primary = 1
   where link.id = $1 and link.deleted_at is null`;

interface FactsRow {
  public_id: string;
  domain_id: number;
  metadata: string;
  code: string;
  stands_for_long_links: number;
}

/** Finds what apps are told of a link, by its row; undefined when it has been deleted. */
export class LinkFactsLookup {
  readonly #facts: Lookup<FactsRow>;

  constructor(database: Database) {
    this.#facts = database.prepareLookup<FactsRow>(FACTS_BY_ID);
  }

  async find(linkId: number): Promise<LinkFacts | undefined> {
    const row = await this.#facts(linkId);
    if (!row) return undefined;
    const { public_id: publicId, domain_id: domainId, code, metadata } = row;
    const standsForLongLinks = row.stands_for_long_links === 1;
    return { publicId, domainId, code, metadata: JSON.parse(metadata), standsForLongLinks };
  }
}
