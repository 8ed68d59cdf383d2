import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { NOTIFICATION_PAGE_PATH } from '../../reactions/push/threshold-payload.ts';
import { chooseLanguage } from '../../visits/pages/language.ts';
import type { ApiContext } from '../api-context.ts';
import { NOTIFICATION_SCRIPT_PATH, renderNotificationPage } from './notification-page.ts';
import { NOTIFICATION_SCRIPT } from './notification-script.ts';

/** The page and its script need no key: what they show comes from the API, with the key of whoever looks. */
export function registerNotificationPages(app: FastifyInstance, { vapidPublicKey }: ApiContext): void {
  app.get(NOTIFICATION_PAGE_PATH, { schema: { hide: true } }, async (request, reply) => {
    const nonce = randomBytes(16).toString('base64');
    const language = chooseLanguage(request.headers['accept-language']);
    const { status, headers, body } = renderNotificationPage(vapidPublicKey, nonce, language);
    return reply.code(status).headers(headers).send(body);
  });

  app.get(NOTIFICATION_SCRIPT_PATH, { schema: { hide: true } }, async (_request, reply) =>
    reply
      .header('Cache-Control', 'no-cache')
      .header('X-Content-Type-Options', 'nosniff')
      .type('text/javascript; charset=utf-8')
      .send(NOTIFICATION_SCRIPT),
  );
}
