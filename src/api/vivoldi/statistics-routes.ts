import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { daysBetween, type LocalDay } from '../../accounts/local-day.ts';
import type { Project } from '../../accounts/project.ts';
import type { Asker } from '../../clicks/statistics/fair-queue.ts';
import type { SeriesPoint, StatisticsQuestion, StatisticsScope } from '../../clicks/statistics/question.ts';
import type { Group } from '../../links/group.ts';
import type { ApiContext } from '../api-context.ts';
import { askerOf } from '../asker.ts';
import { answer } from './envelope.ts';
import { loadGroup } from './group-finder.ts';
import { loadLink } from './link-finder.ts';
import { domainOf } from './link-translation.ts';
import { listPage, offsetOf, ROWS_PER_PAGE } from './list-page.ts';
import { Refusal } from './refusal.ts';
import { readQuery } from './request-input.ts';
import {
  clicksByDateQuery,
  clicksByGroupQuery,
  clicksByHourQuery,
  linkClicksByDateQuery,
  type ScopeQuery,
} from './statistics-schema.ts';
import { countsByDay, countsByHour, rangeOf } from './statistics-translation.ts';

/** "One month": from a day to the same day of any next month. */
const LONGEST_SPAN_DAYS = 31;

const READ = { config: { scope: 'stats:read' }, schema: { hide: true } } as const;

/** Under `/api/statistics`. */
export function registerStatisticsRoutes(api: FastifyInstance, context: ApiContext): void {
  api.get('/v2/clicks-by-date', READ, async (request, reply) => {
    const { projectId } = request.principal;
    const input = readQuery(clicksByDateQuery, request.query);
    requireSpan(input);
    const scope = await scopeOf(context, projectId, input);
    return answer(reply, await byDay(context, askerOf(request), projectId, scope, input));
  });

  api.get('/v1/clicks-by-date', READ, async (request, reply) => {
    const { projectId } = request.principal;
    const input = readQuery(linkClicksByDateQuery, request.query);
    requireSpan(input);
    const link = await loadLink(context, projectId, input);
    const scope = { kind: 'links', ids: [link.id] } as const;
    const days = await byDay(context, askerOf(request), projectId, scope, input);
    const named = { linkId: link.code, domain: domainOf(context, link) };
    return answer(
      reply,
      days.map(({ ymd, ...counts }) => ({ ymd, ...named, ...counts })),
    );
  });

  const byHour = async (request: FastifyRequest, reply: FastifyReply) => {
    const { projectId } = request.principal;
    const { ymd, ...input } = readQuery(clicksByHourQuery, request.query);
    const scope = await scopeOf(context, projectId, input);
    const project = await context.projects.load(projectId);
    const series = await seriesOf(context, askerOf(request), project, scope, 'hour', ymd, ymd);
    return answer(reply, countsByHour(ymd, series, project.timeZone));
  };
  api.get('/v2/clicks-by-hour', READ, byHour);
  api.get('/v1/clicks-by-hour', READ, byHour);
  registerClicksByGroup(api, context);
}

/** It is documented under `/api/link`, on a page that stands under statistics. */
export function registerClicksByGroup(api: FastifyInstance, context: ApiContext): void {
  const byGroup = async (request: FastifyRequest, reply: FastifyReply) => {
    const { projectId } = request.principal;
    const { ymd, pages, grpIdx, grpIdxList, groupIdx } = readQuery(clicksByGroupQuery, request.query);
    const page = pages ?? 1;
    const named = [grpIdxList, grpIdx, groupIdx].find((numbers) => numbers != null && numbers.length > 0);
    const field = named === grpIdxList ? 'grpIdxList' : named === grpIdx ? 'grpIdx' : 'groupIdx';
    const { groups, total } = named
      ? await groupsNamed(context, projectId, named, field, page)
      : await allGroups(context, projectId, page);
    const counts = await byGroupOn(context, askerOf(request), projectId, groups, ymd);
    const items = groups.map(({ id, name }) => ({
      grpIdx: id,
      grpNm: name,
      ...(counts.get(id) ?? { acesCnt: 0, pernCnt: 0 }),
    }));
    return answer(reply, listPage(page, total, items));
  };
  api.get('/v1/clicks-by-group', READ, byGroup);
  api.get('/v2/clicks-by-group', READ, byGroup);
}

