import { zipf } from './weighted-choice.ts';

/** Where visitors come from: the page before, and the campaign of the URL they followed. */

const KNOWN_HOSTS = [
  'www.instagram.com',
  'm.search.naver.com',
  'www.google.com',
  'www.youtube.com',
  'm.facebook.com',
  'blog.naver.com',
  'cafe.naver.com',
  't.co',
  'search.daum.net',
  'www.tiktok.com',
  'm.blog.naver.com',
  'www.threads.com',
  'band.us',
  'www.linkedin.com',
  'story.kakao.com',
];
const HOSTS = 2_000;
const DIRECT = 0.45;

export interface GeneratedReferrer {
  /** Empty when there is none. */
  readonly referrer: string;
  readonly weight: number;
}

export function referrers(): GeneratedReferrer[] {
  const weights = zipf(HOSTS, 1.05);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return [
    { referrer: '', weight: DIRECT },
    ...Array.from(weights, (weight, rank) => {
      const host = KNOWN_HOSTS[rank] ?? `${rank % 3 === 0 ? 'www' : 'm'}.site-${rank}.example`;
      return { referrer: `https://${host}/p/${rank * 7}`, weight: ((1 - DIRECT) * weight) / total };
    }),
  ];
}

export type UtmPairs = readonly (readonly [string, string])[];

const SOURCES = [
  'instagram',
  'naver',
  'kakao',
  'google',
  'newsletter',
  'facebook',
  'sms',
  'youtube',
  'offline',
];
const MEDIA = ['social', 'cpc', 'email', 'message', 'banner', 'influencer'];
const TERMS = ['autumn sale', '가을 세일', 'new arrivals', '무료 배송'];
const CAMPAIGNS = 160;
const VARIANTS = 5;

/** Eight hundred combinations, the first campaigns more often than the last. */
export function campaigns(): { readonly utm: UtmPairs; readonly weight: number }[] {
  return Array.from(zipf(CAMPAIGNS * VARIANTS, 0.9), (weight, rank) => {
    const campaign = Math.floor(rank / VARIANTS);
    const variant = rank % VARIANTS;
    const utm: [string, string][] = [
      ['source', SOURCES[(campaign + variant) % SOURCES.length] as string],
      ['medium', MEDIA[(campaign * 5 + variant) % MEDIA.length] as string],
      [
        'campaign',
        `2026-${String((campaign % 12) + 1).padStart(2, '0')}-${campaign % 3 ? 'event' : '이벤트'}-${campaign}`,
      ],
    ];
    if (variant > 2) utm.push(['content', `creative-${variant}`]);
    if (campaign % 4 === 0) utm.push(['term', TERMS[variant % TERMS.length] as string]);
    return { utm, weight };
  });
}
