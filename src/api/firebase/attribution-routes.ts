import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import type { DeferredMatch } from '../../deeplinks/deferred/deferred-service.ts';
import type { Campaign } from '../../links/link.ts';
import { networkOf } from '../../links/network.ts';
import type { AppRefusal } from '../../visits/app-opening.ts';
import type { ApiContext } from '../api-context.ts';
import { appCall } from '../app-call.ts';
import { GoogleError } from './google-error.ts';
import { object, readInput, section, text } from './request-input.ts';
import { sayLink } from './said-link.ts';

const BUNDLE_ID = 'bundleId';
const NAMES = { platform: 'platform', identifier: BUNDLE_ID } as const;

/** An app in the field cannot be changed: what it says that is not looked at may be anything. */
const installation = object(
  {
    bundleId: text,
    iosVersion: text,
    uniqueMatchLinkToCheck: text,
    appInstallationTime: text,
    device: section(
      { languageCode: text, languageCodeRaw: text, languageCodeFromWebview: text, deviceModelName: text },
      'ignored',
    ),
  },
  'ignored',
);

const reopening = object({ bundleId: text, requestedLink: text }, 'ignored');

/** From here on a likeness is as good as Firebase's own default. */
const GOOD_CONFIDENCE = 0.75;

/** What Firebase's iOS SDK asks from inside an app. */
export function registerAttributionRoutes(api: FastifyInstance, context: ApiContext): void {
  const options = { config: { scope: 'deeplinks:open' }, schema: { hide: true } } as const;

  api.post('/installAttribution', options, async (request) => {
    const body = readInput(installation, request.body);
    const { device, iosVersion, uniqueMatchLinkToCheck } = body;
    const identifier = requiredBundleId(body);
    // Empty where the web view did not answer.
    const language = device?.languageCodeFromWebview || device?.languageCode || device?.languageCodeRaw;
    const call = appCall(context, request, { platform: 'ios', identifier, language }, NAMES);
    const match = await context.deferred.resolve({
      ...call,
      language: (call.language ?? '').replace('_', '-'),
      deviceId: installationOf(body, call.address, (url) => context.appVisits.isShortUrl(url)),
      isInstallation: true,
      osVersion: iosVersion ?? '',
      installReferrer: null,
      clickId: null,
      clipboardUrl: uniqueMatchLinkToCheck || null,
    });
    const about = {
      // Cookies of a browser are not compared with anything.
      isStrongMatchExecutable: false,
      requestIpVersion: isIPv6(call.address) ? 'IP_V6' : 'IP_V4',
    };
    if (!match) return { ...about, matchMessage: 'No link was found that led to this installation.' };
    const { link, method } = match;
    const { resolvedLink, fallbackLink } = await sayLink(context, call.projectId, link);
    return {
      deepLink: link.deepLink,
      requestedLink: method === 'clipboard' ? uniqueMatchLinkToCheck : link.shortUrl,
      resolvedLink,
      fallbackLink,
      ...(link.minVersion === null ? {} : { appMinimumVersion: link.minVersion }),
      ...utm(link.campaign),
      ...confidenceOf(match),
      ...about,
    };
  });

  api.post('/reopenAttribution', options, async (request) => {
    const body = readInput(reopening, request.body);
    const identifier = requiredBundleId(body);
    const { requestedLink } = body;
    if (!requestedLink)
      throw GoogleError.invalid([
        { field: 'requestedLink', message: 'is required: the link that was opened' },
      ]);
    const claim = { platform: 'ios', identifier, language: undefined };
    const call = appCall(context, request, claim, NAMES);
    const opening = await context.appVisits.open(requestedLink, call);
    if (opening.outcome !== 'opened') throw refusalOf(opening.outcome);
    const { link } = opening;
    const { resolvedLink } = await sayLink(context, call.projectId, link);
    return {
      deepLink: link.deepLink,
      resolvedLink,
      ...(link.minVersion === null ? {} : { iosMinAppVersion: link.minVersion }),
      ...utm(link.campaign),
    };
  });
}

/**
 * The SDK names no device, and a click is told once all the same. A link in the pasteboard may have none: whoever asks
 * about it again, on the same network and installed in the same second, is the one that was answered.
 */
function installationOf(
  { appInstallationTime, device, uniqueMatchLinkToCheck: link }: z.infer<typeof installation>,
  address: string,
  isShortUrl: (url: string) => boolean,
): string | null {
  if (!link || !appInstallationTime || !isShortUrl(link)) return null;
  const said = [appInstallationTime, device?.deviceModelName ?? '', networkOf(address), link];
  return `installed ${createHash('sha256').update(JSON.stringify(said)).digest('base64url')}`;
}

function requiredBundleId({ bundleId }: { readonly bundleId?: string | undefined }): string {
  if (bundleId) return bundleId;
  throw GoogleError.invalid([{ field: BUNDLE_ID, message: 'is required: the app that asks' }]);
}

function utm({ source, medium, campaign, term, content }: Campaign) {
  return {
    ...(source === undefined ? {} : { utmSource: source }),
    ...(medium === undefined ? {} : { utmMedium: medium }),
    ...(campaign === undefined ? {} : { utmCampaign: campaign }),
    ...(term === undefined ? {} : { utmTerm: term }),
    ...(content === undefined ? {} : { utmContent: content }),
  };
}

function confidenceOf({ method, confidence }: DeferredMatch) {
  if (method !== 'fingerprint')
    return { attributionConfidence: 'UNIQUE', matchMessage: 'Link is uniquely matched for this device.' };
  return confidence >= GOOD_CONFIDENCE
    ? { attributionConfidence: 'DEFAULT', matchMessage: 'Link is matched by the likeness of the device.' }
    : {
        attributionConfidence: 'WEAK',
        matchMessage: 'Link is weakly matched by the likeness of the device.',
      };
}

function refusalOf(outcome: AppRefusal): GoogleError {
  switch (outcome) {
    case 'notShort':
      return GoogleError.invalid([
        {
          field: 'requestedLink',
          message: 'must be a short or long link of one of this installation’s domains',
        },
      ]);
    case 'otherApp':
      return new GoogleError('PERMISSION_DENIED', 'The link does not open the app that asks.');
    case 'notStarted':
      return new GoogleError('PERMISSION_DENIED', 'The link is not open yet.');
    case 'limitReached':
      return new GoogleError('PERMISSION_DENIED', 'The link has been opened as often as it may be.');
    case 'passwordRequired':
      return new GoogleError('PERMISSION_DENIED', 'The link asks for a password; open it in a browser.');
    case 'unavailable':
      return new GoogleError('UNAVAILABLE', 'The link cannot be looked up now; try again in a moment.');
    default:
      return new GoogleError('NOT_FOUND', 'There is no such link, or it is not open any more.');
  }
}
