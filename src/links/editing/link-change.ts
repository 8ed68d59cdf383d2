import type { Tx } from '../../db/database.ts';
import type { Link } from '../link.ts';

/** Notes what has become of a link, under the version it has now. */
export function recordLink(
  tx: Tx,
  link: Link,
  action: 'created' | 'updated' | 'deleted' | 'moved',
  data: Record<string, unknown>,
): void {
  tx.record({
    entity: 'link',
    entityId: link.id,
    publicId: link.publicId,
    projectId: link.projectId,
    action,
    version: link.version,
    data,
    codes: [`${link.domainId}/${link.code}`],
  });
}
