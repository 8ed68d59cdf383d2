import { setImmediate as visitorsFirst } from 'node:timers/promises';
import { parts } from '../../db/statement-parts.ts';
import type { DomainDirectory } from '../../links/domain-directory.ts';
import type { SettingName } from '../../links/setting.ts';
import {
  type ExportedLink,
  type ExportServices,
  exportPages,
  linkPages,
} from '../../transfer/export-pages.ts';
import { CSV_HEAD, csvLine } from '../../transfer/link-csv.ts';
import { EXPORT_VERSION } from '../../transfer/sources/ndjson.ts';
import { WHOLE_CSV_HEAD, wholeCsvLine } from '../../transfer/whole-csv.ts';
import { iso } from './schema.ts';
import { rowOf } from './transfer-rows.ts';

export const EXPORT_FORMATS = ['ndjson', 'csv'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportWish {
  readonly format: ExportFormat;
  /** NDJSON: with what webhooks are signed with. CSV: with that, what opens links, and all that is no link. */
  readonly secrets: boolean;
}

type Services = ExportServices & { readonly domains: DomainDirectory };

/**
 * A whole export, some hundred lines at a time. NDJSON has everything in the form in which an import takes it; so has
 * CSV with `secrets`, while without it has the links, without what opens them.
 */
export async function* exportText(
  services: Services,
  projectId: number,
  { format, secrets }: ExportWish,
): AsyncGenerator<string> {
  if (format === 'ndjson') yield* ndjsonText(services, projectId, secrets);
  else if (secrets) yield* wholeTable(services, projectId);
  else yield* linkTable(services, projectId);
}

async function* ndjsonText(services: Services, projectId: number, secrets: boolean): AsyncGenerator<string> {
  const head = { kind: 'switchyard-export', version: EXPORT_VERSION, exportedAt: iso(Date.now()) };
  yield `${JSON.stringify(head)}\n`;
  for await (const page of exportPages(services, projectId, secrets)) {
    if (page.length > 0)
      yield page.map((one) => `${JSON.stringify(rowOf(services.domains, one))}\n`).join('');
  }
}

async function* linkTable(services: Services, projectId: number): AsyncGenerator<string> {
  yield CSV_HEAD;
  for await (const page of linkPages(services, projectId))
    yield page.map((one) => csvLine(rowOf(services.domains, asTableRow(one)))).join('');
}

async function* wholeTable(services: Services, projectId: number): AsyncGenerator<string> {
  yield WHOLE_CSV_HEAD;
  for await (const page of exportPages(services, projectId, true)) {
    for (const part of parts(page, ROWS_AT_ONCE)) {
      yield part.map((one) => wholeCsvLine(rowOf(services.domains, one))).join('');
      await visitorsFirst();
    }
  }
}

/** A row costs the serving thread some 50 µs, because it is read again. */
const ROWS_AT_ONCE = 50;

/** What decides who comes through a link, and when. */
const PROTECTIVE = [
  'paused',
  'startsAt',
  'endsAt',
  'expiredUrl',
  'password',
  'maxClicks',
  'qrBypass',
] as const satisfies SettingName[];

/**
 * A table names groups and does not hold them, and holds no saved apps: what a group protects its links with, and what
 * a saved app is, stands in their own rows.
 */
function asTableRow(one: ExportedLink): ExportedLink {
  const { link } = one;
  const decided = link.group?.settings ?? {};
  const taken = PROTECTIVE.filter((name) => decided[name] !== undefined).map((name) => [name, decided[name]]);
  const settings = { ...link.settings, ...Object.fromEntries(taken) };
  const { ios, android } = link.apps;
  const apps = {
    ios: ios && { ...ios, savedAppId: null },
    android: android && { ...android, savedAppId: null },
  };
  return { ...one, link: { ...link, settings, apps } };
}
