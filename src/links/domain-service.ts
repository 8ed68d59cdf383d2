import { type Selectable, sql } from 'kysely';
import type { Database, Reader, Tx } from '../db/database.ts';
import { loadLocked } from '../db/locked-row.ts';
import { newPublicId } from '../db/public-id.ts';
import type { DomainTable } from '../db/tables/config-tables.ts';
import { Failure } from '../errors.ts';
import { ReservedSegments } from './code.ts';
import type { Domain } from './domain.ts';
import { hostNameFrom, isHostName } from './host-name.ts';

export interface NewDomain {
  readonly projectId: number;
  readonly host: string;
  readonly pathPrefix: string;
  /** When it was made elsewhere; now when absent. */
  readonly createdAt?: number | undefined;
}

/** The link that stands for the long links of a domain. */
export interface StandIn {
  readonly publicId: string;
  readonly code: string;
  /** It is as it was made, with no settings and in no group. */
  readonly isUntouched: boolean;
}

/** In which those wait who make the link that stands for the long links of a domain. */
export function longLinkQueue(domainId: number): string {
  return `long-link-${domainId}`;
}

/** Each is said to every device that asks which app opens the links of the host, in a file that may not be long. */
export const MAX_PREFIXES = 100;
const PREFIX = /^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+){0,3}$/;

export class DomainService {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async loadAll(): Promise<Domain[]> {
    const rows = await this.#database.read
      .selectFrom('domain')
      .selectAll()
      .where('deleted_at', 'is', null)
      .orderBy('id')
      .execute();
    return rows.map(domainFromRow);
  }

