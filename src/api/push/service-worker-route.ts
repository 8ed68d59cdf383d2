import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../api-context.ts';
import { serviceWorker } from './service-worker.ts';

/** `GET /sw.js`, on every host: a worker only receives for the origin it was loaded from. */
export function registerServiceWorker(app: FastifyInstance, { vapidPublicKey }: ApiContext): void {
  const script = serviceWorker(vapidPublicKey);
  app.get('/sw.js', { schema: { hide: true } }, async (_request, reply) =>
    reply
      .header('Cache-Control', 'no-cache')
      .header('Service-Worker-Allowed', '/')
      // Of the worker itself: it may call this host, and nothing else.
      .header('Content-Security-Policy', "default-src 'none'; connect-src 'self'")
      .header('X-Content-Type-Options', 'nosniff')
      .type('text/javascript; charset=utf-8')
      .send(script),
  );
}
