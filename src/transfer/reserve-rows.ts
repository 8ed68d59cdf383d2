import { type ReservedCode, reserveCodes } from '../links/reserved-codes.ts';
import { CREATED, exists, type ReservedCodeEntry, type RowOutcome, refused } from './import-entry.ts';
import { type ImportScene, noDomain } from './import-scene.ts';

/** A row with its place among those of its batch. */
export interface Reserving {
  readonly index: number;
  readonly entry: ReservedCodeEntry;
}

/** Codes of links that were deleted elsewhere stay reserved here: together, because there may be many. */
export async function reserveRows(
  scene: ImportScene,
  rows: readonly Reserving[],
  outcomes: (RowOutcome | undefined)[],
): Promise<void> {
  const { links } = scene.services;
  const byDomain = Map.groupBy(rows, ({ entry }) => entry.domain);
  const reserving: ReservedCode[] = [];
  const usedIds = await links.idsInUse(
    scene.tx,
    rows.flatMap(({ entry }) => entry.publicId ?? []),
  );
  const taken = new Set<string>();
  for (const [name, ofDomain] of byDomain) {
    const domain = await scene.domainNamed(name);
    if (!domain) {
      for (const { index } of ofDomain) outcomes[index] = refused(noDomain(name));
      continue;
    }
    const holders = await links.codeHolders(scene.tx, domain.id, [
      ...new Set(ofDomain.map(({ entry }) => entry.code)),
    ]);
    for (const { index, entry } of ofDomain) {
      const { code, isCustom, createdAt, deletedAt } = entry;
      const holder = holders.get(code);
      const key = `${domain.id}/${code}`;
      if (holder && holder.projectId !== scene.projectId)
        outcomes[index] = refused('the code is in use on this domain');
      else if (taken.has(key) || holder?.isDeleted) outcomes[index] = exists(null);
      else if (holder) outcomes[index] = exists('a link has the code here');
      else {
        const isFree = entry.publicId !== undefined && !usedIds.has(entry.publicId);
        const publicId = isFree ? entry.publicId : undefined;
        if (publicId !== undefined) usedIds.add(publicId);
        taken.add(key);
        reserving.push({ domainId: domain.id, code, isCustom, publicId, createdAt, deletedAt });
        outcomes[index] = CREATED;
      }
    }
  }
  await reserveCodes(scene.tx, scene.projectId, reserving);
}
