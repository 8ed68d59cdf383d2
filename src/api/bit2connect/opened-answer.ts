import type { OpenedLink } from '../../deeplinks/opened-link.ts';

/** What an app is told of a link. Names are those of the Flutter SDK where it has one. */
export function openedAnswer(link: OpenedLink, clickId: string | null) {
  const { deepLink, path, parameters, campaign, shortUrl, code, minVersion, storeUrl, webUrl } = link;
  return {
    deepLink,
    path,
    parameters,
    clickId,
    customData: link.customData,
    campaign: {
      utm_source: campaign.source,
      utm_medium: campaign.medium,
      utm_campaign: campaign.campaign,
      utm_term: campaign.term,
      utm_content: campaign.content,
    },
    /** The short link as it was made, whatever was added to it. */
    shortUrl,
    code,
    minVersion,
    storeUrl,
    webUrl,
  };
}

/** The same of no link: every name is there, as in Flutter's `noMatch`. */
export const NOTHING_OPENED = {
  deepLink: null,
  path: null,
  parameters: {},
  clickId: null,
  customData: {},
  campaign: {},
  shortUrl: null,
  code: null,
  minVersion: null,
  storeUrl: null,
  webUrl: null,
} as const satisfies Readonly<Record<keyof ReturnType<typeof openedAnswer>, unknown>>;
