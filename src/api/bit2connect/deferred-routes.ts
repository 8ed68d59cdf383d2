import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { AppRefusal } from '../../visits/app-opening.ts';
import type { ApiContext } from '../api-context.ts';
import { appCall } from '../app-call.ts';
import { inWords, LINK_WORDS } from './client-words.ts';
import { success } from './envelope.ts';
import { NOTHING_OPENED, openedAnswer } from './opened-answer.ts';
import { Refusal } from './refusal.ts';
import { blank, readBody, text } from './request-input.ts';
import { needs } from './route-options.ts';

const atMost = (max: number) =>
  blank(text((value) => (value.length > max ? `must have at most ${max} characters` : undefined)));

const device = {
  platform: atMost(20),
  /** iOS bundle id or Android package name. */
  appId: atMost(155),
  language: atMost(35),
};

const deferredQuestion = z.object({
  ...device,
  deviceId: atMost(200),
  osVersion: atMost(50),
  appVersion: atMost(50),
  installReferrer: atMost(4_096),
  clickId: atMost(64),
  clipboardUrl: atMost(4_096),
});

const openedUrl = z.object({ ...device, url: text() });

const NAMES = { platform: 'platform', identifier: 'appId' } as const;

/** What Bit2Connect's Flutter SDK asks and answers, in our own words: the vendor has documented no routes for it. */
export function registerDeferredRoutes(api: FastifyInstance, context: ApiContext): void {
  const options = needs('deeplinks:open');

  api.post('/deferred/resolve', options, async (request, reply) => {
    refuseTooMany(context.publishableCalls.waitSeconds(request), reply);
    const body = readBody(deferredQuestion, request.body);
    const { platform, appId: identifier, language, osVersion, deviceId } = body;
    const { installReferrer, clickId, clipboardUrl } = body;
    const match = await inWords(LINK_WORDS, () => {
      const call = appCall(context, request, { platform, identifier, language }, NAMES);
      return context.deferred.resolve({
        ...call,
        language: call.language ?? '',
        osVersion: osVersion ?? '',
        deviceId: deviceId ?? null,
        installReferrer: installReferrer ?? null,
        clickId: clickId ?? null,
        clipboardUrl: clipboardUrl ?? null,
      });
    });
    if (match === null)
      return success({ matched: false, ...NOTHING_OPENED, confidence: 0, matchMethod: null });
    const { link, clickId: matched, confidence, method } = match;
    return success({
      matched: true,
      ...openedAnswer(link, matched),
      confidence,
      matchMethod: method,
    });
  });

  api.post('/resolve', options, async (request, reply) => {
    refuseTooMany(context.publishableCalls.waitSeconds(request), reply);
    const { url, platform, appId: identifier, language } = readBody(openedUrl, request.body);
    const opening = await inWords(LINK_WORDS, () => {
      const call = appCall(context, request, { platform, identifier, language }, NAMES);
      return context.appVisits.open(url, call);
    });
    if (opening.outcome !== 'opened') throw refusalOf(opening.outcome);
    return success(openedAnswer(opening.link, opening.clickId));
  });
}

/** Also of a scheme of the app's own: whoever opens that has the deep link in hand already. */
const NOT_SHORT = 'must be a short link of this installation, and begin with https:// or http://';

interface Headers {
  header(name: string, value: number): unknown;
}

function refuseTooMany(waitSeconds: number | undefined, reply: Headers): void {
  if (waitSeconds === undefined) return;
  reply.header('Retry-After', waitSeconds);
  throw new Refusal('RATE_LIMIT_EXCEEDED');
}

function refusalOf(outcome: AppRefusal): Refusal {
  const about = (message: string) => ({ problems: [{ field: 'url', message }] });
  switch (outcome) {
    case 'notShort':
      return new Refusal('VALIDATION_ERROR', about(NOT_SHORT));
    case 'otherApp':
      return new Refusal('INSUFFICIENT_PERMISSIONS', about('does not open the app that asks'));
    case 'unknown':
    case 'paused':
      return new Refusal('LINK_NOT_FOUND');
    case 'ended':
      return new Refusal('LINK_EXPIRED', { status: 410, message: 'The link has expired' });
    case 'notStarted':
      return new Refusal('LINK_NOT_AVAILABLE', { message: 'The link has not started yet' });
    case 'limitReached':
      return new Refusal('LINK_NOT_AVAILABLE', { message: 'The link has been opened as often as it may be' });
    case 'passwordRequired':
      return new Refusal('PASSWORD_REQUIRED');
    case 'unavailable':
      return new Refusal('SERVICE_UNAVAILABLE');
  }
}
