import type { Dimension, Figures } from '../../clicks/statistics/question.ts';
import { escapeHtml } from '../../escape-html.ts';
import type { Language } from '../../languages.ts';
import type { Page } from '../../visits/pages/page.ts';
import { renderBarChart } from './bar-chart.ts';
import { labelStep } from './nice-ticks.ts';
import { renderNumberTable } from './number-table.ts';
import { renderPeriodChooser } from './period-chooser.ts';
import { breakdownOf, LISTED_DIMENSIONS, type Report, readableAddress } from './report.ts';
import { buildReportDocument, MARK } from './report-document.ts';
import { ReportFormat } from './report-format.ts';
import { readableText } from './safe-text.ts';
import { STATISTICS_TEXTS, type StatisticsTexts } from './texts.ts';
import { labelValue } from './value-label.ts';
import { renderValueList } from './value-list.ts';
import { queryOf } from './viewed-period.ts';

/** A report on its way to paper. */
interface Drawn extends Report {
  readonly language: Language;
  readonly texts: StatisticsTexts;
  readonly format: ReportFormat;
}

const CHART_HEIGHT = 200;
const SMALL_CHART_HEIGHT = 110;
/** Every how many buckets a name under the chart comes naturally. */
const REGULAR_STEPS = {
  hour: [1, 2, 3, 6, 12],
  day: [1, 2, 7, 14],
  week: [1, 2, 4, 13],
  month: [1, 2, 3, 6, 12],
};

/** The whole page, from plain data: no script, nothing of anybody else's, every text of a stranger escaped. */
export function renderReportPage(report: Report, language: Language): Page {
  const texts = STATISTICS_TEXTS[language];
  const drawn: Drawn = { ...report, language, texts, format: new ReportFormat(language, report.timeZone) };
  const heading = headingOf(report.page);
  const body = [
    renderHeader(drawn, heading),
    '<main>',
    renderPeriodChooser(report.period, report.page.path, texts),
    renderTotals(drawn),
    report.answer.totals.clicks > 0 ? renderDetails(drawn) : renderEmpty(texts),
    `</main>${renderFooter(drawn)}`,
  ].join('');
  return buildReportDocument({ status: 200, language, title: `${heading} · ${kindOf(drawn)}`, body });
}

/** What the page is about, fit to be read. */
export function headingOf({ title, shortUrl }: Report['page']): string {
  return readableText(title) || (shortUrl === null ? 'Switchyard' : readableAddress(shortUrl));
}

function kindOf({ page, texts }: Drawn): string {
  return page.kind === 'link' ? texts.ofLink : texts.ofGroup;
}

function renderHeader(drawn: Drawn, heading: string): string {
  const { shortUrl } = drawn.page;
  const address = shortUrl === null ? '' : readableAddress(shortUrl);
  return [
    `<header>${MARK}<p class="kind">${escapeHtml(kindOf(drawn))}</p><h1><bdi>${escapeHtml(heading)}</bdi></h1>`,
    address === '' || address === heading ? '' : `<p class="address"><bdi>${escapeHtml(address)}</bdi></p>`,
    '</header>',
  ].join('');
}

function renderTotals({ answer, previous, texts, format }: Drawn): string {
  const tile = (name: string, of: (figures: Figures) => number) => {
    const [now, before] = [of(answer.totals), of(previous.totals)];
    const change = format.change(now, before);
    const direction = now > before ? 'up' : now < before ? 'down' : '';
    const badge = change === undefined ? '' : `<b class="${direction}">${escapeHtml(change)}</b>`;
    return [
      `<div><dt>${escapeHtml(name)}</dt><dd class="n">${escapeHtml(format.number(now))}</dd>`,
      `<dd class="d">${badge}${escapeHtml(texts.before(format.number(before)))}</dd></div>`,
    ].join('');
  };
  return [
    `<h2 class="heard">${escapeHtml(texts.totals)}</h2><dl class="totals">`,
    tile(texts.clicks, ({ clicks }) => clicks),
    tile(texts.visitors, ({ visitors }) => visitors),
    tile(texts.newVisitors, ({ newVisitors }) => newVisitors),
    tile(texts.qrScans, ({ qrScans }) => qrScans),
    `</dl><p class="against">${escapeHtml(texts.comparedWith(format.days(previous)))}</p>`,
  ].join('');
}

function renderDetails(drawn: Drawn): string {
  const { page } = drawn;
  return [
    renderSeries(drawn),
    ...(page.kind === 'group' ? [renderBreakdown(drawn, 'link')] : []),
    '<div class="cards">',
    renderClock(drawn, 'hourOfDay', 24, (at) => String(at)),
    renderClock(drawn, 'weekday', 7, (at) => String(at + 1)),
    ...LISTED_DIMENSIONS.map((dimension) => renderBreakdown(drawn, dimension)),
    '</div>',
  ].join('');
}

