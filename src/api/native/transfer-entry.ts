import type { z } from 'zod';
import type { MovedEndpoint } from '../../accounts/moved-endpoint.ts';
import { webhookSecretProblem } from '../../accounts/webhook-secret.ts';
import { Failure, type FieldProblem } from '../../errors.ts';
import { codeProblem, normalizeCode, ReservedSegments } from '../../links/code.ts';
import { prepareGroup } from '../../links/group-input.ts';
import type { PreparedNewLink } from '../../links/link-input.ts';
import type { LinkService } from '../../links/link-service.ts';
import { SETTING_RULES, type SettingName } from '../../links/setting.ts';
import { applySettings, type PreparedSettings, withStoredSecrets } from '../../links/settings-change.ts';
import type { ImportEntry } from '../../transfer/import-entry.ts';
import { logoOf, type PrepareLogo } from '../../transfer/logo-row.ts';
import { checked } from '../schema-check.ts';
import { linkFromApi } from './link-schema.ts';
import { refuseBadValues } from './project-routes.ts';
import { milliseconds } from './schema.ts';
import { patchFromApi } from './setting-schema.ts';
import {
  type transferApp,
  type transferGroup,
  type transferLink,
  type transferLogo,
  type transferProject,
  type transferReservedCode,
  transferRow,
} from './transfer-schema.ts';

const LONGEST_REASON = 500;

/** What rows are looked at with. */
export interface EntryTools {
  readonly links: LinkService;
  /** Beside visitors not on the thread that answers them. */
  readonly prepareLogo: PrepareLogo;
}

/**
 * Checks and hashes the rows of an import, outside any transaction. What is wrong with one is its outcome.
 *
 * @param dryRun nothing will be kept: passwords are looked at and not hashed
 * @param atOnce how many are hashed together; beside a server few, so that a visitor's password finds a thread free
 */
export async function entriesOf(
  tools: EntryTools,
  given: readonly Readonly<Record<string, unknown>>[],
  dryRun: boolean,
  atOnce = BESIDE_VISITORS,
): Promise<ImportEntry[]> {
  const rows = dryRun ? given.map(withoutHashing) : given;
  const entries: ImportEntry[] = [];
  for (let at = 0; at < rows.length; at += atOnce) {
    entries.push(...(await Promise.all(rows.slice(at, at + atOnce).map((row) => entryOf(tools, row)))));
  }
  return entries;
}

/** Of the four threads of Node's pool. */
const BESIDE_VISITORS = 2;

