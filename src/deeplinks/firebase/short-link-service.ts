import { createHash } from 'node:crypto';
import type { Database, Reader } from '../../db/database.ts';
import { Failure } from '../../errors.ts';
import type { ReservedSegments } from '../../links/code.ts';
import type { Domain } from '../../links/domain.ts';
import type { LinkService } from '../../links/link-service.ts';
import { type FirebaseLink, longLinkParameters } from './firebase-link.ts';
import { writeLongLinkQuery } from './long-link-parameters.ts';
import { generateSuffix, type SuffixOption } from './suffix.ts';

export interface WantedShortLink {
  readonly projectId: number;
  readonly domain: Pick<Domain, 'id' | 'host' | 'pathPrefix' | 'isDefault'>;
  readonly link: FirebaseLink;
  /** What its owner calls it; empty for nothing. For nobody else's eyes, so no title. */
  readonly memo: string;
  readonly suffix: Exclude<SuffixOption, 'CUSTOM'> | { readonly custom: string };
}

export interface ShortLink {
  readonly code: string;
  readonly domainId: number;
  readonly createdAt: number;
}

interface FoundLink extends ShortLink {
  readonly id: number;
  readonly publicId: string;
  /** Nobody has touched it since it was made here. One that comes from elsewhere may have been edited there. */
  readonly isAsMade: boolean;
}

/** The version of a link that nobody has edited. */
const AS_MADE = 1;
/** With short suffixes that is up to ten characters: more than there will ever be links. */
const TRIES = 20;

/** Short links as Firebase makes them: whoever asks for the same twice gets the same link twice. */
export class ShortLinkService {
  readonly #database: Database;
  readonly #links: LinkService;
  readonly #reserved: ReservedSegments;
  readonly #generate: typeof generateSuffix;

  constructor(
    database: Database,
    links: LinkService,
    reserved: ReservedSegments,
    generate: typeof generateSuffix = generateSuffix,
  ) {
    this.#generate = generate;
    this.#database = database;
    this.#links = links;
    this.#reserved = reserved;
  }

  /**
   * A link that has been deleted meanwhile, or edited so that it says something else, is made again under another code.
   *
   * @param actor for the change log
   * @throws Failure `code-taken` when a code that was chosen is, `invalid`
   */
  async findOrCreate(actor: string, wanted: WantedShortLink): Promise<ShortLink> {
    const fingerprint = fingerprintOf(wanted);
    const found = await find(this.#database.read, wanted.projectId, fingerprint);
    const edited = found && !(await this.#saysStill(found, wanted)) ? found : undefined;
    if (found && !edited) return found;
    for (let tries = 0; ; tries++) {
      try {
        return await this.#create(actor, wanted, fingerprint, edited, tries);
      } catch (error) {
        const isTaken = error instanceof Failure && error.code === 'code-taken';
        if (!isTaken || typeof wanted.suffix === 'object' || tries === TRIES) throw error;
      }
    }
  }

  async #create(
    actor: string,
    { projectId, domain, link, memo, suffix }: WantedShortLink,
    fingerprint: string,
    edited: FoundLink | undefined,
    tries: number,
  ): Promise<ShortLink> {
    const isChosen = typeof suffix === 'object';
    const code = isChosen ? suffix.custom : this.#generate(suffix, tries, (one) => this.#reserved.has(one));
    const checked = await this.#links.prepareNew({ ...link, domainId: domain.id, code, memo });
    const prepared = { ...checked, origin: { hasCustomCode: isChosen } };
    return await this.#database.transact(actor, async (tx) => {
      await this.#database.takeTurnIn(tx, `firebase-link-${fingerprint}`);
      // Whoever was in front of us in the queue may have asked for the same.
      const made = await find(tx.db, projectId, fingerprint);
      if (made && made.id !== edited?.id) return made;
      const [created] = await this.#links.create(tx, projectId, 'firebase', [prepared]);
      if (!created) throw new Error('no link was created');
      await tx.db
        .insertInto('firebase_link')
        .values({ project_id: projectId, fingerprint, link_id: created.id })
        .onConflict((conflict) =>
          conflict.columns(['project_id', 'fingerprint']).doUpdateSet({ link_id: created.id }),
        )
        .execute();
      return created;
    });
  }

  async #saysStill(
    { publicId, isAsMade }: FoundLink,
    { projectId, link }: WantedShortLink,
  ): Promise<boolean> {
    if (isAsMade) return true;
    try {
      const now = await this.#links.load(projectId, publicId);
      return saidOf({ ...now, destination: now.route.destination }) === saidOf(link);
    } catch (error) {
      if (error instanceof Failure && error.code === 'not-found') return false;
      throw error;
    }
  }
}

/**
 * Of what the link says, in whichever order and form it was said. It means the same in another installation: a domain
 * goes by its name there, and the default one has another in each.
 */
function fingerprintOf({ domain, link, memo, suffix }: WantedShortLink): string {
  const name = domain.isDefault ? '' : `${domain.host}/${domain.pathPrefix}`;
  const said = saidOf(link);
  return createHash('sha256')
    .update(JSON.stringify([name, suffix, memo, said]))
    .digest('hex');
}

function saidOf(link: FirebaseLink): string {
  return writeLongLinkQuery(longLinkParameters(link));
}

async function find(
  db: Pick<Reader, 'selectFrom'>,
  projectId: number,
  fingerprint: string,
): Promise<FoundLink | undefined> {
  const row = await db
    .selectFrom('firebase_link')
    .innerJoin('link', 'link.id', 'firebase_link.link_id')
    .innerJoin('link_code', 'link_code.link_id', 'link.id')
    .select([
      'link_code.code',
      'link.id',
      'link.public_id',
      'link.version',
      'link.domain_id',
      'link.created_at',
      'link.updated_at',
    ])
    .where('firebase_link.project_id', '=', projectId)
    .where('firebase_link.fingerprint', '=', fingerprint)
    .where('link.deleted_at', 'is', null)
    .where('link_code.is_primary', '=', 1)
    .executeTakeFirst();
  if (!row) return undefined;
  const { code, id, public_id: publicId, domain_id: domainId, created_at: createdAt } = row;
  const isAsMade = row.version === AS_MADE && row.updated_at === createdAt;
  return { code, id, publicId, domainId, createdAt, isAsMade };
}
