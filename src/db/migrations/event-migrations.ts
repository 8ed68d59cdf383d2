import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Dialect } from '../dialect.ts';

export function eventMigrations(dialect: Dialect): Record<string, Migration> {
  const id = sql.raw(dialect.identityColumn);
  const blob = sql.raw(dialect.blobColumn);
  return {
    '0001_clicks': {
      async up(db: Kysely<unknown>) {
        for (const statement of [
          sql`create table click (
            id ${id}, click_id text not null, kind integer not null, at bigint not null, link_id bigint not null,
            group_id bigint, domain_id bigint not null, route_id bigint not null, flags integer not null,
            visitor text not null, user_agent text not null, language text not null, referrer_host text not null,
            utm text)`,
          sql`create index click_link on click (link_id, at)`,

          sql`create table link_counter (
            link_id bigint primary key, clicks bigint not null, slots_taken bigint not null,
            clicks_unslotted bigint not null, first_click_at bigint, last_click_at bigint)`,

          sql`create table link_slot (link_id bigint primary key, taken bigint not null)`,

          sql`create table journal_segment (
            uuid text primary key, sequence bigint not null, offset_bytes bigint not null, records bigint not null,
            finished_at bigint)`,
        ]) {
          await statement.execute(db);
        }
      },
    },

    '0002_statistics': {
      async up(db: Kysely<unknown>) {
        for (const statement of [
          ...['country', 'region', 'city', 'device', 'os', 'browser', 'language_tag'].map(
            (column) => sql`alter table click add column ${sql.raw(column)} text not null default ''`,
          ),
          sql`alter table click add column project_id bigint not null default 1`,
          // Serves the questions of ingest (has this visitor been here before?) and whoever reads a link's clicks.
          sql`create index click_visitor on click (link_id, visitor, at, flags, kind)`,
          sql`drop index click_link`,

          sql`create table click_block (
            id ${id}, project_id bigint not null, run bigint not null, run_rows bigint not null, rows bigint not null,
            min_link bigint not null, max_link bigint not null, from_quarter bigint not null,
            to_quarter bigint not null, visitors_until bigint not null default 0)`,
          sql`create index click_block_project on click_block (project_id, run)`,

          sql`create table click_block_column (
            block_id bigint not null, name text not null, data ${blob}, primary key (block_id, name))`,
          ...dialect.storeAsIs('click_block_column', 'data').map((text) => sql.raw(text)),

          sql`create table dimension_value (
            id ${id}, project_id bigint not null, dimension text not null, value text not null, day bigint not null,
            link_id bigint not null default 0, unique (project_id, dimension, value))`,
          sql`create index dimension_value_day on dimension_value (project_id, dimension, day, link_id)`,
          // The code of everything that finds no room.
          sql`insert into dimension_value (id, project_id, dimension, value, day) values (1, 0, '', '', 0)`,
          ...dialect.raiseIds('dimension_value', 1).map((text) => sql.raw(text)),

          sql`create table link_tally (
            link_id bigint not null, country text not null, clicks bigint not null, repeats bigint not null,
            visitors bigint not null, primary key (link_id, country))`,

          sql`create table statistics_state (name text primary key, value bigint not null)`,
        ]) {
          await statement.execute(db);
        }
      },
    },

    '0003_reactions': {
      async up(db: Kysely<unknown>) {
        for (const statement of [
          sql`alter table link_counter add column threshold_clicks bigint not null default 0`,
          sql`alter table link_counter add column threshold_visitors bigint not null default 0`,
          sql`update link_counter set
            threshold_clicks = coalesce((select sum(clicks - repeats) from link_tally
              where link_tally.link_id = link_counter.link_id), 0),
            threshold_visitors = coalesce((select sum(visitors) from link_tally
              where link_tally.link_id = link_counter.link_id), 0)`,

          sql`create table delivery (
            id ${id}, event_id text not null unique, lane text not null, channel text not null, kind text not null,
            project_id bigint not null, endpoint_id bigint, subscription_id bigint, message_id bigint, link_id bigint,
            group_id bigint, body text not null, state integer not null default 0, reason text,
            attempts integer not null default 0, created_at bigint not null, due_at bigint not null,
            finished_at bigint, shown_at bigint, clicked_at bigint)`,
          sql`create index delivery_due on delivery (lane, due_at, id) where state = 0`,
          sql`create index delivery_project on delivery (project_id, id)`,
          sql`create index delivery_endpoint on delivery (endpoint_id, id) where endpoint_id is not null`,
          sql`create index delivery_message on delivery (message_id, id) where message_id is not null`,
          sql`create index delivery_finished on delivery (finished_at) where finished_at is not null`,

          sql`create table delivery_attempt (
            delivery_id bigint not null, number integer not null, at bigint not null, duration_ms integer not null,
            status integer, error text, answer text not null default '', primary key (delivery_id, number))`,

          sql`create table delivery_lane (
            lane text primary key, channel text not null, project_id bigint not null, waiting bigint not null default 0,
            dropped bigint not null default 0, due_at bigint, open_at bigint not null default 0, held text,
            failing_since bigint, lease_owner text, lease_until bigint not null default 0)`,
          sql`create index delivery_lane_due on delivery_lane (due_at) where due_at is not null`,
          sql`create index delivery_lane_project on delivery_lane (project_id)`,
          sql`create index delivery_lane_held on delivery_lane (lane) where held is not null`,

          sql`create table push_subscription (
            id ${id}, public_id text not null unique, project_id bigint not null, audience text not null,
            endpoint text not null, endpoint_hash text not null, p256dh text not null, auth text not null,
            language text not null default '', label text not null default '', created_at bigint not null,
            unique (project_id, audience, endpoint_hash))`,
          sql`create index push_subscription_project on push_subscription (project_id, audience, id)`,
          sql`create index push_subscription_endpoint on push_subscription (endpoint_hash)`,
          sql`create table push_subscription_link (
            subscription_id bigint not null, link_id bigint not null, group_id bigint, created_at bigint not null,
            primary key (subscription_id, link_id))`,
          sql`create index push_subscription_link_link on push_subscription_link (link_id, subscription_id)`,
          sql`create index push_subscription_link_group on push_subscription_link (group_id, subscription_id)
            where group_id is not null`,

          sql`create table push_message (
            id ${id}, public_id text not null unique, project_id bigint not null, target text not null,
            group_id bigint, link_id bigint, title text not null, body text not null, url text not null,
            image_url text, state text not null, due_at bigint not null, fanned_out_to bigint not null default 0,
            recipients bigint not null default 0, sent bigint not null default 0, failed bigint not null default 0,
            gone bigint not null default 0, shown bigint not null default 0, clicked bigint not null default 0,
            actor text not null, created_at bigint not null, finished_at bigint)`,
          sql`create index push_message_project on push_message (project_id, id)`,
          sql`create index push_message_due on push_message (due_at) where finished_at is null`,
        ]) {
          await statement.execute(db);
        }
      },
    },

    '0004_deferred': {
      async up(db: Kysely<unknown>) {
        for (const statement of [
          sql`create table deferred_click (
            click_id text primary key, project_id bigint not null, link_id bigint not null, at bigint not null,
            expires_at bigint not null, platform text not null, os_version text not null, language text not null,
            network text not null, query text not null default '', unlocked text, claimed_at bigint,
            claimed_by text)`,
          sql`create index deferred_click_device on deferred_click (project_id, network, platform, at)
            where claimed_at is null`,
          sql`create index deferred_click_expiry on deferred_click (expires_at)`,

          sql`create table deferred_device (
            project_id bigint not null, device text not null, at bigint not null, click_id text,
            primary key (project_id, device))`,
          sql`create index deferred_device_told on deferred_device (at) where click_id is not null`,
          sql`create index deferred_device_untold on deferred_device (at) where click_id is null`,

          sql`create table app_event_tally (
            link_id bigint not null, day integer not null, platform text not null, kind integer not null,
            count bigint not null default 0, primary key (link_id, day, platform, kind))`,
        ]) {
          await statement.execute(db);
        }
      },
    },
  };
}
