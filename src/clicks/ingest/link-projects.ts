import { LocalClock } from '../../accounts/local-clock.ts';
import type { BatchReader } from '../../db/batch-writer.ts';

const REMEMBERED = 200_000;

/** Which project a link belongs to, which never changes, and what its clock shows, which its people can change. */
export class LinkProjects {
  readonly #config: BatchReader;
  #projects = new Map<number, number>();
  #clocks = new Map<number, LocalClock>();
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

  async #learnClocks(): Promise<void> {
    const rows = await this.#config.all<{ id: number; time_zone: string }>(
      'select id, time_zone from project order by id',
      [],
    );
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
