import type { LongLinkParameter } from './long-link-parameters.ts';

/**
 * What is to be said about a parameter that cannot be used as it is, under the codes that Firebase's clients know.
 * `MALFORMED_PARAM` and the codes of parameters for which Firebase had none are ours, made like theirs.
 */
export type WarningCode =
  | `NOT_URI_${LinkName}`
  | `BAD_URI_SCHEME_${LinkName}`
  | `DYNAMIC_LINK_AS_${LinkName}`
  | 'UNRECOGNIZED_PARAM'
  | 'DEPRECATED_PARAM'
  | 'TOO_LONG_PARAM'
  | 'MALFORMED_PARAM'
  | 'LINK_LENGTH_TOO_LONG'
  | 'LINK_WITH_FRAGMENTS'
  | 'NOT_NUMERIC_IOS_APP_STORE_ID'
  | 'NOT_INTEGER_ANDROID_PACKAGE_MIN_VERSION'
  | 'UNNECESSARY_ANDROID_PACKAGE_MIN_VERSION'
  | 'UNNECESSARY_ANDROID_LINK'
  | 'UNNECESSARY_ANDROID_FALLBACK_LINK'
  | 'UNNECESSARY_IOS_URL_SCHEME'
  | 'UNNECESSARY_IOS_APP_STORE_ID'
  | 'UNNECESSARY_IOS_FALLBACK_LINK'
  | 'UNNECESSARY_IPAD_FALLBACK_LINK'
  | 'UNNECESSARY_IOS_MINIMUM_VERSION'
  | 'NOT_IN_PROJECT_ANDROID_PACKAGE_NAME'
  | 'NOT_IN_PROJECT_IOS_BUNDLE_ID'
  | 'NOT_IN_PROJECT_IPAD_BUNDLE_ID'
  | 'BAD_DEBUG_PARAM';

/** What Firebase calls the parameters that are URLs. */
export type LinkName =
  | 'DEEP_LINK'
  | 'ANDROID_LINK'
  | 'ANDROID_FALLBACK_LINK'
  | 'IOS_FALLBACK_LINK'
  | 'IPAD_FALLBACK_LINK'
  | 'DESKTOP_FALLBACK_LINK'
  | 'SOCIAL_IMAGE_LINK';

export interface Finding {
  /** As it is called in a long link. */
  readonly parameter: string;
  readonly code: WarningCode;
  /** A sentence that begins with the parameter's name and holds nothing of its value. */
  readonly message: string;
  /** Which parameter it misses; the sentence ends with its name. */
  readonly misses?: LongLinkParameter;
  /** Somebody would have been sent there: a visit stops, where a call is answered with a warning. */
  readonly misleads: boolean;
}

/** The sentence of a finding, with the names that whoever reads it has for parameters. */
export function sentenceOf(
  { parameter, message, misses }: Finding,
  nameOf: (parameter: string) => string,
): string {
  const said = nameOf(parameter) + message.slice(parameter.length);
  return misses === undefined ? said : said.slice(0, -misses.length) + nameOf(misses);
}
