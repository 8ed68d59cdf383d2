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
  };
}
