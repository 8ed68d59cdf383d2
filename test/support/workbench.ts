import type { Selectable } from 'kysely';
import { KeyService } from '../../src/accounts/key-service.ts';
import type { Project } from '../../src/accounts/project.ts';
import { ProjectService } from '../../src/accounts/project-service.ts';
import { WebhookEndpointService } from '../../src/accounts/webhook-endpoint-service.ts';
import { AppService } from '../../src/apps/app-service.ts';
import type { Database, Tx } from '../../src/db/database.ts';
import { openStore, type Store } from '../../src/db/open.ts';
import type { StoreLocation } from '../../src/db/store-location.ts';
import type { ChangeTable } from '../../src/db/tables/config-tables.ts';
import { ReservedSegments } from '../../src/links/code.ts';
import type { Domain } from '../../src/links/domain.ts';
import { DomainService } from '../../src/links/domain-service.ts';
import type { Group } from '../../src/links/group.ts';
import { GroupService } from '../../src/links/group-service.ts';
import type { Link } from '../../src/links/link.ts';
import type { LinkInput, NewLinkInput } from '../../src/links/link-input.ts';
import { LinkService } from '../../src/links/link-service.ts';
import { prepareSettings, type SettingsPatch } from '../../src/links/settings-change.ts';
import type { Engine } from './engines.ts';

/** Who does what the tests do, in the change log. */
export const ACTOR = 'key:test';

/** An open store with the services on it, a project and the default domain; and shorthands for what tests do most. */
export class Workbench {
  readonly location: StoreLocation;
  readonly store: Store;
  readonly database: Database;
  readonly projects: ProjectService;
  readonly domains: DomainService;
  readonly endpoints: WebhookEndpointService;
  readonly groups: GroupService;
  readonly apps: AppService;
  readonly links: LinkService;
  readonly keys: KeyService;
  readonly project: Project;
  readonly domain: Domain;
  readonly #close: () => Promise<void>;

  private constructor(
    location: StoreLocation,
    store: Store,
    found: {
      projects: ProjectService;
      endpoints: WebhookEndpointService;
      domains: DomainService;
      project: Project;
      domain: Domain;
    },
    close: () => Promise<void>,
  ) {
    this.location = location;
    this.store = store;
    this.database = store.database;
    this.projects = found.projects;
    this.domains = found.domains;
    this.project = found.project;
    this.domain = found.domain;
    this.endpoints = found.endpoints;
    this.groups = new GroupService(store.database, found.endpoints);
    this.apps = new AppService(store.database);
    this.links = new LinkService(
      store.database,
      this.domains,
      this.groups,
      this.apps,
      new ReservedSegments(),
    );
    this.keys = new KeyService(store.database);
    this.#close = close;
  }

  static async open(engine: Engine): Promise<Workbench> {
    const { location, close } = await engine.open();
    return await Workbench.at(location, close);
  }

  /** What another process would have on the same database: its own connections, nothing in memory shared. */
  another(location: StoreLocation = this.location): Promise<Workbench> {
    return Workbench.at(location, async () => {});
  }

  private static async at(location: StoreLocation, close: () => Promise<void>): Promise<Workbench> {
    const store = await openStore(location);
    const { database } = store;
    const endpoints = new WebhookEndpointService(database, false);
    const projects = new ProjectService(database, endpoints);
    const domains = new DomainService(database);
    await database.transact('system', async (tx) => {
      await database.takeTurn(tx);
      await projects.ensureDefault(tx, { timeZone: 'Asia/Seoul', homeCountry: 'KR' });
      await domains.ensureDefault(tx, 'localhost:8080');
    });
    const project = await projects.loadDefault();
    const domain = (await domains.loadAll()).find(({ isDefault }) => isDefault) as Domain;
    return new Workbench(location, store, { projects, endpoints, domains, project, domain }, close);
  }

  async close(): Promise<void> {
    await this.store.feed.stop();
    await this.database.close();
    await this.#close();
  }

  transact<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.transact(ACTOR, work);
  }

  async createLinks(inputs: readonly Partial<NewLinkInput>[], projectId = this.project.id): Promise<Link[]> {
    const prepared = await Promise.all(
      inputs.map((input) =>
        this.links.prepareNew({
          destination: 'https://example.com/',
          domainId: this.domain.id,
          ...input,
        }),
      ),
    );
    return await this.transact((tx) =>
      this.links.create(tx, projectId, 'api', prepared, (index) => `links.${index}.`),
    );
  }

  async createLink(input: Partial<NewLinkInput> = {}, projectId?: number): Promise<Link> {
    const [link] = await this.createLinks([input], projectId);
    return link as Link;
  }

  async updateLink({ publicId }: Link, input: LinkInput, expectedVersion?: number): Promise<Link> {
    const prepared = await this.links.prepare(input);
    return await this.transact((tx) =>
      this.links.update(tx, this.project.id, publicId, prepared, { version: expectedVersion }),
    );
  }

  async deleteLink({ publicId, projectId }: Link, expectedVersion?: number): Promise<void> {
    await this.transact((tx) => this.links.delete(tx, projectId, publicId, expectedVersion));
  }

  async moveLinks(links: readonly Link[], group: Group | null): Promise<number> {
    const ids = links.map(({ publicId }) => publicId);
    return await this.transact((tx) => this.links.move(tx, this.project.id, ids, group));
  }

  loadLink({ publicId, projectId }: Link): Promise<Link> {
    return this.links.load(projectId, publicId);
  }

  async createGroup(name = 'Summer', settings: SettingsPatch = {}): Promise<Group> {
    const prepared = await prepareSettings(settings, 'group');
    const { group } = await this.transact((tx) =>
      this.groups.create(tx, this.project.id, { name, settings: prepared }),
    );
    return group;
  }

  async deleteGroup({ publicId }: Group): Promise<void> {
    await this.transact((tx) => this.groups.delete(tx, this.project.id, publicId, undefined));
  }

  loadGroup({ publicId }: Group): Promise<Group> {
    return this.groups.load(this.project.id, publicId);
  }

  /** A second tenant: there is no service that makes one yet. */
  async createProject(name = 'Another project'): Promise<number> {
    const now = Date.now();
    const { id } = await this.transact((tx) =>
      tx.db
        .insertInto('project')
        .values({
          public_id: `prj_${name}`,
          name,
          time_zone: 'UTC',
          home_country: 'DE',
          language: 'en',
          webhook_url: null,
          webhook_metric: null,
          webhook_frequency: null,
          created_at: now,
          updated_at: now,
        })
        .returning('id')
        .executeTakeFirstOrThrow(),
    );
    return id;
  }

  /** The change log of one thing, oldest first. */
  async historyOf(publicId: string): Promise<Selectable<ChangeTable>[]> {
    return await this.database.read
      .selectFrom('change')
      .selectAll()
      .where('public_id', '=', publicId)
      .orderBy('id')
      .execute();
  }
}
