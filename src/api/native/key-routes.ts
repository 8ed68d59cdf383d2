import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiKey } from '../../accounts/api-key.ts';
import { MOST_APPS, PUBLISHABLE_SCOPES } from '../../accounts/app-restriction.ts';
import { SCOPES } from '../../accounts/scope.ts';
import { Failure, type FieldProblem } from '../../errors.ts';
import { identifierProblem, PLATFORMS } from '../../links/link-app.ts';
import { textProblem } from '../../links/text.ts';
import type { ApiContext } from '../api-context.ts';
import { idempotencyHeader, idParameters, instant, iso, milliseconds, problems, publicId } from './schema.ts';
import { post } from './write.ts';

const scopes = z.array(z.enum(SCOPES)).min(1).max(SCOPES.length);

const keyApps = z
  .array(
    z.strictObject({
      platform: z.enum(PLATFORMS),
      identifier: z
        .string()
        .meta({ description: 'iOS bundle id or Android package name', example: 'com.example.app' }),
    }),
  )
  .min(1)
  .max(MOST_APPS);

const newKey = z
  .strictObject({
    name: z.string().min(1).max(100).meta({ description: 'What it is for', example: 'campaign importer' }),
    scopes: scopes
      .optional()
      .meta({ description: 'What it may do; when absent `*` (everything), with `apps` `deeplinks:open`' }),
    apps: keyApps.optional().meta({
      description:
        'Makes a publishable key, which may stand in these apps: it tells them where links that open them lead and, with `deeplinks:create`, makes such links, and can do nothing else',
    }),
    expiresAt: instant.nullable().optional(),
  })
  .meta({ id: 'NewKey' });

const keyFields = {
  id: publicId,
  name: z.string(),
  hint: z.string().meta({ description: 'How the key begins' }),
  scopes,
  apps: keyApps
    .nullable()
    .meta({ description: 'The apps a publishable key is for; null: it is a key of servers' }),
  expiresAt: instant.nullable(),
  createdAt: instant,
};
const key = z.object(keyFields).meta({ id: 'Key' });
const createdKey = z
  .object({
    ...keyFields,
    key: z
      .string()
      .nullable()
      .meta({ description: 'The key itself, shown this once; null when a request is repeated' }),
  })
  .meta({ id: 'CreatedKey' });

export function registerKeyRoutes(fastify: FastifyInstance, context: ApiContext): void {
  const api = fastify.withTypeProvider<ZodTypeProvider>();

  api.get(
    '/keys',
    {
      config: { scope: 'keys:read' },
      schema: {
        operationId: 'listKeys',
        summary: 'List the keys of the project',
        tags: ['keys'],
        response: { 200: z.object({ keys: z.array(key) }).meta({ id: 'KeyList' }), ...problems() },
      },
    },
    async (request) => {
      const keys = await context.keys.list(request.principal.projectId);
      return { keys: keys.map(keyToApi) };
    },
  );

  api.post(
    '/keys',
    {
      config: { scope: 'keys:write' },
      schema: {
        operationId: 'createKey',
        summary: 'Create a key, with no more rights than the key that asks',
        tags: ['keys'],
        headers: idempotencyHeader,
        body: newKey,
        response: { 201: createdKey, ...problems(409, 413, 415) },
      },
    },
    async (request, reply) => {
      const { name, apps = null, expiresAt = null } = request.body;
      const { scopes = [apps === null ? '*' : PUBLISHABLE_SCOPES[0]] } = request.body;
      const { projectId, scopes: granter } = request.principal;
      refuseBadValues(request.body);
      const { expiresAt: bound } = request.principal;
      if (bound !== null && (expiresAt === null || milliseconds(expiresAt) > bound)) {
        throw new Failure('forbidden', `This key ends at ${iso(bound)} and cannot make one that outlives it`);
      }
      return post<z.infer<typeof createdKey>>(context, request, reply, async (tx) => {
        const { apiKey, secret } = await context.keys.create(
          tx,
          { projectId, name, scopes, apps, expiresAt: expiresAt === null ? null : milliseconds(expiresAt) },
          granter,
        );
        const body = keyToApi(apiKey);
        return { status: 201, body: { ...body, key: secret }, repeated: { ...body, key: null } };
      });
    },
  );

  api.delete(
    '/keys/:id',
    {
      config: { scope: 'keys:write' },
      schema: {
        operationId: 'revokeKey',
        summary: 'Revoke a key, at once',
        tags: ['keys'],
        params: idParameters,
        response: { 204: z.undefined().meta({ description: 'Revoked' }), ...problems(404) },
      },
    },
    async (request, reply) => {
      const { projectId, actor } = request.principal;
      await context.database.transact(actor, (tx) => context.keys.revoke(tx, projectId, request.params.id));
      reply.code(204);
    },
  );
}

function refuseBadValues({ name, apps = [] }: z.infer<typeof newKey>): void {
  const fields: FieldProblem[] = [];
  const check = (field: string, message: string | undefined) => {
    if (message) fields.push({ field, message });
  };
  check('name', textProblem(name, { min: 1, max: 100 }));
  for (const [index, { platform, identifier }] of apps.entries()) {
    check(`apps.${index}.identifier`, identifierProblem(platform, identifier));
  }
  if (fields.length > 0) throw Failure.invalid(fields);
}

function keyToApi(one: ApiKey): z.infer<typeof key> {
  return {
    id: one.publicId,
    name: one.name,
    hint: one.hint,
    scopes: [...one.scopes],
    apps: one.apps === null ? null : one.apps.map(({ platform, identifier }) => ({ platform, identifier })),
    expiresAt: iso(one.expiresAt),
    createdAt: iso(one.createdAt),
  };
}
