import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../languages.ts';
import type { ThresholdNotice } from '../thresholds/threshold-notice.ts';
import type { EndpointDisabledNotice } from '../webhooks/endpoint-disabled-notice.ts';
import type { MailReaders } from './mail-reader.ts';
import { writeMail } from './mail-writer.ts';

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '&',
      '\r\n',
      '\n',
      '\0',
      '\u2028',
      '\u202e',
      '\ud83d',
      'Bcc: x@y.z',
      '</title>',
      '<script>',
      ' ',
      'a',
    ),
    maxLength: 4_000,
  }),
);

const readers = fc.record({
  projectName: hostile,
  addresses: fc.constant(['a@example.com']),
  language: fc.constantFrom(...LANGUAGES),
  timeZone: fc.constantFrom('UTC', 'Asia/Seoul', 'America/St_Johns', 'Pacific/Apia'),
}) satisfies fc.Arbitrary<MailReaders>;

const instant = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) });
const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

const threshold: fc.Arbitrary<ThresholdNotice> = fc.record({
  version: fc.constant(1 as const),
  linkId: fc.constantFrom('lnk_1', 'lnk_2'),
  shortUrl: fc.oneof(hostile, fc.constant('https://go.example.com/x')),
  title: hostile,
  groupName: fc.option(hostile),
  clicks: count,
  visitors: count,
  every: count,
  at: instant,
});

const disabled: fc.Arbitrary<EndpointDisabledNotice> = fc.record({
  version: fc.constant(1 as const),
  endpointId: hostile,
  url: fc.option(hostile),
  reason: fc.constantFrom('gone' as const, 'failing' as const),
  groupName: fc.option(hostile),
  since: instant,
});

const deliveries = fc.array(
  fc.oneof(
    threshold.map((body) => ({ kind: 'clicks' as const, body: JSON.stringify(body) })),
    disabled.map((body) => ({ kind: 'endpoint-disabled' as const, body: JSON.stringify(body) })),
  ),
  { minLength: 1, maxLength: 80 },
);

/** All tags and the names of their attributes: what no text may change. */
const OURS = new Set([
  '!doctype',
  'html',
  'head',
  'meta',
  'title',
  'style',
  'body',
  'div',
  'h1',
  'h2',
  'ul',
  'li',
  'p',
  'span',
  'br',
  'table',
  'tr',
  'th',
  'td',
  'b',
]);

