import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { newPublicId } from '../../db/public-id.ts';
import { Failure } from '../../errors.ts';
import type { MessageTarget } from '../../reactions/push/messages/message.ts';
import { checkMessage } from '../../reactions/push/messages/message-input.ts';
import { listMessages, loadMessage } from '../../reactions/push/messages/message-list.ts';
import { countSubscribers, listSubscribers } from '../../reactions/push/subscribers/subscriber-list.ts';
import type { ApiContext } from '../api-context.ts';
import { clickScopeOf } from './click-scope.ts';
import {
  message,
  messagePage,
  messageToApi,
  newMessage,
  subscriberPage,
  subscriberToApi,
} from './push-schema.ts';
import {
  idBefore,
  idempotencyHeader,
  idParameters,
  listQuery,
  milliseconds,
  page,
  problems,
  publicId,
} from './schema.ts';
import { post } from './write.ts';

/** Visitors who have subscribed through links, and messages to them. */
export function registerPushRoutes(fastify: FastifyInstance, context: ApiContext): void {
  registerSubscriberRoutes(fastify, context);
  registerMessageRoutes(fastify, context);
}

function registerSubscriberRoutes(fastify: FastifyInstance, context: ApiContext): void {
  const api = fastify.withTypeProvider<ZodTypeProvider>();

  api.get(
    '/push-subscribers',
    {
      config: { scope: 'push:read' },
      schema: {
        operationId: 'listPushSubscribers',
        summary: 'Count and list those who have subscribed through links, newest first',
        tags: ['push'],
        querystring: z.object({
          ...listQuery,
          linkId: publicId.optional().meta({ description: 'Through this link' }),
          groupId: publicId.optional().meta({
            description: 'Through a link that is in this group now, or was when they subscribed',
          }),
        }),
        response: { 200: subscriberPage, ...problems(404) },
      },
    },
    async (request) => {
      const { read } = context.database;
      const { cursor, limit } = request.query;
      const filter = await clickScopeOf(context, request.principal.projectId, request.query);
      const before = idBefore(cursor);
      const rows = await listSubscribers(read, { ...filter, before, limit: limit + 1 });
      const { items, nextCursor } = page(rows, limit);
      const total = await countSubscribers(read, filter);
      return { total, subscribers: items.map(subscriberToApi), nextCursor };
    },
  );

  api.delete(
    '/push-subscribers/:id',
    {
      config: { scope: 'push:write' },
      schema: {
        operationId: 'deletePushSubscriber',
        summary: 'Forget a subscriber',
        tags: ['push'],
        params: idParameters,
        response: { 204: z.undefined().meta({ description: 'Forgotten' }), ...problems(404) },
      },
    },
    async (request, reply) => {
      const { projectId } = request.principal;
      await context.reactions.run('removeSubscriber', { projectId, publicId: request.params.id });
      reply.code(204);
    },
  );
}

function registerMessageRoutes(fastify: FastifyInstance, context: ApiContext): void {
  const api = fastify.withTypeProvider<ZodTypeProvider>();
  const { read } = context.database;

  api.post(
    '/push-messages',
    {
      config: { scope: 'push:write' },
      schema: {
        operationId: 'createPushMessage',
        summary: 'Write to subscribers, now or later',
        tags: ['push'],
        headers: idempotencyHeader,
        body: newMessage,
        response: { 201: message, ...problems(409, 413, 415) },
      },
    },
    async (request, reply) => {
      const { projectId, actor } = request.principal;
      const { to, sendAt = null, imageUrl = null, ...text } = request.body;
      const input = { ...text, imageUrl, sendAt: sendAt === null ? null : milliseconds(sendAt) };
      return post(context, request, reply, async () => {
        const checked = checkMessage(input, messageIdOf(request), Date.now());
        const target = await targetOf(context, projectId, to);
        await context.reactions.run('createMessage', { ...checked, projectId, actor, target });
        return { status: 201, body: messageToApi(await loadMessage(read, projectId, checked.publicId)) };
      });
    },
  );

  api.get(
    '/push-messages',
    {
      config: { scope: 'push:read' },
      schema: {
        operationId: 'listPushMessages',
        summary: 'List messages and what has become of them, newest first',
        tags: ['push'],
        querystring: z.object(listQuery),
        response: { 200: messagePage, ...problems() },
      },
    },
    async (request) => {
      const { cursor, limit } = request.query;
      const { projectId } = request.principal;
      const rows = await listMessages(read, { projectId, limit: limit + 1, before: idBefore(cursor) });
      const { items, nextCursor } = page(rows, limit);
      return { messages: items.map(messageToApi), nextCursor };
    },
  );

  api.get(
    '/push-messages/:id',
    {
      config: { scope: 'push:read' },
      schema: {
        operationId: 'getPushMessage',
        summary: 'Get a message and what has become of it',
        tags: ['push'],
        params: idParameters,
        response: { 200: message, ...problems(404) },
      },
    },
    async (request) => messageToApi(await loadMessage(read, request.principal.projectId, request.params.id)),
  );

  api.delete(
    '/push-messages/:id',
    {
      config: { scope: 'push:write' },
      schema: {
        operationId: 'cancelPushMessage',
        summary: 'Cancel what has not been sent of a message yet',
        tags: ['push'],
        params: idParameters,
        response: { 204: z.undefined().meta({ description: 'Cancelled' }), ...problems(404, 409) },
      },
    },
    async (request, reply) => {
      const { projectId } = request.principal;
      await context.reactions.run('cancelMessage', { projectId, publicId: request.params.id });
      reply.code(204);
    },
  );
}

/** @throws Failure `invalid` when the project has no such link or group, or has deleted it */
async function targetOf(
  { links, groups }: ApiContext,
  projectId: number,
  to: z.infer<typeof newMessage>['to'],
): Promise<MessageTarget> {
  if ('groupId' in to) {
    const { id } = await groups
      .load(projectId, to.groupId)
      .catch(refusal('to.groupId', 'is no group of the project'));
    return { kind: 'group', groupId: id };
  }
  if ('linkId' in to) {
    const { id } = await links
      .load(projectId, to.linkId)
      .catch(refusal('to.linkId', 'is no link of the project'));
    return { kind: 'link', linkId: id };
  }
  return { kind: 'all' };
}

function refusal(field: string, sentence: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof Failure && error.code === 'not-found') throw Failure.invalidField(field, sentence);
    throw error;
  };
}

/**
 * The message and the answer to an `Idempotency-Key` are not written in one transaction. Whoever repeats a request
 * whose answer was lost in between names the same message again, and finds that it is there.
 */
function messageIdOf({ headers, principal, body }: FastifyRequest): string {
  const key = headers['idempotency-key'];
  if (typeof key !== 'string') return newPublicId('psm');
  const hash = createHash('sha256')
    .update(JSON.stringify([principal.projectId, key, body]))
    .digest('hex');
  return `psm_${hash.slice(0, 24)}`;
}
