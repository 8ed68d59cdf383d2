import { sql } from 'kysely';
import type { Change } from '../../db/change.ts';
import type { Database } from '../../db/database.ts';
import type { StatisticsQuestion } from './question.ts';

/** With more changed links than this it is quicker to read all of them again. */
const MOST_CHANGED = 5_000;
const IDS_PER_QUERY = 500;
/** Others read the configuration meanwhile: some 50 ms each. */
const LINKS_PER_QUERY = 50_000;
const SETTING = 'excludeForeign';
const NONE = new Uint32Array(0);

/**
 * Which links leave foreign clicks out now: those whose group says so, or who say so themselves where their group says
 * nothing. Remembered by project; edits of links are followed one by one, as a project may have a million of them.
 */
export class ForeignLinks {
  readonly #database: Database;
  readonly #projects = new Map<number, ProjectLinks>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** @returns link ids, ascending; of a question about some links only those */
  async linksFor({ projectId, scope, traffic }: StatisticsQuestion): Promise<Uint32Array> {
    if ((traffic?.foreign ?? 'effective') !== 'effective') return NONE;
    if (scope.kind === 'links' && scope.ids.length <= IDS_PER_QUERY) {
      return Uint32Array.from(await this.#among(scope.ids)).sort();
    }
    const known = this.#projects.get(projectId) ?? new ProjectLinks();
    this.#projects.set(projectId, known);
    try {
      return await known.read(
        () => this.#ofProject(projectId),
        (ids) => this.#among(ids),
      );
    } catch (error) {
      if (this.#projects.get(projectId) === known) this.#projects.delete(projectId);
      throw error;
    }
  }

  /** Call it with every edit, in this process or another. */
  follow(changes: readonly Change[]): void {
    for (const { entity, entityId, projectId, action, data } of changes) {
      const known = projectId === null ? undefined : this.#projects.get(projectId);
      if (!known || projectId === null) continue;
      const isSet = `settings.${SETTING}` in data;
      if (entity === 'group' && (action === 'deleted' || isSet)) this.#projects.delete(projectId);
      // Links are made by the hundred thousand; few of them say anything about this.
      const plain = action === 'created' && !isSet && !isGrouped(data);
      if (entity === 'link' && !plain && !known.note(entityId)) this.#projects.delete(projectId);
    }
  }

  async #among(ids: readonly number[]): Promise<number[]> {
    const found: number[] = [];
    for (let at = 0; at < ids.length; at += IDS_PER_QUERY) {
      const rows = await this.#excluding()
        .where('link.id', 'in', ids.slice(at, at + IDS_PER_QUERY))
        .execute();
      found.push(...rows.map(({ id }) => id));
    }
    return found;
  }

  async #ofProject(projectId: number): Promise<number[]> {
    const found: number[] = [];
    for (let after = 0; ; ) {
      // Ends at a link, whether it excludes or not.
      const { last } = await this.#database.read
        .selectFrom((part) =>
          part
            .selectFrom('link')
            .select('id')
            .where('project_id', '=', projectId)
            .where('id', '>', after)
            .orderBy('id')
            .limit(LINKS_PER_QUERY)
            .as('part'),
        )
        .select((part) => part.fn.max('id').as('last'))
        .executeTakeFirstOrThrow();
      if (last === null) return found;
      const rows = await this.#excluding()
        .where('link.project_id', '=', projectId)
        .where('link.id', '>', after)
        .where('link.id', '<=', last)
        .execute();
      for (const { id } of rows) found.push(id);
      after = last;
    }
  }

  /** Groups that have been deleted say nothing about the links that have not been let go yet. */
  #excluding() {
    const { read, dialect } = this.#database;
    const setting = (settings: string) => dialect.numericSetting(sql.ref(settings), SETTING);
    return read
      .selectFrom('link')
      .leftJoin('link_group', (join) =>
        join.onRef('link_group.id', '=', 'link.group_id').on('link_group.deleted_at', 'is', null),
      )
      .select('link.id')
      .where(sql`coalesce(${setting('link_group.settings')}, ${setting('link.settings')})`, '=', 1);
  }
}

function isGrouped(data: Change['data']): boolean {
  const change = data.groupPublicId as { readonly to: string | null } | undefined;
  return change !== undefined && change.to !== null;
}

/** The links of one project. Whoever asks waits for those who asked before, so that no two of them look up the same. */
class ProjectLinks {
  #links: Uint32Array | undefined;
  #changed = new Set<number>();
  #last: Promise<unknown> = Promise.resolve();

  /** @returns whether it is worth being remembered further */
  note(linkId: number): boolean {
    this.#changed.add(linkId);
    return this.#changed.size <= MOST_CHANGED;
  }

  read(
    all: () => Promise<number[]>,
    among: (ids: readonly number[]) => Promise<number[]>,
  ): Promise<Uint32Array> {
    const turn = this.#last.then(() => this.#read(all, among));
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** What changes while the store is being read is noted, and read again by the next one. */
  async #read(
    all: () => Promise<number[]>,
    among: (ids: readonly number[]) => Promise<number[]>,
  ): Promise<Uint32Array> {
    const changed = this.#changed;
    this.#changed = new Set();
    if (this.#links === undefined) this.#links = Uint32Array.from(await all()).sort();
    else if (changed.size > 0) {
      this.#links = replaced(this.#links, changed, Uint32Array.from(await among([...changed])));
    }
    return this.#links;
  }
}

/** Takes the changed ones out and puts back those that are still, or newly, among them; all of it in ascending order. */
function replaced(links: Uint32Array, changed: ReadonlySet<number>, back: Uint32Array): Uint32Array {
  const sorted = back.sort();
  const all = new Uint32Array(links.length + sorted.length);
  let size = 0;
  let next = 0;
  for (let at = 0; at < links.length; at++) {
    const id = links[at] as number;
    while (next < sorted.length && (sorted[next] as number) <= id) all[size++] = sorted[next++] as number;
    if (!changed.has(id)) all[size++] = id;
  }
  while (next < sorted.length) all[size++] = sorted[next++] as number;
  return all.slice(0, size);
}
