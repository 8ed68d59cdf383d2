import { z } from 'zod';
import { SUFFIX_OPTIONS } from '../../deeplinks/firebase/suffix.ts';
import { flag, object, section, text } from './request-input.ts';

const OPTIONS = ['OPTION_UNSPECIFIED', ...SUFFIX_OPTIONS] as const;

const dynamicLinkInfo = section({
  domainUriPrefix: text,
  dynamicLinkDomain: text,
  link: text,
  androidInfo: section({
    androidPackageName: text,
    androidFallbackLink: text,
    androidMinPackageVersionCode: text,
    androidLink: text,
  }),
  iosInfo: section({
    iosBundleId: text,
    iosFallbackLink: text,
    iosCustomScheme: text,
    iosIpadFallbackLink: text,
    iosIpadBundleId: text,
    iosAppStoreId: text,
    iosMinimumVersion: text,
  }),
  desktopInfo: section({ desktopFallbackLink: text }),
  navigationInfo: section({ enableForcedRedirect: flag }),
  analyticsInfo: section({
    googlePlayAnalytics: section({
      utmSource: text,
      utmMedium: text,
      utmCampaign: text,
      utmTerm: text,
      utmContent: text,
      gclid: text,
    }),
    itunesConnectAnalytics: section({ at: text, ct: text, mt: text, pt: text }),
  }),
  socialMetaTagInfo: section({ socialTitle: text, socialDescription: text, socialImageLink: text }),
});

const asked = {
  longDynamicLink: text,
  dynamicLinkInfo,
  suffix: section({
    option: z
      .enum(OPTIONS, `must be one of ${OPTIONS.join(', ')}`)
      .nullish()
      .transform((value) => value ?? undefined),
    customSuffix: text,
  }),
  sdkVersion: text,
};

export const shortLinkRequest = object(asked);
export const managedShortLinkRequest = object({ ...asked, name: text });

export type ShortLinkRequest = z.infer<typeof shortLinkRequest>;
