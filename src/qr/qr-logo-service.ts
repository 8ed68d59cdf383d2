import type { Selectable } from 'kysely';
import type { Database, Tx } from '../db/database.ts';
import type { Lookup } from '../db/lookup.ts';
import type { QrLogoTable } from '../db/tables/config-tables.ts';
import { Failure } from '../errors.ts';
import type { PreparedLogo } from './logo-picture.ts';
import { PictureCache } from './picture-cache.ts';
import type { FoundLogo } from './qr-pictures.ts';

/** The project or group whose codes carry a logo, as it was loaded. */
export interface LogoOwner {
  readonly entity: 'project' | 'group';
  readonly id: number;
  readonly publicId: string;
  readonly projectId: number;
  readonly version: number;
}

export interface QrLogo extends PreparedLogo {
  readonly updatedAt: number;
}

const OF_GROUP = `
  select qr_logo.id, qr_logo.digest from qr_logo
    join link_group on link_group.id = qr_logo.group_id and link_group.deleted_at is null
   where qr_logo.group_id = $1`;
const OF_PROJECT = 'select id, digest from qr_logo where project_id = $1 and group_id is null';

const CACHE_BYTES = 8 * 1024 * 1024;

/** A logo has been replaced or removed since it was found. Whoever asks again finds the one that applies. */
export class LogoReplaced extends Error {}

/** Logos of codes. Which of them applies is asked anew for every picture, so every process follows at once. */
export class QrLogoService {
  readonly #database: Database;
  readonly #ofGroup: Lookup<{ id: number; digest: string }>;
  readonly #ofProject: Lookup<{ id: number; digest: string }>;
  readonly #pngs = new PictureCache(CACHE_BYTES);

  constructor(database: Database) {
    this.#database = database;
    this.#ofGroup = database.prepareLookup(OF_GROUP);
    this.#ofProject = database.prepareLookup(OF_PROJECT);
  }

  /** The logo on the codes of a link: its group's, else its project's. */
  async findFor(link: {
    readonly projectId: number;
    readonly groupId: number | null;
  }): Promise<FoundLogo | undefined> {
    const row =
      (link.groupId === null ? undefined : await this.#ofGroup(link.groupId)) ??
      (await this.#ofProject(link.projectId));
    return row && { digest: row.digest, load: () => this.#loadPicture(row) };
  }

  /** @throws LogoReplaced */
  async #loadPicture({ id, digest }: { id: number; digest: string }) {
    const remembered = this.#pngs.get(digest);
    if (remembered) return { digest, png: remembered };
    const row = await this.#database.read
      .selectFrom('qr_logo')
      .select('data')
      .where('id', '=', id)
      .where('digest', '=', digest)
      .executeTakeFirst();
    if (!row) throw new LogoReplaced();
    const png = shared(Buffer.from(row.data, 'base64'));
    this.#pngs.set(digest, png);
    return { digest, png };
  }

  /** @throws Failure `not-found` */
  async load(owner: LogoOwner): Promise<QrLogo> {
    const row = await this.#database.read
      .selectFrom('qr_logo')
      .selectAll()
      .where('project_id', '=', owner.projectId)
      .where('group_id', isOrEquals(owner), groupIdOf(owner))
      .executeTakeFirst();
    if (!row) throw noLogo(owner);
    return logoFromRow(row);
  }

  /** Also where this transaction has put it. */
  async isThere(tx: Tx, owner: LogoOwner): Promise<boolean> {
    return (await this.#digest(tx, owner)) !== null;
  }

  async put(tx: Tx, owner: LogoOwner, logo: PreparedLogo): Promise<QrLogo> {
    const before = await this.#digest(tx, owner);
    const updatedAt = Date.now();
    const picture = {
      data: logo.png.toString('base64'),
      digest: logo.digest,
      width: logo.width,
      height: logo.height,
      updated_at: updatedAt,
    };
    const isGroups = owner.entity === 'group';
    await tx.db
      .insertInto('qr_logo')
      .values({ project_id: owner.projectId, group_id: groupIdOf(owner), ...picture })
      .onConflict((conflict) =>
        isGroups
          ? conflict.column('group_id').where('group_id', 'is not', null).doUpdateSet(picture)
          : conflict.column('project_id').where('group_id', 'is', null).doUpdateSet(picture),
      )
      .execute();
    if (before !== logo.digest) record(tx, owner, before, logo.digest);
    return { ...logo, updatedAt };
  }

  /** @throws Failure `not-found` */
  async remove(tx: Tx, owner: LogoOwner): Promise<void> {
    const removed = await tx.db
      .deleteFrom('qr_logo')
      .where('project_id', '=', owner.projectId)
      .where('group_id', isOrEquals(owner), groupIdOf(owner))
      .returning('digest')
      .executeTakeFirst();
    if (!removed) throw noLogo(owner);
    record(tx, owner, removed.digest, null);
  }

  async #digest(tx: Tx, owner: LogoOwner): Promise<string | null> {
    const row = await tx.db
      .selectFrom('qr_logo')
      .select('digest')
      .where('project_id', '=', owner.projectId)
      .where('group_id', isOrEquals(owner), groupIdOf(owner))
      .executeTakeFirst();
    return row?.digest ?? null;
  }
}

function groupIdOf({ entity, id }: LogoOwner): number | null {
  return entity === 'group' ? id : null;
}

function isOrEquals({ entity }: LogoOwner): '=' | 'is' {
  return entity === 'group' ? '=' : 'is';
}

/** A logo is part of what it belongs to, and changes nothing that a version guards. */
function record(tx: Tx, owner: LogoOwner, from: string | null, to: string | null): void {
  tx.record({
    entity: owner.entity,
    entityId: owner.id,
    publicId: owner.publicId,
    projectId: owner.projectId,
    action: 'updated',
    version: owner.version,
    data: { qrLogo: { from, to } },
    codes: [],
  });
}

/** In memory that the painting thread can read, too: it is not copied there for every picture. */
function shared(bytes: Buffer): Buffer {
  const copy = Buffer.from(new SharedArrayBuffer(bytes.byteLength));
  bytes.copy(copy);
  return copy;
}

function noLogo({ entity }: LogoOwner): Failure {
  return Failure.notFound(`A logo of the ${entity}`);
}

function logoFromRow(row: Selectable<QrLogoTable>): QrLogo {
  return {
    png: Buffer.from(row.data, 'base64'),
    digest: row.digest,
    width: row.width,
    height: row.height,
    updatedAt: row.updated_at,
  };
}
