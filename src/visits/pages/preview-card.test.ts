import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderPreviewCard } from './preview-card.ts';
import type { SharedText } from './share-tags.ts';
import { hostileText, markupSkeleton } from './testing/markup-skeleton.ts';

const CARD = {
  title: 'Spring sale',
  description: 'Ten days, half price.',
  imageUrl: 'https://images.example/sale.png?w=1200&h=630',
  url: 'https://s.example/sale',
} satisfies SharedText;

const htmlOf = (card: SharedText) => renderPreviewCard(card, 'en').body.toString('utf8');

describe('renderPreviewCard', () => {
  it('tells unfurlers what the owner wrote', () => {
    const page = renderPreviewCard(CARD, 'ko');
    const html = page.body.toString('utf8');
    expect(page.status).toBe(200);
    expect(page.headers).toMatchObject({ 'Cache-Control': 'no-store', 'Content-Language': 'ko' });
    expect(page.headers['Content-Security-Policy']).toContain("img-src 'self' data: https:;");
    expect(html).toContain('<title>Spring sale</title>');
    expect(html).toContain('<meta property="og:title" content="Spring sale">');
    expect(html).toContain('<meta property="og:description" content="Ten days, half price.">');
    expect(html).toContain('<meta property="og:url" content="https://s.example/sale">');
    const image = 'https://images.example/sale.png?w=1200&amp;h=630';
    expect(html).toContain(`<meta property="og:image" content="${image}">`);
    expect(html).toContain(`<img src="${image}" alt="">`);
    expect(html).toContain('<meta name="twitter:card" content="summary_large_image">');
  });

  it('does with a title alone', () => {
    const html = htmlOf({ title: 'Spring sale', url: CARD.url });
    expect(html).toContain('content="summary"');
    expect(html).not.toMatch(/og:description|og:image|name="description"|<img/);
  });

  it('is called by its own host when it has no title', () => {
    const html = htmlOf({ title: ' \n', description: 'Ten days, half price.', url: CARD.url });
    expect(html).toContain('<title>s.example</title>');
    expect(html).toContain('<meta property="og:title" content="s.example">');
  });

  it.each([
    'javascript:alert(1)',
    'data:image/svg+xml,x',
    'file:///etc/passwd',
    '//images.example/a.png',
    'no url',
    '',
  ])('drops the image %j', (imageUrl) => {
    expect(htmlOf({ ...CARD, imageUrl })).not.toMatch(/og:image|<img/);
  });

  it('shows a plain http image to unfurlers only, for its own policy would block it', () => {
    const html = htmlOf({ ...CARD, imageUrl: 'http://images.example/a.png' });
    expect(html).toContain('content="http://images.example/a.png"');
    expect(html).not.toContain('<img');
  });

  it('cuts long texts between characters', () => {
    const html = htmlOf({
      ...CARD,
      title: `${'a'.repeat(198)}😀😀`,
      description: `line\n\tline\0${'b'.repeat(5000)}`,
    });
    expect(html).toContain(`<title>${'a'.repeat(198)}…</title>`);
    expect(html).toMatch(/content="line line b+…"/);
  });

  it('stays small with all the Hangul and address it can hold', () => {
    const imageUrl = `https://images.example/${'a'.repeat(1000)}`;
    const page = renderPreviewCard(
      { title: '봄'.repeat(999), description: '세일'.repeat(999), imageUrl, url: CARD.url },
      'ko',
    );
    expect(page.body.byteLength).toBeLessThan(15_000);
  });

  it('cannot be broken out of, and is bounded', () => {
    const hostileUrl = hostileText.map((text) => `https://images.example/${text}`.slice(0, 1000));
    const expected = markupSkeleton(htmlOf(CARD));
    expect(expected).not.toContain('STRAY');
    fc.assert(
      fc.property(hostileText, hostileText, hostileUrl, hostileUrl, (title, description, imageUrl, url) => {
        const page = renderPreviewCard({ title, description: `x${description}`, imageUrl, url }, 'en');
        expect(markupSkeleton(page.body.toString('utf8'))).toEqual(expected);
        expect(page.body.byteLength).toBeLessThan(32_000);
      }),
    );
  });
});
