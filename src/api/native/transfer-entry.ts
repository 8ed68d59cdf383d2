import type { z } from 'zod';
import { Failure } from '../../errors.ts';
import { prepareGroup } from '../../links/group-input.ts';
import type { PreparedNewLink } from '../../links/link-input.ts';
import type { LinkService } from '../../links/link-service.ts';
import { applySettings, type PreparedSettings, withStoredSecrets } from '../../links/settings-change.ts';
import type { ImportEntry } from '../../transfer/import-entry.ts';
import { linkFromApi } from './link-schema.ts';
import { refuseBadValues } from './project-routes.ts';
import { milliseconds } from './schema.ts';
import { patchFromApi } from './setting-schema.ts';
import {
  type transferApp,
  type transferGroup,
  type transferLink,
  type transferProject,
  transferRow,
} from './transfer-schema.ts';

const LONGEST_REASON = 500;

/** Checks and hashes the rows of an import, outside any transaction. What is wrong with one is its outcome. */
export async function entriesOf(
  links: LinkService,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<ImportEntry[]> {
  const entries: ImportEntry[] = [];
  for (let at = 0; at < rows.length; at += AT_ONCE) {
    entries.push(...(await Promise.all(rows.slice(at, at + AT_ONCE).map((row) => entryOf(links, row)))));
  }
  return entries;
}

/** A thousand passwords are hashed a few at a time, so that a visitor's finds a thread free. */
const AT_ONCE = 2;

async function entryOf(links: LinkService, row: Readonly<Record<string, unknown>>): Promise<ImportEntry> {
  const parsed = transferRow.safeParse(row);
  if (!parsed.success) return { kind: 'refused', reason: sentenceOf(parsed.error) };
  try {
    const one = parsed.data;
    if (one.kind === 'link') return await linkEntry(links, one);
    if (one.kind === 'group') return await groupEntry(one);
    if (one.kind === 'app') return appEntry(one);
    if (one.kind === 'project') return projectEntry(one);
    return { ...one, createdAt: instant(one.createdAt) };
  } catch (error) {
    if (error instanceof Failure) return { kind: 'refused', reason: error.message.slice(0, LONGEST_REASON) };
    throw error;
  }
}

async function linkEntry(links: LinkService, row: z.infer<typeof transferLink>): Promise<ImportEntry> {
  const { kind, id, group, secretHashes = {}, source, generatedCode, createdAt, ...rest } = row;
  const { clicks, visitors, limitUsed, domain, code, destination, standsForLongLinks, ...written } = rest;
  const input = { ...linkFromApi({ ...written, destination }), destination, code, domainId: NO_DOMAIN_YET };
  const prepared: PreparedNewLink = await links.prepareNew(input);
  return {
    kind,
    domain,
    groupName: group,
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
        limitUsed,
      },
    },
  };
}

/** It is looked up in the transaction, where it cannot go away. */
const NO_DOMAIN_YET = 0;

async function groupEntry(row: z.infer<typeof transferGroup>): Promise<ImportEntry> {
  const { kind, id, name, memo, settings = {}, secretHashes = {}, createdAt } = row;
  const prepared = await prepareGroup({ name, memo, settings: patchFromApi(settings) });
  const group = { ...prepared, name, settings: whole(prepared.settings, secretHashes) };
  return { kind, group: { ...group, publicId: id, createdAt: instant(createdAt) } };
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

function projectEntry({ kind, ...input }: z.infer<typeof transferProject>): ImportEntry {
  refuseBadValues(input);
  return { kind, input };
}

function instant(text: string | undefined): number | undefined {
  return text === undefined ? undefined : milliseconds(text);
}

/** Every broken field, as problems name them. */
function sentenceOf(error: z.ZodError): string {
  const parts = error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  return parts.join('; ').slice(0, LONGEST_REASON);
}
