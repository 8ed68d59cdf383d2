import type { Reader } from '../db/database.ts';

/** A logo as it is kept. */
export interface StoredLogo {
  readonly id: number;
  /** Of the group whose codes carry it; null: all of the project's. */
  readonly groupPublicId: string | null;
  /** A PNG, base64. */
  readonly data: string;
}

/** Logos of a project and of its groups that live, the oldest first. */
export async function listStoredLogos(
  read: Reader,
  { projectId, after, limit }: { readonly projectId: number; readonly after: number; readonly limit: number },
): Promise<StoredLogo[]> {
  const rows = await read
    .selectFrom('qr_logo')
    .leftJoin('link_group', 'link_group.id', 'qr_logo.group_id')
    .select(['qr_logo.id', 'qr_logo.data', 'link_group.public_id'])
    .where('qr_logo.project_id', '=', projectId)
    .where((eb) => eb.or([eb('qr_logo.group_id', 'is', null), eb('link_group.deleted_at', 'is', null)]))
    .where('qr_logo.id', '>', after)
    .orderBy('qr_logo.id')
    .limit(limit)
    .execute();
  return rows.map(({ id, data, public_id }) => ({ id, data, groupPublicId: public_id }));
}
