import type { Dialect } from '../../db/dialect.ts';
import type { PageQueue } from '../described-pages.ts';
import type { DomainService } from '../domain-service.ts';
import type { GroupService } from '../group-service.ts';
import type { SavedApps } from '../link-app.ts';

/** Whom the edits of links ask about what is not a link. */
export interface LinkContext {
  readonly dialect: Dialect;
  readonly domains: DomainService;
  readonly groups: GroupService;
  readonly apps: SavedApps;
  /** What reads the pages links lead to; without it none is. */
  readonly pages: PageQueue | undefined;
}
