import { sqliteDialect } from './dialects/sqlite.ts';
import { shapeAt } from './dialects/sqlite-shape.ts';
import { configMigrations } from './migrations/config-migrations.ts';
import { eventMigrations } from './migrations/event-migrations.ts';
import type { StoreLevel, StoreShape } from './table-shape.ts';

/** Every level this version knows, oldest first. */
const CONFIG = Object.keys(configMigrations(sqliteDialect)).sort();
const EVENTS = Object.keys(eventMigrations(sqliteDialect)).sort();

/** What this version brings every store to. */
export const LATEST_LEVEL: StoreLevel = { config: CONFIG.at(-1) ?? '', events: EVENTS.at(-1) ?? '' };

/** @returns undefined for a level that this version does not know */
export async function shapeOfLevel(level: StoreLevel): Promise<StoreShape | undefined> {
  const isKnown = CONFIG.includes(level.config) && EVENTS.includes(level.events);
  return isKnown ? await shapeAt(level) : undefined;
}

/** Names of migrations that another, newer version has made. */
export function unknownMigrations(names: {
  readonly config: readonly string[];
  readonly events: readonly string[];
}): string[] {
  return [
    ...names.config.filter((name) => !CONFIG.includes(name)),
    ...names.events.filter((name) => !EVENTS.includes(name)),
  ];
}
