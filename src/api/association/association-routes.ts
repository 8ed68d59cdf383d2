import type { FastifyInstance, FastifyReply } from 'fastify';
import { ANDROID_PATH } from '../../deeplinks/association/android-file.ts';
import { APPLE_PATH } from '../../deeplinks/association/apple-file.ts';
import type { AppsOfHost } from '../../deeplinks/association/association-files.ts';
import type { AssociationFile, HostFiles } from '../../deeplinks/association/host-files.ts';
import type { Platform } from '../../links/link-app.ts';
import type { ApiContext } from '../api-context.ts';
import { commandLineOnly } from '../control-token.ts';
import { entityTagsIn } from '../entity-tags.ts';
import { problem, sendProblem } from '../problem.ts';

/** Apple's cache asks about once a day, Google's as often as this says; five minutes bound what an edit takes. */
const CACHE_CONTROL = 'public, max-age=300';

/**
 * Which apps may open the links of the domain a request came to, as iOS and Android ask for it: without a key,
 * following no redirect.
 */
export function registerAssociationRoutes(app: FastifyInstance, context: ApiContext): void {
  const { associations, domains } = context;
  for (const path of [APPLE_PATH, '/apple-app-site-association']) {
    app.get(path, { schema: { hide: true } }, async ({ headers }, reply) => {
      const files = await associations.find(domains.ofHost(headers.host));
      return files.apple ? send(reply, files.apple, headers['if-none-match']) : nobody(reply, files, 'ios');
    });
  }
  app.get(ANDROID_PATH, { schema: { hide: true } }, async ({ headers }, reply) => {
    const files = await associations.find(domains.ofHost(headers.host));
    return files.android
      ? send(reply, files.android, headers['if-none-match'])
      : nobody(reply, files, 'android');
  });

  app.get(
    '/readyz/associations',
    { schema: { hide: true }, onRequest: commandLineOnly(context, 'switchyard doctor links') },
    async ({ query }, reply) => {
      const asked = query as { host?: unknown; prefix?: unknown };
      const [host, prefix] = [String(asked.host ?? ''), String(asked.prefix ?? '')];
      const known = [host, host.replace(/:\d+$/, '')].some(
        (name) => domains.find(name, prefix) !== undefined,
      );
      const { apps, leftOut } = await associations.find(domains.ofHost(host));
      const answer: AppsOfHost = { known, apps, leftOut };
      return reply.header('Cache-Control', 'no-store').send(answer);
    },
  );
}

function send(
  reply: FastifyReply,
  { body, etag }: AssociationFile,
  ifNoneMatch: string | undefined,
): FastifyReply {
  reply.headers({
    'Cache-Control': CACHE_CONTROL,
    ETag: etag,
    'X-Content-Type-Options': 'nosniff',
  });
  const known = entityTagsIn(ifNoneMatch);
  if (known.includes(etag) || known.includes('*')) return reply.code(304).send();
  return reply.header('Content-Type', 'application/json').send(body);
}

/** No file, rather than an empty one: to a device both mean the same, and this one says to people what is missing. */
function nobody(reply: FastifyReply, { apps, leftOut }: HostFiles, platform: Platform): FastifyReply {
  const saved = apps.some((app) => app.platform === platform);
  const detail = !saved ? NONE[platform] : leftOut[platform].length > 0 ? NO_ROOM : UNVERIFIABLE[platform];
  return sendProblem(reply, problem(404, 'not-found', 'This domain opens no app', detail));
}

const NONE = {
  ios: 'No iOS app is saved for this domain. Save one with its team id, and it stands here.',
  android:
    'No Android app is saved for this domain. Save one with the SHA-256 fingerprint of its certificate, and it stands here.',
} as const satisfies Record<Platform, string>;

const NO_ROOM =
  'The path prefixes and apps of this domain need more than the 128 kB that devices read of this file, so no app finds room in it. Delete those that nobody needs.';

const UNVERIFIABLE = {
  ios: 'No iOS app that is saved for this domain has a team id, and without one iOS cannot verify it.',
  android:
    'No Android app that is saved for this domain has the SHA-256 fingerprint of a certificate, and without one Android cannot verify it.',
} as const satisfies Record<Platform, string>;
