import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../api-context.ts';
import { GoogleError } from './google-error.ts';
import { readInput } from './request-input.ts';
import { makeShortLink } from './short-link-creation.ts';
import { managedShortLinkRequest, shortLinkRequest } from './short-link-schema.ts';

export function registerShortLinkRoutes(api: FastifyInstance, context: ApiContext): void {
  const byApps = { scope: 'links:write', orScopes: ['deeplinks:create'] } as const;

  api.post('/shortLinks', { config: byApps, schema: { hide: true } }, async (request) => {
    const body = readInput(shortLinkRequest, request.body);
    const { shortLink, previewLink, warning } = await makeShortLink(context, request.principal, body);
    return { shortLink, previewLink, warning };
  });

  // Two colons are one in the path of a route.
  api.post(
    '/managedShortLinks::create',
    { config: { scope: 'links:write' }, schema: { hide: true } },
    async (request) => {
      const body = readInput(managedShortLinkRequest, request.body);
      if (body.name === undefined)
        throw GoogleError.invalid([
          { field: 'name', message: 'is required: what the link is called in lists' },
        ]);
      const made = await makeShortLink(context, request.principal, body);
      const managedShortLink = {
        link: made.shortLink,
        linkName: body.name,
        info: made.info,
        creationTime: String(made.createdAt),
        visibility: 'UNARCHIVED',
        flaggedAttribute: [],
      };
      return { managedShortLink, previewLink: made.previewLink, warning: made.warning };
    },
  );
}
