import type { Reader, Tx } from '../../db/database.ts';
import { canBeFound } from '../../db/dialect.ts';
import { parts } from '../../db/statement-parts.ts';

/** The link that has a code. */
export interface CodeHolder {
  readonly projectId: number;
  readonly publicId: string;
  readonly destination: string;
  readonly isDeleted: boolean;
  /** The code was chosen by hand: its project may use it again once the link is deleted. */
  readonly isCustom: boolean;
  /** Its group's own number. */
  readonly groupId: number | null;
}

/** The same rule as `claimCodes`: the codes of others and living links are taken, also those of deleted links. */
export async function isFree(
  read: Reader,
  projectId: number,
  domainId: number,
  code: string,
): Promise<boolean> {
  const row = await read
    .selectFrom('link_code')
    .innerJoin('link', 'link.id', 'link_code.link_id')
    .select(['is_custom', 'project_id', 'deleted_at'])
    .where('link_code.domain_id', '=', domainId)
    .where('code', '=', canBeFound(code) ? code : '')
    .executeTakeFirst();
  return !row || (row.is_custom === 1 && row.project_id === projectId && row.deleted_at !== null);
}

export async function codeHolders(
  tx: Tx,
  domainId: number,
  codes: readonly string[],
): Promise<Map<string, CodeHolder>> {
  const holders = new Map<string, CodeHolder>();
  for (const part of parts(codes.filter(canBeFound))) {
    const rows = await tx.db
      .selectFrom('link_code')
      .innerJoin('link', 'link.id', 'link_code.link_id')
      .leftJoin('link_route', (join) =>
        join.onRef('link_route.link_id', '=', 'link.id').on('position', '=', 0),
      )
      .select(['code', 'is_custom', 'link.project_id', 'public_id', 'group_id', 'destination', 'deleted_at'])
      .where('link_code.domain_id', '=', domainId)
      .where('code', 'in', part)
      .execute();
    for (const row of rows) {
      holders.set(row.code, {
        projectId: row.project_id,
        publicId: row.public_id,
        destination: row.destination ?? '',
        isDeleted: row.deleted_at !== null,
        isCustom: row.is_custom === 1,
        groupId: row.group_id,
      });
    }
  }
  return holders;
}

export async function idsInUse(tx: Tx, publicIds: readonly string[]): Promise<Set<string>> {
  const used = new Set<string>();
  for (const part of parts(publicIds)) {
    const rows = await tx.db.selectFrom('link').select('public_id').where('public_id', 'in', part).execute();
    for (const { public_id } of rows) used.add(public_id);
  }
  return used;
}
