import type { Tx } from '../../db/database.ts';
import { parts } from '../../db/statement-parts.ts';
import { routeColumns } from '../route-columns.ts';

/** Whose part it is. The project stands in these rows too, so that no search has to pass those of other projects. */
interface Owner {
  readonly linkId: number;
  readonly projectId: number;
}

/** Where new links lead. */
export async function insertRoutes(
  tx: Tx,
  routes: readonly (Owner & { readonly destination: string })[],
): Promise<void> {
  const rows = routes.map(({ linkId, projectId, destination }) => ({
    link_id: linkId,
    project_id: projectId,
    position: 0,
    condition: null,
    ...routeColumns(destination),
  }));
  for (const part of parts(rows)) await tx.db.insertInto('link_route').values(part).execute();
}

export async function insertTags(
  tx: Tx,
  tagged: readonly (Owner & { readonly tags: readonly string[] | undefined })[],
): Promise<void> {
  const rows = tagged.flatMap(({ linkId, projectId, tags }) =>
    [...new Set(tags)].map((tag) => ({ link_id: linkId, project_id: projectId, tag })),
  );
  for (const part of parts(rows)) await tx.db.insertInto('link_tag').values(part).execute();
}
