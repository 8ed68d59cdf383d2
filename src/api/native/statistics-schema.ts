import { z } from 'zod';
import { DIMENSIONS } from '../../clicks/statistics/question.ts';
import { instant, publicId } from './schema.ts';

const MOST_LINKS = 500;
const MOST_FILTERS = 50;

const INCLUSIONS = ['include', 'exclude', 'only'] as const;

/** A parameter that can be repeated; with `commas` each may also be a list. */
function repeatable<T extends z.ZodType>(one: T, most: number, commas: 'lists' | 'literal') {
  return z
    .preprocess((given) => {
      const all: unknown[] = [given].flat();
      return commas === 'literal' ? all : all.flatMap((text) => String(text).split(','));
    }, z.array(one).max(most))
    .optional();
}

const moment = z.string().max(40).optional();

export const statisticsQuery = z.strictObject({
  linkId: repeatable(publicId, MOST_LINKS, 'lists').meta({
    description: 'Of these links; without it and `groupId`, of the whole project',
  }),
  groupId: publicId.optional().meta({
    description: 'Of the clicks that happened while their link was in this group',
  }),
  from: moment.meta({
    description:
      'A day of the project’s clocks (`2026-03-01`), a time of theirs (`2026-03-01T10:00`) or an instant with its zone (`2026-03-01T10:00:00Z`); without it the last thirty days. Quarter hours are counted whole',
    example: '2026-03-01',
  }),
  to: moment.meta({
    description:
      'Likewise. A day is counted to its end, a time or an instant is where counting stops; without it the end of today',
    example: '2026-03-31',
  }),
  interval: z.enum(['hour', 'day', 'week', 'month']).optional().meta({
    description: 'Asks for a series, of at most 2,000 points; weeks begin on Monday',
  }),
  breakdown: repeatable(z.enum(DIMENSIONS), DIMENSIONS.length, 'lists').meta({
    description: 'What to tell the clicks apart by',
    example: ['country', 'browser'],
  }),
  limit: z.coerce.number().int().min(1).max(1_000).default(10).meta({
    description: 'Values of each breakdown, most clicks first',
  }),
  filter: repeatable(z.string().max(10_000), MOST_FILTERS, 'literal').meta({
    description:
      '`country:KR,JP` counts clicks with one of these values, `!browser:Chrome` those with none. All filters must hold. `\\,` is a comma in a value, `\\\\` a backslash; an empty value is "unknown" or "none"',
    example: ['country:KR,JP', '!browser:Chrome'],
  }),
  crawlers: z.enum(INCLUSIONS).default('exclude'),
  automated: z.enum(INCLUSIONS).default('include').meta({ description: 'Programs such as curl' }),
  repeats: z
    .enum(INCLUSIONS)
    .default('include')
    .meta({ description: 'Clicks within five seconds of the visitor’s last on the link' }),
  foreign: z
    .enum(['effective', ...INCLUSIONS])
    .default('effective')
    .meta({
      description:
        'Clicks from a known country that is not the project’s home; `effective` leaves them out for the links whose `excludeForeign` applies now',
    }),
  compare: z.enum(['previous']).optional().meta({ description: 'The time of the same length right before' }),
  visitors: z
    .enum(['true', 'false'])
    .default('true')
    .meta({ description: 'Whether to count different visitors, which costs more than clicks do' }),
  format: z.enum(['json', 'csv']).default('json').meta({
    description: '`csv` is one table: of the series, or of one breakdown',
  }),
});
export type StatisticsQuery = z.output<typeof statisticsQuery>;

const figures = {
  clicks: z.int(),
  visitors: z.int().nullable().meta({
    description: 'Different ones over all links; null when not asked for, or where it cannot be told',
  }),
  hourlyVisitors: z.int().meta({ description: 'Visitors of each link in each hour, summed' }),
  dailyVisitors: z.int().meta({ description: 'Visitors of each link on each day, summed' }),
  newVisitors: z
    .int()
    .meta({ description: 'Visitors of each link who were there for the first time, summed' }),
  qrScans: z.int().meta({ description: 'Of `clicks`' }),
  repeats: z.int().meta({ description: 'Also where they do not count' }),
  automated: z.int().meta({ description: 'Also where they do not count' }),
  crawlers: z.int().meta({ description: 'Also where they do not count, as they do not by themselves' }),
};

/** By how much a figure has grown: 0.25 is a quarter more. */
const change = z.number().nullable();

export const statistics = z
  .object({
    from: instant.meta({ description: 'The time as it was counted: whole quarter hours' }),
    to: instant.meta({ description: 'Where counting stopped: this instant is not in it' }),
    timeZone: z.string().meta({ description: 'Of the project’s clocks, as they are now' }),
    interval: z.enum(['hour', 'day', 'week', 'month']).nullable(),
    totals: z.object(figures),
    visitorsExact: z.boolean().meta({
      description: 'False where there are so many that they are estimated, or so old that they are forgotten',
    }),
    leftOut: z.object({ crawlers: z.int(), automated: z.int(), repeats: z.int(), foreign: z.int() }).meta({
      description: 'Clicks that passed the filters and are not in `totals`; one may be here more than once',
    }),
    previous: z
      .object({
        from: instant,
        to: instant,
        totals: z.object(figures),
        visitorsExact: z.boolean(),
        change: z
          .object({
            clicks: change,
            visitors: change,
            hourlyVisitors: change,
            dailyVisitors: change,
            newVisitors: change,
            qrScans: change,
          })
          .meta({
            description: 'Growth since, 0.25 for a quarter more; null where there was nothing before',
          }),
      })
      .nullable(),
    series: z.array(z.object({ from: instant, to: instant, ...figures })),
    breakdowns: z.array(
      z.object({
        dimension: z.enum(DIMENSIONS),
        total: z.int().meta({ description: 'How many values there are' }),
        values: z.array(
          z.object({
            value: z.string().meta({
              description: 'As a filter takes it; empty is "unknown" or "none". A link or a group is its id',
            }),
            link: z
              .object({
                id: publicId,
                code: z.string().nullable(),
                shortUrl: z.string().nullable(),
                title: z.string(),
              })
              .optional()
              .meta({ description: 'Also a deleted one; null where another link has its code now' }),
            group: z.object({ id: publicId, name: z.string() }).optional(),
            destination: z.string().optional().meta({ description: 'Where the route leads now' }),
            ...figures,
          }),
        ),
        rest: z.object(figures).meta({ description: 'What the values that are not listed come to' }),
      }),
    ),
  })
  .meta({ id: 'Statistics' });
