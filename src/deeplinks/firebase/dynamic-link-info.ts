import type { LongLinkParameter, LongLinkParameters } from './long-link-parameters.ts';

/** A Firebase link as the body of a call says it: parameters of a long link in sections, under longer names. */
export interface DynamicLinkInfo {
  readonly [section: string]: string | boolean | DynamicLinkInfo | undefined;
}

const GOOGLE_PLAY = ['analyticsInfo', 'googlePlayAnalytics'] as const;
const ITUNES = ['analyticsInfo', 'itunesConnectAnalytics'] as const;

/** Where each parameter stands in a body. There is none for `d`, which belongs to a visit. */
export const INFO_FIELDS: ReadonlyMap<LongLinkParameter, readonly string[]> = new Map<
  LongLinkParameter,
  readonly string[]
>([
  ['link', ['link']],
  ['apn', ['androidInfo', 'androidPackageName']],
  ['afl', ['androidInfo', 'androidFallbackLink']],
  ['amv', ['androidInfo', 'androidMinPackageVersionCode']],
  ['al', ['androidInfo', 'androidLink']],
  ['ibi', ['iosInfo', 'iosBundleId']],
  ['ifl', ['iosInfo', 'iosFallbackLink']],
  ['ius', ['iosInfo', 'iosCustomScheme']],
  ['ipfl', ['iosInfo', 'iosIpadFallbackLink']],
  ['ipbi', ['iosInfo', 'iosIpadBundleId']],
  ['isi', ['iosInfo', 'iosAppStoreId']],
  ['imv', ['iosInfo', 'iosMinimumVersion']],
  ['efr', ['navigationInfo', 'enableForcedRedirect']],
  ['ofl', ['desktopInfo', 'desktopFallbackLink']],
  ['st', ['socialMetaTagInfo', 'socialTitle']],
  ['sd', ['socialMetaTagInfo', 'socialDescription']],
  ['si', ['socialMetaTagInfo', 'socialImageLink']],
  ['utm_source', [...GOOGLE_PLAY, 'utmSource']],
  ['utm_medium', [...GOOGLE_PLAY, 'utmMedium']],
  ['utm_campaign', [...GOOGLE_PLAY, 'utmCampaign']],
  ['utm_term', [...GOOGLE_PLAY, 'utmTerm']],
  ['utm_content', [...GOOGLE_PLAY, 'utmContent']],
  ['gclid', [...GOOGLE_PLAY, 'gclid']],
  ['at', [...ITUNES, 'at']],
  ['ct', [...ITUNES, 'ct']],
  ['mt', [...ITUNES, 'mt']],
  ['pt', [...ITUNES, 'pt']],
]);

/** What the body of a call calls a parameter: `iosInfo.iosBundleId`. */
export function infoFieldOf(parameter: string): string {
  return INFO_FIELDS.get(parameter as LongLinkParameter)?.join('.') ?? parameter;
}

export function parametersOfInfo(info: DynamicLinkInfo): LongLinkParameters {
  const said = [...INFO_FIELDS].flatMap(([parameter, path]) => {
    const value = path.reduce<DynamicLinkInfo[string]>(
      (section, name) => (typeof section === 'object' ? section[name] : undefined),
      info,
    );
    if (value === true) return [[parameter, '1']];
    return typeof value === 'string' && value !== '' ? [[parameter, value]] : [];
  });
  return Object.fromEntries(said);
}

export function infoOfParameters(parameters: LongLinkParameters): DynamicLinkInfo {
  const info: Sections = {};
  for (const [parameter, path] of INFO_FIELDS) {
    const value = parameters[parameter];
    if (value === undefined || value === '') continue;
    let section = info;
    for (const name of path.slice(0, -1)) {
      const inner = section[name];
      const next: Sections = typeof inner === 'object' ? inner : {};
      section[name] = next;
      section = next;
    }
    section[path.at(-1) as string] = parameter === 'efr' ? value === '1' : value;
  }
  return info;
}

interface Sections {
  [name: string]: string | boolean | Sections;
}
