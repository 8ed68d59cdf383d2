import { describe, expect, it } from 'vitest';
import { reportCsv } from './report-csv.ts';
import { anyReport } from './testing/any-report.ts';

describe('reportCsv', () => {
  const { status, headers, body } = reportCsv(anyReport({ kind: 'group' }), 'ko');
  const text = body.toString('utf8');
  const rows = text.slice(1).split('\r\n');

  it('is a file that Excel opens, kept by nobody', () => {
    expect(status).toBe(200);
    expect(text.startsWith('\ufefftable,value,label,clicks,visitors,new_visitors,qr_scans\r\n')).toBe(true);
    expect(headers).toMatchObject({
      'Content-Type': 'text/csv; charset=utf-8; header=present',
      'Content-Disposition': 'attachment; filename="statistics-group-2026-10-23-2026-11-21.csv"',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Content-Length': String(body.byteLength),
    });
  });

  it('has what the page shows', () => {
    expect(rows[1]).toBe('total,2026-10-23/2026-11-21,,18432,12902,11059,1843');
    expect(rows.filter((row) => row.startsWith('day,'))).toHaveLength(30);
    expect(rows).toContainEqual(expect.stringMatching(/^day,2026-10-23T00:00:00\+09:00,,\d+,/));
    expect(rows).toContainEqual(expect.stringMatching(/^country,JP,일본,/));
    expect(rows).toContainEqual(expect.stringMatching(/^link,go.example\/coat,Coat of the week,/));
    expect(rows).toContainEqual(
      expect.stringMatching(/^link,go.example\/news-2,"Newsletter, second edition",/),
    );
    expect(rows.filter((row) => row.startsWith('hourOfDay,'))).toHaveLength(24);
    expect(rows).toContainEqual(expect.stringMatching(/^country \(rest\),,,/));
  });

  it('keeps formulas of visitors apart from spreadsheets', () => {
    const hostile = reportCsv(
      anyReport({ values: ['=HYPERLINK("https://evil.example","x")'] }),
      'en',
    ).body.toString('utf8');
    expect(hostile).toContain(`utmSource,"'=HYPERLINK(""https://evil.example"",""x"")","'=HYPERLINK`);
    expect(hostile).not.toMatch(/(^|,)"?=/m);
  });
});
