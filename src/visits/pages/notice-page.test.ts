import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LANGUAGES, type Language } from '../../languages.ts';
import { type Notice, renderNotice } from './notice-page.ts';
import { TEXTS } from './texts.ts';

const NINE_IN_SEOUL = Date.parse('2026-12-01T00:00:00Z');

const READ_NOTICES: readonly (readonly [status: number, notice: Notice])[] = [
  [404, { kind: 'unknown' }],
  [404, { kind: 'paused' }],
  [403, { kind: 'notStarted', startsAt: NINE_IN_SEOUL, timeZone: 'Asia/Seoul' }],
  [410, { kind: 'ended' }],
  [403, { kind: 'limitReached' }],
  [429, { kind: 'tooManyGuesses', retryAfterSeconds: 431 }],
  [200, { kind: 'protected' }],
  [400, { kind: 'badLongLink', why: 'link must be an http or https URL' }],
  [503, { kind: 'unavailable' }],
  [200, { kind: 'home', apiDocs: false }],
  [200, { kind: 'home', apiDocs: true }],
];

const cases = READ_NOTICES.flatMap(([status, notice]) =>
  LANGUAGES.map((language) => ({ name: `${notice.kind} in ${language}`, status, notice, language })),
);

const htmlOf = (notice: Notice, language: Language) => renderNotice(notice, language).body.toString('utf8');

describe('renderNotice', () => {
  it.each(cases)('$name carries the headers of a page nobody keeps, frames or scripts', (example) => {
    const { status, notice, language } = example;
    const page = renderNotice(notice, language);
    const html = page.body.toString('utf8');
    const style = /<style>(.*?)<\/style>/s.exec(html)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');

    expect(page.status).toBe(status);
    expect(page.headers).toEqual({
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': String(page.body.byteLength),
      'Content-Language': language,
      'Cache-Control': 'no-store',
      Vary: 'Accept-Language',
      'X-Robots-Tag': 'noindex, nofollow',
      'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${hash}'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'`,
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      ...(notice.kind === 'unavailable' ? { 'Retry-After': '2' } : {}),
      ...(notice.kind === 'tooManyGuesses' ? { 'Retry-After': '431' } : {}),
    });
    expect(page.body.byteLength).toBeLessThan(8_000);
    expect(html).toContain(`<html lang="${language}"`);
    expect(html).toContain('<meta name="robots" content="noindex,nofollow">');
    expect(html.match(/<h1>/g)).toHaveLength(1);
    expect(html).not.toMatch(/<script|\sstyle=|\son\w+=|<form|(?:src|href)="(?:https?:)?\/\//);
  });

  it('gives a prefetch an empty answer that is not kept', () => {
    const page = renderNotice({ kind: 'tryAgain' }, 'ko');
    expect(page.status).toBe(503);
    expect(page.body).toHaveLength(0);
    expect(page.headers).toMatchObject({ 'Cache-Control': 'no-store', 'Content-Length': '0' });
    expect(page.headers).not.toHaveProperty('Retry-After');
  });

  it('serves what was rendered at start-up, again and again', () => {
    const page = renderNotice({ kind: 'unknown' }, 'ja');
    expect(renderNotice({ kind: 'unknown' }, 'ja')).toBe(page);
    expect(Object.isFrozen(page.headers)).toBe(true);
  });

  it('says when a link opens, in the words of the visitor and the zone of the project', () => {
    const html = htmlOf({ kind: 'notStarted', startsAt: NINE_IN_SEOUL, timeZone: 'Asia/Seoul' }, 'ko');
    expect(html).toContain(
      '<time datetime="2026-12-01T00:00:00.000Z">2026년 12월 1일 화요일<br>오전 9:00</time>',
    );
    expect(html).toContain('<small>한국 표준시</small>');
  });

  it('says in plain words when passwords are taken again', () => {
    const notice: Notice = { kind: 'tooManyGuesses', retryAfterSeconds: 431 };
    expect(htmlOf(notice, 'en')).toContain('<time datetime="PT431S">in 8 minutes</time>');
    expect(htmlOf(notice, 'ko')).toContain('<time datetime="PT431S">8분 후</time>');
  });

  it('has a page even for an instant no calendar has', () => {
    const html = htmlOf({ kind: 'notStarted', startsAt: Number.MAX_VALUE, timeZone: 'Asia/Seoul' }, 'en');
    expect(html).toContain(TEXTS.en.notices.notStarted.heading);
    expect(html).not.toContain('<time');
  });

  it('never lets a time zone write markup', () => {
    const parts = fc.constantFrom('<', '>', '"', "'", '&', '</dd>', 'UTC', '+09:00', '/');
    fc.assert(
      fc.property(fc.string({ unit: parts }), (timeZone) => {
        const html = htmlOf({ kind: 'notStarted', startsAt: NINE_IN_SEOUL, timeZone }, 'en');
        expect(html.split('<')).toHaveLength(htmlOf(READ_NOTICES[2]?.[1] as Notice, 'en').split('<').length);
      }),
    );
  });

  it('says what is wrong with a long link, as text', () => {
    const html = htmlOf({ kind: 'badLongLink', why: 'link is <b>"wrong"</b>' }, 'ko');
    expect(html).toContain('<p lang="en"><small>link is &lt;b&gt;&quot;wrong&quot;&lt;/b&gt;</small></p>');
  });

  it('speaks of the documentation only when told that there is one', () => {
    expect(htmlOf({ kind: 'home', apiDocs: true }, 'en')).toContain(
      '<a href="/api/docs">API documentation</a>',
    );
    expect(htmlOf({ kind: 'home', apiDocs: false }, 'en')).not.toContain('<a ');
  });
});

describe('TEXTS', () => {
  it('says something else in every language, and nothing empty', () => {
    const sentences = LANGUAGES.flatMap((language) => {
      const { notices, pushQuestion, ...words } = TEXTS[language];
      return [
        ...Object.values(words),
        pushQuestion('go.example'),
        ...Object.values(notices).flatMap(({ heading, body }) => [heading, body]),
      ];
    });
    expect(sentences.every((sentence) => sentence.trim() === sentence && sentence !== '')).toBe(true);
    expect(new Set(sentences).size).toBe(sentences.length);
  });
});
