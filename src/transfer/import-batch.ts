import { keepAskedBefore } from '../deeplinks/firebase/asked-before.ts';
import { Failure, type FieldProblem } from '../errors.ts';
import type { Group } from '../links/group.ts';
import { prepareGroup } from '../links/group-input.ts';
import { PLATFORMS, type Platform, unknownAppProblem } from '../links/link-app.ts';
import type { PreparedNewLink } from '../links/link-input.ts';
import type { CodeHolder } from '../links/link-service.ts';
import { ownAddressProblems } from '../links/own-address.ts';
import { conflictWith } from './code-conflict.ts';
import { defineRow } from './define-row.ts';
import { exists, type ImportEntry, type LinkEntry, type RowOutcome, refused } from './import-entry.ts';
import { type ImportScene, noDomain } from './import-scene.ts';
import { loosenedSetting } from './loosened-setting.ts';
import { newCodeFor } from './new-code.ts';
import { type Reserving, reserveRows } from './reserve-rows.ts';
import { standInPlace } from './stand-in-place.ts';

/** A link that has passed everything and waits to be made with the others of its batch. */
interface Making {
  readonly index: number;
  readonly link: PreparedNewLink;
  readonly note: string | null;
  /** The link that stood for the same long links until now. */
  readonly replaced: string | undefined;
  readonly firebaseRequest: string | undefined;
}

/** A link whose domain is there, and its group, where it names one by its id. */
interface Placed {
  readonly index: number;
  readonly link: PreparedNewLink;
  /** Undefined also where it is to be in none, because that one would let more people through. */
  readonly joins: NamedGroup | undefined;
  /** In which it is said to be by a name, whether or not it is to join it. */
  readonly named: NamedGroup | undefined;
  readonly note: string | undefined;
  readonly firebaseRequest: string | undefined;
}

/** A group that links call by its name; the first that is created makes it, where there is none. */
interface NamedGroup {
  readonly name: string;
  found: Group | undefined;
}

/** A conflict that ends the import, because it was to end at one. */
export interface Stop {
  readonly index: number;
  readonly reason: string;
}

/**
 * The rows of one transaction. Domains, groups, apps and the project come first in a file and are made one by one;
 * links are looked up together and made together, because they are many.
 */
export class ImportBatch {
  readonly #scene: ImportScene;
  readonly #groupIds = new Map<string, string | undefined>();
  readonly #groupNames = new Map<string, NamedGroup>();
  readonly #apps = new Map<string, boolean>();

  constructor(scene: ImportScene) {
    this.#scene = scene;
  }

