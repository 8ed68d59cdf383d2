import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Domain } from '../../links/domain.ts';
import type { ApiContext } from '../api-context.ts';
import { idempotencyHeader, idParameters, instant, iso, problems, publicId } from './schema.ts';
import { post } from './write.ts';

const newDomain = z
  .strictObject({
    host: z.string().max(260).meta({ example: 'go.example.com' }),
    pathPrefix: z
      .string()
      .max(100)
      .optional()
      .meta({ description: 'Path segments before the code, such as `share`' }),
  })
  .meta({ id: 'NewDomain' });

const domain = z
  .object({
    id: publicId,
    host: z.string(),
    pathPrefix: z.string(),
    isDefault: z.boolean().meta({ description: 'Its host follows PUBLIC_URL' }),
    createdAt: instant,
  })
  .meta({ id: 'Domain' });

export function registerDomainRoutes(fastify: FastifyInstance, context: ApiContext): void {
  const api = fastify.withTypeProvider<ZodTypeProvider>();

  api.get(
    '/domains',
    {
      config: { scope: 'domains:read' },
      schema: {
        operationId: 'listDomains',
        summary: 'List the domains links can be made on',
        tags: ['domains'],
        response: { 200: z.object({ domains: z.array(domain) }).meta({ id: 'DomainList' }), ...problems() },
      },
    },
    async (request) => {
      const domains = await context.domainService.list(request.principal.projectId);
      return { domains: domains.map(domainToApi) };
    },
  );

  api.post(
    '/domains',
    {
      config: { scope: 'domains:write' },
      schema: {
        operationId: 'createDomain',
        summary: 'Add a domain; point its DNS at this installation first',
        tags: ['domains'],
        headers: idempotencyHeader,
        body: newDomain,
        response: { 201: domain, ...problems(409, 413, 415) },
      },
    },
    async (request, reply) => {
      const { host, pathPrefix = '' } = request.body;
      const { projectId } = request.principal;
      return post(context, request, reply, async (tx) => ({
        status: 201,
        body: domainToApi(
          await context.domainService.create(tx, { projectId, host, pathPrefix }, context.reserved),
        ),
      }));
    },
  );

  api.get(
    '/domains/:id',
    {
      config: { scope: 'domains:read' },
      schema: {
        operationId: 'getDomain',
        summary: 'Get a domain',
        tags: ['domains'],
        params: idParameters,
        response: { 200: domain, ...problems(404) },
      },
    },
    async (request) =>
      domainToApi(await context.domainService.load(request.principal.projectId, request.params.id)),
  );

  api.delete(
    '/domains/:id',
    {
      config: { scope: 'domains:write' },
      schema: {
        operationId: 'deleteDomain',
        summary: 'Remove a domain that has no links',
        tags: ['domains'],
        params: idParameters,
        response: { 204: z.undefined().meta({ description: 'Removed' }), ...problems(404, 409) },
      },
    },
    async (request, reply) => {
      const { projectId, actor } = request.principal;
      const { id } = request.params;
      await context.database.transact(actor, async (tx) => {
        // Nobody has made it, so nobody looks for it; where other links remain, it stays with the domain.
        await context.links.deleteStandIn(tx, projectId, id);
        await context.domainService.delete(tx, projectId, id);
      });
      reply.code(204);
    },
  );
}

function domainToApi(one: Domain): z.infer<typeof domain> {
  return {
    id: one.publicId,
    host: one.host,
    pathPrefix: one.pathPrefix,
    isDefault: one.isDefault,
    createdAt: iso(one.createdAt),
  };
}
