import type { FastifyReply, FastifyRequest } from 'fastify';
import { chooseLanguage } from '../../visits/pages/language.ts';
import type { MessageLanguage } from './messages.ts';
import type { Refusal } from './refusal.ts';

const RETRY_AFTER_SECONDS = 2;

/** What every answer is. `code` 0 is success; it says nothing about the HTTP status. */
export interface Envelope {
  readonly code: number;
  readonly message: string;
  readonly result: unknown;
}

export function answer(reply: FastifyReply, result: unknown): FastifyReply {
  return send(reply, { code: 0, message: '', result });
}

export function refuse(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply {
  if (refusal.status === 401) reply.header('WWW-Authenticate', 'APIKey realm="switchyard"');
  if (refusal.status === 503) reply.header('Retry-After', RETRY_AFTER_SECONDS);
  reply.code(refusal.status);
  return send(reply, { code: refusal.code, message: refusal.say(languageOf(request)), result: null });
}

function send(reply: FastifyReply, envelope: Envelope): FastifyReply {
  return reply
    .header('Cache-Control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(envelope));
}

function languageOf(request: FastifyRequest): MessageLanguage {
  return chooseLanguage(request.headers['accept-language']) === 'ko' ? 'ko' : 'en';
}
