import { sql } from 'kysely';

/**
 * What link and group of a row of `click` are called, for a select list. Each name is looked up for itself: for joins
 * PostgreSQL may read all links there are, once for every page of clicks.
 */
export const LINK_OF_CLICK = sql<
  string | null
>`(select public_id from link where link.id = click.link_id)`.as('link');

/** Null when a new link has taken over the code of a deleted one. */
export const CODE_OF_CLICK = sql<
  string | null
>`(select code from link_code where link_code.link_id = click.link_id and is_primary = 1)`.as('code');

/** The group the link was in when it was clicked. */
export const GROUP_OF_CLICK = sql<
  string | null
>`(select public_id from link_group where link_group.id = click.group_id)`.as('group');
