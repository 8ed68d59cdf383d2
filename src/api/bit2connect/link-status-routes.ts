import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../api-context.ts';
import { inWords, LINK_WORDS } from './client-words.ts';
import { success } from './envelope.ts';
import { linkAnswer } from './link-answer.ts';
import { loadLink } from './link-finder.ts';
import { statusChange } from './link-schema.ts';
import { requireTransition } from './link-status.ts';
import { readBody } from './request-input.ts';
import { needs } from './route-options.ts';

const MESSAGES = { ACTIVE: 'Link activated successfully', PAUSED: 'Link paused successfully' } as const;

/** The documents disagree about the verb and about the answer: both verbs, and everything in the answer. */
export function registerLinkStatusRoutes(api: FastifyInstance, context: ApiContext): void {
  api.route<{ Params: { code: string } }>({
    method: ['PUT', 'PATCH'],
    url: '/links/:code/status',
    ...needs('links:write'),
    handler: async (request) => {
      const { projectId, actor } = request.principal;
      const { status } = readBody(statusChange, request.body);
      const { publicId } = await loadLink(context, projectId, request.params.code);
      const updated = await inWords(LINK_WORDS, async () => {
        const prepared = await context.links.prepare({
          settings: { paused: status === 'PAUSED' ? true : null },
        });
        return await context.database.transact(actor, (tx) =>
          context.links.update(tx, projectId, publicId, prepared, {
            allow: (link) => requireTransition(link, status),
          }),
        );
      });
      const counted = await context.links.count(updated);
      return success({ message: MESSAGES[status], ...(await linkAnswer(context, counted)) });
    },
  });
}
