import type { AssociatedApp } from '../../apps/associated-apps.ts';
import type { Change } from '../../db/change.ts';
import { Failure } from '../../errors.ts';
import type { Domain } from '../../links/domain.ts';
import { type HostFiles, hostFiles, type LeftOut } from './host-files.ts';

export interface AssociationFilesParts {
  /** The saved apps of some projects, or of all. It may wait for the database, and for it only so long. */
  readonly loadApps: (projectIds: readonly number[] | 'all') => Promise<readonly AssociatedApp[]>;
  /** First segments of paths that are no links, as far as they are known by now. */
  readonly reserved: () => readonly string[];
  /** Whether edits made elsewhere have been heard until a moment ago. */
  readonly isCurrent: () => boolean;
  /** Told why apps could not be looked up while an older file was served. */
  readonly onTrouble: (error: unknown) => void;
  /** Told which apps of a host have found no room, once for each change of them. */
  readonly onLeftOut: (host: string, leftOut: LeftOut) => void;
}

/** What the command line compares the files of a host with. */
export interface AppsOfHost {
  /** Whether the host, with the path prefix that was asked about, is one of this installation's domains. */
  readonly known: boolean;
  readonly apps: readonly AssociatedApp[];
  readonly leftOut: LeftOut;
}

interface Known {
  /** The same list as long as no domain has changed. */
  readonly domains: readonly Domain[];
  readonly generation: number;
  readonly files: HostFiles;
}

/**
 * The association files of every host, made when they are asked for and again after an edit of an app or a domain.
 *
 * Devices and the stores' caches take a missing app for one that is no longer welcome. So while the database is away,
 * what was served last is served on; what was never known is `unavailable`, never empty. In the same way a file in which
 * there is room for nobody any more stays as it was.
 */
export class AssociationFiles {
  readonly #parts: AssociationFilesParts;
  /** By host. There are no more than domains: whatever else a request names is the default domain's. */
  readonly #known = new Map<string, Known>();
  /** By the list of a host's domains: who comes after a change of it waits for no file from before. */
  readonly #underWay = new Map<readonly Domain[], Promise<HostFiles>>();
  #generation = 0;

  constructor(parts: AssociationFilesParts) {
    this.#parts = parts;
  }

  /**
   * @param domains of one host, longest path prefix first
   * @throws Failure `unavailable`
   */
  async find(domains: readonly Domain[]): Promise<HostFiles> {
    const host = domains[0]?.host ?? '';
    const known = this.#known.get(host);
    const isFresh = known?.domains === domains && known.generation === this.#generation;
    if (isFresh && this.#parts.isCurrent()) return known.files;
    try {
      return await this.#loadTogether(host, domains);
    } catch (error) {
      this.#parts.onTrouble(error);
      if (known) return known.files;
      throw new Failure(
        'unavailable',
        'The apps of this domain cannot be looked up now; try again in a moment.',
      );
    }
  }

  /** After it nobody is served a file from before these edits. */
  follow(changes: readonly Change[]): void {
    if (changes.some(({ entity }) => entity === 'app')) this.#generation++;
  }

  #loadTogether(host: string, domains: readonly Domain[]): Promise<HostFiles> {
    const underWay = this.#underWay.get(domains);
    if (underWay) return underWay;
    const loading = this.#load(host, domains).finally(() => this.#underWay.delete(domains));
    this.#underWay.set(domains, loading);
    return loading;
  }

  async #load(host: string, domains: readonly Domain[]): Promise<HostFiles> {
    for (;;) {
      const generation = this.#generation;
      const apps = await this.#parts.loadApps(projectsOf(domains));
      // An app was edited meanwhile: what was read may be from before.
      if (generation !== this.#generation) continue;
      const before = this.#known.get(host)?.files;
      const files = keptFrom(before, hostFiles(domains, apps, this.#parts.reserved()));
      this.#known.set(host, { domains, generation, files });
      const { leftOut } = files;
      const isNew = JSON.stringify(leftOut) !== JSON.stringify(before?.leftOut);
      if (isNew && leftOut.ios.length + leftOut.android.length > 0) this.#parts.onLeftOut(host, leftOut);
      return files;
    }
  }
}

/** Where no app finds room, the file from before stands on. */
function keptFrom(before: HostFiles | undefined, now: HostFiles): HostFiles {
  const { leftOut } = now;
  return {
    ...now,
    apple: now.apple ?? (leftOut.ios.length > 0 ? before?.apple : undefined),
    android: now.android ?? (leftOut.android.length > 0 ? before?.android : undefined),
  };
}

/** Links of every project stand on a domain that belongs to none. */
function projectsOf(domains: readonly Domain[]): readonly number[] | 'all' {
  const projectIds = domains.flatMap(({ projectId }) => projectId ?? []);
  return projectIds.length < domains.length ? 'all' : [...new Set(projectIds)];
}
