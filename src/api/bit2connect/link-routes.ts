import type { FastifyInstance } from 'fastify';
import type { Tx } from '../../db/database.ts';
import { NO_CLICKS } from '../../links/link-figures.ts';
import type { ApiContext } from '../api-context.ts';
import { askerOf } from '../asker.ts';
import { loadAnalytics } from './analytics.ts';
import { inWords, LINK_WORDS } from './client-words.ts';
import { success } from './envelope.ts';
import { linkAnswer, linkAnswers } from './link-answer.ts';
import { loadLink } from './link-finder.ts';
import { listQuery } from './link-query.ts';
import { linkUpdate, newLink, type Payload } from './link-schema.ts';
import { requireEditable } from './link-status.ts';
import { appsToKeep, linkInput } from './link-translation.ts';
import { readBody, readQuery } from './request-input.ts';
import { needs } from './route-options.ts';

interface ByCode {
  Params: { code: string };
}

export function registerLinkRoutes(api: FastifyInstance, context: ApiContext): void {
  api.post('/links', needs('links:write'), async (request, reply) => {
    const { projectId, actor } = request.principal;
    const body = readBody(newLink, request.body);
    const input = { ...linkInput(body), destination: body.payload.link };
    const domainId = context.domains.default.id;
    const created = await inWords(LINK_WORDS, async () => {
      const prepared = await context.links.prepareNew({ ...input, domainId, code: body.code ?? undefined });
      return await context.database.transact(actor, async (tx) => {
        const [link] = await context.links.create(tx, projectId, 'bit2connect', [prepared]);
        await keepApps(context, tx, projectId, body.payload);
        return link;
      });
    });
    if (!created) throw new Error('no link was created');
    reply.code(201);
    return success(await linkAnswer(context, { ...created, ...NO_CLICKS }));
  });

  api.get('/links', needs('links:read'), async (request) => {
    const { projectId } = request.principal;
    const { page, pageSize, status, search, order } = readQuery(listQuery, request.query);
    const filter = {
      projectId,
      ...(search === undefined ? {} : { named: search }),
      ...(status === undefined || status === 'DELETED'
        ? {}
        : { status: { is: STATUS[status], at: Date.now() } }),
    };
    // Deleted links are never listed, also not to who asks for them.
    const total = status === 'DELETED' ? 0 : await context.links.total(filter);
    const offset = (page - 1) * pageSize;
    const found =
      offset < total
        ? await context.links.list({ ...filter, offset, limit: pageSize, oldestFirst: order === 'asc' })
        : [];
    const pagination = { page, pageSize, limit: pageSize, total, totalPages: Math.ceil(total / pageSize) };
    return { ...success(await linkAnswers(context, projectId, found)), pagination };
  });

  api.get<ByCode>('/links/:code', needs('links:read'), async (request) => {
    const link = await loadLink(context, request.principal.projectId, request.params.code);
    const [shown, analytics] = await Promise.all([
      linkAnswer(context, link),
      loadAnalytics(context, link, askerOf(request)),
    ]);
    if (!analytics) return success(shown);
    return success({ ...shown, clickCount: analytics.totalClicks, analytics });
  });

  api.put<ByCode>('/links/:code', needs('links:write', 'plain'), async (request) => {
    const { projectId, actor } = request.principal;
    const body = readBody(linkUpdate, request.body);
    const { publicId } = await loadLink(context, projectId, request.params.code);
    await inWords(LINK_WORDS, async () => {
      const prepared = await context.links.prepare(linkInput(body));
      await context.database.transact(actor, async (tx) => {
        await context.links.update(tx, projectId, publicId, prepared, { allow: requireEditable });
        await keepApps(context, tx, projectId, body.payload);
      });
    });
    return success({ message: 'Link updated successfully' });
  });

  api.delete<ByCode>('/links/:code', needs('links:write'), async (request) => {
    const { projectId, actor } = request.principal;
    const { publicId: id, code } = await loadLink(context, projectId, request.params.code);
    await inWords(LINK_WORDS, () =>
      context.database.transact(actor, (tx) => context.links.delete(tx, projectId, id, undefined)),
    );
    // One document has the message inside `data`, the other outside.
    const message = 'Link deleted successfully';
    return { ...success({ message, id, code }), message };
  });
}

const STATUS = { ACTIVE: 'active', PAUSED: 'paused', EXPIRED: 'ended' } as const;

/** After the link was written: whoever keeps an app waits for its turn, and holds nothing anybody else waits for. */
async function keepApps(context: ApiContext, tx: Tx, projectId: number, payload: Payload): Promise<void> {
  const apps = appsToKeep(payload);
  if (apps.length === 0) return;
  // Two that save one app at the same time shall save one.
  await context.database.takeTurn(tx);
  for (const { platform, name, details } of apps)
    await context.apps.keep(tx, projectId, platform, name, details);
}
