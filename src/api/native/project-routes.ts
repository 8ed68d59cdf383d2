import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Project } from '../../accounts/project.ts';
import { isTimeZone } from '../../accounts/time-zone.ts';
import { Failure, type FieldProblem } from '../../errors.ts';
import { LANGUAGES } from '../../languages.ts';
import { httpUrlProblem } from '../../links/destination.ts';
import { hostPatternProblem } from '../../links/host-name.ts';
import { textProblem } from '../../links/text.ts';
import type { ApiContext } from '../api-context.ts';
import { etag, expectedVersion, ifMatchHeader, instant, iso, problems, publicId } from './schema.ts';

const METRICS = ['clicks', 'visitors'] as const;
const FREQUENCIES: readonly number[] = [1, 50, 100, 300, 500, 1000];
/** A week: who installs later does not do it for that click. */
const LONGEST_DEFERRED_WINDOW_MINUTES = 7 * 24 * 60;
const oneOf = (values: readonly unknown[]) => `must be one of ${values.join(', ')}`;

const written = {
  name: z.string().min(1).max(100),
  timeZone: z
    .string()
    .max(64)
    .meta({ description: 'IANA name: of statistics and of dates in pages', example: 'Asia/Seoul' }),
  homeCountry: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be a two-letter country such as KR')
    .meta({ description: 'Clicks from elsewhere are foreign' }),
  language: z.enum(LANGUAGES),
  notificationAddresses: z.array(z.email()).max(20),
  notifyEvery: z.int().min(1).max(1_000_000_000).meta({ description: 'Clicks between two notifications' }),
  webhookEnabled: z.boolean().meta({ description: 'Switches every webhook of the project on or off' }),
  webhookUrl: z
    .string()
    .nullable()
    .meta({ description: 'Receiver of clicks on links whose group has no webhook' }),
  webhookMetric: z.enum(METRICS, oneOf(METRICS)).nullable(),
  webhookFrequency: z
    .union(
      FREQUENCIES.map((value) => z.literal(value)),
      oneOf(FREQUENCIES),
    )
    .nullable()
    .meta({ description: 'Clicks (or visitors) between two calls' }),
  deferredWindowMinutes: z.int().min(0).max(LONGEST_DEFERRED_WINDOW_MINUTES).meta({
    description:
      'For how long after a click an app that is opened for the first time may be matched with it by its address and device; 0 switches deferred deep links off',
  }),
  fingerprintMatching: z.boolean().meta({
    description:
      'Whether address and device may tell which click an installation belongs to, where the store, the app or the clipboard does not name it',
  }),
  allowedHosts: z
    .array(z.string().max(255))
    .max(200)
    .meta({
      description:
        'Hosts that Firebase long links and links made by apps may lead to, beside those the project’s links lead to already; `*.example.com` is every host below example.com',
      example: ['www.example.com', '*.example.com'],
    }),
} as const;

export const projectPatch = z
  .strictObject(written)
  .partial()
  .meta({ id: 'ProjectPatch', description: 'Absent fields are left alone' });

const project = z
  .object({ id: publicId, ...written, version: z.int(), createdAt: instant, updatedAt: instant })
  .meta({ id: 'Project' });

const writtenProject = project
  .extend({
    webhookSecret: z.string().optional().meta({
      description: 'Checks the webhook’s signatures; in this one answer only, when it was just made',
    }),
  })
  .meta({ id: 'WrittenProject' });

export function registerProjectRoutes(fastify: FastifyInstance, context: ApiContext): void {
  const api = fastify.withTypeProvider<ZodTypeProvider>();

  api.get(
    '/project',
    {
      config: { scope: 'project:read' },
      schema: {
        operationId: 'getProject',
        summary: 'Get the project this key belongs to',
        tags: ['project'],
        response: { 200: project, ...problems() },
      },
    },
    async (request, reply) => {
      const found = await context.projects.load(request.principal.projectId);
      reply.header('ETag', etag(found.version));
      return projectToApi(found);
    },
  );

  api.patch(
    '/project',
    {
      config: { scope: 'project:write' },
      schema: {
        operationId: 'updateProject',
        summary: 'Change the project',
        tags: ['project'],
        headers: ifMatchHeader,
        body: projectPatch,
        response: { 200: writtenProject, ...problems(412, 413, 415) },
      },
    },
    async (request, reply) => {
      const { projectId, actor } = request.principal;
      const version = expectedVersion(request.headers['if-match']);
      refuseBadValues(request.body);
      const { project: updated, webhookSecret } = await context.database.transact(actor, (tx) =>
        context.projects.update(tx, projectId, request.body, version),
      );
      reply.header('ETag', etag(updated.version));
      return { ...projectToApi(updated), ...(webhookSecret === null ? {} : { webhookSecret }) };
    },
  );
}

/** @throws Failure `invalid` */
export function refuseBadValues({
  name,
  timeZone,
  webhookUrl,
  allowedHosts,
}: z.infer<typeof projectPatch>): void {
  const fields: FieldProblem[] = [];
  const check = (field: string, message: string | undefined) => {
    if (message) fields.push({ field, message });
  };
  if (name !== undefined) check('name', textProblem(name, { min: 1, max: 100 }));
  if (timeZone !== undefined && !isTimeZone(timeZone))
    check('timeZone', 'must be an IANA name such as Asia/Seoul');
  if (webhookUrl != null) check('webhookUrl', httpUrlProblem(webhookUrl));
  for (const [index, host] of (allowedHosts ?? []).entries())
    check(`allowedHosts.${index}`, hostPatternProblem(host));
  if (fields.length > 0) throw Failure.invalid(fields);
}

export function projectToApi(one: Project): z.infer<typeof project> {
  return {
    id: one.publicId,
    name: one.name,
    timeZone: one.timeZone,
    homeCountry: one.homeCountry,
    language: one.language,
    notificationAddresses: [...one.notificationAddresses],
    notifyEvery: one.notifyEvery,
    webhookEnabled: one.webhookEnabled,
    webhookUrl: one.webhookUrl,
    webhookMetric: one.webhookMetric,
    webhookFrequency: one.webhookFrequency,
    deferredWindowMinutes: one.deferredWindowMinutes,
    fingerprintMatching: one.fingerprintMatching,
    allowedHosts: [...one.allowedHosts],
    version: one.version,
    createdAt: iso(one.createdAt),
    updatedAt: iso(one.updatedAt),
  };
}
