import { listCreators } from '../../db/change-log.ts';
import { CAMPAIGN_FIELDS, type CountedLink, type Link } from '../../links/link.ts';
import type { LinkApp } from '../../links/link-app.ts';
import type { ApiContext } from '../api-context.ts';
import { utc } from './envelope.ts';
import { shownStatus } from './link-status.ts';

export type LinkAnswer = ReturnType<typeof answerOf>;

/** Links as answers show them: whatever any documented answer has, all of them have. */
export async function linkAnswers(
  context: ApiContext,
  projectId: number,
  links: readonly CountedLink[],
): Promise<LinkAnswer[]> {
  const [project, creators] = await Promise.all([
    context.projects.load(projectId),
    listCreators(
      context.database.read,
      'link',
      links.map(({ publicId }) => publicId),
    ),
  ]);
  return links.map((link) => answerOf(context, link, project.publicId, creators.get(link.publicId) ?? null));
}

export async function linkAnswer(context: ApiContext, link: CountedLink): Promise<LinkAnswer> {
  const [answer] = await linkAnswers(context, link.projectId, [link]);
  return answer as LinkAnswer;
}

function answerOf(context: ApiContext, link: CountedLink, projectId: string, createdBy: string | null) {
  const shortUrl = context.domains.shortUrl(link.domainId, link.code);
  const { endsAt } = link.settings;
  return {
    id: link.publicId,
    code: link.code,
    shortUrl,
    originalUrl: link.route.destination,
    name: link.title === '' ? null : link.title,
    status: shownStatus(link, Date.now()),
    qrCode: `${shortUrl}/qr`,
    createdAt: utc(link.createdAt),
    updatedAt: utc(link.updatedAt),
    expiresAt: utc(typeof endsAt === 'number' ? endsAt : null),
    clickCount: link.clicks,
    payload: payloadOf(link),
    projectId,
    createdBy,
  };
}

/** As it was given; what is undefined is left out of the answer. */
function payloadOf({ route, apps, social, campaign, desktopUrl }: Link) {
  const { ios, android } = apps;
  return {
    link: route.destination,
    iosAppId: ios?.savedAppId ?? undefined,
    androidAppId: android?.savedAppId ?? undefined,
    ios: ios && ios.savedAppId === null ? iosOf(ios) : undefined,
    android: android && android.savedAppId === null ? androidOf(android) : undefined,
    social: section({ title: social.title, description: social.description, image: social.imageUrl }),
    campaign: section(Object.fromEntries(CAMPAIGN_FIELDS.map((field) => [`utm_${field}`, campaign[field]]))),
    desktop_fallback: desktopUrl ?? undefined,
  };
}

function iosOf({ identifier, storeUrl, appStoreId, minVersion }: LinkApp) {
  return {
    bundleId: identifier,
    app_store_fallback: storeUrl ?? undefined,
    app_store_id: appStoreId ?? undefined,
    min_version: minVersion ?? undefined,
  };
}

function androidOf({ identifier, storeUrl, minVersion }: LinkApp) {
  return {
    package: identifier,
    store_fallback: storeUrl ?? undefined,
    min_version: minVersion ?? undefined,
  };
}

/** A section in which nothing stands is no section. */
function section(fields: Readonly<Record<string, string | undefined>>): object | undefined {
  return Object.values(fields).some((value) => value !== undefined) ? fields : undefined;
}
