import type { FastifyInstance } from 'fastify';
import { normalizeCode } from '../../links/code.ts';
import type { LinkFilter } from '../../links/link-filter.ts';
import { withoutNulls } from '../../set-members.ts';
import type { ApiContext } from '../api-context.ts';
import { answer } from './envelope.ts';
import { findDomain } from './link-finder.ts';
import { type LinkListQuery, linkListQuery } from './link-schema.ts';
import { linkToClient, sourcesOf } from './link-translation.ts';
import { listPage, offsetOf, ROWS_PER_PAGE } from './list-page.ts';
import { ProjectClock } from './project-clock.ts';
import { Refusal } from './refusal.ts';
import { readQuery } from './request-input.ts';

/** A year, and in leap years a day more than one. The documented limit is not known. */
const LONGEST_WINDOW_MS = 366 * 24 * 60 * 60 * 1000;
/** Where days have 24 hours: windows are measured as they are written, and a change of clocks makes none longer. */
const CALENDAR = new ProjectClock('UTC');

export function registerLinkListRoutes(api: FastifyInstance, context: ApiContext): void {
  api.get(
    '/v1/list',
    { config: { scope: 'links:read' }, schema: { hide: true } },
    async ({ query, principal: { projectId } }, reply) => {
      const clock = await ProjectClock.of(context, projectId);
      const input = readQuery(linkListQuery, query);
      const filter = filterOf(context, projectId, input, clock);
      const page = input.pages ?? 1;
      // Databases do not agree on a list of no sources.
      if (filter.sources?.length === 0) return answer(reply, listPage(page, 0, []));
      const [rows, total] = await Promise.all([
        context.links.list({ ...filter, limit: ROWS_PER_PAGE, offset: offsetOf(page) }),
        context.links.total(filter),
      ]);
      const nameless = rows.filter(({ title }) => title === '');
      const titles = await context.previews.titlesOf(nameless.map(({ route }) => route.destination));
      const items = rows.map((link) => linkToClient(context, link, clock, titles));
      return answer(reply, listPage(page, total, items));
    },
  );
}

/** @throws Refusal */
function filterOf(
  context: ApiContext,
  projectId: number,
  input: LinkListQuery,
  clock: ProjectClock,
): LinkFilter {
  const domain = findDomain(context, projectId, input.domain);
  if (!domain) throw new Refusal({ kind: 'unknownDomain', field: 'domain' });
  const sources = sourcesOf(input.createTypeIdx);
  const created = createdIn(input, clock);
  const deleting = spanOf(input.startDelYmdt, input.endDelYmdt, clock);
  return {
    projectId,
    ...(input.domain == null ? {} : { domainId: domain.id }),
    ...(input.linkId == null ? {} : { code: normalizeCode(input.linkId) }),
    ...(input.grpIdx ? { groupId: input.grpIdx } : {}),
    ...(input.url == null ? {} : { destination: input.url }),
    ...(input.ttl == null ? {} : { title: input.ttl }),
    ...(input.memo == null ? {} : { memo: input.memo }),
    ...(input.brandLinkYn == null ? {} : { hasCustomCode: input.brandLinkYn }),
    ...(sources ? { sources } : {}),
    ...(created ? { created } : {}),
    ...(deleting ? { deleting } : {}),
    flags: withoutNulls({
      pushSubscription: input.notfSubscYn,
      qrBypass: input.qrBypassYn,
      notifyByPush: input.pushNotifyYn,
      notifyByMail: input.mailNotifyYn,
      excludeForeign: input.blockOverseasSticsYn,
    }),
  };
}

/** When the links were made: needed, unless they are named. @throws Refusal */
function createdIn(input: LinkListQuery, clock: ProjectClock): LinkFilter['created'] {
  const { regStartYmdt: first, regEndYmdt: last } = input;
  const isNamed = input.linkId != null && input.domain != null;
  if (!isNamed && first == null) throw new Refusal({ kind: 'required', field: 'regStartYmdt' });
  if (!isNamed && last == null) throw new Refusal({ kind: 'required', field: 'regEndYmdt' });
  if (first != null && last != null) {
    const values = { start: 'regStartYmdt' };
    const lengthMs = CALENDAR.instantOf(last) - CALENDAR.instantOf(first);
    if (lengthMs < 0) throw new Refusal({ kind: 'endBeforeStart', field: 'regEndYmdt', values });
    if (lengthMs > LONGEST_WINDOW_MS)
      throw new Refusal({ kind: 'windowTooLong', field: 'regEndYmdt', values });
  }
  return spanOf(first, last, clock);
}

/** Both ends included, the last one to its second. */
function spanOf(
  first: string | null | undefined,
  last: string | null | undefined,
  clock: ProjectClock,
): LinkFilter['created'] {
  if (first == null && last == null) return undefined;
  return {
    ...(first == null ? {} : { from: clock.instantOf(first) }),
    ...(last == null ? {} : { until: clock.endOf(last) }),
  };
}
