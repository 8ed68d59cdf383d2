import { z } from 'zod';
import { LINK_SOURCES } from '../../links/link.ts';
import { ON_CONFLICT } from '../../transfer/import-entry.ts';
import { newApp } from './app-schema.ts';
import { newGroup } from './group-schema.ts';
import { newLink } from './link-schema.ts';
import { projectPatch } from './project-routes.ts';
import { instant } from './schema.ts';

/** The lines of an export, which are also the rows of an import: what is written to make a thing, and what it was. */

const createdAt = instant.optional().meta({ description: 'Now when absent' });
const secretHashes = z
  .strictObject({ password: z.string().max(300), statsPassword: z.string().max(300) })
  .partial()
  .optional()
  .meta({ description: 'argon2id, as an export has them; instead of the secret in `settings`' });

const balance = z.int().min(0).max(1_000_000_000_000).optional();

export const transferLink = newLink
  .extend({
    kind: z.literal('link'),
    id: z
      .string()
      .regex(/^lnk_[A-Za-z0-9]{16}$/, 'is not the id of a link')
      .optional()
      .meta({ description: 'Kept when it is free' }),
    group: z.string().min(1).max(100).optional().meta({
      description:
        'Name of a group, made when there is none; beside a `groupId` only what that group is called',
    }),
    secretHashes,
    source: z.enum(LINK_SOURCES).optional(),
    standsForLongLinks: z.literal(true).optional().meta({
      description: 'For the Firebase long links of its domain, where no link does yet',
    }),
    generatedCode: z.literal(true).optional().meta({ description: 'Nobody has chosen the code' }),
    createdAt,
    clicks: balance.meta({ description: 'Counted so far, as an opening balance' }),
    visitors: balance.meta({ description: 'Likewise' }),
    limitUsed: balance.meta({ description: 'What of `maxClicks` is used up; `clicks` when absent' }),
  })
  .meta({ id: 'TransferLink' });

export const transferGroup = newGroup
  .extend({
    kind: z.literal('group'),
    id: z
      .string()
      .regex(/^grp_[A-Za-z0-9]{16}$/, 'is not the id of a group')
      .optional(),
    secretHashes,
    createdAt,
  })
  .meta({ id: 'TransferGroup' });

export const transferApp = newApp
  .extend({ kind: z.literal('app'), id: z.uuid().optional(), createdAt })
  .meta({ id: 'TransferApp' });

export const transferDomain = z
  .strictObject({
    kind: z.literal('domain'),
    host: z.string().max(300),
    pathPrefix: z.string().max(300).default(''),
    isDefault: z.boolean().default(false),
    createdAt,
  })
  .meta({ id: 'TransferDomain' });

export const transferProject = projectPatch
  .extend({ kind: z.literal('project') })
  .meta({ id: 'TransferProject', description: 'Taken only where nobody has changed the project yet' });

export const transferRow = z
  .discriminatedUnion('kind', [transferLink, transferGroup, transferApp, transferDomain, transferProject])
  .meta({ id: 'TransferRow' });

/** How an export begins. */
export const exportHeader = z
  .object({ kind: z.literal('switchyard-export'), version: z.int(), exportedAt: instant })
  .meta({ id: 'ExportHeader' });

export const MOST_ROWS = 1_000;

const rows = z.array(z.record(z.string(), z.unknown())).max(MOST_ROWS);

export const importRequest = z
  .strictObject({
    rows: rows.meta({
      description:
        'Each as `TransferRow`; a row that is broken is refused by itself. Domains, groups and apps before the links that name them',
    }),
    dryRun: z.boolean().default(false).meta({ description: 'Looks at everything and keeps nothing' }),
    before: rows.default([]).meta({
      description: 'In a dry run, what earlier rows have made: nothing of it is there',
    }),
    onConflict: z.enum(ON_CONFLICT).default('skip').meta({
      description:
        'When a code is taken: refuse the row, give its link a new code, or end the import before it',
    }),
    group: z.string().min(1).max(100).optional().meta({
      description: 'Name of the group of links that name none; made when there is none',
    }),
    run: z
      .strictObject({
        kind: z.string().regex(/^[a-z0-9-]{1,30}$/, 'must be a word such as firebase'),
        fingerprint: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex'),
        from: z.int().min(0).meta({ description: 'Rows of the file that are done' }),
        restart: z.boolean().default(false).meta({ description: 'Begins the file anew' }),
        finish: z.boolean().default(false).meta({ description: 'These rows are the last' }),
      })
      .optional()
      .meta({
        description: 'Of which file the rows are: its position is kept with them, so that it can go on',
      }),
  })
  .meta({ id: 'ImportRequest' });

export const importRun = z
  .object({
    position: z.int().meta({ description: 'Rows that are done' }),
    created: z.int(),
    existing: z.int(),
    refused: z.int(),
    finishedAt: instant.nullable(),
  })
  .meta({ id: 'ImportRun' });

export const importAnswer = z
  .object({
    outcomes: z
      .array(
        z.object({
          outcome: z.enum(['created', 'exists', 'refused']),
          reason: z.string().nullable(),
          shortUrl: z.string().nullable(),
        }),
      )
      .meta({ description: 'One for each row, in their order' }),
    stop: z
      .object({ index: z.int(), reason: z.string() })
      .nullable()
      .meta({ description: 'The conflict at which it ended; rows from there on were not looked at' }),
    run: importRun.nullable(),
  })
  .meta({ id: 'ImportAnswer' });
