import { createHash } from 'node:crypto';
import type { ProjectService } from '../accounts/project-service.ts';
import type { AppService } from '../apps/app-service.ts';
import type { Tx } from '../db/database.ts';
import { BASE62 } from '../db/public-id.ts';
import { Failure } from '../errors.ts';
import type { ReservedSegments } from '../links/code.ts';
import { DomainDirectory } from '../links/domain-directory.ts';
import type { DomainService } from '../links/domain-service.ts';
import { prepareGroup } from '../links/group-input.ts';
import type { GroupService } from '../links/group-service.ts';
import { PLATFORMS, type Platform } from '../links/link-app.ts';
import type { PreparedNewLink } from '../links/link-input.ts';
import type { CodeHolder, LinkService } from '../links/link-service.ts';
import type { Settings } from '../links/setting.ts';
import { IN_USE } from './dry-run-memory.ts';
import type { ImportEntry, ImportOptions, LinkEntry, RowOutcome } from './import-entry.ts';
import { loosenedSetting } from './loosened-setting.ts';

export interface ImportServices {
  readonly domains: DomainService;
  readonly groups: GroupService;
  readonly apps: AppService;
  readonly links: LinkService;
  readonly projects: ProjectService;
  readonly reserved: ReservedSegments;
  readonly publicUrl: string;
  readonly domainAliases: readonly string[];
}

/** A link that has passed everything and waits to be made with the others of its batch. */
interface Making {
  readonly index: number;
  readonly link: PreparedNewLink;
  readonly note: string | null;
}

/** A link whose domain and group are there. */
interface Placed {
  readonly index: number;
  readonly link: PreparedNewLink;
  readonly note: string | undefined;
}

interface FoundGroup {
  readonly id: string;
  /** Of one that was found by its name: nobody has said that it is the one of the link. */
  readonly settings?: Settings;
}

/** A conflict that ends the import, because it was to end at one. */
export interface Stop {
  readonly index: number;
  readonly reason: string;
}

const CREATED: RowOutcome = { outcome: 'created', reason: null, shortUrl: null };

/**
 * The rows of one transaction. Domains, groups, apps and the project come first in a file and are made one by one;
 * links are looked up together and made together, because they are many.
 */
export class ImportBatch {
  readonly #services: ImportServices;
  readonly #tx: Tx;
  readonly #projectId: number;
  readonly #options: ImportOptions;
  readonly #groupIds = new Map<string, string | undefined>();
  readonly #groupNames = new Map<string, FoundGroup>();
  readonly #apps = new Map<string, string | undefined>();
  #directory: DomainDirectory | undefined;

  constructor(services: ImportServices, tx: Tx, projectId: number, options: ImportOptions) {
    this.#services = services;
    this.#tx = tx;
    this.#projectId = projectId;
    this.#options = options;
  }

  /** @returns an outcome for each row, or for those before the conflict at which it stopped */
  async take(entries: readonly ImportEntry[]): Promise<{ outcomes: RowOutcome[]; stop: Stop | undefined }> {
    const outcomes: (RowOutcome | undefined)[] = [];
    const placed: Placed[] = [];
    for (const [index, entry] of entries.entries()) {
      if (entry.kind !== 'link') {
        outcomes[index] = await this.#define(entry);
        continue;
      }
      const link = await this.#place(entry);
      if (typeof link === 'string') outcomes[index] = refused(link);
      else placed.push({ index, ...link });
    }
    const { making, stop } = await this.#sort(placed, outcomes);
    await this.#make(making, outcomes);
    const done = stop ? stop.index : entries.length;
    return { outcomes: outcomes.slice(0, done) as RowOutcome[], stop };
  }

