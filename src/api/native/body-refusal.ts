import type { FastifyError, FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Said to whoever sends a body of another kind than the route takes; that it is JSON when absent. */
    takes?: string;
  }
}

export const TAKES_JSON = 'Send JSON, with the header Content-Type: application/json.';

/** A body of another kind than a route takes is answered with what to send. */
export function sayWhatToSend(api: FastifyInstance): void {
  api.setErrorHandler((error: FastifyError, { routeOptions }) => {
    if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
      error.message = routeOptions.config.takes ?? TAKES_JSON;
    throw error;
  });
}
