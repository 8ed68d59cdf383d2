import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Scope } from '../../accounts/scope.ts';
import { Failure } from '../../errors.ts';
import { TurnedAway, Turnstile } from '../../links/turnstile.ts';
import {
  LEAST_LOGO_PIXELS,
  MOST_LOGO_BYTES,
  MOST_LOGO_PIXELS,
  type PreparedLogo,
} from '../../qr/logo-picture.ts';
import type { PaintingThread } from '../../qr/painting-thread.ts';
import type { LogoOwner } from '../../qr/qr-logo-service.ts';
import type { ApiContext } from '../api-context.ts';
import { idParameters, instant, iso, problems } from './schema.ts';

const PICTURE_TYPES = ['image/png', 'image/jpeg'];
const TAKES_PICTURES = `Send the picture as the body, with the header Content-Type: ${PICTURE_TYPES.join(' or ')}.`;

const uploaded = z.any().meta({
  type: 'string',
  format: 'binary',
  description: `${LEAST_LOGO_PIXELS} to ${MOST_LOGO_PIXELS} pixels a side, at most ${MOST_LOGO_BYTES / 1024} kB`,
});

const kept = {
  description: 'The logo as it is kept: a PNG of at most 400 pixels a side',
  content: { 'image/png': { schema: z.any().meta({ type: 'string', format: 'binary' }) } },
};

const described = z
  .object({
    width: z.int().meta({ description: 'As it is kept, in pixels' }),
    height: z.int(),
    updatedAt: instant,
  })
  .meta({ id: 'QrLogo' });

/** One thing that can have a logo. */
interface LogoPlace {
  readonly path: string;
  /** As operation ids name it. */
  readonly name: 'ProjectQrLogo' | 'GroupQrLogo';
  readonly tag: 'project' | 'groups';
  readonly follows: string;
  readonly read: Scope;
  readonly write: Scope;
  readonly parameters: { readonly params?: typeof idParameters };
  ownerOf(request: FastifyRequest): Promise<LogoOwner>;
}

/** The logos in the middle of QR codes. Their bodies are pictures, so they stand in a scope of their own. */
export function registerQrRoutes(fastify: FastifyInstance, context: ApiContext): void {
  const { projects, groups } = context;
  fastify.register(async (scope) => {
    takeOnlyPictures(scope);
    registerLogo(scope, context, {
      path: '/project/qr-logo',
      name: 'ProjectQrLogo',
      tag: 'project',
      follows: 'of the project’s links',
      read: 'project:read',
      write: 'project:write',
      parameters: {},
      async ownerOf({ principal: { projectId } }) {
        const { id, publicId, version } = await projects.load(projectId);
        return { entity: 'project', id, publicId, projectId, version };
      },
    });
    registerLogo(scope, context, {
      path: '/groups/:id/qr-logo',
      name: 'GroupQrLogo',
      tag: 'groups',
      follows: 'of a group’s links, before the project’s',
      read: 'groups:read',
      write: 'groups:write',
      parameters: { params: idParameters },
      async ownerOf({ principal: { projectId }, params }) {
        const group = await groups.load(projectId, (params as z.infer<typeof idParameters>).id);
        return { entity: 'group', id: group.id, publicId: group.publicId, projectId, version: group.version };
      },
    });
  });
}

function registerLogo(fastify: FastifyInstance, context: ApiContext, place: LogoPlace): void {
  const api = fastify.withTypeProvider<ZodTypeProvider>();
  const { database, qrLogos, painting } = context;
  const tags = [place.tag];

  api.get(
    place.path,
    {
      config: { scope: place.read },
      schema: {
        operationId: `get${place.name}`,
        summary: `Get the logo on the QR codes ${place.follows}`,
        tags,
        ...place.parameters,
        response: { 200: kept, ...problems(404) },
      },
    },
    async (request, reply) => {
      const { png } = await qrLogos.load(await place.ownerOf(request));
      reply.type('image/png').header('X-Content-Type-Options', 'nosniff');
      return reply.send(png);
    },
  );

  api.put(
    place.path,
    {
      config: { scope: place.write, takes: TAKES_PICTURES },
      schema: {
        operationId: `put${place.name}`,
        summary: `Put a logo on the QR codes ${place.follows}`,
        tags,
        consumes: PICTURE_TYPES,
        ...place.parameters,
        body: uploaded,
        response: { 200: described, ...problems(404, 413, 415) },
      },
    },
    async (request) => {
      const owner = await place.ownerOf(request);
      const logo = await prepared(painting, request.body);
      const { width, height, updatedAt } = await database.transact(request.principal.actor, (tx) =>
        qrLogos.put(tx, owner, logo),
      );
      return { width, height, updatedAt: iso(updatedAt) };
    },
  );

  api.delete(
    place.path,
    {
      config: { scope: place.write },
      schema: {
        operationId: `delete${place.name}`,
        summary: `Take the logo off the QR codes ${place.follows}`,
        tags,
        ...place.parameters,
        response: { 204: z.undefined().meta({ description: 'Deleted' }), ...problems(404) },
      },
    },
    async (request, reply) => {
      const owner = await place.ownerOf(request);
      await database.transact(request.principal.actor, (tx) => qrLogos.remove(tx, owner));
      reply.code(204);
    },
  );
}

function takeOnlyPictures(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser<Buffer>(
    PICTURE_TYPES,
    { parseAs: 'buffer', bodyLimit: MOST_LOGO_BYTES },
    (_request, body, done) => done(null, body),
  );
}

/** The thread that reads them draws codes, too: one picture at a time. */
const uploads = new Turnstile(1, 8);

/** @throws Failure `invalid`, `busy`, `unavailable` */
async function prepared(painting: PaintingThread, body: unknown): Promise<PreparedLogo> {
  if (!Buffer.isBuffer(body)) {
    throw Failure.invalidField('body', TAKES_PICTURES);
  }
  try {
    return await uploads.pass(() => painting.prepareLogo(body));
  } catch (error) {
    if (!(error instanceof TurnedAway)) throw error;
    throw new Failure('busy', 'Too many pictures are being read; try again in a moment.');
  }
}
