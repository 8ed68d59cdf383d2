import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type PreparedGroup, prepareGroup } from '../../links/group-input.ts';
import type { ApiContext } from '../api-context.ts';
import {
  group,
  groupExplanation,
  groupExplanationToApi,
  groupPage,
  groupPatch,
  groupToApi,
  newGroup,
  newGroups,
  writtenGroup,
  writtenGroupToApi,
} from './group-schema.ts';
import { linkPage, linkToApi } from './link-schema.ts';
import {
  etag,
  expectedVersion,
  idBefore,
  idempotencyHeader,
  idParameters,
  ifMatchHeader,
  listQuery,
  page,
  problems,
  publicId,
  soughtText,
} from './schema.ts';
import { patchFromApi } from './setting-schema.ts';
import { post } from './write.ts';

export function registerGroupRoutes(fastify: FastifyInstance, context: ApiContext): void {
  const api = fastify.withTypeProvider<ZodTypeProvider>();

  api.post(
    '/groups',
    {
      config: { scope: 'groups:write' },
      schema: {
        operationId: 'createGroup',
        summary: 'Create a group',
        tags: ['groups'],
        headers: idempotencyHeader,
        body: newGroup,
        response: { 201: writtenGroup, ...problems(409, 413, 415) },
      },
    },
    async (request, reply) => {
      const input = { ...(await groupFromApi(request.body)), name: request.body.name };
      return post(context, request, reply, async (tx) => {
        const written = await context.groups.create(tx, request.principal.projectId, input);
        reply.header('ETag', etag(written.group.version));
        return { status: 201, body: writtenGroupToApi(written), repeated: groupToApi(written.group) };
      });
    },
  );

  api.post(
    '/groups/bulk',
    {
      config: { scope: 'groups:write' },
      schema: {
        operationId: 'createGroups',
        summary: 'Create up to 100 groups, all or none',
        tags: ['groups'],
        headers: idempotencyHeader,
        body: newGroups,
        response: { 201: z.object({ groups: z.array(writtenGroup) }), ...problems(409, 413, 415) },
      },
    },
    async (request, reply) => {
      const inputs = await Promise.all(
        request.body.groups.map(async (one, index) => ({
          ...(await groupFromApi(one, `groups.${index}.`)),
          name: one.name,
        })),
      );
      return post(context, request, reply, async (tx) => {
        const written = [];
        for (const [index, input] of inputs.entries()) {
          const path = `groups.${index}.`;
          written.push(await context.groups.create(tx, request.principal.projectId, input, path));
        }
        return {
          status: 201,
          body: { groups: written.map(writtenGroupToApi) },
          repeated: { groups: written.map((one) => groupToApi(one.group)) },
        };
      });
    },
  );

  api.get(
    '/groups',
    {
      config: { scope: 'groups:read' },
      schema: {
        operationId: 'listGroups',
        summary: 'List groups, newest first',
        tags: ['groups'],
        querystring: z.object({
          ...listQuery,
          search: soughtText(100).meta({ description: 'Part of the name' }),
        }),
        response: { 200: groupPage, ...problems(422) },
      },
    },
    async (request) => {
      const { cursor, limit, search } = request.query;
      const before = idBefore(cursor);
      const rows = await context.groups.list({
        projectId: request.principal.projectId,
        limit: limit + 1,
        ...(search === undefined ? {} : { search }),
        ...(before === undefined ? {} : { before }),
      });
      const { items, nextCursor } = page(rows, limit);
      return { groups: items.map(groupToApi), nextCursor };
    },
  );

  api.get(
    '/groups/:id',
    {
      config: { scope: 'groups:read' },
      schema: {
        operationId: 'getGroup',
        summary: 'Get a group',
        tags: ['groups'],
        params: idParameters,
        response: { 200: group, ...problems(404) },
      },
    },
    async (request, reply) => {
      const found = await context.groups.load(request.principal.projectId, request.params.id);
      reply.header('ETag', etag(found.version));
      return groupToApi(found);
    },
  );

  api.get(
    '/groups/:id/explain',
    {
      config: { scope: 'groups:read' },
      schema: {
        operationId: 'explainGroup',
        summary: 'Every setting of a group, and what its links follow where it says nothing',
        tags: ['groups'],
        params: idParameters,
        response: { 200: groupExplanation, ...problems(404) },
      },
    },
    async (request) =>
      groupExplanationToApi(await context.groups.load(request.principal.projectId, request.params.id)),
  );

  api.patch(
    '/groups/:id',
    {
      config: { scope: 'groups:write' },
      schema: {
        operationId: 'updateGroup',
        summary: 'Change a group; every link of it follows on its next visit',
        tags: ['groups'],
        params: idParameters,
        headers: ifMatchHeader,
        body: groupPatch,
        response: { 200: writtenGroup, ...problems(404, 409, 412, 413, 415) },
      },
    },
    async (request, reply) => {
      const { projectId, actor } = request.principal;
      const version = expectedVersion(request.headers['if-match']);
      const input = await groupFromApi(request.body);
      const updated = await context.database.transact(actor, (tx) =>
        context.groups.update(tx, projectId, request.params.id, input, version),
      );
      reply.header('ETag', etag(updated.group.version));
      return writtenGroupToApi(updated);
    },
  );

  api.delete(
    '/groups/:id',
    {
      config: { scope: 'groups:write' },
      schema: {
        operationId: 'deleteGroup',
        summary: 'Delete a group; its links stay and follow their own settings',
        tags: ['groups'],
        params: idParameters,
        headers: ifMatchHeader,
        response: { 204: z.undefined().meta({ description: 'Deleted' }), ...problems(404, 412) },
      },
    },
    async (request, reply) => {
      const { projectId, actor } = request.principal;
      const version = expectedVersion(request.headers['if-match']);
      await context.database.transact(actor, (tx) =>
        context.groups.delete(tx, projectId, request.params.id, version),
      );
      reply.code(204);
    },
  );

  api.get(
    '/groups/:id/links',
    {
      config: { scope: 'links:read' },
      schema: {
        operationId: 'listGroupLinks',
        summary: 'List the links of a group, newest first',
        tags: ['groups', 'links'],
        params: idParameters,
        querystring: z.object(listQuery),
        response: { 200: linkPage, ...problems(404, 422) },
      },
    },
    async (request) => {
      const { projectId } = request.principal;
      const { cursor, limit } = request.query;
      const before = idBefore(cursor);
      const found = await context.groups.load(projectId, request.params.id);
      const rows = await context.links.list({
        projectId,
        groupId: found.id,
        limit: limit + 1,
        ...(before === undefined ? {} : { before }),
      });
      const { items, nextCursor } = page(rows, limit);
      return { links: items.map((one) => linkToApi(context, one)), nextCursor };
    },
  );

  api.post(
    '/groups/:id/links',
    {
      config: { scope: 'links:write' },
      schema: {
        operationId: 'addGroupLinks',
        summary: 'Put up to 1,000 links into the group',
        tags: ['groups', 'links'],
        params: idParameters,
        headers: idempotencyHeader,
        body: z.strictObject({ linkIds: z.array(publicId).min(1).max(1_000) }).meta({ id: 'GroupMembers' }),
        response: {
          200: z.object({ moved: z.int() }).meta({ id: 'MembersMoved' }),
          ...problems(404, 409, 413, 415),
        },
      },
    },
    async (request, reply) => {
      const { projectId } = request.principal;
      const found = await context.groups.load(projectId, request.params.id);
      return post(context, request, reply, async (tx) => ({
        status: 200,
        body: { moved: await context.links.move(tx, projectId, request.body.linkIds, found) },
      }));
    },
  );
}

function groupFromApi(input: z.infer<typeof groupPatch>, path?: string): Promise<PreparedGroup> {
  return prepareGroup({ ...input, settings: input.settings && patchFromApi(input.settings) }, path);
}
