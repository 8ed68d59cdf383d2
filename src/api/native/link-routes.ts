import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Failure } from '../../errors.ts';
import { NO_CLICKS } from '../../links/link-figures.ts';
import { linkStatus } from '../../links/link-status.ts';
import { effective } from '../../links/overlay.ts';
import { withoutUndefined } from '../../set-members.ts';
import type { ApiContext } from '../api-context.ts';
import { explainApps } from './app-explanation.ts';
import {
  link,
  linkExplanation,
  linkExplanationToApi,
  linkFromApi,
  linkPage,
  linkPatch,
  linkToApi,
  newLink,
  newLinkFromApi,
  newLinks,
} from './link-schema.ts';
import { previewSources } from './preview-sources.ts';
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
import { post } from './write.ts';

const BULK_BODY_LIMIT_BYTES = 8 * 1024 * 1024;

export function registerLinkRoutes(fastify: FastifyInstance, context: ApiContext): void {
  const api = fastify.withTypeProvider<ZodTypeProvider>();

  api.post(
    '/links',
    {
      config: { scope: 'links:write' },
      schema: {
        operationId: 'createLink',
        summary: 'Create a link',
        tags: ['links'],
        headers: idempotencyHeader,
        body: newLink,
        response: { 201: link, ...problems(409, 413, 415) },
      },
    },
    async (request, reply) => {
      const { projectId } = request.principal;
      const prepared = await context.links.prepareNew(newLinkFromApi(context, projectId, request.body));
      return post(context, request, reply, async (tx) => {
        const [created] = await context.links.create(tx, projectId, 'api', [prepared]);
        if (!created) throw new Error('no link was created');
        reply.header('ETag', etag(created.version));
        return { status: 201, body: linkToApi(context, { ...created, ...NO_CLICKS }) };
      });
    },
  );

  api.post(
    '/links/bulk',
    {
      config: { scope: 'links:write' },
      bodyLimit: BULK_BODY_LIMIT_BYTES,
      schema: {
        operationId: 'createLinks',
        summary: 'Create up to 1,000 links, all or none',
        tags: ['links'],
        headers: idempotencyHeader,
        body: newLinks,
        response: { 201: z.object({ links: z.array(link) }), ...problems(409, 413, 415) },
      },
    },
    async (request, reply) => {
      const { projectId } = request.principal;
      const pathOf = (index: number) => `links.${index}.`;
      const prepared = await allOrEveryFailure(
        request.body.links.map(async (input, index) =>
          context.links.prepareNew(newLinkFromApi(context, projectId, input, pathOf(index)), pathOf(index)),
        ),
      );
      return post(context, request, reply, async (tx) => {
        const created = await context.links.create(tx, projectId, 'bulk', prepared, pathOf);
        const links = created.map((one) => linkToApi(context, { ...one, ...NO_CLICKS }));
        return { status: 201, body: { links } };
      });
    },
  );

  api.get(
    '/links',
    {
      config: { scope: 'links:read' },
      schema: {
        operationId: 'listLinks',
        summary: 'List links, newest first',
        tags: ['links'],
        querystring: z.object({
          ...listQuery,
          search: soughtText(200).meta({ description: 'Part of code, title or destination' }),
          groupId: publicId
            .optional()
            .meta({ description: 'Links of this group; `none` for links without one' }),
          domain: soughtText(300),
          code: soughtText(200),
          tag: soughtText(50),
          externalId: soughtText(255),
        }),
        response: { 200: linkPage, ...problems(404) },
      },
    },
    async (request) => {
      const { projectId } = request.principal;
      const { cursor, limit, groupId, domain: named, ...filters } = request.query;
      const before = idBefore(cursor);
      const domain =
        named === undefined ? undefined : context.domains.named(named, projectId, context.domainAliases);
      if (named !== undefined && !domain) return { links: [], nextCursor: null };
      const group =
        groupId === undefined || groupId === 'none'
          ? undefined
          : await context.groups.load(projectId, groupId);
      const rows = await context.links.list({
        projectId,
        limit: limit + 1,
        ...withoutUndefined(filters),
        ...(before === undefined ? {} : { before }),
        ...(domain ? { domainId: domain.id } : {}),
        ...(groupId === 'none' ? { groupId: null } : group ? { groupId: group.id } : {}),
      });
      const { items, nextCursor } = page(rows, limit);
      return { links: items.map((one) => linkToApi(context, one)), nextCursor };
    },
  );

  api.get(
    '/links/:id',
    {
      config: { scope: 'links:read' },
      schema: {
        operationId: 'getLink',
        summary: 'Get a link',
        tags: ['links'],
        params: idParameters,
        response: { 200: link, ...problems(404) },
      },
    },
    async (request, reply) => {
      const found = await context.links.load(request.principal.projectId, request.params.id);
      reply.header('ETag', etag(found.version));
      return linkToApi(context, found);
    },
  );

  api.get(
    '/links/:id/explain',
    {
      config: { scope: 'links:read' },
      schema: {
        operationId: 'explainLink',
        summary: 'Every setting of a link: what applies, and where it comes from',
        tags: ['links'],
        params: idParameters,
        response: { 200: linkExplanation, ...problems(404) },
      },
    },
    async (request) => {
      const { projectId } = request.principal;
      const found = await context.links.load(projectId, request.params.id);
      const over = found.group?.settings;
      const limited = effective('maxClicks', found.settings, over) !== false;
      const taken = limited ? await context.slotsTaken(found.id) : 0;
      const { link: known, group } = await context.targetOf(found.domainId, found.code);
      if (!known) throw Failure.notFound(`Link ${found.publicId}`);
      const page = (await context.previews.find(found.route.destination)) ?? null;
      const now = Date.now();
      return linkExplanationToApi(context, found, linkStatus(found.settings, over, taken, now), {
        apps: await explainApps(context, found),
        preview: previewSources({ known, group, social: found.social, page }, now),
      });
    },
  );

  api.patch(
    '/links/:id',
    {
      config: { scope: 'links:write' },
      schema: {
        operationId: 'updateLink',
        summary: 'Change a link; the next visit follows it',
        tags: ['links'],
        params: idParameters,
        headers: ifMatchHeader,
        body: linkPatch,
        response: { 200: link, ...problems(404, 412, 413, 415) },
      },
    },
    async (request, reply) => {
      const { projectId, actor } = request.principal;
      const version = expectedVersion(request.headers['if-match']);
      const prepared = await context.links.prepare(linkFromApi(request.body));
      const updated = await context.database.transact(actor, (tx) =>
        context.links.update(tx, projectId, request.params.id, prepared, { version }),
      );
      reply.header('ETag', etag(updated.version));
      const counted = await context.links.count(updated);
      return linkToApi(context, counted);
    },
  );

  api.delete(
    '/links/:id',
    {
      config: { scope: 'links:write' },
      schema: {
        operationId: 'deleteLink',
        summary: 'Delete a link; its code stays reserved',
        tags: ['links'],
        params: idParameters,
        headers: ifMatchHeader,
        response: { 204: z.undefined().meta({ description: 'Deleted' }), ...problems(404, 412) },
      },
    },
    async (request, reply) => {
      const { projectId, actor } = request.principal;
      const version = expectedVersion(request.headers['if-match']);
      await context.database.transact(actor, (tx) =>
        context.links.delete(tx, projectId, request.params.id, version),
      );
      reply.code(204);
    },
  );

  api.post(
    '/links/move',
    {
      config: { scope: 'links:write' },
      schema: {
        operationId: 'moveLinks',
        summary: 'Put up to 1,000 links into a group, or out of any',
        tags: ['links', 'groups'],
        headers: idempotencyHeader,
        body: z
          .strictObject({ linkIds: z.array(publicId).min(1).max(1_000), groupId: publicId.nullable() })
          .meta({ id: 'LinkMove' }),
        response: {
          200: z.object({ moved: z.int() }).meta({ id: 'LinksMoved' }),
          ...problems(409, 413, 415),
        },
      },
    },
    async (request, reply) => {
      const { projectId } = request.principal;
      const { linkIds, groupId } = request.body;
      return post(context, request, reply, async (tx) => {
        const group =
          groupId === null ? null : await context.groups.require(tx, projectId, groupId, 'groupId');
        return { status: 200, body: { moved: await context.links.move(tx, projectId, linkIds, group) } };
      });
    },
  );
}

/** Every broken field of every link, so that a caller mends a whole file in one go. @throws Failure `invalid` */
async function allOrEveryFailure<T>(works: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(works);
  const rejected = results.filter((result) => result.status === 'rejected');
  const defect = rejected.find(({ reason }) => !(reason instanceof Failure));
  if (defect) throw defect.reason;
  if (rejected.length > 0)
    throw Failure.invalid(rejected.flatMap(({ reason }) => (reason as Failure).fields));
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}
