import { type Finding, sentenceOf } from '../deeplinks/firebase/finding.ts';
import { readFirebaseLink } from '../deeplinks/firebase/firebase-link.ts';
import { withPassedOn } from '../deeplinks/firebase/long-link.ts';
import type { LongLinkParameters } from '../deeplinks/firebase/long-link-parameters.ts';
import { filled, filledOrNone, type RowNotes } from './field-reading.ts';
import type { ImportedLink } from './source.ts';

/** What the parameters of a long link say of a link. */
export type FirebaseFacts = { readonly destination: string } & {
  readonly [K in 'desktopUrl' | 'social' | 'campaign' | 'apps' | 'appRouting']:
    | NonNullable<ImportedLink[K]>
    | undefined;
};

interface Said {
  readonly parameters: LongLinkParameters;
  /** Pairs that mean nothing here and travel on to the deep link. */
  readonly passedOn: string;
  /** Of the long link as a whole. */
  readonly findings: readonly Finding[];
}

/**
 * @param isLongLink whether a URL is a long link, which a long link must not lead to
 * @param notes gets what cannot be kept beside the destination
 * @returns a sentence that begins with `link` where that leads nowhere
 */
export function firebaseFacts(
  { parameters, passedOn, findings: before }: Said,
  notes: RowNotes,
  isLongLink?: (url: string) => boolean,
): FirebaseFacts | { readonly problem: string } {
  const { link: read, findings } = readFirebaseLink(parameters, isLongLink);
  if (!read)
    return { problem: findings.find(({ parameter }) => parameter === 'link')?.message ?? 'has no link' };
  const link = withPassedOn(read, passedOn);
  const { ios, android } = link.apps;
  for (const finding of [...before, ...findings].filter(isOfInterest))
    notes.note(sentenceOf(finding, (name) => (name === 'longDynamicLink' ? 'its long link' : name)));
  if (!ios && findings.some(({ code }) => /^UNNECESSARY_I/.test(code)))
    notes.note('what it says of an iOS app was left out, because it names no bundle id');
  if (!android && findings.some(({ code }) => /^UNNECESSARY_A/.test(code)))
    notes.note('what it says of an Android app was left out, because it names no package');
  return {
    destination: link.destination,
    desktopUrl: link.desktopUrl ?? undefined,
    social: filledOrNone({ ...link.social }),
    campaign: filledOrNone({ ...link.campaign }),
    apps: filledOrNone({ ios: ios && filled({ ...ios }), android: android && filled({ ...android }) }),
    appRouting: filledOrNone({ ...link.appRouting }),
  };
}

/** What is left out or changed; that a parameter is old, or does nothing, has been so all along. */
function isOfInterest({ code, parameter }: Finding): boolean {
  if (code === 'LINK_WITH_FRAGMENTS') return parameter !== 'link';
  return !/^(UNNECESSARY_|DEPRECATED_PARAM$)/.test(code);
}