function renderSeries({ answer, period, texts, format }: Drawn): string {
  const { interval } = period;
  const step = labelStep(answer.series.length, REGULAR_STEPS[interval]);
  const named = answer.series.map((point) => ({ ...point, name: format.bucket(point, interval) }));
  const bars = named.map((point, at) => ({
    value: point.clicks,
    hint: `${point.name} · ${texts.clicks} ${format.number(point.clicks)} · ${texts.visitors} ${format.number(point.visitors)}`,
    ...(at % step === 0 ? { label: format.bucketLabel(point, interval) } : {}),
  }));
  const heading = texts.overTime[interval];
  const summary = `${heading}, ${format.days(answer)}: ${format.number(answer.totals.clicks)}`;
  return [
    `<section class="wide-card"><h2>${escapeHtml(heading)}</h2>`,
    renderBarChart(bars, { summary, height: CHART_HEIGHT, formatTick: (tick) => format.tick(tick) }),
    `<details class="numbers"><summary>${escapeHtml(texts.numbers)}</summary>`,
    `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(heading)}">`,
    renderNumberTable(
      [texts.time, texts.clicks, texts.visitors],
      named.map(({ name, clicks, visitors }) => [name, format.number(clicks), format.number(visitors)]),
    ),
    '</div></details></section>',
  ].join('');
}

/** Bars for what comes round again: every hour of a day, every day of a week, those without clicks too. */
function renderClock(
  { answer, language, texts, format }: Drawn,
  dimension: 'hourOfDay' | 'weekday',
  count: number,
  valueAt: (index: number) => string,
): string {
  const clicksOf = new Map(
    breakdownOf(answer, dimension)?.values.map(({ value, clicks }) => [value, clicks]),
  );
  const step = dimension === 'hourOfDay' ? 4 : 1;
  const entries = Array.from({ length: count }, (_, at) => {
    const value = valueAt(at);
    return { name: labelValue(dimension, value, language), clicks: clicksOf.get(value) ?? 0 };
  });
  const bars = entries.map(({ name, clicks }, at) => ({
    value: clicks,
    hint: `${name} · ${texts.clicks} ${format.number(clicks)}`,
    ...(at % step === 0 ? { label: name } : {}),
  }));
  const heading = texts.headings[dimension];
  return [
    `<section><h2>${escapeHtml(heading)}</h2>`,
    renderBarChart(bars, {
      summary: heading,
      height: SMALL_CHART_HEIGHT,
      formatTick: (tick) => format.tick(tick),
      keepsLabels: true,
    }),
    '<div class="heard">',
    renderNumberTable(
      [heading, texts.clicks],
      entries.map(({ name, clicks }) => [name, format.number(clicks)]),
    ),
    '</div></section>',
  ].join('');
}

/** Nothing where there is nothing to tell apart: most links have no campaigns. */
function renderBreakdown(drawn: Drawn, dimension: (typeof LISTED_DIMENSIONS)[number] | 'link'): string {
  const { answer, texts, format } = drawn;
  const breakdown = breakdownOf(answer, dimension);
  if (!breakdown || breakdown.values.length === 0) return '';
  const saysNothing = breakdown.values.every(({ value }) => value === '');
  if (saysNothing && dimension.startsWith('utm')) return '';
  const whole = answer.totals.clicks;
  const left = breakdown.total - breakdown.values.length;
  return renderValueList({
    heading: texts.headings[dimension],
    wide: dimension === 'link',
    values: breakdown.values.map(({ value, clicks }) => ({
      ...nameOf(drawn, dimension, value),
      clicks: format.number(clicks),
      share: format.share(clicks, whole),
      part: whole > 0 ? clicks / whole : 0,
    })),
    rest:
      left > 0
        ? {
            name: texts.rest(format.number(left)),
            clicks: format.number(breakdown.rest.clicks),
            share: format.share(breakdown.rest.clicks, whole),
          }
        : undefined,
  });
}

function nameOf(
  { links, language, texts }: Drawn,
  dimension: Dimension,
  value: string,
): { name: string; detail: string } {
  if (dimension !== 'link') return { name: labelValue(dimension, value, language), detail: '' };
  const link = links.get(value);
  const title = readableText(link?.title ?? '');
  const address = readableText(link?.address ?? '');
  return title === '' ? { name: address || texts.deletedLink, detail: '' } : { name: title, detail: address };
}

function renderEmpty({ emptyHeading, emptyBody }: StatisticsTexts): string {
  return `<section class="empty"><h2>${escapeHtml(emptyHeading)}</h2><p>${escapeHtml(emptyBody)}</p></section>`;
}

function renderFooter({
  page,
  period,
  at,
  homeCountry,
  answer,
  previous,
  language,
  texts,
  format,
}: Drawn): string {
  const csv = `${page.path}?${queryOf(period)}&format=csv`;
  const notes = [
    texts.asOf(format.instant(at), format.zone(at)),
    page.excludesForeign ? texts.foreignLeftOut(labelValue('country', homeCountry, language)) : '',
    answer.visitorsExact && previous.visitorsExact ? '' : texts.approximate,
    texts.crawlersLeftOut,
  ].filter((note) => note !== '');
  return [
    `<footer><p class="get"><a href="${escapeHtml(csv)}">${escapeHtml(texts.download)}</a></p>`,
    `<p>${notes.map(escapeHtml).join(' ')}</p><p class="by" lang="en" translate="no">Switchyard</p></footer>`,
  ].join('');
}
