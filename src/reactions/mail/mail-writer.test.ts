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
  { minLength: 1, maxLength: 40 },
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
        // Five things with all of their names as long as they may be.
        expect(Buffer.byteLength(html)).toBeLessThan(60_000);
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
});
