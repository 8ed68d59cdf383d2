import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { listChanges } from '../../db/change-log.ts';
import type { ApiContext } from '../api-context.ts';
import { idBefore, instant, iso, listQuery, nextCursor, page, problems, publicId } from './schema.ts';

const entity = z.enum(['link', 'group', 'domain', 'project', 'app', 'api-key', 'webhook-endpoint']);

const change = z
  .object({
    at: instant,
    actor: z.string().meta({ description: '`key:` and the id of the key, `cli` or `system`' }),
    entity,
    id: publicId.meta({ description: 'Of what was changed' }),
    action: z.enum(['created', 'updated', 'deleted', 'moved']),
    version: z.int(),
    changes: z
      .record(z.string(), z.object({ from: z.unknown(), to: z.unknown() }))
      .meta({ description: 'Of secrets only whether they were set' }),
  })
  .meta({ id: 'Change' });

export function registerChangeRoutes(fastify: FastifyInstance, context: ApiContext): void {
  fastify.withTypeProvider<ZodTypeProvider>().get(
    '/changes',
    {
      config: { scope: 'history:read' },
      schema: {
        operationId: 'listChanges',
        summary: 'Who changed what, newest first',
        tags: ['changes'],
        querystring: z.object({
          ...listQuery,
          entity: entity.optional(),
          id: publicId.optional().meta({ description: 'Of one link, group, domain or key' }),
        }),
        response: {
          200: z.object({ changes: z.array(change), nextCursor }).meta({ id: 'ChangePage' }),
          ...problems(422),
        },
      },
    },
    async (request) => {
      const { cursor, limit, entity, id } = request.query;
      const before = idBefore(cursor);
      const rows = await listChanges(context.database.read, {
        projectId: request.principal.projectId,
        limit: limit + 1,
        ...(entity === undefined ? {} : { entity }),
        ...(id === undefined ? {} : { publicId: id }),
        ...(before === undefined ? {} : { before }),
      });
      const { items, nextCursor } = page(rows, limit);
      return {
        changes: items.map((one) => ({
          at: iso(one.at),
          actor: one.actor,
          entity: one.entity,
          id: one.publicId,
          action: one.action,
          version: one.version,
          changes: changesToApi(one.data as Changes),
        })),
        nextCursor,
      };
    },
  );
}

type Changes = Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>>;

const INSTANTS = new Set(['deleteAt', 'settings.startsAt', 'settings.endsAt']);

/** The core's history in the words and forms of this API; its integer ids stay inside. */
function changesToApi(changes: Changes): z.infer<typeof change>['changes'] {
  return Object.fromEntries(
    Object.entries(changes).flatMap(([name, { from, to }]) => {
      if (name === 'domainId') return [];
      if (name === 'groupPublicId') return [['groupId', { from, to }]];
      if (name === 'route') return [['destination', { from: destinationOf(from), to: destinationOf(to) }]];
      if (INSTANTS.has(name)) return [[name, { from: instantOf(from), to: instantOf(to) }]];
      return [[name, { from, to }]];
    }),
  );
}

function destinationOf(route: unknown): unknown {
  return (route as { destination?: string } | null)?.destination ?? null;
}

function instantOf(value: unknown): unknown {
  return typeof value === 'number' ? iso(value) : value;
}