describe('writeMail', () => {
  it('writes nothing that ends a header, opens a tag, or is too long, whatever things are called', () => {
    fc.assert(
      fc.property(deliveries, readers, (waiting, reader) => {
        const { subject, text, html } = writeMail(waiting, reader, 'https://go.example.com');
        expect(subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
        expect(subject.length).toBeLessThan(400);
        for (const part of [subject, text, html]) expect(part.isWellFormed()).toBe(true);
        const markup = html.replace(/<style>.*?<\/style>/s, '');
        for (const [, name = ''] of markup.matchAll(/<\/?([^\s>]*)/g)) expect(OURS).toContain(name);
        expect(markup.match(/<!doctype/g)).toHaveLength(1);
        expect(markup).not.toMatch(/&(?!(amp|lt|gt|quot|#39);)/);
        expect(markup).not.toMatch(/<[^>]*\b(on\w+|href|src)=/);
        // With all names as long as they may be; Gmail cuts off what is longer.
        expect(Buffer.byteLength(html)).toBeLessThan(102_000);
      }),
    );
  });

  it('shows the address of a link, and leads nobody to it', () => {
    const body = JSON.stringify({
      version: 1,
      linkId: 'lnk_1',
      shortUrl: 'https://go.example.com/spring',
      title: '',
      groupName: null,
      clicks: 100,
      visitors: 90,
      every: 100,
      at: 0,
    } satisfies ThresholdNotice);
    const reader = { projectName: 'P', addresses: [], language: 'en', timeZone: 'UTC' } as const;
    const { subject, text, html } = writeMail([{ kind: 'clicks', body }], reader, 'https://go.example.com');
    expect(subject).toBe('go.example.com/spring has reached 100 clicks');
    expect(text).toContain('Link: go.example.com/spring\n');
    expect(html).not.toContain('href');
  });

  const english = { projectName: 'P', addresses: [], language: 'en', timeZone: 'Asia/Seoul' } as const;
  const reached = (clicks: number, at: number, every = 100) => ({
    kind: 'clicks' as const,
    body: JSON.stringify({
      version: 1,
      linkId: 'lnk_1',
      shortUrl: 'https://go.example.com/spring',
      title: '',
      groupName: null,
      clicks,
      visitors: 1,
      every,
      at,
    } satisfies ThresholdNotice),
  });

  it.each([
    ['en', 'go.example.com/spring has reached 1 click', 'You hear of every click of this link.'],
    ['ko', 'go.example.com/spring: 1번 클릭됐어요', '이 링크가 클릭될 때마다 알려 드려요.'],
    [
      'ja',
      'go.example.com/spring：クリックが1回に達しました',
      'このリンクがクリックされるたびにお知らせします。',
    ],
  ] as const)('speaks of one click as one, in %s', (language, heading, every) => {
    const mail = writeMail([reached(1, 0, 1)], { ...english, language }, 'https://go.example.com');
    expect(mail.subject).toBe(heading);
    expect(mail.text).toContain(every);
    expect(mail.html).toContain(every);
  });

  it('writes a date once above all that was reached on it', () => {
    const day = Date.UTC(2026, 2, 10);
    const minutes = [0, 1, 2, 24 * 60, 24 * 60 + 1];
    const { html, text } = writeMail(
      minutes.map((minute, index) => reached((index + 1) * 100, day + minute * 60_000)),
      english,
      'https://go.example.com',
    );
    expect(html.match(/Mar \d+, 2026/g)).toEqual(['Mar 11, 2026', 'Mar 10, 2026']);
    expect(text.match(/Mar \d+, 2026/g)).toHaveLength(5);
  });

  const endpoint = (number: number, more: Partial<EndpointDisabledNotice> = {}) => ({
    kind: 'endpoint-disabled' as const,
    body: JSON.stringify({
      version: 1,
      endpointId: `whk_${number}`,
      url: `https://crm${number}.example.com`,
      reason: 'failing',
      groupName: `G${number}`,
      since: Date.UTC(2026, 2, 10),
      ...more,
    } satisfies EndpointDisabledNotice),
  });

  it('leaves out none of the webhooks that are no longer called, and says once what to do', () => {
    const waiting = Array.from({ length: 30 }, (_, index) => endpoint(index + 1));
    const { subject, text, html } = writeMail([...waiting, endpoint(7)], english, 'https://go.example.com');
    expect(subject).toBe('30 webhooks are no longer called');
    for (const part of [text, html]) {
      for (let number = 1; number <= 30; number++) {
        expect(part.match(new RegExp(`whk_${number}\\b`, 'g'))).toHaveLength(1);
      }
      expect(part.match(/Mend the receiver/g)).toHaveLength(1);
      expect(part.match(/https:/g)).toHaveLength(5);
      // The one that came last was there before.
      expect(part.indexOf('whk_7')).toBeLessThan(part.indexOf('whk_30'));
    }
    expect(html.match(/<li>/g)).toHaveLength(25);
    const many = Array.from({ length: 100 }, (_, index) => endpoint(index));
    expect(writeMail(many, english, 'https://go.example.com').text).toContain('Webhooks not listed here: 45');
  });

  it('tells of one webhook with its whole host, and the time with its zone', () => {
    const url = `https://${'a'.repeat(63)}.${'b'.repeat(63)}.example.com`;
    const { subject, text, html } = writeMail([endpoint(1, { url })], english, 'https://go.example.com');
    expect(subject).toBe('The webhook of G1 is no longer called');
    for (const part of [text, html]) {
      expect(part).toContain(url);
      expect(part.replaceAll('\u202f', ' ')).toContain('since Mar 10, 2026, 9:00 AM GMT+9');
    }
  });
});
