import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ApiContext } from '../api-context.ts';
import { appToClient, appUpdateInput, newAppInput } from './app-translation.ts';
import { APP_WORDS, inWords } from './client-words.ts';
import { success } from './envelope.ts';
import { blank, oneOf, readQuery, text } from './request-input.ts';
import { needs } from './route-options.ts';

interface ById {
  Params: { id: string };
}

const PLATFORM_OF = { IOS: 'ios', ANDROID: 'android' } as const;

const listQuery = z.object({ platform: blank(text().toUpperCase().pipe(oneOf('IOS', 'ANDROID'))) });

export function registerAppRoutes(api: FastifyInstance, context: ApiContext): void {
  api.post('/mobile-apps', needs('links:write', 'plain'), async (request, reply) => {
    const { projectId, actor } = request.principal;
    const input = newAppInput(request.body);
    const created = await inWords(APP_WORDS[input.platform], () =>
      context.database.transact(actor, (tx) => context.apps.create(tx, projectId, input)),
    );
    reply.code(201);
    return success(appToClient(created));
  });

  api.get('/mobile-apps', needs('links:read', 'plain'), async (request) => {
    const { projectId } = request.principal;
    const { platform } = readQuery(listQuery, request.query);
    const found = await context.apps.list({
      projectId,
      ...(platform === undefined ? {} : { platform: PLATFORM_OF[platform] }),
    });
    return success({ apps: found.map(appToClient), total: found.length });
  });

  api.get<ById>('/mobile-apps/:id', needs('links:read', 'plain'), async (request) =>
    success(appToClient(await loadApp(context, request.principal.projectId, request.params.id))),
  );

  api.put<ById>('/mobile-apps/:id', needs('links:write', 'plain'), async (request) => {
    const { projectId, actor } = request.principal;
    const app = await loadApp(context, projectId, request.params.id);
    const input = appUpdateInput(app, request.body);
    const updated = await inWords(APP_WORDS[app.platform], () =>
      context.database.transact(actor, (tx) => context.apps.update(tx, projectId, app.publicId, input)),
    );
    return success(appToClient(updated));
  });

  api.delete<ById>('/mobile-apps/:id', needs('links:write', 'plain'), async (request) => {
    const { projectId, actor } = request.principal;
    const { publicId, platform } = await loadApp(context, projectId, request.params.id);
    await inWords(APP_WORDS[platform], () =>
      context.database.transact(actor, (tx) => context.apps.delete(tx, projectId, publicId)),
    );
    return success({ message: 'Mobile app deleted successfully' });
  });
}

/** Some platforms write identifiers in capitals. @throws Refusal `MOBILE_APP_NOT_FOUND` */
async function loadApp(context: ApiContext, projectId: number, id: string) {
  return await inWords(APP_WORDS.ios, () => context.apps.load(projectId, id.toLowerCase()));
}
