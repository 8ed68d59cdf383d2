import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeHtml } from './escape-html.ts';

const unescapeHtml = (html: string) =>
  html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom('<', '>', '"', "'", '&', '&lt;', '</title>', '-->', '\0'),
    fc.string({ maxLength: 3 }),
  ),
});

describe('escapeHtml', () => {
  it('leaves ordinary text alone, Hangul and Kana included', () => {
    expect(escapeHtml('봄 세일 · セール 50%')).toBe('봄 세일 · セール 50%');
  });

  it('keeps the meaning of any text and leaves nothing that ends a text or an attribute', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const html = escapeHtml(text);
        expect(html).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
        expect(unescapeHtml(html)).toBe(text);
      }),
    );
  });
});
