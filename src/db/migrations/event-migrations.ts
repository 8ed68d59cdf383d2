import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Dialect } from '../dialect.ts';

export function eventMigrations(dialect: Dialect): Record<string, Migration> {
  const id = sql.raw(dialect.identityColumn);
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
  };
}