  /** @returns an outcome for each row, or for those before the conflict at which it stopped */
  async take(entries: readonly ImportEntry[]): Promise<{ outcomes: RowOutcome[]; stop: Stop | undefined }> {
    const outcomes: (RowOutcome | undefined)[] = [];
    const placed: Placed[] = [];
    const reserving: Reserving[] = [];
    for (const [index, entry] of entries.entries()) {
      if (entry.kind === 'reserved-code') reserving.push({ index, entry });
      else if (entry.kind !== 'link') outcomes[index] = await defineRow(this.#scene, entry);
      else {
        const link = await this.#place(entry);
        if (typeof link === 'string') outcomes[index] = refused(link);
        else placed.push({ index, ...link });
      }
    }
    const { making, stop } = await this.#sort(placed, outcomes);
    await this.#make(making, outcomes);
    const done = stop ? stop.index : entries.length;
    await reserveRows(
      this.#scene,
      reserving.filter(({ index }) => index < done),
      outcomes,
    );
    return { outcomes: outcomes.slice(0, done) as RowOutcome[], stop };
  }

  /** Finds what a link names. @returns why it cannot be taken, if so */
  async #place({
    domain: domainName,
    groupName,
    prepared,
    firebaseRequest,
  }: LinkEntry): Promise<Omit<Placed, 'index'> | string> {
    const domain = await this.#scene.domainNamed(domainName);
    if (!domain) return noDomain(domainName);
    const wantedId = prepared.input.groupId ?? undefined;
    const groupId = wantedId === undefined ? undefined : await this.#placeOfGroup(wantedId);
    // Never one by its name: the settings that protect the link would not be those of that group.
    if (wantedId !== undefined && groupId === undefined)
      return `there is no group ${wantedId}${groupName === undefined ? '' : ` ("${groupName}")`}`;
    const missing = await this.#missingApps(prepared);
    if (missing !== undefined) return missing;
    const wanted = groupName ?? this.#scene.options.group;
    const named = wantedId === undefined && wanted !== undefined ? await this.#groupNamed(wanted) : undefined;
    // Nobody has said that the one of this name is the one of the link.
    const loosened = named?.found && loosenedSetting(prepared.settings, named.found.settings);
    const note = `is in no group, because the one called "${wanted}" here decides ${loosened} for its links, and would let more people through`;
    return {
      link: { ...prepared, input: { ...prepared.input, domainId: domain.id, groupId } },
      joins: loosened ? undefined : named,
      named,
      note: loosened ? note : undefined,
      firebaseRequest,
    };
  }

  async #placeOfGroup(publicId: string): Promise<string | undefined> {
    if (!this.#groupIds.has(publicId)) {
      const place = await this.#scene.placeOfGroup(publicId);
      this.#groupIds.set(publicId, place?.isThere ? place.id : undefined);
    }
    return this.#groupIds.get(publicId);
  }

  async #groupNamed(name: string): Promise<NamedGroup> {
    const { tx, projectId, services } = this.#scene;
    const known = this.#groupNames.get(name);
    if (known) return known;
    const named = { name, found: await services.groups.findNamed(tx, projectId, name) };
    this.#groupNames.set(name, named);
    return named;
  }

  /** @returns the group, made if it has not been there; or why it cannot be */
  async #joined(named: NamedGroup): Promise<Group | string> {
    const { tx, projectId, services } = this.#scene;
    const { name } = named;
    try {
      named.found ??= (
        await services.groups.create(tx, projectId, { ...(await prepareGroup({ name })), name })
      ).group;
      return named.found;
    } catch (error) {
      if (error instanceof Failure) return `the group cannot be made: ${error.message}`;
      throw error;
    }
  }

  async #missingApps({ input }: PreparedNewLink): Promise<string | undefined> {
    const problems: FieldProblem[] = [];
    for (const platform of PLATFORMS) {
      const app = input.apps?.[platform];
      if (!app || !('savedAppId' in app)) continue;
      if (!(await this.#hasApp(platform, app.savedAppId))) problems.push(unknownAppProblem(platform, ''));
    }
    return problems.length === 0 ? undefined : Failure.invalid(problems).message;
  }

  async #hasApp(platform: Platform, publicId: string): Promise<boolean> {
    const key = `${platform}/${publicId}`;
    const known = this.#apps.get(key);
    if (known !== undefined) return known;
    const { services, tx, projectId } = this.#scene;
    const has = (await services.apps.find(tx, projectId, platform, publicId)) !== undefined;
    this.#apps.set(key, has);
    return has;
  }

  /** Tells links that can be made from those whose code is there already, in the store or earlier in the batch. */
  async #sort(
    placed: readonly Placed[],
    outcomes: (RowOutcome | undefined)[],
  ): Promise<{ making: Making[]; stop: Stop | undefined }> {
    const { services, tx, projectId, options } = this.#scene;
    const holders = await this.#holders(placed.map(({ link }) => link));
    const usedIds = await services.links.idsInUse(
      tx,
      placed.flatMap(({ link }) => link.origin?.publicId ?? []),
    );
    const directory = await this.#scene.domains();
    const making: Making[] = [];
    const standsIn = new Set<number>();
    for (const { index, link: asked, joins, named, note, firebaseRequest } of placed) {
      const { domainId, code, destination } = asked.input;
      const key = `${domainId}/${code}`;
      const holder = code === undefined ? undefined : holders.get(key);
      const conflict = holder === undefined ? undefined : conflictWith(holder, projectId, destination);
      if (holder && conflict === 'same') {
        outcomes[index] = exists(
          notJoined(named, holder) ?? null,
          directory.shortUrl(domainId, code as string),
        );
        continue;
      }
      if (conflict !== undefined && options.onConflict === 'fail') {
        return { making, stop: { index, reason: conflict } };
      }
      if (conflict !== undefined && options.onConflict === 'skip') {
        outcomes[index] = refused(conflict);
        continue;
      }
      const renamed = conflict === undefined ? undefined : await newCodeFor(this.#scene, asked, holders);
      if (renamed?.sameLink) {
        const apart = notJoined(named, renamed.sameLink);
        outcomes[index] = exists(
          ['has the new code that it was given before', ...(apart === undefined ? [] : [apart])].join('; '),
          directory.shortUrl(domainId, renamed.code),
        );
        continue;
      }
      const given = renamed?.code ?? code;
      const domain = directory.byId(domainId);
      const circles = domain && given !== undefined ? ownAddressProblems(asked.input, domain, given) : [];
      if (circles.length > 0) {
        outcomes[index] = refused(Failure.invalid(circles).message);
        continue;
      }
      const place = await standInPlace(this.#scene, asked, standsIn);
      if (typeof place === 'string') {
        outcomes[index] = refused(place);
        continue;
      }
      const group = joins && (await this.#joined(joins));
      if (typeof group === 'string') {
        outcomes[index] = refused(group);
        continue;
      }
      const { link, replaced } = place;
      const wantedId = link.origin?.publicId;
      const hasId = wantedId !== undefined && !usedIds.has(wantedId);
      if (hasId) usedIds.add(wantedId);
      const notes = [
        ...(note === undefined ? [] : [note]),
        ...(conflict === undefined ? [] : [`has a new code: ${conflict}`]),
        ...(place.note === undefined ? [] : [place.note]),
        ...(wantedId === undefined || hasId ? [] : ['has a new id, because its own is in use']),
      ];
      making.push({
        index,
        link: {
          ...link,
          input: { ...link.input, code: given, groupId: group?.publicId ?? link.input.groupId },
          origin: {
            ...link.origin,
            ...(renamed ? { hasCustomCode: false } : {}),
            publicId: hasId ? wantedId : undefined,
          },
        },
        note: notes.length === 0 ? null : notes.join('; '),
        replaced,
        firebaseRequest,
      });
      if (given === undefined) continue;
      const taken = { publicId: '', isDeleted: false, isCustom: true, groupId: group?.id ?? null };
      holders.set(`${domainId}/${given}`, { ...taken, projectId, destination });
    }
    return { making, stop: undefined };
  }

  async #holders(links: readonly PreparedNewLink[]): Promise<Map<string, CodeHolder>> {
    const { services, tx } = this.#scene;
    const holders = new Map<string, CodeHolder>();
    for (const [domainId, wanted] of Map.groupBy(links, ({ input }) => input.domainId)) {
      const codes = [...new Set(wanted.flatMap(({ input }) => input.code ?? []))];
      const found = await services.links.codeHolders(tx, domainId, codes);
      for (const [code, holder] of found) holders.set(`${domainId}/${code}`, holder);
    }
    return holders;
  }

  async #make(making: readonly Making[], outcomes: (RowOutcome | undefined)[]): Promise<void> {
    if (making.length === 0) return;
    const { services, tx, projectId } = this.#scene;
    for (const { replaced } of making)
      if (replaced !== undefined) await services.links.delete(tx, projectId, replaced, undefined);
    const made = await services.links.create(
      tx,
      projectId,
      'import',
      making.map(({ link }) => link),
    );
    await keepAskedBefore(
      tx,
      projectId,
      making.flatMap(({ firebaseRequest: fingerprint }, at) =>
        fingerprint === undefined ? [] : [{ fingerprint, linkId: made[at]?.id as number }],
      ),
    );
    const directory = await this.#scene.domains();
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

/** What is told of a link that is there, and not in the group that its row names. */
function notJoined(named: NamedGroup | undefined, { groupId }: CodeHolder): string | undefined {
  if (named === undefined || (groupId !== null && groupId === named.found?.id)) return undefined;
  return `is not in the group "${named.name}": links that are there are left as they are`;
}
