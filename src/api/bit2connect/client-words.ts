import { Failure, type FieldProblem } from '../../errors.ts';
import type { Platform } from '../../links/link-app.ts';
import { Refusal, type RefusalCode } from './refusal.ts';

/** How the client calls what the core calls otherwise. */
export interface ClientWords {
  /** Said when the core finds nothing. */
  readonly missing: RefusalCode;
  readonly names: Readonly<Record<string, string>>;
}

export const LINK_WORDS: ClientWords = {
  missing: 'LINK_NOT_FOUND',
  names: {
    code: 'code',
    destination: 'payload.link',
    title: 'name',
    'settings.endsAt': 'expiresAt',
    'settings.paused': 'status',
    desktopUrl: 'payload.desktop_fallback',
    'social.title': 'payload.social.title',
    'social.description': 'payload.social.description',
    'social.imageUrl': 'payload.social.image',
    'campaign.source': 'payload.campaign.utm_source',
    'campaign.medium': 'payload.campaign.utm_medium',
    'campaign.campaign': 'payload.campaign.utm_campaign',
    'campaign.term': 'payload.campaign.utm_term',
    'campaign.content': 'payload.campaign.utm_content',
    'apps.ios.savedAppId': 'payload.iosAppId',
    'apps.ios.identifier': 'payload.ios.bundleId',
    'apps.ios.storeUrl': 'payload.ios.app_store_fallback',
    'apps.ios.appStoreId': 'payload.ios.app_store_id',
    'apps.ios.minVersion': 'payload.ios.min_version',
    'apps.android.savedAppId': 'payload.androidAppId',
    'apps.android.identifier': 'payload.android.package',
    'apps.android.storeUrl': 'payload.android.store_fallback',
    'apps.android.minVersion': 'payload.android.min_version',
  },
};

export const APP_WORDS: { readonly [P in Platform]: ClientWords } = {
  ios: {
    missing: 'MOBILE_APP_NOT_FOUND',
    names: { identifier: 'bundleId', storeUrl: 'appStoreFallback', minOsVersion: 'iosMinVersion' },
  },
  android: {
    missing: 'MOBILE_APP_NOT_FOUND',
    names: { identifier: 'packageName', storeUrl: 'playStoreFallback', minOsVersion: 'androidMinVersion' },
  },
};

/** Runs what the core does; what it refuses is said in the client's words. */
export async function inWords<T>(words: ClientWords, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code === 'not-found') throw new Refusal(words.missing);
    const problems = error.fields.map((problem) => translated(words, problem));
    if (error.code === 'invalid') throw new Refusal('VALIDATION_ERROR', { problems });
    if (error.code === 'code-taken') throw new Refusal('CODE_ALREADY_EXISTS', { problems });
    throw error;
  }
}

/** The one sentence of the core that names a second field, which is none of this client's. */
const BEFORE_ITS_START = 'must not be before startsAt';

function translated({ names }: ClientWords, { field, message }: FieldProblem): FieldProblem {
  return {
    field: names[field] ?? field,
    message: message === BEFORE_ITS_START ? 'must not be before the start of the link' : message,
  };
}
