import type { Selectable } from 'kysely';
import type { Database, Tx } from '../db/database.ts';
import { loadLocked } from '../db/locked-row.ts';
import { newPublicId } from '../db/public-id.ts';
import { requireVersion } from '../db/row-version.ts';
import type { ProjectTable } from '../db/tables/config-tables.ts';
import { Failure } from '../errors.ts';
import type { Language } from '../languages.ts';
import { withoutUndefined } from '../set-members.ts';
import type { MovedEndpoint } from './moved-endpoint.ts';
import type { Project } from './project.ts';
import type { WebhookEndpointService } from './webhook-endpoint-service.ts';

export interface ProjectInput {
  readonly name?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly homeCountry?: string | undefined;
  readonly language?: Language | undefined;
  readonly notificationAddresses?: readonly string[] | undefined;
  readonly notifyEvery?: number | undefined;
  readonly webhookEnabled?: boolean | undefined;
  readonly webhookUrl?: string | null | undefined;
  readonly webhookMetric?: 'clicks' | 'visitors' | null | undefined;
  readonly webhookFrequency?: number | null | undefined;
  readonly deferredWindowMinutes?: number | undefined;
  readonly fingerprintMatching?: boolean | undefined;
  readonly allowedHosts?: readonly string[] | undefined;
}

export interface WrittenProject {
  readonly project: Project;
  /** Made with this write, and shown this once; null when there was one already, or none is needed. */
  readonly webhookSecret: string | null;
}

export class ProjectService {
  readonly #database: Database;
  readonly #endpoints: WebhookEndpointService;

  constructor(database: Database, endpoints: WebhookEndpointService) {
    this.#database = database;
    this.#endpoints = endpoints;
  }

  /** @throws Failure `not-found` */
  async load(id: number): Promise<Project> {
    const row = await this.#database.read
      .selectFrom('project')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row) throw Failure.notFound('The project');
    return projectFromRow(row);
  }

  /** The project made at the first start. */
  async loadDefault(): Promise<Project> {
    const row = await this.#database.read
      .selectFrom('project')
      .selectAll()
      .orderBy('id')
      .executeTakeFirstOrThrow();
    return projectFromRow(row);
  }

  /** Call it after `takeTurn`: two processes may start at once. */
  async ensureDefault(
    tx: Tx,
    defaults: { readonly timeZone: string; readonly homeCountry: string },
  ): Promise<void> {
    const now = Date.now();
    const existing = await tx.db.selectFrom('project').select('id').limit(1).executeTakeFirst();
    if (existing) return;
    await tx.db
      .insertInto('project')
      .values({
        public_id: newPublicId('prj'),
        name: 'Default project',
        time_zone: defaults.timeZone,
        home_country: defaults.homeCountry,
        language: 'en',
        webhook_url: null,
        webhook_metric: null,
        webhook_frequency: null,
        created_at: now,
        updated_at: now,
      })
      .execute();
  }

  /**
   * @param moved what its receiver was elsewhere, where it has none yet
   * @throws Failure `stale`, `not-found`, `invalid` when the webhook's receiver is none that may be called
   */
  async update(
    tx: Tx,
    id: number,
    input: ProjectInput,
    expectedVersion: number | undefined,
    moved?: MovedEndpoint,
  ): Promise<WrittenProject> {
    const query = tx.db.selectFrom('project').selectAll().where('id', '=', id);
    const row = await loadLocked(this.#database.dialect, query, 'The project');
    requireVersion(row.version, expectedVersion);
    const before = projectFromRow(row);
    const given = withoutUndefined(input);
    const after: Project = { ...before, ...given, version: before.version + 1, updatedAt: Date.now() };
    if (after.webhookUrl !== null && after.webhookUrl !== before.webhookUrl)
      this.#endpoints.requireTarget(after.webhookUrl, 'webhookUrl');
    await tx.db
      .updateTable('project')
      .set({
        name: after.name,
        time_zone: after.timeZone,
        home_country: after.homeCountry,
        language: after.language,
        notification_addresses: JSON.stringify(after.notificationAddresses),
        notify_every: after.notifyEvery,
        webhook_enabled: after.webhookEnabled ? 1 : 0,
        webhook_url: after.webhookUrl,
        webhook_metric: after.webhookMetric,
        webhook_frequency: after.webhookFrequency,
        deferred_window_minutes: after.deferredWindowMinutes,
        fingerprint_matching: after.fingerprintMatching ? 1 : 0,
        allowed_hosts: JSON.stringify(after.allowedHosts),
        version: after.version,
        updated_at: after.updatedAt,
      })
      .where('id', '=', id)
      .execute();
    tx.record({
      entity: 'project',
      entityId: id,
      publicId: after.publicId,
      projectId: id,
      action: 'updated',
      version: after.version,
      data: Object.fromEntries(
        Object.keys(given).map((name) => [
          name,
          { from: before[name as keyof Project], to: after[name as keyof Project] },
        ]),
      ),
      codes: [],
    });
    if (moved && (await this.#endpoints.bring(tx, id, null, moved)))
      return { project: after, webhookSecret: null };
    if (after.webhookUrl === null) return { project: after, webhookSecret: null };
    const webhookSecret = await this.#endpoints.ensure(tx, id, null);
    const isNews = after.webhookUrl !== before.webhookUrl || (after.webhookEnabled && !before.webhookEnabled);
    if (webhookSecret === null && isNews) await this.#endpoints.enable(tx, id, null);
    return { project: after, webhookSecret };
  }
}

function projectFromRow(row: Selectable<ProjectTable>): Project {
  return {
    id: row.id,
    publicId: row.public_id,
    name: row.name,
    timeZone: row.time_zone,
    homeCountry: row.home_country,
    language: row.language as Language,
    notificationAddresses: JSON.parse(row.notification_addresses),
    notifyEvery: row.notify_every,
    webhookEnabled: row.webhook_enabled === 1,
    webhookUrl: row.webhook_url,
    webhookMetric: row.webhook_metric as Project['webhookMetric'],
    webhookFrequency: row.webhook_frequency,
    deferredWindowMinutes: row.deferred_window_minutes,
    fingerprintMatching: row.fingerprint_matching === 1,
    allowedHosts: JSON.parse(row.allowed_hosts),
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
