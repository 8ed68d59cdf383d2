import { offsetTimeOf } from '../../accounts/local-day.ts';
import type { Figures } from '../../clicks/statistics/question.ts';
import { csvField } from '../../csv-field.ts';
import type { Language } from '../../languages.ts';
import type { Page } from '../../visits/pages/page.ts';
import type { Report } from './report.ts';
import { finishPage } from './report-document.ts';
import { labelValue } from './value-label.ts';

const COLUMNS = ['table', 'value', 'label', 'clicks', 'visitors', 'new_visitors', 'qr_scans'];
/** Spreadsheets take a file without it for one in the letters of their country. */
const BYTE_ORDER_MARK = '\ufeff';

/** What the page shows, as one table (RFC 4180): a row for the totals, each step of time and each value. */
export function reportCsv(report: Report, language: Language): Page {
  const { answer, period, page } = report;
  const rows = [
    COLUMNS,
    row('total', `${period.firstDay}/${period.lastDay}`, '', answer.totals),
    ...answer.series.map((point) =>
      row(period.interval, offsetTimeOf(point.from, report.timeZone), '', point),
    ),
    ...answer.breakdowns.flatMap(({ dimension, values, total, rest }) => [
      ...values.map((one) =>
        dimension === 'link'
          ? row(
              dimension,
              report.links.get(one.value)?.address ?? '',
              report.links.get(one.value)?.title ?? '',
              one,
            )
          : row(dimension, one.value, labelValue(dimension, one.value, language), one),
      ),
      ...(total > values.length ? [row(`${dimension} (rest)`, '', '', rest)] : []),
    ]),
  ];
  const name = `statistics-${page.kind}-${period.firstDay}-${period.lastDay}.csv`;
  const text = BYTE_ORDER_MARK + rows.map((cells) => `${cells.map(csvField).join(',')}\r\n`).join('');
  return finishPage(200, 'text/csv; charset=utf-8; header=present', text, {
    'Content-Language': language,
    'Content-Disposition': `attachment; filename="${name}"`,
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  });
}

function row(table: string, value: string, label: string, figures: Figures): string[] {
  const { clicks, visitors, newVisitors, qrScans } = figures;
  return [table, value, label, ...[clicks, visitors, newVisitors, qrScans].map(String)];
}
