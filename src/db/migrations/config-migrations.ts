import { randomBytes } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Dialect } from '../dialect.ts';
import { newPublicId } from '../public-id.ts';

/** Forward only. A migration that has been released is never edited; a new one follows it. */
export function configMigrations(dialect: Dialect): Record<string, Migration> {
  const id = sql.raw(dialect.identityColumn);
  return {
    '0001_core': {
      async up(db: Kysely<unknown>) {
        for (const statement of [
          sql`create table instance_value (name text primary key, value text not null)`,

          sql`create table project (
            id ${id}, public_id text not null unique, name text not null, time_zone text not null,
            home_country text not null, language text not null, notification_addresses text not null default '[]',
            notify_every integer not null default 100, webhook_enabled integer not null default 1, webhook_url text,
            webhook_metric text, webhook_frequency integer, webhook_secret text,
            visitor_key_id integer not null default 1, version bigint not null default 1,
            created_at bigint not null, updated_at bigint not null)`,

          sql`create table domain (
            id ${id}, public_id text not null unique, project_id bigint references project, host text not null,
            path_prefix text not null default '', is_default integer not null default 0,
            version bigint not null default 1, created_at bigint not null, updated_at bigint not null, deleted_at bigint)`,
          sql`create unique index domain_host on domain (host, path_prefix) where deleted_at is null`,
          sql`create unique index domain_default on domain (is_default) where is_default = 1`,

          sql`create table api_key (
            id ${id}, public_id text not null unique, project_id bigint not null references project, name text not null,
            key_hash text not null unique, hint text not null, scopes text not null, app_restriction text,
            expires_at bigint, created_at bigint not null, revoked_at bigint, last_used_at bigint)`,

          sql`create table link_group (
            id ${id}, public_id text not null unique, project_id bigint not null references project, name text not null,
            memo text not null default '', settings text not null default '{}', webhook_secret text,
            link_count bigint not null default 0, version bigint not null default 1,
            created_at bigint not null, updated_at bigint not null, deleted_at bigint)`,
          sql`create index link_group_project on link_group (project_id, id)`,

          sql`create table link (
            id ${id}, public_id text not null unique, project_id bigint not null references project,
            domain_id bigint not null references domain, group_id bigint references link_group,
            title text not null default '', description text not null default '', image_url text,
            memo text not null default '', settings text not null default '{}', campaign text not null default '{}',
            metadata text not null default '{}', external_id text, source text not null,
            limit_scope text not null default 'link', imported_clicks bigint not null default 0,
            imported_visitors bigint not null default 0, delete_at bigint, version bigint not null default 1,
            created_at bigint not null, updated_at bigint not null, deleted_at bigint)`,
          sql`create index link_project on link (project_id, id)`,
          sql`create index link_of_group on link (group_id, id) where group_id is not null`,
          sql`create index link_external_id on link (project_id, external_id) where external_id is not null`,
          sql`create index link_delete_at on link (delete_at) where delete_at is not null and deleted_at is null`,

          sql`create table link_code (
            id ${id}, domain_id bigint not null references domain, code text not null,
            link_id bigint not null references link, is_primary integer not null, is_custom integer not null,
            created_at bigint not null, unique (domain_id, code))`,
          sql`create index link_code_link on link_code (link_id)`,

          sql`create table link_route (
            id ${id}, link_id bigint not null references link, position integer not null, condition text,
            weight integer not null default 1, destination text not null, destination_hash text not null,
            unique (link_id, position))`,
          sql`create index link_route_destination on link_route (destination_hash)`,

          sql`create table link_tag (
            link_id bigint not null references link, tag text not null, primary key (tag, link_id))`,
          sql`create index link_tag_link on link_tag (link_id)`,

          sql`create table change (
            id ${id}, at bigint not null, project_id bigint, actor text not null, entity text not null,
            entity_id bigint not null, public_id text not null, action text not null, version bigint not null,
            data text not null, codes text not null)`,
          sql`create index change_public_id on change (public_id, id)`,
          sql`create index change_project on change (project_id, id)`,

          sql`create table idempotent_answer (
            project_id bigint not null references project, key text not null, fingerprint text not null,
            status integer not null, body text not null, created_at bigint not null, primary key (project_id, key))`,
          sql`create index idempotent_answer_age on idempotent_answer (created_at)`,
        ]) {
          await statement.execute(db);
        }
      },
    },

    '0002_apps_and_guesses': {
      async up(db: Kysely<unknown>) {
        for (const statement of [
          sql`create table app (
            id ${id}, public_id text not null unique, project_id bigint not null references project,
            platform text not null, name text not null, identifier text not null, store_url text, app_store_id text,
            min_version text, team_id text, sha256_fingerprints text not null default '[]', custom_scheme text,
            version bigint not null default 1, created_at bigint not null, updated_at bigint not null, deleted_at bigint)`,
          sql`create index app_project on app (project_id, id)`,

          sql`alter table link add column social text not null default '{}'`,
          sql`alter table link add column desktop_url text`,
          sql`alter table link add column ios_app_id bigint references app`,
          sql`alter table link add column android_app_id bigint references app`,
          sql`alter table link add column app_details text not null default '{}'`,
          sql`create index link_project_age on link (project_id, created_at)`,

          sql`create table guess_window (
            owner text not null, source text not null, started_at bigint not null, used integer not null,
            primary key (owner, source))`,
          sql`create index guess_window_age on guess_window (started_at)`,
        ]) {
          await statement.execute(db);
        }
      },
    },

    '0003_webhook_endpoints': {
      async up(db: Kysely<unknown>) {
        await sql`create table webhook_endpoint (
          id ${id}, public_id text not null unique, project_id bigint not null references project,
          group_id bigint references link_group, secret text not null, previous_secrets text not null default '[]',
          paused integer not null default 0, disabled_at bigint, disabled_reason text,
          version bigint not null default 1, created_at bigint not null, updated_at bigint not null)`.execute(
          db,
        );
        await sql`create unique index webhook_endpoint_group on webhook_endpoint (group_id)
          where group_id is not null`.execute(db);
        await sql`create unique index webhook_endpoint_project on webhook_endpoint (project_id)
          where group_id is null`.execute(db);
        await moveSecrets(db);
        await sql`alter table link_group drop column webhook_secret`.execute(db);
        await sql`alter table project drop column webhook_secret`.execute(db);
      },
    },

    '0004_deep_links': {
      async up(db: Kysely<unknown>) {
        for (const statement of [
          sql`alter table link add column app_routing text not null default '{}'`,
          sql`alter table link add column imported_slots bigint not null default 0`,
          // Routes and tags name their link's project, so that no search passes those of another with a million links.
          // No reference: with one, PostgreSQL takes a minute for a million rows instead of seconds.
          sql`drop index link_route_destination`,
          sql`alter table link_route add column project_id bigint`,
          sql`alter table link_route add column destination_host text`,
          sql`alter table link_tag add column project_id bigint`,
          sql`update link_tag set project_id = (select project_id from link where link.id = link_tag.link_id)`,
          sql`create index link_tag_project on link_tag (project_id, tag, link_id)`,
          sql`alter table project add column deferred_window_minutes integer not null default 1440`,
          sql`alter table project add column fingerprint_matching integer not null default 1`,
          sql`alter table project add column allowed_hosts text not null default '[]'`,
          sql`alter table domain add column long_link_id bigint references link`,

          sql`create table page_preview (
            url_hash text primary key, url text not null, host text not null, title text not null default '',
            description text not null default '', image_url text, state text not null,
            problem text not null default '', tries integer not null default 0, due_at bigint not null,
            fetched_at bigint)`,
          sql`create index page_preview_due on page_preview (due_at) where state in ('waiting', 'fetching')`,

          sql`create table qr_logo (
            id ${id}, project_id bigint not null references project, group_id bigint references link_group,
            data text not null, digest text not null, width integer not null, height integer not null,
            updated_at bigint not null)`,
          sql`create unique index qr_logo_group on qr_logo (group_id) where group_id is not null`,
          sql`create unique index qr_logo_project on qr_logo (project_id) where group_id is null`,

          sql`create table firebase_link (
            project_id bigint not null references project, fingerprint text not null,
            link_id bigint not null references link, primary key (project_id, fingerprint))`,

          sql`create table import_run (
            id ${id}, public_id text not null unique, project_id bigint not null references project, kind text not null,
            fingerprint text not null, position bigint not null default 0, created bigint not null default 0,
            skipped bigint not null default 0, failed bigint not null default 0, finished_at bigint,
            created_at bigint not null, updated_at bigint not null, unique (project_id, kind, fingerprint))`,
        ]) {
          await statement.execute(db);
        }
        await completeRoutes(db);
        await sql`create index link_route_destination on link_route (destination_hash, project_id)`.execute(
          db,
        );
        await sql`create index link_route_host on link_route (project_id, destination_host)
          where destination_host is not null`.execute(db);
      },
    },

    '0005_moves': {
      async up(db: Kysely<unknown>) {
        for (const statement of [
          sql`alter table link add column imported_foreign_clicks bigint not null default 0`,
          sql`alter table link add column imported_foreign_visitors bigint not null default 0`,
          // What was remembered named domains by their rows, which mean nothing elsewhere; asked for once more, it is made
          // once more.
          sql`delete from firebase_link`,
          sql`create index firebase_link_link on firebase_link (link_id)`,
        ]) {
          await statement.execute(db);
        }
      },
    },

    '0006_lowest_system': {
      async up(db: Kysely<unknown>) {
        // Which of the two a `min_version` was meant as, no row says: it stays what apps have been told.
        await sql`alter table app add column min_os_version text`.execute(db);
      },
    },
  };
}

