import type { FastifyInstance } from 'fastify';
import type { GroupFilter } from '../../links/group-filter.ts';
import { prepareGroup } from '../../links/group-input.ts';
import type { ApiContext } from '../api-context.ts';
import { answer } from './envelope.ts';
import { loadGroup } from './group-finder.ts';
import {
  type GroupQuery,
  groupIdentity,
  groupPageQuery,
  groupQuery,
  groupUpdate,
  newGroup,
} from './group-schema.ts';
import { groupFromClient, groupToClient } from './group-translation.ts';
import { listPage, offsetOf, ROWS_PER_PAGE } from './list-page.ts';
import { ProjectClock } from './project-clock.ts';
import { readBody, readQuery } from './request-input.ts';
import { requireCallable, requireOrder } from './setting-translation.ts';

const READ = { config: { scope: 'groups:read' }, schema: { hide: true } } as const;
const WRITE = { config: { scope: 'groups:write' }, schema: { hide: true } } as const;

export function registerGroupRoutes(api: FastifyInstance, context: ApiContext): void {
  api.post('/v1/create', WRITE, async ({ body, principal: { projectId, actor } }, reply) => {
    const input = readBody(newGroup, body);
    const clock = await ProjectClock.of(context, projectId);
    const change = groupFromClient(input, clock);
    requireCallable(change.settings, {}, context.endpoints);
    const prepared = await prepareGroup(change);
    const { group, webhookSecret } = await context.database.transact(actor, async (tx) => {
      const created = await context.groups.create(tx, projectId, { ...prepared, name: input.nm });
      requireOrder(change.settings, created.group.settings);
      return created;
    });
    return answer(reply, { grpIdx: group.id, webhookSecretKey: webhookSecret });
  });

  api.put('/v1/update', WRITE, async ({ body, principal: { projectId, actor } }, reply) => {
    const input = readBody(groupUpdate, body);
    const { publicId, settings } = await loadGroup(context, projectId, input.grpIdx);
    const clock = await ProjectClock.of(context, projectId);
    const change = groupFromClient(input, clock);
    requireCallable(change.settings, settings, context.endpoints);
    const prepared = await prepareGroup(change);
    const { webhookSecret } = await context.database.transact(actor, async (tx) => {
      const updated = await context.groups.update(tx, projectId, publicId, prepared, undefined);
      requireOrder(change.settings, updated.group.settings);
      return updated;
    });
    return answer(reply, webhookSecret);
  });

  api.delete('/v1/delete', WRITE, async ({ query, principal: { projectId, actor } }, reply) => {
    const { grpIdx } = readQuery(groupIdentity, query);
    const { publicId } = await loadGroup(context, projectId, grpIdx);
    await context.database.transact(actor, (tx) => context.groups.delete(tx, projectId, publicId, undefined));
    return answer(reply, null);
  });

  api.get('/v2/list', READ, async ({ query, principal: { projectId } }, reply) => {
    const { pages, ...sought } = readQuery(groupPageQuery, query);
    const filter = filterOf(projectId, sought);
    const page = pages ?? 1;
    const [items, total] = await Promise.all([
      list({ ...filter, limit: ROWS_PER_PAGE, offset: offsetOf(page) }),
      context.groups.total(filter),
    ]);
    return answer(reply, listPage(page, total, items));
  });

  // Before there were pages: the newest thirty, and no wrapper.
  api.get('/v1/list', READ, async ({ query, principal: { projectId } }, reply) => {
    const filter = filterOf(projectId, readQuery(groupQuery, query));
    return answer(reply, await list({ ...filter, limit: ROWS_PER_PAGE }));
  });

  async function list(query: Parameters<typeof context.groups.list>[0]) {
    const clock = await ProjectClock.of(context, query.projectId);
    return (await context.groups.list(query)).map((group) => groupToClient(group, clock));
  }
}

function filterOf(projectId: number, { grpIdx, nm }: GroupQuery): GroupFilter {
  return { projectId, ...(grpIdx ? { id: grpIdx } : {}), ...(nm == null ? {} : { search: nm }) };
}
