import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { OpenedLink } from '../../deeplinks/opened-link.ts';
import type { ApiContext } from '../api-context.ts';
import { appCall } from '../app-call.ts';
import { optionalText, readInput } from './request-input.ts';

const query = z.object({
  device_id: optionalText(200),
  platform: optionalText(20),
  app_version: optionalText(50),
  os_version: optionalText(50),
  // What the SDK does not send yet, and an app may.
  app_id: optionalText(155),
  language: optionalText(35),
  click_id: optionalText(64),
  install_referrer: optionalText(4_096),
  clipboard_url: optionalText(4_096),
});

const NAMES = { platform: 'platform', identifier: 'app_id' } as const;

/** Asked once, when an app is opened for the first time. */
export function registerDeferredLinkRoute(api: FastifyInstance, context: ApiContext): void {
  api.get(
    '/deferred-link',
    // A HEAD would use the match up and tell nobody.
    { config: { scope: 'deeplinks:open' }, schema: { hide: true }, exposeHeadRoute: false },
    async (request, reply) => {
      const asked = readInput(query, request.query);
      const { platform, app_id: identifier, language } = asked;
      const call = appCall(context, request, { platform, identifier, language }, NAMES);
      const match = await context.deferred.resolve({
        ...call,
        language: call.language ?? '',
        deviceId: asked.device_id ?? null,
        osVersion: asked.os_version ?? '',
        clickId: asked.click_id ?? null,
        installReferrer: asked.install_referrer ?? null,
        clipboardUrl: asked.clipboard_url ?? null,
      });
      // Fastify would send nothing at all for null, which the SDK takes for an error.
      return reply
        .type('application/json; charset=utf-8')
        .send(JSON.stringify(match && linkData(match.link)));
    },
  );
}

/** As the SDK decodes it: the first three always, the others when there are any. */
function linkData({ deepLink, path, parameters, campaign }: OpenedLink) {
  return { originalUrl: deepLink, path, parameters, ...campaign };
}
