import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { offsetTimeOf } from '../../accounts/local-day.ts';
import type { Asker } from '../../clicks/statistics/fair-queue.ts';
import type { StatisticsAnswer, StatisticsQuestion } from '../../clicks/statistics/question.ts';
import { Failure } from '../../errors.ts';
import type { ApiContext } from '../api-context.ts';
import { askerOf } from '../asker.ts';
import { iso, problems } from './schema.ts';
import { breakdownToApi, figuresToApi, type Labels, labelsOf, previousToApi } from './statistics-answer.ts';
import { figuresCsv } from './statistics-csv.ts';
import { questionOf } from './statistics-question.ts';
import { rangeBefore } from './statistics-range.ts';
import { type StatisticsQuery, statistics, statisticsQuery } from './statistics-schema.ts';

const CSV = 'text/csv; charset=utf-8';

export function registerStatisticsRoutes(fastify: FastifyInstance, context: ApiContext): void {
  const api = fastify.withTypeProvider<ZodTypeProvider>();

  api.get(
    '/stats',
    {
      config: { scope: 'stats:read' },
      schema: {
        operationId: 'getStatistics',
        summary: 'Clicks and visitors: in all, over time, and by what they differ in',
        tags: ['statistics'],
        querystring: statisticsQuery,
        response: {
          200: {
            description: 'As asked for',
            content: {
              'application/json': { schema: statistics },
              'text/csv': { schema: z.string() },
            },
          },
          ...problems(404),
        },
      },
    },
    async (request, reply) => {
      const { query } = request;
      const project = await context.projects.load(request.principal.projectId);
      const question = await questionOf(context, project, query, Date.now());
      const asker = askerOf(request);
      if (query.format === 'csv') {
        requireOneTable(query);
        const csv = await tableOf(context, question, asker);
        reply.type(CSV).header('Content-Disposition', 'attachment; filename="statistics.csv"');
        return reply.send(csv);
      }
      const found = await answer(context, question, query, asker);
      return reply.type('application/json; charset=utf-8').send(found);
    },
  );
}

async function answer(
  context: ApiContext,
  question: StatisticsQuestion,
  query: StatisticsQuery,
  asker: Asker,
): Promise<z.input<typeof statistics>> {
  const { timeZone } = question;
  const withVisitors = question.visitors === true;
  const now = await context.statistics.ask(question, asker);
  // As it was counted: quarter hours are counted whole, and the two times must touch and not overlap.
  const range = query.compare === 'previous' ? rangeBefore(now, timeZone) : undefined;
  const before = range && (await context.statistics.ask({ ...totalsOnly(question), ...range }, asker));
  const breakdowns = now.breakdowns.map(async (breakdown) =>
    breakdownToApi(breakdown, await labelsOf(context, question.projectId, breakdown), withVisitors),
  );
  return {
    from: iso(now.from),
    to: iso(now.to),
    timeZone,
    interval: query.interval ?? null,
    totals: figuresToApi(now.totals, withVisitors),
    visitorsExact: now.visitorsExact,
    leftOut: await leftOutOf(context, question, now, asker),
    previous: before ? previousToApi(now.totals, before, withVisitors) : null,
    series: now.series.map(({ from, to, ...figures }) => ({
      from: iso(from),
      to: iso(to),
      ...figuresToApi(figures, withVisitors),
    })),
    breakdowns: await Promise.all(breakdowns),
  };
}

async function leftOutOf(
  context: ApiContext,
  question: StatisticsQuestion,
  { totals }: StatisticsAnswer,
  asker: Asker,
) {
  const { crawlers, automated, repeats, foreign } = question.traffic ?? {};
  let abroad = 0;
  if (foreign === 'effective' || foreign === 'exclude') {
    const everywhere = { ...question.traffic, foreign: 'include' } as const;
    const all = await context.statistics.ask(
      { ...totalsOnly(question), traffic: everywhere, visitors: false },
      asker,
    );
    // Clicks may have come in since.
    abroad = Math.max(0, all.totals.clicks - totals.clicks);
  }
  return {
    crawlers: crawlers === 'exclude' ? totals.crawlers : 0,
    automated: automated === 'exclude' ? totals.automated : 0,
    repeats: repeats === 'exclude' ? totals.repeats : 0,
    foreign: abroad,
  };
}

function totalsOnly({ interval: _, ...question }: StatisticsQuestion): StatisticsQuestion {
  return { ...question, breakdowns: [] };
}

/** @throws Failure `invalid` */
function requireOneTable({ interval, breakdown = [] }: StatisticsQuery): void {
  const tables = (interval ? 1 : 0) + new Set(breakdown).size;
  if (tables === 1) return;
  throw Failure.invalidField('querystring.format', 'csv is one table: send an interval or one breakdown');
}

async function tableOf(context: ApiContext, question: StatisticsQuestion, asker: Asker): Promise<string> {
  const { timeZone, projectId } = question;
  const { series, breakdowns } = await context.statistics.ask(question, asker);
  const withVisitors = question.visitors === true;
  const [breakdown] = breakdowns;
  if (!breakdown) {
    const rows = series.map(({ from, to, ...figures }) => ({
      labels: [offsetTimeOf(from, timeZone), offsetTimeOf(to, timeZone)],
      figures,
    }));
    return figuresCsv(['from', 'to'], rows, withVisitors);
  }
  const labels = await labelsOf(context, projectId, breakdown);
  const rows = breakdown.values.map(({ value, ...figures }) => ({
    labels: [labels.get(value)?.value ?? value, nameOf(value, labels)],
    figures,
  }));
  return figuresCsv([breakdown.dimension, 'name'], rows, withVisitors);
}

/** What a person calls a value: where a link or a route leads, what a group is named. */
function nameOf(value: string, labels: Labels): string {
  const { link, group, destination } = labels.get(value) ?? {};
  return link?.shortUrl ?? group?.name ?? destination ?? '';
}
