import type { Reader, Tx } from '../db/database.ts';
import { newPublicId } from '../db/public-id.ts';
import { parts } from '../db/statement-parts.ts';
import { Failure } from '../errors.ts';

/** The code of a link that has been deleted: in print somewhere, so nobody else gets it. */
export interface ReservedCode {
  readonly domainId: number;
  readonly code: string;
  /** Chosen by hand: its own project may give it to a new link. */
  readonly isCustom: boolean;
  /** Of the link that had it; undefined: of one whose id is not known, or in use. */
  readonly publicId: string | undefined;
  readonly createdAt: number;
  readonly deletedAt: number;
}

/** A `ReservedCode` as it is read, with what the next page begins after. */
export interface ListedReservedCode extends ReservedCode {
  readonly id: number;
}

/** Codes of deleted links of a project, on domains that are still there; oldest link first. */
export async function listReservedCodes(
  read: Reader,
  { projectId, after, limit }: { readonly projectId: number; readonly after: number; readonly limit: number },
): Promise<ListedReservedCode[]> {
  const rows = await read
    .selectFrom('link')
    .innerJoin('link_code', 'link_code.link_id', 'link.id')
    .innerJoin('domain', 'domain.id', 'link_code.domain_id')
    .select(['link_code.id', 'link.public_id', 'link.created_at', 'link.deleted_at'])
    .select(['link_code.domain_id', 'code', 'is_custom'])
    .where('link.project_id', '=', projectId)
    .where('link.deleted_at', 'is not', null)
    .where('domain.deleted_at', 'is', null)
    .where('link_code.id', '>', after)
    .orderBy('link_code.id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    domainId: row.domain_id,
    code: row.code,
    isCustom: row.is_custom === 1,
    publicId: row.public_id,
    createdAt: row.created_at,
    deletedAt: row.deleted_at ?? 0,
  }));
}

/**
 * Reserves codes that nobody has, as deleting their links would have: each gets a deleted link with nothing in it. All
 * or, by the transaction, none.
 *
 * @throws Failure `code-taken` when somebody has got one in between
 */
export async function reserveCodes(tx: Tx, projectId: number, codes: readonly ReservedCode[]): Promise<void> {
  for (const part of parts(codes)) {
    const rows = part.map(({ domainId, publicId = newPublicId('lnk'), createdAt, deletedAt }) => ({
      public_id: publicId,
      project_id: projectId,
      domain_id: domainId,
      group_id: null,
      image_url: null,
      external_id: null,
      source: 'import',
      delete_at: null,
      created_at: createdAt,
      updated_at: deletedAt,
      deleted_at: deletedAt,
    }));
    const made = await tx.db.insertInto('link').values(rows).returning(['id', 'public_id']).execute();
    const idOf = new Map(made.map(({ id, public_id }) => [public_id, id]));
    const taken = await tx.db
      .insertInto('link_code')
      .values(
        part.map(({ domainId, code, isCustom, createdAt }, index) => ({
          domain_id: domainId,
          code,
          link_id: idOf.get(rows[index]?.public_id ?? '') as number,
          is_primary: 1,
          is_custom: isCustom ? 1 : 0,
          created_at: createdAt,
        })),
      )
      .onConflict((conflict) => conflict.columns(['domain_id', 'code']).doNothing())
      .returning('id')
      .execute();
    if (taken.length < part.length)
      throw new Failure('code-taken', 'A code that was to be reserved has just been taken');
  }
}
