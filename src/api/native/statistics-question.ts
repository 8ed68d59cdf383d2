import type { Project } from '../../accounts/project.ts';
import type {
  DimensionFilter,
  StatisticsQuestion,
  StatisticsScope,
} from '../../clicks/statistics/question.ts';
import { Failure, type FieldProblem } from '../../errors.ts';
import { loadGroupNames, loadLinkNames } from '../../links/link-names.ts';
import type { ApiContext } from '../api-context.ts';
import { readFilter, WrongFilter } from './statistics-filter.ts';
import { readRange, requireFewPoints } from './statistics-range.ts';
import type { StatisticsQuery } from './statistics-schema.ts';

/**
 * What a query asks, in the core's words: instants instead of local times, numbers instead of public ids.
 *
 * @throws Failure `invalid`, `not-found`
 */
export async function questionOf(
  context: ApiContext,
  project: Project,
  query: StatisticsQuery,
  now: number,
): Promise<StatisticsQuestion> {
  const { id: projectId, timeZone, homeCountry } = project;
  const range = readRange(query, timeZone, now);
  if (query.interval) requireFewPoints(range, query.interval, timeZone);
  const { crawlers, automated, repeats, foreign, limit, interval } = query;
  return {
    projectId,
    timeZone,
    homeCountry,
    scope: await scopeOf(context, projectId, query),
    ...range,
    filters: await filtersOf(context, projectId, query.filter ?? []),
    traffic: { crawlers, automated, repeats, foreign },
    ...(interval ? { interval } : {}),
    breakdowns: [...new Set(query.breakdown ?? [])].map((dimension) => ({ dimension, limit })),
    visitors: query.visitors === 'true',
  };
}

async function scopeOf(
  { database }: ApiContext,
  projectId: number,
  { linkId, groupId }: StatisticsQuery,
): Promise<StatisticsScope> {
  if (linkId && groupId !== undefined) {
    throw Failure.invalidField('querystring.groupId', 'cannot be sent together with linkId');
  }
  if (groupId !== undefined) {
    const [group] = await loadGroupNames(database.read, projectId, [groupId]);
    if (!group) throw Failure.notFound(`Group ${groupId}`);
    return { kind: 'group', id: group.id };
  }
  if (!linkId) return { kind: 'project' };
  const links = await loadLinkNames(database.read, projectId, linkId);
  const missing = missingFrom(linkId, links);
  if (missing !== undefined) throw Failure.notFound(`Link ${missing}`);
  return { kind: 'links', ids: links.map(({ id }) => id) };
}

async function filtersOf(
  context: ApiContext,
  projectId: number,
  texts: readonly string[],
): Promise<DimensionFilter[]> {
  const filters: DimensionFilter[] = [];
  const problems: FieldProblem[] = [];
  for (const [index, text] of texts.entries()) {
    const filter = readFilter(text);
    const found = filter instanceof WrongFilter ? filter : await withNumbers(context, projectId, filter);
    if (found instanceof WrongFilter) {
      problems.push({ field: `querystring.filter.${index}`, message: found.message });
    } else filters.push(found);
  }
  if (problems.length > 0) throw Failure.invalid(problems);
  return filters;
}

/** Links and groups by number, where the filter has their ids; "none" is a group with the number 0. */
async function withNumbers(
  { database }: ApiContext,
  projectId: number,
  filter: DimensionFilter,
): Promise<DimensionFilter | WrongFilter> {
  const { dimension, values } = filter;
  if (dimension !== 'link' && dimension !== 'group') return filter;
  const load = dimension === 'link' ? loadLinkNames : loadGroupNames;
  const named = dimension === 'group' ? values.filter((value) => value !== '') : values;
  const found = await load(database.read, projectId, named);
  const missing = missingFrom(named, found);
  if (missing !== undefined)
    return new WrongFilter(`must name what there is: there is no ${dimension} ${missing}`);
  const numbers = found.map(({ id }) => String(id));
  return { ...filter, values: named.length < values.length ? [...numbers, '0'] : numbers };
}

function missingFrom(
  wanted: readonly string[],
  found: readonly { readonly publicId: string }[],
): string | undefined {
  const known = new Set(found.map(({ publicId }) => publicId));
  return wanted.find((id) => !known.has(id));
}
