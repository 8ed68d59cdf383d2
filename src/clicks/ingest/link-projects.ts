import { LocalClock } from '../../accounts/local-clock.ts';
import type { BatchReader } from '../../db/batch-writer.ts';

const REMEMBERED = 200_000;
const MINUTE_MS = 60_000;

/** Which project a link belongs to, which never changes, and what of a project its people can change. */
export class LinkProjects {
  readonly #config: BatchReader;
  #projects = new Map<number, number>();
  #clocks = new Map<number, LocalClock>();
  #deferredWindows = new Map<number, number>();
  #firstProject = 1;

  constructor(config: BatchReader) {
    this.#config = config;
  }

  /** Learns all that is to be known about these links, and the clocks of all projects as they are now. */
  async learn(linkIds: Iterable<number>): Promise<void> {
    if (this.#projects.size > REMEMBERED) this.#projects = new Map();
    await this.#learnClocks();
    const unknown = [...new Set(linkIds)].filter((id) => !this.#projects.has(id));
    if (unknown.length === 0) return;
    const rows = await this.#config.findEach<{ project_id: number }>(
      { select: 'link.project_id', from: 'link', where: 'link.id = asked.id' },
      { columns: { id: 'bigint' }, rows: unknown.map((id) => [id]) },
    );
    for (const { n, project_id } of rows) this.#projects.set(unknown[n] as number, project_id);
  }

  /** Takes over which project links belong to from whoever has just looked, and learns the clocks. */
  async learnFrom(projectsByLink: Iterable<readonly [linkId: number, projectId: number]>): Promise<void> {
    if (this.#projects.size > REMEMBERED) this.#projects = new Map();
    await this.#learnClocks();
    for (const [linkId, projectId] of projectsByLink) this.#projects.set(linkId, projectId);
  }

  /** A link that a restored backup does not know any more counts for the first project. */
  projectOf(linkId: number): number {
    return this.#projects.get(linkId) ?? this.#firstProject;
  }

  clockOf(projectId: number): LocalClock {
    return this.#clocks.get(projectId) ?? UTC;
  }

  /** For how long after a click an app may be told of it, in milliseconds; 0: never. */
  deferredWindowOf(projectId: number): number {
    return this.#deferredWindows.get(projectId) ?? 0;
  }

  async #learnClocks(): Promise<void> {
    const rows = await this.#config.all<{ id: number; time_zone: string; deferred_window_minutes: number }>(
      'select id, time_zone, deferred_window_minutes from project order by id',
      [],
    );
    this.#deferredWindows = new Map(rows.map((row) => [row.id, row.deferred_window_minutes * MINUTE_MS]));
    this.#firstProject = rows[0]?.id ?? 1;
    const clocks = new Map<number, LocalClock>();
    for (const { id, time_zone } of rows) {
      const known = this.#clocks.get(id);
      clocks.set(id, known?.timeZone === time_zone ? known : new LocalClock(time_zone));
    }
    this.#clocks = clocks;
  }
}

const UTC = new LocalClock('UTC');