  /** The domains a project may use, its own and the default one. */
  async list(projectId: number): Promise<Domain[]> {
    const rows = await ofProject(this.#database.read, projectId).orderBy('id').execute();
    return rows.map(domainFromRow);
  }

  /** The links that stand for the long links of their domains. */
  async longLinkIds(): Promise<Set<number>> {
    const rows = await this.#database.read
      .selectFrom('domain')
      .select('long_link_id')
      .where('long_link_id', 'is not', null)
      .execute();
    return new Set(rows.flatMap(({ long_link_id }) => long_link_id ?? []));
  }

  /** The living link that stands for the long links of a domain. */
  async findStandIn(tx: Tx, domainId: number): Promise<StandIn | undefined> {
    const row = await tx.db
      .selectFrom('domain')
      .innerJoin('link', 'link.id', 'domain.long_link_id')
      .innerJoin('link_code', 'link_code.link_id', 'link.id')
      .select(['link.public_id', 'link_code.code', 'link.version', 'link.settings', 'link.group_id'])
      .where('domain.id', '=', domainId)
      .where('link.deleted_at', 'is', null)
      .where('link_code.is_primary', '=', 1)
      .executeTakeFirst();
    if (!row) return undefined;
    const isUntouched = row.version === 1 && row.settings === '{}' && row.group_id === null;
    return { publicId: row.public_id, code: row.code, isUntouched };
  }

  /** Whoever asks has made sure that no living link does so already, and has taken its turn (`longLinkQueue`). */
  async standInForLongLinks(tx: Tx, domainId: number, linkId: number): Promise<void> {
    await tx.db.updateTable('domain').set({ long_link_id: linkId }).where('id', '=', domainId).execute();
  }

  /** As `list`, with what this transaction has written. */
  async listIn(tx: Tx, projectId: number): Promise<Domain[]> {
    const rows = await ofProject(tx.db as unknown as Reader, projectId)
      .orderBy('id')
      .execute();
    return rows.map(domainFromRow);
  }

  async load(projectId: number, publicId: string): Promise<Domain> {
    const row = await ofProject(this.#database.read, projectId)
      .where('public_id', '=', publicId)
      .executeTakeFirst();
    if (!row) throw Failure.notFound(`Domain ${publicId}`);
    return domainFromRow(row);
  }

  /** @throws Failure `invalid`, `conflict` */
  async create(
    tx: Tx,
    { projectId, host, pathPrefix, createdAt }: NewDomain,
    reserved = new ReservedSegments(),
  ): Promise<Domain> {
    const name = hostNameFrom(host);
    if (!isHostName(name)) {
      throw Failure.invalidField(
        'host',
        'must be a host name such as go.example.com, without scheme or path',
      );
    }
    if (pathPrefix !== '' && !PREFIX.test(pathPrefix)) {
      throw Failure.invalidField(
        'pathPrefix',
        'must be path segments such as "share" or "go/now", without slashes at the ends',
      );
    }
    const [first = ''] = pathPrefix.split('/');
    if (reserved.has(first)) {
      throw Failure.invalidField('pathPrefix', `"${first}" is a word the product keeps for itself`);
    }
    const foreign = await tx.db
      .selectFrom('domain')
      .select('id')
      .where('host', '=', name)
      .where('project_id', '!=', projectId)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
    if (foreign) throw inUse(name);
    const { count } = await tx.db
      .selectFrom('domain')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('host', '=', name)
      .where('project_id', '=', projectId)
      .where('path_prefix', '<>', '')
      .where('deleted_at', 'is', null)
      .executeTakeFirstOrThrow();
    if (pathPrefix !== '' && count >= MAX_PREFIXES) {
      throw Failure.invalidField(
        'pathPrefix',
        `${name} has ${MAX_PREFIXES} path prefixes already, and there cannot be more: use one of them, or another host`,
      );
    }
    const now = Date.now();
    const row = await tx.db
      .insertInto('domain')
      .values({
        public_id: newPublicId('dom'),
        project_id: projectId,
        host: name,
        path_prefix: pathPrefix,
        created_at: createdAt ?? now,
        updated_at: now,
        deleted_at: null,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst();
    if (!row) throw inUse(name);
    const domain = domainFromRow(row);
    record(tx, domain, 'created', { host: { from: null, to: name } });
    return domain;
  }

  /**
   * Makes sure that domains stay until the end of the transaction, because links are being made on them.
   *
   * @returns those of `ids` that are there, by their ids
   */
  async hold(tx: Tx, ids: readonly number[]): Promise<Map<number, Domain>> {
    const rows = await tx.db
      .selectFrom('domain')
      .selectAll()
      .where('id', 'in', [...ids])
      .where('deleted_at', 'is', null)
      .execute();
    const held = rows.filter(({ is_default }) => is_default === 1);
    // The default domain cannot go, and nearly all links are made there: nobody has to queue for its row.
    const others = rows.filter(({ is_default }) => is_default !== 1).map(({ id }) => id);
    if (others.length > 0) {
      const locked = await tx.db
        .selectFrom('domain')
        .selectAll()
        .where('id', 'in', others)
        .where('deleted_at', 'is', null)
        .orderBy('id')
        .modifyEnd(sql.raw(this.#database.dialect.forShare))
        .execute();
      held.push(...locked);
    }
    return new Map(held.map((row) => [row.id, domainFromRow(row)]));
  }

  /** The domain of a living link, which stays as long as the link does. */
  async ofLink(tx: Tx, { domainId }: { readonly domainId: number }): Promise<Domain> {
    const rows = tx.db.selectFrom('domain').selectAll().where('id', '=', domainId);
    return domainFromRow(await rows.executeTakeFirstOrThrow());
  }

  async delete(tx: Tx, projectId: number, publicId: string): Promise<void> {
    const query = tx.db
      .selectFrom('domain')
      .selectAll()
      .where('public_id', '=', publicId)
      .where('project_id', '=', projectId)
      .where('deleted_at', 'is', null);
    // Waits for links that are being made on it, which are then seen.
    const row = await loadLocked(this.#database.dialect, query, `Domain ${publicId}`);
    const used = await tx.db
      .selectFrom('link')
      .select('id')
      .where('domain_id', '=', row.id)
      .where('deleted_at', 'is', null)
      .limit(1)
      .executeTakeFirst();
    if (used) throw new Failure('conflict', `The domain ${row.host} still has links; delete them first`);
    await tx.db.updateTable('domain').set({ deleted_at: Date.now() }).where('id', '=', row.id).execute();
    record(tx, domainFromRow(row), 'deleted', {});
  }

  /**
   * Makes the default domain, or lets it follow `PUBLIC_URL`.
   *
   * @throws Failure `conflict` when that host is registered as another domain
   */
  async ensureDefault(tx: Tx, host: string): Promise<void> {
    const now = Date.now();
    const row = await tx.db.selectFrom('domain').selectAll().where('is_default', '=', 1).executeTakeFirst();
    if (row?.host === host) return;
    if (row) {
      const taken = await tx.db
        .selectFrom('domain')
        .select('id')
        .where('host', '=', host)
        .where('path_prefix', '=', row.path_prefix)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      if (taken)
        throw new Failure(
          'conflict',
          `PUBLIC_URL names ${host}, which is already registered as another domain`,
        );
      const version = row.version + 1;
      await tx.db
        .updateTable('domain')
        .set({ host, version, updated_at: now })
        .where('id', '=', row.id)
        .execute();
      record(tx, { ...domainFromRow(row), host, version }, 'updated', { host: { from: row.host, to: host } });
      return;
    }
    const created = await tx.db
      .insertInto('domain')
      .values({
        public_id: newPublicId('dom'),
        project_id: null,
        host,
        is_default: 1,
        created_at: now,
        updated_at: now,
        deleted_at: null,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst();
    // Nothing returned: another process that starts now has just made it.
    if (created) record(tx, domainFromRow(created), 'created', { host: { from: null, to: host } });
  }
}

function inUse(host: string): Failure {
  return new Failure('conflict', `The domain ${host} is already in use`, [
    { field: 'host', message: 'is already in use' },
  ]);
}

function ofProject(read: Reader, projectId: number) {
  return read
    .selectFrom('domain')
    .selectAll()
    .where('deleted_at', 'is', null)
    .where((eb) => eb.or([eb('project_id', '=', projectId), eb('project_id', 'is', null)]));
}

function record(
  tx: Tx,
  domain: Domain,
  action: 'created' | 'updated' | 'deleted',
  data: Record<string, unknown>,
): void {
  tx.record({
    entity: 'domain',
    entityId: domain.id,
    publicId: domain.publicId,
    projectId: domain.projectId,
    action,
    version: domain.version,
    data,
    codes: [],
  });
}

function domainFromRow(row: Selectable<DomainTable>): Domain {
  return {
    id: row.id,
    publicId: row.public_id,
    projectId: row.project_id,
    host: row.host,
    pathPrefix: row.path_prefix,
    isDefault: row.is_default === 1,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
