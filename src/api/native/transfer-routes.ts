import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { allows } from '../../accounts/scope.ts';
import { Failure } from '../../errors.ts';
import type { ImportRun } from '../../transfer/import-service.ts';
import type { ApiContext } from '../api-context.ts';
import { TAKES_JSON } from './body-refusal.ts';
import { DownloadLimit, refuseDownload } from './download-limit.ts';
import { iso, problemSchema, problems } from './schema.ts';
import { type EntryTools, entriesOf } from './transfer-entry.ts';
import { EXPORT_FORMATS, exportText } from './transfer-format.ts';
import { exportHeader, importAnswer, importRequest, importRun, transferRow } from './transfer-schema.ts';

const IMPORT_BODY_LIMIT_BYTES = 8 * 1024 * 1024;

/** Links of other installations and services in, everything out. */
export function registerTransferRoutes(fastify: FastifyInstance, context: ApiContext): void {
  const api = fastify.withTypeProvider<ZodTypeProvider>();
  const downloads = new DownloadLimit();
  const { links, painting } = context;
  const tools: EntryTools = { links, prepareLogo: (bytes) => painting.prepareLogo(bytes) };

  api.post(
    '/imports',
    {
      config: {
        scope: 'transfer:write',
        takes: `${TAKES_JSON} A file is taken by: switchyard import <kind> <file>`,
      },
      bodyLimit: IMPORT_BODY_LIMIT_BYTES,
      schema: {
        operationId: 'importRows',
        summary: 'Take up to 1,000 rows of a file, each with its own outcome',
        tags: ['transfer'],
        body: importRequest,
        response: { 200: importAnswer, ...problems(409, 413, 415) },
      },
    },
    async (request) => {
      const { projectId, actor } = request.principal;
      const { rows, before, dryRun, onConflict, group, run } = request.body;
      const answer = await context.imports.take(actor, projectId, {
        entries: await entriesOf(tools, rows, dryRun),
        before: dryRun ? await entriesOf(tools, before, dryRun) : [],
        options: { onConflict, group },
        dryRun,
        run,
      });
      return {
        outcomes: [...answer.outcomes],
        stop: answer.stop ?? null,
        run: answer.run ? runToApi(answer.run) : null,
      };
    },
  );

  api.get(
    '/imports',
    {
      config: { scope: 'transfer:write' },
      schema: {
        operationId: 'getImport',
        summary: 'How far the import of a file has come',
        tags: ['transfer'],
        querystring: z.object({ kind: z.string().max(30), fingerprint: z.string().max(64) }),
        response: { 200: importRun, ...problems(404) },
      },
    },
    async (request) => {
      const { kind, fingerprint } = request.query;
      const isName = /^[a-z0-9-]+$/.test(kind) && /^[0-9a-f]{64}$/.test(fingerprint);
      const found = isName
        ? await context.imports.findRun(request.principal.projectId, { kind, fingerprint })
        : undefined;
      if (!found) throw Failure.notFound('An import of this file');
      return runToApi(found);
    },
  );

  api.get(
    '/export',
    {
      config: { scope: 'transfer:read' },
      // Its answer would be read to the end to be thrown away.
      exposeHeadRoute: false,
      schema: {
        operationId: 'exportProject',
        summary: 'Everything the project has, or its links as a table',
        tags: ['transfer'],
        querystring: z.strictObject({
          format: z.enum(EXPORT_FORMATS).default('ndjson').meta({
            description:
              '`ndjson`: a line that names the format, then domains, groups, apps, settings and links as imports take them, **with the hashes of passwords**. `csv`: the links, without',
          }),
          secrets: z.enum(['true', 'false']).default('false').meta({
            description:
              'Needs the scope `webhooks:write` too. `ndjson`: with the secrets of webhooks, so that receivers go on verifying. `csv`: with those, hashes of passwords and everything that is no link, so that the table comes back to the same state',
          }),
        }),
        response: {
          200: {
            description: 'One thing a line',
            content: {
              'application/x-ndjson': { schema: z.union([exportHeader, transferRow]) },
              'text/csv': { schema: z.string() },
            },
          },
          429: {
            description: 'Twenty downloads are running already; `Retry-After` says when to try again',
            content: { 'application/problem+json': { schema: problemSchema } },
          },
          ...problems(),
        },
      },
    },
    async (request, reply) => {
      const { format } = request.query;
      const { projectId, scopes } = request.principal;
      const secrets = request.query.secrets === 'true';
      if (secrets && !allows(scopes, 'webhooks:write'))
        throw new Failure('forbidden', 'To export secrets the API key needs the scope webhooks:write too');
      const { raw, log } = request;
      const admitted = downloads.admit(raw, reply.raw, () =>
        log.info('an export was ended, because its client had stopped reading'),
      );
      if (!admitted) return refuseDownload(reply) as never;
      const parts = exportText(context, projectId, { format, secrets });
      // Now, as long as a failure can still be answered as one.
      const first = await parts.next();
      reply.type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson; charset=utf-8');
      reply.header('Content-Disposition', `attachment; filename="switchyard-export.${format}"`);
      return reply.send(Readable.from(bytesOf(first, parts), { highWaterMark: 1 }) as never);
    },
  );
}

async function* bytesOf(
  first: IteratorResult<string, unknown>,
  parts: AsyncGenerator<string>,
): AsyncGenerator<Buffer> {
  try {
    for (let part = first; !part.done; part = await parts.next()) yield Buffer.from(part.value);
  } finally {
    await parts.return(undefined);
  }
}

function runToApi({ position, created, existing, refused, finishedAt }: ImportRun) {
  return { position, created, existing, refused, finishedAt: iso(finishedAt) };
}
