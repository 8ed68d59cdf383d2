import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { AppIdentity } from '../../accounts/app-restriction.ts';
import { withParameters } from '../../deeplinks/campaign.ts';
import { Failure, type FieldProblem } from '../../errors.ts';
import { httpUrlProblem, urlHost } from '../../links/destination.ts';
import type { LinkAppInput, Platform } from '../../links/link-app.ts';
import type { NewLinkInput } from '../../links/link-input.ts';
import type { ApiContext } from '../api-context.ts';
import { leadsAnywhere, OwnAppRules } from '../own-app-rules.ts';
import type { Principal } from '../principal.ts';
import { optionalText, readInput } from './request-input.ts';

const LONGEST_URL = 3_000;

const newLink = z.object({
  deepLink: z.string({
    error: ({ input }) => (input === undefined ? 'is required' : 'must be a string'),
  }),
  campaign: optionalText(255),
  source: optionalText(255),
  medium: optionalText(255),
  content: optionalText(255),
  term: optionalText(255),
  customParameters: z
    .record(z.string(), z.string({ error: 'must be a string' }), { error: 'must be an object' })
    .nullish(),
  socialTitle: optionalText(1_000),
  socialDescription: optionalText(5_000),
  socialImageUrl: optionalText(LONGEST_URL),
  androidPackageName: optionalText(155),
  iosBundleId: optionalText(155),
  fallbackUrl: optionalText(LONGEST_URL),
});

type NewLink = z.infer<typeof newLink>;

/** An app makes a link, to be shared. */
export function registerDynamicLinkRoute(api: FastifyInstance, context: ApiContext): void {
  api.post(
    '/dynamic-link',
    { config: { scope: 'deeplinks:create' }, schema: { hide: true } },
    async (request, reply) => {
      const { projectId, actor, apps } = request.principal;
      const body = readInput(newLink, request.body);
      const identifiers = identifiersOf(body, apps);
      if (!leadsAnywhere(request.principal)) await requireKnownHosts(context, request.principal, body);
      const input = await linkInput(context, projectId, body, identifiers);
      const created = await inSdkWords(async () => {
        const prepared = await context.links.prepareNew(input);
        return await context.database.transact(actor, (tx) =>
          context.links.create(tx, projectId, 'bit2connect', [prepared]),
        );
      });
      const [link] = created;
      if (!link) throw new Error('no link was created');
      const shortLink = context.domains.shortUrl(link.domainId, link.code);
      reply.code(201);
      return { shortLink, previewLink: `${shortLink}?d=1`, qrCodeUrl: `${shortLink}/qr` };
    },
  );
}

type Identifiers = { readonly [P in Platform]?: string | undefined };

const FIELD_OF_PLATFORM = { ios: 'iosBundleId', android: 'androidPackageName' } as const;

/**
 * The apps the link opens. A key inside an app makes links for its own apps only, and need not name them where it knows
 * but one of a platform.
 */
function identifiersOf(
  { iosBundleId, androidPackageName }: NewLink,
  apps: readonly AppIdentity[] | null,
): Identifiers {
  const named: Identifiers = { ios: iosBundleId, android: androidPackageName };
  if (apps === null) return named;
  const problems: FieldProblem[] = [];
  const allowed = (platform: Platform) => {
    const own = apps.filter((app) => app.platform === platform).map(({ identifier }) => identifier);
    const wanted = named[platform];
    if (wanted === undefined) return own.length === 1 ? own[0] : undefined;
    if (!own.includes(wanted)) {
      const message = 'must be an app that this key was made for';
      problems.push({ field: FIELD_OF_PLATFORM[platform], message });
    }
    return wanted;
  };
  const identifiers = { ios: allowed('ios'), android: allowed('android') };
  if (problems.length > 0) throw Failure.invalid(problems);
  return identifiers;
}

/** A key that anybody can read must not lead people to wherever it likes, nor show them whose picture it likes. */
async function requireKnownHosts(
  { longLinks, knownApps }: ApiContext,
  { projectId, apps }: Principal,
  { deepLink, fallbackUrl, socialImageUrl }: NewLink,
): Promise<void> {
  const rules = apps && new OwnAppRules(apps, await knownApps.of(projectId));
  const problems: FieldProblem[] = [];
  for (const [field, url, isFallback] of [
    ['deepLink', deepLink, false],
    ['fallbackUrl', fallbackUrl, true],
    ['socialImageUrl', socialImageUrl, false],
  ] as const) {
    if (url === undefined || httpUrlProblem(url) !== undefined) continue;
    if (rules && !rules.mayLeadTo(url)) {
      problems.push({ field, message: 'leads to a page of an app store that is none of this key’s apps' });
      continue;
    }
    if (await longLinks.mayName(projectId, { url, host: urlHost(url), isFallback })) continue;
    const message = 'leads to a host that none of the project’s links lead to; add the host to allowedHosts';
    problems.push({ field, message });
  }
  if (problems.length > 0) throw Failure.invalid(problems);
}

async function linkInput(
  context: ApiContext,
  projectId: number,
  body: NewLink,
  identifiers: Identifiers,
): Promise<NewLinkInput> {
  const { deepLink, campaign, source, medium, content, term, fallbackUrl } = body;
  const { socialTitle: title, socialDescription: description, socialImageUrl: imageUrl } = body;
  const metadata = body.customParameters ?? {};
  return {
    domainId: context.domains.default.id,
    destination: httpUrlProblem(deepLink) === undefined ? withParameters(deepLink, metadata) : deepLink,
    campaign: { campaign, source, medium, content, term },
    social: { title, description, imageUrl },
    metadata,
    desktopUrl: fallbackUrl,
    appRouting: { desktopUrlWithoutStore: fallbackUrl !== undefined },
    apps: {
      ios: await appInput(context, projectId, 'ios', identifiers.ios),
      android: await appInput(context, projectId, 'android', identifiers.android),
    },
  };
}

/** The project's saved app of that name, which says more of itself; else as much as is known. */
async function appInput(
  context: ApiContext,
  projectId: number,
  platform: Platform,
  identifier: string | undefined,
): Promise<LinkAppInput | undefined> {
  if (identifier === undefined) return undefined;
  const saved = await context.apps.list({ projectId, platform });
  const found = saved.find((app) => app.identifier === identifier);
  return found ? { savedAppId: found.publicId } : { identifier };
}

/** What the SDK calls otherwise. */
const SDK_WORDS: Readonly<Record<string, string>> = {
  destination: 'deepLink',
  desktopUrl: 'fallbackUrl',
  metadata: 'customParameters',
  'social.title': 'socialTitle',
  'social.description': 'socialDescription',
  'social.imageUrl': 'socialImageUrl',
  'apps.ios.identifier': 'iosBundleId',
  'apps.android.identifier': 'androidPackageName',
};

async function inSdkWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'invalid') throw error;
    const problems = new Map<string, FieldProblem>();
    for (const { field, message } of error.fields) {
      const own =
        SDK_WORDS[field] ?? field.replace(/^metadata\b/, 'customParameters').replace(/^campaign\./, '');
      problems.set(`${own} ${message}`, { field: own, message });
    }
    throw Failure.invalid([...problems.values()]);
  }
}
