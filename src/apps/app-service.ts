import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { Database, Tx } from '../db/database.ts';
import { loadLocked } from '../db/locked-row.ts';
import { requireVersion } from '../db/row-version.ts';
import type { AppTable } from '../db/tables/config-tables.ts';
import { Failure } from '../errors.ts';
import { changesBetween } from '../links/history.ts';
import type { AppDetails, LinkApp, Platform, SavedApps } from '../links/link-app.ts';
import { withoutUndefined } from '../set-members.ts';
import type { App } from './app.ts';
import { type AppInput, checkApp, type NewAppInput } from './app-input.ts';

export interface AppQuery {
  readonly projectId: number;
  readonly platform?: Platform;
  /** Rows with a smaller id than this; newest come first. */
  readonly before?: number;
  readonly limit?: number;
}

/** What an app that comes from elsewhere brings along. */
export interface AppOrigin {
  /** Must be free. */
  readonly publicId?: string | undefined;
  readonly createdAt?: number | undefined;
}

/** Saved mobile apps: one row each, followed by every link that names it. */
export class AppService implements SavedApps {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async list({ projectId, platform, before, limit }: AppQuery): Promise<App[]> {
    let rows = this.#database.read
      .selectFrom('app')
      .selectAll()
      .where('project_id', '=', projectId)
      .where('deleted_at', 'is', null);
    if (platform !== undefined) rows = rows.where('platform', '=', platform);
    if (before !== undefined) rows = rows.where('id', '<', before);
    if (limit !== undefined) rows = rows.limit(limit);
    return (await rows.orderBy('id', 'desc').execute()).map(appFromRow);
  }

  /** @throws Failure `not-found` */
  async load(projectId: number, publicId: string): Promise<App> {
    if (!isUuid(publicId)) throw Failure.notFound('The app');
    const row = await this.#database.read
      .selectFrom('app')
      .selectAll()
      .where('project_id', '=', projectId)
      .where('public_id', '=', publicId)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
    if (!row) throw Failure.notFound(`App ${publicId}`);
    return appFromRow(row);
  }

