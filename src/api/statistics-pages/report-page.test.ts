import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { LANGUAGES } from '../../languages.ts';
import { hostileText, markupSkeleton } from '../../visits/pages/testing/markup-skeleton.ts';
import { renderReportPage } from './report-page.ts';
import { anyReport, type ReportWish } from './testing/any-report.ts';

const htmlOf = (wish: ReportWish = {}, language: (typeof LANGUAGES)[number] = 'en') =>
  renderReportPage(anyReport(wish), language).body.toString('utf8');

describe('renderReportPage', () => {
  it.each(LANGUAGES)('needs no script, no inline style and nothing of anybody else: %s', (language) => {
    for (const query of [
      '',
      'range=today',
      'range=12m',
      'from=2026-08-22&to=2026-11-21',
      'from=2017-01-01',
    ]) {
      const { status, headers, body } = renderReportPage(anyReport({ query, kind: 'group' }), language);
      const html = body.toString('utf8');
      expect(status).toBe(200);
      expect(body.byteLength, query).toBeLessThan(60_000);
      expect(html).toContain(`<html lang="${language}">`);
      expect(html).not.toMatch(
        /<script|<img|<iframe|<object|\son\w+=|\sstyle=|(?:src|href|action)="(?!data:image|\/)/,
      );
      expect(html).not.toMatch(/undefined|NaN|\[object|Invalid/);
      expect(headers['Content-Security-Policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
      expect(headers['Content-Security-Policy']).not.toMatch(/unsafe|script/);
      expect(headers).toMatchObject({
        'Cache-Control': 'no-store',
        'Referrer-Policy': 'no-referrer',
        'X-Robots-Tag': 'noindex, nofollow',
      });
    }
  });

  it('says what the period came to, beside the one before', () => {
    const html = htmlOf();
    expect(html).toContain(
      '<dt>Clicks</dt><dd class="n">18,432</dd><dd class="d"><b class="up">+22%</b>before: 15,114</dd>',
    );
    expect(html).toContain('Compared with Sep 23');
    expect(html).toContain('aria-current="true">30 days</a>');
  });

  it('says so where the figures are not all there is', () => {
    expect(htmlOf()).toContain('As of Nov 21, 2026');
    expect(htmlOf()).toContain('Korean Standard Time');
    expect(htmlOf()).not.toMatch(/approximate|left out/);
    expect(htmlOf({ kind: 'group' })).toContain('Numbers of visitors are approximate.');
    expect(htmlOf({ kind: 'group' })).toContain('Clicks from outside South Korea are left out.');
  });

  it('lists the links of a group by what they are called', () => {
    const html = htmlOf({ kind: 'group' });
    expect(html).toContain('<bdi>Coat of the week</bdi><small><bdi>go.example/coat</bdi></small>');
    expect(html).toContain('<bdi>go.example/가을</bdi>');
    expect(html).toContain('<bdi>Deleted link</bdi>');
    expect(htmlOf()).not.toContain('go.example/coat');
  });

  it('says what will be here where nothing is', () => {
    const html = htmlOf({ clicks: 0 });
    expect(html).toContain('No clicks in this period');
    expect(html).not.toContain('class="plot"');
    expect(html).not.toContain('%</b>');
  });

  it('has every number of its charts in a table', () => {
    const html = htmlOf({ query: 'range=12m' });
    const rows = [...html.matchAll(/<tr><th scope="row">/g)];
    expect(rows).toHaveLength(12 + 24 + 7);
  });

  test('texts of strangers are texts, whatever is in them', () => {
    const skeleton = (text: string) =>
      markupSkeleton(htmlOf({ title: `t${text}`, values: [`v${text}`] })).join('\n');
    const expected = skeleton('');
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(skeleton(text)).toBe(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('cuts what is long and takes away what turns the direction of writing', () => {
    const html = htmlOf({ values: [`${'W'.repeat(500)}`, '\u202eevil\u0000\u2066'] });
    expect(html).toContain(`<bdi>${'W'.repeat(79)}…</bdi>`);
    expect(html).toContain('<bdi>evil</bdi>');
    expect(html).not.toMatch(/[\u202a-\u202e\u2066-\u2069\0]/);
  });

  it('takes names of JavaScript for values like any other', () => {
    const values = ['constructor', '__proto__', 'toString'];
    for (const value of values) expect(htmlOf({ values })).toContain(`<bdi>${value}</bdi>`);
  });
});
