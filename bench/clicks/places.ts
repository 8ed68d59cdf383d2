import { zipf } from './weighted-choice.ts';

/** Where visitors are, and what they speak there. */
export interface GeneratedPlace {
  readonly country: string;
  readonly region: string;
  readonly city: string;
  readonly acceptLanguage: string;
  /** First octets of public IPv4 ranges that are used there. */
  readonly octets: readonly number[];
  readonly weight: number;
}

const KOREA: readonly (readonly [region: string, weight: number, cities: readonly string[]])[] = [
  [
    'Seoul',
    30,
    ['Gangnam-gu', 'Mapo-gu', 'Songpa-gu', 'Jongno-gu', 'Seocho-gu', 'Yeongdeungpo-gu', 'Guro-gu'],
  ],
  ['Gyeonggi-do', 25, ['Suwon', 'Seongnam', 'Goyang', 'Yongin', 'Bucheon', 'Ansan', 'Hwaseong', 'Anyang']],
  ['Busan', 8, ['Haeundae-gu', 'Busanjin-gu', 'Saha-gu']],
  ['Incheon', 6, ['Namdong-gu', 'Bupyeong-gu', 'Yeonsu-gu']],
  ['Daegu', 5, ['Suseong-gu', 'Dalseo-gu']],
  ['Daejeon', 4, ['Yuseong-gu', 'Seo-gu']],
  ['Gwangju', 3, ['Buk-gu', 'Gwangsan-gu']],
  ['Gyeongsangnam-do', 4, ['Changwon', 'Gimhae', 'Jinju']],
  ['Gyeongsangbuk-do', 3, ['Pohang', 'Gumi', 'Gyeongju']],
  ['Chungcheongnam-do', 3, ['Cheonan', 'Asan']],
  ['Chungcheongbuk-do', 2, ['Cheongju', 'Chungju']],
  ['Jeollabuk-do', 2, ['Jeonju', 'Iksan']],
  ['Jeollanam-do', 2, ['Yeosu', 'Suncheon']],
  ['Gangwon-do', 2, ['Chuncheon', 'Wonju', 'Gangneung']],
  ['Ulsan', 2, ['Nam-gu', 'Buk-gu']],
  ['Jeju-do', 1.5, ['Jeju', 'Seogwipo']],
  ['Sejong', 0.7, ['Sejong']],
];

/** In order of how many visitors come from there. */
const ABROAD =
  `us jp cn vn tw th id ph sg hk my in au ca gb de fr nl it es br mx ru tr sa ae pl se no fi dk be ch at cz pt ie gr hu
  ro bg ua kz uz mn kh la mm bd lk np pk ir iq il jo kw qa om bh lb eg ma dz tn ly za ng ke gh et tz ug zm zw ao mz cm
  ci sn ml bf ne td ga cg cd rw mg mu ar cl co pe ve ec bo py uy cr pa gt hn sv ni do cu jm tt bs bb gy sr nz fj pg is
  ee lv lt sk si hr ba rs me mk al md by ge am az kg tj tm af ye sy ps cy mt lu li mc bn mo tl mv bt`
    .split(/\s+/)
    .map((country) => country.toUpperCase());

const LANGUAGE: Readonly<Record<string, string>> = {
  JP: 'ja-JP,ja;q=0.9,en-US;q=0.8,en;q=0.7',
  CN: 'zh-CN,zh;q=0.9',
  TW: 'zh-TW,zh;q=0.9,en;q=0.8',
  HK: 'zh-HK,zh;q=0.9,en;q=0.8',
  VN: 'vi-VN,vi;q=0.9,en;q=0.8',
  TH: 'th-TH,th;q=0.9',
  ID: 'id-ID,id;q=0.9,en;q=0.8',
  DE: 'de-DE,de;q=0.9,en;q=0.8',
  AT: 'de-AT,de;q=0.9,en;q=0.8',
  FR: 'fr-FR,fr;q=0.9,en;q=0.8',
  NL: 'nl-NL,nl;q=0.9,en;q=0.8',
  IT: 'it-IT,it;q=0.9',
  ES: 'es-ES,es;q=0.9',
  MX: 'es-MX,es;q=0.9,en;q=0.6',
  BR: 'pt-BR,pt;q=0.9,en;q=0.8',
  RU: 'ru-RU,ru;q=0.9,en;q=0.7',
  TR: 'tr-TR,tr;q=0.9',
  SA: 'ar-SA,ar;q=0.9,en;q=0.8',
  PL: 'pl-PL,pl;q=0.9',
  GB: 'en-GB,en;q=0.9',
};

const KOREAN_OCTETS = [
  1, 14, 27, 39, 49, 58, 59, 61, 106, 110, 112, 118, 121, 175, 180, 183, 203, 211, 220, 223,
];
/** Nothing private, nothing reserved. */
const OTHER_OCTETS = [2, 5, 8, 24, 31, 46, 62, 70, 77, 81, 88, 95, 103, 115, 124, 151, 177, 189, 197, 213];
const OF_KOREA = 0.7;
const REGIONS_ABROAD = 4;
const CITIES_ABROAD = 3;

/** Some two thousand, of which Korea's get seven tenths of the clicks. */
export function places(): GeneratedPlace[] {
  return [...korea(), ...abroad()];
}

function korea(): GeneratedPlace[] {
  const total = KOREA.reduce((sum, [, weight]) => sum + weight, 0);
  return KOREA.flatMap(([region, weight, cities]) =>
    cities.flatMap((city, index) =>
      (
        [
          ['ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7', 0.92],
          ['en-US,en;q=0.9,ko;q=0.8', 0.08],
        ] as const
      ).map(([acceptLanguage, share]) => ({
        country: 'KR',
        region,
        city,
        acceptLanguage,
        octets: KOREAN_OCTETS,
        weight: (OF_KOREA * (weight / total) * share * (cities.length - index)) / triangle(cities.length),
      })),
    ),
  );
}

function abroad(): GeneratedPlace[] {
  const shares = zipf(ABROAD.length, 1.1);
  const total =
    shares.reduce((sum, share) => sum + share, 0) * triangle(REGIONS_ABROAD) * triangle(CITIES_ABROAD);
  return ABROAD.flatMap((country, rank) =>
    Array.from({ length: REGIONS_ABROAD * CITIES_ABROAD }, (_, place) => {
      const region = Math.floor(place / CITIES_ABROAD);
      const city = place % CITIES_ABROAD;
      return {
        country,
        region: `Region ${region + 1}`,
        city: `City ${city + 1}`,
        acceptLanguage: LANGUAGE[country] ?? 'en-US,en;q=0.9',
        octets: OTHER_OCTETS.map((octet) => octet + (rank % 2)),
        weight:
          ((1 - OF_KOREA) * (shares[rank] as number) * (REGIONS_ABROAD - region) * (CITIES_ABROAD - city)) /
          total,
      };
    }),
  );
}

function triangle(size: number): number {
  return (size * (size + 1)) / 2;
}
