import type { Tx } from '../db/database.ts';
import { parts } from '../db/statement-parts.ts';
import { Failure } from '../errors.ts';
import { generateCode } from './code.ts';

/** A code a new link asks for. */
export interface CodeClaim {
  readonly domainId: number;
  /** Undefined: any. */
  readonly code: string | undefined;
  readonly linkId: number;
  /** Whether the code was chosen by hand; absent: when it is named. */
  readonly isCustom?: boolean | undefined;
  /** Where the caller named it, for the error. */
  readonly field: string;
}

/** With 62^8 possibilities even a second try is not expected in the life of an installation. */
const TRIES = 5;

/**
 * Gives each link its code. Whether one is free is the database's unique index to say, never a look beforehand.
 *
 * @throws Failure `code-taken`
 */
export async function claimCodes(
  tx: Tx,
  projectId: number,
  claims: readonly CodeClaim[],
  now: number,
): Promise<void> {
  // In one order everywhere: two that want the same codes then wait for each other instead of deadlocking.
  let open: readonly CodeClaim[] = [...claims].sort(byCode);
  for (let attempt = 1; open.length > 0; attempt++) {
    const refused = await insertCodes(tx, open, now);
    const generated: CodeClaim[] = [];
    for (const claim of refused) {
      if (claim.code === undefined && attempt < TRIES) generated.push(claim);
      else if (claim.code === undefined || !(await reuseCode(tx, projectId, claim.code, claim, now)))
        throw taken(claim);
    }
    open = generated;
  }
}

/** @returns the claims whose code was already there */
async function insertCodes(tx: Tx, claims: readonly CodeClaim[], now: number): Promise<CodeClaim[]> {
  const given = new Set<number>();
  for (const part of parts(claims)) {
    const inserted = await tx.db
      .insertInto('link_code')
      .values(
        part.map(({ domainId, code, linkId, isCustom = code !== undefined }) => ({
          domain_id: domainId,
          code: code ?? generateCode(),
          link_id: linkId,
          is_primary: 1,
          is_custom: isCustom ? 1 : 0,
          created_at: now,
        })),
      )
      .onConflict((conflict) => conflict.columns(['domain_id', 'code']).doNothing())
      .returning('link_id')
      .execute();
    for (const { link_id } of inserted) given.add(link_id);
  }
  return claims.filter(({ linkId }) => !given.has(linkId));
}

/** A brand id whose link was deleted may be used again by the project it belonged to, and by nobody else. */
async function reuseCode(
  tx: Tx,
  projectId: number,
  code: string,
  { domainId, linkId }: CodeClaim,
  now: number,
): Promise<boolean> {
  const reused = await tx.db
    .updateTable('link_code')
    .set({ link_id: linkId, is_primary: 1, created_at: now })
    .where('domain_id', '=', domainId)
    .where('code', '=', code)
    .where('is_custom', '=', 1)
    .where('link_id', 'in', (eb) =>
      eb
        .selectFrom('link')
        .select('id')
        .where('project_id', '=', projectId)
        .where('deleted_at', 'is not', null),
    )
    .returning('id')
    .execute();
  return reused.length > 0;
}

function byCode(a: CodeClaim, b: CodeClaim): number {
  if (a.domainId !== b.domainId) return a.domainId - b.domainId;
  const [left, right] = [a.code ?? '', b.code ?? ''];
  return left < right ? -1 : left > right ? 1 : 0;
}

function taken({ code, field }: CodeClaim): Failure {
  return new Failure('code-taken', `The code "${code ?? ''}" is already in use on this domain`, [
    { field, message: 'is already in use on this domain' },
  ]);
}