/** Groups have had secrets before there were endpoints; a project has one as soon as it has a receiver. */
async function moveSecrets(db: Kysely<unknown>): Promise<void> {
  const now = Date.now();
  const groups = await sql<{ id: number; project_id: number; webhook_secret: string }>`
    select id, project_id, webhook_secret from link_group where webhook_secret is not null`.execute(db);
  for (const { id, project_id, webhook_secret } of groups.rows) {
    await sql`insert into webhook_endpoint (public_id, project_id, group_id, secret, created_at, updated_at)
      values (${newPublicId('whk')}, ${project_id}, ${id}, ${webhook_secret}, ${now}, ${now})`.execute(db);
  }
  const projects = await sql<{ id: number }>`select id from project where webhook_url is not null`.execute(
    db,
  );
  for (const { id } of projects.rows) {
    await sql`insert into webhook_endpoint (public_id, project_id, secret, created_at, updated_at)
      values (${newPublicId('whk')}, ${id}, ${`whsec_${randomBytes(32).toString('base64')}`}, ${now}, ${now})`.execute(
      db,
    );
  }
}

const ROUTES_AT_ONCE = 1_000;

/** Their projects; and the hosts of those that live, for no database can read a URL as browsers do. */
async function completeRoutes(db: Kysely<unknown>): Promise<void> {
  for (let after = 0; ; ) {
    const { rows } = await sql<{
      id: number;
      project_id: number;
      destination: string;
      deleted_at: number | null;
    }>`
      select link_route.id, link.project_id, destination, deleted_at
        from link_route join link on link.id = link_route.link_id
       where link_route.id > ${after} order by link_route.id limit ${ROUTES_AT_ONCE}`.execute(db);
    const last = rows.at(-1);
    if (!last) return;
    after = last.id;
    const found = rows.map(({ id, project_id, destination, deleted_at }) => {
      const host = deleted_at === null ? (URL.parse(destination)?.host ?? null) : null;
      return sql`(cast(${id} as bigint), cast(${project_id} as bigint), cast(${host} as text))`;
    });
    await sql`with found (id, project_id, host) as (values ${sql.join(found)})
      update link_route set project_id = found.project_id, destination_host = found.host
        from found where found.id = link_route.id`.execute(db);
  }
}
