import type { FastifyInstance } from 'fastify';
import { addDays, dayOf, startOfDay } from '../../accounts/local-day.ts';
import { ClickKind } from '../../clicks/click-record.ts';
import type { Asker } from '../../clicks/statistics/fair-queue.ts';
import { ShortUrls } from '../../visits/short-urls.ts';
import type { ApiContext } from '../api-context.ts';
import { askerOf } from '../asker.ts';
import { GoogleError } from './google-error.ts';
import { type EventStat, eventStats } from './link-stats.ts';

interface ByLink {
  Params: { dynamicLink: string };
  Querystring: { durationDays?: unknown };
}

const MOST_DAYS = 3_650;
const SYSTEMS_ASKED = 100;
const DAY_MS = 24 * 60 * 60 * 1000;

export function registerLinkStatsRoutes(api: FastifyInstance, context: ApiContext): void {
  const urls = new ShortUrls(context.domains, context.domainAliases);

  api.get<ByLink>(
    '/:dynamicLink/linkStats',
    { config: { scope: 'stats:read' }, schema: { hide: true } },
    async (request) => {
      const { projectId } = request.principal;
      const days = daysOf(request.query.durationDays);
      const place = urls.read(request.params.dynamicLink);
      const link =
        place && place.code !== ''
          ? await context.links.findByCode(projectId, place.domain.id, place.code)
          : undefined;
      if (!link) throw new GoogleError('NOT_FOUND', 'There is no such short link in this project.');
      return { linkEventStats: await loadStats(context, link.id, projectId, days, askerOf(request)) };
    },
  );
}

/** @throws GoogleError */
function daysOf(given: unknown): number {
  const days = typeof given === 'string' && /^\d{1,4}$/.test(given) ? Number(given) : 0;
  if (days >= 1 && days <= MOST_DAYS) return days;
  const message = `must be a whole number of days from 1 to ${MOST_DAYS}`;
  throw GoogleError.invalid([{ field: 'durationDays', message }]);
}

/** Of the last `days` days on the project's clocks, today among them. */
async function loadStats(
  context: ApiContext,
  linkId: number,
  projectId: number,
  days: number,
  asker: Asker,
): Promise<EventStat[]> {
  const { timeZone, homeCountry } = await context.projects.load(projectId);
  const now = Date.now();
  const from = startOfDay(addDays(dayOf(now, timeZone), 1 - days), timeZone);
  const [{ breakdowns }, events] = await Promise.all([
    context.statistics.ask(
      {
        projectId,
        timeZone,
        homeCountry,
        scope: { kind: 'links', ids: [linkId] },
        from,
        // Clocks of several servers differ.
        to: now + DAY_MS,
        breakdowns: [{ dimension: 'os', limit: SYSTEMS_ASKED }],
      },
      asker,
    ),
    loadAppEvents(context, linkId, Math.floor(from / DAY_MS)),
  ]);
  return eventStats(breakdowns[0]?.values ?? [], events);
}

/** Events of apps are kept by days of UTC: on the first of them some may be from before the project's day. */
function loadAppEvents({ database }: ApiContext, linkId: number, fromDay: number) {
  return database.read
    .selectFrom('app_event_tally')
    .select(({ fn }) => ['platform', 'kind', fn.sum<number | string>('count').as('count')])
    .where('link_id', '=', linkId)
    .where('day', '>=', fromDay)
    .where('kind', 'in', [ClickKind.appOpen, ClickKind.install])
    .groupBy(['platform', 'kind'])
    .execute();
}