  /** Makes what is no link. What is there already stays as it is. */
  async #define(entry: Exclude<ImportEntry, LinkEntry>): Promise<RowOutcome> {
    try {
      if (entry.kind === 'refused') return refused(entry.reason);
      if (entry.kind === 'domain') return await this.#defineDomain(entry);
      if (entry.kind === 'group') return await this.#defineGroup(entry.group);
      if (entry.kind === 'app') return await this.#defineApp(entry);
      return await this.#defineProject(entry);
    } catch (error) {
      if (error instanceof Failure) return refused(error.message);
      throw error;
    }
  }

  async #defineDomain(entry: Extract<ImportEntry, { kind: 'domain' }>): Promise<RowOutcome> {
    const { domains, reserved } = this.#services;
    const { host, pathPrefix, createdAt } = entry;
    const known = (await this.#domains()).find(host, pathPrefix);
    if (known && (known.projectId === null || known.projectId === this.#projectId)) return exists(null);
    if (entry.isDefault) {
      const here = (await this.#domains()).default.host;
      return exists(`its links come to the default domain of this installation, ${here}`);
    }
    await domains.create(this.#tx, { projectId: this.#projectId, host, pathPrefix, createdAt }, reserved);
    this.#directory = undefined;
    return CREATED;
  }

  async #defineGroup(group: Extract<ImportEntry, { kind: 'group' }>['group']): Promise<RowOutcome> {
    const notes: string[] = [];
    let publicId: string | undefined;
    if (group.publicId !== undefined) {
      const place = await this.#placeOfGroup(group.publicId);
      if (place?.isThere) return exists('there is a group with this id; it was left as it is');
      publicId = place?.id;
      if (publicId !== group.publicId) notes.push('has a new id, because its own is in use');
    }
    const withoutWebhooks = await this.#createGroup({ ...group, publicId });
    if (withoutWebhooks !== undefined) notes.push(withoutWebhooks);
    return { ...CREATED, reason: notes.length === 0 ? null : notes.join('; ') };
  }

  /**
   * What a group sends out must not cost its links what protects them, so it comes without, where it cannot have it
   * here. @returns a note, if so
   */
  async #createGroup(group: Extract<ImportEntry, { kind: 'group' }>['group']): Promise<string | undefined> {
    const { groups } = this.#services;
    try {
      await groups.create(this.#tx, this.#projectId, group);
      return undefined;
    } catch (error) {
      // It is thrown before anything is written.
      const isOfWebhooks =
        error instanceof Failure &&
        error.fields.length > 0 &&
        error.fields.every(({ field }) => field.startsWith('settings.webhook'));
      if (!isOfWebhooks) throw error;
      const entries = group.settings.entries.filter(([name]) => !name.startsWith('webhook'));
      await groups.create(this.#tx, this.#projectId, { ...group, settings: { entries } });
      return `its webhook was left out: ${error.message}`;
    }
  }

  /**
   * Where a group with an id from elsewhere stands, or is to stand. An id that somebody else has, or had, leads to
   * another that follows from it: links find their group by it, however much later they come.
   *
   * @returns undefined when every id that follows is taken, too
   */
  async #placeOfGroup(publicId: string): Promise<{ id: string; isThere: boolean } | undefined> {
    let id = publicId;
    for (let step = 0; step < MOST_IDS; step++) {
      const owner = await this.#services.groups.ownerOfId(this.#tx, this.#projectId, id);
      if (owner !== 'other') return { id, isThere: owner === 'project' };
      id = followingGroupId(this.#projectId, id);
    }
    return undefined;
  }

  async #defineApp({ input, origin }: Extract<ImportEntry, { kind: 'app' }>): Promise<RowOutcome> {
    const { apps } = this.#services;
    const owner =
      origin.publicId === undefined
        ? 'nobody'
        : await apps.ownerOfId(this.#tx, this.#projectId, origin.publicId);
    if (owner === 'project') return exists('there is an app with this id; it was left as it is');
    if (owner === 'other')
      return refused('its id belongs to an app that has been deleted, or is another project’s');
    await apps.create(this.#tx, this.#projectId, input, origin);
    return CREATED;
  }

  /** Only where nobody has decided anything yet: an import must not overrule what people have set here. */
  async #defineProject({ input }: Extract<ImportEntry, { kind: 'project' }>): Promise<RowOutcome> {
    const before: object = await this.#services.projects.load(this.#projectId);
    const isSame = Object.entries(input).every(
      ([name, value]) => JSON.stringify(before[name as keyof typeof before]) === JSON.stringify(value),
    );
    if (isSame) return exists(null);
    try {
      await this.#services.projects.update(this.#tx, this.#projectId, input, UNTOUCHED);
      return CREATED;
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'stale') throw error;
      return exists('the settings of the project have been changed here and were left as they are');
    }
  }

  /** Finds what a link names. @returns why it cannot be taken, if so */
  async #place({ domain: named, groupName, prepared }: LinkEntry): Promise<Omit<Placed, 'index'> | string> {
    const directory = await this.#domains();
    const domain =
      named === undefined
        ? directory.default
        : directory.named(named, this.#projectId, this.#services.domainAliases);
    if (!domain) {
      return `there is no domain ${named?.slice(0, 300)}; add it, or name the domain that is to have the codes`;
    }
    const group = await this.#groupOf(prepared.input.groupId ?? undefined, groupName);
    if (group !== undefined && 'reason' in group) return group.reason;
    const missing = await this.#missingApp(prepared);
    if (missing !== undefined) return missing;
    const loosened = group?.settings && loosenedSetting(prepared.settings, group.settings);
    const input = { ...prepared.input, domainId: domain.id, groupId: loosened ? undefined : group?.id };
    const note = `is in no group, because the one called "${groupName ?? this.#options.group}" here decides ${loosened} for its links, and would let more people through`;
    return { link: { ...prepared, input }, note: loosened ? note : undefined };
  }

  async #domains(): Promise<DomainDirectory> {
    const { domains, publicUrl } = this.#services;
    this.#directory ??= new DomainDirectory(publicUrl, await domains.listIn(this.#tx, this.#projectId));
    return this.#directory;
  }

  async #groupOf(
    publicId: string | undefined,
    name: string | undefined,
  ): Promise<FoundGroup | { readonly reason: string } | undefined> {
    if (publicId !== undefined) {
      if (!this.#groupIds.has(publicId)) {
        const place = await this.#placeOfGroup(publicId);
        this.#groupIds.set(publicId, place?.isThere ? place.id : undefined);
      }
      const id = this.#groupIds.get(publicId);
      if (id !== undefined) return { id };
      // Never one by its name: the settings that protect the link would not be those of that group.
      return { reason: `there is no group ${publicId}${name === undefined ? '' : ` ("${name}")`}` };
    }
    const wanted = name ?? this.#options.group;
    if (wanted === undefined) return undefined;
    const known = this.#groupNames.get(wanted);
    if (known !== undefined) return known;
    try {
      const found = await this.#groupNamed(wanted);
      this.#groupNames.set(wanted, found);
      return found;
    } catch (error) {
      if (error instanceof Failure) return { reason: `the group cannot be made: ${error.message}` };
      throw error;
    }
  }

  async #groupNamed(name: string): Promise<FoundGroup> {
    const { groups } = this.#services;
    const found = await groups.findNamed(this.#tx, this.#projectId, name);
    if (found) return { id: found.publicId, settings: found.settings };
    const { group } = await groups.create(this.#tx, this.#projectId, {
      ...(await prepareGroup({ name })),
      name,
    });
    return { id: group.publicId };
  }

  async #missingApp({ input }: PreparedNewLink): Promise<string | undefined> {
    for (const platform of PLATFORMS) {
      const app = input.apps?.[platform];
      if (!app || !('savedAppId' in app)) continue;
      const problem = await this.#appProblem(platform, app.savedAppId);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  async #appProblem(platform: Platform, publicId: string): Promise<string | undefined> {
    const key = `${platform}/${publicId}`;
    if (!this.#apps.has(key)) {
      const field = `apps.${platform}.savedAppId`;
      const problem = await this.#services.apps
        .require(this.#tx, this.#projectId, platform, publicId, field)
        .then(
          () => undefined,
          (error: unknown) => {
            if (error instanceof Failure) return error.message;
            throw error;
          },
        );
      this.#apps.set(key, problem);
    }
    return this.#apps.get(key);
  }

  /** Tells links that can be made from those whose code is there already, in the store or earlier in the batch. */
  async #sort(
    placed: readonly Placed[],
    outcomes: (RowOutcome | undefined)[],
  ): Promise<{ making: Making[]; stop: Stop | undefined }> {
    const holders = await this.#holders(placed.map(({ link }) => link));
    const usedIds = await this.#services.links.idsInUse(
      this.#tx,
      placed.flatMap(({ link }) => link.origin?.publicId ?? []),
    );
    const directory = await this.#domains();
    const making: Making[] = [];
    for (const { index, link, note } of placed) {
      const { domainId, code, destination } = link.input;
      const key = `${domainId}/${code}`;
      const holder = code === undefined ? undefined : holders.get(key);
      const conflict = holder === undefined ? undefined : conflictWith(holder, this.#projectId, destination);
      if (conflict === 'same') {
        outcomes[index] = { ...exists(null), shortUrl: directory.shortUrl(domainId, code as string) };
        continue;
      }
      if (conflict !== undefined && this.#options.onConflict === 'fail') {
        return { making, stop: { index, reason: conflict } };
      }
      if (conflict !== undefined && this.#options.onConflict === 'skip') {
        outcomes[index] = refused(conflict);
        continue;
      }
      const wantedId = link.origin?.publicId;
      const hasId = wantedId !== undefined && !usedIds.has(wantedId);
      if (hasId) usedIds.add(wantedId);
      const notes = [
        ...(note === undefined ? [] : [note]),
        ...(conflict === undefined ? [] : [`has a new code: ${conflict}`]),
        ...(wantedId === undefined || hasId ? [] : ['has a new id, because its own is in use']),
      ];
      making.push({
        index,
        link: {
          ...link,
          input: { ...link.input, code: conflict === undefined ? code : undefined },
          origin: { ...link.origin, publicId: hasId ? wantedId : undefined },
        },
        note: notes.length === 0 ? null : notes.join('; '),
      });
      if (code === undefined || conflict !== undefined) continue;
      const taken = { publicId: '', isDeleted: false, isCustom: true };
      holders.set(key, { ...taken, projectId: this.#projectId, destination });
    }
    return { making, stop: undefined };
  }

  async #holders(links: readonly PreparedNewLink[]): Promise<Map<string, CodeHolder>> {
    const holders = new Map<string, CodeHolder>();
    for (const [domainId, wanted] of Map.groupBy(links, ({ input }) => input.domainId)) {
      const codes = [...new Set(wanted.flatMap(({ input }) => input.code ?? []))];
      const found = await this.#services.links.codeHolders(this.#tx, domainId, codes);
      for (const [code, holder] of found) holders.set(`${domainId}/${code}`, holder);
    }
    return holders;
  }

  async #make(making: readonly Making[], outcomes: (RowOutcome | undefined)[]): Promise<void> {
    if (making.length === 0) return;
    const made = await this.#services.links.create(
      this.#tx,
      this.#projectId,
      'import',
      making.map(({ link }) => link),
    );
    const directory = await this.#domains();
    for (const [at, { index, note }] of making.entries()) {
      const link = made[at];
      if (!link) throw new Error('fewer links were made than asked for');
      outcomes[index] = {
        outcome: 'created',
        reason: note,
        shortUrl: directory.shortUrl(link.domainId, link.code),
      };
    }
  }
}

/** Each time a group is deleted and imported again, one more is in use. */
const MOST_IDS = 100;

/** The same for whoever asks, and not another project's. */
function followingGroupId(projectId: number, publicId: string): string {
  const hash = createHash('sha256').update(`${projectId}/${publicId}`).digest();
  return `grp_${[...hash.subarray(0, 16)].map((byte) => BASE62[byte % BASE62.length]).join('')}`;
}

/** The version of a project that nobody has edited. */
const UNTOUCHED = 1;

/** @returns undefined when the code can be had; `same` when the link is there already */
function conflictWith(holder: CodeHolder, projectId: number, destination: string): string | undefined {
  if (holder.projectId !== projectId) return 'the code is in use on this domain';
  if (holder.isDeleted) {
    return holder.isCustom
      ? undefined
      : 'the code belonged to a link that has been deleted, and stays reserved';
  }
  return holder.destination === destination ? 'same' : IN_USE;
}

function refused(reason: string): RowOutcome {
  return { outcome: 'refused', reason, shortUrl: null };
}

function exists(reason: string | null): RowOutcome {
  return { outcome: 'exists', reason, shortUrl: null };
}
