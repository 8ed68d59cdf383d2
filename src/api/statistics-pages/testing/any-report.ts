import { Temporal } from 'temporal-polyfill';
import type { Breakdown, Dimension, Figures, StatisticsAnswer } from '../../../clicks/statistics/question.ts';
import { LISTED_DIMENSIONS, type Report } from '../report.ts';
import { readPeriod, type ViewedPeriod } from '../viewed-period.ts';

export const NOW = Date.parse('2026-11-21T10:45:00Z');

export function figures(clicks: number): Figures {
  return {
    clicks,
    visitors: Math.round(clicks * 0.7),
    hourlyVisitors: Math.round(clicks * 0.8),
    dailyVisitors: Math.round(clicks * 0.75),
    newVisitors: Math.round(clicks * 0.6),
    qrScans: Math.round(clicks * 0.1),
    repeats: 0,
    automated: 0,
    crawlers: 0,
  };
}

const VALUES: Readonly<Partial<Record<Dimension, readonly string[]>>> = {
  country: ['KR', 'JP', 'US', 'VN', '', 'DE', 'TW', '(other)'],
  referrer: ['', 'instagram.com', 'search.naver.com', 'www.google.com', 't.co', 'm.cafe.naver.com'],
  device: ['mobile', 'desktop', 'tablet', 'automated'],
  os: ['Android', 'iOS', 'Windows', 'macOS', ''],
  browser: ['Samsung Internet', 'Safari', 'Chrome', 'KakaoTalk', 'NAVER', ''],
  language: ['ko', 'ja', 'en', 'vi', ''],
  utmCampaign: ['', '가을 세일', 'autumn-sale', 'newsletter 47'],
  utmSource: ['', 'instagram', 'mail'],
  utmMedium: ['', 'social', 'email'],
  link: ['1', '2', '3', '4', '5'],
};

export interface ReportWish {
  readonly query?: string;
  readonly kind?: 'link' | 'group';
  readonly clicks?: number;
  readonly title?: string;
  /** In place of the usual values, in every dimension. */
  readonly values?: readonly string[];
}

/** A report as a lively link would give it; the same wish is the same report. */
export function anyReport({
  query = '',
  kind = 'link',
  clicks = 18_432,
  title,
  values,
}: ReportWish = {}): Report {
  const timeZone = 'Asia/Seoul';
  const period = readPeriod(new URLSearchParams(query), timeZone, NOW);
  if (typeof period === 'string') throw new Error(period);
  const shortUrl = kind === 'link' ? 'https://go.example/autumn' : null;
  return {
    page: {
      kind,
      title: title ?? (kind === 'link' ? 'Autumn sale' : 'Autumn campaign'),
      shortUrl,
      path: kind === 'link' ? '/autumn/stats' : '/group/grp_0123456789abcdef/stats',
      excludesForeign: kind === 'group',
    },
    timeZone,
    homeCountry: 'KR',
    period,
    at: NOW,
    answer: answerOf(period, timeZone, clicks, kind, values),
    previous: {
      ...answerOf(period, timeZone, Math.round(clicks * 0.82), kind, values),
      ...period.previous,
      series: [],
      breakdowns: [],
    },
    links: new Map([
      ['1', { title: 'Coat of the week', address: 'go.example/coat' }],
      ['2', { title: '', address: 'go.example/가을' }],
      ['3', { title: 'Newsletter, second edition', address: 'go.example/news-2' }],
      ['4', { title: 'Gone', address: '' }],
    ]),
  };
}

function answerOf(
  period: ViewedPeriod,
  timeZone: string,
  clicks: number,
  kind: 'link' | 'group',
  values: readonly string[] | undefined,
): StatisticsAnswer {
  const starts = startsOf(period, timeZone);
  const shape = starts.map((at, index) =>
    at > NOW ? 0 : 1 + Math.sin(index / 2.3) * 0.4 + ((index * 7919) % 13) / 13,
  );
  const sum = shape.reduce((total, part) => total + part, 0);
  return {
    totals: figures(clicks),
    series: starts.map((from, index) => ({
      ...figures(Math.round((clicks * (shape[index] ?? 0)) / sum)),
      from,
      to: starts[index + 1] ?? period.current.to,
    })),
    breakdowns: clicks === 0 ? [] : breakdownsOf(clicks, kind, values),
    visitorsExact: kind === 'link',
    ...period.current,
  };
}

function startsOf({ current, interval }: ViewedPeriod, timeZone: string): number[] {
  const starts: number[] = [];
  let at = Temporal.Instant.fromEpochMilliseconds(current.from).toZonedDateTimeISO(timeZone);
  while (at.epochMilliseconds < current.to) {
    starts.push(at.epochMilliseconds);
    at = at.add({ [`${interval}s`]: 1 });
  }
  return starts;
}

function breakdownsOf(
  clicks: number,
  kind: 'link' | 'group',
  values: readonly string[] | undefined,
): Breakdown[] {
  const dimensions: readonly Dimension[] = [
    ...LISTED_DIMENSIONS,
    ...(kind === 'group' ? ['link' as const] : []),
  ];
  const listed = dimensions.map((dimension): Breakdown => {
    const texts = values ?? VALUES[dimension] ?? [];
    let left = clicks;
    const rows = texts.map((value) => {
      const part = Math.floor(left * 0.45);
      left -= part;
      return { value, ...figures(part) };
    });
    return { dimension, values: rows, total: texts.length + 12, rest: figures(left) };
  });
  return [...listed, clock('hourOfDay', 24, 0, clicks), clock('weekday', 7, 1, clicks)];
}

function clock(dimension: 'hourOfDay' | 'weekday', count: number, first: number, clicks: number): Breakdown {
  return {
    dimension,
    values: Array.from({ length: count }, (_, at) => ({
      value: String(at + first),
      ...figures(Math.round((clicks / count) * (1 - Math.cos((at / count) * 2 * Math.PI) * 0.8))),
    })),
    total: count,
    rest: figures(0),
  };
}