  /** @throws Failure `invalid` */
  async create(tx: Tx, projectId: number, input: NewAppInput, origin: AppOrigin = {}): Promise<App> {
    checkApp(input.platform, input);
    const now = Date.now();
    const row = await tx.db
      .insertInto('app')
      .values({
        public_id: origin.publicId ?? randomUUID(),
        project_id: projectId,
        platform: input.platform,
        name: input.name,
        identifier: input.identifier,
        store_url: input.storeUrl ?? null,
        app_store_id: input.appStoreId ?? null,
        min_version: input.minVersion ?? null,
        min_os_version: input.minOsVersion ?? null,
        team_id: input.teamId ?? null,
        sha256_fingerprints: JSON.stringify(upperCase(input.sha256CertFingerprints)),
        custom_scheme: input.customScheme ?? null,
        created_at: origin.createdAt ?? now,
        updated_at: now,
        deleted_at: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    const app = appFromRow(row);
    record(tx, app, 'created', changesBetween({}, app));
    return app;
  }

  /**
   * Keeps an app that a link describes, for other links to name. One with that identifier that is there already
   * stays as it is.
   *
   * @throws Failure `invalid`
   */
  async keep(
    tx: Tx,
    projectId: number,
    platform: Platform,
    name: string,
    details: AppDetails,
  ): Promise<void> {
    const existing = await tx.db
      .selectFrom('app')
      .select('id')
      .where('project_id', '=', projectId)
      .where('platform', '=', platform)
      .where('identifier', '=', details.identifier)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
    if (!existing) await this.create(tx, projectId, { ...details, platform, name });
  }

  /** @throws Failure `not-found`, `stale`, `invalid` */
  async update(
    tx: Tx,
    projectId: number,
    publicId: string,
    input: AppInput,
    expectedVersion?: number,
  ): Promise<App> {
    const before = await this.#lock(tx, projectId, publicId);
    requireVersion(before.version, expectedVersion);
    checkApp(before.platform, input);
    const given = withoutUndefined(input);
    const after: App = {
      ...before,
      ...given,
      sha256CertFingerprints:
        input.sha256CertFingerprints === undefined
          ? before.sha256CertFingerprints
          : upperCase(input.sha256CertFingerprints),
      version: before.version + 1,
      updatedAt: Date.now(),
    };
    await tx.db
      .updateTable('app')
      .set({
        name: after.name,
        identifier: after.identifier,
        store_url: after.storeUrl,
        app_store_id: after.appStoreId,
        min_version: after.minVersion,
        min_os_version: after.minOsVersion,
        team_id: after.teamId,
        sha256_fingerprints: JSON.stringify(after.sha256CertFingerprints),
        custom_scheme: after.customScheme,
        version: after.version,
        updated_at: after.updatedAt,
      })
      .where('id', '=', before.id)
      .execute();
    record(tx, after, 'updated', changesBetween(before, after));
    return after;
  }

  /** Links that name the app stay; on its platform they lead to the web from now on. @throws Failure `not-found`, `stale` */
  async delete(tx: Tx, projectId: number, publicId: string, expectedVersion?: number): Promise<void> {
    const app = await this.#lock(tx, projectId, publicId);
    requireVersion(app.version, expectedVersion);
    const now = Date.now();
    const version = app.version + 1;
    await tx.db
      .updateTable('app')
      .set({ deleted_at: now, updated_at: now, version })
      .where('id', '=', app.id)
      .execute();
    record(tx, { ...app, version }, 'deleted', {});
  }

  /** Whose id this is: of an app of the project that lives, of some other or deleted one, or of none. */
  async ownerOfId(tx: Tx, projectId: number, publicId: string): Promise<'project' | 'other' | 'nobody'> {
    const row = await tx.db
      .selectFrom('app')
      .select(['project_id', 'deleted_at'])
      .where('public_id', '=', publicId)
      .executeTakeFirst();
    if (!row) return 'nobody';
    return row.project_id === projectId && row.deleted_at === null ? 'project' : 'other';
  }

  async find(
    tx: Tx,
    projectId: number,
    platform: Platform,
    publicId: string,
  ): Promise<(LinkApp & { readonly id: number }) | undefined> {
    const row = isUuid(publicId)
      ? await ofPublicId(tx, projectId, publicId).where('platform', '=', platform).executeTakeFirst()
      : undefined;
    if (!row) return undefined;
    const { id, identifier, storeUrl, appStoreId, minVersion, customScheme } = appFromRow(row);
    const own = { deepLink: null, ipadIdentifier: null, ipadStoreUrl: null };
    return {
      id,
      savedAppId: row.public_id,
      identifier,
      storeUrl,
      appStoreId,
      minVersion,
      customScheme,
      ...own,
    };
  }

  async #lock(tx: Tx, projectId: number, publicId: string): Promise<App> {
    if (!isUuid(publicId)) throw Failure.notFound('The app');
    const query = ofPublicId(tx, projectId, publicId);
    return appFromRow(await loadLocked(this.#database.dialect, query, `App ${publicId}`));
  }
}

function ofPublicId(tx: Tx, projectId: number, publicId: string) {
  return tx.db
    .selectFrom('app')
    .selectAll()
    .where('deleted_at', 'is', null)
    .where('project_id', '=', projectId)
    .where('public_id', '=', publicId);
}

/** What is none need not be looked for; some texts the database could not even be asked for. */
function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

/** As tools print them and as `assetlinks.json` wants them. */
function upperCase(fingerprints: readonly string[] | null | undefined): string[] {
  return (fingerprints ?? []).map((fingerprint) => fingerprint.toUpperCase());
}

function record(
  tx: Tx,
  app: App,
  action: 'created' | 'updated' | 'deleted',
  data: Record<string, unknown>,
): void {
  tx.record({
    entity: 'app',
    entityId: app.id,
    publicId: app.publicId,
    projectId: app.projectId,
    action,
    version: app.version,
    data,
    codes: [],
  });
}

function appFromRow(row: Selectable<AppTable>): App {
  return {
    id: row.id,
    publicId: row.public_id,
    projectId: row.project_id,
    platform: row.platform as Platform,
    name: row.name,
    identifier: row.identifier,
    storeUrl: row.store_url,
    appStoreId: row.app_store_id,
    minVersion: row.min_version,
    minOsVersion: row.min_os_version,
    teamId: row.team_id,
    sha256CertFingerprints: JSON.parse(row.sha256_fingerprints),
    customScheme: row.custom_scheme,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