/** @throws Refusal */
function requireSpan({ startYmd, endYmd }: { readonly startYmd: LocalDay; readonly endYmd: LocalDay }): void {
  const values = { start: 'startYmd' };
  const days = daysBetween(startYmd, endYmd);
  if (days < 0) throw new Refusal({ kind: 'dayBeforeStart', field: 'endYmd', values });
  if (days > LONGEST_SPAN_DAYS) throw new Refusal({ kind: 'spanTooLong', field: 'endYmd', values });
}

/** A link when one is named, else a group, else everything. @throws Refusal */
async function scopeOf(
  context: ApiContext,
  projectId: number,
  { linkId, domain, grpIdx, groupIdx }: ScopeQuery,
): Promise<StatisticsScope> {
  if (linkId != null) {
    const link = await loadLink(context, projectId, { linkId, domain });
    return { kind: 'links', ids: [link.id] };
  }
  const number = grpIdx || groupIdx;
  if (!number) return { kind: 'project' };
  const group = await loadGroup(context, projectId, number, grpIdx ? 'grpIdx' : 'groupIdx');
  return { kind: 'group', id: group.id };
}

async function byDay(
  context: ApiContext,
  asker: Asker,
  projectId: number,
  scope: StatisticsScope,
  { startYmd, endYmd }: { readonly startYmd: LocalDay; readonly endYmd: LocalDay },
) {
  const project = await context.projects.load(projectId);
  const series = await seriesOf(context, asker, project, scope, 'day', startYmd, endYmd);
  return countsByDay(startYmd, endYmd, series, project.timeZone);
}

async function seriesOf(
  context: ApiContext,
  asker: Asker,
  project: Project,
  scope: StatisticsScope,
  interval: 'day' | 'hour',
  first: LocalDay,
  last: LocalDay,
): Promise<readonly SeriesPoint[]> {
  const range = rangeOf(first, last, project.timeZone);
  if (range.from >= range.to) return [];
  const { series } = await context.statistics.ask({ ...of(project), ...range, scope, interval }, asker);
  return series;
}

/** What a day came to by the group links were in, by the group's number. */
async function byGroupOn(
  context: ApiContext,
  asker: Asker,
  projectId: number,
  groups: readonly Group[],
  ymd: LocalDay,
): Promise<Map<number, { acesCnt: number; pernCnt: number }>> {
  const project = await context.projects.load(projectId);
  const range = rangeOf(ymd, ymd, project.timeZone);
  if (groups.length === 0 || range.from >= range.to) return new Map();
  const question: StatisticsQuestion = {
    ...of(project),
    ...range,
    scope: { kind: 'project' },
    filters: [{ dimension: 'group', values: groups.map(({ id }) => String(id)) }],
    breakdowns: [{ dimension: 'group', limit: ROWS_PER_PAGE }],
  };
  const { breakdowns } = await context.statistics.ask(question, asker);
  return new Map(
    breakdowns[0]?.values.map(({ value, clicks, dailyVisitors }) => [
      Number(value),
      { acesCnt: clicks, pernCnt: dailyVisitors },
    ]),
  );
}

function of(project: Project): Pick<StatisticsQuestion, 'projectId' | 'timeZone' | 'homeCountry'> {
  return { projectId: project.id, timeZone: project.timeZone, homeCountry: project.homeCountry };
}

async function allGroups({ groups }: ApiContext, projectId: number, page: number) {
  const [found, total] = await Promise.all([
    groups.list({ projectId, limit: ROWS_PER_PAGE, offset: offsetOf(page) }),
    groups.total({ projectId }),
  ]);
  return { groups: found, total };
}

/** In the order they were named. @throws Refusal for one there is not, whichever page it is on */
async function groupsNamed(
  context: ApiContext,
  projectId: number,
  numbers: readonly number[],
  field: string,
  page: number,
) {
  const found = await Promise.all(numbers.map((number) => loadGroup(context, projectId, number, field)));
  const start = offsetOf(page);
  return { groups: found.slice(start, start + ROWS_PER_PAGE), total: found.length };
}
