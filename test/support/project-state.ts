import { openBatchWriter } from '../../src/db/open.ts';
import type { StoreLocation } from '../../src/db/store-location.ts';

type Row = Readonly<Record<string, unknown>>;

const LINK = `(select public_id from link where link.id = link_id)`;
const DOMAIN = `case when is_default = 1 then '' else host || '/' || path_prefix end`;
const SAVED = (platform: string) =>
  `(select public_id from app where app.id = ${platform}_app_id and deleted_at is null) as ${platform}_app`;

/**
 * What a project consists of, table by table, with names in the place of row numbers: two installations that have the
 * same agree in all of it. Left out are keys, history, and when and how often a row was written here.
 */
const TABLES = {
  project: `select name, time_zone, home_country, language, notification_addresses, notify_every, webhook_enabled,
      webhook_url, webhook_metric, webhook_frequency, deferred_window_minutes, fingerprint_matching, allowed_hosts
    from project where id = $1`,
  domain: `select ${DOMAIN} as name, (select public_id from link where link.id = long_link_id) as long_link
    from domain where (project_id = $1 or project_id is null) and deleted_at is null`,
  group: `select public_id, name, memo, settings, link_count, created_at
    from link_group where project_id = $1 and deleted_at is null`,
  app: `select public_id, platform, name, identifier, store_url, app_store_id, min_version, min_os_version,
      team_id, sha256_fingerprints, custom_scheme, created_at
    from app where project_id = $1 and deleted_at is null`,
  link: `select public_id, (select ${DOMAIN} from domain where domain.id = domain_id) as domain,
      (select public_id from link_group where link_group.id = group_id and deleted_at is null) as group_name,
      title, description, image_url, memo, settings, campaign, social, desktop_url, ${SAVED('ios')}, ${SAVED('android')},
      app_details, app_routing, metadata, external_id, source, limit_scope, delete_at, created_at
    from link where project_id = $1 and deleted_at is null`,
  deleted: `select public_id, created_at, deleted_at from link where project_id = $1 and deleted_at is not null`,
  code: `select (select ${DOMAIN} from domain where domain.id = domain_id) as domain, code, ${LINK} as link, is_primary,
      is_custom
    from link_code where link_id in (select id from link where project_id = $1)`,
  // A link that was deleted here still has them; nobody sees them.
  route: `select ${LINK} as link, position, condition, weight, destination, destination_hash, destination_host
    from link_route where link_id in (select id from link where project_id = $1 and deleted_at is null)`,
  tag: `select ${LINK} as link, tag from link_tag
    where link_id in (select id from link where project_id = $1 and deleted_at is null)`,
  endpoint: `select (select public_id from link_group where link_group.id = group_id) as of_group, secret,
      previous_secrets, paused, disabled_at, disabled_reason, created_at
    from webhook_endpoint where project_id = $1`,
  logo: `select (select public_id from link_group where link_group.id = group_id) as of_group, data, digest, width, height
    from qr_logo where project_id = $1`,
  asked: `select fingerprint, ${LINK} as link from firebase_link where project_id = $1`,
} as const;

export async function projectState(location: StoreLocation): Promise<Record<keyof typeof TABLES, Row[]>> {
  const writer = openBatchWriter(location);
  try {
    const [project] = await writer.config.all<{ id: number }>('select min(id) as id from project', []);
    const state: Record<string, Row[]> = {};
    for (const [name, sql] of Object.entries(TABLES)) {
      const rows = await writer.config.all<Row>(sql, [Number(project?.id)]);
      state[name] = rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)).map(withJson);
    }
    return state as Record<keyof typeof TABLES, Row[]>;
  } finally {
    await writer.close();
  }
}

/** Objects are the same in whichever order they were written. */
function withJson(row: Row): Row {
  const read = (value: unknown): unknown =>
    typeof value === 'string' && /^[[{]/.test(value) ? JSON.parse(value) : value;
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, read(value)]));
}
