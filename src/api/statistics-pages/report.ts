import type { Project } from '../../accounts/project.ts';
import type {
  Breakdown,
  Dimension,
  StatisticsAnswer,
  StatisticsQuestion,
  StatisticsScope,
} from '../../clicks/statistics/question.ts';
import type { Statistics } from '../../clicks/statistics/statistics.ts';
import type { LinkName } from '../../links/link-names.ts';
import type { OpenPage } from './page-directory.ts';
import type { Span, ViewedPeriod } from './viewed-period.ts';

/** How many values of a dimension a page lists. */
const LISTED = 8;

/** What a page tells clicks apart by, in the order it shows them. Never anything finer than these counts. */
export const LISTED_DIMENSIONS = [
  'country',
  'referrer',
  'device',
  'os',
  'browser',
  'language',
  'utmCampaign',
  'utmSource',
  'utmMedium',
] as const satisfies readonly Dimension[];

/** What a page is drawn from. */
export interface Report {
  readonly page: Pick<OpenPage, 'kind' | 'title' | 'shortUrl' | 'path' | 'excludesForeign'>;
  readonly timeZone: string;
  readonly homeCountry: string;
  readonly period: ViewedPeriod;
  /** When it was asked, in milliseconds. */
  readonly at: number;
  readonly answer: StatisticsAnswer;
  readonly previous: StatisticsAnswer;
  /** The names of the links that `answer` speaks of by number. */
  readonly links: ReadonlyMap<string, LinkLabel>;
}

export interface LinkLabel {
  /** Empty when the link has none. */
  readonly title: string;
  /** Host and path, as people read it; empty when the link has lost them. */
  readonly address: string;
}

export interface ReportParts {
  readonly statistics: Statistics;
  readonly linkNames: (projectId: number, ids: readonly number[]) => Promise<readonly LinkName[]>;
  readonly domains: { shortUrl(domainId: number, code: string): string };
}

interface Asked {
  readonly page: OpenPage;
  readonly project: Pick<Project, 'id' | 'timeZone' | 'homeCountry'>;
  readonly period: ViewedPeriod;
  readonly at: number;
  /** Fires when the client has left. */
  readonly leaving: AbortSignal;
}

/** Two questions, whatever the page shows: its period with all there is to it, and what the one before came to. */
export async function askReport(asked: Asked, parts: ReportParts): Promise<Report> {
  const { page, project, period, at, leaving } = asked;
  const { timeZone, homeCountry } = project;
  // All who look at a page share its turn: its password tells nobody apart.
  const asker = { owner: `page:${page.kind}:${page.id}`, signal: leaving };
  const dimensions: readonly Dimension[] = [
    ...LISTED_DIMENSIONS,
    ...(page.kind === 'group' ? (['link'] as const) : []),
  ];
  const about = (span: Span): StatisticsQuestion => ({
    projectId: project.id,
    timeZone,
    homeCountry,
    scope: scopeOf(page),
    ...span,
    visitors: true,
  });
  const [answer, previous] = await Promise.all([
    parts.statistics.ask(
      {
        ...about(period.current),
        interval: period.interval,
        breakdowns: [
          ...dimensions.map((dimension) => ({ dimension, limit: LISTED })),
          { dimension: 'hourOfDay', limit: 24 },
          { dimension: 'weekday', limit: 7 },
        ],
      },
      asker,
    ),
    parts.statistics.ask(about(period.previous), asker),
  ]);
  const links = await labelLinks(project.id, answer, parts);
  return { page, timeZone, homeCountry, period, at, answer, previous, links };
}

export function breakdownOf({ breakdowns }: StatisticsAnswer, dimension: Dimension): Breakdown | undefined {
  return breakdowns.find((breakdown) => breakdown.dimension === dimension);
}

function scopeOf({ kind, id }: OpenPage): StatisticsScope {
  return kind === 'group' ? { kind, id } : { kind: 'links', ids: [id] };
}

async function labelLinks(
  projectId: number,
  answer: StatisticsAnswer,
  { linkNames, domains }: ReportParts,
): Promise<ReadonlyMap<string, LinkLabel>> {
  const ids = breakdownOf(answer, 'link')?.values.map(({ value }) => Number(value)) ?? [];
  if (ids.length === 0) return new Map();
  const names = await linkNames(projectId, ids);
  return new Map(
    names.map(({ id, title, domainId, code }) => [
      String(id),
      { title, address: code === null ? '' : readableAddress(domains.shortUrl(domainId, code)) },
    ]),
  );
}

/** A short URL as people say it: without its scheme, its letters unescaped. */
export function readableAddress(shortUrl: string): string {
  return decodeURI(shortUrl).replace(/^https?:\/\//, '');
}
