import { z } from 'zod';
import { MOST_PREVIOUS_SECRETS } from '../../accounts/webhook-endpoint-service.ts';
import { LONGEST_GROUP_NAME } from '../../links/group-input.ts';
import { LINK_SOURCES } from '../../links/link.ts';
import { textProblem } from '../../links/text.ts';
import { ON_CONFLICT } from '../../transfer/import-entry.ts';
import { MOST_LOGO_CHARACTERS } from '../../transfer/logo-row.ts';
import { newApp } from './app-schema.ts';
import { newGroup } from './group-schema.ts';
import { newLink } from './link-schema.ts';
import { projectPatch } from './project-routes.ts';
import { instant, publicId } from './schema.ts';

/** The lines of an export, which are also the rows of an import: what is written to make a thing, and what it was. */

const createdAt = instant.optional().meta({ description: 'Now when absent' });
const secretHashes = z
  .strictObject({ password: z.string().max(300), statsPassword: z.string().max(300) })
  .partial()
  .optional()
  .meta({ description: 'argon2id, as an export has them; instead of the secret in `settings`' });

/** `whsec_` and 32 bytes in base64. */
const webhookSecret = z.string().max(100);

const webhookEndpoint = z
  .strictObject({
    secret: webhookSecret,
    previousSecrets: z
      .array(z.strictObject({ secret: webhookSecret, until: instant }))
      .max(MOST_PREVIOUS_SECRETS)
      .default([])
      .meta({ description: 'They sign too, each until its instant' }),
    paused: z.boolean().default(false),
    disabledAt: instant.nullable().default(null),
    disabledReason: z.enum(['gone', 'failing']).nullable().default(null),
    createdAt,
  })
  .meta({
    id: 'TransferWebhookEndpoint',
    description:
      'The receiver of its webhook: in an export with `secrets`, so that receivers go on verifying',
  })
  .optional();

const balance = z.int().min(0).max(1_000_000_000_000).optional();

/** It is looked up by: what no engine could be asked for must not come that far. */
const groupName = z
  .string()
  .min(1)
  .max(LONGEST_GROUP_NAME)
  .superRefine((name, { addIssue }) => {
    const message = textProblem(name, { max: Infinity });
    if (message !== undefined) addIssue({ code: 'custom', message });
  });

const LINK_ID = /^lnk_[A-Za-z0-9]{16}$/;
const NO_LINK_ID = 'is not the id of a link';

export const transferLink = newLink
  .extend({
    kind: z.literal('link'),
    id: z.string().regex(LINK_ID, NO_LINK_ID).optional().meta({ description: 'Kept when it is free' }),
    group: groupName.optional().meta({
      description:
        'Name of a group, made when there is none; beside a `groupId` only what that group is called',
    }),
    secretHashes,
    source: z.enum(LINK_SOURCES).optional(),
    standsForLongLinks: z.literal(true).optional().meta({
      description: 'For the Firebase long links of its domain, where no link does yet',
    }),
    generatedCode: z.literal(true).optional().meta({ description: 'Nobody has chosen the code' }),
    firebaseRequest: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex')
      .optional()
      .meta({
        description:
          'Fingerprint of the Firebase call that made the link: the same call finds it here, unless one has been made here already',
      }),
    createdAt,
    clicks: balance.meta({ description: 'Counted so far, as an opening balance' }),
    visitors: balance.meta({ description: 'Likewise' }),
    foreignClicks: balance.meta({
      description: 'Of `clicks`, those from abroad: `excludeForeign` leaves them out, or not',
    }),
    foreignVisitors: balance.meta({ description: 'Of `visitors`, likewise' }),
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
    webhookEndpoint,
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
  .extend({ kind: z.literal('project'), webhookEndpoint })
  .meta({ id: 'TransferProject', description: 'Taken only where nobody has changed the project yet' });

export const transferLogo = z
  .strictObject({
    kind: z.literal('qr-logo'),
    groupId: publicId.optional().meta({ description: 'Whose codes carry it; absent: all of the project’s' }),
    data: z
      .string()
      .min(1)
      .max(MOST_LOGO_CHARACTERS, 'must be a picture as an export has it')
      .meta({ description: 'A PNG or a JPEG in base64; checked as an upload is' }),
  })
  .meta({ id: 'TransferQrLogo', description: 'Left out where there is a logo already' });

export const transferReservedCode = z
  .strictObject({
    kind: z.literal('reserved-code'),
    id: z.string().regex(LINK_ID, NO_LINK_ID).optional().meta({ description: 'Of the link that had it' }),
    domain: z.string().max(300).optional(),
    code: z.string().max(200),
    generatedCode: z.literal(true).optional().meta({
      description: 'Nobody has chosen the code: it is never given again, not even to the same project',
    }),
    createdAt,
    deletedAt: instant.optional().meta({ description: 'Now when absent' }),
  })
  .meta({ id: 'TransferReservedCode', description: 'The code of a deleted link: it stays reserved' });

export const transferRow = z
  .discriminatedUnion('kind', [
    transferLink,
    transferGroup,
    transferApp,
    transferDomain,
    transferProject,
    transferLogo,
    transferReservedCode,
  ])
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
        'Each as `TransferRow`; a row that is broken is refused by itself. Domains, groups and apps before the links that name them, groups before their logos',
    }),
    dryRun: z.boolean().default(false).meta({ description: 'Looks at everything and keeps nothing' }),
    before: rows.default([]).meta({
      description: 'In a dry run, what earlier rows have made: nothing of it is there',
    }),
    onConflict: z.enum(ON_CONFLICT).default('skip').meta({
      description:
        'When a code is taken: refuse the row, give its link a new code, or end the import before it',
    }),
    group: groupName.optional().meta({
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
