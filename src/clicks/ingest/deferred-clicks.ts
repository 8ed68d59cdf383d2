import type { KeyObject } from 'node:crypto';
import type { BatchInsert } from '../../db/batch-writer.ts';
import { traitsOfVisit } from '../../deeplinks/deferred/click-traits.ts';
import { hashNetwork } from '../../deeplinks/deferred/keyed-hash.ts';
import { type ClickRecord, countsAsClick } from '../click-record.ts';
import { storable } from './storable.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** For so long a click that is named is found; how long one is found by its likeness, each project says. */
const NAMED_CLICKS_KEPT_MS = 30 * DAY_MS;
const LONGEST_QUERY = 4_096;

/** A click by a device for which the link has an app, while its address is still known. */
export interface ClickBeforeApp {
  readonly clickId: string;
  readonly linkId: number;
  readonly at: number;
  readonly platform: string;
  readonly osVersion: string;
  readonly language: string;
  readonly address: string;
  readonly query: string;
  readonly unlocked: string | null;
}

/** Clicks of which an app that is opened for the first time may be told. Pure. */
export function clicksBeforeApps(records: readonly ClickRecord[]): ClickBeforeApp[] {
  return records.flatMap((record) => {
    const { id: clickId, linkId, at, app, userAgent } = record;
    if (app === null || !countsAsClick(record)) return [];
    if (app.platform !== 'ios' && app.platform !== 'android') return [];
    const { platform, osVersion, language } = traitsOfVisit(userAgent, record.language);
    // A Mac that may be an iPad: there are many more Macs, and only the click itself can tell.
    const address = platform === app.platform ? record.address : '';
    const query = storable(app.query, LONGEST_QUERY);
    const { unlocked } = app;
    return [{ clickId, linkId, at, platform: app.platform, osVersion, language, address, query, unlocked }];
  });
}

const COLUMNS = {
  click_id: 'text',
  project_id: 'bigint',
  link_id: 'bigint',
  at: 'bigint',
  expires_at: 'bigint',
  platform: 'text',
  os_version: 'text',
  language: 'text',
  network: 'text',
  query: 'text',
  unlocked: 'text',
} as const satisfies BatchInsert['columns'];

/**
 * The rows by which apps find these clicks.
 *
 * @param windowOf for how long a project wants a click to be found, in milliseconds; 0: not at all
 */
export function deferredInsert(
  clicks: readonly ClickBeforeApp[],
  secret: KeyObject,
  projectOf: (linkId: number) => number,
  windowOf: (projectId: number) => number,
): BatchInsert {
  const rows = clicks.flatMap((click) => {
    const { clickId, linkId, at, platform, osVersion, language, address, query, unlocked } = click;
    const projectId = projectOf(linkId);
    if (windowOf(projectId) === 0) return [];
    const network = address === '' ? '' : hashNetwork(secret, projectId, address);
    const expiresAt = at + Math.max(windowOf(projectId), NAMED_CLICKS_KEPT_MS);
    const traits = [platform, osVersion, language, network] as const;
    return [[clickId, projectId, linkId, at, expiresAt, ...traits, query, unlocked]];
  });
  return { table: 'deferred_click', columns: COLUMNS, rows, onConflict: 'on conflict (click_id) do nothing' };
}
