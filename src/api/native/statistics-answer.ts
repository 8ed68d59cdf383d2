import type { z } from 'zod';
import type { Breakdown, Figures, StatisticsAnswer } from '../../clicks/statistics/question.ts';
import { loadDestinations, loadGroupNames, loadLinkNames } from '../../links/link-names.ts';
import type { ApiContext } from '../api-context.ts';
import { iso } from './schema.ts';
import type { statistics } from './statistics-schema.ts';

type Answer = z.input<typeof statistics>;
type ValueLabel = Pick<
  Answer['breakdowns'][number]['values'][number],
  'value' | 'link' | 'group' | 'destination'
>;

/** What a value of a breakdown is called, by the value as the core has it. */
export type Labels = ReadonlyMap<string, ValueLabel>;

export function figuresToApi(figures: Figures, withVisitors: boolean): Answer['totals'] {
  const { clicks, hourlyVisitors, dailyVisitors, newVisitors, qrScans, repeats, automated, crawlers } =
    figures;
  const visitors = withVisitors ? figures.visitors : null;
  return {
    clicks,
    visitors,
    hourlyVisitors,
    dailyVisitors,
    newVisitors,
    qrScans,
    repeats,
    automated,
    crawlers,
  };
}

export function previousToApi(
  now: Figures,
  before: StatisticsAnswer,
  withVisitors: boolean,
): Answer['previous'] {
  const then = before.totals;
  const growth = (name: keyof Figures) => (then[name] === 0 ? null : (now[name] - then[name]) / then[name]);
  return {
    from: iso(before.from),
    to: iso(before.to),
    totals: figuresToApi(then, withVisitors),
    visitorsExact: before.visitorsExact,
    change: {
      clicks: growth('clicks'),
      visitors: withVisitors ? growth('visitors') : null,
      hourlyVisitors: growth('hourlyVisitors'),
      dailyVisitors: growth('dailyVisitors'),
      newVisitors: growth('newVisitors'),
      qrScans: growth('qrScans'),
    },
  };
}

export function breakdownToApi(
  { dimension, total, values, rest }: Breakdown,
  labels: Labels,
  withVisitors: boolean,
): Answer['breakdowns'][number] {
  return {
    dimension,
    total,
    values: values.map((one) => ({
      ...(labels.get(one.value) ?? { value: one.value }),
      ...figuresToApi(one, withVisitors),
    })),
    // Who is behind several values would be counted several times.
    rest: figuresToApi(rest, false),
  };
}

/** Names what the core knows by number; texts are their own names. */
export async function labelsOf(
  context: ApiContext,
  projectId: number,
  { dimension, values }: Breakdown,
): Promise<Labels> {
  const { database, domains } = context;
  const numbers = values.map(({ value }) => Number(value));
  switch (dimension) {
    case 'link': {
      const links = await loadLinkNames(database.read, projectId, numbers);
      return new Map(
        links.map(({ id, publicId, domainId, code, title }) => {
          const shortUrl = code === null ? null : domains.shortUrl(domainId, code);
          return [String(id), { value: publicId, link: { id: publicId, code, shortUrl, title } }];
        }),
      );
    }
    case 'group': {
      const groups = await loadGroupNames(database.read, projectId, numbers);
      const named = groups.map(
        ({ id, publicId, name }) =>
          [String(id), { value: publicId, group: { id: publicId, name } }] satisfies [string, ValueLabel],
      );
      return new Map<string, ValueLabel>([['0', { value: '' }], ...named]);
    }
    case 'route': {
      const destinations = await loadDestinations(database.read, projectId, numbers);
      return new Map(
        [...destinations].map(([id, destination]) => [String(id), { value: String(id), destination }]),
      );
    }
    default:
      return new Map();
  }
}
