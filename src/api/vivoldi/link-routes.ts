import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Link } from '../../links/link.ts';
import type { ApiContext } from '../api-context.ts';
import { answer } from './envelope.ts';
import { findGroupId } from './group-finder.ts';
import { createLinks } from './link-creation.ts';
import { loadLink } from './link-finder.ts';
import { linkIdentity, linkUpdate, newLink, newLinks } from './link-schema.ts';
import { linkFromClient } from './link-translation.ts';
import { ProjectClock } from './project-clock.ts';
import { readBody, readQuery } from './request-input.ts';
import { requireOrder } from './setting-translation.ts';

const BULK_BODY_LIMIT_BYTES = 8 * 1024 * 1024;

const WRITE = { config: { scope: 'links:write' }, schema: { hide: true } } as const;

export function registerLinkRoutes(api: FastifyInstance, context: ApiContext): void {
  const oneLink = newLink(context.reserved);
  const manyLinks = newLinks(oneLink);
  const shortUrlOf = ({ domainId, code }: Link) => context.domains.shortUrl(domainId, code);

  const create = async ({ body, principal }: FastifyRequest, reply: FastifyReply) => {
    const [link] = await createLinks(context, principal, 'vivoldi', [readBody(oneLink, body)]);
    if (!link) throw new Error('no link was created');
    return answer(reply, shortUrlOf(link));
  };
  api.post('/v2/create', WRITE, create);
  api.post('/v1/create', WRITE, create);

  api.post(
    '/v1/createBulk',
    { ...WRITE, bodyLimit: BULK_BODY_LIMIT_BYTES },
    async ({ body, principal }, reply) => {
      const { links } = readBody(manyLinks, body);
      const made = await createLinks(context, principal, 'bulk', links, (index) => `links[${index}].`);
      return answer(
        reply,
        made.map((link) => ({ shortUrl: shortUrlOf(link), url: link.route.destination })),
      );
    },
  );

  const update = async ({ body, principal }: FastifyRequest, reply: FastifyReply) => {
    const { projectId, actor } = principal;
    const input = readBody(linkUpdate, body);
    const { publicId } = await loadLink(context, projectId, input);
    const groupId = await findGroupId(context, projectId, input.grpIdx);
    const clock = await ProjectClock.of(context, projectId);
    const change = { ...linkFromClient(input, groupId, clock), destination: input.url };
    const prepared = await context.links.prepare(change);
    await context.database.transact(actor, async (tx) => {
      const updated = await context.links.update(tx, projectId, publicId, prepared);
      requireOrder(change.settings, updated.settings);
    });
    return answer(reply, null);
  };
  api.put('/v2/update', WRITE, update);
  api.put('/v1/update', WRITE, update);

  api.delete('/v1/delete', WRITE, async ({ query, principal }, reply) => {
    const { projectId, actor } = principal;
    const { publicId } = await loadLink(context, projectId, readQuery(linkIdentity, query));
    await context.database.transact(actor, (tx) => context.links.delete(tx, projectId, publicId, undefined));
    return answer(reply, null);
  });
}
