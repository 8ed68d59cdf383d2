import type { Database } from '../../db/database.ts';
import type { Lookup } from '../../db/lookup.ts';
import type { Domain } from '../../links/domain.ts';
import type { DomainDirectory } from '../../links/domain-directory.ts';
import { LinkLookup } from '../../links/link-lookup.ts';
import { effective } from '../../links/overlay.ts';
import type { Settings } from '../../links/setting.ts';
import type { PasswordInForce } from '../../visits/decision.ts';
import type { AskedPage } from './page-path.ts';

/** Statistics that are open to whoever knows a password. */
export interface OpenPage {
  readonly kind: 'link' | 'group';
  /** Of the link or the group. */
  readonly id: number;
  readonly projectId: number;
  /** Plain text; empty when nobody gave one. */
  readonly title: string;
  /** Of the link, or null for a group. */
  readonly shortUrl: string | null;
  /** Canonical path of the page, without a query. */
  readonly path: string;
  readonly password: PasswordInForce;
  /** Whether clicks from abroad are left out, as far as the link or the group itself says. */
  readonly excludesForeign: boolean;
}

const GROUP_BY_PUBLIC_ID =
  'select id, project_id, name, settings from link_group where public_id = $1 and deleted_at is null';

interface GroupRow {
  id: number;
  project_id: number;
  name: string;
  settings: string;
}

/** Finds the pages that are open. A link's end, limit or pause does not close its statistics; its deletion does. */
export class PageDirectory {
  readonly #links: LinkLookup;
  readonly #group: Lookup<GroupRow>;
  readonly #domains: Pick<DomainDirectory, 'shortUrl'>;

  constructor(database: Database, domains: Pick<DomainDirectory, 'shortUrl'>) {
    this.#links = new LinkLookup(database);
    this.#group = database.prepareLookup<GroupRow>(GROUP_BY_PUBLIC_ID);
    this.#domains = domains;
  }

  /**
   * @param now milliseconds
   * @returns undefined for what is unknown, deleted or closed: nobody is told which
   */
  async find(asked: AskedPage, now: number): Promise<OpenPage | undefined> {
    return asked.kind === 'link'
      ? await this.#ofLink(asked.domain.id, asked.code, now)
      : await this.#ofGroup(asked.publicId, asked.domains);
  }

  async #ofLink(domainId: number, code: string, now: number): Promise<OpenPage | undefined> {
    const link = await this.#links.findLink(domainId, code);
    if (!link || (link.deleteAt !== null && link.deleteAt <= now)) return undefined;
    const group = link.groupId === null ? undefined : await this.#links.findGroup(link.groupId);
    const password = statisticsPassword(link, group);
    if (!password) return undefined;
    const shortUrl = this.#domains.shortUrl(domainId, code);
    return {
      kind: 'link',
      id: link.id,
      projectId: link.projectId,
      title: link.title,
      shortUrl,
      path: `${new URL(shortUrl).pathname}/stats`,
      password,
      excludesForeign: effective('excludeForeign', link.settings, group?.settings) === true,
    };
  }

  async #ofGroup(publicId: string, domains: readonly Domain[]): Promise<OpenPage | undefined> {
    const row = await this.#group(publicId);
    // Under the name of another project's domain nobody's page may stand.
    if (!row || !domains.some(({ projectId }) => projectId === null || projectId === row.project_id))
      return undefined;
    const settings: Settings = JSON.parse(row.settings);
    const hash = settings.statsPassword;
    if (!hash) return undefined;
    return {
      kind: 'group',
      id: row.id,
      projectId: row.project_id,
      title: row.name,
      shortUrl: null,
      path: `/group/${encodeURIComponent(publicId)}/stats`,
      password: { owner: { kind: 'group', id: row.id }, hash },
      excludesForeign: settings.excludeForeign === true,
    };
  }
}

interface Owner {
  readonly id: number;
  readonly settings: Settings;
}

/** The password of a link's statistics, and whose it is: the group's if the group speaks, else the link's own. */
export function statisticsPassword(link: Owner, group: Owner | undefined): PasswordInForce | undefined {
  const hash = effective('statsPassword', link.settings, group?.settings);
  if (hash === false) return undefined;
  const kind = group?.settings.statsPassword !== undefined ? 'group' : 'link';
  return { owner: { kind, id: kind === 'group' && group ? group.id : link.id }, hash };
}