const SECRETS = ['password', 'statsPassword'] as const satisfies SettingName[];
/** Stands for the hash of a password in a dry run: such a row is protected, by what does not matter. */
const UNHASHED = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** With hashes of nothing in place of passwords that could be some: each that is hashed takes some 30 ms. */
function withoutHashing(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { kind, settings, secretHashes } = row;
  if ((kind !== 'link' && kind !== 'group') || !isObject(settings)) return row;
  if (secretHashes !== undefined && !isObject(secretHashes)) return row;
  const fine = SECRETS.filter(
    (name) => typeof settings[name] === 'string' && SETTING_RULES[name].problem(settings[name]) === undefined,
  );
  if (fine.length === 0) return row;
  const rest = Object.entries(settings).filter(([name]) => !fine.some((secret) => secret === name));
  const unhashed = Object.fromEntries(fine.map((name) => [name, UNHASHED]));
  return { ...row, settings: Object.fromEntries(rest), secretHashes: { ...unhashed, ...secretHashes } };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function entryOf(
  { links, prepareLogo }: EntryTools,
  row: Readonly<Record<string, unknown>>,
): Promise<ImportEntry> {
  const read = checked(transferRow, row);
  if (read.problems) return { kind: 'refused', reason: sentenceOf(read.problems) };
  try {
    const one = read.data;
    if (one.kind === 'link') return await linkEntry(links, one);
    if (one.kind === 'group') return await groupEntry(one);
    if (one.kind === 'app') return appEntry(one);
    if (one.kind === 'project') return projectEntry(one);
    if (one.kind === 'qr-logo') return await logoEntry(one, prepareLogo);
    if (one.kind === 'reserved-code') return reservedCodeEntry(one);
    return { ...one, createdAt: instant(one.createdAt) };
  } catch (error) {
    // That nobody can look at it just now says nothing of the row.
    if (error instanceof Failure && error.code !== 'busy' && error.code !== 'unavailable')
      return { kind: 'refused', reason: error.message.slice(0, LONGEST_REASON) };
    throw error;
  }
}

async function linkEntry(links: LinkService, row: z.infer<typeof transferLink>): Promise<ImportEntry> {
  const { kind, id, group, secretHashes = {}, source, generatedCode, createdAt, ...rest } = row;
  const { clicks, visitors, foreignClicks, foreignVisitors, limitUsed, ...asked } = rest;
  const { domain, code, destination, standsForLongLinks, firebaseRequest, ...written } = asked;
  requireWithin('foreignClicks', foreignClicks, clicks);
  requireWithin('foreignVisitors', foreignVisitors, visitors);
  const input = { ...linkFromApi({ ...written, destination }), destination, code, domainId: NO_DOMAIN_YET };
  const prepared: PreparedNewLink = await links.prepareNew(input);
  return {
    kind,
    domain,
    groupName: group,
    firebaseRequest,
    prepared: {
      input: prepared.input,
      settings: whole(prepared.settings, secretHashes),
      origin: {
        publicId: id,
        createdAt: instant(createdAt),
        source,
        hasCustomCode: code === undefined ? undefined : generatedCode !== true,
        standsForLongLinks,
        clicks,
        visitors,
        foreignClicks,
        foreignVisitors,
        limitUsed,
      },
    },
  };
}

/** @throws Failure `invalid` when there is more of a part than of the whole */
function requireWithin(field: string, part = 0, whole = 0): void {
  if (part > whole) throw Failure.invalidField(field, 'must not be more than there are in all');
}

/** It is looked up in the transaction, where it cannot go away. */
const NO_DOMAIN_YET = 0;

async function groupEntry(row: z.infer<typeof transferGroup>): Promise<ImportEntry> {
  const { kind, id, name, memo, settings = {}, secretHashes = {}, webhookEndpoint, createdAt } = row;
  const prepared = await prepareGroup({ name, memo, settings: patchFromApi(settings) });
  const group = { ...prepared, name, settings: whole(prepared.settings, secretHashes) };
  const endpoint = endpointOf(webhookEndpoint);
  return { kind, group: { ...group, publicId: id, createdAt: instant(createdAt), endpoint } };
}

/** Rules between settings too: nothing of a row may fail once others are written with it. @throws Failure `invalid` */
function whole(settings: PreparedSettings, secretHashes: Parameters<typeof withStoredSecrets>[1]) {
  const all = withStoredSecrets(settings, secretHashes);
  applySettings({}, all);
  return all;
}

function appEntry({ kind, id, createdAt, ...input }: z.infer<typeof transferApp>): ImportEntry {
  return { kind, input, origin: { publicId: id, createdAt: instant(createdAt) } };
}

function projectEntry({ kind, webhookEndpoint, ...input }: z.infer<typeof transferProject>): ImportEntry {
  refuseBadValues(input);
  return { kind, input, endpoint: endpointOf(webhookEndpoint) };
}

/** As long as a rotation lets an old secret sign. */
const LONGEST_OVERLAP_MS = 168 * 3_600_000;

/** @throws Failure `invalid` */
function endpointOf(row: z.infer<typeof transferGroup>['webhookEndpoint']): MovedEndpoint | undefined {
  if (!row) return undefined;
  const now = Date.now();
  const refuse = (field: string, message: string) => {
    throw Failure.invalidField(`webhookEndpoint.${field}`, message);
  };
  const requireSecret = (secret: string, field: string) => {
    const problem = webhookSecretProblem(secret);
    if (problem !== undefined) refuse(field, problem);
  };
  requireSecret(row.secret, 'secret');
  const previousSecrets = row.previousSecrets.map(({ secret, until }, index) => {
    requireSecret(secret, `previousSecrets.${index}.secret`);
    if (milliseconds(until) > now + LONGEST_OVERLAP_MS)
      refuse(`previousSecrets.${index}.until`, 'must be within a week: no old secret signs longer');
    return { secret, until: milliseconds(until) };
  });
  const { secret, paused, disabledAt, disabledReason, createdAt } = row;
  const isDisabled = disabledAt !== null && disabledReason !== null;
  return {
    secret,
    previousSecrets: previousSecrets.filter(({ until }) => now < until),
    paused,
    disabledAt: isDisabled ? milliseconds(disabledAt) : null,
    disabledReason: isDisabled ? disabledReason : null,
    createdAt: instant(createdAt) ?? now,
  };
}

async function logoEntry(
  { kind, groupId, data }: z.infer<typeof transferLogo>,
  prepareLogo: PrepareLogo,
): Promise<ImportEntry> {
  return { kind, groupId, logo: await logoOf(data, prepareLogo) };
}

function reservedCodeEntry(row: z.infer<typeof transferReservedCode>): ImportEntry {
  const { kind, id, domain, generatedCode, createdAt, deletedAt } = row;
  const code = normalizeCode(row.code);
  const problem = codeProblem(code, NOTHING_MORE);
  if (problem !== undefined) throw Failure.invalidField('code', problem);
  const deleted = instant(deletedAt) ?? Date.now();
  return {
    ...{ kind, domain, code, publicId: id, isCustom: generatedCode !== true },
    createdAt: instant(createdAt) ?? deleted,
    deletedAt: deleted,
  };
}

/** Words that routes keep for themselves do no harm as codes that nobody gets. */
const NOTHING_MORE = new ReservedSegments();

function instant(text: string | undefined): number | undefined {
  return text === undefined ? undefined : milliseconds(text);
}

/** Every broken field, as problems name them. */
function sentenceOf(problems: readonly FieldProblem[]): string {
  const parts = problems.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`));
  return parts.join('; ').slice(0, LONGEST_REASON);
}
