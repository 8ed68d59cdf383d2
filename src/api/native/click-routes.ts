import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { rawClicksKeptFrom } from '../../clicks/click-rows.ts';
import { type RawClick, readRawClicks } from '../../clicks/raw-clicks.ts';
import type { ApiContext } from '../api-context.ts';
import { rowBeforeCursor } from './click-cursor.ts';
import { acceptedFormat, CLICK_FORMATS, type ClickFormat, rawClick, rawClickToApi } from './click-format.ts';
import { clickScopeOf, clickScopeQuery } from './click-scope.ts';
import { DownloadLimit, refuseDownload } from './download-limit.ts';
import { iso, problemSchema, problems } from './schema.ts';
import { readRange } from './statistics-range.ts';

const moment = z.string().max(40).optional();

const clickQuery = z.strictObject({
  ...clickScopeQuery,
  from: moment.meta({
    description: 'As in statistics; without it from the first click',
    example: '2026-03-01',
  }),
  to: moment.meta({ description: 'Likewise; a day is read to its end, without it to the last click' }),
  crawlers: z.enum(['include', 'exclude', 'only']).default('exclude'),
  format: z.enum(['ndjson', 'csv']).optional().meta({ description: 'Else as `Accept` says, else NDJSON' }),
  limit: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional().meta({
    description: 'So many clicks and no more; without it all of them',
  }),
  cursor: z.string().max(200).optional().meta({ description: 'Of the last click that arrived' }),
});

export function registerClickRoutes(fastify: FastifyInstance, context: ApiContext): void {
  const downloads = new DownloadLimit();

  fastify.withTypeProvider<ZodTypeProvider>().get(
    '/clicks',
    {
      config: { scope: 'stats:read' },
      // Its answer would be read to the end to be thrown away.
      exposeHeadRoute: false,
      schema: {
        operationId: 'downloadClicks',
        summary: 'Every single click, in the order in which they were counted',
        tags: ['statistics'],
        querystring: clickQuery,
        response: {
          200: {
            description:
              'One click a line. `Switchyard-Raw-From` says from when on clicks are kept, when some of the time asked for is earlier',
            content: {
              'application/x-ndjson': { schema: rawClick },
              'text/csv': { schema: z.string() },
            },
          },
          429: {
            description: 'Twenty downloads are running already; `Retry-After` says when to try again',
            content: { 'application/problem+json': { schema: problemSchema } },
          },
          ...problems(404),
        },
      },
    },
    async (request, reply) => {
      const { query } = request;
      const { projectId } = request.principal;
      const { read } = context.database;
      const { timeZone } = await context.projects.load(projectId);
      const range = readRange({ from: query.from ?? EARLIEST, to: query.to ?? LATEST }, timeZone, Date.now());
      const pages = readRawClicks(read, {
        ...(await clickScopeOf(context, projectId, query)),
        ...range,
        crawlers: query.crawlers,
        after: rowBeforeCursor(query.cursor, 'querystring.cursor') ?? 0,
      });
      const keptFrom = await rawClicksKeptFrom(read);
      const { raw, log } = request;
      const admitted = downloads.admit(raw, reply.raw, () =>
        log.info('a download of clicks was ended, because its client had stopped reading'),
      );
      if (!admitted) return refuseDownload(reply) as never;
      // Now, as long as a failure can still be answered as one.
      const first = await pages.next();
      const format = CLICK_FORMATS[query.format ?? acceptedFormat(request.headers.accept)];
      if (keptFrom !== undefined && range.from < keptFrom) reply.header('Switchyard-Raw-From', iso(keptFrom));
      reply.type(format.contentType);
      reply.header('Content-Disposition', `attachment; filename="${format.fileName}"`);
      const lines = linesOf(first, pages, format, context.visitorPseudonyms(projectId), query.limit);
      // A page is read when the client has taken the one before; when the client goes, `lines` is returned from.
      // Typed as what the document says is in it.
      return reply.send(Readable.from(lines, { highWaterMark: 1 }) as never);
    },
  );
}

const EARLIEST = '1970-01-01T00:00:00Z';
const LATEST = '9999-12-31T23:59:59.999Z';

async function* linesOf(
  first: IteratorResult<RawClick[], unknown>,
  pages: AsyncGenerator<RawClick[]>,
  format: ClickFormat,
  pseudonymOf: (visitor: string) => string,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer> {
  try {
    if (format.head !== '') yield Buffer.from(format.head);
    let left = limit;
    for (let page = first; !page.done && left > 0; page = await pages.next()) {
      const clicks = page.value.slice(0, left);
      left -= clicks.length;
      const lines = clicks.map((click) => format.line(rawClickToApi(click, pseudonymOf)));
      yield Buffer.from(lines.join(''));
      if (left === 0) return;
    }
  } finally {
    await pages.return(undefined);
  }
}
